package engine

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is how long a name may be: the Glue Data Catalog's limit
// (https://docs.aws.amazon.com/glue/latest/webapi/API_Table.html).
const longestName = 255

// CheckName returns an error unless s can be the name of a catalogue, a schema or
// a table. Any printable text can: it is quoted. What can't be seen can't be meant.
func CheckName(what, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("the name of the %s is empty", what)
	case len(s) > longestName:
		return fmt.Errorf("the name of the %s is longer than %d bytes", what, longestName)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("the name of the %s holds characters that can't be printed", what)
	}
	return nil
}

// Identifier quotes a name, so that it is a name whatever it holds.
func Identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Qualified quotes the parts of a table's name and joins them.
func Qualified(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = Identifier(part)
	}
	return strings.Join(quoted, ".")
}

// literal quotes a value.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func literals(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = literal(s)
	}
	return strings.Join(quoted, ", ")
}

// Short returns what an engine says as it may stand in a sentence on a terminal:
// printable, and not too much of it.
func Short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return ' '
		}
		return r
	}, s)
	if len(s) > 300 {
		s = s[:300] + "..."
	}
	return s
}
