package lake_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/lake"
	"github.com/scimtrail/scimtrail/internal/span"
)

var (
	now  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	days = span.Span{From: now.Add(-48 * time.Hour)}
	name = lake.Name{Region: "us-east-2", Store: storeID}
)

// journal is kept in memory.
type journal map[string][]byte

func (j journal) Load(_ context.Context, key string) ([]byte, error) { return j[key], nil }

func (j journal) Save(_ context.Context, key string, value []byte) error {
	j[key] = slices.Clone(value)
	return nil
}

func many(n int) [][]string {
	rows := [][]string{
		{"111122223333", "us-east-2", "2026-11-18", "\x00", "\x00", "2026-11-18T12:00:00Z", "2026-11-18T23:59:00Z", "900", "14"},
		{"111122223333", "us-east-2", "2026-11-20", "null", "\x00", "2026-11-20T00:01:00Z", "2026-11-20T11:55:00Z", "300", "9"},
	}
	for i := range n {
		at := now.Add(-47*time.Hour + time.Duration(i)*time.Second).Format(time.RFC3339)
		record := fmt.Sprintf(`{"eventVersion":"1.11","eventTime":%q,"eventSource":%q,"eventName":"PatchGroup","awsRegion":"us-east-2","recipientAccountId":"111122223333","eventID":"event-%d"}`, at, awsid.SourceSCIM, i)
		rows = append(rows, []string{"111122223333", "us-east-2", at[:10], awsid.SourceSCIM, record, at, at, "1", "0"})
	}
	return rows
}

func source(access awsaccess.Access, q live.Query, opts lake.Options) *lake.Source {
	q.Now = func() time.Time { return now }
	if q.Span == (span.Span{}) {
		q.Span = days
	}
	opts.Sleep = noSleep
	return lake.New(access, name, opts, q)
}

func collect(ctx context.Context, s *lake.Source) (*casefile.Case, error) {
	b := casefile.NewBuilder(actor.Default())
	err := s.Collect(ctx, b)
	return b.Build(), err
}

func TestAStoreIsAsked(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows, s.pageSize = many(25), 7
	c, err := collect(t.Context(), source(access, live.Query{}, lake.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 25 || c.Statistics.Records != 1225 || len(c.Unreadable) != 0 {
		t.Errorf("%d events, %+v, lost %v", len(c.Events), c.Statistics, c.Unreadable)
	}
	want := casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: awsid.SourceConsole, Span: span.Span{From: days.From, To: now.Add(-20 * time.Minute)}, Channel: "lake", Complete: casefile.Claimed}
	if !slices.Contains(c.Coverage, want) {
		t.Errorf("covers %+v", c.Coverage)
	}
	if !strings.Contains(s.queries[0].sql, `"eventtime" >= TIMESTAMP '2026-11-18 00:00:00'`) {
		t.Errorf("the query is not narrowed:\n%s", s.queries[0].sql)
	}
}

func TestBadWeather(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows, s.pageSize = many(40), 5
	s.refuse = func(operation string, n int) (int, string) {
		switch {
		case operation == "StartQuery" && n < 4:
			return 400, "MaxConcurrentQueriesException"
		case operation == "GetQueryResults" && n == 5:
			return 400, "InvalidNextTokenException"
		case operation != "StartQuery" && n%3 == 1:
			return 400, "ThrottlingException"
		}
		return 0, ""
	}
	c, err := collect(t.Context(), source(access, live.Query{Progress: new(live.Progress)}, lake.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 40 || c.Statistics.Duplicates != 0 || c.Statistics.Records != 1240 || len(s.queries) != 1 {
		t.Errorf("%d events, %d twice, %d records, %d queries", len(c.Events), c.Statistics.Duplicates, c.Statistics.Records, len(s.queries))
	}
}

func TestWhatEndsAQuery(t *testing.T) {
	t.Parallel()
	code := func(operation, code string) func(*service) {
		return func(s *service) {
			s.refuse = func(called string, _ int) (int, string) {
				if called == operation {
					return 400, code
				}
				return 0, ""
			}
		}
	}
	for _, tt := range []struct {
		name  string
		spoil func(*service)
		opts  lake.Options
		kind  live.Kind
		says  string
	}{
		{"no such store", code("StartQuery", "EventDataStoreNotFoundException"), lake.Options{}, live.Missing, "list-event-data-stores"},
		{"a store that is to be deleted", code("StartQuery", "InactiveEventDataStoreException"), lake.Options{}, live.Missing, "restore-event-data-store"},
		{"no Lake for this account", code("StartQuery", "UnsupportedOperationException"), lake.Options{}, live.Refused, "lookup://us-east-2"},
		{"too many queries, for ever", code("StartQuery", "MaxConcurrentQueriesException"), lake.Options{}, live.Throttled, "ten queries"},
		{"denied", code("StartQuery", "AccessDeniedException"), lake.Options{}, live.Denied, "cloudtrail:StartQuery"},
		{"it fails", func(s *service) { s.states, s.message = []string{"RUNNING", "FAILED"}, "internal\x1b[31m" }, lake.Options{}, live.Refused, "FAILED: internal"},
		{"it takes too long", func(s *service) { s.states = []string{"RUNNING", "TIMED_OUT"} }, lake.Options{}, live.Refused, "shorter time"},
		{"somebody cancels it", func(s *service) { s.states = []string{"CANCELLED"} }, lake.Options{}, live.Refused, "somebody cancelled"},
		{"it reads more than it may", func(s *service) { s.states, s.scanned = []string{"RUNNING", "RUNNING", "RUNNING", "FINISHED"}, 1e12 }, lake.Options{MaxBytes: 3e11}, live.TooExpensive, "when it was cancelled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, access := newService(t)
			tt.spoil(s)
			memory := journal{}
			c, err := collect(t.Context(), source(access, live.Query{Journal: memory}, tt.opts))
			if p, ok := errors.AsType[*live.Problem](err); !ok || p.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("error %v", err)
			}
			if len(c.Coverage) != 0 {
				t.Errorf("covers %v", c.Coverage)
			}
			for key, value := range memory {
				if strings.Contains(string(value), `"id"`) {
					t.Errorf("%s still remembers %s", key, value)
				}
			}
			if tt.kind == live.TooExpensive && !s.queries[0].cancelled {
				t.Error("the query runs on")
			}
		})
	}
}

func TestAStartThatWasNotAnsweredIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.refuse = func(operation string, _ int) (int, string) {
		if operation == "StartQuery" {
			return 500, "InternalServiceException"
		}
		return 0, ""
	}
	if _, err := collect(t.Context(), source(access, live.Query{}, lake.Options{})); err == nil || s.calls["StartQuery"] != 1 {
		t.Errorf("%v after %d starts", err, s.calls["StartQuery"])
	}
}

func TestInterruptions(t *testing.T) {
	t.Parallel()
	t.Run("while it runs: it is cancelled", func(t *testing.T) {
		t.Parallel()
		s, access := newService(t)
		s.states = []string{"RUNNING"}
		ctx, interrupt := context.WithCancel(t.Context())
		s.refuse = func(operation string, n int) (int, string) {
			if operation == "DescribeQuery" && n == 4 {
				interrupt()
			}
			return 0, ""
		}
		c, err := collect(ctx, source(access, live.Query{Journal: journal{}}, lake.Options{}))
		if !errors.Is(err, context.Canceled) || len(c.Coverage) != 0 || !s.queries[0].cancelled {
			t.Errorf("%v, covers %v, cancelled %v", err, c.Coverage, s.queries[0].cancelled)
		}
	})
	t.Run("while its answer is read: it is read again", func(t *testing.T) {
		t.Parallel()
		s, access := newService(t)
		s.rows, s.pageSize = many(30), 10
		ctx, interrupt := context.WithCancel(t.Context())
		pages := 0
		s.onPage = func() {
			if pages++; pages == 3 {
				interrupt()
			}
		}
		memory := journal{}
		b := casefile.NewBuilder(actor.Default())
		if err := source(access, live.Query{Journal: memory}, lake.Options{}).Collect(ctx, b); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := source(access, live.Query{Journal: memory}, lake.Options{}).Collect(t.Context(), b); err != nil || len(s.queries) != 1 {
			t.Fatal(err, len(s.queries))
		}
		if c := b.Build(); len(c.Events) != 30 {
			t.Errorf("%d events", len(c.Events))
		}
	})
	t.Run("for so long that Lake has forgotten it: it is asked anew", func(t *testing.T) {
		t.Parallel()
		s, access := newService(t)
		s.rows = many(3)
		memory := journal{}
		ctx, interrupt := context.WithCancel(t.Context())
		s.onPage = interrupt
		if _, err := collect(ctx, source(access, live.Query{Journal: memory}, lake.Options{})); err == nil {
			t.Fatal("not interrupted")
		}
		s.mu.Lock()
		s.onPage, s.queries[0].id = nil, "forgotten"
		s.mu.Unlock()
		c, err := collect(t.Context(), source(access, live.Query{Journal: memory}, lake.Options{}))
		if err != nil || len(c.Events) != 3 {
			t.Errorf("%v, %d events", err, len(c.Events))
		}
	})
}

func TestPlan(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	p, err := source(access, live.Query{}, lake.Options{}).Plan(t.Context())
	if err != nil || len(p.Permissions) != 4 || p.Permissions[0].Resource != "arn:aws:cloudtrail:us-east-2:*:eventdatastore/"+storeID || len(s.calls) != 0 {
		t.Errorf("%+v, %v, calls %v", p, err, s.calls)
	}
	if notes := strings.Join(p.Notes, " "); !strings.Contains(notes, "is not known") || !strings.Contains(notes, "31 May 2026") {
		t.Errorf("notes %q", notes)
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"lake://us-east-2/" + storeID, "lake://us-east-2/x", "lake://" + storeID, "lake://us-east-2/" + strings.ToUpper(storeID), "lake://us-east-2/" + storeID + "; DROP"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := lake.ParseName(s)
		if err != nil {
			return
		}
		if again, err := lake.ParseName(n.String()); err != nil || again != n || strings.ContainsAny(n.Store, " ;'\"") {
			t.Errorf("%q is %+v, written as %s, which is %+v, %v", s, n, n, again, err)
		}
	})
}
