package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"sync"

	"github.com/scimtrail/scimtrail/internal/diagnose"
)

var (
	//go:embed trace.html.tmpl
	traceSource string
	//go:embed trace.css
	traceStyle string
)

var traceTemplates = sync.OnceValues(func() (*template.Template, error) {
	t, err := template.New("trace").Parse(traceSource)
	if err != nil {
		return nil, err
	}
	return t.New("chain").Parse(chainSource)
})

// chainSource draws the hops as stations on a line, each with a mark that does
// not depend on its colour.
const chainSource = `<svg class="chain {{.Shape}}" viewBox="0 0 {{.W}} {{.H}}" role="img" aria-labelledby="chain-t-{{.Shape}} chain-d-{{.Shape}}">
<title id="chain-t-{{.Shape}}">The way from governance to AWS</title><desc id="chain-d-{{.Shape}}">{{.Desc}}</desc>
{{range .Ways}}<line class="way" x1="{{.X1}}" y1="{{.Y1}}" x2="{{.X2}}" y2="{{.Y2}}"></line>
{{end}}{{range .Stations}}<g class="{{.State}}"><circle cx="{{.X}}" cy="{{.Y}}" r="17"></circle><text class="mark" x="{{.X}}" y="{{.MarkY}}" text-anchor="middle">{{.Mark}}</text>
<text class="where" x="{{.X}}" y="{{.WhereY}}" text-anchor="middle">{{.Where}}</text>
{{$x := .X}}{{range .Title}}<text class="title" x="{{$x}}" y="{{.Y}}" text-anchor="middle">{{.Text}}</text>
{{end}}</g>
{{end}}</svg>`

type station struct {
	X, Y, MarkY, WhereY px
	Mark, Where         string
	State               diagnose.HopState
	Title               []label
}

type chain struct {
	Shape    string // wide or narrow; the style sheet shows one of them
	W, H     px
	Desc     string
	Ways     []line
	Stations []station
}

var hopMarks = map[diagnose.HopState]string{diagnose.HopOK: "✓", diagnose.HopBroken: "×", diagnose.HopUnknown: "?", diagnose.HopSkipped: "–"}

// drawChain puts the stations on rows of so many.
func drawChain(hops []diagnose.Hop, shape string, perRow, step int) *chain {
	const row = 112
	c := &chain{Shape: shape, W: px(perRow * step), H: px((len(hops) + perRow - 1) / perRow * row)}
	for i, h := range hops {
		x, y := px(i%perRow*step+step/2), px(i/perRow*row+28)
		s := station{X: x, Y: y, MarkY: y + 6, WhereY: y + 36, Mark: hopMarks[h.State], Where: Clean(h.Where), State: h.State}
		for j, words := range wrap(Clean(h.Title), 24) {
			s.Title = append(s.Title, label{Y: y + 54 + px(15*j), Text: words})
		}
		c.Stations = append(c.Stations, s)
		if i%perRow > 0 {
			c.Ways = append(c.Ways, line{X1: x - px(step) + 20, Y1: y, X2: x - 20, Y2: y})
		}
		c.Desc += Clean(fmt.Sprintf("%d. %s in %s: %s. ", i+1, h.Title, h.Where, h.State))
	}
	return c
}

// ChainPicture draws hops as two SVG images, for wide and for narrow windows, one
// of which ChainStyle shows; all text in them is escaped.
func ChainPicture(hops []diagnose.Hop) (template.HTML, error) {
	t, err := traceTemplates()
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	for _, c := range []*chain{drawChain(hops, "wide", 5, 192), drawChain(hops, "narrow", 2, 176)} {
		if err := t.ExecuteTemplate(&b, "chain", c); err != nil {
			return "", err
		}
	}
	return template.HTML(b.String()), nil // html/template escaped what is in it
}

// ChainStyle is the style sheet of ChainPicture and of a list of hops.
func ChainStyle() string { return traceStyle }

// TraceHTML writes a trace as one page that needs no network, as
// Investigation.HTML does.
func TraceHTML(w io.Writer, t *Trace) error {
	templates, err := traceTemplates()
	if err != nil {
		return err
	}
	picture, err := ChainPicture(t.Answer.Hops)
	if err != nil {
		return err
	}
	style := htmlStyle + traceStyle
	sum := sha256.Sum256([]byte(style))
	user, group := t.who()
	page := struct {
		Style            template.CSS
		Policy           string
		User, Group      string
		Says, Next, AsOf string
		Picture          template.HTML
		Hops             []hopLine
		Cause            string
		Others           []string
		Fix              []diagnose.Fix
		Needs            []diagnose.Need
		Failed           []string
		Check            string
	}{
		Style:  template.CSS(style), // our own files
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		User:   Clean(user), Group: Clean(group), Says: Clean(t.says()), Next: Clean(t.next()), AsOf: asOf(t.Answer.AsOf), Picture: picture,
		Cause: Clean(t.cause()), Others: cleaned(t.others()), Failed: cleaned(t.Failed),
	}
	if !t.whole() {
		page.Check = Clean(t.Check)
	}
	at := t.Answer.BreaksAt()
	for i := range t.Answer.Hops {
		h := &t.Answer.Hops[i]
		line := hopLine{State: h.State, Title: Clean(h.Title), Where: capital(Clean(h.Where)), Reason: HopSaid(h), Here: h == at}
		if h.State == diagnose.HopBroken || h.State == diagnose.HopUnknown {
			for _, r := range h.Because {
				if r.Text != h.Reason {
					line.Because = append(line.Because, diagnose.Reason{Text: Clean(r.Text), Events: cleaned(r.Events)})
				}
			}
		}
		page.Hops = append(page.Hops, line)
	}
	for _, f := range t.fixes() {
		page.Fix = append(page.Fix, diagnose.Fix{Text: Clean(f.Text), Command: codeLines(f.Command), Who: Clean(t.at(f.Who))})
	}
	for _, n := range t.needs() {
		page.Needs = append(page.Needs, diagnose.Need{Text: Clean(n.Text), Command: codeLines(n.Command)})
	}
	return templates.ExecuteTemplate(w, "trace", page)
}

// hopLine is a hop in the list of the page.
type hopLine struct {
	State                diagnose.HopState
	Title, Where, Reason string
	Here                 bool // it breaks at this one
	Because              []diagnose.Reason
}

func cleaned(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Clean(s)
	}
	return out
}
