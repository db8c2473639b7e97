package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:    "removed-outside-scim",
	Title:   "Somebody removed the members directly in AWS",
	Step:    Mechanism,
	Rank:    9,
	Needs:   []string{awsid.SourceAPI, awsid.SourceConsole},
	Examine: removedOutsideSCIM,
})

// removedOutsideSCIM holds when members were there and a person, script or
// connector took them out through the API or the console (F5).
func removedOutsideSCIM(in *inquiry) Finding {
	ends := in.endings(pastSCIM)
	if len(ends) == 0 {
		return in.noRemoval("removal through the API or the console", pastSCIM, awsid.SourceAPI, awsid.SourceConsole)
	}
	reason, at, actors := in.removal(ends)
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("%s directly in AWS, not through the identity provider, by %s, the last on %s.", in.removed(ends), list(actors, 3), day(at)),
		Because: []Reason{reason},
		At:      at,
		Fix: []Fix{
			{Text: "Ask those who removed them why; if it was a mistake, push the group from the identity provider again, which sends all its members.", Who: "idp"},
			{Text: "Keep such calls from happening: allow identitystore:DeleteGroupMembership and sso-directory:RemoveMemberFromGroup only to the roles that need them.", Who: "aws"},
		},
	}
	return in.unlessReturned(f, ends)
}

func pastSCIM(o *ledger.Origin) bool { return o.Via == ledger.API || o.Via == ledger.Console }
