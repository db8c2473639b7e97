package file_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/span"
)

func cachedCase(t *testing.T, from, cache string) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	if err := file.New(from, file.Options{}).CollectCached(context.Background(), b, cache); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func plainCase(t *testing.T, from string) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	if err := file.New(from, file.Options{}).Collect(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func remembered(t *testing.T, cache string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(cache, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestWhatIsRememberedIsWhatWasRead asks twice over every example, and once
// without a cache.
func TestWhatIsRememberedIsWhatWasRead(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../../../examples/*/identitystore")
	if err != nil || len(folders) < 10 {
		t.Fatalf("examples: %v, %v", folders, err)
	}
	for _, folder := range folders {
		from := filepath.Dir(folder)
		t.Run(filepath.Base(from), func(t *testing.T) {
			t.Parallel()
			cache := filepath.Join(t.TempDir(), "cache")
			want := plainCase(t, from)
			first := cachedCase(t, from, cache)
			if diff := cmp.Diff(want.Statistics, first.Statistics); diff != "" || len(first.Events) != len(want.Events) || len(first.Snapshots) != len(want.Snapshots) {
				t.Errorf("the first time %d events of %d, statistics (-plain +cached):\n%s", len(first.Events), len(want.Events), diff)
			}
			if diff := cmp.Diff(want, cachedCase(t, from, cache), cmp.AllowUnexported(span.Set{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the second time (-plain +cached):\n%s", diff)
			}
			paths := remembered(t, cache)
			if len(paths) != 1 {
				t.Fatalf("remembered in %v", paths)
			}
			if info, err := os.Stat(paths[0]); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("identity records are readable by others: %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestAChangedTreeIsReadAnew(t *testing.T) {
	t.Parallel()
	from, cache := t.TempDir(), filepath.Join(t.TempDir(), "cache")
	path := filepath.Join(from, "a.json")
	write := func(id string) {
		t.Helper()
		record := `{"eventID":"` + id + `","eventSource":"identitystore.amazonaws.com","eventName":"CreateGroup","eventTime":"2025-09-16T10:00:00Z"}`
		if err := os.WriteFile(path, []byte(record), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	first := func() string {
		t.Helper()
		return cachedCase(t, from, cache).Events[0].Key
	}
	write("e1")
	if got := first(); got != "e1" {
		t.Fatalf("event %s", got)
	}
	write("e2") // of the same size
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := first(); got != "e2" {
		t.Errorf("after the change, event %s", got)
	}
	if err := os.WriteFile(filepath.Join(from, "b.json"), []byte(`{"eventID":"e0","eventSource":"identitystore.amazonaws.com","eventName":"CreateGroup","eventTime":"2025-09-15T10:00:00Z"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := first(); got != "e0" {
		t.Errorf("after a new file, event %s", got)
	}
}

func TestADamagedCacheIsIgnored(t *testing.T) {
	t.Parallel()
	from, cache := "../../../examples/healthy", filepath.Join(t.TempDir(), "cache")
	want := cachedCase(t, from, cache)
	path := remembered(t, cache)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), whole...)
	flipped[len(flipped)/2] ^= 1
	for _, damage := range [][]byte{{}, whole[:10], whole[:len(whole)-1], flipped} {
		if err := os.WriteFile(path, damage, 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, cachedCase(t, from, cache), cmp.AllowUnexported(span.Set{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("with %d damaged bytes:\n%s", len(damage), diff)
		}
	}
}

func TestAnInterruptedReadingIsNotRemembered(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	cache := filepath.Join(t.TempDir(), "cache")
	b := casefile.NewBuilder(actor.Default())
	if err := file.New("../../../examples/healthy", file.Options{}).CollectCached(ctx, b, cache); err == nil {
		t.Error("an interrupted reading gave no error")
	}
	if paths := remembered(t, cache); len(paths) != 0 {
		t.Errorf("remembered %v", paths)
	}
}
