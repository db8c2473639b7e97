package redact

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// shortest is the fewest characters of a name that is looked for in free text.
const shortest = 4

// dictionary finds the names and ids that have no form of their own, by the
// folded word with which they begin.
type dictionary map[string]*entries

// entries are the phrases that begin with one word. A thousand names may ("svc
// ..."), but of few lengths.
type entries struct {
	phrases map[string]phrase // by their text, and by their folded text
	sizes   []size            // the longest first
}

type phrase struct {
	pseudonym string
	open      bool // so distinctive that more letters may follow
}

// size is how many bytes of punctuation stand before the first word of a phrase,
// and how many bytes it has.
type size struct{ lead, length int }

// dictionaries returns the phrases that hold no form, and those that do.
func (b *book) dictionaries() (d, long dictionary) {
	d, long = dictionary{}, dictionary{}
	for _, e := range b.order {
		if e.reserved() {
			continue // not yet named, and a form
		}
		switch e.kind.space() {
		case names, hosts, groupNames:
			if local, _, isMail := strings.Cut(e.original, "@"); isMail && e.kind == person {
				instead, _, _ := strings.Cut(e.pseudonym, "@")
				d.add(b, local, instead)
			}
			if form, _, _ := formAt(e.original); form != 0 && !keyLike(e.original) {
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
	return d, long
}

func (d dictionary) add(b *book, text, pseudonym string) {
	if utf8.RuneCountInString(text) < shortest || b.common(text) {
		return
	}
	lead := strings.IndexFunc(text, func(r rune) bool { return !notWord(r) })
	if lead < 0 {
		return
	}
	word := text[lead:]
	if end := strings.IndexFunc(word, notWord); end >= 0 {
		word = word[:end]
	}
	in := d[strings.ToLower(word)]
	if in == nil {
		in = &entries{phrases: map[string]phrase{}}
		d[strings.ToLower(word)] = in
	}
	p := phrase{pseudonym, len(text) >= 8 && strings.ContainsAny(text, "@._-+ 0123456789")}
	for _, key := range []string{text, strings.ToLower(text)} {
		if _, there := in.phrases[key]; !there || key == text {
			in.phrases[key] = p
		}
	}
	n := size{lead, len(text)}
	at, there := slices.BinarySearchFunc(in.sizes, n, func(x, y size) int { return cmp.Or(cmp.Compare(y.length, x.length), cmp.Compare(x.lead, y.lead)) })
	if !there {
		in.sizes = slices.Insert(in.sizes, at, n)
	}
}

// common reports whether all words of a text are ones that mean nobody, or short
// numbers.
func (b *book) common(text string) bool {
	return !slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(text), notWord), func(w string) bool {
		number := strings.Trim(w, "0123456789") == ""
		return !b.words[w] && (!number || len(w) >= 6)
	})
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
		r, bytes := utf8.DecodeRuneInString(s[at:])
		if notWord(r) {
			at += bytes
			continue
		}
		end := len(s)
		if i := strings.IndexFunc(s[at:], notWord); i >= 0 {
			end = at + i
		}
		p, n, ok := d.at(s, from, at, end)
		if !ok {
			at = end
			continue
		}
		out.WriteString(gap(s[from : at-n.lead]))
		out.WriteString(adapt(p.pseudonym))
		from = at - n.lead + n.length
		at = from
	}
	if from == 0 {
		return gap(s)
	}
	out.WriteString(gap(s[from:]))
	return out.String()
}

// at returns the longest phrase whose first word lies at s[at:end] and that does
// not reach back before from; as it is spelt, else in any spelling.
func (d dictionary) at(s string, from, at, end int) (phrase, size, bool) {
	in := d[strings.ToLower(s[at:end])]
	if in == nil {
		return phrase{}, size{}, false
	}
	for _, n := range in.sizes {
		begin := at - n.lead
		stop := begin + n.length
		if begin < from || stop > len(s) {
			continue
		}
		p, ok := in.phrases[s[begin:stop]]
		if !ok {
			if p, ok = in.phrases[strings.ToLower(s[begin:stop])]; !ok {
				continue
			}
		}
		next, _ := utf8.DecodeRuneInString(s[stop:])
		last, _ := utf8.DecodeLastRuneInString(s[:stop])
		if p.open || stop == len(s) || notWord(next) || notWord(last) {
			return p, n, true
		}
	}
	return phrase{}, size{}, false
}
