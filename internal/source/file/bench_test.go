package file_test

import (
	"context"
	"os"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// BenchmarkTree reads the tree that SCIMTRAIL_TREE names, as scripts/genlogs
// writes it: everything from walking to the case.
func BenchmarkTree(b *testing.B) {
	tree := os.Getenv("SCIMTRAIL_TREE")
	if tree == "" {
		b.Skip("SCIMTRAIL_TREE names no tree of logs")
	}
	for b.Loop() {
		var p file.Progress
		if err := file.New(tree, file.Options{NoCustody: true, Progress: &p}).Collect(context.Background(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(p.Content.Load())
	}
}
