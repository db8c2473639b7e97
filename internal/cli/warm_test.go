package cli_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/cli"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

// gone takes the evidence out of an archive behind its back: whatever it still
// answers, it answers from memory.
func gone(t *testing.T, archive string) {
	t.Helper()
	db, err := sql.Open("sqlite", archive)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"events", "copies", "documents_kept", "document_pieces", "pieces", "coverage", "facts"} {
		if _, err := db.ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
}

func done(t *testing.T, args ...string) string {
	t.Helper()
	r := run(t.Context(), nil, args...)
	if r.Status != 0 || r.Err != "" {
		t.Fatalf("%q: status %d\n%s", args, r.Status, r.Err)
	}
	return r.Out
}

// TestAWarmArchiveAnswersFromMemory asks about somebody, and then about the group
// of each example.
func TestAWarmArchiveAnswersFromMemory(t *testing.T) {
	t.Parallel()
	for _, example := range []string{"removed-by-a-script", "two-writers", "name-taken", "healthy", "recreated"} {
		for _, format := range []string{"text", "json"} {
			t.Run(example+" "+format, func(t *testing.T) {
				t.Parallel()
				folder, kept := "../../examples/"+example, filepath.Join(t.TempDir(), "case.db")
				done(t, "collect", "--from", folder, "--into", kept)
				done(t, "why", "user", "nobody@example.com", "--from", kept, "--format", format, "--warm")
				gone(t, kept)
				want := done(t, "why", "group", group, "--from", folder, "--format", format)
				if got := done(t, "why", "group", group, "--from", kept, "--format", format); got != want {
					t.Errorf("from memory:\n%s", cmp.Diff(want, got))
				}
			})
		}
	}
}

// TestAWarmArchiveAnswersAboutAllOtherGroups asks a company's archive about one
// group, and then about the others by name and by id.
func TestAWarmArchiveAnswersAboutAllOtherGroups(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			warm, cold := company(t), company(t)
			done(t, "why", "group", loggen.EmptyGroup, "--from", warm, "--format", format, "--warm")
			gone(t, warm)
			for i := 1; i < companyGroups; i++ {
				asked := fmt.Sprintf("App-AWS-Team-%04d", i)
				want := done(t, "why", "group", asked, "--from", cold, "--format", format, "--warm=false")
				if got := done(t, "why", "group", asked, "--from", warm, "--format", format); got != want {
					t.Errorf("%s from memory:\n%s", asked, cmp.Diff(want, got))
				}
			}
		})
	}
}

const companyGroups = 70 // more than are written at once

// company is an archive of a company.
func company(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.db")
	a, err := archive.Open(t.Context(), path, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := a.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := (loggen.Company{Users: 30, Groups: companyGroups, Memberships: 150, Events: 400}).Give(w); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), a.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnArchiveThatHasChangedAnswersNothingFromMemory(t *testing.T) {
	t.Parallel()
	const first, other = "../../examples/two-writers", "../../examples/removed-by-a-script"
	kept := filepath.Join(t.TempDir(), "case.db")
	done(t, "collect", "--from", first, "--into", kept)
	done(t, "why", "user", "nobody@example.com", "--from", kept, "--warm")
	done(t, "collect", "--from", other, "--into", kept)
	want := done(t, "why", "group", group, "--from", first, "--from", other)
	if diff := cmp.Diff(want, done(t, "why", "group", group, "--from", kept)); diff != "" {
		t.Errorf("after a change: %s", diff)
	}
}

func TestNobodyWaitsForAWarmArchiveUnasked(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{"a pipe": nil, "spared": {"--warm=false"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := filepath.Join(t.TempDir(), "case.db")
			done(t, "collect", "--from", removed, "--into", kept)
			done(t, append([]string{"why", "user", "nobody@example.com", "--from", kept}, flags...)...)
			gone(t, kept)
			if done(t, "why", "group", group, "--from", kept) == done(t, "why", "group", group, "--from", removed) {
				t.Error("another question was answered from memory")
			}
		})
	}
}

// TestAnInterruptedWarmingIsNoFailure: the answer is out by then.
func TestAnInterruptedWarmingIsNoFailure(t *testing.T) {
	t.Parallel()
	kept := filepath.Join(t.TempDir(), "case.db")
	done(t, "collect", "--from", removed, "--into", kept)
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelling{cancel: cancel}
	if status := runTo(ctx, out, "why", "group", group, "--from", kept, "--warm"); status != 0 {
		t.Errorf("status %d", status)
	}
	if want := done(t, "why", "group", group, "--from", removed); string(out.written) != want {
		t.Error(cmp.Diff(want, string(out.written)))
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

// cancelling is an output that interrupts whoever has written the answer to it.
type cancelling struct {
	cancel  func()
	written []byte
}

func (w *cancelling) Write(p []byte) (int, error) {
	w.written = append(w.written, p...)
	w.cancel()
	return len(p), nil
}

func runTo(ctx context.Context, out io.Writer, args ...string) int {
	return cli.Main(ctx, args, cli.Streams{Out: out, Err: io.Discard})
}
