// Package actor says who is behind a call: an identity provider, a person, a
// pipeline, a governance connector, AWS itself, or nobody that the record lets
// us name.
//
// It weighs what AWS vouches for (the event source, userIdentity, invokedBy,
// sessionCredentialFromConsole, the address) against what the caller merely
// says (the user agent), and tells in Actor.Basis which of them the judgement
// rests on. What it knows of clients stands in a table, clients.csv, that a
// user can put rows in front of. Where the record leaves two readings open the
// kind is unknown, or automation instead of connector: a wrong name is worse
// than none.
//
// It judges one record at a time, and how one principal spreads its writes over
// days (Rhythm). It does not know groups, memberships or causes, and it escapes
// nothing: strings from the evidence are bounded in length and otherwise raw.
package actor

import (
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// The kinds of actor (design 5).
const (
	IDP        = "idp"        // an identity provider, or the program that carries its users and groups over SCIM
	Person     = "person"     // somebody at the console, the CLI or with a script
	Automation = "automation" // a pipeline, infrastructure as code or another program
	Connector  = "connector"  // an identity-governance product that writes to the identity store itself
	AWS        = "aws"        // an AWS service on its own account
	Unknown    = "unknown"    // the record does not tell
)

// Clients that the code itself knows; all others come from the catalogue.
const (
	clientConsole = "console"
	sdkPrefix     = "sdk-" // sdk-go, sdk-python, ...: a program of somebody's own, whoever runs it
)

// FamilyNone is the Family of a call that named no client at all, so that such
// a caller can be told from all others.
const FamilyNone = "none"

// Actor is who is behind a call. An empty field is not known.
type Actor struct {
	Kind string // one of the constants above
	// Name is the identity provider's display name for SCIM, else the person's
	// session or user name, the product behind a connector ("sailpoint"), the
	// role, or the AWS service. At most 256 characters.
	Name string
	// Principal is the role or IAM user whose credentials signed the call. It
	// differs from Name for people in a role and for named connectors.
	Principal string
	// Client is the software: a slug of the catalogue (okta, aws-cli, sdk-go,
	// terraform, console), or the product token of the user agent in lower case
	// when no row fits. It rests on the user agent unless Basis says otherwise.
	Client  string
	Version string // of the client, as its user agent states it
	Detail  string // "script", "CloudShell", "AWS Lambda": how the client was run
	// Family compares clients across versions: Client, or FamilyNone.
	Family     string
	Credential string // access key id; on SCIM calls it stands for the token (cloudtrail reference 2.5)
	Address    string // sourceIPAddress
	Basis      string // what the judgement rests on, a clause without a full stop
	Claimed    bool   // Kind rests on a user agent alone, which anybody can send
}

// Catalogue is what is known of clients. The zero value and nil know no client;
// they still tell people, roles and AWS services apart. It may be used from
// several goroutines.
type Catalogue struct {
	own  []Row // of the user: the first that fits decides
	rows []Row // built in: weighed against the identity

	fits   memo[*Row] // nil: none
	agents memo[agent]
}

// The most characters that are kept of a name and of a version, and the most
// bytes of a value that patterns look at: a user agent is cut at 1 KB by
// CloudTrail (cloudtrail reference 1.3).
const (
	maxName    = 256
	maxVersion = 64
	maxMatched = 1024
)

// cut returns the first limit characters of s.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	runes := 0
	for i := range s {
		if runes == limit {
			return s[:i]
		}
		runes++
	}
	return s
}

// cutBytes returns the longest beginning of s that has at most limit bytes and
// does not end within a character.
func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// Identify says who made a call. rhythm may be nil: then no role is recognised
// by how it spreads its calls. A nil record has an unknown actor.
func (c *Catalogue) Identify(r *cloudtrail.Record, rhythm *Rhythm) Actor {
	if r == nil {
		return Actor{Kind: Unknown, Family: FamilyNone, Basis: "there is no record"}
	}
	j := judge{catalogue: c, record: r, caller: callerOf(r), agent: c.agentOf(r), rhythm: rhythm}
	a := j.decide()
	a.Principal = cut(j.caller.principal, maxName)
	a.Credential = cut(credential(r), maxName)
	a.Address = cut(r.SourceIP, maxName)
	a.Name = cut(a.Name, maxName)
	if a.Client == "" {
		a.Client = j.agent.client
	}
	if a.Client == j.agent.client {
		a.Version = j.agent.version
	}
	if a.Detail == "" {
		a.Detail = j.agent.where
	}
	a.Family = a.Client
	if a.Family == "" {
		a.Family = FamilyNone
	}
	return a
}

func credential(r *cloudtrail.Record) string {
	if r.Identity.AccessKey != "" {
		return r.Identity.AccessKey
	}
	return r.Identity.Credential
}
