package diagnose

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "scim-writes-users-only",
	Title:   "SCIM provisions users and never groups",
	Step:    Pattern,
	Rank:    1,
	Needs:   []string{awsid.SourceSCIM},
	Examine: scimWritesUsersOnly,
})

// scimWritesUsersOnly holds when SCIM creates and patches users and never tries
// to create or patch any group: group push is not configured. One user write
// alone is no pattern.
func scimWritesUsersOnly(in *inquiry) Finding {
	users, groups := in.userPushes(), in.groupCalls()
	if len(groups) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(groups, "SCIM made %s to groups.", count(len(groups), "call"))}}
	}
	if blanked := where(in.undated, isGroupWrite); len(blanked) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(blanked, "SCIM made %s to groups at a time that the evidence blanks.", count(len(blanked), "call"))}}
	}
	r := in.reachOf(awsid.SourceSCIM)
	status, looked := in.absence(r, Supported)
	if status == Undetermined {
		return Finding{Status: Undetermined, Because: []Reason{{Text: in.notLooked(r)}}, Needs: in.fetch(r)}
	}
	if len(users.events) == 0 {
		return in.none("SCIM write of a user", awsid.SourceSCIM)
	}
	if len(users.events) == 1 && status == Established {
		status = Supported
	}
	f := Finding{
		Status:  status,
		Summary: fmt.Sprintf("SCIM provisions users and no group: %s of users by %s %s, none of groups.", count(len(users.events), "write"), list(users.actors, 3), in.lookedDuring(r)),
		Because: []Reason{
			because(users.events, "%s of users by %s, the last on %s.", count(len(users.events), "successful SCIM write"), list(users.actors, 3), when(last(users.events).Time)),
			{Text: "Not one SCIM call to create or patch a group. Looked at: " + looked + "."},
		},
		At: first(users.events).Time,
		Fix: []Fix{{
			Text: "Switch group push on at the identity provider and push this group. In Okta: Applications > AWS IAM Identity Center > Push Groups. In Entra ID: Enterprise applications > AWS IAM Identity Center > Users and groups > Add user/group. Google Workspace sends no groups, so a second tool must.",
			Who:  "idp",
		}},
	}
	if _, grade, _ := in.looked(r); grade == casefile.Unknown && len(in.callNames()) == 1 && f.Status == Supported {
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("All SCIM records here are of one call, %s, as a search for that call alone would find them; calls about groups may have been left out.", in.scim[0].Name)})
	}
	if brief := in.brief(r); brief != "" && f.Status == Established {
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: brief})
	}
	if status == Supported {
		f.Needs = in.fetch(r)
	}
	return f
}

func isUserWrite(ev *casefile.Event) bool {
	return strings.HasSuffix(ev.Name, "User") && !ev.ReadOnly
}

func isGroupWrite(ev *casefile.Event) bool {
	return strings.HasSuffix(ev.Name, "Group") && !ev.ReadOnly
}

// namesOf returns the names of calls, without repeats, in order of appearance.
func namesOf(events []*casefile.Event) []string {
	return unrepeated(events, func(ev *casefile.Event) string { return ev.Name })
}
