package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var _ = register(Cause{
	Slug:    "connector-bypasses-idp",
	Title:   "A connector writes memberships straight to AWS, elsewhere",
	Step:    Pattern,
	Rank:    6,
	Needs:   []string{awsid.SourceAPI},
	Examine: connectorBypassesIdP,
})

// connectorBypassesIdP holds when a governance connector or other automation
// adds members through the Identity Store API, to other groups and not to this
// one. Who expects the identity provider to fill groups looks in the wrong place.
func connectorBypassesIdP(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	if own := where(in.ofGroup, addedBy("connector", "automation")); len(own) > 0 && in.user == nil {
		return Finding{Status: Refuted, Because: []Reason{because(own, "Automation does write to this group: %s by %s.", count(len(own), "addition"), list(who(own), 3))}}
	}
	adds := in.byMachines().without(in.group.ID)
	if len(adds.events) == 0 {
		return in.none("addition by a connector or other automation", awsid.SourceAPI)
	}
	f := Finding{
		Status: Established,
		Summary: fmt.Sprintf("%s writes memberships straight to the identity store, past the identity provider: %s made %s to %s, none of them to %s.",
			bypassName(adds), list(adds.actors, 3), count(len(adds.events), "addition"), count(len(adds.groups), "other group"), in.theGroup()),
		At: last(adds.events).Time,
		Fix: []Fix{
			{Text: "Look in the product or pipeline that makes these calls: has it anything to write for this group, and did it try?", Who: "governance"},
			{Text: "Decide whether it or the identity provider owns memberships; two owners undo each other.", Who: "governance"},
		},
	}
	for _, p := range adds.portions() {
		f.Because = append(f.Because, because(p.events, "%s made %s to %s, %s; %s.",
			p.actor, count(len(p.events), "addition"), count(p.groups, "group"), fromTo(p.events), last(p.events).Actor.Basis))
	}
	f.Because = append(f.Because, Reason{Text: fmt.Sprintf("None of these calls names %s.", in.theGroup())})
	tried := where(in.ofGroup, func(ev *casefile.Event) bool {
		return failed(ev) && ev.Effect == cloudtrail.MemberAdded && !isSCIM(ev) && slices.Contains([]string{"connector", "automation"}, ev.Actor.Kind)
	})
	if len(tried) > 0 {
		f.Because = append(f.Because, because(tried, "It did try: %s to this group by %s failed, the last on %s. AWS said: %s",
			count(len(tried), "addition"), list(who(tried), 3), when(last(tried).Time), refusal(last(tried))))
	}
	return f
}

// bypassName names what writes, for the beginning of a sentence.
func bypassName(adds *roll) string {
	switch adds.connectors() {
	case len(adds.events):
		return "A governance connector"
	case 0:
		return "Automation"
	}
	return "Automation, a governance connector among it,"
}
