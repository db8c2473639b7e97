package redact_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/redact"
	"github.com/scimtrail/scimtrail/internal/story"
)

// stories calls test for each of the example stories.
func stories(t *testing.T, test func(t *testing.T, s *story.Story, c *casefile.Case)) {
	files, err := filepath.Glob("../../examples/stories/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories to tell: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
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
			test(t, s, c)
		})
	}
}

func TestTheAnswerOfEveryStoryIsTheSameAfterwards(t *testing.T) {
	t.Parallel()
	for _, options := range []redact.Options{{}, {Groups: true}} {
		stories(t, func(t *testing.T, s *story.Story, c *casefile.Case) {
			if s.Ask.Kind == "" {
				t.Skip("the story asks nothing")
			}
			red, key := options.Case(c)
			before, failed := ask(c, s.Ask.Kind, s.Ask.Asked, s.Ask.Group)
			after, failedToo := ask(red, s.Ask.Kind, key.Redact(s.Ask.Asked), key.Redact(s.Ask.Group))
			if failed != failedToo {
				t.Fatalf("error before: %v, after: %v", failed, failedToo)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the answer changed (-before +after):\n%s", diff)
			}
		})
	}
}

// ask returns the status of every cause and the headline.
func ask(c *casefile.Case, kind, asked, group string) (map[string]string, bool) {
	l := ledger.Build(c)
	answer, err := (*diagnose.Answer)(nil), error(nil)
	if kind == "user" {
		answer, err = diagnose.User(c, l, asked, group)
	} else {
		answer, err = diagnose.Group(c, l, asked)
	}
	if err != nil {
		return nil, true
	}
	out := map[string]string{"headline": string(answer.Verdict.Status) + " " + answer.Verdict.Cause}
	for _, f := range answer.Findings {
		out[f.Cause.Slug] = string(f.Status)
	}
	return out, false
}

// period and row are a ledger without names.
type period struct {
	From, To     time.Time
	Began, Ended string
}

func rows(c *casefile.Case, rename func(string) string) map[string][]period {
	out := map[string][]period{}
	for _, r := range ledger.Build(c).Rows {
		name := rename(r.Group.ID) + " " + rename(r.User.ID) + " " + rename(r.MembershipID)
		if r.Present != nil {
			name += map[bool]string{true: " present", false: " gone"}[*r.Present]
		}
		for _, p := range r.Periods {
			out[name] = append(out[name], period{p.From, p.To, origin(p.Began, rename), origin(p.Ended, rename)})
		}
	}
	return out
}

func origin(o *ledger.Origin, rename func(string) string) string {
	if o == nil {
		return ""
	}
	words := []string{string(o.Via), string(o.Known), o.Actor.Kind, o.Actor.Client}
	for _, key := range o.Events {
		words = append(words, rename(key))
	}
	return strings.Join(words, " ")
}

func TestTheLedgerOfEveryStoryIsTheSameButForTheNames(t *testing.T) {
	t.Parallel()
	stories(t, func(t *testing.T, _ *story.Story, c *casefile.Case) {
		red, key := redact.Case(c)
		keys := map[string]string{}
		for i := range c.Events {
			keys[c.Events[i].Key] = red.Events[i].Key
		}
		rename := func(s string) string {
			if to, ok := keys[s]; ok {
				return to
			}
			return key.Redact(s)
		}
		before, after := rows(c, rename), rows(red, func(s string) string { return s })
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the ledger changed (-before +after):\n%s", diff)
		}
	})
}

func TestTheRedactedRecordsReadAgainGiveTheRedactedEventsAndActors(t *testing.T) {
	t.Parallel()
	stories(t, func(t *testing.T, _ *story.Story, c *casefile.Case) {
		red, _ := redact.Case(c)
		b := casefile.NewBuilder(actor.Default())
		input := b.Input(casefile.Input{Path: "redacted"})
		for _, ev := range slices.Concat(red.Events, red.Undated) {
			if err := b.Record(input, ev.Raw); err != nil {
				t.Fatal(err)
			}
		}
		again := b.Build()
		want, got := byKey(red), byKey(again)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Fatalf("other events (-redacted +read again):\n%s", diff)
		}
		for k, ev := range want {
			if diff := cmp.Diff(ev.Subject, got[k].Subject); diff != "" {
				t.Errorf("%s: other subject:\n%s", k, diff)
			}
			if diff := cmp.Diff(ev.Actor, got[k].Actor); diff != "" {
				t.Errorf("%s %s: other actor (-redacted +read again):\n%s", k, ev.Name, diff)
			}
		}
	})
}

func byKey(c *casefile.Case) map[string]casefile.Event {
	out := map[string]casefile.Event{}
	for _, ev := range slices.Concat(c.Events, c.Undated) {
		out[ev.Key] = ev
	}
	return out
}

func TestNoOriginalOfAStoryIsFoundAfterwards(t *testing.T) {
	t.Parallel()
	stories(t, func(t *testing.T, _ *story.Story, c *casefile.Case) {
		red, key := redact.Options{Groups: true}.Case(c)
		text := dump(t, red)
		pseudonyms := map[string]bool{}
		for _, e := range key.Entries() {
			pseudonyms[e.Pseudonym] = true
		}
		for _, e := range key.Entries() {
			// Short names may be parts of words, and a product's name stays in its
			// pseudonym.
			if len(e.Original) >= 8 && !strings.Contains(e.Pseudonym, e.Original) && !pseudonyms[e.Original] && strings.Contains(text, e.Original) {
				at := strings.Index(text, e.Original)
				t.Errorf("%s %q is still there: …%s…", e.Kind, e.Original, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	})
}
