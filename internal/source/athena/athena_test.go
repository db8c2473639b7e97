package athena_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/athena"
	"github.com/scimtrail/scimtrail/internal/span"
)

var (
	now  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	days = span.Span{From: now.Add(-48 * time.Hour)}
	name = athena.Name{Catalog: "AwsDataCatalog", Database: "trails", Table: "logs"}
)

// journal is kept in memory.
type journal struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (j *journal) Load(_ context.Context, key string) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.kept[key], nil
}

func (j *journal) Save(_ context.Context, key string, value []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.kept == nil {
		j.kept = map[string][]byte{}
	}
	j.kept[key] = slices.Clone(value)
	return nil
}

// many rows of identity records, and the rest of two days.
func many(n int) func(string) [][]string {
	rows := [][]string{
		{"111122223333", "us-east-2", "2026-11-18", "\x00", "\x00", "2026-11-18T12:00:00Z", "2026-11-18T23:59:00Z", "900", "14"},
		{"111122223333", "us-east-2", "2026-11-20", "\x00", "\x00", "2026-11-20T00:01:00Z", "2026-11-20T11:55:00Z", "300", "9"},
	}
	for i := range n {
		at := now.Add(-47*time.Hour + time.Duration(i)*time.Second).Format(time.RFC3339)
		record := fmt.Sprintf(`{"eventVersion":"1.11","eventTime":%q,"eventSource":%q,"eventName":"PatchGroup","awsRegion":"us-east-2","recipientAccountId":"111122223333","eventID":"event-%d"}`, at, awsid.SourceSCIM, i)
		rows = append(rows, []string{"111122223333", "us-east-2", at[:10], awsid.SourceSCIM, record, at, at, "1", "0"})
	}
	return func(string) [][]string { return rows }
}

func source(access awsaccess.Access, q live.Query, opts athena.Options) *athena.Source {
	q.Now = func() time.Time { return now }
	if q.Span == (span.Span{}) {
		q.Span = days
	}
	opts.Sleep = noSleep
	return athena.New(access, name, opts, q)
}

func collect(ctx context.Context, s *athena.Source) (*casefile.Case, error) {
	b := casefile.NewBuilder(actor.Default())
	err := s.Collect(ctx, b)
	return b.Build(), err
}

func TestATableIsAsked(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows, s.pageSize = many(25), 7
	progress := new(live.Progress)
	c, err := collect(t.Context(), source(access, live.Query{Place: casefile.Place{Account: "111122223333"}, Progress: progress}, athena.Options{Workgroup: "audit", Results: "s3://example-results/here/"}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 25 || c.Statistics.Duplicates != 0 || c.Statistics.Records != 1225 || len(c.Unreadable) != 0 {
		t.Errorf("%d events, %+v, lost %v", len(c.Events), c.Statistics, c.Unreadable)
	}
	want := casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: awsid.SourceConsole, Span: span.Span{From: days.From, To: now.Add(-20 * time.Minute)}, Channel: "athena", Complete: casefile.Claimed}
	if !slices.Contains(c.Coverage, want) {
		t.Errorf("covers %+v", c.Coverage)
	}
	q := s.queries[0]
	if len(s.queries) != 1 || q.workgroup != "audit" || q.output != "s3://example-results/here/" || q.context["Catalog"] != "AwsDataCatalog" || q.context["Database"] != "trails" {
		t.Errorf("queries %+v", s.queries)
	}
	for _, part := range []string{`FROM "trails"."logs"`, `"day" >= '2026/11/18' AND "day" <= '2026/11/20'`, `"account" = '111122223333'`} {
		if !strings.Contains(q.sql, part) {
			t.Errorf("the query has no %s:\n%s", part, q.sql)
		}
	}
	if progress.Identity.Load() != 25 || progress.Records.Load() != 1225 || progress.Calls.Load() == 0 {
		t.Errorf("progress: %d identity events of %d records in %d calls", progress.Identity.Load(), progress.Records.Load(), progress.Calls.Load())
	}
}

func TestBadWeather(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows, s.pageSize = many(40), 5
	s.refuse = func(operation string, n int) (int, string, string) {
		switch {
		case operation == "GetQueryResults" && n == 4:
			return 400, "InvalidRequestException", "Invalid NextToken: it has expired"
		case n%3 == 1:
			return 400, "TooManyRequestsException", "Rate exceeded"
		case n%3 == 2 && operation != "GetQueryResults":
			return 500, "InternalServerException", ""
		}
		return 0, "", ""
	}
	progress := new(live.Progress)
	c, err := collect(t.Context(), source(access, live.Query{Progress: progress}, athena.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Events) != 40 || c.Statistics.Duplicates != 0 || c.Statistics.Records != 1240 || len(s.queries) != 1 {
		t.Errorf("%d events, %d twice, %d records, %d queries", len(c.Events), c.Statistics.Duplicates, c.Statistics.Records, len(s.queries))
	}
	if progress.Throttled.Load() == 0 || progress.Retries.Load() == 0 {
		t.Errorf("%d throttles of %d retries", progress.Throttled.Load(), progress.Retries.Load())
	}
}

func TestWhatEndsAQuery(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		spoil  func(*service)
		opts   athena.Options
		kind   live.Kind
		says   string
		starts int
	}{
		{name: "the trail's bucket is denied", spoil: func(s *service) {
			s.states, s.reason = []string{"FAILED"}, "Access denied when opening a file (Service: Amazon S3; Status Code: 403)"
		}, kind: live.Denied, says: "s3:GetObject", starts: 1},
		{name: "the workgroup's limit", spoil: func(s *service) {
			s.states, s.reason = []string{"RUNNING", "CANCELLED"}, "Bytes scanned limit was exceeded"
		}, kind: live.TooExpensive, says: "workgroup's limit", starts: 1},
		{name: "somebody cancels it", spoil: func(s *service) { s.states, s.reason = []string{"CANCELLED"}, "Query cancelled by user" }, kind: live.Refused, says: "somebody cancelled", starts: 1},
		{name: "a table that is not there any more", spoil: func(s *service) {
			s.states, s.reason = []string{"FAILED"}, "TABLE_NOT_FOUND: line 1:1: Table 'trails.logs' does not exist"
		}, kind: live.Missing, says: "check the names", starts: 1},
		{name: "a failure of Athena's own, which stays", spoil: func(s *service) {
			s.states, s.reason, s.retryable = []string{"FAILED"}, "Query exhausted resources\x1b[31m", true
		}, kind: live.Refused, says: "shorter time", starts: 3},
		{name: "no place for results", spoil: func(s *service) { s.workgroup = map[string]any{} }, kind: live.Refused, says: "--results", starts: 0},
		{name: "no such table", spoil: func(s *service) {
			s.refuse = func(operation string, _ int) (int, string, string) {
				return 400, "MetadataException", "EntityNotFoundException: Entity Not Found (Service: AmazonDataCatalog)"
			}
		}, kind: live.Missing, says: "--print-ddl athena", starts: 0},
		{name: "denied by Athena", spoil: func(s *service) {
			s.refuse = func(operation string, _ int) (int, string, string) {
				if operation == "StartQueryExecution" {
					return 400, "AccessDeniedException", "User: arn:aws:sts::111122223333:assumed-role/audit/x is not authorized to perform: athena:StartQueryExecution on resource: arn:aws:athena:us-east-2:111122223333:workgroup/primary"
				}
				return 0, "", ""
			}
		}, kind: live.Denied, says: "athena:StartQueryExecution", starts: 0},
		{name: "a table of something else", spoil: func(s *service) { s.columns = s.columns[:2] }, kind: live.Missing, says: "", starts: 0},
		{name: "it reads more than it may", spoil: func(s *service) {
			s.states, s.scanned = []string{"QUEUED", "RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"}, 1e12
		}, opts: athena.Options{MaxBytes: 1e11}, kind: live.TooExpensive, says: "when it was cancelled", starts: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, access := newService(t)
			s.rows = many(1)
			tt.spoil(s)
			memory := new(journal)
			c, err := collect(t.Context(), source(access, live.Query{Journal: memory}, tt.opts))
			p, ok := errors.AsType[*live.Problem](err)
			if tt.name == "a table of something else" {
				if !ok || p.Kind != live.Refused && p.Kind != live.Missing || !strings.Contains(err.Error(), "no table of a trail") {
					t.Errorf("error %v", err)
				}
				return
			}
			if !ok || p.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") || strings.Contains(err.Error(), "secret-of-the-test") {
				t.Errorf("error %v", err)
			}
			if len(c.Coverage) != 0 || len(s.queries) != tt.starts {
				t.Errorf("covers %v, %d queries", c.Coverage, len(s.queries))
			}
			for key, value := range memory.kept {
				if strings.Contains(string(value), `"id"`) {
					t.Errorf("%s still remembers %s", key, value)
				}
			}
		})
	}
}

func TestAFailureOfAthenasOwnIsTriedAgain(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows, s.retryable, s.states = many(3), true, []string{"FAILED"}
	s.refuse = func(operation string, n int) (int, string, string) {
		if operation == "StartQueryExecution" && n == 2 {
			s.states = []string{"RUNNING", "SUCCEEDED"}
		}
		return 0, "", ""
	}
	c, err := collect(t.Context(), source(access, live.Query{}, athena.Options{}))
	if err != nil || len(c.Events) != 3 || len(s.queries) != 2 {
		t.Errorf("%v, %d events, %d queries", err, len(c.Events), len(s.queries))
	}
}

func TestAnInterruptedQueryIsCancelled(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.states = []string{"RUNNING"}
	ctx, interrupt := context.WithCancel(t.Context())
	s.refuse = func(operation string, n int) (int, string, string) {
		if operation == "GetQueryExecution" && n == 5 {
			interrupt()
		}
		return 0, "", ""
	}
	c, err := collect(ctx, source(access, live.Query{Journal: new(journal)}, athena.Options{}))
	if !errors.Is(err, context.Canceled) || len(c.Coverage) != 0 || !s.queries[0].stopped {
		t.Errorf("%v, covers %v, stopped %v", err, c.Coverage, s.queries[0].stopped)
	}
}

func TestAnInterruptedAnswerIsFetchedAndNotAskedForAgain(t *testing.T) {
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
	memory := new(journal)
	b := casefile.NewBuilder(actor.Default())
	if err := source(access, live.Query{Journal: memory}, athena.Options{}).Collect(ctx, b); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// A minute later "the last two days" begin a minute later.
	again := live.Query{Journal: memory, Span: span.Span{From: days.From.Add(time.Minute)}}
	if err := source(access, again, athena.Options{}).Collect(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c := b.Build()
	if len(c.Events) != 30 || len(s.queries) != 1 || s.queries[0].stopped {
		t.Errorf("%d events, %d queries", len(c.Events), len(s.queries))
	}
	// The third asks anew: there may be new records.
	if err := source(access, live.Query{Journal: memory}, athena.Options{}).Collect(t.Context(), casefile.NewBuilder(actor.Default())); err != nil || len(s.queries) != 2 {
		t.Errorf("%v, %d queries", err, len(s.queries))
	}
}

func TestAProgramThatDiedWhileItStartedAQueryFindsIt(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows = many(2)
	memory := new(journal)
	ctx, die := context.WithCancel(t.Context())
	s.refuse = func(operation string, n int) (int, string, string) {
		if operation == "StartQueryExecution" && n == 1 {
			// Taken, and the answer is lost.
			defer die()
			s.queries = append(s.queries, &execution{id: "00000000-0000-4000-8000-00000000aaaa", tokens: map[string]int{}})
			for _, value := range memory.kept {
				if _, rest, ok := strings.Cut(string(value), `"token":"`); ok {
					token, _, _ := strings.Cut(rest, `"`)
					s.tokens[token] = "00000000-0000-4000-8000-00000000aaaa"
				}
			}
			return 500, "InternalServerException", ""
		}
		return 0, "", ""
	}
	if _, err := collect(ctx, source(access, live.Query{Journal: memory}, athena.Options{})); err == nil {
		t.Fatal("it should have died")
	}
	c, err := collect(t.Context(), source(access, live.Query{Journal: memory}, athena.Options{}))
	if err != nil || len(c.Events) != 2 || len(s.queries) != 1 {
		t.Errorf("%v, %d events, %d queries", err, len(c.Events), len(s.queries))
	}
}

func TestTheLastDayTellsThePrice(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.rows, s.scanned = many(3), 2e9
	month := live.Query{Span: span.Span{From: now.Add(-30 * 24 * time.Hour)}}
	_, err := collect(t.Context(), source(access, month, athena.Options{MaxBytes: 10e9}))
	if p, ok := errors.AsType[*live.Problem](err); !ok || p.Kind != live.TooExpensive || len(s.queries) != 1 || !strings.Contains(s.queries[0].sql, `"day" >= '2026/11/20' AND "day" <= '2026/11/20'`) {
		t.Errorf("%v, queries %+v", err, s.queries)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	s, access := newService(t)
	s.workgroup = map[string]any{"BytesScannedCutoffPerQuery": 5e9}
	p, err := source(access, live.Query{}, athena.Options{}).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(p.Notes, "\n")
	for _, want := range []string{"cancels a query that reads more than 5.0 GB", "--results", "is not known"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes without %q:\n%s", want, notes)
		}
	}
	needs := map[string]bool{}
	for _, permission := range p.Permissions {
		needs[permission.Action+" "+permission.Resource] = permission.IAM
	}
	for _, want := range []string{"athena:StartQueryExecution arn:aws:athena:us-east-2:*:workgroup/primary", "glue:GetTable arn:aws:glue:us-east-2:*:table/trails/logs", "s3:GetObject arn:aws:s3:::example-trail/AWSLogs/*"} {
		if !needs[want] {
			t.Errorf("no %s among %v", want, needs)
		}
	}
	if len(s.queries) != 0 {
		t.Error("a plan asks nothing that costs")
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"athena://AwsDataCatalog/default/cloudtrail_logs", "athena://a/b", "athena://a/b/c?x", "athena://%2F/%22/%00", "athena:////", "s3://x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := athena.ParseName(s)
		if err != nil {
			return
		}
		if again, err := athena.ParseName(n.String()); err != nil || again != n {
			t.Errorf("%q is %+v, written as %s, which is %+v, %v", s, n, n, again, err)
		}
	})
}
