package story_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/story"
)

// TestEveryStoryOfTheCorpusReads keeps the corpus readable even while the
// packages that answer it are in pieces. Its files are read by the test of read_test.go.
func TestEveryStoryOfTheCorpusReads(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../diagnose/testdata/corpus/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
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
			if s.Comment == "" || s.Ask.Kind == "" || s.Expect.Status == "" && s.Expect.Error == "" && len(s.Expect.Causes) == 0 {
				t.Errorf("a story has a comment, a question and an expectation")
			}
			if _, err := s.Case(new(actor.Catalogue)); err != nil {
				t.Error(err)
			}
		})
	}
}
