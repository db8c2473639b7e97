package redact

import (
	"strings"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// manner says what kind of text it is that things are taken out of.
type manner int

const (
	inText  manner = iota // sentences, messages
	inName                // a name with parts: pseudonyms bring no separators of their own
	inPath                // a path
	inAgent               // a user agent: 128.0.0.0 behind a slash is a version
)

// forms takes out of a text what has a form of its own: ids, addresses, e-mail
// addresses, numbers of accounts.
func (b *book) forms(s string, m manner) string {
	return b.take(s, m, itself)
}

// plainText is free without the search for ARNs, for text that begins like one
// and is none.
func (b *book) plainText(s string, m manner) string {
	adapt := func(p string) string { return inManner(p, m) }
	// A name that has a form in it is looked for first, or the form would be
	// taken out of its middle.
	return b.long.replace(s, adapt, func(gap string) string {
		return b.take(gap, m, func(gap string) string { return b.dict.replace(gap, adapt, itself) })
	})
}

func itself(s string) string { return s }

// free takes out of a text all that the case has a pseudonym for.
func (b *book) free(s string, m manner) string {
	if blank(s) {
		return s
	}
	if p, ok := b.known(s, names, ids, hosts); ok && b.sealed && !b.common(s) && utf8.RuneCountInString(s) >= shortest {
		return inManner(p, m)
	}
	return b.plainText(s, m)
}

// inManner adapts a pseudonym to the text it stands in. In a name the separators
// mean something: see groupNameOf.
func inManner(p string, m manner) string {
	if m != inName {
		return p
	}
	if local, _, ok := strings.Cut(p, "@"); ok {
		return strings.NewReplacer("-", "", " ", "").Replace(local) + "@example.com"
	}
	for _, word := range []string{"person", "role", "host"} {
		if strings.HasPrefix(strings.ToLower(p), word) {
			return strings.NewReplacer("-", "", " ", "", ".example.com", ".example").Replace(p)
		}
	}
	return p
}

// take replaces the forms of a text and hands what lies between them to gap.
func (b *book) take(s string, m manner, gap func(string) string) string {
	if !strings.ContainsAny(s, "0123456789@:") {
		return gap(s)
	}
	var out strings.Builder
	from, at := 0, 0
	find := finder{text: s}
	for {
		form, start, end := find.next(at)
		if form == 0 {
			break
		}
		text := s[start:end]
		if m == inAgent && form == formIPv4 && start > 0 && strings.IndexByte("/#v", s[start-1]) >= 0 {
			if _, ok := b.known(text, addresses); !ok {
				at = end
				continue
			}
		}
		if m == inAgent && form == formURL {
			at = start + len("http") // a link to a product; a host that is known is found below
			continue
		}
		if form == formARN && strings.Count(text, ":") < 5 {
			at = end
			continue
		}
		out.WriteString(gap(s[from:start]))
		out.WriteString(inManner(b.ofForm(otherID, form, text), m))
		from, at = end, end
	}
	if from == 0 {
		return gap(s)
	}
	out.WriteString(gap(s[from:]))
	return out.String()
}

// agent is a user agent. What is taken out of it must not make it another
// client's.
func (b *book) agent(s string) string {
	if blank(s) || serviceForm.MatchString(s) {
		return s
	}
	out := b.free(s, inAgent)
	if out != s && !sameClient(s, out) {
		return b.forms(s, inAgent)
	}
	return out
}

var agentRows = rowsOf(actor.MatchAgent)

func sameClient(a, b string) bool {
	for _, re := range agentRows() {
		if re.MatchString(a) || re.MatchString(b) {
			return re.MatchString(a) == re.MatchString(b)
		}
	}
	return true
}

// message is an error message. What is taken out of it must not make it mean
// something else.
func (b *book) message(code, s string) string {
	out := b.free(s, inText)
	if !b.sealed || out == s {
		return out
	}
	before, knew := scimerror.Explain(code, s)
	after, knows := scimerror.Explain(code, out)
	if knew != knows || knew && before.Entry.ID != after.Entry.ID {
		return b.forms(s, inText)
	}
	return out
}
