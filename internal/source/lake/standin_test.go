package lake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/engine"
)

const storeID = "0a1b2c3d-1111-4222-8333-0123456789ab"

// service stands in for CloudTrail Lake at the wire (cloudtrail reference 5.1). It
// runs no SQL; a test gives the rows of the answer.
type service struct {
	t *testing.T

	mu       sync.Mutex
	rows     [][]string // null is "\x00", which Lake leaves out
	scanned  int64
	states   []string // that a query goes through; the last stays
	message  string
	pageSize int
	refuse   func(operation string, n int) (status int, code string)
	onPage   func()

	calls   map[string]int
	queries []*execution
}

type execution struct {
	id, sql   string
	asked     int
	cancelled bool
	tokens    map[string]int
}

func newService(t *testing.T) (*service, awsaccess.Access) {
	s := &service{t: t, states: []string{"QUEUED", "RUNNING", "FINISHED"}, pageSize: 1000, scanned: 50e6, calls: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	return s, awsaccess.New("a test", aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret-of-the-test", ""),
	})
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	target := r.Header.Get("X-Amz-Target")
	operation := target[strings.LastIndex(target, ".")+1:]
	if !strings.Contains(target, "CloudTrail_20131101.") || !strings.Contains(r.Header.Get("Authorization"), "/us-east-2/cloudtrail/") {
		s.t.Errorf("not a call of CloudTrail in us-east-2: %s %v", r.URL, r.Header)
	}
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		s.t.Errorf("%s: %v", operation, err)
	}
	s.mu.Lock()
	s.calls[operation]++
	out, status, code := s.answer(operation, in)
	page := s.onPage
	s.mu.Unlock()
	if operation == "GetQueryResults" && page != nil {
		page()
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if code != "" {
		w.WriteHeader(status)
		out = map[string]any{"__type": code, "message": "refused by the stand-in"}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}

func (s *service) answer(operation string, in map[string]any) (any, int, string) {
	if s.refuse != nil {
		if status, code := s.refuse(operation, s.calls[operation]); status != 0 {
			return nil, status, code
		}
	}
	if operation == "StartQuery" {
		sql := text(in, "QueryStatement")
		if len(sql) > 10_000 || !strings.Contains(sql, "FROM "+storeID+"\n") {
			return nil, 400, "InvalidQueryStatementException"
		}
		q := &execution{id: fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.queries)+1), sql: sql, tokens: map[string]int{}}
		s.queries = append(s.queries, q)
		return map[string]any{"QueryId": q.id}, 0, ""
	}
	i := slices.IndexFunc(s.queries, func(q *execution) bool { return q.id == text(in, "QueryId") })
	if i < 0 {
		return nil, 400, "QueryIdNotFoundException"
	}
	q := s.queries[i]
	state := s.states[min(q.asked, len(s.states)-1)]
	if q.cancelled {
		state = "CANCELLED"
	}
	switch operation {
	case "CancelQuery":
		q.cancelled = true
		return map[string]any{"QueryId": q.id, "QueryStatus": "CANCELLED"}, 0, ""
	case "DescribeQuery":
		q.asked++
		return map[string]any{"QueryId": q.id, "QueryStatus": state, "ErrorMessage": s.message, "QueryStatistics": map[string]any{
			"BytesScanned": s.scanned * int64(q.asked) / int64(len(s.states)), "EventsScanned": 10, "EventsMatched": 5, "ExecutionTimeInMillis": 900, "CreationTime": 1.79e9}}, 0, ""
	case "GetQueryResults":
		return s.page(q, state, in)
	}
	return nil, 400, "UnsupportedOperationException"
}

// page answers with the rows from a token on: a row is a list of maps of one
// column each.
func (s *service) page(q *execution, state string, in map[string]any) (any, int, string) {
	from := 0
	if token := text(in, "NextToken"); token != "" {
		at, ok := q.tokens[token]
		if !ok {
			return nil, 400, "InvalidNextTokenException"
		}
		from = at
	}
	to := min(len(s.rows), from+s.pageSize)
	rows := [][]map[string]string{}
	for _, row := range s.rows[from:to] {
		var cells []map[string]string
		for i, cell := range row {
			if cell != "\x00" {
				cells = append(cells, map[string]string{engine.Columns[i]: cell})
			}
		}
		rows = append(rows, cells)
	}
	out := map[string]any{"QueryStatus": state, "QueryResultRows": rows, "QueryStatistics": map[string]any{"ResultsCount": len(rows), "TotalResultsCount": len(s.rows), "BytesScanned": s.scanned}}
	if to < len(s.rows) {
		token := fmt.Sprintf("page-%d", to)
		q.tokens[token] = to
		out["NextToken"] = token
	}
	return out, 0, ""
}

// noSleep waits for nothing, and ends with its context.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
