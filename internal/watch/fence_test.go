package watch_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// TestAWatcherThatHungTellsNothingMore: it goes on after another has taken over, with
// evidence before it that neither has looked at. What it would tell is not kept, what
// it would write is not written, and the other tells it once.
func TestAWatcherThatHungTellsNothingMore(t *testing.T) {
	t.Parallel()
	now := day(10)
	db, err := archive.Open(t.Context(), t.TempDir()+"/case.db", archive.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	open := func(name string) (*watch.Watcher, context.Context) {
		t.Helper()
		if leads, err := db.Lead(t.Context(), "watch", name, time.Minute); err != nil || !leads {
			t.Fatalf("%s does not lead: %v", name, err)
		}
		ctx := archive.Fenced(t.Context(), "watch", name)
		w, err := watch.Open(ctx, watch.Options{Archive: db, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Now: func() time.Time { return now },
			Tell: func(ctx context.Context, tr watch.Transition, _ watch.Delivery) error {
				return db.PutDocument(ctx, "delivery", tr.Name()+" by "+name, []byte("kept until it is delivered"))
			}})
		if err != nil {
			t.Fatal(err)
		}
		return w, ctx
	}
	one, ones := open("one")
	if err := one.Look(ones); err != nil {
		t.Fatal(err)
	}
	keep, err := db.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refused := fmt.Appendf(nil, `{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-000000000001","eventTime":%q,"awsRegion":%q,"recipientAccountId":%q,"eventSource":%q,"eventName":"PatchUser",
		"userIdentity":{"type":"Unknown"},"requestParameters":{"id":%q},"errorCode":"ValidationException","errorMessage":"refused"}`, day(10).Format(time.RFC3339), region, account, awsid.SourceSCIM, ann)
	if err := errors.Join(keep.Record(keep.Input(casefile.Input{Path: "live", Size: -1}), refused), keep.Close()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	two, twos := open("two")
	if err := one.Look(ones); !errors.Is(err, archive.ErrNotLeading) {
		t.Errorf("who hung looks: %v", err)
	}
	if err := two.Look(twos); err != nil {
		t.Fatal(err)
	}
	if err := one.Look(ones); !errors.Is(err, archive.ErrNotLeading) && err != nil {
		t.Errorf("who hung looks again: %v", err)
	}
	kept, err := db.Documents(t.Context(), "delivery")
	if err != nil {
		t.Fatal(err)
	}
	alerts := written(t, db)
	if len(alerts) != 1 || len(kept) != 1 || kept[0].Key != alerts[0].Key()+"-opened by two" {
		t.Errorf("%d alerts are written; kept to be told: %v", len(alerts), kept)
	}
}
