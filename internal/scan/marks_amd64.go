//go:build !purego

package scan

import "golang.org/x/sys/cpu"

//go:noescape
func markAVX2(dst *uint64, src *byte, n int)

func markBlocks(dst []uint64, src []byte) {
	if len(dst) == 0 {
		return
	}
	if !cpu.X86.HasAVX2 {
		markBlocksGo(dst, src)
		return
	}
	_ = src[len(dst)*64+ahead-1] // a block for each word, or a panic here
	markAVX2(&dst[0], &src[0], len(dst))
}
