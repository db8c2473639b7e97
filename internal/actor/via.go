package actor

import (
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Via says by which way a call reached the directory: "scim", "api", "console",
// "sync" or "unknown" (design 11, ruling 10). The whole of sso-directory is the
// console's private API. On the Identity Store API and on the assignments of
// sso.amazonaws.com it is the console when the address or the user agent is the
// console's, unless an AWS service called on its own account.
//
// A user's rows have no say here: which door was used is AWS's to state.
func Via(r *cloudtrail.Record) string {
	if r == nil {
		return "unknown"
	}
	switch r.Source {
	case awsid.SourceSCIM:
		return "scim"
	case awsid.SourceConsole:
		return "console"
	case awsid.SourceIdentitySync:
		return "sync"
	case awsid.SourceAPI, awsid.SourceAssignments:
		c := callerOf(r)
		if c.class != service && !serviceRole(c.principal) && consoleMade(r, shared().agentOf(r)) {
			return "console"
		}
		return "api"
	}
	return "unknown"
}
