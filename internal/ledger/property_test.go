package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/story"
)

var (
	people = []string{"ann", "ben"}
	groups = []string{"g", "h"}
	start  = time.Date(2025, 9, 2, 0, 0, 0, 0, time.UTC)
)

// drawStory makes up what happened: calls of all kinds, some refused, and up to
// two snapshots that need not agree with them.
func drawStory(t *rapid.T) string {
	var events []string
	at := start
	for range rapid.IntRange(0, 25).Draw(t, "events") {
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 3, 7, 60, 86400}).Draw(t, "pause")) * time.Second)
		g, u := rapid.SampledFrom(groups).Draw(t, "group"), rapid.SampledFrom(people).Draw(t, "user")
		call := rapid.SampledFrom([]string{
			"bob CreateGroupMembership " + g + " " + u, "bob DeleteGroupMembership " + g + " " + u,
			"carol AddMemberToGroup " + g + " " + u, "carol RemoveMemberFromGroup " + g + " " + u,
			"okta PatchGroup " + g + " add " + u, "okta PatchGroup " + g + " remove " + u, "okta PatchGroup " + g + " remove-path " + u,
			"okta PatchGroup " + g + " rename", "bob DeleteGroup " + g, "okta DeleteUser " + u, "bob ListGroups",
		}).Draw(t, "call")
		refused := ""
		if rapid.IntRange(0, 4).Draw(t, "refused") == 0 {
			refused = ` fails ThrottlingException "Rate exceeded"`
		}
		events = append(events, at.Format(time.RFC3339)+" "+call+refused)
	}
	text := cast + "-- events --\n" + strings.Join(events, "\n") + "\n"
	for i := range rapid.IntRange(0, 2).Draw(t, "snapshots") {
		when := start.AddDate(0, 0, 3+20*i)
		text += fmt.Sprintf("-- snapshot %s --\n", when.Format(time.RFC3339))
		for _, g := range groups {
			var members []string
			for _, u := range people {
				if rapid.Bool().Draw(t, "member") {
					since := start.Add(time.Duration(rapid.IntRange(-86400, 3*86400).Draw(t, "since")) * time.Second)
					members = append(members, u+" since "+since.Format(time.RFC3339))
				}
			}
			if len(members) == 0 {
				members = []string{"(empty)"}
			}
			text += g + ": " + strings.Join(members, ", ") + "\n"
		}
	}
	return text + searched
}

func parse(t *rapid.T, text string) *casefile.Case {
	s, err := story.Parse([]byte(text + "-- ask --\ngroup g\n-- expect --\n"))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	c, err := s.Case(actor.Default())
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return c
}

// again builds a case anew from the records and snapshots of another, in another
// order, over several inputs, some of them twice.
func again(t *rapid.T, c *casefile.Case) *casefile.Case {
	b := casefile.NewBuilder(actor.Default())
	inputs := make([]int, rapid.IntRange(1, 4).Draw(t, "inputs"))
	for i := range inputs {
		inputs[i] = b.Input(casefile.Input{Path: fmt.Sprintf("part-%d", i)})
	}
	var records [][]byte
	for _, ev := range c.Events {
		for range 1 + ev.Copies + rapid.IntRange(0, 1).Draw(t, "repeats") {
			records = append(records, ev.Raw)
		}
	}
	for _, raw := range rapid.Permutation(records).Draw(t, "delivery") {
		if err := b.Record(inputs[rapid.IntRange(0, len(inputs)-1).Draw(t, "input")], raw); err != nil {
			t.Fatal(err)
		}
	}
	snapshots := slices.Clone(c.Snapshots)
	for _, s := range snapshots {
		s.Input = inputs[0]
		b.Snapshot(s)
	}
	b.Cover(c.Coverage...)
	return b.Build()
}

// TestDeliveryNeverMatters: order, repeats and splitting over files are how
// evidence came, not what happened.
func TestDeliveryNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := parse(t, drawStory(t))
		want := ledger.Build(c)
		got := ledger.Build(again(t, c))
		if diff := cmp.Diff(want.Of("", ""), got.Of("", "")); diff != "" {
			t.Fatalf("the ledger changed with the delivery (-as told +as delivered):\n%s", diff)
		}
	})
}

// TestRefusedCallsNeverMatter: a call that failed is an attempt.
func TestRefusedCallsNeverMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawStory(t)
		var kept []string
		for line := range strings.Lines(text) {
			if !strings.Contains(line, " fails ") {
				kept = append(kept, line)
			}
		}
		with, without := parse(t, text), parse(t, strings.Join(kept, ""))
		// Only ids that no refused call has are compared: names of events stay.
		if diff := cmp.Diff(rows(ledger.Build(without)), rows(ledger.Build(with))); diff != "" {
			t.Fatalf("refused calls changed the ledger (-without +with):\n%s\n%s", diff, text)
		}
	})
}

// TestPeriodsAreInOrder: periods of one membership do not overlap, only the last
// is open, and an inference names one event.
func TestPeriodsAreInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawStory(t)
		l := ledger.Build(parse(t, text))
		changes := map[string]int{}
		for _, r := range l.Of("", "") {
			var last time.Time
			for i, p := range r.Periods {
				if p.Ended == nil && i < len(r.Periods)-1 {
					t.Fatalf("an earlier period of %s is open\n%s", r.User.Name, text)
				}
				for _, at := range []time.Time{p.From, p.To} {
					if at.IsZero() {
						continue
					}
					// CreatedAt may lie a few seconds before the event that it fits.
					if at.Before(last.Add(-10 * time.Second)) {
						t.Fatalf("%s: %s comes after %s\n%s", r.User.Name, at, last, text)
					}
					last = at
				}
				for _, o := range []*ledger.Origin{p.Began, p.Ended} {
					if o != nil && o.Known == ledger.Inferred {
						if len(o.Events) != 1 {
							t.Fatalf("an inference names %d events", len(o.Events))
						}
						changes[o.Events[0]]++
					}
				}
			}
		}
		for key, n := range changes {
			if n > 100 {
				t.Fatalf("event %s explains %d changes", key, n)
			}
		}
	})
}

// TestRecordedCallsAgreeWithASimpleModel: where every call names its user, who
// is in which group can be followed with a set.
func TestRecordedCallsAgreeWithASimpleModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := map[[2]string]bool{}
		var events []string
		at := start
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.IntRange(20, 4000).Draw(t, "pause")) * time.Second)
			key := [2]string{rapid.SampledFrom(groups).Draw(t, "group"), rapid.SampledFrom(people).Draw(t, "user")}
			call := "CreateGroupMembership"
			if in[key] {
				call = "DeleteGroupMembership"
			}
			in[key] = !in[key]
			events = append(events, fmt.Sprintf("%s bob %s %s %s", at.Format(time.RFC3339), call, key[0], key[1]))
		}
		l := ledger.Build(parse(t, cast+"-- events --\n"+strings.Join(events, "\n")+"\n"+searched))
		for key, want := range in {
			name := map[string]string{"g": "App-One", "h": "App-Two"}[key[0]]
			found := l.FindGroup(name)
			users := l.FindUser(key[1] + "@example.com")
			r := l.Of(found[0].ID, users[0].ID)
			if len(r) != 1 || r[0].Present == nil || *r[0].Present != want {
				t.Fatalf("%v: the model says %v, the ledger %+v\n%s", key, want, r, strings.Join(events, "\n"))
			}
		}
	})
}

// TestFindNeedsNoLedger: among the lives themselves it finds what the ledger does.
func TestFindNeedsNoLedger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := ledger.Build(parse(t, drawStory(t)))
		for kind, lives := range map[string][]*ledger.Life{"group": l.Groups(), "user": l.Users()} {
			in := l.FindGroup
			if kind == "user" {
				in = l.FindUser
			}
			names := []string{"", "nobody"}
			for _, x := range lives {
				names = append(append(names, x.ID, x.Name, strings.ToUpper(x.Name)), x.Names...)
			}
			for _, name := range names {
				if want, got := in(name), ledger.Find(lives, name); !slices.Equal(want, got) {
					t.Errorf("%s %q: %v, not %v", kind, name, got, want)
				}
			}
		}
	})
}
