package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var _ = register(Cause{
	Slug:    "two-writers",
	Title:   "Two writers undo each other",
	Step:    Mechanism,
	Rank:    4,
	Needs:   []string{awsid.SourceSCIM, awsid.SourceAPI},
	Examine: twoWriters,
})

// fewestAlternations is how often writers must take turns before it is a fight
// and not a correction (ruling 3).
const fewestAlternations = 3

// twoWriters holds when two clients add and remove the same memberships in turn.
// A SCIM write hides whom it concerns, so it counts towards every membership of
// its group that a call of the other writer names.
func twoWriters(in *inquiry) Finding {
	own := in.ofGroup
	if in.group == nil {
		own = in.ofUser
	}
	own = where(own, func(ev *casefile.Event) bool { return succeeded(ev) && changesMembers(ev) })
	var best []*casefile.Event
	for _, user := range in.usersNamed(own) {
		// With one turn of two that names the user at least, fewer than two calls
		// make no fight.
		if user.calls < (fewestAlternations+1)/2 {
			continue
		}
		turns := alternations(in.concerning(own, user.id))
		if named := where(turns, func(ev *casefile.Event) bool { return in.names(ev, user.id) }); 2*len(named) < len(turns) {
			continue // turns that hide their member may be about others
		}
		if len(turns) > len(best) {
			best = turns
		}
	}
	if n := len(best) - 1; n >= fewestAlternations {
		writers := who(best)
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("%s undo each other in %s: what one adds another removes, %d times in turn.", list(writers, 3), in.subject(), n),
			Because: []Reason{because(best, "%s took turns adding and removing, from %s to %s.", list(writers, 3), when(best[0].Time), when(last(best).Time))},
			At:      last(best).Time,
			Fix: []Fix{
				{Text: "Decide which of them owns the memberships of this group, and take the group out of the scope of the others.", Who: "governance"},
			},
		}
	}
	if n := len(alternations(own)) - 1; n >= fewestAlternations {
		return Finding{
			Status:  Possible,
			Because: []Reason{because(alternations(own), "Different writers added to and removed from the group in turn, but no single membership is known to have gone to and fro.")},
			Needs:   []Need{in.snapshotNeed()},
		}
	}
	if keys := in.unresolved(time.Time{}); len(keys) >= fewestAlternations-1 {
		f := in.none(fmt.Sprintf("membership that went to and fro %d times", fewestAlternations), awsid.SourceSCIM, awsid.SourceAPI)
		if f.Status == Refuted {
			f = Finding{Status: Undetermined, Because: []Reason{in.unresolvedReason(time.Time{})}, Needs: []Need{in.snapshotNeed()}}
		}
		return f
	}
	return in.none(fmt.Sprintf("membership that went to and fro %d times", fewestAlternations), awsid.SourceSCIM, awsid.SourceAPI)
}

// named is a user and how many calls name the user.
type named struct {
	id    string
	calls int
}

// usersNamed returns the users that calls name, directly or through a
// membership id, in order of appearance.
func (in *inquiry) usersNamed(events []*casefile.Event) []named {
	var out []named
	at := map[string]int{}
	for _, ev := range events {
		user := ev.Subject.User
		if pair, ok := in.l.Resolve(ev.Key); ok {
			user = pair.User
		}
		users := []string{user}
		for _, op := range ev.Subject.Operations {
			users = append(users, op.Users...)
		}
		for _, user := range users {
			if user == "" {
				continue
			}
			i, known := at[user]
			if !known {
				i = len(out)
				at[user], out = i, append(out, named{id: user})
			}
			out[i].calls++
		}
	}
	return out
}

// concerning returns the calls that concern one user's membership: those that
// name it, and SCIM writes that name nobody.
func (in *inquiry) concerning(events []*casefile.Event, user string) []*casefile.Event {
	return where(events, func(ev *casefile.Event) bool {
		return in.names(ev, user) || isSCIM(ev) && ev.Subject.User == "" && !namesUsers(ev)
	})
}

// names reports whether an event names the user as the member it adds or removes.
func (in *inquiry) names(ev *casefile.Event, user string) bool {
	if pair, ok := in.l.Resolve(ev.Key); ok {
		return pair.User == user
	}
	return ev.Subject.User == user || slices.ContainsFunc(ev.Subject.Operations, func(op cloudtrail.Operation) bool { return slices.Contains(op.Users, user) })
}

func namesUsers(ev *casefile.Event) bool {
	return slices.ContainsFunc(ev.Subject.Operations, func(op cloudtrail.Operation) bool { return len(op.Users) > 0 })
}

// alternations returns the longest run in which additions and removals by
// different writers follow each other; it starts with the first.
func alternations(events []*casefile.Event) []*casefile.Event {
	var run, best []*casefile.Event
	for _, ev := range events {
		adds, removes := direction(ev)
		if adds == removes {
			continue // both or neither: it says nothing of turns
		}
		if n := len(run); n > 0 {
			lastAdds, _ := direction(run[n-1])
			switch {
			case lastAdds == adds:
				if writer(run[n-1]) == writer(ev) {
					continue // the same writer repeats itself
				}
				run = []*casefile.Event{ev}
				continue
			case writer(run[n-1]) == writer(ev):
				run = []*casefile.Event{ev} // it takes back its own
				continue
			}
		}
		run = append(run, ev)
		if len(run) > len(best) {
			best = slices.Clone(run)
		}
	}
	return best
}

func direction(ev *casefile.Event) (adds, removes bool) {
	switch ev.Effect {
	case cloudtrail.MemberAdded:
		return true, false
	case cloudtrail.MemberRemoved:
		return false, true
	}
	return ev.MayAdd(), ev.MayRemove()
}

// writer tells writers apart: the client, and for SCIM also its token.
func writer(ev *casefile.Event) string {
	if isSCIM(ev) {
		return "scim " + ev.Actor.Client + " " + ev.Identity.AccessKey
	}
	return ev.Actor.Label()
}
