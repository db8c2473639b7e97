package diagnose_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// TestListsThatMayNotBeWholeEstablishNoAbsence asks every story again as if
// nobody knew that its lists of the provider were read to their end.
func TestListsThatMayNotBeWholeEstablishNoAbsence(t *testing.T) {
	t.Parallel()
	asked := 0
	for _, path := range stories(t) {
		s := readStory(t, path)
		c, err := s.Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Upstream.Reach) == 0 && len(c.Upstream.Okta.MembersOf) == 0 && len(c.Upstream.Entra.MembersOf) == 0 {
			continue
		}
		whole, err := ask(s, c)
		if err != nil {
			t.Fatal(err)
		}
		less := *c
		less.Upstream.Reach, less.Upstream.Okta.MembersOf, less.Upstream.Entra.MembersOf = nil, nil, nil
		part, err := ask(s, &less)
		if err != nil {
			t.Fatal(err)
		}
		asked++
		for i := range part.Findings {
			f := &part.Findings[i]
			was := statusOf(whole, f.Cause.Slug)
			if f.Status == diagnose.Established && was != diagnose.Established {
				t.Errorf("%s: %s is established without knowing that the lists are whole; it was %s: %v", filepath.Base(path), f.Cause.Slug, was, f.Because)
			}
			if f.Status == diagnose.Refuted && was == diagnose.Established {
				t.Errorf("%s: %s is refuted by knowing less; it was established: %v", filepath.Base(path), f.Cause.Slug, f.Because)
			}
			for _, r := range f.Because {
				if strings.Contains(r.Text, "read to its end") || strings.Contains(r.Text, "read to their end") {
					if !strings.Contains(r.Text, "could not") {
						t.Errorf("%s: %s says %q", filepath.Base(path), f.Cause.Slug, r.Text)
					}
				}
			}
		}
		if m := part.Matrix; m != nil {
			for _, r := range m.Rows {
				if r.InGroup == diagnose.No {
					t.Errorf("%s: %v are not in the provider's group, whose list may not be whole", filepath.Base(path), r.Names)
				}
			}
		}
	}
	if asked < 60 {
		t.Errorf("%d stories were asked: the test shows little", asked)
	}
}

// TestWithoutTheProviderNothingBeforeAWSIsExamined: a cause whose product is not
// among the evidence says so and claims nothing.
func TestWithoutTheProviderNothingBeforeAWSIsExamined(t *testing.T) {
	t.Parallel()
	for _, path := range stories(t) {
		s := readStory(t, path)
		c, err := s.Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		c.Upstream = upstream.State{}
		a, err := ask(s, c)
		if err != nil {
			continue
		}
		for _, f := range a.Findings {
			if f.Cause.Step == diagnose.Before && !f.Unexamined && !slices.Contains([]string{"idp-sends-no-groups", "assignment-to-old-group"}, f.Cause.Slug) {
				t.Errorf("%s: %s is %s without any state of a provider: %v", filepath.Base(path), f.Cause.Slug, f.Status, f.Because)
			}
			if f.Unexamined && (f.Status != diagnose.Undetermined || len(f.Because) == 0) {
				t.Errorf("%s: %s was not examined and is %s, because %v", filepath.Base(path), f.Cause.Slug, f.Status, f.Because)
			}
		}
		if a.Matrix != nil {
			t.Errorf("%s: a matrix without a provider", filepath.Base(path))
		}
	}
}

// TestCausesExplainEachOtherInNoCircle: else two of them could hide each other.
func TestCausesExplainEachOtherInNoCircle(t *testing.T) {
	t.Parallel()
	explains := map[string][]string{}
	for _, c := range diagnose.Causes() {
		explains[c.Slug] = c.Explains
	}
	var visit func(slug string, way []string)
	visit = func(slug string, way []string) {
		if slices.Contains(way, slug) {
			t.Fatalf("%s explains itself: %v", slug, way)
		}
		for _, next := range explains[slug] {
			if _, known := explains[next]; !known {
				t.Errorf("%s explains %q, which is no cause", slug, next)
			}
			visit(next, append(slices.Clone(way), slug))
		}
	}
	for slug := range explains {
		visit(slug, nil)
	}
}

// TestFixesBeforeAWSNameWhoActsAndHoldNothingOfTheEvidence: names and messages of
// strangers must not stand in a command.
func TestFixesBeforeAWSNameWhoActsAndHoldNothingOfTheEvidence(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, path := range stories(t) {
		s := readStory(t, path)
		c, err := s.Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		a, err := ask(s, c)
		if err != nil {
			continue
		}
		for _, f := range a.Findings {
			if f.Cause.Step != diagnose.Before {
				continue
			}
			if f.Status == diagnose.Established && len(f.Fix) == 0 {
				t.Errorf("%s: %s is established, and nothing can be done", filepath.Base(path), f.Cause.Slug)
			}
			if (f.Status == diagnose.Established || f.Status == diagnose.Supported) && f.Summary == "" {
				t.Errorf("%s: %s is %s and has no summary", filepath.Base(path), f.Cause.Slug, f.Status)
			}
			for _, x := range f.Fix {
				seen++
				if !slices.Contains([]string{"aws", "idp", "governance"}, x.Who) || x.Text == "" {
					t.Errorf("%s: %s: %+v does not say who acts", filepath.Base(path), f.Cause.Slug, x)
				}
				for _, foreign := range []string{"example.com", "AWS-AA"} {
					if strings.Contains(x.Command, foreign) || strings.Contains(x.Text, "@"+foreign) {
						t.Errorf("%s: %s: %q holds evidence", filepath.Base(path), f.Cause.Slug, x.Command+x.Text)
					}
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d fixes were seen: the test shows little", seen)
	}
}

// TestTheMatrixCountsEverybodyOnce: its rows add up, and it is the same whether
// asked for by the group's id or with an answer.
func TestTheMatrixCountsEverybodyOnce(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, path := range stories(t) {
		s := readStory(t, path)
		c, err := s.Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		a, err := ask(s, c)
		if err != nil || a.Matrix == nil {
			continue
		}
		seen++
		sum := 0
		for _, r := range a.Matrix.Rows {
			sum += r.People
		}
		if sum != a.Matrix.People {
			t.Errorf("%s: %d people in the rows of %d", filepath.Base(path), sum, a.Matrix.People)
		}
		if g := a.Question.Group; g != nil {
			if m := diagnose.MatrixOf(c, ledger.Build(c), g.ID); m == nil || m.People != a.Matrix.People || len(m.Rows) != len(a.Matrix.Rows) {
				t.Errorf("%s: %+v by id, %+v in the answer", filepath.Base(path), m, a.Matrix)
			}
		}
	}
	if seen < 60 {
		t.Errorf("%d matrices were seen: the test shows little", seen)
	}
}
