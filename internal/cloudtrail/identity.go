package cloudtrail

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Identity is who called, as userIdentity states it (cloudtrail reference 1.4).
// Every field is empty when the record does not have it; the set of types is
// open.
type Identity struct {
	Type        string // Root, IAMUser, AssumedRole, AWSService, WebIdentityUser, IdentityCenterUser, Unknown, ...
	PrincipalID string
	ARN         string
	Account     string // that owns the caller, or the instance behind an Identity Center token
	AccessKey   string // on SCIM calls the id of the token, as far as is known
	UserName    string
	InvokedBy   string // an AWS service that called on somebody's behalf
	Role        string // sessionContext.sessionIssuer.userName, or the role in ARN
	Session     string // the session name of an assumed role: for Identity Center roles, the user's name
	Source      string // sessionContext.sourceIdentity
	OnBehalfOf  string // Identity Center user id
	Store       string // identity store of that user
	StoreOwner  string // account of that store's ARN
	Credential  string // credentialId of an Identity Center bearer token
	Provider    string // identityProvider or federatedProvider
}

func readIdentity(n node, p *problems) Identity {
	if n.kind() == isNull {
		return Identity{}
	}
	if _, ok := n.object(); !ok {
		p.add("userIdentity", "is "+n.kind().String()+", not an object")
		return Identity{}
	}
	id := Identity{
		Type:        p.text(n, "userIdentity", kType),
		PrincipalID: p.text(n, "userIdentity", kPrincipalID),
		ARN:         p.text(n, "userIdentity", kARN),
		Account:     accountID(p.text(n, "userIdentity", kAccountID)),
		AccessKey:   p.text(n, "userIdentity", kAccessKeyID),
		UserName:    p.text(n, "userIdentity", kUserName),
		InvokedBy:   p.text(n, "userIdentity", kInvokedBy),
		Credential:  p.text(n, "userIdentity", kCredentialID),
		Provider:    p.text(n, "userIdentity", kIdentityProvider),
	}
	session := n.get(kSessionContext)
	// The issuer of a FederatedUser is the IAM user that asked for it, no role.
	if kind := plain(session.get(kSessionIssuer, kType)); kind == "" || kind == "Role" {
		id.Role = plain(session.get(kSessionIssuer, kUserName))
	}
	id.Source = plain(session.get(kSourceIdentity))
	if id.Provider == "" {
		id.Provider, _ = session.get(kWebIDFederation, kFederatedProvider).text()
	}
	if user, ok := n.get(kOnBehalfOf, kUserID).text(); ok && !awsid.Blanked(user) {
		id.OnBehalfOf = awsid.Bare(user)
	}
	if arn, ok := n.get(kOnBehalfOf, kIdentityStoreARN).text(); ok {
		id.Store = awsid.Bare(arn)
		id.StoreOwner = awsid.StoreAccount(arn)
	}
	role, name := assumedRole(id.ARN)
	if id.Role == "" {
		id.Role = role
	}
	id.Session = name
	if id.Session == "" {
		// principalId of an assumed role is AROA...:session.
		if key, name, ok := strings.Cut(id.PrincipalID, ":"); ok && strings.HasPrefix(key, "AROA") {
			id.Session = said(name)
		}
	}
	return id
}

// assumedRole takes arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION apart, and
// arn:aws:iam::ACCOUNT:role/PATH/ROLE, which has no session.
func assumedRole(arn string) (role, session string) {
	if _, path, ok := strings.Cut(arn, ":role/"); ok {
		return said(path[strings.LastIndexByte(path, '/')+1:]), ""
	}
	_, rest, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return "", ""
	}
	role, session, _ = strings.Cut(rest, "/")
	return said(role), said(session)
}

// said returns s unless it is blanked or masked.
func said(s string) string {
	if awsid.Blanked(s) {
		return ""
	}
	return s
}

// PermissionSet returns the name of the permission set behind a role that
// Identity Center made (AWSReservedSSO_NAME_HEX), or "".
func (id Identity) PermissionSet() string {
	rest, ok := strings.CutPrefix(id.Role, "AWSReservedSSO_")
	if !ok {
		return ""
	}
	if i := strings.LastIndexByte(rest, '_'); i > 0 {
		return rest[:i]
	}
	return rest
}

// accountID mends an account number that an exporter turned into a JSON number
// and that lost its leading zeros (cloudtrail reference 1.7).
func accountID(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 0 && len(s) < 12 && strings.Trim(s, "0123456789") == "" {
		return strings.Repeat("0", 12-len(s)) + s
	}
	if awsid.Blanked(s) {
		return ""
	}
	return s
}
