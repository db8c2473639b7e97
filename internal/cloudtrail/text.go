package cloudtrail

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unquote appends what the inside of a JSON string says to out. Halves of
// surrogate pairs and broken UTF-8 become U+FFFD, byte by byte, as encoding/json
// does it. s must have been checked.
func unquote(out, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c != '\\' && c < utf8.RuneSelf:
			out = append(out, c)
			i++
			continue
		case c != '\\':
			r, size := utf8.DecodeRune(s[i:])
			out = utf8.AppendRune(out, r)
			i += size
			continue
		}
		c = s[i+1]
		if c != 'u' {
			out = append(out, plainEscape(c))
			i += 2
			continue
		}
		r := rune(hex4(s[i+2:]))
		i += 6
		if utf16.IsSurrogate(r) {
			second := rune(-1)
			if len(s)-i >= 6 && s[i] == '\\' && s[i+1] == 'u' {
				second = rune(hex4(s[i+2:]))
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				i += 6
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

func plainEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// hex4 returns the number that four hexadecimal digits make, negative when they
// are none.
func hex4(s []byte) int {
	n := 0
	for _, c := range s[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		n = n<<4 | int(c)
	}
	return n
}

// oddClass is classOf for a name with escapes or beyond ASCII. Two letters
// beyond it count as ASCII ones in another case: the long s and the sign of
// kelvin (strings.EqualFold).
func oddClass(name []byte) (class, exact key) {
	var folded []byte
	strange := false
	for _, r := range string(unquote(nil, name)) {
		switch {
		case r == '\u017f':
			r, strange = 's', true
		case r == '\u212a':
			r, strange = 'k', true
		case r >= utf8.RuneSelf:
			return 0, 0
		}
		if len(folded) == longestName {
			return 0, 0
		}
		folded = append(folded, byte(r))
	}
	class, exact = classOf(folded)
	if strange {
		exact = 0
	}
	return class, exact
}
