package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// ending is how a membership of the question ended for good.
type ending struct {
	row *ledger.Row
	p   ledger.Period
}

// endings returns the last periods of the question's memberships that have
// ended and that pass is.
func (in *inquiry) endings(is func(*ledger.Origin) bool) []ending {
	var out []ending
	for _, r := range in.rows {
		if len(r.Periods) == 0 {
			continue
		}
		if p := r.Periods[len(r.Periods)-1]; p.Ended != nil && is(p.Ended) {
			out = append(out, ending{r, p})
		}
	}
	return out
}

// removal words a finding about endings: who was removed, by whom, when.
func (in *inquiry) removal(ends []ending) (reason Reason, at time.Time, actors []string) {
	var names, events []string
	var from time.Time
	for _, e := range ends {
		entity := e.row.User
		if in.group == nil {
			entity = e.row.Group
		}
		if entity.Name == "" {
			entity.Name = entity.ID
		}
		names = append(names, entity.Name)
		for _, key := range e.p.Ended.Events {
			if !slices.Contains(events, key) {
				events = append(events, key)
			}
		}
		if label := e.p.Ended.Actor.Label(); !slices.Contains(actors, label) {
			actors = append(actors, label)
		}
		if e.p.To.After(at) {
			at = e.p.To
		}
		if !e.p.To.IsZero() && (from.IsZero() || e.p.To.Before(from)) {
			from = e.p.To
		}
	}
	moment := ""
	switch {
	case at.IsZero():
	case at.Equal(from):
		moment = " on " + when(at)
	default:
		moment = fmt.Sprintf(" from %s to %s", when(from), when(at))
	}
	verb := "were"
	if len(names) == 1 {
		verb = "was"
	}
	reason = Reason{
		Text:   fmt.Sprintf("%s %s removed by %s%s.", list(names, 5), verb, list(actors, 3), moment),
		Events: events[:min(len(events), maxQuoted)],
	}
	return reason, at, actors
}

// noRemoval is the finding when nothing removed anybody through the given
// sources, as far as was looked.
func (in *inquiry) noRemoval(what string, is func(*ledger.Origin) bool, sources ...string) Finding {
	if names, events := in.returned(is); len(names) > 0 {
		f := Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Removed, and there again later: %s.", list(names, 5)), Events: events}}}
		if slices.ContainsFunc(in.rows, func(r *ledger.Row) bool { return r.Present == nil }) {
			f.Status = Possible
			f.Because[0].Text = fmt.Sprintf("Removed, and perhaps there again later: %s.", list(names, 5))
			f.Needs = []Need{in.snapshotNeed()}
		}
		return f
	}
	if keys := in.unresolved(time.Time{}); len(keys) > 0 && !slices.Contains(sources, awsid.SourceSCIM) && len(in.members()) == 0 {
		return Finding{Status: Possible, Because: []Reason{in.unresolvedReason(time.Time{})}, Needs: []Need{in.snapshotNeed()}}
	}
	blanked := where(in.undatedOf(sources), func(ev *casefile.Event) bool {
		removes := ev.Effect == cloudtrail.MemberRemoved || ev.Effect == cloudtrail.UserDeleted || ev.MayRemove()
		return succeeded(ev) && removes && (in.group == nil || ev.Subject.Group == "" || ev.Subject.Group == in.group.ID)
	})
	if len(blanked) > 0 {
		return Finding{Status: Possible, Because: []Reason{because(blanked, "The time is blanked, so when it was and what it changed is not known: %s.", count(len(blanked), "call"))}, Needs: []Need{in.snapshotNeed()}}
	}
	return in.none(what, sources...)
}

// returned names those who were removed in a way that is, and came back.
func (in *inquiry) returned(is func(*ledger.Origin) bool) (names, events []string) {
	for _, r := range in.rows {
		for i, p := range r.Periods {
			if p.Ended == nil || !is(p.Ended) || i == len(r.Periods)-1 {
				continue
			}
			entity := r.User
			if in.group == nil {
				entity = r.Group
			}
			if n := cmp.Or(entity.Name, entity.ID); !slices.Contains(names, n) {
				names = append(names, n)
			}
			events = append(events, p.Ended.Events...)
		}
	}
	return names, events[:min(len(events), maxQuoted)]
}

// unlessReturned weakens a removal that does not explain what is asked about,
// because everybody whom it concerned may be back.
func (in *inquiry) unlessReturned(f Finding, ends []ending) Finding {
	if slices.ContainsFunc(ends, func(e ending) bool { return e.row.Present != nil }) {
		return f
	}
	f.Status = Supported
	f.Because = append(f.Because, Reason{Text: "A later SCIM write may have added them again; it hides whom it added."})
	f.Needs = append(f.Needs, in.snapshotNeed())
	return f
}

// removed says who lost what, for the beginning of a sentence.
func (in *inquiry) removed(ends []ending) string {
	n := len(ends)
	switch {
	case in.user != nil && in.group != nil:
		return fmt.Sprintf("%s was removed from %s", name(in.user), name(in.group))
	case in.user != nil:
		return fmt.Sprintf("%s was removed from %s", name(in.user), count(n, "group"))
	case n == len(in.rows) && n > 1:
		return fmt.Sprintf("All %d known members of %s were removed", n, name(in.group))
	case n == 1:
		return fmt.Sprintf("1 member of %s was removed", name(in.group))
	}
	return fmt.Sprintf("%d members of %s were removed", n, name(in.group))
}
