package diagnose_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/story"
)

var update = flag.Bool("update", false, "write the statuses that nobody wrote an expectation for into the corpus")

// TestCorpus asks every story of the corpus its question. What people wrote
// under expect must hold; the rest was filled in by -update and reviewed.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for _, path := range stories(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			s := readStory(t, path)
			c, err := s.Case(actor.Default())
			if err != nil {
				t.Fatal(err)
			}
			check(t, path, s, c)
		})
	}
}

func stories(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(paths) < 3*len(diagnose.Causes()) {
		t.Fatalf("%d stories for %d causes (%v): each cause has three at least", len(paths), len(diagnose.Causes()), err)
	}
	return paths
}

func readStory(t *testing.T, path string) *story.Story {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := story.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(s *story.Story, c *casefile.Case) (*diagnose.Answer, error) {
	l := ledger.Build(c)
	if s.Ask.Kind == "user" {
		return diagnose.User(c, l, s.Ask.Asked, s.Ask.Group)
	}
	return diagnose.Group(c, l, s.Ask.Asked)
}

func check(t *testing.T, path string, s *story.Story, c *casefile.Case) {
	t.Helper()
	a, err := ask(s, c)
	if want := s.Expect.Error; want != "" {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !story.Allows(s.Expect.Status, string(a.Verdict.Status)) || !story.Allows(s.Expect.Cause, a.Verdict.Cause) {
		t.Errorf("verdict %s %s (%s), want %s %s", a.Verdict.Status, a.Verdict.Cause, a.Verdict.Summary, s.Expect.Status, s.Expect.Cause)
	}
	var order []string
	got := map[string]string{}
	for _, cause := range diagnose.Causes() {
		order = append(order, cause.Slug)
	}
	for _, f := range a.Findings {
		want, written := s.Expect.Causes[f.Cause.Slug]
		if f.Unexamined && !written && f.Status == diagnose.Undetermined {
			continue // nothing of its product is in the story
		}
		got[f.Cause.Slug] = string(f.Status)
		if written && !story.Allows(want, string(f.Status)) && !*update {
			t.Errorf("%s is %s, want %s\n  because %v", f.Cause.Slug, f.Status, want, f.Because)
		}
		if !written && !*update {
			t.Errorf("%s is %s and the story says nothing of it: go test ./internal/diagnose -update, and review", f.Cause.Slug, f.Status)
		}
	}
	if *update {
		if err := os.WriteFile(path, s.Update(order, got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryCauseHasItsStories holds the rule of causes.md: one where it holds,
// one near miss, one where the coverage does not reach.
func TestEveryCauseHasItsStories(t *testing.T) {
	t.Parallel()
	paths := stories(t)
	for _, cause := range diagnose.Causes() {
		for _, kind := range []string{"holds", "near-miss", "not-covered"} {
			found := false
			for _, p := range paths {
				found = found || strings.HasPrefix(filepath.Base(p), cause.Slug+"-"+kind)
			}
			if !found {
				t.Errorf("no story %s-%s", cause.Slug, kind)
			}
		}
	}
}
