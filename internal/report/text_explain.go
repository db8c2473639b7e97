package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// ExplainText writes what an error means for a person. ok is false when the
// catalogue does not know it, which is said plainly.
func ExplainText(w io.Writer, code, message string, x scimerror.Explanation, ok bool, style Style) error {
	p := &page{w: w, style: style}
	if !ok {
		p.painted(bold, "", "", "This error is not in the catalogue, so nothing is said of what it means.")
		p.text("", "", strings.Trim(code+": "+message, ": "))
		return p.err
	}
	e := x.Entry
	p.painted(bold, "", "", x.Meaning())
	if x.Attribute != "" {
		p.text("", "", "Attribute: "+strings.Join(attributes(x), ", "))
	}
	p.text("", "", "Usual cause: "+e.Cause)
	p.heading("What to do")
	for i, step := range e.Fix {
		p.text(fmt.Sprintf("  %d. ", i+1), "     ", step)
	}
	if len(e.ByClient) > 0 {
		p.heading("At the identity provider or tool")
		clients := make([]string, 0, len(e.ByClient))
		for c := range e.ByClient {
			clients = append(clients, c)
		}
		slices.Sort(clients)
		for _, c := range clients {
			p.item(c + ": " + e.ByClient[c])
		}
	}
	p.heading("How this is known")
	p.item("Message: " + strings.Trim(x.Code+": "+x.Message, ": "))
	p.item("Recognised by its " + basisWords(x.Basis) + ".")
	if len(x.Causes) > 0 {
		p.item("Causes it speaks for: " + strings.Join(x.Causes, ", "))
	}
	if e.Docs != "" {
		p.item(e.Docs)
	}
	return p.err
}

func attributes(x scimerror.Explanation) []string {
	if len(x.Attributes) > 0 {
		return x.Attributes
	}
	return []string{x.Attribute}
}

func basisWords(b scimerror.Basis) string {
	switch b {
	case scimerror.ByTranslation:
		return "telling words in another language; AWS publishes no list of translations"
	case scimerror.ByCutText:
		return "beginning; the rest was cut off"
	case scimerror.ByCode:
		return "error name alone; the message itself is not in the catalogue"
	}
	return "wording"
}

// EventText writes one line that names an event.
func EventText(w io.Writer, ev *casefile.Event, style Style) error {
	p := &page{w: w, style: style}
	at := "at an unknown time"
	if !ev.Time.IsZero() {
		at = "on " + moment(ev.Time)
	}
	p.painted(dim, "", "", fmt.Sprintf("%s %s by %s [%s]", ev.Name, at, ev.Actor.Label(), ev.Key))
	return p.err
}
