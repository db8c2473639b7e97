package state_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/emulator/state"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

var at = time.Date(2026, 3, 2, 9, 17, 0, 0, time.UTC)

func open(t *testing.T, dir string) *state.Database {
	t.Helper()
	d, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func change(id, text string) idcenter.Change {
	c := idcenter.Change{Kind: idcenter.KindUser, ID: id}
	if text != "" {
		c.JSON = json.RawMessage(text)
	}
	return c
}

func event(n int) *idcenter.Event {
	return &idcenter.Event{ID: fmt.Sprintf("event-%04d", n), Time: at.Add(time.Duration(n/3) * time.Second), Source: "identitystore-scim.amazonaws.com",
		Name: "CreateUser", AccessKey: "key", Record: fmt.Appendf(nil, `{"eventID":"event-%04d"}`, n)}
}

// commit stores an entry, as one that is answered.
func commit(d *state.Database, e idcenter.Entry) error { return errors.Join(d.Commit(e), d.Settle()) }

func things(t *testing.T, d *state.Database) map[string]string {
	t.Helper()
	out := map[string]string{}
	for c, err := range d.Changes() {
		ok(t, err)
		out[c.ID] = string(c.JSON)
	}
	return out
}

func records(t *testing.T, d *state.Database, after int64) (list []string) {
	t.Helper()
	for item, err := range d.After(after) {
		ok(t, err)
		list = append(list, string(item.Record))
	}
	return list
}

func lookup(t *testing.T, d *state.Database) []string {
	t.Helper()
	log, err := d.Log(t.Context())
	ok(t, err)
	answer, err := log.LookupEvents([]byte(`{}`), at.Add(time.Hour), 0)
	ok(t, err)
	var page struct {
		Events []struct{ EventId, CloudTrailEvent string }
	}
	ok(t, json.Unmarshal(answer, &page))
	var out []string
	for _, e := range page.Events {
		out = append(out, e.EventId+" "+e.CloudTrailEvent)
	}
	return out
}

func TestWhatWasStoredIsThereAfterwards(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	d := open(t, dir)
	ok(t, commit(d, idcenter.Entry{Changes: []idcenter.Change{change("ann", `{"n":1}`), change("bob", `{"n":1}`)}, Event: event(0)}))
	ok(t, commit(d, idcenter.Entry{Event: event(1)}))
	ok(t, commit(d, idcenter.Entry{Changes: []idcenter.Change{change("ann", `{"n":2}`), change("bob", "")}, Event: event(2)}))
	ok(t, commit(d, idcenter.Entry{Changes: []idcenter.Change{change("eve", `{}`)}}))
	ok(t, d.Put(map[string][]byte{"clock": []byte("1h")}))
	for range 2 {
		if diff := cmp.Diff(map[string]string{"ann": `{"n":2}`, "eve": `{}`}, things(t, d)); diff != "" {
			t.Errorf("things (-want +got):\n%s", diff)
		}
		want := []string{`{"eventID":"event-0000"}`, `{"eventID":"event-0001"}`, `{"eventID":"event-0002"}`}
		if diff := cmp.Diff(want, records(t, d, 0)); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want[1:], records(t, d, 1)); diff != "" {
			t.Errorf("records after the first (-want +got):\n%s", diff)
		}
		found := []string{`event-0002 ` + want[2], `event-0001 ` + want[1], `event-0000 ` + want[0]}
		if diff := cmp.Diff(found, lookup(t, d)); diff != "" {
			t.Errorf("LookupEvents (-want +got):\n%s", diff)
		}
		clock, err := d.Note("clock")
		ok(t, err)
		none, err := d.Note("another")
		ok(t, err)
		if string(clock) != "1h" || none != nil {
			t.Errorf("notes: %q, %q", clock, none)
		}
		ok(t, d.Close())
		d = open(t, dir)
	}
}

func TestAFolderIsForOneProcessAndItsOwner(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	d := open(t, dir)
	if _, err := state.Open(dir); !errors.Is(err, state.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("opened twice: %v", err)
	}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		ok(t, err)
		info, err := e.Info()
		ok(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", p, info.Mode())
		}
		return nil
	})
	ok(t, err)
	ok(t, d.Close())
	ok(t, open(t, dir).Close())
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	ok(t, os.WriteFile(file, []byte("text"), 0o600))
	damaged := filepath.Join(dir, "damaged")
	ok(t, os.Mkdir(damaged, 0o700))
	ok(t, os.WriteFile(filepath.Join(damaged, "emulator.db"), []byte(strings.Repeat("no database. ", 1000)), 0o600))
	for name, path := range map[string]string{"a file": file, "below a file": filepath.Join(file, "below"), "no database": damaged} {
		if _, err := state.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nothing := filepath.Join(dir, "nothing")
	if _, err := state.OpenExisting(nothing); !errors.Is(err, state.ErrNone) {
		t.Errorf("a state that is not there: %v", err)
	}
	if _, err := os.Stat(nothing); err == nil {
		t.Error("looking for a state makes a folder")
	}
}

// TestAnEntryIsStoredWholeOrNotAtAll: an event whose id is taken can't be
// stored, so what came with it is not, and nothing after it; a restart goes on.
func TestAnEntryIsStoredWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	ok(t, commit(d, idcenter.Entry{Event: event(1)}))
	select {
	case <-d.Broken():
		t.Fatal("it is broken from the start")
	default:
	}
	if err := commit(d, idcenter.Entry{Changes: []idcenter.Change{change("ann", `{}`)}, Event: event(1)}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Fatalf("two events of one id: %v", err)
	}
	<-d.Broken()
	if commit(d, idcenter.Entry{Changes: []idcenter.Change{change("bob", `{}`)}, Event: event(2)}) == nil {
		t.Error("it stores what came after something that is lost")
	}
	if d.Close() == nil {
		t.Error("closing says nothing of what is lost")
	}
	d = open(t, dir)
	ok(t, commit(d, idcenter.Entry{Changes: []idcenter.Change{change("eve", `{}`)}, Event: event(3)}))
	if diff := cmp.Diff(map[string]string{"eve": `{}`}, things(t, d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(records(t, d, 0)); n != 2 {
		t.Errorf("%d records", n)
	}
}

// TestClosingStoresWhatWasCommitted: even if nobody waited for it.
func TestClosingStoresWhatWasCommitted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	for n := range 700 {
		ok(t, d.Commit(idcenter.Entry{Changes: []idcenter.Change{change(fmt.Sprint(n), `{}`)}, Event: event(n)}))
	}
	ok(t, d.Close())
	if n := len(things(t, open(t, dir))); n != 700 {
		t.Errorf("%d of 700 are stored", n)
	}
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	const workers, each = 16, 40
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range each {
				n := w*each + i
				e := idcenter.Entry{Event: event(n)}
				if i%4 == 0 {
					e.Changes = []idcenter.Change{change(fmt.Sprint(n), `{}`)}
				}
				if err := commit(d, e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	ok(t, d.Close())
	if err := commit(d, idcenter.Entry{Event: event(9999)}); err == nil {
		t.Error("a closed state stores")
	}
	d = open(t, dir)
	if got := len(things(t, d)); got != workers*each/4 {
		t.Errorf("%d things", got)
	}
	if got := len(records(t, d, 0)); got != workers*each {
		t.Errorf("%d records", got)
	}
	log, err := d.Log(t.Context())
	ok(t, err)
	if log.Len() != workers*each {
		t.Errorf("%d events are found again", log.Len())
	}
}

// TestEventsFoundAgainAreNotOlderThanLookupEventsSees: a start does not load the
// past.
func TestEventsFoundAgainAreNotOlderThanLookupEventsSees(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := open(t, dir)
	old := event(1)
	old.Time = at.Add(-91 * 24 * time.Hour)
	ok(t, commit(d, idcenter.Entry{Event: old}))
	ok(t, commit(d, idcenter.Entry{Event: event(2)}))
	ok(t, d.Close())
	log, err := open(t, dir).Log(t.Context())
	ok(t, err)
	if log.Len() != 1 {
		t.Errorf("%d events are loaded", log.Len())
	}
}

// BenchmarkCommit is a transaction of its own for each entry; BenchmarkTogether
// is many callers at once.
func BenchmarkCommit(b *testing.B) {
	for name, changes := range map[string]bool{"Write": true, "Read": false} {
		b.Run(name, func(b *testing.B) {
			d, err := state.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			record := []byte(strings.Repeat("x", 1200))
			n := 0
			for b.Loop() {
				n++
				e := event(n)
				e.Record = record
				entry := idcenter.Entry{Event: e}
				if changes {
					entry.Changes = []idcenter.Change{change(fmt.Sprint(n), `{"userName":"ann@example.com"}`)}
				}
				if err := commit(d, entry); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTogether(b *testing.B) {
	d, err := state.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	record := []byte(strings.Repeat("x", 1200))
	var n atomic.Int64
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := int(n.Add(1))
			e := event(i)
			e.Record = record
			if err := commit(d, idcenter.Entry{Event: e, Changes: []idcenter.Change{change(fmt.Sprint(i), `{"userName":"ann@example.com"}`)}}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
