//go:build !amd64 || purego

package inflate

import "hash/crc32"

// updateChecksum adds p to a CRC-32.
func updateChecksum(crc uint32, p []byte, _ *[128]byte) uint32 {
	return crc32.Update(crc, crc32.IEEETable, p)
}
