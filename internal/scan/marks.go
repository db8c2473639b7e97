package scan

import (
	"encoding/binary"
	"math/bits"
)

// marks notes which of the first n bytes of src a Sieve has to look at, as bits,
// the first byte lowest: square brackets and backslashes, control characters,
// and the letter v, in either case, of eventSource, eventName, eventVersion and
// CloudTrailEvent. It may mark any other v too. Of what follows the n bytes it
// looks at ahead. dst must have a word for every 64 bytes begun.
func marks(dst []uint64, src []byte, n int) {
	whole := max(0, min(n, len(src)-ahead)) &^ 63
	if whole > 0 {
		markBlocks(dst[:whole/64], src)
	}
	for ; whole < n; whole += 64 {
		var last [64 + ahead]byte
		copy(last[:], src[whole:])
		one := dst[whole/64 : whole/64+1]
		markBlocks(one, last[:])
		if n-whole < 64 {
			one[0] &= 1<<(n-whole) - 1
		}
	}
}

// ahead is the distance from the v to the letter that tells the names apart: the S
// of eventSource.
const ahead = 4

const (
	ones = 0x0101010101010101
	high = 0x80 * ones
)

// markBlocksGo does 64 bytes at a time, eight in one word. It marks every v: to
// look at fewer would cost more than it saves.
func markBlocksGo(dst []uint64, src []byte) {
	for i := range dst {
		b := (*[64]byte)(src[i*64:])
		dst[i] = markWord(binary.LittleEndian.Uint64(b[0:])) |
			markWord(binary.LittleEndian.Uint64(b[8:]))<<8 |
			markWord(binary.LittleEndian.Uint64(b[16:]))<<16 |
			markWord(binary.LittleEndian.Uint64(b[24:]))<<24 |
			markWord(binary.LittleEndian.Uint64(b[32:]))<<32 |
			markWord(binary.LittleEndian.Uint64(b[40:]))<<40 |
			markWord(binary.LittleEndian.Uint64(b[48:]))<<48 |
			markWord(binary.LittleEndian.Uint64(b[56:]))<<56
	}
}

// markWord returns a bit for each of eight bytes. A byte's highest bit becomes
// the answer to a comparison by adding what carries into it.
func markWord(x uint64) uint64 {
	low := x &^ high
	bracket := (low + (0x80-'[')*ones) &^ (low + (0x80-'^')*ones) // [ \ ] lie side by side, ^ follows
	printable := low + (0x80-' ')*ones
	otherThanV := (low | 0x20*ones) ^ 'v'*ones + 0x7f*ones
	hit := (bracket | ^(printable & otherThanV)) &^ x & high
	return hit * 0x0002040810204081 >> 56 // gathers the eight highest bits
}

func trailing(m uint64) int { return bits.TrailingZeros64(m) }
