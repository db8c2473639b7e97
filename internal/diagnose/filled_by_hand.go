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
	adds := in.addsElsewhere("person")
	if own := where(in.ofGroup, addedBy("person")); len(own) > 0 && in.user == nil {
		return Finding{Status: Refuted, Because: []Reason{because(own, "People filled this very group: %s by %s.", count(len(own), "addition"), list(who(own), 3))}}
	}
	if len(adds) == 0 {
		return in.none("addition to another group by a person", awsid.SourceAPI, awsid.SourceConsole)
	}
	if in.group.Name == "" || !slices.ContainsFunc(groupsOf(adds), func(id string) bool { g := in.l.Group(id); return g != nil && g.Name != "" }) {
		return Finding{
			Status:  Supported,
			Summary: fmt.Sprintf("Other groups were filled by people: %s made %s to %s.", list(who(adds), 3), count(len(adds), "addition"), count(len(groupsOf(adds)), "group")),
			Because: []Reason{because(adds, "%s made %s to %s, %s. The names of the groups are not in the evidence, so whether they are like this one is not known.",
				list(who(adds), 3), count(len(adds), "addition"), count(len(groupsOf(adds)), "group"), fromTo(adds))},
			Needs: []Need{in.groupsNeed()},
			At:    last(adds).Time,
		}
	}
	comparable := where(adds, func(ev *casefile.Event) bool { return in.comparable(ev.Subject.Group) })
	f := Finding{
		Status: Possible,
		At:     last(adds).Time,
		Fix:    []Fix{{Text: "Decide who is to fill such groups. If people are, somebody has to add the members of this one too; if the identity provider is, push them from there.", Who: "governance"}},
	}
	if len(comparable) == 0 {
		f.Because = []Reason{because(adds, "People added members to other groups (%s by %s), but to none that is known to be named like this one.", count(len(adds), "addition"), list(who(adds), 3))}
		return f
	}
	groups := groupsOf(comparable)
	f.Status = Established
	f.Summary = fmt.Sprintf("Groups like this one were filled by people: %s made %s to %s, none of them to this one.",
		list(who(comparable), 3), count(len(comparable), "addition"), count(len(groups), "comparable group"))
	for _, person := range who(comparable) {
		own := where(comparable, func(ev *casefile.Event) bool { return ev.Actor.Label() == person })
		f.Because = append(f.Because, because(own, "%s made %s to %s, %s.", person, count(len(own), "addition"), count(len(groupsOf(own)), "group"), fromTo(own)))
	}
	f.Because = append(f.Because, Reason{Text: "This says nothing about SCIM, which is logged elsewhere and never names whom it adds."})
	return f
}

// addsElsewhere returns the successful additions to groups other than the one
// asked about by actors of the given kinds, past SCIM.
func (in *inquiry) addsElsewhere(kinds ...string) []*casefile.Event {
	return where(in.writes, func(ev *casefile.Event) bool {
		return succeeded(ev) && ev.Effect == cloudtrail.MemberAdded && !isSCIM(ev) && slices.Contains(kinds, ev.Actor.Kind) &&
			ev.Subject.Group != in.group.ID
	})
}

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
