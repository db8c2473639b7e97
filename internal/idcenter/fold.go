package idcenter

import (
	"strings"
	"unicode"
)

// fold maps names that differ only in case to one text; it agrees with
// strings.EqualFold.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		// K and S have relatives beyond ASCII, which fold to the lower case here.
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}
		least := r
		for n := unicode.SimpleFold(r); n != r; n = unicode.SimpleFold(n) {
			least = min(least, n)
		}
		if 'A' <= least && least <= 'Z' {
			least += 'a' - 'A'
		}
		return least
	}, s)
}

// folded is fold, unless the Center compares with regard to case.
func (c *Center) folded(s string) string {
	if c.be.CaseExact {
		return s
	}
	return fold(s)
}
