package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/story"
)

// TestTheExamplesAreAnsweredAsTheirStoriesSay reads the committed folders, with
// whatever modification times the checkout gave them.
func TestTheExamplesAreAnsweredAsTheirStoriesSay(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../stories/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := read(path)
			if err != nil {
				t.Fatal(err)
			}
			b := casefile.NewBuilder(actor.Default())
			if err := file.New(filepath.Join("..", name), file.Options{}).Collect(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			c := b.Build()
			if len(c.Unreadable) > 0 {
				t.Errorf("not read: %v", c.Unreadable)
			}
			a, err := diagnose.Group(c, ledger.Build(c), s.Ask.Asked)
			if err != nil {
				t.Fatal(err)
			}
			if !story.Allows(s.Expect.Status, string(a.Verdict.Status)) || !story.Allows(s.Expect.Cause, a.Verdict.Cause) {
				t.Errorf("verdict %s %s (%s), want %s %s", a.Verdict.Status, a.Verdict.Cause, a.Verdict.Summary, s.Expect.Status, s.Expect.Cause)
			}
			for _, f := range a.Findings {
				if want := s.Expect.Causes[f.Cause.Slug]; !story.Allows(want, string(f.Status)) {
					t.Errorf("%s is %s, want %s: %v", f.Cause.Slug, f.Status, want, f.Because)
				}
			}
		})
	}
}
