package scan

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// FuzzMarks compares what marks the bytes on this machine, and the portable way,
// with a plain look at each.
func FuzzMarks(f *testing.F) {
	every := make([]byte, 0, 256+64)
	for c := range 256 {
		every = append(every, byte(c))
	}
	f.Add(every)
	f.Add(append(every, every[30:77]...))
	f.Add([]byte{})
	f.Add([]byte(`{"eventSource":"x","EVENTNAME":1,"eventVersion":[],"CloudTrailEvent":"\v","valve":"vv"}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		n := len(src)
		if n > 0 {
			n -= int(src[0]) % min(n, 9)
		}
		const canary = 0xdead
		fast, slow := make([]uint64, (n+63)/64+1), make([]uint64, n/64)
		fast[len(fast)-1] = canary
		marks(fast[:len(fast)-1], src, n)
		markBlocksGo(slow, src)
		for i, c := range src[:n] {
			v := c == 'v' || c == 'V'
			must := c < 0x20 || c == '[' || c == ']' || c == '\\' || v && i+ahead < len(src) && bytes.IndexByte([]byte(`snv"`), src[i+ahead]|0x20) >= 0
			if got := fast[i/64]>>(i%64)&1 != 0; got && !must && !v || !got && must {
				t.Fatalf("byte %d, %q: marked %v", i, c, got)
			}
			if i/64 < len(slow) && slow[i/64]>>(i%64)&1 != 0 != (must || v) {
				t.Fatalf("byte %d, %q: the portable way differs", i, c)
			}
		}
		if n%64 != 0 && fast[len(fast)-2]>>(n%64) != 0 {
			t.Fatal("what lies behind the end is marked")
		}
		if fast[len(fast)-1] != canary {
			t.Fatal("it wrote too far")
		}
	})
}

func BenchmarkMarks(b *testing.B) {
	src := make([]byte, blockSize+ahead)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range src {
		src[i] = byte(' ' + r.IntN(95))
	}
	var dst [blockSize / 64]uint64
	for name, mark := range map[string]func([]uint64, []byte){"here": markBlocks, "portable": markBlocksGo} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(blockSize)
			for b.Loop() {
				mark(dst[:], src)
			}
		})
	}
}
