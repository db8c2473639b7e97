package archive_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// TestWhoHungForLongerThanItsLeaseWritesNothing: neither while nobody leads nor while
// somebody else does.
func TestWhoHungForLongerThanItsLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	clock := archive.Options{Now: func() time.Time { return now }}
	run := func(t *testing.T, name string) {
		a, b := openFile(t, name, clock), openFile(t, name, clock)
		one, two := archive.Fenced(t.Context(), "watch", "one"), archive.Fenced(t.Context(), "watch", "two")
		lead := func(a *archive.Archive, who string) {
			t.Helper()
			if leads, err := a.Lead(t.Context(), "watch", who, time.Minute); err != nil || !leads {
				t.Fatalf("%s does not lead: %v", who, err)
			}
		}
		refused := func(err error, when string) {
			t.Helper()
			if !errors.Is(err, archive.ErrNotLeading) {
				t.Errorf("%s: %v", when, err)
			}
		}
		refused(a.PutDocument(one, "alert", "1", []byte("too early")), "before it leads")
		lead(a, "one")
		if err := a.PutDocument(one, "alert", "1", []byte("one")); err != nil {
			t.Fatal(err)
		}
		refused(b.PutDocument(two, "alert", "1", []byte("two")), "while the other leads")
		now = now.Add(time.Minute)
		refused(a.PutDocument(one, "alert", "1", []byte("one again")), "after its end, which nobody else saw")
		lead(b, "two")
		if err := b.PutDocument(two, "alert", "1", []byte("two")); err != nil {
			t.Fatal(err)
		}
		refused(a.PutDocument(one, "alert", "1", []byte("one again")), "after another took over")
		w, err := a.Writer(one)
		if err == nil {
			err = w.Record(w.Input(casefile.Input{Path: "live", Size: -1}), []byte(`{"eventSource":"identitystore.amazonaws.com","eventName":"CreateGroup"}`))
			err = errors.Join(err, w.Close())
		}
		refused(err, "evidence, after another took over")
		if doc, err := a.Document(t.Context(), "alert", "1"); err != nil || string(doc) != "two" {
			t.Errorf("what stands there is %q (%v), want what the leader wrote", doc, err)
		}
		if n, err := a.LastSeq(t.Context()); err != nil || n != 0 {
			t.Errorf("record %d was written (%v)", n, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "case.db")) })
	t.Run("postgres", func(t *testing.T) { run(t, address(t)) })
}

// TestAFenceGoesByTheClockOfTheServer, as leases do, and not by that of the machine.
func TestAFenceGoesByTheClockOfTheServer(t *testing.T) {
	t.Parallel()
	a := openFile(t, address(t), archive.Options{})
	if leads, err := a.Lead(t.Context(), "watch", "one", time.Second); err != nil || !leads {
		t.Fatalf("it does not lead: %v", err)
	}
	ctx := archive.Fenced(t.Context(), "watch", "one")
	for {
		err := a.PutDocument(ctx, "alert", "1", []byte("one"))
		if errors.Is(err, archive.ErrNotLeading) {
			return // its second is over
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
