package diagnose

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "never-touched",
	Title:   "Nothing ever changed its members",
	Step:    Bare,
	Rank:    2,
	Needs:   casefile.DirectorySources,
	Examine: neverTouched,
})

// neverTouched holds when no membership event of any source touches the group
// within the coverage. It is an absence and nothing else, so it needs all three
// sources (ruling 2), and a nameless deletion spoils it (ruling 8).
func neverTouched(in *inquiry) Finding {
	if in.group == nil && in.user == nil {
		return needsGroup()
	}
	events := in.ofGroup
	if in.group == nil {
		events = in.ofUser
	}
	touched := where(events, changesMembers)
	if in.user != nil && in.group != nil {
		touched = where(touched, func(ev *casefile.Event) bool {
			pair, _ := in.l.Resolve(ev.Key)
			return ev.Source == awsid.SourceSCIM || ev.Subject.User == in.user.ID || pair.User == in.user.ID
		})
	}
	if len(touched) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(touched, "%s about its members, the last on %s.", count(len(touched), "call"), when(last(touched).Time))}}
	}
	if members := in.members(); len(members) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "It has members, so something put them there."}}}
	}
	if len(in.rows) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "It had members at some time."}}}
	}
	r := in.reachOf(casefile.DirectorySources...)
	status, looked := r.absence(Possible)
	f := Finding{Status: status}
	switch {
	case status == Undetermined:
		f.Because = []Reason{{Text: in.partlyUntouched()}}
		f.Needs = in.fetch(r)
		return f
	case in.user != nil && in.hiddenWrites():
		f.Status = Undetermined
		f.Because = []Reason{{Text: "No event names the user, but SCIM changes members without naming them."}}
		f.Needs = []Need{in.snapshotNeed()}
		return f
	}
	f.Because = []Reason{{Text: fmt.Sprintf("No event adds, removes or tries to add anybody. Looked at: %s.", looked)}}
	if keys := in.unresolved(time.Time{}); len(keys) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, in.unresolvedReason(time.Time{}))
		f.Needs = []Need{in.snapshotNeed()}
	}
	if status == Possible {
		f.Needs = in.fetch(r)
	}
	_, set, _ := r.best()
	bounds, _ := set.Bounds()
	f.Summary = fmt.Sprintf("Nobody was ever added to %s or removed from it, as far back as %s.", in.subject(), day(bounds.From))
	return f
}

// hiddenWrites reports whether SCIM changed members of the question's group (or
// of any, when none was named) without naming them.
func (in *inquiry) hiddenWrites() bool {
	for _, ev := range in.scimWrites {
		if succeeded(ev) && ev.MayAdd() && (in.group == nil || ev.Subject.Group == in.group.ID) {
			return true
		}
	}
	return false
}

// partlyUntouched says for which sources the statement is established although
// it is not as a whole.
func (in *inquiry) partlyUntouched() string {
	var yes, no []string
	for _, source := range casefile.DirectorySources {
		if status, looked := in.reachOf(source).absence(Possible); status == Undetermined {
			no = append(no, sourceNames([]string{source}))
		} else {
			yes = append(yes, looked)
		}
	}
	if len(no) == 0 {
		return "The three sources were never looked at over the same time, so the absence of events proves nothing."
	}
	if len(yes) == 0 {
		return "None of the three sources was looked at where it is logged."
	}
	return fmt.Sprintf("No event touches its members in what was looked at: %s. Not looked at: %s.", list(yes, 3), list(no, 3))
}
