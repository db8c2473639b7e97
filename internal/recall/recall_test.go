package recall_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/recall"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/story"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// shelf is one in memory. full, if any, is called before anything is put there, and
// may refuse it.
type shelf struct {
	mu     sync.Mutex
	sheets map[string][]byte
	full   func() bool
	puts   int
}

func (s *shelf) Get(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sheets[name], nil
}

func (s *shelf) Put(_ context.Context, sheets map[string][]byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts++
	if s.full != nil && s.full() {
		return false, nil
	}
	if s.sheets == nil {
		s.sheets = map[string][]byte{}
	}
	maps.Copy(s.sheets, sheets)
	return true, nil
}

// matter is a case that questions are asked about.
type matter struct {
	c       *casefile.Case
	l       *ledger.Ledger
	subject recall.Subject
}

func matterOf(c *casefile.Case) matter {
	l := ledger.Build(c)
	return matter{c, l, recall.Subject{Bench: diagnose.On(c, l), Ledger: l, Evidence: report.EvidenceOf(c)}}
}

func (m matter) prepared(t *testing.T) *shelf {
	t.Helper()
	s := new(shelf)
	if _, err := recall.Prepare(t.Context(), s, m.subject, 1<<30, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// companyOf is a case of a company that loggen makes.
func companyOf(t *testing.T, co loggen.Company) matter {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	if err := co.Give(b); err != nil {
		t.Fatal(err)
	}
	return matterOf(b.Build())
}

// thorough takes all stories, and not every third.
var thorough = os.Getenv("SCIMTRAIL_THOROUGH") != ""

// matters are the cases of stories of the catalogue of causes, and companies.
func matters(t *testing.T) map[string]matter {
	t.Helper()
	paths, err := filepath.Glob("../diagnose/testdata/corpus/*")
	if err != nil || len(paths) < 50 {
		t.Fatalf("%d stories: %v", len(paths), err)
	}
	out := map[string]matter{
		"a company": companyOf(t, loggen.Company{Users: 90, Groups: 40, Memberships: 200, Events: 1500}),
		"a large group": companyOf(t, loggen.Company{Seed: 3, Users: 900, Groups: 2, Memberships: 900, Events: 2200,
			From: time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC), Days: 1}),
	}
	for i, path := range paths {
		if !thorough && i%3 != 0 {
			continue
		}
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
		out[filepath.Base(path)] = matterOf(c)
	}
	return out
}

// question is one that may be asked. It is known when it asks by a name as it is in
// the evidence, or by an id: those are recalled in any case.
type question struct {
	kind, asked string
	known       bool
}

// questions are all names and ids of groups and of every so manyth user, some of them
// in other letters or as a part of an ARN, and names that nothing bears.
func (m matter) questions() []question {
	var out []question
	for kind, lives := range map[string][]*ledger.Life{"group": m.l.Groups(), "user": m.l.Users()} {
		every := 1 + len(lives)/50
		for i := 0; i < len(lives); i += every {
			x := lives[i]
			out = append(out, question{kind, x.ID, true}, question{kind, x.Name, x.Name != ""})
			for _, name := range x.Names {
				out = append(out, question{kind, name, true})
			}
			out = append(out, question{kind, strings.ToUpper(x.Name), false}, question{kind, "arn:aws:identitystore:::" + kind + "/" + x.ID, false})
			if i%7 == 0 {
				out = append(out, question{kind, x.Name + "s", false}, question{kind, "x" + x.ID, false})
			}
		}
		for _, name := range []string{"nobody@example.com", "Nowhere", "", "\xff\x1b[1m", strings.Repeat("ä", 300)} {
			out = append(out, question{kind, name, false})
		}
		for _, name := range m.subject.Bench.Elsewhere(kind) {
			out = append(out, question{kind, name, true})
		}
	}
	return out
}

// anew asks the case.
func (m matter) anew(q question) (*diagnose.Answer, error) {
	if q.kind == "group" {
		return m.subject.Bench.Group(q.asked)
	}
	return m.subject.Bench.User(q.asked, "")
}

// written is all that can be reported of an answer.
func written(t *testing.T, a *diagnose.Answer, e *report.Evidence) string {
	t.Helper()
	var b bytes.Buffer
	err := report.WriteJSON(&b, e.WhyJSON(a))
	for _, style := range []report.Style{{}, {Width: 60, Colour: true}} {
		err = errors.Join(err, e.WhyText(&b, a, style))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWhatIsRecalledIsTheAnswerItself asks every question of every case, of the case
// and of a shelf, and compares value for value and what is reported of it byte for
// byte.
func TestWhatIsRecalledIsTheAnswerItself(t *testing.T) {
	t.Parallel()
	for name, m := range matters(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := m.prepared(t)
			for _, q := range m.questions() {
				want, wrong := m.anew(q)
				told, err := recall.Ask(t.Context(), kept, q.kind, q.asked)
				if wrong != nil {
					if err == nil || err.Error() != wrong.Error() {
						t.Errorf("%v: the error is %v, not %v", q, err, wrong)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%v: %v", q, err)
				}
				if told == nil {
					if q.known || m.c.Upstream.Empty() || q.kind == "group" && want.Question.Group != nil {
						t.Errorf("%v is not recalled", q)
					}
					continue
				}
				compare(t, q, want, told.Answer)
				if got, want := written(t, told.Answer, told.Evidence), written(t, want, m.subject.Evidence); got != want {
					t.Errorf("%v is reported otherwise:\n%s", q, cmp.Diff(want, got))
				}
			}
		})
	}
}

func compare(t *testing.T, of any, want, got *diagnose.Answer) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return // which is told sooner
	}
	causes := cmp.Comparer(func(a, b *diagnose.Cause) bool { return a == b })
	if diff := cmp.Diff(want, got, causes); diff != "" {
		t.Errorf("%v comes back changed (-said +recalled):\n%s", of, diff)
	}
}

// TestANameWithSeveralBearersIsRecalledAsThat, with all that is said of them.
func TestANameWithSeveralBearersIsRecalledAsThat(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	b := casefile.NewBuilder(actor.Default())
	listing := directory.Snapshot{Store: "d-9a67000001", Input: b.Input(casefile.Input{Path: "listing"}), Clock: directory.ClockManifest, NotBefore: at, NotAfter: at, AllUsers: true, AllGroups: true}
	for i := range 3 {
		listing.Groups = append(listing.Groups, directory.Group{ID: fmt.Sprintf("64a8b4c8-1001-70a1-1111-00000000000%d", i), Name: "App-AWS-Twice", Audit: directory.Audit{CreatedAt: at.AddDate(0, 0, -i)}})
		listing.Users = append(listing.Users, directory.User{ID: fmt.Sprintf("a4f8c478-2001-70b2-2222-00000000000%d", i), UserName: fmt.Sprintf("ann%d@example.com", i), DisplayName: "Ann Example"})
	}
	b.Snapshot(listing)
	m := matterOf(b.Build())
	kept := m.prepared(t)
	for _, q := range []question{{"group", "App-AWS-Twice", true}, {"group", "app-aws-twice", false}, {"user", "Ann Example", true}} {
		_, want := m.anew(q)
		told, err := recall.Ask(t.Context(), kept, q.kind, q.asked)
		if several, ok := errors.AsType[*diagnose.AmbiguousError](err); !ok || want == nil || told != nil || several.Error() != want.Error() {
			t.Errorf("%v: %v, %v; the case says %v", q, told, err, want)
		}
	}
}

// TestAnAnswerThatDependsOnTheNameIsRecalledForThatName: somebody's address is a login
// at the identity provider and her user name is not, so that asked by it there is more
// to say.
func TestAnAnswerThatDependsOnTheNameIsRecalledForThatName(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	b := casefile.NewBuilder(actor.Default())
	b.Snapshot(directory.Snapshot{
		Store: "d-9a67000001", Input: b.Input(casefile.Input{Path: "listing"}), Clock: directory.ClockManifest, NotBefore: at, NotAfter: at, AllUsers: true,
		Users: []directory.User{{ID: "a4f8c478-2001-70b2-2222-000000000001", UserName: "ann", DisplayName: "Ann Example", Email: "ann@example.com"}},
	})
	var st upstream.State
	gone := upstream.OktaUser{ID: "00u00000000000000001", Status: "SUSPENDED"}
	gone.Profile.Login = "ann@example.com"
	st.Okta.Users = []upstream.OktaUser{gone}
	b.Upstream(b.Input(casefile.Input{Path: "okta"}), st, 1)
	m := matterOf(b.Build())
	kept := m.prepared(t)
	said := map[string]string{}
	for _, name := range []string{"ann", "ann@example.com", "Ann Example", "a4f8c478-2001-70b2-2222-000000000001"} {
		want, err := m.anew(question{kind: "user", asked: name})
		if err != nil {
			t.Fatal(err)
		}
		told, err := recall.Ask(t.Context(), kept, "user", name)
		if err != nil || told == nil {
			t.Fatalf("%s is not recalled: %v", name, err)
		}
		compare(t, name, want, told.Answer)
		said[name] = want.Verdict.Cause
	}
	if said["ann"] == said["ann@example.com"] {
		t.Errorf("the answer does not depend on the name, so this shows nothing: %v", said)
	}
	for _, name := range []string{"ANN@example.com", "arn:aws:identitystore:::user/a4f8c478-2001-70b2-2222-000000000001", "nobody@example.com"} {
		if told, err := recall.Ask(t.Context(), kept, "user", name); told != nil || err != nil {
			t.Errorf("%s was not asked by, and is recalled: %v", name, err)
		}
	}
}

// TestAnAnswerIsUnpackedAsItWas keeps answers one by one, also those about a user in
// a group.
func TestAnAnswerIsUnpackedAsItWas(t *testing.T) {
	t.Parallel()
	for name, m := range matters(t) {
		groups, users := m.l.Groups(), m.l.Users()
		for i := range min(len(users), 5) {
			if len(groups) == 0 {
				break
			}
			a, err := m.subject.Bench.User(users[i].ID, groups[i%len(groups)].ID)
			if err != nil {
				t.Fatal(err)
			}
			got, err := recall.Unpack(recall.Told{Answer: a, Evidence: m.subject.Evidence}.Pack())
			if err != nil {
				t.Fatal(err)
			}
			compare(t, name, a, got.Answer)
			if diff := cmp.Diff(m.subject.Evidence, got.Evidence); diff != "" {
				t.Errorf("%s: the evidence comes back changed:\n%s", name, diff)
			}
			if written(t, a, m.subject.Evidence) != written(t, got.Answer, got.Evidence) {
				t.Errorf("%s: it is reported otherwise", name)
			}
		}
	}
}

// TestAPreparationGoesOnWhereItWasCut stops one at every step, by the shelf, by its
// size and by an interrupt.
func TestAPreparationGoesOnWhereItWasCut(t *testing.T) {
	t.Parallel()
	m := companyOf(t, loggen.Company{Users: 600, Groups: 40, Memberships: 100, Events: 1000})
	want := m.prepared(t)
	for name, cut := range map[string]func(s *shelf) recall.Progress{
		"a shelf that keeps no more": func(s *shelf) recall.Progress {
			left := 2
			s.full = func() bool { left--; return left < 0 }
			p, err := recall.Prepare(t.Context(), s, m.subject, 1<<30, nil)
			if err != nil {
				t.Error(err)
			}
			return p
		},
		"as many bytes as it may": func(s *shelf) recall.Progress {
			p, err := recall.Prepare(t.Context(), s, m.subject, 1, nil)
			if err != nil {
				t.Error(err)
			}
			return p
		},
		"an interrupt": func(s *shelf) recall.Progress {
			ctx, cancel := context.WithCancel(t.Context())
			p, err := recall.Prepare(ctx, s, m.subject, 1<<30, func(p recall.Progress) {
				if p.Done > 0 {
					cancel()
				}
			})
			if err != nil {
				t.Error(err)
			}
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := new(shelf)
			first := cut(s)
			if first.Done >= first.All || len(s.sheets) >= len(want.sheets) {
				t.Fatalf("it was not cut: %+v", first)
			}
			s.full = nil
			if whole, err := recall.Whole(t.Context(), s); whole || err != nil {
				t.Errorf("what was cut is whole: %v", err)
			}
			p, err := recall.Prepare(t.Context(), s, m.subject, 1<<30, nil)
			if err != nil || p.Done != p.All {
				t.Fatalf("it did not go on: %+v, %v", p, err)
			}
			if whole, err := recall.Whole(t.Context(), s); !whole || err != nil {
				t.Errorf("it is not whole: %v", err)
			}
			if diff := cmp.Diff(want.sheets, s.sheets); diff != "" {
				t.Error("another shelf came of it than without a cut")
			}
			if again, _ := recall.Prepare(t.Context(), s, m.subject, 1<<30, nil); again.Bytes != 0 || again.Done != again.All {
				t.Errorf("what is there is made again: %+v", again)
			}
		})
	}
}

// TestAQuestionWhoseSheetIsNotThereIsNotAnswered of a shelf that was cut.
func TestAQuestionWhoseSheetIsNotThereIsNotAnswered(t *testing.T) {
	t.Parallel()
	m := companyOf(t, loggen.Company{Users: 60, Groups: 40, Memberships: 100, Events: 500})
	kept := m.prepared(t)
	for name := range kept.sheets {
		less := &shelf{sheets: maps.Clone(kept.sheets)}
		delete(less.sheets, name)
		missed := 0
		for _, q := range m.questions() {
			told, err := recall.Ask(t.Context(), less, q.kind, q.asked)
			if _, several := errors.AsType[*diagnose.AmbiguousError](err); err != nil && !several {
				t.Fatal(err)
			}
			if told == nil {
				missed++
				continue
			}
			want, _ := m.anew(q)
			compare(t, q, want, told.Answer)
		}
		if missed == 0 && name != "whole" {
			t.Errorf("without %q all is answered", name)
		}
	}
}

// TestWhatIsDamagedIsNoAnswer cuts and changes what is kept.
func TestWhatIsDamagedIsNoAnswer(t *testing.T) {
	t.Parallel()
	m := companyOf(t, loggen.Company{Users: 9, Groups: 4, Memberships: 12, Events: 150})
	kept := m.prepared(t)
	for name, data := range kept.sheets {
		for _, bad := range [][]byte{{}, data[:len(data)/2], []byte("something else"), kept.sheets["front"][:3]} {
			broken := &shelf{sheets: maps.Clone(kept.sheets)}
			broken.sheets[name] = bad
			for _, q := range []question{{"group", loggen.EmptyGroup, true}, {"user", "person.00001@example.com", true}} {
				want, _ := m.anew(q)
				if told, _ := recall.Ask(t.Context(), broken, q.kind, q.asked); told != nil {
					compare(t, q, want, told.Answer)
				}
			}
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte{})
	c := casefile.NewBuilder(actor.Default()).Build()
	m := matterOf(c)
	a, err := m.subject.Bench.Group("x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(recall.Told{Answer: a, Evidence: m.subject.Evidence}.Pack())
	f.Fuzz(func(t *testing.T, data []byte) {
		told, err := recall.Unpack(data)
		if err != nil {
			return
		}
		again, err := recall.Unpack(told.Pack())
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "what was unpacked", told.Answer, again.Answer)
	})
}

// BenchmarkAsk asks about users and groups of a company of 20,000.
func BenchmarkAsk(b *testing.B) {
	build := casefile.NewBuilder(actor.Default())
	if err := (loggen.Company{Users: 20_000, Groups: 2_000, Memberships: 20_000, Events: 50_000}).Give(build); err != nil {
		b.Fatal(err)
	}
	m := matterOf(build.Build())
	kept := new(shelf)
	if _, err := recall.Prepare(b.Context(), kept, m.subject, 1<<30, nil); err != nil {
		b.Fatal(err)
	}
	for _, q := range []question{{"group", "App-AWS-Team-0700", true}, {"user", "person.07000@example.com", true}, {"user", "person.7000@example.com", false}} {
		b.Run(q.kind+" "+q.asked, func(b *testing.B) {
			for b.Loop() {
				if told, err := recall.Ask(b.Context(), kept, q.kind, q.asked); told == nil || err != nil {
					b.Fatal(told, err)
				}
			}
		})
	}
}
