package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
)

var _ = register(Cause{
	Slug:    "not-empty",
	Title:   "It has members",
	Step:    Bare, // headline treats it apart: members that are there leave nothing to explain
	Rank:    1,
	Examine: notEmpty,
})

// notEmpty holds when a snapshot shows members, or when they were added and
// nothing removed them. The second is an absence, so it needs all three sources
// from the addition on; and a deletion that names nobody spoils it (ruling 8).
func notEmpty(in *inquiry) Finding {
	members := in.members()
	if len(members) == 0 {
		return noMembers(in)
	}
	var listed, added []*ledger.Row
	for _, r := range members {
		if in.listedLast(r) {
			listed = append(listed, r)
		} else {
			added = append(added, r)
		}
	}
	f := Finding{Because: in.origins(members)}
	if len(listed) > 0 {
		f.Status = Established
		f.Summary = in.membersSentence(members) + "."
		return f
	}
	since := slices.MinFunc(added, func(a, b *ledger.Row) int { return a.AsOf.Compare(b.AsOf) }).AsOf
	r := in.reachOf(casefile.DirectorySources...)
	grade, covered := r.covers(span.Of(since, in.c.AsOf()))
	switch {
	case len(in.unresolved(since)) > 0:
		f.Status = Possible
		f.Because = append(f.Because, in.unresolvedReason(since))
	case covered && grade >= casefile.Claimed:
		f.Status = Established
		f.Summary = in.membersSentence(members) + ", and nothing removed them since."
		return f
	default:
		f.Status = Supported
	}
	f.Summary = fmt.Sprintf("%s by the last event that names them (%s); whether that still holds is not proven.", in.membersSentence(members), when(lastSeen(added)))
	f.Needs = append([]Need{in.snapshotNeed()}, in.fetch(r)...)
	return f
}

func noMembers(in *inquiry) Finding {
	if at, empty := in.emptySnapshot(); empty {
		return Finding{Status: Refuted, At: at, Because: []Reason{{Text: fmt.Sprintf("The identity store's own list of %s showed nobody%s.", in.listOf(), atTime(at))}}}
	}
	doubtful := slices.ContainsFunc(in.rows, func(r *ledger.Row) bool { return r.Present == nil })
	f := Finding{Status: Undetermined, Because: []Reason{{Text: "No snapshot shows the member list, and no event adds anybody."}}, Needs: []Need{in.snapshotNeed()}}
	switch {
	case doubtful:
		f.Status = Possible
		f.Because = []Reason{{Text: "There were members, and a later change hides whom it concerned."}}
	case len(in.rows) > 0:
		f.Status = Refuted
		f.Because = []Reason{{Text: "Everybody who is known to have been a member was removed."}}
		f.Needs = nil
	}
	return f
}

func (in *inquiry) listOf() string {
	if in.group == nil {
		return "the groups of " + in.subject()
	}
	return "the members of " + name(in.group)
}

func atTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + when(t)
}

// membersSentence says who is in what.
func (in *inquiry) membersSentence(members []*ledger.Row) string {
	var names []string
	for _, r := range members {
		e := r.User
		if in.user != nil {
			e = r.Group
		}
		if e.Name != "" {
			names = append(names, e.Name)
		} else {
			names = append(names, e.ID)
		}
	}
	switch {
	case in.user != nil && in.group != nil:
		return fmt.Sprintf("%s is a member of %s", name(in.user), name(in.group))
	case in.user != nil:
		return fmt.Sprintf("%s is a member of %s: %s", name(in.user), count(len(members), "group"), list(names, 4))
	}
	return fmt.Sprintf("%s has %s: %s", name(in.group), count(len(members), "member"), list(names, 4))
}

// listedLast reports whether a snapshot, not an event, is the last to show the
// membership.
func (in *inquiry) listedLast(r *ledger.Row) bool {
	for i := range in.c.Snapshots {
		s := &in.c.Snapshots[i]
		for _, m := range s.Memberships {
			if m.Group == r.Group.ID && m.User == r.User.ID {
				return true
			}
		}
	}
	return false
}

func lastSeen(rows []*ledger.Row) time.Time {
	return slices.MaxFunc(rows, func(a, b *ledger.Row) int { return a.AsOf.Compare(b.AsOf) }).AsOf
}

// origins says how members got there, one sentence a way.
func (in *inquiry) origins(members []*ledger.Row) []Reason {
	byWay := map[string]*Reason{}
	counts := map[string]int{}
	var order []string
	for _, r := range members {
		p := r.Periods[len(r.Periods)-1]
		text := "nothing is known of how they came in"
		var events []string
		if o := p.Began; o != nil {
			text, events = originText(o), o.Events
		}
		if byWay[text] == nil {
			byWay[text] = &Reason{}
			order = append(order, text)
		}
		counts[text]++
		for _, key := range events {
			if len(byWay[text].Events) < maxQuoted && !slices.Contains(byWay[text].Events, key) {
				byWay[text].Events = append(byWay[text].Events, key)
			}
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return counts[b] - counts[a] })
	var out []Reason
	for _, text := range order {
		r := byWay[text]
		noun := "member"
		if in.user != nil {
			noun = "membership"
		}
		r.Text = fmt.Sprintf("%s: %s.", count(counts[text], noun), text)
		out = append(out, *r)
	}
	return out
}

func originText(o *ledger.Origin) string {
	by := o.Actor.Label()
	switch o.Known {
	case ledger.Recorded:
		return fmt.Sprintf("added by %s over %s (recorded)", by, doorName(o.Via))
	case ledger.Inferred:
		return fmt.Sprintf("added over SCIM by %s (inferred: a SCIM write of the group fits in time and nothing else does)", by)
	case ledger.Declared:
		return fmt.Sprintf("the identity store names %q as their maker (declared), and no event in the evidence shows it", by)
	case ledger.Predates:
		return "they are older than the evidence reaches"
	}
	return "no event in the evidence explains them"
}

func doorName(v ledger.Via) string {
	switch v {
	case ledger.API:
		return "the Identity Store API"
	case ledger.SCIM:
		return "SCIM"
	case ledger.Console:
		return "the console"
	case ledger.Sync:
		return "directory sync"
	}
	return "an unknown way"
}

// unresolved returns the nameless deletions after a moment that may concern the
// question.
func (in *inquiry) unresolved(after time.Time) []string {
	var out []string
	for _, ev := range in.l.Unresolved() {
		if ev.Time.After(after) && (in.store == "" || ev.Subject.Store == "" || ev.Subject.Store == in.store) {
			out = append(out, ev.Key)
		}
	}
	return out
}

func (in *inquiry) unresolvedReason(after time.Time) Reason {
	keys := in.unresolved(after)
	return Reason{
		Text: fmt.Sprintf("%s by membership id alone may have removed anybody of any group: no create event and no snapshot in the evidence knows the id.",
			count(len(keys), "deletion")),
		Events: keys[:min(len(keys), maxQuoted)],
	}
}
