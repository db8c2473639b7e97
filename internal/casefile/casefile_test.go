package casefile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
)

func record(id, name, at, more string) []byte {
	return []byte(fmt.Sprintf(`{"eventID":%q,"eventSource":"identitystore.amazonaws.com","eventName":%q,"eventTime":%q,"awsRegion":"us-east-2","recipientAccountId":"111122223333"%s}`, id, name, at, more))
}

func build(t *testing.T, records ...[]byte) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: "a"})
	for _, r := range records {
		if err := b.Record(in, r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

func TestCopiesAreOneEvent(t *testing.T) {
	t.Parallel()
	const at = "2025-09-16T10:00:00Z"
	tests := []struct {
		name       string
		records    [][]byte
		keys       []string
		duplicates int
	}{
		{"the same event twice", [][]byte{record("e1", "CreateGroup", at, ""), record("e1", "CreateGroup", at, "")}, []string{"e1"}, 1},
		{"one action logged in two accounts", [][]byte{
			record("e1", "CreateGroup", at, `,"sharedEventID":"s1"`), record("e2", "CreateGroup", at, `,"sharedEventID":"s1"`),
		}, []string{"e1"}, 1},
		{"the fuller copy is kept", [][]byte{record("e1", "CreateGroup", "xxxx", ""), record("e1", "CreateGroup", at, `,"userAgent":"x"`)}, []string{"e1"}, 1},
		{"two events whose ids are blanked are two", [][]byte{record("xxxx", "CreateGroup", at, ""), record("xxxx", "CreateUser", at, "")}, nil, 0},
		{"by time, whatever the order of delivery", [][]byte{record("e2", "CreateGroup", "2025-09-17T10:00:00Z", ""), record("e1", "CreateGroup", at, "")}, []string{"e1", "e2"}, 0},
		{"other services are left out", [][]byte{[]byte(`{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}`)}, []string{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := build(t, tt.records...)
			keys := []string{}
			for _, ev := range c.Events {
				keys = append(keys, ev.Key)
			}
			if tt.keys == nil && len(keys) != 2 || tt.keys != nil && !cmp.Equal(tt.keys, keys) {
				t.Errorf("events %v, want %v", keys, tt.keys)
			}
			if c.Statistics.Duplicates != tt.duplicates {
				t.Errorf("%d duplicates, want %d", c.Statistics.Duplicates, tt.duplicates)
			}
		})
	}
}

func TestAnUpdateReplacesAndBothAreKept(t *testing.T) {
	t.Parallel()
	c := build(t,
		record("e1", "CreateGroup", "2025-09-16T10:00:00Z", ""),
		record("e2", "CreateGroup", "2025-09-16T10:00:00Z", `,"addendum":{"reason":"UPDATED_DATA","originalEventID":"e1"}`))
	if len(c.Events) != 2 || !c.Events[0].Superseded || c.Events[1].Superseded {
		t.Errorf("events %+v", c.Events)
	}
}

func TestUndatedEventsStandApart(t *testing.T) {
	t.Parallel()
	c := build(t, record("e1", "CreateGroup", "xxxx", ""))
	if len(c.Events) != 0 || len(c.Undated) != 1 || c.Statistics.Undated != 1 {
		t.Errorf("case %+v", c)
	}
}

func day(n int) time.Time { return time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func cover(source string, from, to int, grade casefile.Completeness) casefile.Cover {
	return casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: source, Span: span.Span{From: day(from), To: day(to)}, Channel: "test", Complete: grade}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	c := casefile.Coverage{
		cover(awsid.SourceSCIM, 0, 10, casefile.Claimed), cover(awsid.SourceSCIM, 10, 12, casefile.Unknown),
		cover(awsid.SourceAPI, 5, 20, casefile.Proven),
	}
	here, elsewhere := casefile.Place{Account: "111122223333"}, casefile.Place{Account: "444455556666"}
	if got := c.Of(awsid.SourceSCIM, here, casefile.Claimed).Spans(); !cmp.Equal(got, []span.Span{{From: day(0), To: day(10)}}) {
		t.Errorf("claimed SCIM %v", got)
	}
	if got := c.All([]string{awsid.SourceSCIM, awsid.SourceAPI}, here, casefile.Unknown).Spans(); !cmp.Equal(got, []span.Span{{From: day(5), To: day(12)}}) {
		t.Errorf("both sources %v", got)
	}
	if c.Searched(awsid.SourceSCIM, elsewhere) || c.Searched(awsid.SourceConsole, here) {
		t.Error("what was not looked at counts as searched")
	}
}

// TestNarrowingShrinksTheCoverage: what a filter leaves out must never look like
// what did not happen.
func TestNarrowingShrinksTheCoverage(t *testing.T) {
	t.Parallel()
	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: "a"})
	if err := b.Record(in, record("e1", "CreateGroup", "2025-09-03T00:00:00Z", "")); err != nil {
		t.Fatal(err)
	}
	b.Cover(cover(awsid.SourceAPI, 0, 30, casefile.Claimed))
	c := b.Build().Within(casefile.Filter{Span: span.Span{From: day(10), To: day(20)}})
	if len(c.Events) != 0 || !cmp.Equal(c.Coverage, casefile.Coverage{cover(awsid.SourceAPI, 10, 20, casefile.Claimed)}) {
		t.Errorf("events %v, coverage %v", c.Events, c.Coverage)
	}
	if got := b.Build().Within(casefile.Filter{Span: span.Span{To: day(99)}, Place: casefile.Place{Account: "444455556666"}}); len(got.Coverage) != 0 || len(got.Events) != 0 {
		t.Errorf("another account's coverage stayed: %v", got.Coverage)
	}
}

// TestTheEndOfTheEvidence does not depend on when a file was copied.
func TestTheEndOfTheEvidence(t *testing.T) {
	t.Parallel()
	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: "a"})
	b.Cover(cover(awsid.SourceAPI, 0, 30, casefile.Claimed))
	b.Snapshot(directory.Snapshot{Input: in, NotAfter: day(500), Clock: directory.ClockFile})
	if got := b.Build().AsOf(); !got.Equal(day(30)) {
		t.Errorf("the evidence ends on %s", got)
	}
	b.Snapshot(directory.Snapshot{Input: in, NotBefore: day(40), NotAfter: day(40), Clock: directory.ClockManifest})
	if got := b.Build().AsOf(); !got.Equal(day(40)) {
		t.Errorf("the evidence ends on %s", got)
	}
}

// TestOrderOfDeliveryNeverMatters builds one case from the same pieces in any
// order and over any inputs.
func TestOrderOfDeliveryNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var records [][]byte
		for i := range rapid.IntRange(1, 12).Draw(t, "records") {
			at := rapid.SampledFrom([]string{"2025-09-16T10:00:00Z", "2025-09-16T10:00:01Z", "xxxx"}).Draw(t, "time")
			more := rapid.SampledFrom([]string{"", `,"sharedEventID":"s1"`, `,"userAgent":"x"`}).Draw(t, "more")
			records = append(records, record(fmt.Sprintf("e%d", i%5), "CreateGroup", at, more))
		}
		assemble := func(list [][]byte) *casefile.Case {
			b := casefile.NewBuilder(actor.Default())
			in := b.Input(casefile.Input{Path: "a"})
			for _, r := range list {
				if err := b.Record(in, r); err != nil {
					t.Fatal(err)
				}
			}
			return b.Build()
		}
		want, got := assemble(records), assemble(rapid.Permutation(records).Draw(t, "order"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the case depends on the order (-want +got):\n%s", diff)
		}
	})
}
