package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"
)

//go:embed investigation.html.tmpl
var htmlSource string

// The style sheet in four parts, in this order; Palette and PictureStyle are
// shared with pages that show the same pictures.
var (
	//go:embed palette.css
	paletteStyle string
	//go:embed investigation.css
	layoutStyle string
	//go:embed pictures.css
	pictureStyle string
	//go:embed print.css
	printStyle string

	htmlStyle = paletteStyle + layoutStyle + pictureStyle + printStyle
)

// HTML writes the report as one page that works from disk without a network: no
// script, no font, no image and no link to outside, and a content security
// policy that allows its own style sheet alone, by its hash. Everything is
// escaped by html/template.
func (in *Investigation) HTML(w io.Writer) error {
	t, err := htmlTemplate()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(htmlStyle))
	return t.Execute(w, struct {
		*document
		Style  template.CSS
		Policy string
	}{
		in.document(), template.CSS(htmlStyle), // our own file
		"default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	})
}

var htmlTemplate = sync.OnceValues(func() (*template.Template, error) {
	return template.New("report").Funcs(template.FuncMap{
		"lines":  codeLines,
		"words":  momentWords,
		"add":    func(a, b px) px { return a + b },
		"sub":    func(a, b px) px { return a - b },
		"anchor": func(s string) string { return strings.ReplaceAll(s, " ", "-") },
	}).Parse(htmlSource)
})

// momentWords parts a date from a time of day, between which a line may break.
func momentWords(s string) []string {
	date, clock, ok := strings.Cut(s, " ")
	if !ok {
		return []string{date}
	}
	return []string{date, clock}
}

// codeLines cleans each line of a code block.
func codeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
