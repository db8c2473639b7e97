package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:    "group-not-pushed",
	Title:   "SCIM pushes other groups and not this one",
	Step:    Pattern,
	Rank:    3,
	Needs:   []string{awsid.SourceSCIM},
	Examine: groupNotPushed,
})

// groupNotPushed holds when SCIM makes or patches other groups and has neither
// made nor patched this one (C05, C07). A group that SCIM made is another case:
// created-not-filled (ruling 3).
func groupNotPushed(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	own := where(in.ofGroup, isSCIM)
	own = append(own, where(in.undated, func(ev *casefile.Event) bool { return ev.Subject.Group == in.group.ID })...)
	if len(own) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(own, "SCIM made %s to this very group.", count(len(own), "call"))}}
	}
	r := in.reachOf(awsid.SourceSCIM)
	status, looked := in.absence(r, Supported)
	if status == Undetermined {
		return Finding{Status: Undetermined, Because: []Reason{{Text: in.notLooked(r)}}, Needs: in.fetch(r)}
	}
	others := in.pushes()
	if len(others.events) == 0 {
		return in.none("SCIM write to another group", awsid.SourceSCIM)
	}
	f := Finding{
		Status: status,
		Summary: fmt.Sprintf("SCIM pushes other groups and not this one: %s wrote to %s and not once to %s %s.",
			list(others.actors, 3), count(len(others.groups), "other group"), in.theGroup(), in.lookedDuring(r)),
		Because: []Reason{
			because(others.events, "%s to %s by %s, the last on %s.", count(len(others.events), "successful SCIM write"), count(len(others.groups), "other group"), list(others.actors, 3), when(last(others.events).Time)),
			{Text: "No SCIM call names this group. Looked at: " + looked + "."},
		},
		At:  first(others.events).Time,
		Fix: pushFix(in),
	}
	if doubt := in.faceless(isSCIM); len(doubt) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(doubt, "May be about this group, since the group or the time is blanked: %s.", count(len(doubt), "SCIM write")))
	}
	if made := in.group.Created; made != nil && !last(others.events).Time.After(made.Time) {
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("SCIM has written to no group since this one was made on %s, so it may have had no chance to push it.", day(made.Time))})
	}
	if brief := in.brief(r); brief != "" && f.Status == Established {
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: brief})
	}
	if in.group.External {
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "The group has an external id, so SCIM made it once, before the evidence begins."})
	}
	if g := in.group; g.Created != nil && g.Created.Via != ledger.Unseen && g.Created.Event != "" {
		f.Because = append(f.Because, Reason{
			Text:   fmt.Sprintf("The group was made by %s over %s on %s, so nothing at the identity provider stands behind it unless somebody linked the two.", g.Created.Actor.Label(), doorName(g.Created.Via), day(g.Created.Time)),
			Events: []string{g.Created.Event},
		})
	}
	if status == Supported {
		f.Needs = in.fetch(r)
	}
	return f
}

func pushFix(in *inquiry) []Fix {
	return []Fix{
		{Text: "Push the group from the identity provider, linking it to the group that exists in AWS. In Okta: Applications > AWS IAM Identity Center > Push Groups > Refresh App Groups; then find the group by name, link it, Push now. In Entra ID: Enterprise applications > AWS IAM Identity Center > Users and groups > Add user/group.", Who: "idp"},
		{Text: "If nobody means this group to be pushed, add its members where the others are added; the evidence shows where.", Who: "governance"},
	}
}

func isSCIM(ev *casefile.Event) bool { return ev.Source == awsid.SourceSCIM }

// pushed reports whether a SCIM call made the group in the evidence.
func (in *inquiry) pushed() *casefile.Event {
	return last(where(in.ofGroup, func(ev *casefile.Event) bool {
		return isSCIM(ev) && succeeded(ev) && ev.Effect == cloudtrail.GroupCreated
	}))
}
