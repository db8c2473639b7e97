package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

var _ = register(Cause{
	Slug:     "idp-sends-no-groups",
	Title:    "The identity provider in use sends no groups",
	Step:     Before,
	Rank:     59,
	Needs:    []string{awsid.SourceSCIM},
	Explains: []string{"scim-writes-users-only", "group-not-pushed", "never-touched"},
	Examine:  idpSendsNoGroups,
})

// sendsNoGroups are clients that provision users and never groups
// (okta-sailpoint reference 12).
const googleClient = "google"

// idpSendsNoGroups is C28: Google's automatic provisioning brings users and no
// groups; those come from a second tool. JumpCloud and OneLogin can be set so,
// which no evidence shows. It is judged by who calls over SCIM.
func idpSendsNoGroups(in *inquiry) Finding {
	c := in.before()
	google := in.google()
	if len(google) == 0 {
		switch {
		case c.provider():
			return Finding{Status: Refuted, Because: []Reason{{Text: "The identity provider in the evidence can send groups."}}}
		default:
			return unexamined("")
		}
	}
	if in.group == nil {
		return needsGroup()
	}
	if groups := in.filling(); len(groups.events) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(groups.events, "Groups are written over SCIM all the same, by %s, the last on %s.", list(groups.actors, 3), when(last(groups.events).Time))}}
	}
	f := Finding{
		Status:  Supported,
		Because: []Reason{because(google, "SCIM is used by Google's automatic provisioning (%s), which sends users and no groups.", count(len(google), "write"))},
		Summary: "Google Workspace provisions users to AWS and never groups, so groups have to come from a second tool, and none is seen to send any.",
		Fix: []Fix{
			{Text: "Find the second tool that is meant to bring groups (ssosync, idp-scim-sync or the like), and read its own log; if there is none, set one up or fill the groups another way.", Who: "idp"},
		},
	}
	if status, looked := in.absence(in.reachOf(awsid.SourceSCIM), Supported); status == Established {
		f.Status = Established
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("No SCIM write of a group in what was looked at: %s.", looked)})
	} else {
		f.Needs = []Need{in.lookupNeed(awsid.SourceSCIM)}
	}
	return f
}
