package inflate_test

import (
	"testing"
)

// addSeeds adds the samples whole, cut and damaged.
func addSeeds(f *testing.F, add func(src []byte)) {
	for _, src := range samples(f) {
		if len(src) > 4000 {
			continue
		}
		add(src)
		add(src[:len(src)/2])
		bad := append([]byte(nil), src...)
		bad[len(bad)/3] ^= 0x10
		add(bad)
	}
	add(wrapped(onlyEnd(), nil))
	add(wrapped(noDistances(), []byte("a")))
}

// FuzzInflate gives any bytes to both loops and to the standard library, as a
// gzip file and as the deflate data of one: the same bytes must come out, and an
// error of the same kind at the same place.
func FuzzInflate(f *testing.F) {
	addSeeds(f, func(src []byte) { f.Add(src) })
	j := newJudges()
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := j.agree(t, src)
		againstStandard(t, src, out, err)
		raw := src[min(len(src), 10):]
		out, err = j.agree(t, wrapped(raw, nil))
		rawAgainstStandard(t, raw, out, err)
	})
}

// FuzzPair gives any two files to a Pair: each must come out as it does alone.
func FuzzPair(f *testing.F) {
	var last []byte
	addSeeds(f, func(src []byte) {
		f.Add(src, last)
		last = src
	})
	j := newJudges()
	f.Fuzz(func(t *testing.T, a, b []byte) {
		out, errs := unpackPair(t, j.pair, [2][]byte{a, b})
		for i, src := range [][]byte{a, b} {
			want, wantErr := unpack(t, j.portable, src, 0)
			sameBytes(t, want, out[i], "alone and in a pair")
			if diff := diffFaults(t, wantErr, errs[i]); diff != "" {
				t.Fatalf("alone and in a pair:\n%s", diff)
			}
		}
	})
}
