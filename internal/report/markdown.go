package report

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Markdown writes the report as GitHub-flavoured Markdown. Text of the evidence
// is escaped so that none of it acts as markup; ids and commands stand in code
// spans and blocks whose fences are longer than any run of backticks in them.
// An e-mail address may still be linked by a viewer of its own accord.
func (in *Investigation) Markdown(w io.Writer) error {
	d := in.document()
	m := &markdown{w: bufio.NewWriter(w)}
	m.write("# " + mdLine(d.Title) + "\n\n")
	if len(d.Stamp) > 0 {
		var parts []string
		for _, c := range d.Stamp {
			parts = append(parts, mdText(c.Name)+": "+mdText(c.Value))
		}
		m.write(strings.Join(parts, " · ") + "\n\n")
	}
	for _, s := range d.Sections {
		m.write("## " + mdLine(s.Title) + "\n\n")
		for i := range s.Blocks {
			m.block(&s.Blocks[i])
		}
	}
	return m.w.Flush()
}

type markdown struct{ w *bufio.Writer }

// write leaves errors to Flush, which returns the first.
func (m *markdown) write(s string) { _, _ = m.w.WriteString(s) }

func (m *markdown) block(b *block) {
	switch {
	case b.Sub != "":
		m.write("### " + mdLine(b.Sub) + "\n\n")
	case b.Para != nil:
		m.write(mdPhrase(b.Para, false) + "\n\n")
	case b.List != nil:
		for _, item := range b.List {
			m.write("- " + mdPhrase(item, false) + "\n")
		}
		m.write("\n")
	case b.Table != nil:
		m.table(b.Table)
	case b.Code != "":
		m.fenced(b.Code)
	case b.Picture != nil:
		m.write("*" + mdText(b.Picture.Title) + " (the picture stands in report.html). " + mdText(b.Picture.Desc) + "*\n\n")
	}
}

func (m *markdown) table(t *table) {
	if t.Caption != "" {
		m.write("*" + mdText(t.Caption) + "*\n\n")
	}
	m.write("|")
	for _, h := range t.Head {
		m.write(" " + mdText(h) + " |")
	}
	m.write("\n|" + strings.Repeat(" --- |", len(t.Head)) + "\n")
	for _, r := range t.Rows {
		m.write("|")
		for _, c := range r.Cells {
			m.write(" " + mdPhrase(c, true) + " |")
		}
		m.write("\n")
	}
	m.write("\n")
}

// fenced writes a code block, each line cleaned.
func (m *markdown) fenced(s string) {
	fence := fenceFor(s, 3)
	m.write(fence + "\n")
	for line := range strings.SplitSeq(s, "\n") {
		m.write(Clean(line) + "\n")
	}
	m.write(fence + "\n\n")
}

// fenceFor returns a run of at least n backticks that s does not hold.
func fenceFor(s string, n int) string {
	longest, here := 0, 0
	for _, r := range s {
		if r == '`' {
			here++
			longest = max(longest, here)
		} else {
			here = 0
		}
	}
	return strings.Repeat("`", max(n, longest+1))
}

func mdPhrase(p phrase, cell bool) string {
	var b strings.Builder
	for i, r := range p {
		switch r.Kind {
		case "code", "link", "id", "place":
			b.WriteString(mdCode(r.Text, cell))
		case "strong":
			if r.Text != "" {
				space := len(r.Text) - len(strings.TrimRight(r.Text, " "))
				fmt.Fprintf(&b, "**%s**%s", mdText(strings.TrimSpace(r.Text)), strings.Repeat(" ", space))
			}
		case "status":
			if r.Text != "" {
				b.WriteString("**" + mdText(r.Text) + "**")
			}
		default:
			if i == 0 {
				b.WriteString(mdLine(r.Text))
			} else {
				b.WriteString(mdText(r.Text))
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// mdCode writes a code span. In a table a pipe would end the cell even there.
func mdCode(s string, cell bool) string {
	if s == "" {
		return ""
	}
	fence := fenceFor(s, 1)
	pad := ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) == "" {
		pad = " "
	}
	if cell {
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	return fence + pad + s + pad + fence
}

// mdSpecial are the characters that mean something inside a line of CommonMark
// or GFM, $ for the mathematics of some viewers.
var mdSpecial = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "|", `\|`, "~", `\~`, "&", `\&`, "$", `\$`,
	"://", `\://`)

var (
	mdWWW   = regexp.MustCompile(`(?i)\bwww\.`)
	mdStart = regexp.MustCompile(`^(\s*)([-+=#:]|\d{1,9}[.)])`)
)

// mdText escapes text inside a line.
func mdText(s string) string {
	return mdWWW.ReplaceAllStringFunc(mdSpecial.Replace(Clean(s)), func(m string) string { return m[:3] + `\.` })
}

// mdLine escapes text that may stand at the beginning of a line, where further
// characters start a list, a heading or a rule.
func mdLine(s string) string {
	s = mdText(s)
	if m := mdStart.FindStringSubmatchIndex(s); m != nil {
		at := m[5] - 1
		return s[:at] + `\` + s[at:]
	}
	return s
}
