package measure_test

import (
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	cost := func(cpu, wall, peak int64) measure.Cost {
		return measure.Cost{CPU: time.Duration(cpu) * time.Second, Wall: time.Duration(wall) * time.Second, Peak: peak}
	}
	for _, tt := range []struct {
		name   string
		in     []measure.Cost
		want   measure.Cost
		spread float64
	}{
		{"nothing was run", nil, measure.Cost{}, 0},
		{"one run is its own median", []measure.Cost{cost(2, 3, 4)}, cost(2, 3, 4), 0},
		{"of three runs the middle one, for each quantity by itself", []measure.Cost{cost(1, 30, 200), cost(2, 10, 300), cost(3, 20, 100)}, cost(2, 20, 200), 1},
		{"of four runs the mean of the two in the middle", []measure.Cost{cost(9, 1, 0), cost(2, 1, 0), cost(4, 1, 0), cost(1, 1, 0)}, cost(3, 1, 0), 8. / 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, spread := measure.Median(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" || spread != tt.spread {
				t.Errorf("spread %v, want %v; %s", spread, tt.spread, diff)
			}
		})
	}
}

func TestReplaceKeepsTheRestOfThePage(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	const text = "# Title\n<!-- begin a -->\nold\n<!-- end a -->\nbetween\n<!-- begin b -->\n<!-- end b -->\nafter\n"
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time finds what the first wrote
		if err := measure.Replace(page, "a", "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(text, "old\n", "\nnew\n\n", 1), string(got)); diff != "" {
		t.Error(diff)
	}
	if err := measure.Replace(page, "c", "x"); err == nil {
		t.Error("a section that is not there was replaced")
	}
}

func TestReadTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(t.TempDir(), "list")
	if _, err := measure.ReadTree(dir, list); err == nil {
		t.Error("an empty folder is no error")
	}
	write("a.json.gz", strings.Repeat("a", 1000))
	write("b.json.gz", strings.Repeat("b", 500))
	write("other.gz", "not a log")
	got, err := measure.ReadTree(dir, list)
	if err != nil {
		t.Fatal(err)
	}
	got.Packed = 0 // gzip's matter
	if diff := cmp.Diff(measure.Tree{Files: 2, Bytes: 1500, Largest: 1000}, got); diff != "" {
		t.Error(diff)
	}
	names, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "a.json.gz") + "\x00" + filepath.Join(dir, "b.json.gz") + "\x00"; string(names) != want {
		t.Errorf("the list is %q, want %q", names, want)
	}
}

// TestRunCountsChildren runs a shell that lets another shell work: the work counts.
func TestRunCountsChildren(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	out := filepath.Join(t.TempDir(), "out")
	cost, err := measure.Run(t.Context(), measure.Command{
		Args: []string{"sh", "-c", `echo one; sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; echo two; exit 3`}, Stdout: out, Fine: []int{3},
	})
	if err != nil {
		t.Fatal(err)
	}
	if cost.CPU < 10*time.Millisecond {
		t.Errorf("a loop of 200,000 turns cost %v", cost.CPU)
	}
	if n, err := measure.Lines(out); n != 2 || err != nil {
		t.Errorf("the output has %d lines, error %v", n, err)
	}
	_, err = measure.Run(t.Context(), measure.Command{Args: []string{"sh", "-c", "echo broken >&2; exit 4"}})
	if err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("the error %v does not hold what the program said", err)
	}
}
