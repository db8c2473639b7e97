package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var _ = register(Cause{
	Slug:    "filled-by-hand",
	Title:   "Groups like this one were filled by people",
	Step:    Pattern,
	Rank:    5,
	Needs:   []string{awsid.SourceAPI, awsid.SourceConsole},
	Examine: filledByHand,
})

// filledByHand holds when people added members to comparable groups at the
// command line or in the console. It claims nothing about SCIM (ruling 3).
func filledByHand(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	adds := in.byPeople().without(in.group.ID)
	if own := where(in.ofGroup, addedBy("person")); len(own) > 0 && in.user == nil {
		return Finding{Status: Refuted, Because: []Reason{because(own, "People filled this very group: %s by %s.", count(len(own), "addition"), list(who(own), 3))}}
	}
	if len(adds.events) == 0 {
		return in.none("addition to another group by a person", awsid.SourceAPI, awsid.SourceConsole)
	}
	if in.group.Name == "" || !slices.ContainsFunc(adds.groups, func(id string) bool { g := in.l.Group(id); return g != nil && g.Name != "" }) {
		return Finding{
			Status:  Supported,
			Summary: fmt.Sprintf("Other groups were filled by people: %s made %s to %s.", list(adds.actors, 3), count(len(adds.events), "addition"), count(len(adds.groups), "group")),
			Because: []Reason{because(adds.events, "%s made %s to %s, %s. The names of the groups are not in the evidence, so whether they are like this one is not known.",
				list(adds.actors, 3), count(len(adds.events), "addition"), count(len(adds.groups), "group"), fromTo(adds.events))},
			Needs: []Need{in.groupsNeed()},
			At:    last(adds.events).Time,
		}
	}
	comparable := adds.only(in.comparable)
	f := Finding{
		Status: Possible,
		At:     last(adds.events).Time,
		Fix:    []Fix{{Text: "Decide who is to fill such groups. If people are, somebody has to add the members of this one too; if the identity provider is, push them from there.", Who: "governance"}},
	}
	if len(comparable.events) == 0 {
		f.Because = []Reason{because(adds.events, "People added members to other groups (%s by %s), but to none that is known to be named like this one.", count(len(adds.events), "addition"), list(adds.actors, 3))}
		return f
	}
	f.Status = Established
	f.Summary = fmt.Sprintf("Groups like this one were filled by people: %s made %s to %s, none of them to this one.",
		list(comparable.actors, 3), count(len(comparable.events), "addition"), count(len(comparable.groups), "comparable group"))
	for _, p := range comparable.portions() {
		f.Because = append(f.Because, because(p.events, "%s made %s to %s, %s.", p.actor, count(len(p.events), "addition"), count(p.groups, "group"), fromTo(p.events)))
	}
	f.Because = append(f.Because, Reason{Text: "This says nothing about SCIM, which is logged elsewhere and never names whom it adds."})
	return f
}

// addedBy tells the successful additions by actors of the given kinds, past SCIM.
func addedBy(kinds ...string) func(*casefile.Event) bool {
	return func(ev *casefile.Event) bool {
		return succeeded(ev) && ev.Effect == cloudtrail.MemberAdded && !isSCIM(ev) && slices.Contains(kinds, ev.Actor.Kind)
	}
}

// comparable reports whether a group is named like the one asked about: the
// part before the second separator is the same (App-AWS-...). Names that are not
// known are like no other.
func (in *inquiry) comparable(group string) bool {
	other := in.l.Group(group)
	if other == nil || other.Name == "" || in.group.Name == "" {
		return false
	}
	return strings.EqualFold(stem(in.group.Name), stem(other.Name))
}

// stem returns the name up to its second separator, the part that naming
// schemes keep.
func stem(s string) string {
	seen := 0
	for i, r := range s {
		if strings.ContainsRune("-_ ./", r) {
			if seen++; seen == 2 {
				return s[:i]
			}
		}
	}
	if i := strings.IndexAny(s, "-_ ./"); i > 0 {
		return s[:i]
	}
	return s
}
