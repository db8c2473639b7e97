package idcenter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// violation is one constraint that a value does not satisfy.
type violation struct {
	at    string // e.g. name.familyName
	value string // quoted, or null; "" when it is about a person and is not told
	must  string // e.g. "have length greater than or equal to 1"
}

// checkText adds what is wrong with a text.
func (a *attribute) checkText(at, s string, list []violation) []violation {
	if s == "" {
		list = append(list, violation{at, "", "have length greater than or equal to 1"})
	}
	if len(s) > a.max && utf8.RuneCountInString(s) > a.max {
		list = append(list, violation{at, "", "have length less than or equal to " + strconv.Itoa(a.max)})
	}
	if !a.class.holds(s) {
		list = append(list, violation{at, "", "satisfy regular expression pattern: " + a.class.pattern()})
	}
	return list
}

// scimViolations is the refusal as the SCIM endpoint words it: "errors" even
// for one, and no values (identity-center-scim reference 5.2, 5.3).
func scimViolations(list []violation) *Error {
	clauses := make([]string, len(list))
	for i, v := range list {
		clauses[i] = fmt.Sprintf("Value at '%s' failed to satisfy constraint: Member must %s", v.at, v.must)
	}
	return invalid(fmt.Sprintf("%d validation errors detected: %s", len(list), strings.Join(clauses, "; ")))
}

// apiViolations is the same as the Identity Store API words it, with the value
// where it is no person's.
func apiViolations(list []violation) *Error {
	clauses := make([]string, len(list))
	for i, v := range list {
		value := "Value"
		if v.value != "" {
			value += " " + v.value
		}
		clauses[i] = fmt.Sprintf("%s at '%s' failed to satisfy constraint: Member must %s", value, v.at, v.must)
	}
	plural := "s"
	if len(list) == 1 {
		plural = ""
	}
	return invalid(fmt.Sprintf("%d validation error%s detected: %s", len(list), plural, strings.Join(clauses, "; ")))
}

// quoted is a value in a message, shortened.
func quoted(s string) string {
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "") + "..."
	}
	return "'" + s + "'"
}
