package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// maxShown bounds one value of the evidence in text for people. AWS cuts most
// fields at 1 KB; a longer one comes from elsewhere and helps nobody.
const maxShown = 1024

// Clean makes a string of the evidence safe to print on one line of a terminal:
// control characters, invisible and direction-changing ones and invalid UTF-8
// become visible escapes, white space a blank. It cuts what is over 1,024
// characters and says so.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		if n == maxShown {
			fmt.Fprintf(&b, "… (%d more bytes)", len(s)-i)
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case visible(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
		n++
	}
	return b.String()
}

func plain(s string) bool {
	if len(s) > maxShown {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// visible reports whether a terminal shows the rune as a mark of its own. Format
// characters (zero width, direction) and private ones are not.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Co, r)
}

// Width returns how many columns of a terminal a cleaned string takes.
func Width(s string) int { return runewidth.StringWidth(s) }

// fit cuts a cleaned string to the given number of columns, with an ellipsis
// where something is left out.
func fit(s string, columns int) string { return runewidth.Truncate(s, columns, "…") }

// wrap breaks cleaned text into lines of at most the given number of columns,
// at blanks; a word that is longer stands on a line of its own, whole, so that
// it can be copied.
func wrap(s string, columns int) []string {
	var lines []string
	line, width := "", 0
	for word := range strings.FieldsSeq(s) {
		w := Width(word)
		switch {
		case line == "":
			line, width = word, w
		case width+1+w <= columns:
			line += " " + word
			width += 1 + w
		default:
			lines = append(lines, line)
			line, width = word, w
		}
	}
	return append(lines, line)
}
