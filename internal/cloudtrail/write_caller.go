package cloudtrail

import (
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Caller is who calls, for a Draft. The zero Caller is logged as Unknown.
//
// A SCIM client needs Account (of the instance) and AccessKey (the id of its
// token); an assumed role needs Account, Role, RoleID, Session and AccessKey; an
// AWS service needs InvokedBy alone.
type Caller struct {
	Type      string // AssumedRole, IAMUser, Root, AWSService; ignored on SCIM calls
	Account   string
	AccessKey string
	Role      string // role name, without path
	RoleID    string // AROA...
	Session   string // session name; for an IAMUser its user name
	Since     time.Time
	InvokedBy string // an AWS service that calls on somebody's behalf

	// OnBehalfOf and Store name the Identity Center user behind an
	// identity-enhanced session (cloudtrail reference 1.4).
	OnBehalfOf, Store string
}

// identity is userIdentity. SCIM calls carry type, accountId and accessKeyId
// only, and a failed one does not even say what it is (cloudtrail reference
// 1.5, 2.5).
func (c Caller) identity(source, region string, failed bool) Object {
	if source == awsid.SourceSCIM {
		kind := "WebIdentityUser"
		if failed {
			kind = "Unknown"
		}
		return Object{{"type", kind}, {"accountId", c.Account}, {"accessKeyId", c.AccessKey}}
	}
	var o Object
	switch c.Type {
	case "AssumedRole":
		o = Object{
			{"type", "AssumedRole"},
			{"principalId", c.RoleID + ":" + c.Session},
			{"arn", "arn:aws:sts::" + c.Account + ":assumed-role/" + c.Role + "/" + c.Session},
			{"accountId", c.Account},
			{"accessKeyId", c.AccessKey},
			{"sessionContext", Object{
				{"sessionIssuer", Object{
					{"type", "Role"},
					{"principalId", c.RoleID},
					{"arn", "arn:aws:iam::" + c.Account + ":role/" + rolePath(c.Role, region) + c.Role},
					{"accountId", c.Account},
					{"userName", c.Role},
				}},
				{"attributes", Object{{"creationDate", c.Since.UTC().Format("2006-01-02T15:04:05Z")}, {"mfaAuthenticated", "false"}}},
			}},
		}
	case "IAMUser":
		o = Object{{"type", "IAMUser"}, {"principalId", c.RoleID}, {"arn", "arn:aws:iam::" + c.Account + ":user/" + c.Session},
			{"accountId", c.Account}, {"accessKeyId", c.AccessKey}, {"userName", c.Session}}
	case "Root":
		o = Object{{"type", "Root"}, {"principalId", c.Account}, {"arn", "arn:aws:iam::" + c.Account + ":root"},
			{"accountId", c.Account}, {"accessKeyId", c.AccessKey}}
	case "AWSService":
		return Object{{"type", "AWSService"}, {"invokedBy", c.InvokedBy}}
	case "":
		o = Object{{"type", "Unknown"}, {"accountId", c.Account}}
	default:
		o = Object{{"type", c.Type}, {"accountId", c.Account}}
	}
	if c.InvokedBy != "" {
		o = append(o, Member{"invokedBy", c.InvokedBy})
	}
	if c.OnBehalfOf != "" {
		o = append(o, Member{"onBehalfOf", Object{{"userId", c.OnBehalfOf},
			{"identityStoreArn", "arn:aws:identitystore::" + c.Account + ":identitystore/" + c.Store}}})
	}
	return o
}

// rolePath is where Identity Center puts the roles of its permission sets.
func rolePath(role, region string) string {
	if strings.HasPrefix(role, "AWSReservedSSO_") {
		return "aws-reserved/sso.amazonaws.com/" + region + "/"
	}
	return ""
}
