//go:build !amd64 || purego

package scan

func markBlocks(dst []uint64, src []byte) { markBlocksGo(dst, src) }
