package scimerror

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text made comparable, with the way back: lower case, no accents,
// plain quotes, single spaces, no invisible characters, no doubled backslashes.
// Matching runs over text; whatever is handed out comes from src, untouched.
type folded struct {
	src  string
	text string
	off  []int32 // off[i] is where byte i of text came from in src; one more entry than text has bytes
}

// source returns the piece of src that text[from:to] came from.
func (f folded) source(from, to int) string { return f.src[f.off[from]:f.off[to]] }

// bare is text without quotes, for wordings whose quotes get lost on the way.
func (f folded) bare() string { return withoutQuotes.Replace(f.text) }

var withoutQuotes = strings.NewReplacer(`'`, "", `"`, "")

func fold(src string) folded {
	f := folder{out: make([]byte, 0, len(src)), off: make([]int32, 0, len(src)+1)}
	for i := 0; i < len(src); {
		if src[i] < utf8.RuneSelf && (i+1 == len(src) || src[i+1] < utf8.RuneSelf) {
			f.ascii(src[i], i)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(src[i:])
		if plain := plainMark(r); plain != 0 {
			f.ascii(plain, i)
			i += size
			continue
		}
		// One character with its combining marks, however it was composed.
		n := max(norm.NFKD.NextBoundaryInString(src[i:], true), 1)
		f.segment(src[i:i+n], i)
		i += n
	}
	text := strings.TrimSuffix(string(f.out), " ")
	return folded{src: src, text: text, off: append(f.off[:len(text):len(text)], int32(len(src)))}
}

type folder struct {
	out []byte
	off []int32
}

func (f *folder) put(b byte, at int) {
	f.out = append(f.out, b)
	f.off = append(f.off, int32(at))
}

func (f *folder) last() byte {
	if len(f.out) == 0 {
		return ' ' // leading white space is dropped as a repetition of this
	}
	return f.out[len(f.out)-1]
}

func (f *folder) ascii(b byte, at int) {
	switch {
	case b == ' ' || b >= '\t' && b <= '\r':
		if f.last() != ' ' {
			f.put(' ', at)
		}
	case b < ' ' || b == 0x7f:
		// Other control characters hide nothing and match nothing.
	case b >= 'A' && b <= 'Z':
		f.put(b+'a'-'A', at)
	case b == '`':
		f.put('\'', at)
	case b == '\\' && f.last() == '\\':
	case (b == '"' || b == '\'') && f.last() == '\\':
		f.out[len(f.out)-1] = b
	default:
		f.put(b, at)
	}
}

func (f *folder) segment(s string, at int) {
	var kept strings.Builder
	for _, r := range norm.NFKD.String(s) {
		// Accents of the Latin script only: the voicing marks of kana (U+3099,
		// U+309A) make other letters and stay.
		if r >= 0x300 && r <= 0x36f {
			continue
		}
		if plain := plainMark(r); plain != 0 {
			r = rune(plain)
		}
		kept.WriteRune(r)
	}
	for _, r := range norm.NFC.String(kept.String()) {
		switch {
		case r < utf8.RuneSelf:
			f.ascii(byte(r), at)
		case unicode.IsSpace(r):
			f.ascii(' ', at)
		case r == 'ß':
			f.put('s', at)
			f.put('s', at)
		case unicode.In(r, unicode.Cc, unicode.Cf):
		default:
			var enc [utf8.UTFMax]byte
			for _, b := range enc[:utf8.EncodeRune(enc[:], unicode.ToLower(r))] {
				f.put(b, at)
			}
		}
	}
}

// plainMark returns the ASCII mark that a typographic one stands for, or 0.
func plainMark(r rune) byte {
	switch r {
	case '‘', '’', '‚', '‛', '′', '´', '‹', '›', '「', '」', '『', '』', '｢', '｣':
		return '\''
	case '“', '”', '„', '‟', '″', '«', '»':
		return '"'
	case '‐', '‑', '–', '—', '−':
		return '-'
	case '、', '，':
		return ','
	case '。':
		return '.'
	case '：':
		return ':'
	case '；':
		return ';'
	}
	return 0
}
