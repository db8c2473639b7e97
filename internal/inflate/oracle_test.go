package inflate_test

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

func TestEveryEncodersOutputIsUnpacked(t *testing.T) {
	t.Parallel()
	want := sample(t)
	for name, src := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newJudges().agree(t, src)
			if err != nil {
				t.Fatal(err)
			}
			sameBytes(t, want, got, "sample")
		})
	}
}

func TestLongLogsAreUnpackedAtEveryLevel(t *testing.T) {
	t.Parallel()
	for level := -2; level <= 9; level++ {
		t.Run(strconv.Itoa(level), func(t *testing.T) {
			t.Parallel()
			x, y := corpusLog(uint64(level+100), 1_000_000), corpusLog(uint64(level+200), 700_000)
			j := newJudges()
			got, err := j.agree(t, gzipped(x, level))
			if err != nil {
				t.Fatal(err)
			}
			sameBytes(t, x, got, "log")
			out, errs := unpackPair(t, j.pair, [2][]byte{gzipped(x, level), gzipped(y, level)})
			if errs != [2]error{} {
				t.Fatal(errs)
			}
			sameBytes(t, x, out[0], "first of the pair")
			sameBytes(t, y, out[1], "second of the pair")
		})
	}
}

// oddTexts are what logs are not like: the compressor's extremes.
func oddTexts() map[string][]byte {
	r := rand.New(rand.NewPCG(5, 6))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	bits := make([]byte, 300_000)
	for i := range bits {
		bits[i] = '0' + byte(r.Uint32()&1)
	}
	skewed := make([]byte, 300_000)
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 9)
	}
	var near, far []byte
	for len(near) < 300_000 { // distances of 1 to 40, lengths of 3 to 300
		period := append([]byte(nil), noise[r.IntN(1000):][:1+r.IntN(40)]...)
		near = append(near, bytes.Repeat(period, 1+r.IntN(300)/len(period))...)
		near = append(near, noise[r.IntN(1000):][:r.IntN(8)]...)
	}
	for len(far) < 600_000 { // distances up to the limit
		far = append(far, noise[r.IntN(40_000):][:r.IntN(400)]...)
	}
	return map[string][]byte{
		"noise": noise, "two symbols": bits, "skewed": skewed, "near matches": near, "far matches": far,
		"zeros": make([]byte, 1_000_000), "one byte": {'a'}, "nothing": {},
	}
}

func TestOddTextsAreUnpacked(t *testing.T) {
	t.Parallel()
	for name, text := range oddTexts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJudges()
			for _, level := range []int{-2, 1, 6, 9} {
				src := gzipped(text, level)
				got, err := j.agree(t, src)
				if err != nil {
					t.Fatal(err)
				}
				sameBytes(t, text, got, "text")
				out, errs := unpackPair(t, j.pair, [2][]byte{src, gzipped(corpusLog(3, 200_000), 6)})
				if errs != [2]error{} {
					t.Fatal(errs)
				}
				sameBytes(t, text, out[0], "text in a pair")
			}
		})
	}
}

func TestFilesCutShortAnywhereKeepWhatCameBefore(t *testing.T) {
	t.Parallel()
	want := sample(t)
	for name, src := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJudges()
			step := 1
			if testing.Short() {
				step = 13
			}
			for n := 0; n < len(src); n += step {
				out, err := j.agree(t, src[:n])
				if e := fault(t, err); e == nil || e.Kind != inflate.ErrTruncated || e.In > n || e.Out != int64(len(out)) || e.Member != 1 {
					t.Fatalf("cut at %d: %v after %d bytes", n, err, len(out))
				}
				if !bytes.HasPrefix(want, out) {
					t.Fatalf("cut at %d: other bytes came out", n)
				}
				againstStandard(t, src[:n], out, err)
			}
		})
	}
}

func TestDamagedFilesFailWhereTheStandardLibraryDoes(t *testing.T) {
	t.Parallel()
	files := samples(t)
	files["log-6"] = gzipped(corpusLog(9, 60_000), 6)
	for name, src := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, r := newJudges(), rand.New(rand.NewPCG(1, uint64(len(src))))
			n := 1500
			if testing.Short() {
				n = 200
			}
			for i := range n {
				bad := bytes.Clone(src)
				for range 1 + r.IntN(3) {
					bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
				}
				out, err := j.agree(t, bad)
				againstStandard(t, bad, out, err)
				if i%8 != 0 {
					continue
				}
				// In a pair neither disturbs the other.
				got, errs := unpackPair(t, j.pair, [2][]byte{bad, src})
				sameBytes(t, out, got[0], "damaged file in a pair")
				if diff := diffFaults(t, err, errs[0]); diff != "" {
					t.Fatalf("damaged file in a pair:\n%s", diff)
				}
				if errs[1] != nil {
					t.Fatalf("sound file in a pair: %v", errs[1])
				}
			}
		})
	}
}

func TestRandomBitsFailWhereTheStandardLibraryDoes(t *testing.T) {
	t.Parallel()
	j, r := newJudges(), rand.New(rand.NewPCG(2, 3))
	n := 30_000
	if testing.Short() {
		n /= 10
	}
	for i := range n {
		raw := make([]byte, 1+r.IntN(400))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		raw[0] = raw[0]&^7 | byte(i%2+1)<<1 // fixed and dynamic blocks, and not the last
		if i%4 == 1 && len(raw) > 3 {       // plausible code lengths
			raw[1] &= 0x0e
		}
		src := wrapped(raw, nil)
		out, err := j.agree(t, src)
		rawAgainstStandard(t, raw, out, err)
	}
}
