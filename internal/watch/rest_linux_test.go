package watch

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// TestTheProgramIsReadAgainAfterItWasLetGo: its pages are gone, and it goes on.
func TestTheProgramIsReadAgainAfterItWasLetGo(t *testing.T) {
	unmapProgram()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasSuffix(lines.Text(), " "+program) && strings.Contains(lines.Text(), " r-xp ") {
			_, size := extent(strings.Fields(lines.Text())[0])
			found = size > 0
		}
	}
	if !found {
		t.Error("the code of the program is not told as it was expected, so nothing is let go")
	}
	for _, none := range []string{"", "-", "10-10", "20-10", "x-y"} {
		if from, size := extent(none); from != 0 || size != 0 {
			t.Errorf("%q is from %x, %d long", none, from, size)
		}
	}
}
