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
