package inflate

import "encoding/binary"

// runGo is the portable fast loop. It stops at a margin, and in front of a step
// that is for careful: then it returns true.
func (e *engine) runGo() (stuck bool) {
	var (
		src, buf = e.src, e.buf
		pos, w   = uint(e.pos), uint(e.w)
		bits, nb = e.bits, uint(e.nb & 63)
		outEnd   = uint(e.outEnd)
		inEnd    = uint(e.inEnd)
	)
	for pos < inEnd && w < outEnd {
		bits |= load64(src, pos) << (nb & 63)
		pos += (63 - nb) >> 3
		nb |= 56
		// One entry if it is only literals, else 0, which does nothing.
		ent := e.lit[bits&litMask]
		ent &= uint32(int32(ent<<19) >> 31) // bit 12, everywhere
		store16(buf, w, ent>>16)
		w += uint(ent >> countShift & 3)
		bits >>= ent & 63
		nb -= uint(ent & 63)
		// And one of any kind.
		ent = e.lit[bits&litMask]
		if ent&onlyLiterals != 0 {
			store16(buf, w, ent>>16)
			w += uint(ent >> countShift & 3)
			bits >>= ent & 63
			nb -= uint(ent & 63)
			continue
		}
		if ent&special != 0 {
			stuck = true
			break
		}
		rest := bits >> (ent & 63)
		d := e.dist[rest&distMask]
		if d&distSpecial != 0 {
			stuck = true
			break
		}
		length := uint(ent>>24) + 3 + uint(bits&ones[ent&31]>>(ent>>8&15))
		distance := uint(d>>16) + uint(rest&ones[d&31]>>(d>>8&15))
		at := w + uint(ent>>countShift&3)
		if distance > at-uint(e.hist) {
			stuck = true
			break
		}
		buf[w] = byte(ent >> 16)
		bits = rest >> (d & 63)
		nb -= uint(ent&63 + d&63)
		from := at - distance
		w = at + length
		if distance < 32 {
			// It may overlap: what is there is copied, and with it again.
			for at < w {
				at += uint(copy(buf[at:w], buf[from:at]))
			}
			continue
		}
		copy32(buf, at, from)
		if length > 32 {
			copy32(buf, at+32, from+32)
			for length > 64 {
				at, from, length = at+32, from+32, length-32
				copy32(buf, at+32, from+32)
			}
		}
	}
	e.pos, e.w, e.bits, e.nb = int(pos), int(w), bits, uint64(nb)
	return stuck
}

// ones[n] has the n lowest bits set.
var ones = func() (t [32]uint64) {
	for n := range t {
		t[n] = 1<<n - 1
	}
	return t
}()

// Slices of constant capacity cost the compiler less than open ones.

func load64(b []byte, i uint) uint64 {
	return binary.LittleEndian.Uint64(b[i : i+8 : i+8])
}

func store16(b []byte, i uint, v uint32) {
	binary.LittleEndian.PutUint16(b[i:i+2:i+2], uint16(v))
}

// copy32 copies 32 bytes, where a call of copy would take longer.
func copy32(b []byte, to, from uint) {
	f := b[from : from+32 : from+32]
	t := b[to : to+32 : to+32]
	v, w := binary.LittleEndian.Uint64(f), binary.LittleEndian.Uint64(f[8:])
	x, y := binary.LittleEndian.Uint64(f[16:]), binary.LittleEndian.Uint64(f[24:])
	binary.LittleEndian.PutUint64(t, v)
	binary.LittleEndian.PutUint64(t[8:], w)
	binary.LittleEndian.PutUint64(t[16:], x)
	binary.LittleEndian.PutUint64(t[24:], y)
}
