package file_test

import (
	"context"
	"os"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// generated writes a tree of logs and returns what is in it.
func generated(tb testing.TB, o loggen.Options) (string, loggen.Contents) {
	tb.Helper()
	plan, err := loggen.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	contents, err := plan.WriteTree(context.Background(), dir, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return dir, contents
}

// TestGeneratedTreesAreReadWhole counts what is known to be there. Only the
// records of the three directory sources are announced; of others some concern
// identities too.
func TestGeneratedTreesAreReadWhole(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]loggen.Options{
		"large":                    {Bytes: 30e6, IdentityShare: 100, DecoyShare: 20},
		"swarm":                    {Shape: loggen.Swarm, Files: 400, IdentityShare: 3, DecoyShare: 3, Accounts: loggen.Accounts(3)},
		"none concerns identities": {Bytes: 2e6, IdentityShare: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, contents := generated(t, o)
			var p file.Progress
			b := casefile.NewBuilder(&actor.Catalogue{})
			if err := file.New(dir, file.Options{Progress: &p}).Collect(context.Background(), b); err != nil {
				t.Fatal(err)
			}
			c := b.Build()
			directory := 0
			for i := range c.Events {
				switch c.Events[i].Source {
				case scim, api, console:
					directory++
				}
			}
			if directory != contents.Identities || p.Records.Load() != int64(contents.Records) || p.Content.Load() != contents.Bytes || len(c.Unreadable) > 0 {
				t.Errorf("%d identity records among %d in %d bytes, lost %q; want %d, %d, %d", directory, p.Records.Load(), p.Content.Load(), lost(c), contents.Identities, contents.Records, contents.Bytes)
			}
		})
	}
}

func benchmarkTree(b *testing.B, tree string) {
	b.ReportAllocs()
	files := int64(0)
	for b.Loop() {
		var p file.Progress
		if err := file.New(tree, file.Options{NoCustody: true, Progress: &p}).Collect(context.Background(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(p.Content.Load())
		files = p.Read.Load()
	}
	b.ReportMetric(float64(files)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkLarge reads files of 20 to 50 MB of JSON, from walking to the case.
func BenchmarkLarge(b *testing.B) {
	dir, _ := generated(b, loggen.Options{Bytes: 120e6})
	benchmarkTree(b, dir)
}

// BenchmarkSwarm reads files of some records.
func BenchmarkSwarm(b *testing.B) {
	dir, _ := generated(b, loggen.Options{Shape: loggen.Swarm, Files: 5000, Accounts: loggen.Accounts(5), Days: 30})
	benchmarkTree(b, dir)
}

// BenchmarkTree reads the tree that SCIMTRAIL_TREE names, as scripts/genlogs
// writes it.
func BenchmarkTree(b *testing.B) {
	tree := os.Getenv("SCIMTRAIL_TREE")
	if tree == "" {
		b.Skip("SCIMTRAIL_TREE names no tree of logs")
	}
	benchmarkTree(b, tree)
}
