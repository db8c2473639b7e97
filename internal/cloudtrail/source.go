package cloudtrail

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// portal are the names that the access portal and OIDC log under
// sso.amazonaws.com: sign-ins, no change of anybody's access (cloudtrail
// reference 2.7).
var portal = map[string]bool{
	"Authenticate": true, "Federate": true, "ListAccounts": true, "ListAccountRoles": true,
	"ListApplications": true, "ListProfilesForApplication": true, "GetRoleCredentials": true,
	"Logout": true, "CreateToken": true, "RegisterClient": true, "StartDeviceAuthorization": true,
}

// DirectorySource reports whether source is one of the three that record
// changes of users, groups and memberships.
func DirectorySource(source string) bool {
	return source == awsid.SourceSCIM || source == awsid.SourceAPI || source == awsid.SourceConsole
}

// Concerns reports whether a record of this source and name belongs in an
// investigation of identities: everything of the three directory sources, the
// changes that sso and identity-sync record, and anything about a SCIM token or
// tenant under whatever source (cloudtrail reference 2.4).
func Concerns(source, name string) bool {
	source = strings.ToLower(source)
	switch {
	case DirectorySource(source):
		return true
	case source == awsid.SourceAssignments:
		return !portal[name] && !readName(name)
	case source == awsid.SourceIdentitySync:
		return !readName(name)
	}
	return speaksOf(name, "bearertoken") || speaksOf(name, "provisioningtenant")
}
