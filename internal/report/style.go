package report

import (
	"io"
	"strings"
)

// Style is how text for a person is laid out.
type Style struct {
	Width  int  // columns to wrap at; commands and ids are never broken
	Colour bool // only on a terminal, and not when NO_COLOR is set
}

// The narrowest and the default width. Text that is not for a terminal is
// wrapped too: it is pasted into tickets.
const (
	minWidth     = 40
	DefaultWidth = 100
)

func (s Style) columns() int {
	if s.Width == 0 {
		return DefaultWidth
	}
	return max(s.Width, minWidth)
}

// SGR codes: bold, dim, and colours that stand out on dark and light ground.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// page writes text for a person; the first error stays and is returned by done.
type page struct {
	w     io.Writer
	style Style
	err   error
}

func (p *page) raw(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

func (p *page) paint(code, s string) string {
	if !p.style.Colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *page) blank() { p.raw("\n") }

// heading starts a section.
func (p *page) heading(s string) { p.raw("\n" + p.paint(bold, s) + "\n") }

// text writes a paragraph: first and rest are what its first and further lines
// start with. All of the evidence in it is cleaned here.
func (p *page) text(first, rest, s string) { p.painted("", first, rest, s) }

func (p *page) painted(code, first, rest, s string) {
	for i, line := range wrap(Clean(s), p.style.columns()-Width(rest)) {
		lead := rest
		if i == 0 {
			lead = first
		}
		if code != "" {
			line = p.paint(code, line)
		}
		p.raw(strings.TrimRight(lead+line, " ") + "\n")
	}
}

// item writes a paragraph with a dash before it.
func (p *page) item(s string) { p.text("  - ", "    ", s) }

// command writes a command on a line of its own, unbroken.
func (p *page) command(s string) {
	if s != "" {
		p.raw("      " + p.paint(cyan, Clean(s)) + "\n")
	}
}
