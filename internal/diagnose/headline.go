package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/ledger"
)

type lead struct {
	verdict Verdict
}

// headline picks what is said first (design section 7, rulings 1 to 3): members
// that are there; else the strongest established cause in the order of steps;
// else, when SCIM was never looked at, exactly that; else the strongest
// supported cause; else the sentence that the evidence does not reach.
//
// What the identity provider or governance shows (Step Before) takes its place
// so:
//
//   - Members that are there leave nothing to explain, unless the account
//     assignments point at another id of the group: then being in it is of no use.
//   - A mechanism that AWS's own events show for this very group leads, unless an
//     established cause before AWS is its reason (Cause.Explains): that AWS refuses
//     the members is explained by one of them being gone.
//   - Otherwise the established cause furthest upstream leads, be SCIM searched or
//     not: it is shown by positive state. One that another established cause
//     explains stands behind that one, whatever its hop: a push that stopped on an
//     error stands behind the error's reason.
//   - What is only supported there stands behind everything established.
func headline(in *inquiry, findings []Finding) lead {
	by := map[string]*Finding{}
	for i := range findings {
		by[findings[i].Cause.Slug] = &findings[i]
	}
	says := func(f *Finding, status Status) lead {
		return lead{Verdict{Status: status, Cause: f.Cause.Slug, Summary: f.Summary}}
	}
	best := func(status Status, within func(*Finding) bool) *Finding {
		var list []*Finding
		for i := range findings {
			if f := &findings[i]; f.Status == status && f.Cause.Step != Aside && within(f) {
				list = append(list, f)
			}
		}
		if len(list) == 0 {
			return nil
		}
		slices.SortStableFunc(list, leads)
		return list[0]
	}
	any := func(*Finding) bool { return true }
	taken := func(f *Finding) bool { return in.explainsLoss(f) }
	unfit := func(f *Finding) bool { return f.Cause.Step == Unfit }
	mechanism := func(f *Finding) bool { return f.Cause.Step <= Mechanism }

	notEmpty, scim := by["not-empty"], by["scim-source-not-collected"]
	if f := best(Established, unfit); f != nil {
		return says(f, Established)
	}
	if gone := best(Established, taken); notEmpty.Status == Established && in.user != nil && in.group == nil && gone != nil {
		return says(gone, Established) // in some group still, and out of another
	}
	if old := by["assignment-to-old-group"]; notEmpty.Status == Established && old.Status == Established {
		return says(old, Established)
	}
	if notEmpty.Status == Established {
		if in.user != nil && !in.user.DisabledAt.IsZero() {
			return says(notEmpty, Established) // in the group, and without access all the same
		}
		return says(notEmpty, Healthy)
	}
	upstream := func(f *Finding) bool { return f.Cause.Step == Before && !explainedBy(f, findings) }
	if f := best(Established, mechanism); f != nil && (scim.Status != Undetermined || !in.couldBeUndone(f)) {
		if up := best(Established, func(u *Finding) bool { return upstream(u) && slices.Contains(u.Cause.Explains, f.Cause.Slug) }); up != nil {
			return says(up, Established)
		}
		return says(f, Established)
	}
	if f := best(Established, upstream); f != nil {
		return says(f, Established)
	}
	if scim.Status == Undetermined {
		return says(scim, Undetermined)
	}
	if notEmpty.Status == Supported {
		return says(notEmpty, Supported)
	}
	if gone := in.vanished(); len(gone) > 0 {
		// What other groups show does not explain how these went.
		if f := best(Supported, mechanism); f != nil {
			return says(f, Supported)
		}
		l := in.doesNotReach(findings)
		l.verdict.Summary = fmt.Sprintf("%s is not determined: %s there and went, and no event in the evidence shows how.", in.whyOpen(), wereNames(gone))
		return l
	}
	for _, status := range []Status{Established, Supported} {
		if f := best(status, any); f != nil {
			return says(f, status)
		}
	}
	return in.doesNotReach(findings)
}

// explainedBy reports whether another established cause is the reason of this one.
func explainedBy(f *Finding, findings []Finding) bool {
	return slices.ContainsFunc(findings, func(g Finding) bool {
		return g.Status == Established && g.Cause != f.Cause && slices.Contains(g.Cause.Explains, f.Cause.Slug)
	})
}

func leads(a, b *Finding) int {
	if c := int(a.Cause.Step) - int(b.Cause.Step); c != 0 {
		return c
	}
	if c := a.Cause.Rank - b.Cause.Rank; c != 0 {
		return c
	}
	if c := b.At.Compare(a.At); c != 0 {
		return c
	}
	return order(a.Cause, b.Cause)
}

// explainsLoss reports whether a cause is one that took memberships away.
func (in *inquiry) explainsLoss(f *Finding) bool {
	return slices.Contains([]string{"removed-outside-scim", "removed-by-scim", "emptied-by-deletion"}, f.Cause.Slug)
}

// couldBeUndone reports whether SCIM writes that nobody looked at could have
// undone what an established cause shows (ruling 2): a throttled write may have
// been made good, and whoever was removed sent again, where no list shows that
// nobody is there. A deletion happened whatever SCIM did since.
func (in *inquiry) couldBeUndone(f *Finding) bool {
	return slices.Contains([]string{"throttled", "removed-outside-scim", "removed-by-scim"}, f.Cause.Slug) && !in.emptyNow()
}

// vanished names who was a member and is not any more without an event that
// explains it.
func (in *inquiry) vanished() []string {
	var out []string
	for _, e := range in.endings(func(o *ledger.Origin) bool { return o.Known == ledger.Unexplained }) {
		entity := e.row.User
		if in.group == nil {
			entity = e.row.Group
		}
		out = append(out, cmp.Or(entity.Name, entity.ID))
	}
	return out
}

func wereNames(names []string) string {
	if len(names) == 1 {
		return names[0] + " was"
	}
	return list(names, 4) + " were"
}

// doesNotReach is the honest sentence when no cause is established or supported.
func (in *inquiry) doesNotReach(findings []Finding) lead {
	var open *Finding
	for _, status := range []Status{Possible, Undetermined} {
		for i := range findings {
			f := &findings[i]
			if f.Status == status && !f.Unexamined && f.Cause.Step != Aside && f.Cause.Step != Unfit && (open == nil || len(open.Needs) == 0 && len(f.Needs) > 0) {
				open = f
			}
		}
		if open != nil {
			break
		}
	}
	for i := range findings {
		if f := &findings[i]; open == nil && f.Cause.Step == Unfit && f.Status == Undetermined {
			open = f // all else is refuted, so it is the evidence that is in doubt
		}
	}
	if open == nil {
		// Everything that is known to be possible is refuted.
		for i := range findings {
			if findings[i].Cause.Slug == "never-touched" {
				open = &findings[i]
			}
		}
		return lead{Verdict{Undetermined, open.Cause.Slug,
			fmt.Sprintf("%s is not determined: the evidence refutes every known cause, so what happened lies outside of it.", in.whyOpen())}}
	}
	if gap, some := in.changesOnTheWay(); some && slices.Contains(open.Needs, waitNeed(gap)) {
		return lead{Verdict{Undetermined, open.Cause.Slug,
			fmt.Sprintf("%s is not determined: no event until %s shows it, and later ones may still be on their way.", in.whyOpen(), minute(gap.From))}}
	}
	return lead{Verdict{Undetermined, open.Cause.Slug,
		fmt.Sprintf("%s is not determined: no cause is established by this evidence.", in.whyOpen())}}
}
