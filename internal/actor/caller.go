package actor

import (
	"regexp"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// caller is whom userIdentity names, which AWS vouches for: the signature of
// the call was checked against these credentials.
type caller struct {
	class     class
	name      string // of the person, role or user
	principal string // role or IAM user
	session   string // of a role
	owner     string // account that owns the principal
}

type class int

const (
	nobody    class = iota // type Unknown, absent or new
	root                   // the account's root user
	iamUser                // long-term keys: a person's or a program's
	ssoRole                // a role that only Identity Center lets people assume
	directory              // an Identity Center user, or one on whose behalf the call was made
	mailed                 // any other role or federated session whose name is an e-mail address
	role                   // any other role
	federated              // a federated session named otherwise
	service                // an AWS service
	foreign                // another account, seen from outside
)

// human reports whether the credentials are a person's, as far as AWS tells.
func (c class) human() bool {
	return c == root || c == iamUser || c == ssoRole || c == directory || c == mailed
}

// callerOf reads userIdentity (cloudtrail reference 1.4 and 1.5).
func callerOf(r *cloudtrail.Record) caller {
	id := &r.Identity
	c := caller{owner: id.Account, session: stated(id.Session)}
	if c.owner == "" {
		c.owner = r.Account
	}
	switch {
	case id.Type == "Root":
		c.class, c.name, c.principal = root, "root", "root"
	case id.Type == "IAMUser":
		c.class, c.name, c.principal = iamUser, stated(id.UserName), stated(id.UserName)
	case id.Type == "AWSService":
		c.class, c.name = service, stated(id.InvokedBy)
	case id.Type == "AssumedRole", id.Type == "Role", strings.Contains(id.ARN, ":assumed-role/"):
		c.principal = stated(id.Role)
		if c.principal == "" {
			c.principal = roleOf(id.ARN)
		}
		switch {
		case strings.HasPrefix(c.principal, ssoPrefix):
			if c.class, c.name = ssoRole, c.session; c.name == "" {
				c.name = c.principal
			}
		case isMail(id.Source):
			c.class, c.name = mailed, id.Source
		case isMail(c.session):
			c.class, c.name = mailed, c.session
		default:
			c.class, c.name = role, c.principal
		}
	case id.Type == "FederatedUser", id.Type == "SAMLUser", id.Type == "WebIdentityUser":
		c.class, c.name = federated, stated(id.UserName)
		if c.name == "" {
			_, c.name, _ = strings.Cut(stated(id.PrincipalID), ":")
		}
		if isMail(c.name) {
			c.class = mailed
		}
	case id.Type == "AWSAccount":
		c.class, c.name = foreign, id.Account
	case id.Type == "IdentityCenterUser", id.OnBehalfOf != "":
		c.class, c.name = directory, stated(id.UserName)
	default:
		c.name = stated(id.UserName)
	}
	if id.OnBehalfOf != "" && (c.class == role || c.class == federated) {
		// An identity-enhanced session: AWS itself says which user is behind it.
		c.class, c.name = directory, c.session
	}
	if c.class == directory && c.name == "" {
		c.name = id.OnBehalfOf
	}
	return c
}

// ssoPrefix begins the name of each role that Identity Center makes for a
// permission set; the session is named after the user (cloudtrail reference
// 1.4).
const ssoPrefix = "AWSReservedSSO_"

// isMail reports whether s looks like an e-mail address: enough to tell a
// person's session from a role's own, and no more.
func isMail(s string) bool { return strings.IndexByte(s, '@') > 0 && mail.MatchString(s) }

var mail = regexp.MustCompile(`^[^@\s/:]{1,128}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+$`)

// stated returns s unless it is masked or blanked.
func stated(s string) string {
	if awsid.Blanked(s) {
		return ""
	}
	return s
}

// roleOf returns the role in arn:aws:iam::ACCOUNT:role/PATH/ROLE or
// arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION, or "".
func roleOf(arn string) string {
	if _, rest, ok := strings.Cut(arn, ":assumed-role/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return stated(name)
	}
	_, path, ok := strings.Cut(arn, ":role/")
	if !ok {
		return ""
	}
	return stated(path[strings.LastIndexByte(path, '/')+1:])
}
