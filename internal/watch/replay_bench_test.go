package watch_test

import (
	"context"
	"os"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// BenchmarkReplay replays the year of one company from an archive. SCIMTRAIL_ARCHIVE
// names one that scripts/bigarchive wrote; without it a small one is made.
func BenchmarkReplay(b *testing.B) {
	ctx := context.Background()
	name := os.Getenv("SCIMTRAIL_ARCHIVE")
	made := name == ""
	if made {
		name = b.TempDir() + "/case.db"
	}
	a, err := archive.Open(ctx, name, archive.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	if made {
		w, err := a.Writer(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := (loggen.Company{Users: 500, Groups: 50, Memberships: 2000, Events: 20_000}).Give(w); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		g := watch.NewGather(watch.NewReader(actor.Default()), nil)
		if err := a.CollectChanges(ctx, g, awsid.SourceSCIM); err != nil {
			b.Fatal(err)
		}
		_, events := g.Len()
		alerts := watch.Replay(g, watch.DefaultRules())
		b.ReportMetric(float64(events), "events")
		b.ReportMetric(float64(len(alerts)), "alerts")
	}
}
