package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
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
	f := Finding{Because: in.origins(members)}
	r := in.reachOf(casefile.DirectorySources...)
	var listed, kept []*ledger.Row
	spoiled := false
	for _, row := range members {
		shown := in.shownAt(row)
		switch {
		case !shown.Before(in.end().Add(-slack)):
			listed = append(listed, row)
		case len(in.unresolved(shown)) > 0:
			spoiled = true
		case in.searchedSince(r, shown):
			kept = append(kept, row)
		}
	}
	switch {
	case len(listed) > 0:
		f.Status = Established
		f.Summary = in.membersSentence(members) + in.butDisabled(&f) + in.butGrantsNothing(&f, members) + "."
		return f
	case len(kept) > 0:
		f.Status = Established
		f.Summary = in.membersSentence(kept) + ", and nothing removed them since" + in.butDisabled(&f) + in.butGrantsNothing(&f, kept) + "."
		return f
	case spoiled:
		f.Status = Possible
		f.Because = append(f.Because, in.unresolvedReason(firstSeen(members)))
	default:
		f.Status = Supported
	}
	f.Summary = fmt.Sprintf("%s, as last shown on %s; whether that still holds is not proven.", in.membersSentence(members), when(lastSeen(members)))
	f.Needs = append([]Need{in.snapshotNeed()}, in.fetch(r)...)
	return f
}

// butDisabled adds that the user asked about was disabled: whoever is in a group
// and disabled has no access all the same (cloudtrail reference 2.5).
func (in *inquiry) butDisabled(f *Finding) string {
	if in.user == nil || in.user.DisabledAt.IsZero() {
		return ""
	}
	f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The user was disabled on %s. A disabled user keeps the memberships and cannot sign in.", when(in.user.DisabledAt))})
	f.Fix = append(f.Fix, Fix{Text: "See at the identity provider why the user was deactivated there; activate the user, or activate and assign again, and let it write to AWS.", Who: "idp"})
	return ", but was disabled on " + day(in.user.DisabledAt)
}

// noMembers says how far it is known that nobody is there. A list is true of
// its moment; from then on nothing may have been added, which is an absence of
// its own. Without a list, whoever came in before the evidence is not seen.
func noMembers(in *inquiry) Finding {
	r := in.reachOf(casefile.DirectorySources...)
	f := Finding{Status: Undetermined, Needs: []Need{in.snapshotNeed()}}
	at, empty := in.emptySnapshot()
	from, listed := in.listedAt()
	doubtful := slices.ContainsFunc(in.rows, func(r *ledger.Row) bool { return r.Present == nil })
	switch {
	case empty:
		f.At = at
		f.Because = []Reason{{Text: fmt.Sprintf("The identity store's own list of %s showed nobody%s.", in.listOf(), atTime(at))}}
	case len(in.rows) > 0:
		f.Because = []Reason{{Text: "Everybody who is known to have been a member was removed."}}
	default:
		f.Because = []Reason{{Text: "No snapshot shows the member list, and no event adds anybody."}}
		return f
	}
	if !listed {
		if in.group == nil || in.group.Created == nil || in.group.Created.Event == "" {
			if doubtful {
				f.Status = Possible
				f.Because = []Reason{{Text: "There were members, and what came last is not known: a later change hides whom it concerned, or two fell into one second."}}
				return f
			}
			f.Because = append(f.Because, Reason{Text: "Others may have come in before the evidence begins; no snapshot shows the member list."})
			return f
		}
		from = in.group.Created.Time
	}
	hidden := where(in.ofGroup, func(ev *casefile.Event) bool { return succeeded(ev) && ev.MayAdd() && ev.Time.After(from) })
	switch {
	case doubtful || in.group != nil && len(hidden) > 0:
		f.Status = Possible
		f.Because = append(f.Because, because(hidden, "A later SCIM write may have added somebody; it hides whom."))
	case listed && !from.Before(in.end().Add(-slack)), in.searchedSince(r, from):
		f.Status, f.Needs = Refuted, nil
	default:
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("Whether anybody was added since %s is not known: not everything was searched to the end.", day(from))})
	}
	return f
}

// searchedSince reports whether all of r was searched from a moment to the end
// of the evidence, by the word of its source at least.
func (in *inquiry) searchedSince(r reach, from time.Time) bool {
	until := in.end().Add(-slack)
	if until.Before(from) {
		return true
	}
	grade, covered := r.covers(span.Of(from, until))
	return covered && grade >= casefile.Claimed
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

// shownAt is the last moment at which an event or a list shows a membership.
// The content of a list only says "not earlier"; then the time of its file counts
// (ruling 6).
func (in *inquiry) shownAt(r *ledger.Row) time.Time {
	at := r.AsOf
	for _, s := range in.bench.listings() {
		if s.has(r.Group.ID, r.User.ID) {
			at = later(at, in.listTime(s.Snapshot))
		}
	}
	return at
}

// listTime is the time that a list is taken to be of: its manifest's, else its
// file's, which a copy may have made later than all other evidence.
func (in *inquiry) listTime(s *directory.Snapshot) time.Time {
	if s.Clock == directory.ClockManifest {
		return s.Taken()
	}
	if s.NotAfter.IsZero() || s.NotAfter.After(in.end()) {
		return in.end()
	}
	return s.NotAfter
}

// listedAt returns the time of the latest whole list of what is asked about.
func (in *inquiry) listedAt() (time.Time, bool) {
	var at time.Time
	some := false
	for _, s := range in.bench.listings() {
		if s.listsAll(in.group, in.user) {
			// A live listing takes its time: who came in meanwhile may not be on it.
			listed := in.listTime(s.Snapshot)
			if s.Clock == directory.ClockManifest {
				listed = earliest(s.Snapshot)
			}
			at, some = later(at, listed), true
		}
	}
	return at, some
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func firstSeen(rows []*ledger.Row) time.Time {
	return slices.MinFunc(rows, func(a, b *ledger.Row) int { return a.AsOf.Compare(b.AsOf) }).AsOf
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
		return fmt.Sprintf("the identity store says that %q made them (declared), and no event in the evidence shows it", by)
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
func (in *inquiry) unresolved(moment time.Time) []string {
	all := in.nameless()
	return slices.Clip(all.keys[len(all.keys)-len(after(all.events, moment)):])
}

func (in *inquiry) unresolvedReason(after time.Time) Reason {
	keys := in.unresolved(after)
	return Reason{
		Text: fmt.Sprintf("%s by membership id alone may have removed anybody of any group: no create event and no snapshot in the evidence knows the id.",
			count(len(keys), "deletion")),
		Events: keys[:min(len(keys), maxQuoted)],
	}
}
