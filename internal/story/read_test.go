package story_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/story"
)

// TestTheFilesOfAStoryReadAsItsCase holds the short way from a story to a case,
// Story.Case, to the long one: writing the files and having them recognised.
func TestTheFilesOfAStoryReadAsItsCase(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"../diagnose/testdata/corpus/*.txtar", "../../examples/stories/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no stories in %s: %v", pattern, err)
		}
		for _, path := range paths {
			t.Run(filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				s, err := story.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				short, err := s.Case(actor.Default())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(gist(short), gist(read(t, s))); diff != "" {
					t.Errorf("(-case +files):\n%s", diff)
				}
			})
		}
	}
}

func read(t *testing.T, s *story.Story) *casefile.Case {
	t.Helper()
	fsys, err := s.FS()
	if err != nil {
		t.Fatal(err)
	}
	b := casefile.NewBuilder(actor.Default())
	if err := file.NewFS(fsys, "evidence", file.Options{}).Collect(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

// kept is what a case is made of, without where it was read from.
type kept struct {
	Events   []string
	Coverage casefile.Coverage
	Tampered int
	Users    int
	Groups   int
	Members  int
	Whole    int
}

func gist(c *casefile.Case) kept {
	k := kept{Coverage: c.Coverage}
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			k.Events = append(k.Events, list[i].Time.String()+" "+list[i].Name+" "+list[i].Key)
		}
	}
	for _, seal := range c.Integrity {
		k.Tampered += len(seal.Tampered)
	}
	for i := range c.Snapshots {
		sn := &c.Snapshots[i]
		k.Users += len(sn.Users)
		k.Groups += len(sn.Groups)
		k.Members += len(sn.Memberships)
		k.Whole += len(sn.MembersOf) + len(sn.GroupsOf)
	}
	return k
}
