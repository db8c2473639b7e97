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
	// Group is the group as it was asked for, for when nobody knows it.
	Group string
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

// Says is the headline in a sentence or two: where it breaks, or how far it is known
// that it does not. It is cleaned.
func (t *Trace) Says() string { return Clean(t.says()) }

// Next is the first thing to do, or to fetch, in a sentence; "" when there is none.
// It is cleaned.
func (t *Trace) Next() string { return Clean(t.next()) }

// HopSaid is what a hop's state rests on, as a sentence. It is cleaned.
func HopSaid(h *diagnose.Hop) string { return capital(Clean(sentence(h.Reason))) }

// who names the person and the group as they are best known.
func (t *Trace) who() (user, group string) {
	q := t.Answer.Question
	user, group = q.Asked, t.Group
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
	unknown, blind := 0, 0 // hops that could not be judged: all, and those on the way to the group
	state := map[string]diagnose.HopState{}
	for _, h := range t.Answer.Hops {
		state[h.ID] = h.State
		if h.State == diagnose.HopUnknown {
			unknown++
			if h.ID != "membership" && h.ID != "grant" {
				blind++
			}
		}
	}
	if h := t.Answer.BreaksAt(); h != nil {
		text := fmt.Sprintf("%s to %s breaks at \"%s\" (%s): %s", user, group, h.Title, h.Where, sentence(h.Reason))
		switch {
		case h.ID == "grant":
			text = fmt.Sprintf("%s is in %s, and the way ends there: %s", user, group, sentence(h.Reason))
		case state["membership"] == diagnose.HopOK:
			text = fmt.Sprintf("%s is in %s, and still the way there breaks at \"%s\" (%s): %s", user, group, h.Title, h.Where, sentence(h.Reason))
		}
		if before := t.unknownBefore(h.ID); before > 0 {
			text += fmt.Sprintf(" %s before it could not be judged and may be broken too.", plural(before, "hop"))
		}
		return text
	}
	switch {
	case t.whole() && unknown > 0:
		return fmt.Sprintf("%s is in %s, and no hop is known to be broken; %s could not be judged.", user, group, plural(unknown, "hop"))
	case t.whole():
		return fmt.Sprintf("%s to %s is whole: every hop is as it should be.", user, group)
	case state["membership"] == diagnose.HopBroken:
		return fmt.Sprintf("%s is not in %s. Where the way breaks is not known: %s before could not be judged.", user, group, plural(blind, "hop"))
	}
	return fmt.Sprintf("%s to %s: no hop is known to be broken, and %s could not be judged. Where it breaks is not known.", user, group, plural(unknown, "hop"))
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

// capital begins a sentence, unless it begins with what may be somebody's name or
// an id.
func capital(s string) string {
	word, _, _ := strings.Cut(s, " ")
	for _, r := range word {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return s
		}
	}
	if word == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// fixes are the steps that mend the break: those of the headline's cause, if it is
// known well enough to act on, else those of the hop.
func (t *Trace) fixes() []diagnose.Fix {
	switch v := t.Answer.Verdict; v.Status {
	case diagnose.Established, diagnose.Supported:
		return t.Answer.Lead().Fix
	}
	if h := t.Answer.BreaksAt(); h != nil {
		return h.Fix
	}
	return nil
}

// needs are what to fetch when what is known is not enough to act on.
func (t *Trace) needs() []diagnose.Need {
	if t.whole() || len(t.fixes()) > 0 {
		return nil
	}
	return t.Answer.Lead().Needs
}

// at says where a step is done: Okta, Entra ID, SailPoint, AWS.
func (t *Trace) at(who string) string {
	hop := map[string]string{"idp": "person", "governance": "governance"}[who]
	for _, h := range t.Answer.Hops {
		if h.ID == hop {
			return h.Where
		}
	}
	if who == "aws" {
		return "AWS"
	}
	return who
}

// next is the fix in a sentence: the first step for everybody who has one.
func (t *Trace) next() string {
	var parts []string
	seen := map[string]bool{}
	for _, f := range t.fixes() {
		if where := t.at(f.Who); !seen[where] {
			seen[where] = true
			parts = append(parts, fmt.Sprintf("in %s: %s", where, firstSentence(f.Text)))
		}
	}
	if len(parts) > 0 {
		return "To do " + strings.Join(parts, " Then ")
	}
	if len(t.Failed) > 0 {
		return "Could not be read: " + sentence(t.Failed[0])
	}
	if needs := t.needs(); len(needs) > 0 {
		return "To fetch first: " + needs[0].Text
	}
	return ""
}

// firstSentence cuts a text after its first sentence.
func firstSentence(s string) string {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '.' && s[i+1] == ' ' && s[i+2] >= 'A' && s[i+2] <= 'Z' {
			return s[:i+1]
		}
	}
	return s
}

// others are the further causes that hold, a sentence each, without the one of the
// break and without those whose sentence stands at a hop.
func (t *Trace) others() []string {
	said := map[string]bool{t.Answer.Verdict.Cause: true}
	for _, h := range t.Answer.Hops {
		said[h.Cause] = true
	}
	var out []string
	for i := range t.Answer.Findings {
		f := &t.Answer.Findings[i]
		if said[f.Cause.Slug] || f.Status != diagnose.Established && f.Status != diagnose.Supported || f.Cause.Step == diagnose.Aside || len(f.Because) == 0 {
			continue
		}
		text := f.Summary
		if text == "" {
			text = f.Because[0].Text
		}
		out = append(out, fmt.Sprintf("%s (%s): %s", f.Cause.Slug, f.Status, text))
	}
	return out
}

// cause is the cause of the break, or why none is named; "" when there is nothing
// to explain.
func (t *Trace) cause() string {
	v := t.Answer.Verdict
	switch v.Status {
	case diagnose.Healthy:
		return ""
	case diagnose.Established, diagnose.Supported:
		text := fmt.Sprintf("%s (%s)", v.Cause, v.Status)
		if h := t.Answer.BreaksAt(); h == nil || h.Cause != v.Cause {
			text += ": " + v.Summary
		}
		return text
	}
	return v.Summary
}

// TraceText writes a trace for a person: where it breaks, what to do first and how
// to look again; then a line a hop with its evidence, the cause and every step.
func TraceText(w io.Writer, t *Trace, style Style) error {
	p := &page{w: w, style: style}
	p.painted(bold, "", "", t.says())
	if next := t.next(); next != "" {
		p.text("", "", next)
	}
	if t.Check != "" && !t.whole() {
		p.text("", "", "To look again:")
		p.command(t.Check)
	}
	p.blank()
	at := t.Answer.BreaksAt()
	const column = 9
	indent := strings.Repeat(" ", column+2)
	for i := range t.Answer.Hops {
		h := &t.Answer.Hops[i]
		mark := "  "
		if h == at {
			mark = "> "
		}
		state := fmt.Sprintf("%-*s", column-2, h.State)
		p.text(mark+p.paint(hopColour(h.State), state)+"  ", indent, fmt.Sprintf("%s (%s): %s", h.Title, h.Where, sentence(h.Reason)))
		if h.State == diagnose.HopOK || h.State == diagnose.HopSkipped {
			continue
		}
		for _, r := range h.Because {
			if r.Text != h.Reason {
				p.text(indent+"- ", indent+"  ", r.Text+quoted(r.Events))
			}
		}
	}
	p.text("", "", asOf(t.Answer.AsOf))
	if cause := t.cause(); cause != "" {
		p.heading("Cause")
		p.item(cause)
		for _, other := range t.others() {
			p.item(other)
		}
	}
	if fixes := t.fixes(); len(fixes) > 0 {
		p.heading("What to do")
		for i, f := range fixes {
			p.text(fmt.Sprintf("  %d. ", i+1), "     ", fmt.Sprintf("In %s: %s", t.at(f.Who), f.Text))
			p.command(f.Command)
		}
	}
	if needs := t.needs(); len(needs) > 0 {
		p.heading("What to fetch")
		for _, n := range needs {
			p.item(n.Text)
			p.command(n.Command)
		}
	}
	if len(t.Failed) > 0 {
		p.heading("Could not be read")
		for _, f := range t.Failed {
			p.item(f)
		}
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
	Fix     []fixDoc    `json:"fix,omitempty"` // where no cause has it
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
		Next     string      `json:"next,omitempty"` // what to do first, in a sentence
		Matrix   *matrixDoc  `json:"matrix,omitempty"`
		Check    string      `json:"check,omitempty"`
		Failed   []string    `json:"failed,omitempty"`
		Coverage []coverDoc  `json:"coverage"`
	}{
		Schema: "scimtrail/trace/v1", Question: why.Question, Verdict: why.Verdict, Summary: t.says(), Whole: t.whole(),
		Hops: []hopDoc{}, Causes: why.Causes, Next: t.next(), Matrix: why.Matrix, Check: t.Check, Failed: t.Failed, Coverage: why.Coverage,
	}
	if h := t.Answer.BreaksAt(); h != nil {
		doc.BrokenAt = h.ID
	}
	for _, h := range t.Answer.Hops {
		line := hopDoc{ID: h.ID, Title: h.Title, Where: h.Where, State: string(h.State), Reason: h.Reason, Because: []reasonDoc{}, Cause: h.Cause}
		for _, r := range h.Because {
			line.Because = append(line.Because, reasonDoc{r.Text, listed(r.Events)})
		}
		for _, f := range h.Fix {
			line.Fix = append(line.Fix, fixDoc(f))
		}
		doc.Hops = append(doc.Hops, line)
	}
	return doc
}
