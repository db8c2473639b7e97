package repair

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What Identity Center takes (identity-center-scim reference 11).
var (
	solid    = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)
	spaced   = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \x{A0}]+$`)
	spacious = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r \x{A0}\x{3000}]+$`)

	reserved = []string{"administrator", "awsadministrators"}
)

// Profile is what is known upstream of a person beside the name: what the provider
// would send to AWS.
type Profile struct {
	GivenName, FamilyName, Email string
}

// faults names the attributes for which AWS would refuse to make a user of the
// person, so that nobody waits for a push that can't succeed.
func (p Person) faults() (out []string) {
	check := func(attribute, value string, most int, form *regexp.Regexp, blank string) {
		switch {
		case !utf8.ValidString(value):
			out = append(out, attribute+" is not valid UTF-8")
		case utf8.RuneCountInString(value) > most:
			out = append(out, fmt.Sprintf("%s is longer than %d characters", attribute, most))
		case value == "" && blank != "":
			out = append(out, attribute+" "+blank)
		case value != "" && !form.MatchString(value):
			out = append(out, fmt.Sprintf("%s holds %s, which AWS refuses", attribute, culprit(value, form)))
		}
	}
	check("userName", p.Name, 128, solid, "is empty")
	if slices.Contains(reserved, strings.ToLower(p.Name)) {
		out = append(out, "userName is a name that AWS reserves")
	}
	if p.Profile != nil {
		check("name.givenName", p.Profile.GivenName, 1024, spacious, "is empty, and AWS wants one character at least")
		check("name.familyName", p.Profile.FamilyName, 1024, spacious, "is empty, and AWS wants one character at least")
		check("emails.value", p.Profile.Email, 1024, spacious, "")
	}
	return out
}

// groupFault says why a group of this name can't exist in AWS, "" when it can.
func groupFault(name string) string {
	switch {
	case name == "":
		return "its name is empty"
	case utf8.RuneCountInString(name) > 1024:
		return "its name is longer than 1024 characters"
	case !spaced.MatchString(name):
		return "its name holds " + culprit(name, spaced) + ", which AWS refuses"
	case slices.Contains(reserved, strings.ToLower(name)):
		return "its name is one that AWS reserves"
	}
	return ""
}

// culprit names the first character that a form does not admit.
func culprit(s string, form *regexp.Regexp) string {
	for _, r := range s {
		if form.MatchString(string(r)) {
			continue
		}
		switch r {
		case ' ':
			return "a blank"
		case utf8.RuneError:
			return "a broken character"
		}
		return fmt.Sprintf("the character U+%04X", r)
	}
	return "something"
}
