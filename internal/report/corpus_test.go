package report_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/story"
)

// TestReportsOfTheCorpus makes a report of every story that the diagnosis is
// judged by, and holds it to what must be true of all reports.
func TestReportsOfTheCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../diagnose/testdata/corpus/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no story found: %v", err)
	}
	for i, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := story.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.Case(actor.Default())
			if err != nil {
				t.Fatal(err)
			}
			l := ledger.Build(c)
			answer, err := diagnose.Group(c, l, s.Ask.Asked)
			if s.Ask.Kind == "user" {
				answer, err = diagnose.User(c, l, s.Ask.Asked, s.Ask.Group)
			}
			if _, ambiguous := errors.AsType[*diagnose.AmbiguousError](err); ambiguous {
				answer = nil // the report on the whole store can still be made
			} else if err != nil {
				t.Fatal(err)
			}
			checkReport(t, c, report.Investigate(c, l, answer, report.InvestigationOptions{}), answer, i%5 == 0)
		})
	}
}

func checkReport(t *testing.T, c *casefile.Case, in *report.Investigation, answer *diagnose.Answer, bundled bool) {
	t.Helper()
	checkPage(t, in)
	md := string(render(t, in.Markdown))
	checkMarkdown(t, md)
	checkJSON(t, "report.json", render(t, in.JSON))
	if answer != nil && in.Finding.Summary != answer.Verdict.Summary {
		t.Errorf("the report says %q, the verdict %q", in.Finding.Summary, answer.Verdict.Summary)
	}
	for _, e := range in.Expected {
		if e.Result == report.NotSeen && strings.Contains(e.Expected, "SCIM") && !c.Coverage.Searched(awsid.SourceSCIM, casefile.Place{}) {
			t.Errorf("%s: %q, and SCIM was never searched", e.Step, e.Result)
		}
	}
	for _, lane := range in.Timeline.Lanes {
		for i, b := range lane.Bands {
			if i > 0 && b.From.Before(lane.Bands[i-1].To) {
				t.Errorf("%s: two bands overlap", lane.Name)
			}
		}
	}
	for _, s := range in.Subjects {
		if s.Present+s.Doubtful > len(s.Members)+s.More {
			t.Errorf("%s: %d present and %d doubtful of %d", s.Kind, s.Present, s.Doubtful, len(s.Members)+s.More)
		}
	}
	if bundled { // which renders everything once more
		if err := in.Bundle(shelf{}); err != nil {
			t.Error(err)
		}
	}
	if out := os.Getenv("SCIMTRAIL_REPORTS"); out != "" { // to look at them
		name := strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestReportsOfTheCorpus/"), "/", "-")
		if err := os.WriteFile(filepath.Join(out, name+".html"), render(t, func(w io.Writer) error { return in.HTML(w) }), 0o644); err != nil {
			t.Error(err)
		}
	}
}
