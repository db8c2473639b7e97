package redact

import (
	"cmp"
	"slices"
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
	for {
		form, start, end := formAt(s, at)
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

// shortest is the fewest characters of a name that is looked for in free text.
const shortest = 4

// dictionary finds the names and ids that have no form of their own.
type dictionary map[string][]phrase // by the folded first word

type phrase struct {
	text      string // as it stands in the evidence
	lead      int    // bytes of punctuation before the first word
	pseudonym string
	open      bool // so distinctive that more letters may follow
}

// dictionaries returns those whose phrases hold no form, and those that do.
func (b *book) dictionaries() (d, long dictionary) {
	d, long = dictionary{}, dictionary{}
	for _, e := range b.order {
		if e.reserved() {
			continue // not yet named
		}
		switch e.kind.space() {
		case names, hosts, groupNames:
			local, _, isMail := strings.Cut(e.original, "@")
			instead, _, _ := strings.Cut(e.pseudonym, "@")
			if isMail && e.kind == person {
				d.add(b, local, instead)
			}
			if form, _, _ := formAt(e.original, 0); form != 0 && !keyLike(e.original) {
				long.add(b, e.original, e.pseudonym)
			} else {
				d.add(b, e.original, e.pseudonym)
			}
		case ids:
			if len(e.original) >= 6 && strings.ContainsAny(e.original, "0123456789") {
				d.add(b, e.original, e.pseudonym)
			}
		}
	}
	d.sort()
	long.sort()
	return d, long
}

// sort puts the longest phrases first.
func (d dictionary) sort() {
	for word := range d {
		slices.SortStableFunc(d[word], func(x, y phrase) int { return cmp.Compare(len(y.text), len(x.text)) })
	}
}

func (d dictionary) add(b *book, text, pseudonym string) {
	if utf8.RuneCountInString(text) < shortest || b.common(text) {
		return
	}
	first := strings.IndexFunc(text, func(r rune) bool { return !notWord(r) })
	if first < 0 {
		return
	}
	word := text[first:]
	if end := strings.IndexFunc(word, notWord); end >= 0 {
		word = word[:end]
	}
	key := strings.ToLower(word)
	for _, p := range d[key] {
		if p.text == text {
			return
		}
	}
	d[key] = append(d[key], phrase{text, first, pseudonym, len(text) >= 8 && strings.ContainsAny(text, "@._-+ 0123456789")})
}

// common reports whether every word of a text is one that means nobody, or no
// letter is in it.
func (b *book) common(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), notWord)
	letters := false
	for _, w := range words {
		if !b.words[w] {
			if strings.Trim(w, "0123456789") != "" {
				letters = true
			} else if len(w) >= 6 {
				letters = true
			}
		}
	}
	return !letters
}

// replace puts pseudonyms, adapted, in the place of phrases that stand as words
// of their own, and what gap returns in the place of the text between.
func (d dictionary) replace(s string, adapt, gap func(string) string) string {
	if len(d) == 0 {
		return gap(s)
	}
	var out strings.Builder
	from := 0
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		if notWord(r) {
			at += size
			continue
		}
		end := len(s)
		if i := strings.IndexFunc(s[at:], notWord); i >= 0 {
			end = at + i
		}
		p, ok := d.at(s, from, at, end)
		if !ok {
			at = end
			continue
		}
		out.WriteString(gap(s[from : at-p.lead]))
		out.WriteString(adapt(p.pseudonym))
		from = at - p.lead + len(p.text)
		at = from
	}
	if from == 0 {
		return gap(s)
	}
	out.WriteString(gap(s[from:]))
	return out.String()
}

// at returns the longest phrase whose first word lies at s[at:end] and that does
// not reach back before from.
func (d dictionary) at(s string, from, at, end int) (phrase, bool) {
	for pass := range 2 { // as it is spelt, then in any spelling
		for _, p := range d[strings.ToLower(s[at:end])] {
			begin := at - p.lead
			stop := begin + len(p.text)
			if begin < from || stop > len(s) {
				continue
			}
			part := s[begin:stop]
			if part != p.text && (pass == 0 || !strings.EqualFold(part, p.text)) {
				continue
			}
			next, _ := utf8.DecodeRuneInString(s[stop:])
			last, _ := utf8.DecodeLastRuneInString(part)
			if p.open || stop == len(s) || notWord(next) || notWord(last) {
				return p, true
			}
		}
	}
	return phrase{}, false
}
