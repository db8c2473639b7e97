package scim

import (
	"strings"
	"unicode"
)

// sameName reports whether two attribute names or URNs are the same: they are
// ASCII and compared regardless of case (RFC 7643 section 2.1). Letters beyond
// ASCII never equal an ASCII letter here, unlike in strings.EqualFold.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	if a == b {
		return true
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

// cutPrefixName is strings.CutPrefix with the comparison of sameName.
func cutPrefixName(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !sameName(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// lowerName is the form in which names of sameName are equal bytes.
func lowerName(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// foldCase maps values that differ only in case to one text. It agrees with
// strings.EqualFold, and unlike it can serve contains, starts-with and order.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII {
			if 'a' <= r && r <= 'z' {
				return r - ('a' - 'A')
			}
			return r
		}
		least := r
		for n := unicode.SimpleFold(r); n != r; n = unicode.SimpleFold(n) {
			least = min(least, n)
		}
		return least
	}, s)
}
