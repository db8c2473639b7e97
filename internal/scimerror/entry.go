package scimerror

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Entry is one error of the catalogue. Entries are shared: treat them as
// read-only.
type Entry struct {
	ID       string            // stable slug, e.g. "validation-pattern"
	Code     string            // AWS error name, e.g. "ValidationException"; "" when the error is not AWS's
	Meaning  string            // one or two plain sentences
	Cause    string            // the usual cause, whoever the client is
	ByClient map[string]string // the usual cause at one client: "okta", "entra", "google", "ssosync", ...
	Fix      []string          // ordered steps; each names who acts and the menu path or command
	Docs     string            // public URL
	Causes   []string          // slugs of the causes it speaks for, most likely first; empty when it only hampers reading
	Source   string            // where we know it from, e.g. "scim reference 5.3"
}

// Basis says what an explanation rests on, from firm to weak.
type Basis string

const (
	ByText        Basis = "text"        // the wording is in the catalogue
	ByTranslation Basis = "translation" // the telling words of a translation are there; AWS publishes no list of translations
	ByCutText     Basis = "cut-text"    // only a beginning of the wording is left, and only one wording begins so
	ByCode        Basis = "code"        // only the error name is known; the message itself is not
)

// Subject is the kind of object that a refused call was about.
type Subject string

const (
	SubjectUser  Subject = "user"
	SubjectGroup Subject = "group"
)

// Rule is the kind of a constraint that a value failed.
type Rule string

const (
	RulePattern   Rule = "pattern"    // a character outside the allowed classes, or no character at all
	RuleMinLength Rule = "min-length" // too short; with bound 1: the value is empty
	RuleMaxLength Rule = "max-length" // too long
	RuleUnknown   Rule = "unknown"    // the message was cut before it says, or names a rule not in the catalogue
)

// Constraint is one failed constraint of a validation message.
type Constraint struct {
	Attribute string // e.g. "name.givenName"; letters, digits and _.:$[]- only
	Rule      Rule
	Bound     int // the length that was allowed, in characters; 0 when unknown
}

// Explanation is what a message means. Strings taken from the message keep
// their control characters: renderers escape.
type Explanation struct {
	Entry   *Entry
	Basis   Basis
	Code    string // as given or found in the message, else the entry's
	Message string // the part that was recognised, envelopes stripped; "" when only the code was
	Causes  []string

	Attribute   string       // whose attribute, e.g. "name.givenName"; the first when there are several
	Attributes  []string     // all of them, in the message's order, without repetition
	Constraints []Constraint // of a validation message
	Announced   int          // how many validation errors the message says it holds; more than Constraints when it was cut or reads otherwise

	Subject           Subject // what the call was about, "" when the message doesn't say
	Operation         string  // e.g. "CreateGroup", when the message names it
	GroupName         string  // as the identity provider spells it
	UserName          string
	RememberedGroupID string // AWS group id that Okta remembers (okta reference 7 M11)
	RememberedUserID  string // AWS user id that Okta remembers (okta reference 7 M12)

	Language string    // "pt", "es", "de", "fr" or "ja" for a translation; pt and es share words and may be swapped
	Envelope []string  // what was peeled off, outermost first; a JSON body reads "JSON"
	At       time.Time // from a dated Okta prefix, UTC; zero without one
}

// Meaning is the entry's meaning and, for a validation message, which
// constraint which attribute failed. Of the message's own text it holds nothing
// but attribute names, whose characters are checked.
func (x Explanation) Meaning() string {
	if x.Entry == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(x.Entry.Meaning)
	for _, c := range x.Constraints {
		fmt.Fprintf(&b, " %s %s.", c.Attribute, c.says())
	}
	if n := len(x.Constraints); n > 0 && x.Announced > n {
		fmt.Fprintf(&b, " The message announces %d errors, of which %d can be read.", x.Announced, n)
	}
	return b.String()
}

func (c Constraint) says() string {
	switch c.Rule {
	case RulePattern:
		return "holds a character that is not allowed, or none at all"
	case RuleMinLength:
		if c.Bound > 1 {
			return fmt.Sprintf("is shorter than %d characters", c.Bound)
		}
		return "is empty"
	case RuleMaxLength:
		if c.Bound > 0 {
			return fmt.Sprintf("is longer than %d characters", c.Bound)
		}
		return "is too long"
	default:
		return "failed a constraint that the message does not show"
	}
}

// Catalogue returns all entries in a stable order, that of the files they lie
// in. The slice is the caller's, the entries are shared.
func Catalogue() []*Entry {
	return slices.Clone(catalogue().entries)
}
