package inflate_test

import (
	"bytes"
	"testing"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

func TestQuick(t *testing.T) {
	for lv := range 10 {
		x := corpusLog(uint64(lv), 3_000_000)
		s := inflate.NewStream()
		s.Reset(gzipped(x, lv), 0)
		var out []byte
		for {
			w, err := s.Next()
			if err != nil {
				t.Log(err)
				break
			}
			out = append(out, w...)
		}
		if !bytes.Equal(out, x) {
			t.Fatal("differs", lv, len(out), len(x))
		}
	}
}

func TestQuickPair(t *testing.T) {
	for lv := range 10 {
		x := corpusLog(uint64(lv), 3_000_000)
		y := corpusLog(uint64(lv+100), 3_000_000)
		p := inflate.NewPair()
		ss := p.Streams()
		ss[0].Reset(gzipped(x, lv), 0)
		ss[1].Reset(gzipped(y, lv), 0)
		var out [2][]byte
		for {
			s, w, err := p.Next()
			if s == nil {
				break
			}
			i := 0
			if s == ss[1] {
				i = 1
			}
			if err != nil {
				t.Log(err)
			}
			out[i] = append(out[i], w...)
		}
		if !bytes.Equal(out[0], x) || !bytes.Equal(out[1], y) {
			t.Fatal("differs", lv)
		}
	}
}
