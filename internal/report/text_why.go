package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// WhyText writes an answer to this evidence as the function WhyText does.
func (e *Evidence) WhyText(w io.Writer, a *diagnose.Answer, style Style) error {
	p := &page{w: w, style: style}
	lead := a.Lead()
	p.painted(bold, "", "", a.Verdict.Summary)
	p.text("", "", fmt.Sprintf("%s (%s). %s", statusWord(a.Verdict.Status), a.Verdict.Cause, about(a)))
	if e.Narrowed != "" && open(a) {
		p.text("", "", sentence(e.Narrowed)+" Without that the answer may be another.")
	}
	if since, late := e.onTheWay(a.AsOf); late {
		p.text("", "", "What happened since "+moment(since)+" may be missing: CloudTrail shows calls up to 15 minutes late.")
	}
	next, ok := e.nextStep(a)
	if ok {
		p.text("", "", "Next: "+next.Text)
		p.command(next.Command)
	}
	if len(a.Near) > 0 {
		p.heading("Names like it")
		for _, n := range a.Near {
			p.item(n)
		}
	}

	p.heading("Why")
	for _, r := range lead.Because {
		p.item(r.Text + quoted(r.Events))
	}
	whyOthers(p, a, lead)

	p.whatToDo(lead)
	p.unknown(a, lead, next)
	p.matrix(a.Matrix)
	p.catalogue(a)
	p.memberships(a)
	p.evidence(e)
	return p.err
}

// open reports whether more evidence could make another answer of it.
func open(a *diagnose.Answer) bool {
	return a.Verdict.Status != diagnose.Healthy && a.Verdict.Status != diagnose.Established
}

// nextStep is what to fetch before anything else, where the evidence does not
// reach; an answer that is established has its steps under What to do.
func (e *Evidence) nextStep(a *diagnose.Answer) (diagnose.Need, bool) {
	if needs := e.needs(a); open(a) && len(needs) > 0 {
		return needs[0], true
	}
	return diagnose.Need{}, false
}

// needs are those of the cause that leads. What the asker left out comes before
// what nobody has yet.
func (e *Evidence) needs(a *diagnose.Answer) []diagnose.Need {
	needs := a.Lead().Needs
	if e.Wider != "" && open(a) {
		needs = slices.Concat([]diagnose.Need{{Text: e.Wider}}, needs)
	}
	return needs
}

func statusWord(s diagnose.Status) string {
	return strings.ToUpper(string(s[:1])) + string(s[1:])
}

// about names the ids behind the names, since names can be shared.
func about(a *diagnose.Answer) string {
	var parts []string
	if g := a.Question.Group; g != nil {
		parts = append(parts, "Group "+g.ID)
	}
	if u := a.Question.User; u != nil {
		parts = append(parts, "User "+u.ID)
	}
	if len(parts) == 0 {
		return asOf(a.AsOf)
	}
	return strings.Join(parts, ", ") + "; " + strings.ToLower(asOf(a.AsOf)[:1]) + asOf(a.AsOf)[1:]
}

func asOf(t time.Time) string {
	if t.IsZero() {
		return "The evidence holds no time."
	}
	return "The evidence ends on " + moment(t) + "."
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// quoted appends the events that show a reason.
func quoted(events []string) string {
	const shown = 3
	switch n := len(events); {
	case n == 0:
		return ""
	case n > shown:
		return fmt.Sprintf(" [%s and %d more]", strings.Join(events[:shown], ", "), n-shown)
	}
	return " [" + strings.Join(events, ", ") + "]"
}

// whyOthers adds the further causes that hold.
func whyOthers(p *page, a *diagnose.Answer, lead *diagnose.Finding) {
	for i := range a.Findings {
		f := &a.Findings[i]
		if f != lead && f.Status == diagnose.Established {
			text := f.Summary
			if text == "" && len(f.Because) > 0 {
				text = f.Because[0].Text
			}
			p.item("Also established: " + text)
		}
	}
}

func (p *page) whatToDo(lead *diagnose.Finding) {
	if len(lead.Fix) == 0 {
		return
	}
	p.heading("What to do")
	for i, f := range lead.Fix {
		p.text(fmt.Sprintf("  %d. ", i+1), "     ", fmt.Sprintf("(%s) %s", whose(f.Who), f.Text))
		p.command(f.Command)
	}
}

func whose(who string) string {
	switch who {
	case "aws":
		return "in AWS"
	case "idp":
		return "at the identity provider"
	case "governance":
		return "in governance"
	}
	return who
}

// unknown writes what the evidence does not reach, and each thing to fetch once:
// what settles the headline first, the digests, which settle whether the
// evidence is fit, last. What stands under Next is not repeated.
func (p *page) unknown(a *diagnose.Answer, lead *diagnose.Finding, next diagnose.Need) {
	open, examined := 0, 0
	var needs, late []diagnose.Need
	seen := map[diagnose.Need]bool{next: true}
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Unexamined {
			continue
		}
		examined++
		if f != lead && (f.Status == diagnose.Refuted || f.Status == diagnose.Established) {
			continue
		}
		if f.Status == diagnose.Undetermined || f.Status == diagnose.Possible {
			open++
		}
		for _, n := range f.Needs {
			switch {
			case seen[n]:
			case f.Cause.Step == diagnose.Unfit:
				late = append(late, n)
			default:
				needs = append(needs, n)
			}
			seen[n] = true
		}
	}
	needs = append(needs, late...)
	if open == 0 && len(needs) == 0 {
		return
	}
	p.heading("What could not be known")
	if open > 0 {
		p.item(fmt.Sprintf("%d of %d causes %s open: what stands below as undetermined or possible.", open, examined, map[bool]string{true: "stays", false: "stay"}[open == 1]))
	}
	for _, n := range needs {
		p.item(n.Text)
		p.command(n.Command)
	}
}

// catalogue writes every cause with its status. Those that hold or may hold have
// their first reason; those that share a reason share a line; the refuted are
// named only, their reasons are in the JSON. Causes about a product of which the
// evidence has nothing are left to the JSON as well.
func (p *page) catalogue(a *diagnose.Answer) {
	p.heading("Every cause")
	type line struct {
		status diagnose.Status
		reason string
		slugs  []string
	}
	var lines []*line
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Unexamined {
			continue
		}
		reason := ""
		if len(f.Because) > 0 && f.Status != diagnose.Refuted {
			reason = f.Because[0].Text
		}
		at := slices.IndexFunc(lines, func(l *line) bool { return l.status == f.Status && l.reason == reason })
		if at < 0 {
			lines = append(lines, &line{status: f.Status, reason: reason})
			at = len(lines) - 1
		}
		lines[at].slugs = append(lines[at].slugs, f.Cause.Slug)
	}
	const column = 14
	indent := strings.Repeat(" ", column)
	for _, l := range lines {
		text := strings.Join(l.slugs, ", ")
		if l.reason != "" {
			text += ": " + l.reason
		}
		status := fmt.Sprintf("%-*s", column-2, l.status)
		p.text("  "+p.paint(statusColour(l.status), status)+"  ", "  "+indent, text)
	}
}

func statusColour(s diagnose.Status) string {
	switch s {
	case diagnose.Established:
		return red
	case diagnose.Supported:
		return yellow
	case diagnose.Undetermined, diagnose.Possible:
		return cyan
	}
	return dim
}

// memberships writes who was in it, the present members first.
func (p *page) memberships(a *diagnose.Answer) {
	if len(a.Memberships) == 0 {
		return
	}
	const shown = 30
	p.heading(fmt.Sprintf("Memberships (%d)", len(a.Memberships)))
	for i, r := range a.Memberships {
		if i == shown {
			p.item(fmt.Sprintf("and %d more; see scimtrail ledger", len(a.Memberships)-i))
			break
		}
		who := r.User
		if a.Question.Kind == "user" && a.Question.Group == nil {
			who = r.Group
		}
		p.item(fmt.Sprintf("%s: %s", nameOf(who), rowText(r)))
	}
}

func nameOf(e ledger.Entity) string {
	if e.Name != "" {
		return e.Name
	}
	return e.ID
}

// rowText says in words how a membership stands and how that is known.
func rowText(r *ledger.Row) string {
	state := "whether it still exists can't be known"
	if r.Present != nil {
		state = map[bool]string{true: "member", false: "no longer a member"}[*r.Present]
		if !r.AsOf.IsZero() {
			state += " as of " + moment(r.AsOf)
		}
	}
	last := r.Periods[len(r.Periods)-1]
	text := state
	if o := last.Began; o != nil {
		text += "; added " + originWords(o, last.From)
	}
	if o := last.Ended; o != nil {
		text += "; gone " + originWords(o, last.To)
	}
	if n := len(r.Periods); n > 1 {
		text += fmt.Sprintf("; %d earlier times", n-1)
	}
	return text
}

func originWords(o *ledger.Origin, at time.Time) string {
	when := ""
	if !at.IsZero() {
		when = moment(at) + ", "
	}
	by := ""
	if o.Actor.Kind != "" && o.Known != ledger.Unexplained && o.Known != ledger.Predates {
		by = " by " + o.Actor.Label()
	}
	text := fmt.Sprintf("%s%s%s (%s)", when, viaWords(o.Via), by, o.Known)
	if o.Note != "" {
		text += ": " + o.Note
	}
	return text
}

func viaWords(v ledger.Via) string {
	switch v {
	case ledger.SCIM:
		return "over SCIM"
	case ledger.API:
		return "over the API"
	case ledger.Console:
		return "in the console"
	case ledger.Cascade:
		return "with a deletion"
	case ledger.Sync:
		return "by directory sync"
	}
	return "in an unknown way"
}

// plural writes a number with its noun; the plural adds an s unless given.
func plural(n int, forms ...string) string {
	switch {
	case n == 1:
		return "1 " + forms[0]
	case len(forms) > 1:
		return fmt.Sprintf("%d %s", n, forms[1])
	}
	return fmt.Sprintf("%d %ss", n, forms[0])
}
