package diagnose

import (
	"slices"

	"github.com/scimtrail/scimtrail/internal/ledger"
)

// unknownToAWS looks for what AWS has not at the identity provider and in
// governance: somebody who was never assigned is in no evidence of AWS, and the
// provider's state says why. group and user are what was asked about; what AWS does
// not know has no id. The answer of missing stands when nothing is established.
func unknownToAWS(b *Bench, q Question, a *Answer, group, user *ledger.Life) *Answer {
	in := b.inquire(q, group, user)
	in.rows = nil
	ch := in.before()
	if said := in.saidNone(group, user); said != "" {
		a.Verdict.Summary, a.Findings[0].Summary = said, said
	}
	known := ch.provider() && (len(ch.people) > 0 || user == nil && ch.groupID != "" || user == nil && len(ch.named) > 0)
	if !known {
		known = ch.sailpoint && group != nil && len(ch.grantsByPerson()) > 0
	}
	if !known {
		leaveBefore(a.Findings)
		if user != nil && group != nil {
			a.Hops = in.hops(a.Findings)
		}
		return a
	}
	also := []string{"name-taken", "group-recreated", "throttled"}
	var lead *Finding
	for i := range a.Findings {
		f := &a.Findings[i]
		switch {
		case f.Cause.Step == Before:
			cause := f.Cause
			*f = cause.Examine(in)
			f.Cause = cause
		case slices.Contains(also, f.Cause.Slug):
			of := map[string]func(*chain) (Finding, bool){"name-taken": (*chain).nameTaken, "group-recreated": (*chain).groupRecreated, "throttled": (*chain).throttled}[f.Cause.Slug]
			if told, ok := in.told(of); ok {
				told.Cause = f.Cause
				*f = told
			}
		}
	}
	for _, status := range []Status{Established, Supported} {
		for i := range a.Findings {
			f := &a.Findings[i]
			if f.Status != status || f.Cause.Step != Before && !slices.Contains(also, f.Cause.Slug) || explainedBy(f, a.Findings) {
				continue
			}
			if lead == nil || leads(f, lead) < 0 {
				lead = f
			}
		}
		if lead != nil {
			break
		}
	}
	a.Matrix = in.matrix()
	if in.user != nil && in.group != nil {
		a.Hops = in.hops(a.Findings)
	}
	if lead == nil {
		return a
	}
	lead.Because = append(lead.Because, Reason{Text: a.Verdict.Summary})
	a.Verdict = Verdict{Status: lead.Status, Cause: lead.Cause.Slug, Summary: lead.Summary}
	slug := lead.Cause.Slug
	slices.SortStableFunc(a.Findings, func(x, y Finding) int {
		first := func(f Finding) int {
			if f.Cause.Slug == slug {
				return 0
			}
			return 1
		}
		if c := first(x) - first(y); c != 0 {
			return c
		}
		return strength(x.Status) - strength(y.Status)
	})
	return a
}
