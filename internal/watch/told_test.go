package watch_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// TestWhatIsToldCarriesTheAnswer: who is told that an alert opened is told why, at
// once; who is told that it closed is not told the answer of before.
func TestWhatIsToldCarriesTheAnswer(t *testing.T) {
	t.Parallel()
	db, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "case.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := day(2)
	feed := func(tell func(*tale)) {
		t.Helper()
		w, err := db.Writer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		in := w.Input(casefile.Input{Path: "live " + now.String(), Size: -1})
		s := newTale(t)
		tell(s)
		for _, raw := range s.records {
			if err := w.Record(in, raw); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range s.listings {
			w.Snapshot(l)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var heard []watch.Transition
	explainer := &watch.Explainer{Archive: db, Catalogue: actor.Default(), Now: func() time.Time { return now }}
	w, err := watch.Open(t.Context(), watch.Options{Archive: db, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Now: func() time.Time { return now }, Explain: explainer.Explain,
		Tell: func(_ context.Context, tr watch.Transition, _ watch.Delivery) error {
			heard = append(heard, tr)
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	look := func() {
		t.Helper()
		heard = nil
		if err := w.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look()
	feed(func(s *tale) {
		s.listed(1.85, ann)
		s.api(day(1.9), "DeleteGroupMembership", `"membershipId":"64a8b4c8-3003-70a1-3333-000000000000"}`)
	})
	look()
	if len(heard) != 1 || heard[0].Transition != watch.Opened || heard[0].Rule != "group-emptied" {
		t.Fatalf("told: %+v", heard)
	}
	if a := heard[0].Answer; a == nil || a.Cause != "removed-outside-scim" || len(a.Because) == 0 || a.Ask == "" || heard[0].Group != "App-AWS-Team" {
		t.Errorf("an opening carries %+v about %q", a, heard[0].Group)
	}
	now = day(3)
	feed(func(s *tale) { s.listed(2.9, ann) })
	look()
	if len(heard) != 1 || heard[0].Transition != watch.Closed || heard[0].Answer != nil {
		t.Errorf("a closing is told as %+v", heard)
	}
}

// TestAFailureOfManyIsOfNobody: an alert about several says how to mend it, and
// names none of them as the one.
func TestAFailureOfManyIsOfNobody(t *testing.T) {
	t.Parallel()
	const refused = "fails=ValidationException: 1 validation error detected: Value at 'name.givenName' failed to satisfy constraint: Member must have length greater than or equal to 1"
	s := newTale(t)
	s.scim(day(1), "PatchUser", ann, refused)
	alone := watch.Replay(s.g, watch.DefaultRules())
	if len(alone) != 1 || alone[0].UserID != ann || len(alone[0].Steps) == 0 {
		t.Errorf("of one: %+v", alone)
	}
	bob := strings.Replace(ann, "000000000001", "000000000002", 1)
	s.scim(day(1.1), "PatchUser", bob, refused)
	both := watch.Replay(s.g, watch.DefaultRules())
	if len(both) != 1 || both[0].UserID != "" || both[0].Count != 2 || len(both[0].Steps) == 0 {
		t.Errorf("of two: %+v", both)
	}
}

// TestWithinASecondAFailureIsNotHidden: of a failure and a success in one second
// nobody knows which came first, in whichever order the records are kept.
func TestWithinASecondAFailureIsNotHidden(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"", "fails=ConflictException: Duplicate"}, {"fails=ConflictException: Duplicate", ""}} {
		s := newTale(t)
		for _, fails := range order {
			s.scim(day(1), "PatchUser", ann, fails)
		}
		if got := watch.Replay(s.g, watch.DefaultRules()); len(got) != 1 || !got[0].Open() {
			t.Errorf("%q: %+v", order, got)
		}
		s.scim(day(1).Add(time.Second), "PatchUser", ann)
		if got := watch.Replay(s.g, watch.DefaultRules()); len(got) != 1 || got[0].Open() {
			t.Errorf("%q, then a success: %+v", order, got)
		}
	}
}
