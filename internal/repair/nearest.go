package repair

import (
	"strings"
	"unicode/utf8"
)

// short is a user name made ready for comparison.
type short struct {
	whole string // as it is
	fold  string
	local string // what stands before the @, folded
}

func newShort(name string) short {
	f := fold(name)
	local, _, _ := strings.Cut(f, "@")
	return short{name, f, local}
}

// mostSought bounds for how many people a nearest name is looked for: each look-up
// walks all users.
const mostSought = 500

// nearest returns the user name that somebody may have meant: the same before the
// @, else one that differs by two letters at most, a short one by one. It is "" when there is none, or
// more than one equally near.
func (w *World) nearest(name string) string {
	want := newShort(name)
	if want.fold == "" || len(want.fold) > 256 {
		return ""
	}
	best, found, several := 3, "", false
	for _, s := range w.short {
		d := 3
		switch {
		case s.local == want.local:
			d = 0
		case len(s.fold) <= 256:
			d = distance(want.fold, s.fold, best)
			if d > 1 && utf8.RuneCountInString(want.local) < 6 {
				d = 3 // of a name as short two other letters make another name
			}
		}
		switch {
		case d < best:
			best, found, several = d, s.whole, false
		case d == best && d < 3:
			several = true
		}
	}
	if several {
		return ""
	}
	return found
}

// distance is the number of letters to insert, delete or exchange that turn a into
// b, or limit+1 when it is over limit.
func distance(a, b string, limit int) int {
	if n := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); n > limit || -n > limit {
		return limit + 1
	}
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x) == 0 || len(y) == 0 {
		return min(max(len(x), len(y)), limit+1)
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		left := row[0]
		row[0] = i + 1
		least := row[0]
		for j, s := range y {
			cost := left
			if r != s {
				cost++
			}
			left = row[j+1]
			row[j+1] = min(cost, left+1, row[j]+1)
			least = min(least, row[j+1])
		}
		if least > limit {
			return limit + 1
		}
	}
	return row[len(y)]
}
