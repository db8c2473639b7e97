package scimerror

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// definition is an entry with what it is recognised by.
type definition struct {
	Entry
	// names are error names, reasons and codes that alone mean this entry.
	names []string
	// class marks names that many different messages share (ValidationException):
	// any message of the catalogue leads them.
	class bool
	// closer marks names that say more than any message beside them: the reasons
	// that a customer's key gives, which come with texts such as "Rate exceeded".
	closer bool
	// texts are wordings as they are printed. Quotes and a final full stop may be
	// missing, and more text may stand before and behind.
	texts []string
	// says are RE2 patterns over the folded text (lower case, no accents). A group
	// named attr catches an attribute's name.
	says []string
	// hints are patterns so general that everything else is tried first.
	hints []string
	// user and group narrow Causes when the subject of the call is known.
	user, group []string
}

// book is the compiled catalogue.
type book struct {
	entries []*Entry
	byID    map[string]*definition
	byName  map[string]*definition // error names in lower case
	texts   []wordedText
	says    []wordedPattern
	hints   []wordedPattern
	phrases []wordedPhrase
}

type wordedText struct {
	*definition
	text string
}

type wordedPattern struct {
	*definition
	*regexp.Regexp
}

// origins are the catalogue's files in their order, which decides between two
// equally specific wordings.
func origins() [][]definition {
	return [][]definition{
		awsValidation, awsConflict, awsMissing, awsAccess, awsLimits, awsLookup,
		okta, oktaAPI, entra, sailpoint,
	}
}

// catalogue compiles on first use: a command that explains nothing pays nothing.
var catalogue = sync.OnceValue(func() *book {
	b := &book{byID: make(map[string]*definition), byName: make(map[string]*definition)}
	for _, origin := range origins() {
		for i := range origin {
			b.add(&origin[i])
		}
	}
	b.addPhrases()
	// The longer wording is the more specific: "Matching user not found" leads
	// "User not found".
	slices.SortStableFunc(b.texts, func(x, y wordedText) int { return len(y.text) - len(x.text) })
	return b
})

func (b *book) add(d *definition) {
	b.entries = append(b.entries, &d.Entry)
	b.byID[d.ID] = d
	for _, name := range d.names {
		b.byName[strings.ToLower(name)] = d
	}
	for _, text := range d.texts {
		text = strings.TrimSuffix(fold(text).bare(), ".")
		b.texts = append(b.texts, wordedText{d, text})
	}
	for _, pattern := range d.says {
		b.says = append(b.says, wordedPattern{d, re(pattern)})
	}
	for _, pattern := range d.hints {
		b.hints = append(b.hints, wordedPattern{d, re(pattern)})
	}
}

// match is one recognition in one layer.
type match struct {
	*definition
	basis      Basis
	name       string // the name that was found inside the text, if that decided
	language   string
	attributes []string
	validation validation
}

// bySpecific tries the wordings that mean one entry only.
func (b *book) bySpecific(l layer) (match, bool) {
	if v, ok := readValidation(l.folded); ok {
		m := match{definition: b.byID[v.entry()], basis: ByText, validation: v, attributes: v.attributes()}
		if v.language != "" {
			m.basis, m.language = ByTranslation, v.language
		}
		return m, true
	}
	bare := l.bare()
	for _, t := range b.texts {
		if containsWhole(bare, t.text) {
			return match{definition: t.definition, basis: ByText}, true
		}
	}
	for _, p := range b.says {
		if p.MatchString(l.text) {
			return match{definition: p.definition, basis: ByText, attributes: attributesIn(l.folded, p.Regexp)}, true
		}
	}
	return match{}, false
}

// byHint tries the general patterns.
func (b *book) byHint(l layer) (match, bool) {
	for _, p := range b.hints {
		if p.MatchString(l.text) {
			return match{definition: p.definition, basis: ByText, attributes: attributesIn(l.folded, p.Regexp)}, true
		}
	}
	return match{}, false
}

// byBeginning takes a text that was cut, if exactly one entry's wording begins
// so. A single word or a few letters are too little to say.
func (b *book) byBeginning(l layer) (match, bool) {
	bare := strings.TrimRight(l.bare(), ". ")
	if utf8.RuneCountInString(bare) < 10 || !strings.Contains(bare, " ") {
		return match{}, false
	}
	var found *definition
	for _, t := range b.texts {
		if !strings.HasPrefix(t.text, bare) {
			continue
		}
		if found != nil && found != t.definition {
			return match{}, false
		}
		found = t.definition
	}
	return match{definition: found, basis: ByCutText}, found != nil
}

// name looks an error name up, whole-class names only when class is true and
// the others only when it is false.
func (b *book) name(name string, class bool) (match, bool) {
	name = strings.ToLower(name)
	d := b.byName[name]
	if d == nil {
		// Some APIs put the culprit first: "Client.ThrottlingException".
		d = b.byName[name[strings.LastIndexByte(name, '.')+1:]]
	}
	if d == nil || d.class != class {
		return match{}, false
	}
	return match{definition: d, basis: ByCode}, true
}

// nameInside looks for an error name that stands in a text as a word of its own
// and can't be taken for prose: it holds a digit, an underscore or an inner
// capital, or ends in "exception" ("E0000011", "ThrottlingException", but not
// "Throttling").
func (b *book) nameInside(l layer, class bool) (match, bool) {
	words := strings.FieldsFunc(l.src, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for _, word := range words {
		if len(word) < 8 || len(word) > 100 || !namelike(word) {
			continue
		}
		if m, ok := b.name(word, class); ok {
			m.basis, m.name = ByText, word
			return m, true
		}
	}
	return match{}, false
}

func namelike(word string) bool {
	return strings.ContainsAny(word[1:], "0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ") || strings.HasSuffix(word, "exception")
}

// containsWhole reports whether part stands in text with no letter or digit
// touching it.
func containsWhole(text, part string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(part)
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if (start == 0 || !wordRune(before)) && (end == len(text) || !wordRune(after)) {
			return true
		}
		from = start + 1
	}
}

func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// attributesIn returns what the pattern's attr group catches, all occurrences.
func attributesIn(f folded, pattern *regexp.Regexp) []string {
	group := pattern.SubexpIndex("attr")
	if group < 0 {
		return nil
	}
	var names []string
	for _, m := range pattern.FindAllStringSubmatchIndex(f.text, 20) {
		if m[2*group] < 0 {
			continue
		}
		name := visible(f.source(m[2*group], m[2*group+1]))
		if attributeName(name) && !contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// visible drops the control and format characters that folding looks past.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			return -1
		}
		return r
	}, s)
}

func contains(names []string, name string) bool {
	for _, n := range names {
		// "displayname: The attribute displayname is required" names one twice.
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
