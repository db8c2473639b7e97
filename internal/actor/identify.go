package actor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// judge holds what is known of one call while it is judged.
type judge struct {
	catalogue *Catalogue
	record    *cloudtrail.Record
	caller    caller
	agent     agent
	rhythm    *Rhythm
}

// decide asks in the order of how much each answer is worth: the user's own
// table, the event source, AWS services, then the caller.
func (j *judge) decide() Actor {
	if row := j.ownRow(); row != nil {
		return j.declared(row)
	}
	if j.record.Source == awsid.SourceSCIM {
		return j.scim()
	}
	if a, ok := j.service(); ok {
		return a
	}
	if j.agent.row != nil && j.agent.row.Kind == Automation {
		return j.tool()
	}
	switch j.caller.class {
	case root, ssoRole, directory, mailed:
		return j.person()
	case iamUser:
		return j.user()
	case role:
		return j.role()
	}
	return j.stranger()
}

// ownRow returns the first of the user's rows that fits, or nil.
func (j *judge) ownRow() *Row {
	if j.catalogue == nil {
		return nil
	}
	for i := range j.catalogue.own {
		row := &j.catalogue.own[i]
		value := cutBytes(j.value(row.Match), maxMatched)
		if value != "" && row.covers(j.record.Source) && row.re.MatchString(value) {
			return row
		}
	}
	return nil
}

func (j *judge) value(match string) string {
	switch match {
	case MatchAgent:
		return j.agent.text
	case MatchPrincipal:
		return j.caller.principal
	case MatchSession:
		return j.caller.session
	case MatchService:
		host, _ := serviceHost(j.record)
		return host
	case MatchCredential:
		return credential(j.record)
	case MatchAddress:
		return j.record.SourceIP
	}
	return ""
}

// declared follows a row of the user's table.
func (j *judge) declared(row *Row) Actor {
	a := Actor{Kind: row.Kind, Name: j.caller.name, Client: row.Client, Basis: "a row of your own table of clients fits the " + words[row.Match]}
	switch {
	case row.Kind == Connector && row.Name == "":
		a.Name = row.Client
	case row.Kind == Person && j.caller.class == role:
		a.Name = j.personName()
	case row.Kind != Person && row.Name != "":
		a.Name = row.Name
	}
	if row.Match == MatchAgent {
		a.Claimed = true
		a.Basis += ", which anybody can send"
		if m := row.re.FindStringSubmatch(j.agent.text); len(m) > 1 {
			j.agent.version, j.agent.client = cut(m[1], maxVersion), row.Client
		}
	}
	return a
}

var words = map[string]string{
	MatchAgent: "user agent", MatchPrincipal: "role or user", MatchSession: "session name",
	MatchService: "AWS service", MatchCredential: "access key id", MatchAddress: "address",
}

// scim judges a call of the SCIM endpoint. Its identity is a bearer token
// without a name (cloudtrail reference 2.5), so the user agent is all there is.
func (j *judge) scim() Actor {
	row := j.agent.row
	switch {
	case row == nil && j.agent.text == "":
		return Actor{Kind: Unknown, Basis: "the record has no user agent, and a SCIM token has no name"}
	case row == nil:
		return Actor{Kind: Unknown, Claimed: true, Basis: "user agent only, and no known SCIM client sends it"}
	case row.Kind != IDP:
		return Actor{Kind: Unknown, Claimed: true, Basis: fmt.Sprintf("user agent only: %s, behind which any program can be", row.title())}
	}
	basis := "user agent only, which anybody can send"
	switch row.Confidence {
	case Low, Claim:
		basis += "; that " + row.title() + " sends this one is not confirmed"
	case Medium:
		basis += "; that " + row.title() + " sends this one is reported by others"
	}
	return Actor{Kind: IDP, Name: row.Name, Claimed: true, Basis: basis}
}

// isHost reports whether s is the name of an AWS service as invokedBy, an
// address or a user agent give it.
func isHost(s string) bool { return strings.Contains(s, ".amazonaws.com") && host.MatchString(s) }

var host = regexp.MustCompile(`^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.amazonaws\.com(?:\.cn)?$`)

// serviceHost returns the AWS service that made the call, and whether only the
// user agent says so: invokedBy and the address are written by AWS.
func serviceHost(r *cloudtrail.Record) (name string, claimed bool) {
	for _, s := range []string{r.Identity.InvokedBy, r.SourceIP} {
		if isHost(s) {
			return s, false
		}
	}
	if isHost(r.UserAgent) {
		return r.UserAgent, true
	}
	return "", false
}

// service judges calls of AWS services; ok is false when none made the call.
func (j *judge) service() (a Actor, ok bool) {
	name, claimed := serviceHost(j.record)
	if name != "" && !consoleHost(name) {
		if a, ok := j.named(name, claimed); ok {
			return a, true
		}
	}
	if j.caller.class == service {
		return Actor{Kind: AWS, Name: j.caller.name, Basis: "the identity is an AWS service"}, true
	}
	if j.caller.class != role {
		return Actor{}, false
	}
	row := j.product()
	switch {
	case serviceRole(j.caller.principal):
		client := strings.ToLower(cut(strings.TrimPrefix(j.caller.principal, servicePrefix), 64))
		return Actor{Kind: AWS, Name: j.caller.principal, Client: client, Basis: "the role is one that only an AWS service can assume"}, true
	case row != nil && row.Kind == AWS:
		return Actor{Kind: AWS, Name: j.caller.principal, Client: row.Client, Basis: "the role bears a name that " + row.title() + " gives to its own"}, true
	}
	return Actor{}, false
}

// named judges a call of the AWS service of that name; claimed says that only
// the user agent names it.
func (j *judge) named(name string, claimed bool) (a Actor, ok bool) {
	row := j.catalogue.find(MatchService, j.record.Source, name)
	acts := row != nil && row.Kind == Automation
	if claimed && !acts && j.record.SourceIP != "" && j.record.SourceIP != internal {
		return Actor{}, false // a service's call would have its name for an address too
	}
	short := strings.TrimSuffix(strings.TrimSuffix(name, ".cn"), ".amazonaws.com")
	a = Actor{Kind: AWS, Name: name, Client: short, Claimed: claimed, Basis: "AWS says that its service " + name + " made the call"}
	if claimed {
		a.Basis = "the user agent names the AWS service " + name + ", and nothing else does"
	}
	if acts {
		a.Kind, a.Client = row.Kind, row.Client
	}
	switch {
	case j.caller.name == "" || j.caller.class == service:
		return a, true
	case acts:
		a.Name = j.caller.name
	case j.caller.class.human():
		// The service passes on what a person does: the hand is the person's.
		a.Kind, a.Name, a.Claimed = Person, j.caller.name, false
	default:
		return a, true
	}
	a.Basis += " with the credentials of " + strconv.Quote(cut(a.Name, maxName))
	return a, true
}

// servicePrefix begins the names of service-linked roles, which IAM reserves.
const servicePrefix = "AWSServiceRoleFor"

func serviceRole(name string) bool { return strings.HasPrefix(name, servicePrefix) }

// tool judges calls of Terraform and its like, which are automation whoever
// started them (design 11, ruling 10).
func (j *judge) tool() Actor {
	a := Actor{Kind: Automation, Name: j.caller.name, Claimed: true}
	a.Basis = fmt.Sprintf("the user agent names %s, which anybody can send", j.agent.row.title())
	if a.Name == "" {
		return a
	}
	a.Basis += "; the credentials are those of " + strconv.Quote(cut(a.Name, maxName))
	if row := j.workload(); row != nil {
		a.Claimed = false
		a.Basis += ", and the session name is that of " + row.title()
	} else if row := j.product(); row != nil && row.Kind == Automation {
		a.Claimed = false
		a.Basis += ", a name that fits"
	}
	return a
}

// workload returns the row of a session name that a program's host sets, or
// nil. Default names of the AWS clients do not count: a person's profile has
// them too.
func (j *judge) workload() *Row {
	row := j.catalogue.find(MatchSession, j.record.Source, j.caller.session)
	if row == nil || row.Kind != Automation || row.Confidence == Low || row.Confidence == Claim {
		return nil
	}
	return row
}

// product returns the row of the role's or user's name, or nil.
func (j *judge) product() *Row {
	return j.catalogue.find(MatchPrincipal, j.record.Source, j.caller.principal)
}

// person judges calls with credentials that are a person's own.
func (j *judge) person() Actor {
	if j.caller.class == mailed {
		if row := j.workload(); row != nil {
			return Actor{Kind: Automation, Name: j.caller.name, Basis: "the session name is that of " + row.title()}
		}
	}
	a := Actor{Kind: Person, Name: j.caller.name}
	switch j.caller.class {
	case root:
		a.Basis = "the identity is the account's root user"
	case ssoRole:
		a.Basis = "the role is one that Identity Center gives to people, and the session bears the user's name"
		if j.caller.session == "" {
			a.Basis = "the role is one that Identity Center gives to people; the record does not name the session"
		}
	case directory:
		a.Basis = "AWS names the Identity Center user behind the call"
	default:
		a.Basis = "the session bears an e-mail address, which whoever assumed the role chose"
		if j.caller.name != j.caller.session {
			a.Basis = "the source identity of the session is an e-mail address"
		}
	}
	return j.by(a)
}

// by adds to a person how the call was made.
func (j *judge) by(a Actor) Actor {
	switch {
	case consoleMade(j.record, j.agent):
		a.Client = clientConsole
	case j.agent.sdk():
		a.Detail = "script"
		if j.agent.where != "" {
			a.Detail += " in " + j.agent.where
		}
	}
	return a
}

// consoleMade reports whether the console made the call: its user agent or
// address says so (cloudtrail reference 7.2), or no other client is named and
// the credentials or the source are the console's. CloudShell has console
// credentials and the AWS CLI's user agent: that is the AWS CLI.
func consoleMade(r *cloudtrail.Record, a agent) bool {
	if a.console() {
		return true
	}
	if a.row != nil || a.text != "" && a.text != r.SourceIP {
		return false // another client is named
	}
	return r.FromConsole || r.Source == awsid.SourceConsole || r.SourceIP == internal || r.Identity.InvokedBy == internal || consoleHost(r.SourceIP)
}

// consoleHost reports whether a service's name is one of the console's older
// back ends (cloudtrail reference 7.2).
func consoleHost(name string) bool {
	return name == "console.amazonaws.com" || name == "signin.amazonaws.com"
}

// internal stands for an AWS service, mostly the console, in place of an
// address or a service's name.
const internal = "AWS Internal"

// user judges calls of IAM users, whose keys may be a program's.
func (j *judge) user() Actor {
	name := j.caller.name
	a := Actor{Kind: Person, Name: name, Basis: "the identity is an IAM user, whose keys may also be a program's"}
	if consoleMade(j.record, j.agent) {
		a.Basis = "the identity is an IAM user in the console"
		return j.by(a)
	}
	if isMail(name) {
		a.Basis = "the identity is an IAM user whose name is an e-mail address"
		return j.by(a)
	}
	if named, ok := j.bearing("IAM user"); ok {
		return named
	}
	if pace := j.rhythm.Of(j.record); pace.Steady() && !j.agent.typed() {
		return Actor{Kind: Automation, Name: name, Basis: "the identity is an IAM user on a steady rhythm: " + pace.String()}
	}
	return j.by(a)
}

// stranger judges calls whose identity does not tell who called.
func (j *judge) stranger() Actor {
	a := Actor{Kind: Unknown, Name: j.caller.name}
	switch j.caller.class {
	case federated:
		a.Basis = "the identity is a federated session; its name does not say whose"
	case foreign:
		a.Basis = "the record names only the account that called"
	default:
		a.Basis = "the record does not name the caller"
	}
	if consoleMade(j.record, j.agent) {
		a.Kind, a.Client = Person, clientConsole
		a.Claimed = !j.record.FromConsole && j.record.SourceIP != internal
		a.Basis += ", but the call came through the console"
		if a.Claimed {
			a.Basis += ", by its user agent"
		}
	}
	return a
}

// shared is the built-in catalogue with one memory for all callers of Via.
var shared = sync.OnceValue(Default)
