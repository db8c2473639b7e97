package watch_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// TestARestartedWatcherKnowsWhenSCIMWroteLast: the metric that shows a silence must
// not be gone when nothing new comes.
func TestARestartedWatcherKnowsWhenSCIMWroteLast(t *testing.T) {
	t.Parallel()
	db, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "case.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w, err := db.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := newTale(t)
	s.beats(0, 3)
	s.scim(day(3), "PatchUser", ann, "fails=ThrottlingException: Rate exceeded")
	in := w.Input(casefile.Input{Path: "live", Size: -1})
	for _, raw := range s.records {
		if err := w.Record(in, raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, which := range []string{"the first watcher", "the next"} {
		metrics := watch.NewMetrics("test")
		watcher, err := watch.Open(t.Context(), watch.Options{Archive: db, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Meter: metrics, Now: func() time.Time { return day(4) }})
		if err != nil {
			t.Fatal(err)
		}
		if err := watcher.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		metrics.Looked(watcher, time.Second)
		for name, want := range map[string]time.Time{"scimtrail_last_scim_write_timestamp_seconds": day(2), "scimtrail_last_event_timestamp_seconds": day(3)} {
			if got := gauge(t, metrics.Registry(), name); got != float64(want.Unix()) {
				t.Errorf("%s: %s is %v, want %v", which, name, got, want.Unix())
			}
		}
	}
}

// gauge returns the value of a metric that has one.
func gauge(t *testing.T, from prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name && len(f.GetMetric()) == 1 {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return -1
}
