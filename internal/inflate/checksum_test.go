package inflate_test

import (
	"hash/crc32"
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

func TestTheChecksumIsThatOfTheStandardLibrary(t *testing.T) {
	t.Parallel()
	noise := oddTexts()["noise"]
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, 100).Draw(t, "from")
		n := rapid.IntRange(0, 5000).Draw(t, "length")
		crc := rapid.Uint32().Draw(t, "crc")
		p := noise[from : from+n]
		if got, want := inflate.UpdateChecksum(crc, p), crc32.Update(crc, crc32.IEEETable, p); got != want {
			t.Fatalf("got %08x, want %08x", got, want)
		}
	})
}
