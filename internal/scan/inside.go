package scan

import "bytes"

// Whether a byte of valid JSON stands inside a string can be told from what
// stands around it, without reading from the beginning. A quotation mark behind
// an odd number of backslashes is part of a string, for backslashes stand
// nowhere else. Any other begins or ends one, and
//
//   - ends one unless white space, {, [, a comma or a colon stand before it, or
//     nothing does;
//   - begins one unless white space, }, ], a comma or a colon stand behind it,
//     or nothing does.
//
// Only where both kinds of neighbours fit, as in ":," , is the quotation mark
// before it asked, of which it is the other kind.

// inString reports whether data[i], which is no quotation mark, stands inside a
// string, and how far back it had to look. It is not known when that depends on
// what stands before data.
func inString(data []byte, i int) (in, known bool, back int) {
	odd := false // so many quotation marks were left undecided
	for end := i; ; {
		q := bytes.LastIndexByte(data[:end], '"')
		if q < 1 {
			return false, false, i
		}
		k := q
		for k > 0 && data[k-1] == '\\' {
			k--
		}
		switch {
		case k == 0:
			return false, false, i
		case (q-k)&1 != 0, !afterString[data[q+1]]: // part of one, or its beginning
			return !odd, true, i - k
		case k < q, !beforeString[data[q-1]]:
			return odd, true, i - k
		}
		odd, end = !odd, q
	}
}

// What may stand before a string and after one.
var beforeString, afterString = bytesOf(" \t\r\n{[,:"), bytesOf(" \t\r\n}],:")

func bytesOf(s string) (t [256]bool) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

// bracket tells whether the square bracket at data[i] opens or closes an array,
// or is text, and how far back it had to look. A cheap look at its neighbours
// decides much.
func bracket(data []byte, i int) (structure, known bool, back int) {
	if i == 0 {
		return false, false, 0
	}
	before := data[i-1]
	if data[i] == '[' {
		if !beforeString[before] || before == '{' {
			return false, true, 0
		}
	} else if i+1 < len(data) && (!afterString[data[i+1]] || data[i+1] == ':') {
		return false, true, 0
	}
	in, known, back := inString(data, i)
	return !in, known, back
}
