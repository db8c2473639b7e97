package inflate

import "encoding/binary"

// blockKind is the type of a block: RFC 1951, section 3.2.3.
type blockKind uint8

const (
	stored blockKind = iota
	fixed
	dynamic
	reserved
)

// take consumes n bits, at most 32; false if the input ends before.
func (e *engine) take(n uint64) (uint32, bool) {
	if e.nb < n || e.nb > 63 {
		e.refill()
		if e.nb < n {
			return 0, false
		}
	}
	v := e.bits & (1<<n - 1)
	e.bits >>= n
	e.nb -= n
	return uint32(v), true
}

// align drops the bits up to the next byte and puts back what was read ahead, so
// that src[pos:] is what follows.
func (e *engine) align() {
	e.forget()
	e.pos -= int(e.nb >> 3)
	e.bits, e.nb = 0, 0
}

// storedLength reads the header of a stored block: RFC 1951, section 3.2.4.
func (e *engine) storedLength() (n int, v verdict) {
	e.align()
	if len(e.src)-e.pos < 4 {
		return 0, truncated
	}
	head := binary.LittleEndian.Uint32(e.src[e.pos:])
	e.pos += 4
	if uint16(head) != ^uint16(head>>16) {
		return 0, badCode
	}
	return int(uint16(head)), goOn
}

// builder is the memory in which tables are built.
type builder struct {
	lens    [320]uint8 // of both codes, one behind the other
	scratch [288]uint32
	codes   [128]uint32
	seconds [1 << (litBits - 1)]uint32
	isFixed bool // the engine's tables are those of the fixed codes
}

// codeOrder is the order of the code length codes: RFC 1951, section 3.2.7.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codeSymbols are the entries of the code length codes: the symbol in bits 16
// and up.
var codeSymbols = func() (t [19]uint32) {
	for i := range t {
		t[i] = uint32(i) << 16
	}
	return t
}()

// useFixed makes e's tables those of the fixed codes: RFC 1951, section 3.2.6.
func (b *builder) useFixed(e *engine, short bool) {
	if b.isFixed {
		return
	}
	for sym := range 288 {
		n := uint8(8)
		switch {
		case sym >= 280:
		case sym >= 256:
			n = 7
		case sym >= 144:
			n = 9
		}
		b.lens[sym] = n
	}
	for sym := range 32 {
		b.lens[288+sym] = 5
	}
	b.tables(e, 288, 32, short)
	b.isFixed = true
}

// readDynamic reads the codes of a dynamic block: RFC 1951, section 3.2.7.
func (b *builder) readDynamic(e *engine, short bool) verdict {
	b.isFixed = false
	head, ok := e.take(14)
	if !ok {
		return truncated
	}
	lits, dists, codes := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if lits > numLit || dists > numDist {
		return badCode
	}
	var codeLens [19]uint8
	for _, sym := range codeOrder[:codes] {
		n, ok := e.take(3)
		if !ok {
			return truncated
		}
		codeLens[sym] = uint8(n)
	}
	const codeBad = 0xff << 16
	if _, ok := buildTable(b.codes[:], codeLens[:], codeSymbols[:], b.scratch[:], 7, codeBad, codeBad); !ok {
		return badCode
	}
	lens := b.lens[:lits+dists]
	for i := 0; i < len(lens); {
		if e.nb < 7+7 || e.nb > 63 {
			e.refill()
		}
		ent := b.codes[e.bits&127]
		n := uint64(ent & 0xff)
		sym := ent >> 16
		if sym == 0xff {
			return badCode
		}
		if n > e.nb {
			return truncated
		}
		e.bits >>= n
		e.nb -= n
		if sym < 16 {
			lens[i] = uint8(sym)
			i++
			continue
		}
		var again int
		var what uint8
		var v uint32
		switch sym {
		case 16:
			if i == 0 {
				return badCode
			}
			what = lens[i-1]
			v, ok = e.take(2)
			again = 3 + int(v)
		case 17:
			v, ok = e.take(3)
			again = 3 + int(v)
		default:
			v, ok = e.take(7)
			again = 11 + int(v)
		}
		if !ok {
			return truncated
		}
		if again > len(lens)-i {
			return badCode
		}
		for range again {
			lens[i] = what
			i++
		}
	}
	if !b.tables(e, lits, dists, short) {
		return badCode
	}
	return goOn
}

// tables builds both tables from b.lens. It leaves the pairs out if little input
// is left: finding them would take longer than they save.
func (b *builder) tables(e *engine, lits, dists int, short bool) bool {
	sorted, ok := buildTable(e.lit[:], b.lens[:lits], litSymbols[:], b.scratch[:], litBits, kindBad, kindLink)
	if !ok {
		return false
	}
	if !short {
		pairUp(e.lit[:], sorted, &b.seconds)
	}
	clear(e.litLens[copy(e.litLens[:], b.lens[:lits]):])
	_, ok = buildTable(e.dist[:], b.lens[lits:lits+dists], distSymbols[:], b.scratch[:], distBits, distBad, distLink)
	return ok
}
