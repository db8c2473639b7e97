package cloudtrail

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// The oracle is the decoder as it was before it was written for speed: it builds
// maps with encoding/json and looks names up in them. What it reads is what
// Decode must read, field for field and problem for problem.

// Decode reads one record from its JSON text, which it keeps in Raw without a
// copy. It fails only when data is not a JSON object or has neither a source
// nor a name of an event; everything else that is amiss becomes a Problem.
func oracleDecode(data []byte) (Record, error) {
	root, err := oracleParse(data)
	if err != nil {
		return Record{}, fmt.Errorf("reading a record: %w", err)
	}
	if _, ok := root.object(); !ok {
		return Record{}, fmt.Errorf("reading a record: it is %s, not an object", root.kind())
	}
	if !root.get("eventSource").found && !root.get("eventName").found {
		return Record{}, fmt.Errorf("reading a record: it has neither eventSource nor eventName, so it is no CloudTrail record")
	}
	var p oracleProblems
	r := Record{
		Raw:          data,
		ID:           p.id(root, "eventID"),
		SharedID:     p.id(root, "sharedEventID"),
		Source:       strings.ToLower(p.text(root, "", "eventSource")),
		Name:         p.text(root, "", "eventName"),
		Region:       p.text(root, "", "awsRegion"),
		Type:         p.text(root, "", "eventType"),
		RequestID:    p.text(root, "", "requestID"),
		ErrorCode:    p.text(root, "", "errorCode"),
		ErrorMessage: p.text(root, "", "errorMessage"),
		SourceIP:     p.text(root, "", "sourceIPAddress"),
		UserAgent:    unbracketed(p.text(root, "", "userAgent")),
		Identity:     oracleIdentity(root.get("userIdentity"), &p),
	}
	if s := p.text(root, "", "eventVersion"); s != "" {
		if r.Version, err = ParseVersion(s); err != nil {
			p.add("eventVersion", fmt.Sprintf("is not major.minor (%.40q)", s))
		} else if !r.Version.Known() {
			p.add("eventVersion", fmt.Sprintf("is %d.%d; only the fields that kept their 1.x names were read", r.Version.Major, r.Version.Minor))
		}
	}
	if s := p.text(root, "", "eventTime"); s != "" {
		if r.Time, err = oracleTime(s); err != nil {
			p.add("eventTime", fmt.Sprintf("is not a time (%.40q)", s))
		}
	} else if !root.get("eventTime").found {
		p.add("eventTime", "is absent")
	}
	r.Account = accountID(p.text(root, "", "recipientAccountId"))
	if r.Account == "" {
		r.Account = r.Identity.Account
	}
	r.FromConsole, _ = root.get("sessionCredentialFromConsole").truth()
	r.Host, _ = root.get("tlsDetails", "clientProvidedHostHeader").text()
	r.Addendum.Reason, _ = root.get("addendum", "reason").text()
	r.Addendum.OriginalEventID, _ = root.get("addendum", "originalEventID").text()

	var stated bool
	if r.ReadOnly, stated = root.get("readOnly").truth(); !stated {
		r.ReadOnly = readName(r.Name)
	}
	r.Subject = oracleSubject(&r, root, &p)
	r.Effect = oracleEffect(&r)
	r.Problems = p.list
	return r, nil
}

// oracleProblems gathers what could not be read while a record is read.
type oracleProblems struct {
	list []Problem
}

func (p *oracleProblems) add(field, reason string) {
	p.list = append(p.list, Problem{Field: field, Reason: reason})
}

// text reads a scalar; a blanked or unreadable one is "" and noted. Masked
// values are CloudTrail's own doing and are not noted.
func (p *oracleProblems) text(n oracleNode, parent, name string) string {
	v := n.get(name)
	if !v.found || v.value == nil {
		return ""
	}
	field := name
	if parent != "" {
		field = parent + "." + name
	}
	s, ok := v.text()
	switch {
	case !ok:
		p.add(field, "is "+v.kind()+", not a string")
		return ""
	case s == "" || s == awsid.Masked:
		return ""
	case awsid.Blanked(s):
		p.add(field, fmt.Sprintf("is blanked (%.40q)", s))
		return ""
	}
	if len(s) > maxText {
		p.add(field, fmt.Sprintf("is %d bytes long; only its beginning is kept", len(s)))
		s = strings.ToValidUTF8(strings.Clone(s[:maxText]), "")
	}
	return s
}

func (p *oracleProblems) id(n oracleNode, name string) string {
	return strings.TrimSpace(p.text(n, "", name))
}

func oracleIdentity(n oracleNode, p *oracleProblems) Identity {
	if !n.found || n.value == nil {
		return Identity{}
	}
	if _, ok := n.object(); !ok {
		p.add("userIdentity", "is "+n.kind()+", not an object")
		return Identity{}
	}
	id := Identity{
		Type:        p.text(n, "userIdentity", "type"),
		PrincipalID: p.text(n, "userIdentity", "principalId"),
		ARN:         p.text(n, "userIdentity", "arn"),
		Account:     accountID(p.text(n, "userIdentity", "accountId")),
		AccessKey:   p.text(n, "userIdentity", "accessKeyId"),
		UserName:    p.text(n, "userIdentity", "userName"),
		InvokedBy:   p.text(n, "userIdentity", "invokedBy"),
		Credential:  p.text(n, "userIdentity", "credentialId"),
		Provider:    p.text(n, "userIdentity", "identityProvider"),
	}
	session := n.get("sessionContext")
	// The issuer of a FederatedUser is the IAM user that asked for it, no role.
	if kind := oraclePlain(session.get("sessionIssuer", "type")); kind == "" || kind == "Role" {
		id.Role = oraclePlain(session.get("sessionIssuer", "userName"))
	}
	id.Source = oraclePlain(session.get("sourceIdentity"))
	if id.Provider == "" {
		id.Provider, _ = session.get("webIdFederationData", "federatedProvider").text()
	}
	if user, ok := n.get("onBehalfOf", "userId").text(); ok && !awsid.Blanked(user) {
		id.OnBehalfOf = awsid.Bare(user)
	}
	if arn, ok := n.get("onBehalfOf", "identityStoreArn").text(); ok {
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

func oracleEffect(r *Record) Effect {
	if r.ReadOnly {
		return None
	}
	lower := strings.ToLower(r.Name)
	switch {
	case strings.Contains(lower, "bearertoken"), strings.Contains(lower, "provisioningtenant"):
		return TokenChanged
	case strings.Contains(lower, "externalidp"), r.Source == awsid.SourceIdentitySync:
		return SourceChanged
	case !DirectorySource(r.Source) && r.Source != awsid.SourceAssignments:
		return None
	case r.Source == awsid.SourceSCIM && r.Name == "PatchGroup":
		return patchEffect(r)
	case r.Subject.Active != nil && (r.Name == "PatchUser" || r.Name == "PutUser"):
		if *r.Subject.Active {
			if r.Name == "PatchUser" {
				return UserEnabled
			}
			return UserUpdated
		}
		return UserDisabled
	}
	if e, ok := byName[r.Name]; ok {
		return e
	}
	if r.Source == awsid.SourceAssignments {
		return AdministrationOnly
	}
	return None
}

// oracleTime reads a time in any of the forms that records and their exports
// use, epoch seconds and milliseconds included, and returns it in UTC.
func oracleTime(s string) (time.Time, error) {
	// Newer Java runtimes put a narrow no-break space before AM and PM.
	s = strings.TrimSpace(strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(s))
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() < 1 || t.Year() > 9999 {
				break
			}
			return t.UTC(), nil
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f >= 0 && f < 1e15 {
		if f >= 1e11 { // milliseconds: as seconds this would lie beyond the year 5138
			f /= 1000
		}
		whole, part := math.Modf(f)
		return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time", s)
}
