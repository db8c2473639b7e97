package inflate_test

import (
	"bytes"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

// fenced returns size bytes that begin or end at a page that may not be touched:
// whoever reads or writes beyond them dies.
func fenced(t *testing.T, size int, atEnd bool) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	inner := (size + page - 1) / page * page
	b, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no memory to fence: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(b); err != nil {
			t.Error(err)
		}
	})
	for _, fence := range [][]byte{b[:page], b[page+inner:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Skipf("memory can't be fenced: %v", err)
		}
	}
	if atEnd {
		return b[page+inner-size : page+inner : page+inner]
	}
	return b[page : page+size : page+size]
}

func TestNothingIsTouchedBeyondInputAndBuffer(t *testing.T) {
	t.Parallel()
	texts := oddTexts()
	texts["log"] = corpusLog(8, 400_000)
	texts["short log"] = corpusLog(8, 3_000)
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(7, uint64(len(text))))
			packed := gzipped(text, 6)
			for _, atEnd := range []bool{true, false} {
				src := fenced(t, len(packed), atEnd)
				p := inflate.NewPair()
				for _, s := range p.Streams() {
					s.SetBuffer(fenced(t, inflate.BufferSize, atEnd))
				}
				for i := range 20 {
					copy(src, packed)
					use := src
					switch {
					case i == 0: // sound
					case i < 10 && atEnd: // the beginning is missing, the end is at the fence
						n := min(len(src), 30+r.IntN(100))
						use = src[len(src)-n:]
						copy(use, []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, byte(r.Uint32())&^7 | 2})
					default: // damaged
						src[10+r.IntN(len(src)-10)] ^= 1 << r.IntN(8)
					}
					out, errs := unpackPair(t, p, [2][]byte{use, use})
					if !bytes.Equal(out[0], out[1]) || diffFaults(t, errs[0], errs[1]) != "" {
						t.Fatal("the same file twice had two outcomes")
					}
				}
			}
		})
	}
}
