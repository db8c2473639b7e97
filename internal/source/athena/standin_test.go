package athena_test

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

// service stands in for Athena at the wire: what is asked in JSON 1.1 is answered
// as the service's model and its user guide say. It runs no SQL; a test gives the
// rows of each answer.
type service struct {
	t *testing.T

	mu         sync.Mutex
	columns    []map[string]string
	keys       []map[string]string
	parameters map[string]string
	workgroup  map[string]any
	rows       func(sql string) [][]string // of an answer; null is "\x00"
	scanned    int64                       // by a query, growing by a tenth each time it is asked after
	states     []string                    // that a query goes through; the last stays
	reason     string                      // of the last state
	retryable  bool
	pageSize   int
	refuse     func(operation string, n int) (status int, code, message string) // n counts the calls of an operation
	onPage     func()                                                           // before each page

	calls   map[string]int
	tokens  map[string]string // ClientRequestToken to query
	queries []*execution
	raw     strings.Builder // all requests, with headers
}

type execution struct {
	id, sql, workgroup, output string
	context                    map[string]string
	asked                      int
	stopped                    bool
	tokens                     map[string]int
}

func newService(t *testing.T) (*service, awsaccess.Access) {
	s := &service{
		t: t, states: []string{"QUEUED", "RUNNING", "SUCCEEDED"}, pageSize: 1000, scanned: 50e6, calls: map[string]int{}, tokens: map[string]string{},
		parameters: map[string]string{"projection.enabled": "true", "projection.day.type": "date", "projection.day.format": "yyyy/MM/dd", "location": "s3://example-trail/AWSLogs/"},
		keys:       []map[string]string{{"Name": "account", "Type": "string"}, {"Name": "region", "Type": "string"}, {"Name": "day", "Type": "string"}},
		workgroup:  map[string]any{"ResultConfiguration": map[string]any{"OutputLocation": "s3://example-results/"}},
		rows:       func(string) [][]string { return nil },
	}
	for _, name := range []string{"eventversion", "eventtime", "eventsource", "eventname", "awsregion", "recipientaccountid", "requestparameters", "eventid"} {
		s.columns = append(s.columns, map[string]string{"Name": name, "Type": "string"})
	}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	return s, awsaccess.New("a test", aws.Config{
		Region: "us-east-2", BaseEndpoint: &server.URL, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret-of-the-test", "token-of-the-test"),
	})
}

type refusal struct {
	status        int
	code, message string
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	operation, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonAthena.")
	if !ok || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
		s.t.Errorf("not a call of Athena: %s %s %v", r.Method, r.URL, r.Header)
	}
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		s.t.Errorf("%s: %v", operation, err)
	}
	s.mu.Lock()
	s.raw.Write(body)
	s.calls[operation]++
	out, refused := s.answer(operation, in)
	page := s.onPage
	s.mu.Unlock()
	if operation == "GetQueryResults" && page != nil {
		page()
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if refused != nil {
		w.WriteHeader(refused.status)
		out = map[string]any{"__type": refused.code, "Message": refused.message}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}

func (s *service) answer(operation string, in map[string]any) (any, *refusal) {
	if s.refuse != nil {
		if status, code, message := s.refuse(operation, s.calls[operation]); status != 0 {
			return nil, &refusal{status, code, message}
		}
	}
	invalid := func(format string, args ...any) *refusal {
		return &refusal{400, "InvalidRequestException", fmt.Sprintf(format, args...)}
	}
	if operation == "StartQueryExecution" {
		return s.start(in, invalid)
	}
	switch operation {
	case "GetTableMetadata":
		if text(in, "TableName") != "logs" {
			return nil, &refusal{400, "MetadataException", "EntityNotFoundException: Entity Not Found"}
		}
		return map[string]any{"TableMetadata": map[string]any{"Name": "logs", "Columns": s.columns, "PartitionKeys": s.keys, "Parameters": s.parameters, "TableType": "EXTERNAL_TABLE"}}, nil
	case "GetWorkGroup":
		return map[string]any{"WorkGroup": map[string]any{"Name": text(in, "WorkGroup"), "Configuration": s.workgroup}}, nil
	}
	i := slices.IndexFunc(s.queries, func(q *execution) bool { return q.id == text(in, "QueryExecutionId") })
	if i < 0 {
		return nil, invalid("QueryExecution %s was not found", text(in, "QueryExecutionId"))
	}
	q := s.queries[i]
	state, scanned := s.stateOf(q)
	switch operation {
	case "StopQueryExecution":
		q.stopped = true
		return map[string]any{}, nil
	case "GetQueryExecution":
		q.asked++
		status := map[string]any{"State": state, "SubmissionDateTime": 1.79e9}
		if state == "FAILED" || state == "CANCELLED" {
			status["StateChangeReason"] = s.reason
			status["AthenaError"] = map[string]any{"ErrorCategory": 2, "ErrorType": 1, "Retryable": s.retryable, "ErrorMessage": s.reason}
		}
		return map[string]any{"QueryExecution": map[string]any{"QueryExecutionId": q.id, "Query": q.sql, "Status": status, "Statistics": map[string]any{"DataScannedInBytes": scanned}}}, nil
	case "GetQueryResults":
		if state != "SUCCEEDED" {
			return nil, invalid("Query has not yet finished. Current state: %s", state)
		}
		return s.page(q, in, invalid)
	}
	return nil, &refusal{400, "UnknownOperationException", ""}
}

func (s *service) stateOf(q *execution) (string, int64) {
	if q.stopped {
		return "CANCELLED", s.scanned
	}
	n := min(q.asked, len(s.states)-1)
	if n == len(s.states)-1 {
		return s.states[n], s.scanned
	}
	return s.states[n], s.scanned * int64(n) / int64(len(s.states))
}

func (s *service) start(in map[string]any, invalid func(string, ...any) *refusal) (any, *refusal) {
	token := text(in, "ClientRequestToken")
	if len(token) < 32 || len(token) > 128 {
		return nil, invalid("the token has %d characters", len(token))
	}
	if id, ok := s.tokens[token]; ok {
		return map[string]any{"QueryExecutionId": id}, nil
	}
	output, _ := in["ResultConfiguration"].(map[string]any)
	group, _ := s.workgroup["ResultConfiguration"].(map[string]any)
	if text(output, "OutputLocation") == "" && text(group, "OutputLocation") == "" {
		return nil, invalid("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
	}
	q := &execution{id: fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.queries)+1), sql: text(in, "QueryString"), workgroup: text(in, "WorkGroup"), output: text(output, "OutputLocation"), tokens: map[string]int{}}
	where, _ := in["QueryExecutionContext"].(map[string]any)
	q.context = map[string]string{"Catalog": text(where, "Catalog"), "Database": text(where, "Database")}
	s.queries, s.tokens[token] = append(s.queries, q), q.id
	return map[string]any{"QueryExecutionId": q.id}, nil
}

// page answers with the rows from a token on. The first page begins with a row of
// the columns' names; null is a value without VarCharValue.
func (s *service) page(q *execution, in map[string]any, invalid func(string, ...any) *refusal) (any, *refusal) {
	all := append([][]string{engine.Columns}, s.rows(q.sql)...)
	from := 0
	if token := text(in, "NextToken"); token != "" {
		at, ok := q.tokens[token]
		if !ok {
			return nil, invalid("Invalid NextToken")
		}
		from = at
	}
	to := min(len(all), from+s.pageSize)
	var rows []any
	for _, row := range all[from:to] {
		var data []any
		for _, cell := range row {
			if cell == "\x00" {
				data = append(data, map[string]any{})
			} else {
				data = append(data, map[string]any{"VarCharValue": cell})
			}
		}
		rows = append(rows, map[string]any{"Data": data})
	}
	out := map[string]any{"UpdateCount": 0, "ResultSet": map[string]any{"Rows": rows, "ResultSetMetadata": map[string]any{"ColumnInfo": []any{}}}}
	if to < len(all) {
		token := fmt.Sprintf("page-%d-%d", to, s.calls["GetQueryResults"])
		q.tokens[token] = to
		out["NextToken"] = token
	}
	return out, nil
}

// noSleep waits for nothing, and ends with its context.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
