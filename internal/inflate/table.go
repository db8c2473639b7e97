package inflate

import "math/bits"

// An entry of a litlen table says what one step does:
//
//	bits  0-7   bits to consume, with the extra bits of a length
//	bits  8-11  of these, the bits of codes; the extra bits follow them
//	bit  12     no length: only literals
//	bit  13     special, see below
//	bits 14-15  how many literals, 0 to 2
//	bits 16-23  the first literal
//	bits 24-31  the second literal, or the base of the length minus 3
//
// A special one does nothing of this; its bits 14-15 say which it is, and bits
// 0-7 are the bits of its code. A link's bits 8-11 are the index bits of a second
// table, which starts at bits 16-31.
//
// An entry of a distance table:
//
//	bits  0-7   bits to consume, with the extra bits
//	bits  8-11  of these, the bits of the code (of a link: index bits)
//	bits 12-13  zero
//	bit  14     special: a link if bit 15 is set, else no valid code
//	bits 16-31  the base of the distance (of a link: where its table starts)
//
// Consumed bits stand in the lowest byte, and bits 12 and 13 are as they are, so
// that the assembly can shift by parts of an entry without masking.
const (
	onlyLiterals = 1 << 12
	special      = 1 << 13
	countShift   = 14
	kindLink     = special | 1<<14
	kindEnd      = special | 2<<14
	kindBad      = special | 3<<14
	kindMask     = special | 3<<14

	distSpecial = 1 << 14
	distLink    = distSpecial | 1<<15
	distBad     = distSpecial
)

const (
	maxCodeBits = 15
	litBits     = 10 // index bits of a litlen table
	distBits    = 9  // index bits of a distance table
	litMask     = 1<<litBits - 1
	distMask    = 1<<distBits - 1
	numLit      = 286
	numDist     = 30
	endOfBlock  = 256

	// Enough for the first and all second tables of any complete code of 288 or 32
	// symbols (see TestTablesFit). buildSecond checks it all the same.
	litSize  = 2048
	distSize = 1024
)

// oneBit is what a code of one bit adds to an entry that is no link.
const oneBit = 0x101

// litSymbols and distSymbols are the entries of the symbols, without the bits of
// their codes. Base values: RFC 1951, section 3.2.5.
var (
	litSymbols  = makeLitSymbols()
	distSymbols = makeDistSymbols()
)

func makeLitSymbols() (t [288]uint32) {
	for sym := range 256 {
		t[sym] = onlyLiterals | 1<<countShift | uint32(sym)<<16
	}
	t[endOfBlock] = kindEnd
	base, extra := uint32(0), uint32(0)
	for sym := 257; sym < 285; sym++ {
		if sym >= 265 {
			extra = uint32(sym-261) / 4
		}
		t[sym] = extra | base<<24
		base += 1 << extra
	}
	t[285] = 255 << 24
	t[286], t[287] = kindBad, kindBad
	return t
}

func makeDistSymbols() (t [32]uint32) {
	base, extra := uint32(1), uint32(0)
	for sym := range numDist {
		if sym >= 4 {
			extra = uint32(sym-2) / 2
		}
		t[sym] = extra | base<<16
		base += 1 << extra
	}
	t[30], t[31] = distBad, distBad
	return t
}

// buildTable fills table for a code with the given lengths, where symbols[i] is
// the entry of symbol i, with a first table of indexBits, and returns the entries
// of the symbols in the order of their codes, in scratch. False: the lengths are
// no code that compress/flate would take; they must be complete, or a single
// code of one bit, or none at all.
func buildTable(table []uint32, lens []uint8, symbols, scratch []uint32, indexBits int, bad, link uint32) (inOrder []uint32, ok bool) {
	var count, next [maxCodeBits + 1]int
	for _, n := range lens {
		count[n]++
	}
	longest := maxCodeBits
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	count[0] = 0
	left, at := 1, 0
	for n := 1; n <= longest; n++ {
		next[n] = at
		at += count[n]
		left = left<<1 - count[n]
		if left < 0 {
			return nil, false
		}
	}
	if left > 0 && longest > 1 {
		return nil, false
	}
	// In the order of their codes.
	sorted := scratch[:at]
	inOrder = sorted
	for sym, n := range lens {
		if n != 0 {
			sorted[next[n]] = symbols[sym] + uint32(n)*oneBit
			next[n]++
		}
	}
	code := uint32(0)
	// A table for n bits is the one for n-1 bits twice over, with the codes of n
	// bits put in. Codes lie in the stream with their first bit lowest.
	table[0] = bad | oneBit
	for n := 1; n <= indexBits; n++ {
		half := 1 << (n - 1)
		copy(table[half:2*half], table[:half])
		code <<= 1
		for _, e := range sorted[:count[n]] {
			table[bits.Reverse32(code)>>(32-n)] = e
			code++
		}
		sorted = sorted[count[n]:]
	}
	return inOrder, buildSecond(table, sorted, code, &count, indexBits, link)
}

// buildSecond adds the second tables: for the codes longer than indexBits.
func buildSecond(table, sorted []uint32, code uint32, count *[maxCodeBits + 1]int, indexBits int, link uint32) bool {
	end := 1 << indexBits
	prefix, start, second := ^uint32(0), 0, 0
	for n := indexBits + 1; len(sorted) > 0; n++ {
		code <<= 1
		for i, e := range sorted[:count[n]] {
			rev := bits.Reverse32(code) >> (32 - n)
			code++
			if p := rev & (1<<indexBits - 1); p != prefix {
				// As many index bits as the codes with this prefix fill.
				prefix, start, second = p, end, n-indexBits
				for used := count[n] - i; used < 1<<second && indexBits+second < maxCodeBits; {
					second++
					used = used<<1 + count[indexBits+second]
				}
				end += 1 << second
				if end > len(table) {
					return false
				}
				table[prefix] = link | uint32(indexBits) | uint32(second)<<8 | uint32(start)<<16
			}
			for at := start + int(rev>>indexBits); at < end; at += 1 << (n - indexBits) {
				table[at] = e
			}
		}
		sorted = sorted[count[n]:]
	}
	return true
}

// pairUp makes the entries of a litlen table that are followed, inside the index
// bits, by a whole second code do the work of both: two literals, or a literal
// and a length. sorted are the entries of the symbols in the order of their
// codes. There is no branch on what follows, since that is anybody's guess.
func pairUp(table, sorted []uint32, seconds *[1 << (litBits - 1)]uint32) {
	const indexBits = litBits
	if len(sorted) == 0 {
		return
	}
	// A literal of n bits leaves room for a second code if that has room bits.
	shortest := int(sorted[0] >> 8 & 15)
	if shortest >= indexBits {
		return
	}
	size := uint32(1) << (indexBits - shortest)
	// seconds[i] is what the code at index i adds to the literal before it.
	for i, e := range table[:size] {
		add := e&0xfff - onlyLiterals + e&0xff000000
		if e&onlyLiterals != 0 {
			add = e&0xfff + 1<<countShift + e<<8&0xff000000
		}
		if e&special != 0 {
			add = 0xf00 // too long for any room
		}
		seconds[i&(len(seconds)-1)] = add
	}
	code, n := uint32(0), 1
	for _, e := range sorted {
		for n < int(e>>8&15) {
			code <<= 1
			n++
		}
		room := indexBits - n
		if room < shortest {
			return
		}
		if e&onlyLiterals != 0 {
			at, stride := bits.Reverse32(code)>>(32-n), uint32(1)<<n
			tooLong := int32(room)<<8 + 0x100
			for _, f := range seconds[:1<<room] {
				fits := uint32((int32(f&0xf00) - tooLong) >> 31) // all ones if it does
				table[at] = e + f&fits
				at += stride
			}
		}
		code++
	}
}
