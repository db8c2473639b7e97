package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// headline repeats the verdict word for word; without a question it says who
// fills groups.
func (q *inquest) headline(in *Investigation) Headline {
	if q.a == nil {
		return Headline{Summary: q.overview(in), Because: q.overviewReasons(in), First: firstStep(in.Closing)}
	}
	lead := q.a.Lead()
	h := Headline{
		Status: string(q.a.Verdict.Status), Cause: q.a.Verdict.Cause, Title: lead.Cause.Title, Summary: q.a.Verdict.Summary,
		Asked: q.a.Question.Kind + " " + q.a.Question.Asked, Near: q.a.Near, Because: statements(lead.Because),
	}
	if q.a.Verdict.Status != diagnose.Healthy {
		h.First = firstStep(in.Steps)
	}
	return h
}

func firstStep(steps []Step) *Step {
	if len(steps) == 0 {
		return nil
	}
	return new(steps[0])
}

func statements(reasons []diagnose.Reason) []Statement {
	out := []Statement{}
	for _, r := range reasons {
		out = append(out, Statement{Text: r.Text, Events: r.Events})
	}
	return out
}

// overview is the finding of a report on a whole store.
func (q *inquest) overview(in *Investigation) string {
	present := 0
	ways := map[string]int{}
	for i := range q.l.Rows {
		if r := &q.l.Rows[i]; r.Is() {
			present++
			ways[wayKind(r.Periods[len(r.Periods)-1].Began)]++
		}
	}
	if present == 0 {
		return fmt.Sprintf("The evidence shows no membership that is known to exist now, in %s.", plural(len(q.l.Groups()), "known group"))
	}
	keys := make([]string, 0, len(ways))
	for k := range ways {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(ways[b], ways[a]), cmp.Compare(a, b)) })
	var parts []string
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%d %s", ways[k], k))
	}
	filled := len(in.Groups.List) + in.Groups.More
	return fmt.Sprintf("%s in %s: %s.", plural(present, "membership is known to exist", "memberships are known to exist"), plural(filled, "group"), strings.Join(parts, ", "))
}

func wayKind(o *ledger.Origin) string {
	switch {
	case o == nil || o.Known == ledger.Unexplained:
		return "that no event explains"
	case o.Known == ledger.Predates:
		return "older than the evidence"
	case o.Known == ledger.Declared:
		return "whose maker only the store declares"
	}
	return fmt.Sprintf("made %s by %s (%s)", viaWords(o.Via), kindWords(o.Actor.Kind), o.Known)
}

func kindWords(kind string) string {
	switch kind {
	case "idp":
		return "the identity provider"
	case "person":
		return "people"
	case "automation":
		return "automation"
	case "connector":
		return "a governance connector"
	case "aws":
		return "AWS itself"
	}
	return "callers that can't be told"
}

func (q *inquest) overviewReasons(in *Investigation) []Statement {
	out := []Statement{{Text: "SCIM: " + in.SCIM.words()}}
	for _, h := range in.People.List[:min(len(in.People.List), 5)] {
		out = append(out, Statement{Text: fmt.Sprintf("%s (%s): %s.", h.Label, h.Kind, h.counts())})
	}
	return out
}

// counts says what a person or program did, in words.
func (h *Hand) counts() string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, text))
		}
	}
	add(h.Added, "added")
	add(h.Removed, "removed")
	add(h.Hidden, "by SCIM with members hidden")
	add(h.Failed, "refused or failed")
	return strings.Join(parts, ", ")
}

// words says what came over SCIM, and if nothing did, what that is worth.
func (s *SCIMActivity) words() string {
	if s.Writes == 0 {
		if s.Reads > 0 {
			return fmt.Sprintf("no write and %s in the evidence; %s.", plural(s.Reads, "read"), s.Reach)
		}
		return fmt.Sprintf("no call in the evidence; %s.", s.Reach)
	}
	text := fmt.Sprintf("%s on %s from %s to %s", plural(s.Writes, "write"), plural(s.Days, "day"), dayOf(*s.First), dayOf(*s.Last))
	if s.Failed > 0 {
		text += fmt.Sprintf(", %d of them failed", s.Failed)
	}
	return fmt.Sprintf("%s; %s; %s.", text, plural(s.Groups, "group written to with success", "groups written to with success"), s.Reach)
}

func (q *inquest) causes() []CauseLine {
	if q.a == nil {
		return nil
	}
	var out []CauseLine
	for i := range q.a.Findings {
		f := &q.a.Findings[i]
		if f.Unexamined {
			continue // Why has them all
		}
		line := CauseLine{ID: f.Cause.Slug, Title: f.Cause.Title, Status: string(f.Status), Because: statements(f.Because), Needs: []string{}}
		for _, n := range f.Needs {
			line.Needs = append(line.Needs, n.Text)
		}
		out = append(out, line)
	}
	return out
}

// established lists what the evidence shows: what a whole list showed, what was
// written and by whom, causes that hold, and causes that are excluded.
func (q *inquest) established(in *Investigation) []Statement {
	out := []Statement{}
	for _, s := range in.Subjects {
		if s.Snapshot != "" {
			out = append(out, Statement{Text: s.Snapshot})
		}
	}
	for i := range q.findings() {
		f := &q.a.Findings[i]
		if f.Status == diagnose.Established {
			s := Statement{Cause: f.Cause.Slug, Status: string(f.Status), Text: f.Summary}
			if len(f.Because) > 0 {
				s.Text, s.Events = cmp.Or(s.Text, f.Because[0].Text), f.Because[0].Events
			}
			out = append(out, s)
		}
	}
	if in.SCIM.Writes > 0 {
		out = append(out, Statement{Text: "SCIM: " + in.SCIM.words()})
	}
	for i := range in.People.List[:min(len(in.People.List), 5)] {
		h := &in.People.List[i]
		out = append(out, Statement{Text: fmt.Sprintf("Membership changes by %s: %s, from %s to %s.", h.Label, h.counts(), dayOf(h.First), dayOf(h.Last))})
	}
	for i := range q.findings() {
		if f := &q.a.Findings[i]; f.Status == diagnose.Refuted {
			s := Statement{Cause: f.Cause.Slug, Status: string(f.Status)}
			if len(f.Because) > 0 {
				s.Text, s.Events = f.Because[0].Text, f.Because[0].Events
			}
			out = append(out, s)
		}
	}
	return out
}

func (q *inquest) findings() []diagnose.Finding {
	if q.a == nil {
		return nil
	}
	return q.a.Findings
}

// open lists what is not established, and why: causes that the evidence leaves
// open, sources that were not looked at, and events that could not be placed.
func (q *inquest) open() []Statement {
	out := []Statement{}
	for _, want := range []diagnose.Status{diagnose.Supported, diagnose.Possible, diagnose.Undetermined} {
		for i := range q.findings() {
			f := &q.a.Findings[i]
			if f.Status != want || f.Unexamined {
				continue
			}
			text := f.Cause.Title + "."
			if len(f.Because) > 0 {
				text += " " + f.Because[0].Text
			}
			out = append(out, Statement{Cause: f.Cause.Slug, Status: string(f.Status), Text: text})
		}
	}
	for _, source := range casefile.DirectorySources {
		if q.looked(source, casefile.Claimed).Empty() {
			out = append(out, Statement{Text: doorOf(source) + ": " + q.reachWords(source) + "."})
		}
	}
	if since, late := countsOf(q.c).onTheWay(q.c.AsOf()); late {
		out = append(out, Statement{Text: "What happened since " + moment(since) + ": CloudTrail shows calls up to 15 minutes late."})
	}
	if n := len(q.l.Unresolved()); n > 0 {
		var keys []string
		for _, ev := range q.l.Unresolved()[:min(n, 10)] {
			keys = append(keys, ev.Key)
		}
		out = append(out, Statement{Text: fmt.Sprintf("Whom %s concerned: only membership ids are named, and nothing in the evidence knows them.",
			plural(n, "deletion of a membership", "deletions of memberships")), Events: keys})
	}
	if hidden := q.hidden(); hidden > 0 {
		out = append(out, Statement{Text: fmt.Sprintf("Whom %s added or removed: CloudTrail masks the members of SCIM writes. Only listings of the identity store before and after can show it.",
			plural(hidden, "SCIM write of a group", "SCIM writes of groups"))})
	}
	if n := len(q.c.Undated); n > 0 {
		out = append(out, Statement{Text: fmt.Sprintf("When %s happened: no readable time.", plural(n, "event"))})
	}
	if n := len(q.c.Unreadable); n > 0 {
		out = append(out, Statement{Text: fmt.Sprintf("What %s that could not be read; they are listed under the inputs.", plural(n, "input or part of one holds", "inputs or parts of them hold"))})
	}
	return out
}

func (q *inquest) hidden() int {
	n := 0
	for _, ev := range q.writes {
		if ev.Source != awsid.SourceSCIM || ev.Failed() || !changesMembers(ev) {
			continue
		}
		named := len(ev.Subject.Operations) > 0
		for _, op := range ev.Subject.Operations {
			named = named && len(op.Users) > 0
		}
		if !named {
			n++
		}
	}
	return n
}

// steps lists what to do: for an answer that stands the fixes first, for one that
// does not what would settle it; each once, those of other causes after.
func (q *inquest) steps() []Step {
	out := []Step{}
	seen := map[Step]bool{}
	add := func(s Step) {
		plain := s
		plain.For = ""
		if s.Text != "" && !seen[plain] {
			seen[plain] = true
			out = append(out, s)
		}
	}
	if q.a == nil {
		for _, s := range q.closing() {
			add(s)
		}
		return out
	}
	fixes := func(f *diagnose.Finding) {
		for _, x := range f.Fix {
			add(Step{Kind: "fix", Who: x.Who, Text: x.Text, Command: x.Command, For: f.Cause.Slug})
		}
	}
	needs := func(f *diagnose.Finding) {
		for _, n := range f.Needs {
			add(Step{Kind: "fetch", Text: n.Text, Command: n.Command, For: f.Cause.Slug})
		}
	}
	if q.c.Wider != "" && open(q.a) {
		add(Step{Kind: "fetch", Text: q.c.Wider, For: q.a.Verdict.Cause})
	}
	lead := q.a.Lead()
	if q.a.Verdict.Status == diagnose.Established || q.a.Verdict.Status == diagnose.Healthy {
		fixes(lead)
		needs(lead)
	} else {
		needs(lead)
		fixes(lead)
	}
	for i := range q.a.Findings {
		if f := &q.a.Findings[i]; f.Status == diagnose.Established && f != lead {
			fixes(f)
		}
	}
	for i := range q.a.Findings {
		if f := &q.a.Findings[i]; f != lead && f.Status != diagnose.Refuted && !f.Unexamined {
			needs(f)
		}
	}
	return out
}
