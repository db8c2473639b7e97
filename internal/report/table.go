package report

import (
	"io"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// EventsTable writes events as an aligned table for a person, one a line, in
// the order given. On a terminal, what does not fit the width is cut with an
// ellipsis, the longest columns first; a time is never cut. In a file or a pipe
// nothing is cut. It returns the first error of w.
func EventsTable(w io.Writer, events []*casefile.Event, l *ledger.Ledger, style Style) error {
	p := &page{w: w, style: style}
	if len(events) == 0 {
		p.text("", "", "No identity event is in this evidence.")
		return p.err
	}
	head := []string{"TIME", "WAY", "CALL", "WHO", "GROUP", "USER", "RESULT"}
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = Width(h)
	}
	for _, ev := range events {
		for i, cell := range eventCells(ev, l) {
			widths[i] = max(widths[i], Width(cell))
		}
	}
	if style.Width > 0 {
		shrink(widths, style.columns()-2*(len(widths)-1))
	}
	p.row(bold, head, widths)
	for _, ev := range events {
		code := ""
		switch {
		case ev.Failed():
			code = red
		case ev.ReadOnly:
			code = dim
		}
		p.row(code, eventCells(ev, l), widths)
	}
	return p.err
}

func eventCells(ev *casefile.Event, l *ledger.Ledger) []string {
	group, user := Subject(ev, l)
	at := "unknown"
	if !ev.Time.IsZero() {
		at = stamp(ev.Time)
	}
	result := "ok"
	if ev.Failed() {
		result = "failed: " + strings.Trim(ev.ErrorCode+": "+ev.ErrorMessage, ": ")
	}
	if ev.Superseded {
		result += " (superseded)"
	}
	cells := []string{at, doorShort(ev.Source), ev.Name, ev.Actor.Label(), nameOf(group), nameOf(user), result}
	for i := range cells {
		cells[i] = Clean(cells[i])
	}
	return cells
}

// doorShort names an event source in one word.
func doorShort(source string) string {
	switch name := doorOf(source); name {
	case "Identity Store API":
		return "api"
	case "SSO administration":
		return "sso"
	case "Directory sync":
		return "sync"
	default:
		return strings.ToLower(name)
	}
}

// minColumn is the least that a column is cut to.
const minColumn = 6

// shrink takes columns from the widest cells until all fit, from the second
// column on.
func shrink(widths []int, room int) {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	for sum > room {
		widest, next := 1, minColumn
		for i := 2; i < len(widths); i++ {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		for i := 1; i < len(widths); i++ {
			if i != widest && widths[i] < widths[widest] {
				next = max(next, widths[i])
			}
		}
		if widths[widest] <= minColumn {
			return
		}
		cut := min(max(widths[widest]-next, 1), sum-room, widths[widest]-minColumn)
		widths[widest] -= cut
		sum -= cut
	}
}

// row writes cells in columns; the last is not padded.
func (p *page) row(code string, cells []string, widths []int) {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		cell = fit(cell, widths[i])
		b.WriteString(cell)
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", max(0, widths[i]-Width(cell))))
		}
	}
	line := strings.TrimRight(b.String(), " ")
	if code != "" {
		line = p.paint(code, line)
	}
	p.raw(line + "\n")
}
