package inflate

import "encoding/binary"

// engine is what the inner loops work on: one deflate block with Huffman codes,
// from src to buf. The assembly knows it by the names of its fields.
type engine struct {
	// bits holds the next nb bits of the input, the next one lowest. What lies
	// above them is zero, or the input's true bits that src[pos:] begins with.
	bits uint64
	nb   uint64

	src   []byte
	pos   int // what of src is in bits or consumed
	inEnd int // the loops run while pos < inEnd: 8 bytes and more are there

	buf    []byte
	w      int // where the next byte goes
	outEnd int // the loops run while w < outEnd: slack bytes are there
	hist   int // buf[hist:w] may be referred to

	litLens [288]uint8
	lit     [litSize]uint32
	dist    [distSize]uint32

	goOnly bool // for tests: no assembly

	noDist uint64 // the entry that stands for "no distance" in the assembly

	// The addresses of src[inEnd], buf[outEnd] and buf[hist], for the assembly only.
	//lint:ignore U1000 used in fast_amd64.s
	inStop, outStop, histStart uintptr
}

// slack is how far the loops may write beyond outEnd: four literals and the
// longest match, which is copied in blocks of 64 bytes.
const slack = 4 + 258 + 64

// verdict is how a loop or a step ended.
type verdict uint8

const (
	goOn      verdict = iota // nothing is wrong; margins or a step are used up
	blockEnds                // the end of the block was read
	truncated                // the input ends before the end of the block
	badCode                  // no symbol has this code
	badDistance
	badDistanceCode
)

func (v verdict) String() string {
	switch v {
	case badCode:
		return "a code that stands for nothing"
	case badDistanceCode:
		return "a distance code that stands for nothing"
	case badDistance:
		return "a distance that reaches before the beginning"
	}
	return ""
}

// forget drops what bits holds above nb.
func (e *engine) forget() {
	e.nb &= 63
	e.bits &= 1<<e.nb - 1
}

// refill takes in whole bytes while there are any, and then nothing.
func (e *engine) refill() {
	if len(e.src)-e.pos >= 8 {
		e.bits |= binary.LittleEndian.Uint64(e.src[e.pos:]) << e.nb
		e.pos += int(63-e.nb) >> 3
		e.nb |= 56
		return
	}
	e.forget()
	for e.nb < 56 && e.pos < len(e.src) {
		e.bits |= uint64(e.src[e.pos]) << e.nb
		e.pos++
		e.nb += 8
	}
}

// careful does one step, of any kind and wherever the input ends. The caller
// sees to it that w < outEnd.
func (e *engine) careful() verdict {
	e.refill()
	ent := e.lit[e.bits&litMask]
	if ent&kindMask == kindLink {
		ent = e.lit[uint64(ent>>16)+e.bits>>(ent&63)&(1<<(ent>>8&15)-1)]
	}
	if ent&special == 0 && ent>>countShift&3 != 0 && uint64(ent&0xff) > e.nb {
		// The input ends inside what the entry does. Its first literal may be there.
		ent = e.single(ent)
	}
	n := uint64(ent & 0xff)
	switch {
	case n > e.nb:
		return truncated
	case ent&kindMask == kindBad:
		return badCode
	case ent&kindMask == kindEnd:
		e.bits >>= n
		e.nb -= n
		return blockEnds
	}
	e.buf[e.w] = byte(ent >> 16)
	e.buf[e.w+1] = byte(ent >> 24)
	e.w += int(ent >> countShift & 3)
	extra := e.bits & (1<<n - 1) >> (ent >> 8 & 15)
	e.bits >>= n
	e.nb -= n
	if ent&onlyLiterals != 0 {
		return goOn
	}
	length := int(ent>>24) + 3 + int(extra)

	e.refill()
	d := e.dist[e.bits&distMask]
	if d&distLink == distLink {
		d = e.dist[uint64(d>>16)+e.bits>>(d&63)&(1<<(d>>8&15)-1)]
	}
	n = uint64(d & 0xff)
	switch {
	case n > e.nb:
		return truncated
	case d&distSpecial != 0:
		return badDistanceCode
	}
	distance := int(d>>16) + int(e.bits&(1<<n-1)>>(d>>8&15))
	e.bits >>= n
	e.nb -= n
	if distance > e.w-e.hist {
		return badDistance
	}
	for range length {
		e.buf[e.w] = e.buf[e.w-distance]
		e.w++
	}
	return goOn
}

// single returns the entry of the first literal alone of an entry that does
// more.
func (e *engine) single(ent uint32) uint32 {
	lit := ent >> 16 & 0xff
	return litSymbols[lit] + uint32(e.litLens[lit])*oneBit
}
