package live

import "strings"

// Kind says what sort of thing went wrong.
type Kind string

// The kinds.
const (
	Denied       Kind = "denied"        // known caller, not allowed: Permission says what is missing
	Credentials  Kind = "credentials"   // no credentials, wrong or expired ones
	Missing      Kind = "missing"       // no such bucket, table, store, organisation
	WrongPlace   Kind = "wrong-place"   // it lives in another Region or account
	Unreachable  Kind = "unreachable"   // no connection, no such host, time-out
	Throttled    Kind = "throttled"     // still told to slow down after all patience
	Malformed    Kind = "malformed"     // an answer that is not what the API promises
	Refused      Kind = "refused"       // the service refuses the request for another reason
	TooExpensive Kind = "too-expensive" // a limit of the user's forbids it
	Uncertain    Kind = "uncertain"     // a change was sent, and nobody knows whether it was made
)

// Problem is an error of a live source, written for the reader of the terminal.
type Problem struct {
	Kind  Kind
	Doing string // what was being done, to what: "looking up events in us-east-2 of account 111122223333"
	// Reason is what went wrong, in our words; never a body that may hold secrets.
	Reason     string
	Permission string // the missing permission, e.g. "cloudtrail:LookupEvents"; "" when none is
	Next       string // what to do now, an imperative without a full stop
	Err        error  // what the library said; may be nil
}

// Error is one sentence: what was being done, what went wrong, what to do.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Doing)
	b.WriteString(": ")
	b.WriteString(p.Reason)
	if p.Permission != "" {
		b.WriteString("; the permission " + p.Permission + " is missing")
	}
	if p.Next != "" {
		b.WriteString("; " + p.Next)
	}
	return b.String()
}

// Unwrap returns what the library said.
func (p *Problem) Unwrap() error { return p.Err }
