package inflate_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/inflate"
)

// completeCode draws the code lengths of a complete code of n symbols: it splits
// leaves of a tree until there are n.
func completeCode(t *rapid.T, n int, label string) []uint8 {
	lens := []uint8{1, 1}
	deep := rapid.Bool().Draw(t, label+" deep")
	for len(lens) < n {
		i := rapid.IntRange(0, len(lens)-1).Draw(t, label+" leaf")
		if deep {
			i = len(lens) - 1 - i%min(len(lens), 3)
		}
		for lens[i] == 15 {
			i = (i + 1) % len(lens)
		}
		lens[i]++
		lens = append(lens, lens[i])
	}
	return rapid.Permutation(lens).Draw(t, label)
}

func TestEveryCompleteCodeFitsTheTables(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lit := completeCode(t, rapid.IntRange(2, 286).Draw(t, "literal codes"), "lit")
		dist := completeCode(t, rapid.IntRange(2, 30).Draw(t, "distance codes"), "dist")
		if !inflate.TableFits(lit, dist) {
			t.Fatal("a complete code was refused")
		}
		// One leaf less, and it is none any more.
		broken := append([]uint8(nil), lit...)
		broken[0] = 0
		if len(lit) > 2 && inflate.TableFits(broken, dist) {
			t.Fatal("an incomplete code was accepted")
		}
	})
}

func TestTheCodesThatNeedTheLargestTablesFit(t *testing.T) {
	t.Parallel()
	// As many second tables as possible, each as large as possible: for each of
	// some prefixes a chain of codes down to 15 bits, and the rest short.
	for _, n := range []int{286, 288, 30, 32} {
		for index := 8; index <= 11; index++ {
			for short := range index {
				lens := chains(n, index, short)
				if lens == nil {
					continue
				}
				lit, dist := lens, []uint8{1, 1}
				if n < 100 {
					lit, dist = dist, lit
				}
				if !inflate.TableFits(lit, dist) {
					t.Errorf("%d symbols, chains below %d bits, %d short codes", n, index, short)
				}
			}
		}
	}
}

// chains returns a complete code with short codes of 1, 2, ... bits and under
// the prefix that is left as many chains below index bits as there are symbols
// for. Nil if it is not possible.
func chains(n, index, short int) []uint8 {
	var lens []uint8
	for i := range short {
		lens = append(lens, uint8(i+1))
	}
	prefixes := 1 << (index - short) // of index bits, not used yet
	perChain := 15 - index + 1       // index+1, ..., 15, 15
	for ; prefixes > 0; prefixes-- {
		if len(lens)+perChain+prefixes-1 <= n {
			for i := index + 1; i <= 15; i++ {
				lens = append(lens, uint8(i))
			}
			lens = append(lens, 15)
			continue
		}
		lens = append(lens, uint8(index))
	}
	if len(lens) > n {
		return nil
	}
	return lens
}
