package diagnose_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

// company is a large case. It holds 100,000 events by default, so that a run is
// short; SCIMTRAIL_BENCH_EVENTS=1000000 makes it a million.
var company = sync.OnceValues(func() (*casefile.Case, *ledger.Ledger) {
	events := 100_000
	if n, err := strconv.Atoi(os.Getenv("SCIMTRAIL_BENCH_EVENTS")); err == nil {
		events = n
	}
	b := casefile.NewBuilder(actor.Default())
	if err := (loggen.Company{Users: events / 80, Groups: max(events/2000, 20), Memberships: events / 10, Events: events}).Give(b); err != nil {
		panic(err)
	}
	c := b.Build()
	return c, ledger.Build(c)
})

// BenchmarkQuestions asks about one group, one user or both after the other, of
// one bench.
func BenchmarkQuestions(b *testing.B) {
	c, l := company()
	bench := diagnose.On(c, l)
	began := time.Now()
	if _, err := bench.Group(loggen.EmptyGroup); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d events: the first question takes %v", len(c.Events), time.Since(began).Round(time.Millisecond))
	groups, users := l.Groups(), l.Users()
	for name, ask := range map[string]func(i int) error{
		"group": func(i int) error { _, err := bench.Group(groups[i%len(groups)].ID); return err },
		"empty": func(int) error { _, err := bench.Group(loggen.EmptyGroup); return err },
		"user":  func(i int) error { _, err := bench.User(users[i%len(users)].ID, ""); return err },
		"user-group": func(i int) error {
			_, err := bench.User(users[i%len(users)].ID, groups[i%len(groups)].ID)
			return err
		},
		"unknown": func(i int) error { _, err := bench.User(fmt.Sprintf("person.%05d@example.org", i), ""); return err },
	} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				if err := ask(i); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

// TestOneBenchAnswersAsManyDo asks every group, and users with and without groups,
// of one bench in parallel, and each question of a bench of its own, and compares
// all that is said.
func TestOneBenchAnswersAsManyDo(t *testing.T) {
	t.Parallel()
	cases := map[string]*casefile.Case{}
	for _, path := range stories(t) {
		c, err := readStory(t, path).Case(actor.Default())
		if err != nil {
			t.Fatal(err)
		}
		cases[filepath.Base(path)] = c
	}
	for name, co := range map[string]loggen.Company{
		"a company":              {Users: 40, Groups: 12, Memberships: 100, Events: 1500},
		"a company of two hours": {Seed: 3, Users: 20, Groups: 5, Memberships: 40, Events: 300, From: time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC), Days: 1},
	} {
		b := casefile.NewBuilder(actor.Default())
		if err := co.Give(b); err != nil {
			t.Fatal(err)
		}
		cases[name] = b.Build()
	}
	asked := 0
	for name, c := range cases {
		l := ledger.Build(c)
		list := questions(l)
		asked += len(list)
		bench, got := diagnose.On(c, l), make([]string, len(list))
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for i := range list {
					if i = (i + worker*7) % len(list); i%4 == worker { // each worker asks its quarter, beginning elsewhere
						got[i] = said(t, bench, list[i])
					}
				}
			})
		}
		wg.Wait()
		for i, q := range list {
			if want := said(t, diagnose.On(c, l), q); got[i] != want {
				t.Errorf("%s, %v: one bench for all says something else than one of its own:\n%s", name, q, diff.Diff(want, got[i]))
			}
		}
	}
	if asked < 2000 {
		t.Errorf("%d questions were asked: the test shows little", asked)
	}
}

// asking is one question; a group alone when user is "".
type asking struct{ user, group string }

// questions are all groups by id and by name, the first users, each alone and in
// some group, and names that nothing bears.
func questions(l *ledger.Ledger) []asking {
	list := []asking{{"", "Nowhere"}, {"nobody@example.com", ""}, {"nobody@example.com", "Nowhere"}}
	groups, users := l.Groups(), l.Users()
	for _, g := range groups {
		list = append(list, asking{"", g.ID}, asking{"", cmp.Or(g.Name, g.ID)}, asking{"nobody@example.com", g.ID})
	}
	for i, u := range users[:min(len(users), 12)] {
		list = append(list, asking{u.ID, ""}, asking{cmp.Or(u.Name, u.ID), "Nowhere"})
		if len(groups) > 0 {
			list = append(list, asking{u.ID, groups[i%len(groups)].ID})
		}
	}
	return list
}

// said is everything that a bench says of a question.
func said(t *testing.T, bench *diagnose.Bench, q asking) string {
	var a *diagnose.Answer
	var err error
	if q.user == "" {
		a, err = bench.Group(q.group)
	} else {
		a, err = bench.User(q.user, q.group)
	}
	if err != nil {
		return err.Error()
	}
	all := []any{}
	for _, f := range a.Findings {
		all = append(all, []any{f.Cause.Slug, f.Status, f.Summary, f.Because, f.Needs, f.Fix, f.At, f.Unexamined})
	}
	rest := *a
	rest.Findings = nil // a cause holds a function
	text, err := json.MarshalIndent([]any{rest, all}, "", " ")
	if err != nil {
		t.Error(err)
	}
	return string(text)
}
