package actor_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

var filler = fields{"userAgent": agentGo, "userIdentity": assumed("group-filler", "run")}

// on returns the filler's calls: n[i] of them i days after 3 November 2025, a
// Monday.
func on(t testing.TB, n ...int) []cloudtrail.Record {
	t.Helper()
	one := *call(t, filler)
	var out []cloudtrail.Record
	for i, calls := range n {
		for k := range calls {
			one.Time = time.Date(2025, 11, 3+i, 9, k, 0, 0, time.UTC)
			out = append(out, one)
		}
	}
	return out
}

func TestOnlyASteadyRhythmMakesAnUnnamedRoleAConnector(t *testing.T) {
	t.Parallel()
	weekly := make([]int, 43)
	for i := 0; i < len(weekly); i += 7 {
		weekly[i] = 4
	}
	for _, test := range []struct {
		name  string
		calls []int
		kind  string
	}{
		{"seven a day for eight days", []int{7, 7, 7, 7, 7, 7, 7, 7}, actor.Connector},
		{"a working week and the Monday after it", []int{5, 4, 6, 5, 5, 0, 0, 5}, actor.Connector},
		{"once a week for seven weeks", weekly, actor.Connector},
		{"exactly twenty on exactly five days", []int{4, 4, 4, 4, 4}, actor.Connector},
		{"one too few calls", []int{4, 4, 4, 4, 3}, actor.Automation},
		{"one too few days", []int{5, 5, 5, 5}, actor.Automation},
		{"one afternoon's clean-up", []int{200}, actor.Automation},
		{"a clean-up with a tail", []int{50, 1, 1, 1, 1, 1}, actor.Automation},
		{"a burst, a long silence and another", []int{5, 5, 5, 5, 0, 0, 0, 0, 0, 5, 5, 5}, actor.Automation},
		{"one call", []int{1}, actor.Automation},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			records := on(t, test.calls...)
			rhythm := actor.LearnRhythm(slices.Values(records))
			got := actor.Default().Identify(&records[0], rhythm)
			if got.Kind != test.kind || got.Name != "group-filler" || got.Client != "sdk-go" {
				t.Errorf("%s %s %s, want %s group-filler sdk-go\nbasis: %s", got.Kind, got.Name, got.Client, test.kind, got.Basis)
			}
		})
	}
}

func TestARhythmIsOfOnePrincipalWithOneClient(t *testing.T) {
	t.Parallel()
	steady := on(t, 5, 5, 5, 5, 5)
	for _, test := range []struct {
		name string
		over fields
		kind string
	}{
		{"the same role and client, another session", fields{"userAgent": agentGo, "userIdentity": assumed("group-filler", "other")}, actor.Connector},
		{"the same role and client, a newer version", fields{"userAgent": "aws-sdk-go-v2/1.40.0 os/linux", "userIdentity": assumed("group-filler", "run")}, actor.Connector},
		{"the same role with another SDK", fields{"userAgent": "Boto3/1.35.0", "userIdentity": assumed("group-filler", "run")}, actor.Automation},
		{"the same role at the CLI", fields{"userAgent": agentCLI, "userIdentity": assumed("group-filler", "run")}, actor.Unknown},
		{"another role", fields{"userAgent": agentGo, "userIdentity": assumed("group-emptier", "run")}, actor.Automation},
		{"a person in the same role", fields{"userAgent": agentGo, "userIdentity": assumed("group-filler", "jane@example.com")}, actor.Person},
		{"a user of the role's name", fields{"userAgent": agentGo, "userIdentity": fields{"type": "IAMUser", "userName": "group-filler", "accountId": "111122223333"}}, actor.Person},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := actor.Default().Identify(call(t, test.over), actor.LearnRhythm(slices.Values(steady)))
			if got.Kind != test.kind {
				t.Errorf("kind %s, want %s; basis: %s", got.Kind, test.kind, got.Basis)
			}
		})
	}
}

func TestASteadyIAMUserIsAProgramButNoConnector(t *testing.T) {
	t.Parallel()
	records := on(t, 5, 5, 5, 5, 5)
	for i := range records {
		records[i].Identity = cloudtrail.Identity{Type: "IAMUser", UserName: "filler", Account: "111122223333"}
	}
	got := actor.Default().Identify(&records[0], actor.LearnRhythm(slices.Values(records)))
	if got.Kind != actor.Automation {
		t.Errorf("kind %s, want automation; basis: %s", got.Kind, got.Basis)
	}
}

func TestPeopleDoNotFormARolesRhythm(t *testing.T) {
	t.Parallel()
	records := on(t, 5, 5, 5, 5, 5)
	for i := range records {
		records[i].Identity.Session = "jane@example.com"
	}
	got := actor.LearnRhythm(slices.Values(records)).Of(call(t, filler))
	if got != (actor.Pace{}) {
		t.Errorf("pace %+v, want none", got)
	}
}

func TestAPaceIsMeasuredInUTCDays(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2025, 11, d, 0, 0, 0, 0, time.UTC) }
	rhythm := actor.LearnRhythm(slices.Values(on(t, 3, 1, 0, 0, 2)))
	want := actor.Pace{Calls: 6, Days: 3, First: day(3), Last: day(7), Busiest: 3, Silence: 3, Usual: 1}
	got := rhythm.Of(call(t, filler))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pace (-want +got):\n%s", diff)
	}
	if want := "6 writes on 3 days from 2025-11-03 to 2025-11-07"; got.String() != want {
		t.Errorf("in words %q, want %q", got, want)
	}
	if got := (actor.Pace{}).String(); got != "no dated write" {
		t.Errorf("nothing in words: %q", got)
	}
}

// drawRecords draws calls of a few principals and clients on days around 1970
// and 2025, some of them reads, refused or undated.
func drawRecords(rt *rapid.T) []cloudtrail.Record {
	return rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) cloudtrail.Record {
		r := cloudtrail.Record{
			Source: rapid.SampledFrom([]string{"identitystore.amazonaws.com", "sso-directory.amazonaws.com"}).Draw(rt, "source"),
			Name:   "CreateGroupMembership", Account: "111122223333",
			UserAgent: rapid.SampledFrom([]string{agentGo, agentCLI}).Draw(rt, "agent"),
			Identity:  cloudtrail.Identity{Type: "AssumedRole", Role: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "role"), Session: "x"},
			Time:      time.Unix(86400*rapid.SampledFrom([]int64{-3, 0, 20400}).Draw(rt, "era")+rapid.Int64Range(0, 30*86400).Draw(rt, "second"), 0).UTC(),
		}
		if rapid.IntRange(0, 9).Draw(rt, "undated") == 0 {
			r.Time = time.Time{}
		}
		if rapid.Bool().Draw(rt, "refused") {
			r.ErrorCode = "AccessDeniedException"
		}
		return r
	}), 1, 200).Draw(rt, "records")
}

func paces(rhythm *actor.Rhythm, records []cloudtrail.Record) []actor.Pace {
	var out []actor.Pace
	for i := range records {
		out = append(out, rhythm.Of(&records[i]))
	}
	return out
}

func TestTheOrderOfRecordsNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		records := drawRecords(rt)
		shuffled := rapid.Permutation(records).Draw(rt, "shuffled")
		want := paces(actor.LearnRhythm(slices.Values(records)), records)
		got := paces(actor.LearnRhythm(slices.Values(shuffled)), records)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("paces depend on the order (-want +got):\n%s", diff)
		}
	})
}

func TestReadsAndOtherServicesChangeNoRhythm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		records := drawRecords(rt)
		more := slices.Clone(records)
		for i, r := range drawRecords(rt) {
			if i%2 == 0 {
				r.ReadOnly, r.Name = true, "ListGroups"
			} else {
				r.Source = "sso.amazonaws.com"
			}
			more = append(more, r)
		}
		want := paces(actor.LearnRhythm(slices.Values(records)), records)
		got := paces(actor.LearnRhythm(slices.Values(more)), records)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("paces depend on reads (-want +got):\n%s", diff)
		}
	})
}

func TestAPaceAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		records := drawRecords(rt)
		rhythm := actor.LearnRhythm(slices.Values(records))
		for i := range records {
			p, r := rhythm.Of(&records[i]), records[i]
			if r.Time.IsZero() {
				continue
			}
			if p.Calls < 1 || p.Days > p.Calls || p.Busiest > p.Calls || p.Busiest*p.Days < p.Calls || p.Usual > p.Silence {
				rt.Fatalf("%+v does not add up", p)
			}
			if r.Time.Before(p.First) || !r.Time.Before(p.Last.AddDate(0, 0, 1)) {
				rt.Fatalf("%s lies outside %s", r.Time, p)
			}
		}
	})
}
