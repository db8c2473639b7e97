package inflate

import "encoding/binary"

// runGo is the portable fast loop. It stops at a margin, and in front of a step
// that is for careful: then it returns true.
func (e *engine) runGo() (stuck bool) {
	var (
		src, buf  = e.src, e.buf
		pos, w    = e.pos, e.w
		bits, nb  = e.bits, e.nb & 63
		lit, dist = &e.lit, &e.dist
		mask      = e.litMask
		dmask     = e.distMask
		outEnd    = e.outEnd
		inEnd     = e.inEnd
	)
	for pos < inEnd && w < outEnd {
		bits |= binary.LittleEndian.Uint64(src[pos:]) << (nb & 63)
		pos += int(63-nb) >> 3
		nb |= 56
		ent := lit[bits&mask]
		if ent&onlyLiterals != 0 {
			binary.LittleEndian.PutUint16(buf[w:], uint16(ent>>16))
			w += int(ent >> countShift & 3)
			bits >>= ent & 63
			nb -= uint64(ent & 63)
			ent = lit[bits&mask]
			if ent&onlyLiterals != 0 {
				binary.LittleEndian.PutUint16(buf[w:], uint16(ent>>16))
				w += int(ent >> countShift & 3)
				bits >>= ent & 63
				nb -= uint64(ent & 63)
				continue
			}
		}
		if ent&special != 0 {
			stuck = true
			break
		}
		rest := bits >> (ent & 63)
		d := dist[rest&dmask]
		if d&distSpecial != 0 {
			stuck = true
			break
		}
		length := int(ent>>24) + 3 + int(bits&(1<<(ent&63)-1)>>(ent>>8&15))
		distance := int(d>>16) + int(rest&(1<<(d&63)-1)>>(d>>8&15))
		at := w + int(ent>>countShift&3)
		if distance > at-e.hist {
			stuck = true
			break
		}
		buf[w] = byte(ent >> 16)
		bits = rest >> (d & 63)
		nb -= uint64(ent&63 + d&63)
		w = at + length
		if distance >= length {
			copy(buf[at:w], buf[at-distance:])
			continue
		}
		for at < w {
			at += copy(buf[at:w], buf[w-length-distance:at])
		}
	}
	e.pos, e.w, e.bits, e.nb = pos, w, bits, nb
	return stuck
}
