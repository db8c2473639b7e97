package watch_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// TestALargeStateIsTakenUpWhole: it is kept in many parts, and after a restart nothing
// of the archive has to be read again. A part that is missing is noticed.
func TestALargeStateIsTakenUpWhole(t *testing.T) {
	t.Parallel()
	now := day(10)
	db, err := archive.Open(t.Context(), t.TempDir()+"/case.db", archive.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	listing := func(groups int) {
		t.Helper()
		s := directory.Snapshot{Store: store, Account: account, Region: region, NotBefore: now, NotAfter: now, Clock: directory.ClockManifest}
		for i := range groups {
			id := fmt.Sprintf("64a8b4c8-1001-70a1-%04d-%012d", i%1000, i*7919)
			s.Groups = append(s.Groups, directory.Group{ID: id, Name: "Group " + id})
			s.MembersOf = append(s.MembersOf, id)
			s.Memberships = append(s.Memberships, directory.Membership{ID: strings.Replace(id, "1001", "3003", 1), Group: id, User: ann})
		}
		keep, err := db.Writer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Input = keep.Input(casefile.Input{Path: "live", Size: -1})
		keep.Snapshot(s)
		if err := keep.Close(); err != nil {
			t.Fatal(err)
		}
	}
	rebuilt := 0
	look := func() {
		t.Helper()
		w, err := watch.Open(t.Context(), watch.Options{Archive: db, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Now: func() time.Time { return now }, Rebuilt: func() { rebuilt++ }})
		if err := errors.Join(err, w.Look(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	listing(6000)
	look()
	now = now.Add(12 * time.Hour) // it is settled
	look()
	if rebuilt != 1 {
		t.Fatalf("the archive was read from its beginning %d times, want once", rebuilt)
	}
	parts, err := db.Documents(t.Context(), "watch")
	if err != nil || len(parts) < 8 {
		t.Fatalf("the state is in %d parts (%v), which tries nothing", len(parts), err)
	}
	now = now.Add(time.Minute)
	look()
	if rebuilt != 1 {
		t.Error("after a restart the archive was read from its beginning")
	}
	for _, part := range parts {
		if strings.HasPrefix(part.Key, "state 1") {
			if err := db.PutDocument(t.Context(), "watch", part.Key, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	look()
	if rebuilt != 2 {
		t.Error("a part of the state is missing, and it was gone on with")
	}
}
