//go:build !purego

package inflate

import (
	"hash/crc32"

	"golang.org/x/sys/cpu"
)

// useFold says that the machine multiplies polynomials in 32-byte registers and
// not in 64-byte ones. With those, hash/crc32 is as fast itself.
var useFold = useAsm && !cpu.X86.HasAVX512VPCLMULQDQ && extended()&(1<<10) != 0

//go:noescape
func fold(state *[128]byte, p []byte, remainder uint32)

func extended() (ecx uint32)

// updateChecksum adds p to a CRC-32, as crc32.Update does. state is memory that
// it may use.
func updateChecksum(crc uint32, p []byte, state *[128]byte) uint32 {
	if useFold && len(p) >= 512 {
		// state is another message with the remainder of p's first part, which is
		// so long that crc, whose own remainder fold puts in, stands before it.
		fold(state, p, ^crc)
		crc = crc32.Update(^uint32(0), crc32.IEEETable, state[:])
		p = p[len(p)&^127:]
	}
	return crc32.Update(crc, crc32.IEEETable, p)
}
