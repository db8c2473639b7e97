package scimerror

import (
	"regexp"
	"strings"
	"unicode"
)

// wording is a pattern over folded text that begins at the beginning of a word.
type wording struct {
	pattern *regexp.Regexp
	word    int // index of the group that holds the words themselves
}

// words compiles alternatives of word beginnings. Japanese has no blanks between
// words, so an alternative that begins with a letter outside the Latin script
// matches anywhere.
func words(alternatives string) *wording {
	if strings.IndexFunc(alternatives, func(r rune) bool { return r > unicode.MaxLatin1 }) >= 0 {
		return &wording{re(`(` + alternatives + `)`), 1}
	}
	return &wording{re(`(?:^|[^\pL\pN_])(` + alternatives + `)`), 1}
}

// find returns where the words stand, or nil.
func (w *wording) find(text string) []int {
	m := w.pattern.FindStringSubmatchIndex(text)
	if m == nil {
		return nil
	}
	return m[2*w.word : 2*w.word+2]
}

// phrase is how one entry is said in one language: every member of all has to
// stand in the sentence, in any order, and without must not.
type phrase struct {
	language string
	entry    string
	all      []string
	without  string
}

type wordedPhrase struct {
	*definition
	language string
	all      []*wording
	without  *wording
}

func (b *book) addPhrases() {
	for _, p := range phrases {
		w := wordedPhrase{definition: b.byID[p.entry], language: p.language}
		for _, alternatives := range p.all {
			w.all = append(w.all, words(alternatives))
		}
		if p.without != "" {
			w.without = words(p.without)
		}
		b.phrases = append(b.phrases, w)
	}
}

// maxSentence bounds the sentence that the words may be spread over, in bytes:
// in a long text all the words would be found in something.
const maxSentence = 700

// byTranslation tries the translations, sentence by sentence.
func (b *book) byTranslation(l layer) (match, bool) {
	for sentence := range sentences(l.text) {
		if len(sentence) > maxSentence {
			continue
		}
		for _, p := range b.phrases {
			if p.holds(sentence) {
				m := match{definition: p.definition, basis: ByTranslation, language: p.language}
				if p.ID == "list-attribute-limit" {
					m.attributes = listAttributesIn(l.folded)
				}
				return m, true
			}
		}
	}
	return match{}, false
}

func (p wordedPhrase) holds(sentence string) bool {
	for _, w := range p.all {
		if w.find(sentence) == nil {
			return false
		}
	}
	return p.without == nil || p.without.find(sentence) == nil
}

// sentences yields the sentences of a folded text. A full stop inside a name
// ("name.familyName") is followed by no blank and ends none; a Japanese one has
// been folded to a plain one and may be followed by a letter at once.
func sentences(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for _, m := range sentenceEnd.FindAllStringIndex(text, -1) {
			if !yield(text[start:m[1]]) {
				return
			}
			start = m[1]
		}
		if start < len(text) {
			yield(text[start:])
		}
	}
}

var sentenceEnd = re(`[.!?;] |\.[\p{Hiragana}\p{Katakana}\p{Han}]`)

// listAttributesIn finds the list attribute's name in a translated message,
// where it keeps its English form. Of the names in AWS's schema these are lists.
func listAttributesIn(f folded) []string { return attributesIn(f, listAttribute) }

var listAttribute = re(`(?:^|[^a-z])(?P<attr>emails?|addresses|phonenumbers?|roles|photos|ims|entitlements|x509certificates)(?:$|[^a-z])`)

// abroad is where a translated message announces its validation errors.
type abroad struct {
	language string
	from, to int
}

// announcedAbroad finds a translated "N validation errors detected:".
func announcedAbroad(text string) *abroad {
	if !strings.ContainsAny(text, "123456789") {
		return nil
	}
	for _, a := range announcements {
		if m := a.words.find(text); m != nil {
			return &abroad{a.language, m[0], m[1]}
		}
	}
	return nil
}
