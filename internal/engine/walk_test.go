package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/span"
)

// now is when every walk of these tests is made.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// fake is an engine: its answers, one a statement, and what each reads.
type fake struct {
	answers [][][]string
	reads   []int64
	err     error // after the last answer

	ran       []engine.Statement
	forgotten []string
}

func (f *fake) Run(_ context.Context, s engine.Statement, yield func([]string) error) (int64, error) {
	n := len(f.ran)
	f.ran = append(f.ran, s)
	if n >= len(f.answers) {
		return 0, f.err
	}
	for _, row := range f.answers[n] {
		if err := yield(row); err != nil {
			return 0, err
		}
	}
	return f.reads[min(n, len(f.reads)-1)], nil
}

func (f *fake) Forget(_ context.Context, keys []string) error {
	f.forgotten = append(f.forgotten, keys...)
	return nil
}

// journal is kept in memory.
type journal map[string][]byte

func (j journal) Load(_ context.Context, key string) ([]byte, error) { return j[key], nil }

func (j journal) Save(_ context.Context, key string, value []byte) error {
	j[key] = slices.Clone(value)
	return nil
}

// rest is a row for the records of other services, first to last of one day.
func rest(account, region, first, last string, foreign int) []string {
	return []string{account, region, first[:10], "", "", first, last, "40", fmt.Sprint(foreign)}
}

// found is a row with an identity record.
func found(account, region, at, source, id string) []string {
	record := fmt.Sprintf(`{"eventVersion":"1.11","eventTime":%q,"eventSource":%q,"eventName":"CreateGroup","awsRegion":%q,"recipientAccountId":%q,"eventID":%q}`, at, source, region, account, id)
	return []string{account, region, at[:10], source, record, at, at, "1", "0"}
}

func walk(f *fake, q live.Query) *engine.Walk {
	q.Now = func() time.Time { return now }
	return &engine.Walk{Dialect: engine.Athena, Source: "athena://c/d/t", Doing: "asking the table d.t", Query: q, Runner: f,
		Table: engine.Table{From: `"d"."t"`, Columns: hive, Partitions: []engine.Partition{key("day", "string", "yyyy/MM/dd")}}}
}

func collect(t *testing.T, w *engine.Walk) (*casefile.Case, error) {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	err := w.Collect(t.Context(), b)
	return b.Build(), err
}

// ground writes the coverage of one source of the directory, as short text.
func ground(c *casefile.Case, source string) []string {
	var out []string
	for _, cover := range c.Coverage {
		if cover.Source == source {
			out = append(out, fmt.Sprintf("%s %s %s..%s %s %s", cover.Account, cover.Region, cover.Span.From.Format("02T15:04"), cover.Span.To.Format("02T15:04"), cover.Channel, cover.Complete))
		}
	}
	return out
}

const (
	one = "111122223333"
	two = "444455556666"
	far = "us-east-2"
)

func TestGroundThatATableCovers(t *testing.T) {
	t.Parallel()
	asked := span.Span{From: day("2026-11-17").Add(8 * time.Hour), To: day("2026-11-19").Add(20 * time.Hour)}
	busy := func() [][]string {
		return [][]string{
			rest(one, far, "2026-11-17T00:01:00Z", "2026-11-17T23:58:00Z", 12), rest(one, far, "2026-11-18T00:00:30Z", "2026-11-18T23:59:00Z", 9),
			rest(one, far, "2026-11-19T00:02:00Z", "2026-11-19T23:50:00Z", 11), rest(one, far, "2026-11-20T00:00:00Z", "2026-11-20T11:40:00Z", 8),
		}
	}
	for _, tt := range []struct {
		name       string
		rows       [][]string
		span       span.Span
		place      casefile.Place
		registered bool
		want       []string // of the SCIM source
		note       string
	}{
		{name: "records before and after the asked time: all of it", rows: busy(), span: asked, want: []string{one + " " + far + " 17T08:00..19T20:00 athena claimed"}},
		{name: "asked up to now: a delivery's lag before the newest record", rows: busy(), span: span.Span{From: asked.From}, want: []string{one + " " + far + " 17T08:00..20T11:25 athena claimed"}},
		{name: "asked without a beginning: from the first record", rows: busy(), want: []string{one + " " + far + " 17T00:01..20T11:25 athena claimed"}},
		{name: "the table begins after the asked time: from its first record", rows: busy()[2:], span: asked, want: []string{one + " " + far + " 19T00:02..19T20:00 athena claimed"}},
		{name: "deliveries ended before the asked end: a lag before the last record", rows: busy()[:2], span: asked, want: []string{one + " " + far + " 17T08:00..18T23:44 athena claimed"}},
		{name: "an empty table: nothing", span: asked, note: "holds no record at all in the asked time, so nothing is covered"},
		{name: "another account's records: nothing of the asked one", rows: busy(), span: asked, place: casefile.Place{Account: two},
			want: []string{one + " " + far + " 17T08:00..19T20:00 athena claimed"}, note: "holds no record at all of account " + two},
		{name: "a day is missing where partitions are registered: a hole", rows: slices.Delete(busy(), 1, 2), span: asked, registered: true,
			want: []string{one + " " + far + " 17T08:00..17T23:59 athena claimed", one + " " + far + " 19T00:00..19T20:00 athena claimed"}, note: "count as not searched"},
		{name: "a day is missing where partitions are projected: said", rows: slices.Delete(busy(), 1, 2), span: asked,
			want: []string{one + " " + far + " 17T08:00..19T20:00 athena claimed"}, note: "no record of 1 day between 2026-11-17 and 2026-11-20, the first of them 2026-11-18"},
		{name: "only records of identities: a table that somebody filtered", rows: [][]string{found(one, far, "2026-11-18T10:00:00Z", awsid.SourceSCIM, "a"), found(one, far, "2026-11-18T11:00:00Z", awsid.SourceSCIM, "b")},
			span: asked, want: []string{one + " " + far + " 18T10:00..18T11:00 athena unknown"}, note: "may have been chosen"},
		{name: "rows that hold no record: what is covered is unknown", rows: append(busy(), []string{"", "", "", "no record", "", "", "", "3", "0"}), span: asked,
			want: []string{one + " " + far + " 17T08:00..19T20:00 athena unknown"}},
		{name: "a record that can't be read: what is covered is unknown", rows: append(busy(), []string{one, far, "2026-11-18", awsid.SourceSCIM, "{", "2026-11-18T10:00:00Z", "2026-11-18T10:00:00Z", "1", "0"}), span: asked,
			want: []string{one + " " + far + " 17T08:00..19T20:00 athena unknown"}},
		{name: "two accounts: each by its own records", rows: append(busy(), rest(two, far, "2026-11-19T01:00:00Z", "2026-11-19T02:00:00Z", 4)), span: asked,
			want: []string{one + " " + far + " 17T08:00..19T20:00 athena claimed", two + " " + far + " 19T01:00..19T01:45 athena claimed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := walk(&fake{answers: [][][]string{tt.rows}, reads: []int64{5}}, live.Query{Span: tt.span, Place: tt.place})
			w.Table.Registered = tt.registered
			c, err := collect(t, w)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ground(c, awsid.SourceSCIM)); diff != "" {
				t.Errorf("what is covered:\n%s", diff)
			}
			if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
		})
	}
}

func TestRecordsThatTheSQLLetThroughAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	f := &fake{reads: []int64{1}, answers: [][][]string{{
		found(one, far, "2026-11-18T10:00:00Z", awsid.SourceAPI, "inside"),
		found(one, far, "2026-11-17T07:59:59Z", awsid.SourceAPI, "before"),
		found(one, far, "2026-11-18T10:00:00Z", "ec2.amazonaws.com", "another service"),
	}}}
	c, err := collect(t, walk(f, live.Query{Span: span.Span{From: day("2026-11-17").Add(8 * time.Hour)}}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 1 || c.Events[0].ID != "inside" || c.Statistics.Records != 3 {
		t.Errorf("%d events, %d records: %+v", len(c.Events), c.Statistics.Records, c.Events)
	}
}

func TestAWalkThatStopsKeepsWhatItHasAndClaimsNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection broke")
	f := &fake{err: broken, reads: []int64{10}, answers: [][][]string{{
		found(one, far, "2026-11-20T10:00:00Z", awsid.SourceAPI, "kept"), rest(one, far, "2026-11-20T00:00:00Z", "2026-11-20T11:40:00Z", 8)}}}
	w := walk(f, live.Query{Span: span.Span{From: day("2026-11-01")}})
	w.PerByte = 5e-12
	c, err := collect(t, w)
	if !errors.Is(err, broken) || len(c.Events) != 1 || len(c.Coverage) != 0 || len(f.forgotten) != 0 {
		t.Errorf("error %v, %d events, coverage %v, forgotten %v", err, len(c.Events), c.Coverage, f.forgotten)
	}
}

func TestAnAnswerOfAnotherFormIsAnError(t *testing.T) {
	t.Parallel()
	for _, row := range [][]string{{"a"}, {one, far, "", "", "", "", "", "many", "0"}, {one, far, "", "", "", "", "", "1", ""}, {one, far, "", "", "", "", "", "0", "0"}} {
		_, err := collect(t, walk(&fake{answers: [][][]string{{row}}, reads: []int64{1}}, live.Query{}))
		if p, ok := errors.AsType[*live.Problem](err); !ok || p.Kind != live.Malformed {
			t.Errorf("%q: %v", row, err)
		}
	}
}

func TestBytesAreEstimatedAndLimited(t *testing.T) {
	t.Parallel()
	quiet := [][]string{rest(one, far, "2026-11-20T00:00:00Z", "2026-11-20T11:40:00Z", 8)}
	month := span.Span{From: day("2026-10-22")} // 30 days to now
	for _, tt := range []struct {
		name     string
		span     span.Span
		limit    int64
		earlier  int64 // bytes of a run before, of as many days
		size     int64
		byDay    bool
		reads    []int64
		ran      int
		limits   []int64
		refused  bool
		estimate string
	}{
		{name: "nothing is known: the last day tells what the rest takes", span: month, byDay: true, reads: []int64{1e9, 29e9}, ran: 2, limits: []int64{0, 0}},
		{name: "the rest would take more than it may: after one day", span: month, byDay: true, limit: 20e9, reads: []int64{1e9, 29e9}, ran: 1, limits: []int64{20e9}, refused: true, estimate: "about 30.0 GB, 0.15 USD, by what the day 2026-11-20 took"},
		{name: "the rest may be read, and no more than is left", span: month, byDay: true, limit: 40e9, reads: []int64{1e9, 29e9}, ran: 2, limits: []int64{40e9, 39e9}},
		{name: "a run before tells: nothing is asked", span: month, byDay: true, limit: 20e9, earlier: 30e9, refused: true, estimate: "by a run of 2026-11-20, which read 30.0 GB for 30 days"},
		{name: "a run before tells that it is little: all at once", span: month, byDay: true, limit: 40e9, earlier: 30e9, reads: []int64{30e9}, ran: 1, limits: []int64{40e9}},
		{name: "a few days are read at once", span: span.Span{From: day("2026-11-19")}, byDay: true, reads: []int64{2e9}, ran: 1, limits: []int64{0}},
		{name: "a table without days: its size, as the catalogue has it", span: month, limit: 20e9, size: 50e9, refused: true, estimate: "the size that the catalogue says the whole table has"},
		{name: "a table without days and size: cancelled at the limit", span: month, limit: 20e9, reads: []int64{1e9}, ran: 1, limits: []int64{20e9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			memory := journal{}
			if tt.earlier > 0 {
				w := walk(&fake{answers: [][][]string{quiet}, reads: []int64{tt.earlier}}, live.Query{Span: tt.span, Journal: memory})
				if _, err := collect(t, w); err != nil {
					t.Fatal(err)
				}
			}
			f := &fake{answers: [][][]string{quiet, quiet}, reads: tt.reads}
			w := walk(f, live.Query{Span: tt.span, Journal: memory})
			w.PerByte, w.MaxBytes, w.Size = 5e-12, tt.limit, tt.size
			if !tt.byDay {
				w.Table.Partitions = nil
			}
			c, err := collect(t, w)
			p, _ := errors.AsType[*live.Problem](err)
			if refused := p != nil && p.Kind == live.TooExpensive; refused != tt.refused || err != nil && !refused {
				t.Fatalf("error %v", err)
			}
			if tt.refused && (!strings.Contains(err.Error(), tt.estimate) || len(c.Coverage) != 0) {
				t.Errorf("error %v, want %s; covers %v", err, tt.estimate, c.Coverage)
			}
			var limits []int64
			for _, s := range f.ran {
				limits = append(limits, s.Limit)
			}
			if diff := cmp.Diff(tt.limits, limits); len(f.ran) != tt.ran || diff != "" {
				t.Errorf("%d statements, want %d; limits:\n%s", len(f.ran), tt.ran, diff)
			}
			if !tt.refused && len(f.forgotten) != tt.ran {
				t.Errorf("forgotten %v", f.forgotten)
			}
		})
	}
}

func TestPlansSayWhatAnEstimateRestsOn(t *testing.T) {
	t.Parallel()
	memory := journal{}
	q := live.Query{Span: span.Span{From: day("2026-11-11")}, Journal: memory}
	w := walk(&fake{}, q)
	w.PerByte = 5e-12
	p, err := w.Plan(t.Context())
	if err != nil || p.Bytes != 0 || p.CostUSD != 0 || !strings.Contains(strings.Join(p.Notes, " "), "is not known") {
		t.Errorf("before anything is known: %+v, %v", p, err)
	}
	quiet := [][]string{rest(one, far, "2026-11-20T00:00:00Z", "2026-11-20T11:40:00Z", 8)}
	if _, err := collect(t, walk(&fake{answers: [][][]string{quiet}, reads: []int64{100e9}}, q)); err != nil {
		t.Fatal(err)
	}
	p, err = w.Plan(t.Context())
	if err != nil || p.Bytes != 100e9 || math.Abs(p.CostUSD-0.5) > 0.001 || !strings.Contains(strings.Join(p.Notes, " "), "an estimate by a run of 2026-11-20") {
		t.Errorf("after a run: %+v, %v", p, err)
	}
}

// FuzzAnswer: whatever an engine answers, no ground is claimed outside of what was
// asked, none within the lag of now, and only accounts that were named.
func FuzzAnswer(f *testing.F) {
	f.Add(one, far, "2026-11-18", "", "", "2026-11-18T00:00:00Z", "2026-11-18T23:59:00Z", "40", "12")
	f.Add(one, far, "2026-11-18", awsid.SourceSCIM, `{"eventSource":"x","eventName":"y"}`, "2026-11-18T00:00:00Z", "9999-11-18T23:59:00Z", "1", "0")
	f.Add("", "", "", "no record", "", "", "", "9", "0")
	f.Add(one, "", "x", "y", "{", "z", "0001-01-01T00:00:00Z", "-1", "99")
	f.Fuzz(func(t *testing.T, account, region, on, source, record, first, last, n, foreign string) {
		asked := span.Span{From: day("2026-11-10"), To: day("2026-11-30")}
		row := []string{account, region, on, source, record, first, last, n, foreign}
		w := walk(&fake{answers: [][][]string{{row, row}}, reads: []int64{1}}, live.Query{Span: asked})
		w.Table.Registered = true
		c, _ := collect(t, w)
		for _, cover := range c.Coverage {
			limit := span.Span{From: asked.From, To: now}
			if cover.Complete != casefile.Unknown {
				limit.To = now.Add(-engine.Lag)
			}
			if !limit.Covers(cover.Span) || cover.Account != account || cover.Region != region || account == "" || cover.Complete == casefile.Proven {
				t.Errorf("covers %+v of %q", cover, row)
			}
		}
	})
}
