package diagnose_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
)

// absences are the causes that rest on something not having happened.
var absences = []string{"never-touched", "group-not-pushed", "created-not-filled", "scim-writes-users-only", "scim-never-used", "scim-stopped"}

// TestLookingAtLessEstablishesNothing asks every story again with less of its
// evidence: what is left out may make an answer weaker, never turn it round.
func TestLookingAtLessEstablishesNothing(t *testing.T) {
	t.Parallel()
	asked, ever := 0, span.Span{To: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	for _, path := range stories(t) {
		s := readStory(t, path)
		c, err := s.Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		whole, err := ask(s, c)
		window, ok := c.Window(casefile.DirectorySources...)
		if err != nil || !ok {
			continue
		}
		filters := map[string]casefile.Filter{}
		for part := range 3 {
			until := window.From.Add(time.Duration(part+1) * window.Length() / 4)
			if listedAfter(c, until) { // else the case ends there, and its answer is of that day
				filters[fmt.Sprintf("until %d/4", part+1)] = casefile.Filter{Span: span.Span{To: until}}
			}
		}
		for _, source := range casefile.DirectorySources {
			for _, account := range c.Coverage.Accounts(source) {
				filters["account "+account] = casefile.Filter{Span: ever, Place: casefile.Place{Account: account}}
			}
		}
		for name, filter := range filters {
			less, err := ask(s, c.Within(filter))
			if err != nil {
				continue
			}
			asked++
			for i := range less.Findings {
				f := &less.Findings[i]
				was := statusOf(whole, f.Cause.Slug)
				if f.Status == diagnose.Established && was != diagnose.Established && slices.Contains(absences, f.Cause.Slug) {
					t.Errorf("%s, %s: %s is established by leaving evidence out; it was %s: %v", filepath.Base(path), name, f.Cause.Slug, was, f.Because)
				}
				if f.Status == diagnose.Refuted && was == diagnose.Established && f.Cause.Slug != "not-empty" { // a list says nothing of the day after it
					t.Errorf("%s, %s: %s is refuted by leaving evidence out; it was established: %v", filepath.Base(path), name, f.Cause.Slug, f.Because)
				}
			}
		}
	}
	if asked < 300 {
		t.Errorf("%d questions were asked: the test shows little", asked)
	}
}

func listedAfter(c *casefile.Case, at time.Time) bool {
	return slices.ContainsFunc(c.Snapshots, func(s directory.Snapshot) bool {
		return len(s.MembersOf)+len(s.GroupsOf) > 0 && s.Clock == directory.ClockManifest && s.Taken().After(at.Add(24*time.Hour))
	})
}

func statusOf(a *diagnose.Answer, slug string) diagnose.Status {
	i := slices.IndexFunc(a.Findings, func(f diagnose.Finding) bool { return f.Cause.Slug == slug })
	return a.Findings[i].Status
}

// TestNoSummaryOfAnAbsenceReachesBehindTheEvidence: evidence that begins late
// makes a statement about that time, and its summary says so.
func TestNoSummaryOfAnAbsenceReachesBehindTheEvidence(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, path := range stories(t) {
		s := readStory(t, path)
		c, err := s.Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		window, ok := c.Window(casefile.DirectorySources...)
		if !ok {
			continue
		}
		begin := window.From.Add(3 * window.Length() / 4)
		a, err := ask(s, c.Within(casefile.Filter{Span: span.Span{From: begin, To: window.To}}))
		if err != nil {
			continue
		}
		for i := range a.Findings {
			f := &a.Findings[i]
			if f.Status != diagnose.Established || !slices.Contains([]string{"never-touched", "group-not-pushed", "scim-writes-users-only"}, f.Cause.Slug) {
				continue
			}
			seen++
			if strings.Contains(f.Summary, "ever ") || !strings.Contains(f.Summary, "between 20") && !strings.Contains(f.Summary, "since it was made on 20") {
				t.Errorf("%s: %s: %q does not say of what time it speaks", filepath.Base(path), f.Cause.Slug, f.Summary)
			}
		}
	}
	if seen < 30 {
		t.Errorf("%d summaries were seen: the test shows little", seen)
	}
}
