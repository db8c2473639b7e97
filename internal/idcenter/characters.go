package idcenter

import "unicode"

// pattern is the class as AWS's messages print it (identity-center-scim
// reference 11; web pages fold the blanks before the bracket into one).
func (c class) pattern() string {
	switch c {
	case solid:
		return `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`
	default:
		return `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`
	}
}

// holds reports whether every character of s is of the class. An empty text is
// not, since the pattern wants one character at least.
func (c class) holds(s string) bool {
	for _, r := range s {
		if !c.has(r) {
			return false
		}
	}
	return s != ""
}

func (c class) has(r rune) bool {
	switch {
	case r > ' ' && r < 0x7f:
		return true
	case r == unicode.ReplacementChar:
		return true // a symbol; bodies that are not UTF-8 were refused before
	case r == ' ', r == '\t', r == '\n', r == '\r', r == '\u00a0':
		return c >= spaced
	case r == '\u3000':
		return c == spacious
	case r < 0x80:
		return false
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.S, unicode.N, unicode.P)
}
