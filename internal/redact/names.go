package redact

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/actor"
)

// person is a name of a person: a user name, session name, e-mail address or
// display name.
func (b *book) person(s string) string {
	trimmed := strings.TrimSpace(s)
	if blank(trimmed) || serviceForm.MatchString(trimmed) {
		return s
	}
	if mailForm.MatchString(trimmed) {
		return b.mail(trimmed)
	}
	if p, ok := b.formed(userID, trimmed); ok {
		return p
	}
	return b.note(person, trimmed)
}

// mail is a person's name; of an e-mail address the host is noted too.
func (b *book) mail(s string) string {
	if _, domain, ok := strings.Cut(s, "@"); ok && mailForm.MatchString(s) && !exampleHost(fold(domain)) {
		b.note(host, fold(domain))
	}
	return b.note(person, s)
}

// role is the name of a role.
func (b *book) role(s string) string {
	if blank(s) || strings.HasPrefix(s, "AWSServiceRoleFor") {
		return s
	}
	if m := reservedRole.FindStringSubmatch(s); m != nil && !b.sealed {
		b.forms(m[1], inName) // only to note what is in it
	}
	return b.note(role, s)
}

// session is the session name of an assumed role. Names that a workload's host
// sets are no person's; only ids are taken out of them.
func (b *book) session(s string) string {
	if blank(s) {
		return s
	}
	if at := rowOf(actor.MatchSession, s); at >= 0 {
		row := sessionRows()[at]
		if m := row.FindStringIndex(s); m[0] == 0 && m[1] == len(s) {
			return b.forms(s, inText)
		}
	}
	return b.person(s)
}

// The rows of the built-in table of clients that go by names. A pseudonym must
// fit the same row as its original, or the redacted records would be read as
// another client's.
func rowsOf(match string) func() []*regexp.Regexp {
	return sync.OnceValue(func() []*regexp.Regexp {
		var out []*regexp.Regexp
		for _, row := range actor.Default().Rows() {
			if row.Match != match {
				continue
			}
			if re, err := regexp.Compile(row.Pattern); err == nil {
				out = append(out, re)
			}
		}
		return out
	})
}

var (
	sessionRows   = rowsOf(actor.MatchSession)
	principalRows = rowsOf(actor.MatchPrincipal)
)

func rowOf(match, s string) int {
	rows := principalRows()
	if match == actor.MatchSession {
		rows = sessionRows()
	}
	for i, re := range rows {
		if re.MatchString(s) {
			return i
		}
	}
	return -1
}

// naming numbers people and roles.
type naming struct {
	number   map[string]int      // of a bearer
	variants map[string][]string // spellings of one name, in order
	shapes   map[string][]string // names of one bearer in one shape, in order
	families map[string]int      // of group names that begin alike
}

func newNaming() naming {
	return naming{map[string]int{}, map[string][]string{}, map[string][]string{}, map[string]int{}}
}

// place returns the place of s in the list under key, to which it is added.
func place(lists map[string][]string, key, s string) int {
	for i, have := range lists[key] {
		if have == s {
			return i
		}
	}
	lists[key] = append(lists[key], s)
	return len(lists[key]) - 1
}

// nameOf makes the pseudonym of a person or role.
func (b *book) nameOf(e *entry) string {
	word := "person"
	if e.kind == role {
		word = "role"
	}
	shape := "plain"
	switch {
	case mailForm.MatchString(e.original):
		shape = "mail"
	case strings.ContainsRune(strings.TrimSpace(e.original), ' '):
		shape = "spaced"
	}
	low := fold(e.original)
	bearer := low
	if of := b.owner[low]; of != "" && e.kind == person {
		bearer = of
	}
	n := b.naming.number[word+bearer]
	if n == 0 {
		b.number(word, func(next int) string {
			n = next
			for _, s := range []string{fmt.Sprintf("%s-%03d@example.com", word, n), fmt.Sprintf("%s %03d", word, n)} {
				if b.taken[s] {
					return s // and so the next number
				}
			}
			return fmt.Sprintf("%s-%03d", word, n)
		})
		b.naming.number[word+bearer] = n
	}
	variant := place(b.naming.variants, low, e.original)
	spelt := spell(word, variant)
	if shape == "spaced" {
		spelt = strings.ToUpper(spelt[:1]) + spelt[1:] + " "
	} else {
		spelt += "-"
	}
	spelt += fmt.Sprintf("%03d", n)
	if turn := variant >> len(word); turn > 0 { // more spellings than the word has
		spelt += fmt.Sprintf("-v%d", turn)
	}
	if nth := place(b.naming.shapes, fmt.Sprint(word, shape, n), low); nth > 0 {
		spelt += fmt.Sprintf("-%d", nth+1)
	}
	if shape == "mail" {
		return recognised(e.original, spelt+"@example.com", func(found string) []string {
			return []string{spelt + "@example" + found, found + "-" + spelt + "@example.com"}
		})
	}
	return recognised(e.original, spelt, func(found string) []string {
		return []string{found + "-" + spelt, spelt + "-" + found, found}
	})
}

// spell writes word in capitals and small letters, differently for each variant,
// so that names which differ in nothing else do so afterwards.
func spell(word string, variant int) string {
	letters := []byte(word)
	for i := range letters {
		if variant>>i&1 == 1 {
			letters[i] -= 'a' - 'A'
		}
	}
	return string(letters)
}

// recognised returns plain, or the first of the candidates made of what a row of
// the table of clients found in the original, such that the same rows fit the
// original and the result.
func recognised(original, plain string, candidates func(found string) []string) string {
	principal, session := rowOf(actor.MatchPrincipal, original), rowOf(actor.MatchSession, original)
	fits := func(s string) bool {
		return rowOf(actor.MatchPrincipal, s) == principal && rowOf(actor.MatchSession, s) == session &&
			mailForm.MatchString(s) == mailForm.MatchString(original)
	}
	if fits(plain) {
		return plain
	}
	for _, found := range found(original, principal, session) {
		for _, c := range candidates(found) {
			if fits(c) {
				return c
			}
		}
	}
	return plain
}

// found returns what the rows see in a name, without and with the separators
// round it.
func found(s string, principal, session int) []string {
	var out []string
	if principal >= 0 {
		out = append(out, principalRows()[principal].FindString(s))
	}
	if session >= 0 {
		out = append(out, sessionRows()[session].FindString(s))
	}
	for _, m := range out[:len(out):len(out)] {
		if trimmed := strings.Trim(m, "-_.+=,@0123456789 "); trimmed != "" && trimmed != m {
			out = append([]string{trimmed}, out...)
		}
	}
	return out
}

var reservedRole = regexp.MustCompile(`^AWSReservedSSO_(.*)_([0-9a-fA-F]{16})$`)

// reserved reports whether e is a role of a permission set.
func (e *entry) reserved() bool {
	return e.kind == role && strings.HasPrefix(e.original, "AWSReservedSSO_") || e.kind == person && reservedRole.MatchString(e.original)
}

// permissionSetOf keeps the name of a permission set in the name of its role,
// and replaces the number behind it.
func (b *book) permissionSetOf(s string) string {
	m := reservedRole.FindStringSubmatch(s)
	if m == nil {
		return "AWSReservedSSO_" + b.free(strings.TrimPrefix(s, "AWSReservedSSO_"), inName)
	}
	name := b.free(m[1], inName)
	return b.number("permission set", func(n int) string { return fmt.Sprintf("AWSReservedSSO_%s_%016d", name, n) })
}

// groupNameOf makes the pseudonym of a group's name. Names of one scheme, which
// share what stands before the second separator, keep a beginning in common:
// package diagnose compares groups by it.
func (b *book) groupNameOf(s string) string {
	family := fold(stem(s))
	n := b.naming.families[family]
	if n == 0 {
		n = len(b.naming.families) + 1
		b.naming.families[family] = n
	}
	low := fold(s)
	spelt := spell("group", place(b.naming.variants, "group "+low, s))
	key := "group number " + low
	number := b.naming.number[key]
	if number == 0 {
		b.number("group", func(next int) string {
			number = next
			return fmt.Sprintf("group-%02d-%03d", n, next)
		})
		b.naming.number[key] = number
	}
	return fmt.Sprintf("%s-%02d-%03d", spelt, n, number)
}

// stem is the beginning by which package diagnose calls two groups comparable.
func stem(s string) string {
	first, seen := -1, 0
	for i, r := range s {
		if !strings.ContainsRune("-_ ./", r) {
			continue
		}
		if seen++; seen == 2 {
			return s[:i]
		}
		first = i
	}
	if first > 0 {
		return s[:first]
	}
	return s
}
