package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
)

// Trace is one person's way into one group, hop by hop.
type Trace struct {
	Answer *diagnose.Answer
	// Check is the command that traces again; "" leaves it out.
	Check string
	// Failed are the sources that could not be read, a sentence each. What they
	// would have shown is unknown.
	Failed []string
}

// whole reports whether the way is free: the person is in the group, and nothing
// on the way is known to be broken.
func (t *Trace) whole() bool {
	member := false
	for _, h := range t.Answer.Hops {
		if h.State == diagnose.HopBroken {
			return false
		}
		member = member || h.ID == "membership" && h.State == diagnose.HopOK
	}
	return member
}

// Whole reports whether there is nothing to mend.
func (t *Trace) Whole() bool { return t.whole() }

// who names the person and the group as they are best known.
func (t *Trace) who() (user, group string) {
	q := t.Answer.Question
	user, group = q.Asked, ""
	if q.User != nil {
		user = nameOf(*q.User)
	}
	if q.Group != nil {
		group = nameOf(*q.Group)
	}
	return user, group
}

// says is the headline: where it breaks, or how far is known that it does not.
func (t *Trace) says() string {
	user, group := t.who()
	way := user
	if group != "" {
		way += " and " + group
	}
	unknown := 0
	for _, h := range t.Answer.Hops {
		if h.State == diagnose.HopUnknown {
			unknown++
		}
	}
	if h := diagnose.BrokenAt(t.Answer.Hops); h != nil {
		text := fmt.Sprintf("%s: broken at %q (%s). %s", way, h.Title, h.Where, capital(sentence(h.Reason)))
		if before := t.unknownBefore(h.ID); before > 0 {
			text += fmt.Sprintf(" %s before it could not be judged and may be broken too.", capital(plural(before, "hop")))
		}
		return text
	}
	if t.whole() {
		if unknown > 0 {
			return fmt.Sprintf("%s: the membership is there. %s on the way could not be judged.", way, capital(plural(unknown, "hop")))
		}
		return way + ": every hop is whole."
	}
	return fmt.Sprintf("%s: no hop is known to be broken, and %s could not be judged. Where it breaks is not determined.", way, plural(unknown, "hop"))
}

func (t *Trace) unknownBefore(id string) (n int) {
	for _, h := range t.Answer.Hops {
		if h.ID == id {
			break
		}
		if h.State == diagnose.HopUnknown {
			n++
		}
	}
	return n
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// TraceText writes a trace for a person: where it breaks, a line a hop with its
// evidence, the cause, the fix, and how to look again.
func TraceText(w io.Writer, t *Trace, style Style) error {
	p := &page{w: w, style: style}
	p.painted(bold, "", "", t.says())
	p.text("", "", asOf(t.Answer.AsOf))
	p.blank()
	const column = 9
	indent := strings.Repeat(" ", column+2)
	for _, h := range t.Answer.Hops {
		state := fmt.Sprintf("%-*s", column-2, h.State)
		p.text("  "+p.paint(hopColour(h.State), state)+"  ", indent, fmt.Sprintf("%s (%s): %s", h.Title, h.Where, sentence(h.Reason)))
		if h.State == diagnose.HopOK || h.State == diagnose.HopSkipped {
			continue
		}
		for _, r := range h.Because {
			if r.Text != h.Reason {
				p.text(indent+"- ", indent+"  ", r.Text+quoted(r.Events))
			}
		}
	}
	lead := t.Answer.Lead()
	if t.Answer.Verdict.Status != diagnose.Healthy {
		p.heading("Cause")
		p.item(fmt.Sprintf("%s (%s): %s", t.Answer.Verdict.Cause, t.Answer.Verdict.Status, t.Answer.Verdict.Summary))
		for i := range t.Answer.Findings {
			f := &t.Answer.Findings[i]
			if f == lead || f.Status != diagnose.Established && f.Status != diagnose.Supported || f.Cause.Step == diagnose.Aside || len(f.Because) == 0 {
				continue
			}
			text := f.Summary
			if text == "" {
				text = f.Because[0].Text
			}
			p.item(fmt.Sprintf("%s (%s): %s", f.Cause.Slug, f.Status, text))
		}
		p.whatToDo(lead)
		if len(lead.Fix) == 0 && len(lead.Needs) > 0 {
			p.heading("What to fetch")
			for _, n := range lead.Needs {
				p.item(n.Text)
				p.command(n.Command)
			}
		}
	}
	if len(t.Failed) > 0 {
		p.heading("Could not be read")
		for _, f := range t.Failed {
			p.item(f)
		}
	}
	if t.Check != "" && !t.whole() {
		p.heading("To look again")
		p.command(t.Check)
	}
	return p.err
}

func hopColour(s diagnose.HopState) string {
	switch s {
	case diagnose.HopBroken:
		return red
	case diagnose.HopOK:
		return green
	case diagnose.HopUnknown:
		return yellow
	}
	return dim
}

type hopDoc struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Where   string      `json:"where"`
	State   string      `json:"state"` // OK, BROKEN, UNKNOWN or SKIPPED
	Reason  string      `json:"reason"`
	Because []reasonDoc `json:"because"`
	Cause   string      `json:"cause,omitempty"`
}

// TraceJSON returns a trace in the form of scimtrail/trace/v1, for encoding/json.
func TraceJSON(t *Trace, c *casefile.Case) any {
	why := WhyJSON(t.Answer, c).(whyDoc)
	doc := struct {
		Schema   string      `json:"schema"`
		Question questionDoc `json:"question"`
		Verdict  verdictDoc  `json:"verdict"`
		Summary  string      `json:"summary"`
		Whole    bool        `json:"whole"`
		BrokenAt string      `json:"brokenAt,omitempty"`
		Hops     []hopDoc    `json:"hops"`
		Causes   []causeDoc  `json:"causes"`
		Matrix   any         `json:"matrix,omitempty"`
		Check    string      `json:"check,omitempty"`
		Failed   []string    `json:"failed,omitempty"`
		Coverage []coverDoc  `json:"coverage"`
	}{
		Schema: "scimtrail/trace/v1", Question: why.Question, Verdict: why.Verdict, Summary: t.says(), Whole: t.whole(),
		Hops: []hopDoc{}, Causes: why.Causes, Check: t.Check, Failed: t.Failed, Coverage: why.Coverage,
	}
	if h := diagnose.BrokenAt(t.Answer.Hops); h != nil {
		doc.BrokenAt = h.ID
	}
	for _, h := range t.Answer.Hops {
		line := hopDoc{ID: h.ID, Title: h.Title, Where: h.Where, State: string(h.State), Reason: h.Reason, Because: []reasonDoc{}, Cause: h.Cause}
		for _, r := range h.Because {
			line.Because = append(line.Because, reasonDoc{r.Text, listed(r.Events)})
		}
		doc.Hops = append(doc.Hops, line)
	}
	return doc
}
