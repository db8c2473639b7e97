package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var _ = register(Cause{
	Slug:    "never-touched",
	Title:   "Nothing changed its members",
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
	attempts := where(events, changesMembers)
	touched := where(attempts, succeeded)
	if in.user != nil && in.group != nil {
		touched = where(touched, func(ev *casefile.Event) bool {
			pair, _ := in.l.Resolve(ev.Key)
			return ev.Source == awsid.SourceSCIM || ev.Subject.User == in.user.ID || pair.User == in.user.ID
		})
	}
	if len(touched) > 0 && !slices.ContainsFunc(touched, func(ev *casefile.Event) bool { return ev.Name != "CreateGroup" }) {
		return Finding{Status: Possible, Because: []Reason{because(touched, "SCIM made the group with a list of members, which CloudTrail masks; it may have been empty or not.")}, Needs: []Need{in.snapshotNeed()}}
	}
	if len(touched) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(touched, "%s changed or can have changed its members, the last on %s.", count(len(touched), "call"), when(last(touched).Time))}}
	}
	if members := in.members(); len(members) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "It has members, so something put them there."}}}
	}
	if len(in.rows) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "It had members at some time."}}}
	}
	r := in.reachOf(casefile.DirectorySources...)
	status, looked := in.absence(r, Undetermined)
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
	f.Because = []Reason{{Text: fmt.Sprintf("No event adds or removes anybody. Looked at: %s.", looked)}}
	if refused := where(attempts, failed); len(refused) > 0 {
		f.Because = append(f.Because, because(refused, "Refused: %s to change its members by %s, the last on %s: %s", count(len(refused), "attempt"), list(who(refused), 3), when(last(refused).Time), refusal(last(refused))))
	}
	if there := where(attempts, alreadyThere); len(there) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(there, "AWS refused as a conflict: %s, the last on %s. The user may have been a member then, and no event says how they came or went.", count(len(there), "addition"), day(last(there).Time)))
	}
	if doubt := in.faceless(changesMembers); len(doubt) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(doubt, "May be about it, since the group or the time is blanked: %s.", count(len(doubt), "call")))
	}
	if keys := in.unresolved(time.Time{}); len(keys) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, in.unresolvedReason(time.Time{}))
		f.Needs = []Need{in.snapshotNeed()}
	}
	if doubt := in.ownerDoubt(); doubt != "" {
		f.Because = append(f.Because, Reason{Text: doubt})
		f.Needs = append(f.Needs, instanceNeed(in))
		if in.place.Account == "" && f.Status == Established {
			f.Status = Supported
		}
	}
	f.Summary = in.untouchedSummary(r)
	return f
}

// alreadyThere reports whether an addition was refused as a conflict, which AWS
// answers when the user is a member already, or when two calls meet (cloudtrail
// reference 6, 8).
func alreadyThere(ev *casefile.Event) bool {
	return ev.Failed() && ev.Effect == cloudtrail.MemberAdded && strings.HasPrefix(ev.ErrorCode, "Conflict")
}

// untouchedSummary says how far back nothing happened: to the making of the
// group where the evidence has it, else to where the evidence begins.
func (in *inquiry) untouchedSummary(r reach) string {
	what := fmt.Sprintf("Nobody was added to %s or removed from it", in.theGroup())
	switch {
	case in.user != nil && in.group != nil:
		what = fmt.Sprintf("%s was not added to %s or removed from it", name(in.user), name(in.group))
	case in.user != nil:
		what = fmt.Sprintf("%s was not added to any group or removed from one", name(in.user))
	}
	stretch, _, _ := in.looked(r)
	if g := in.group; g != nil && g.Created != nil && stretch.Contains(g.Created.Time) {
		return fmt.Sprintf("%s since it was made on %s.", what, day(g.Created.Time))
	}
	return fmt.Sprintf("%s %s; what happened before is not in the evidence.", what, in.lookedDuring(r))
}

// hiddenWrites reports whether SCIM changed members of the question's group (or
// of any, when none was named) without naming them.
func (in *inquiry) hiddenWrites() bool {
	writes := in.scimDone()
	if in.group != nil && in.group.ID != "" {
		writes = in.ofGroup
	}
	for _, ev := range writes {
		if isSCIM(ev) && succeeded(ev) && ev.MayAdd() && (in.group == nil || ev.Subject.Group == in.group.ID) {
			return true
		}
	}
	return false
}

// partlyUntouched says for which sources the statement holds as far as was
// looked, although it is not established as a whole.
func (in *inquiry) partlyUntouched() string {
	var yes, no []string
	for _, source := range casefile.DirectorySources {
		covered := in.c.Coverage.Of(source, casefile.Place{Region: in.place.Region}, casefile.Unknown)
		bounds, some := covered.Bounds()
		if !some {
			no = append(no, sourceNames([]string{source}))
			continue
		}
		complete := "whether that is complete is not known"
		if status, _ := in.absence(in.reachOf(source), Undetermined); status == Established {
			complete = "complete"
		} else if in.tampered() {
			complete = "log files are missing or changed"
		} else if in.c.Coverage.Of(source, casefile.Place{Region: in.place.Region}, casefile.Claimed).Covers(bounds) {
			complete = "complete for that time, which is not enough"
		}
		yes = append(yes, fmt.Sprintf("%s %s in %s (%s)", sourceNames([]string{source}), during(bounds), in.accountsLookedAt(source), complete))
	}
	if len(yes) == 0 {
		return "None of the three sources was looked at where it is logged."
	}
	text := fmt.Sprintf("No event in the evidence touches its members: %s.", list(yes, 3))
	if len(no) > 0 {
		text += fmt.Sprintf(" Not looked at: %s.", list(no, 3))
	}
	return text
}

func (in *inquiry) accountsLookedAt(source string) string {
	accounts := in.c.Coverage.Accounts(source)
	if len(accounts) == 1 {
		return "account " + accounts[0]
	}
	return count(len(accounts), "account")
}
