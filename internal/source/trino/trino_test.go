package trino_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/trino"
)

// cluster stands in for a Trino at the wire where a real one can't be made to
// misbehave. It knows three statements and answers each in as many pages as there
// are rows.
type cluster struct {
	mu        sync.Mutex
	server    *httptest.Server
	rows      [][]any
	spoil     func(n int, w http.ResponseWriter, r *http.Request) bool // true: it has answered request n
	fail      map[string]any                                           // the error of the query for records
	requests  int
	cancelled int
	sql       []string
	headers   []http.Header
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{}
	c.server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.server.Close)
	at := time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC).Format(time.RFC3339)
	record := fmt.Sprintf(`{"eventVersion":"1.11","eventTime":%q,"eventSource":%q,"eventName":"PatchGroup","awsRegion":"us-east-2","recipientAccountId":"111122223333","eventID":"one"}`, at, awsid.SourceSCIM)
	c.rows = [][]any{
		{"111122223333", "us-east-2", "2026-11-18", nil, nil, "2026-11-18T00:00:00Z", "2026-11-18T23:59:00Z", "900", "14"},
		{"111122223333", "us-east-2", "2026-11-18", awsid.SourceSCIM, record, at, at, "1", "0"},
	}
	return c
}

func (c *cluster) host() string { return strings.TrimPrefix(c.server.URL, "http://") }

func (c *cluster) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.headers = append(c.headers, r.Header.Clone())
	if r.Method == http.MethodDelete {
		c.cancelled++
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if c.spoil != nil && c.spoil(c.requests, w, r) {
		return
	}
	sql, at := "", 0
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		sql = string(body)
		c.sql = append(c.sql, sql)
	} else {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/v1/statement/executing/%d/%d", &n, &at)
		sql = c.sql[n]
	}
	rows := c.rows
	switch {
	case strings.HasPrefix(sql, "SHOW COLUMNS"):
		rows = [][]any{{"line", "varchar", "", ""}, {"account", "varchar", "partition key", ""}, {"day", "varchar", "partition key", ""}}
	case strings.HasPrefix(sql, "SHOW CREATE"):
		rows = [][]any{{"CREATE TABLE x (\n   line varchar,\n   day varchar WITH ( partition_projection_format = 'yyyy/MM/dd', partition_projection_type = 'DATE' )\n)\nWITH (\n   partition_projection_enabled = true\n)"}}
	}
	page := map[string]any{"id": "20261120_000000_00001_abcde", "infoUri": c.server.URL + "/ui/", "stats": map[string]any{"state": "RUNNING", "physicalInputBytes": 1000 * at}}
	if at > 0 && at <= len(rows) {
		page["data"] = rows[at-1 : at]
	}
	if at < len(rows) {
		page["nextUri"] = fmt.Sprintf("%s/v1/statement/executing/%d/%d", c.server.URL, len(c.sql)-1, at+1)
	}
	if at > 0 && c.fail != nil && !strings.HasPrefix(sql, "SHOW") {
		page["error"] = c.fail
		delete(page, "nextUri")
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(page)
}

func (c *cluster) source(t *testing.T, q live.Query, opts trino.Options) *trino.Source {
	t.Helper()
	name, err := trino.ParseName("trino://" + c.host() + "/hive/default/logs")
	if err != nil {
		t.Fatal(err)
	}
	if opts.Sleep == nil {
		opts.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	s, err := trino.New(name, opts, q)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func collect(ctx context.Context, s *trino.Source) (*casefile.Case, error) {
	b := casefile.NewBuilder(actor.Default())
	err := s.Collect(ctx, b)
	return b.Build(), err
}

func TestTheProtocolIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.spoil = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		switch n % 4 {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			return false
		}
		return true
	}
	progress := new(live.Progress)
	got, err := collect(t.Context(), c.source(t, live.Query{Progress: progress}, trino.Options{Credentials: trino.Credentials{User: "ana"}}))
	if err != nil || len(got.Events) != 1 || len(got.Coverage) != 5 || got.Statistics.Records != 901 {
		t.Fatalf("%v, %d events, covers %v", err, len(got.Events), got.Coverage)
	}
	if len(c.sql) != 3 || c.cancelled != 0 || progress.Throttled.Load() == 0 || progress.Retries.Load() <= progress.Throttled.Load() {
		t.Errorf("%d statements, %d cancelled, %d throttles of %d retries", len(c.sql), c.cancelled, progress.Throttled.Load(), progress.Retries.Load())
	}
	for _, h := range c.headers {
		if h.Get("X-Trino-User") != "ana" || h.Get("X-Trino-Source") != "scimtrail" || h.Get("Authorization") != "" {
			t.Errorf("headers %v", h)
		}
	}
}

func TestWhatEndsAQuery(t *testing.T) {
	t.Parallel()
	status := func(code int) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "http://elsewhere.example.com/")
			w.WriteHeader(code)
			return true
		}
	}
	body := func(text string) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, _ *http.Request) bool { _, _ = io.WriteString(w, text); return true }
	}
	fail := func(name string) map[string]any {
		return map[string]any{"errorName": name, "errorCode": 1, "errorType": "USER_ERROR", "message": "line 1:1: no\x1b[31m such thing"}
	}
	for _, tt := range []struct {
		name  string
		spoil func(int, http.ResponseWriter, *http.Request) bool
		fail  map[string]any
		opts  trino.Options
		kind  live.Kind
		says  string
	}{
		{name: "nobody known", spoil: status(401), kind: live.Credentials, says: "TRINO_PASSWORD"},
		{name: "forbidden", spoil: status(403), kind: live.Denied, says: "TRINO_USER"},
		{name: "another service", spoil: status(404), kind: live.Missing, says: "not a Trino cluster"},
		{name: "sent elsewhere", spoil: status(307), kind: live.WrongPlace, says: "own address"},
		{name: "a web page", spoil: body("<html>sign in</html>"), kind: live.Malformed, says: "not a Trino cluster"},
		{name: "an answer that goes on at another host", spoil: body(`{"id":"x","nextUri":"http://elsewhere.example.com/v1/statement/1","stats":{}}`), kind: live.Malformed, says: "another address"},
		{name: "busy for ever", spoil: status(503), kind: live.Throttled, says: "kept answering 503"},
		{name: "no such table", fail: fail("TABLE_NOT_FOUND"), kind: live.Missing, says: "--print-ddl trino"},
		{name: "the table is denied", fail: fail("PERMISSION_DENIED"), kind: live.Denied, says: "SELECT on the table"},
		{name: "too much memory", fail: fail("EXCEEDED_LOCAL_MEMORY_LIMIT"), kind: live.Refused, says: "shorter time"},
		{name: "it reads more than it may", opts: trino.Options{MaxBytes: 500}, kind: live.TooExpensive, says: "when it was cancelled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.spoil, c.fail = tt.spoil, tt.fail
			got, err := collect(t.Context(), c.source(t, live.Query{}, tt.opts))
			if p, ok := errors.AsType[*live.Problem](err); !ok || p.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\x1b") {
				t.Errorf("error %v", err)
			}
			if len(got.Coverage) != 0 {
				t.Errorf("covers %v", got.Coverage)
			}
			if tt.kind == live.TooExpensive && c.cancelled != 1 {
				t.Error("the query runs on")
			}
		})
	}
}

func TestAnInterruptedQueryIsCancelled(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	ctx, interrupt := context.WithCancel(t.Context())
	c.spoil = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet && len(c.sql) == 3 {
			interrupt()
		}
		return false
	}
	got, err := collect(ctx, c.source(t, live.Query{}, trino.Options{}))
	if !errors.Is(err, context.Canceled) || len(got.Coverage) != 0 || c.cancelled != 1 {
		t.Errorf("%v, covers %v, %d cancelled", err, got.Coverage, c.cancelled)
	}
}

func TestSecretsTravelOverTLSOnly(t *testing.T) {
	t.Parallel()
	const secret = "secret-of-the-test"
	plain, err := trino.ParseName("trino://127.0.0.1:1/a/b/c")
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []trino.Credentials{{User: "ana", Password: secret}, {Token: secret}} {
		if _, err := trino.New(plain, trino.Options{Credentials: who}, live.Query{}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("over plain HTTP: %v", err)
		}
		var sent []string
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent = append(sent, r.Header.Get("Authorization"))
			w.WriteHeader(http.StatusUnauthorized)
		}))
		defer server.Close()
		name, err := trino.ParseName("trino://" + strings.TrimPrefix(server.URL, "https://") + "/a/b/c?tls=true")
		if err != nil {
			t.Fatal(err)
		}
		s, err := trino.New(name, trino.Options{Credentials: who, HTTP: server.Client()}, live.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collect(t.Context(), s); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
		if len(sent) != 1 || sent[0] == "" {
			t.Errorf("sent %q", sent)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p, err := newCluster(t).source(t, live.Query{}, trino.Options{}).Plan(t.Context())
	if err != nil || len(p.Permissions) != 1 || p.Permissions[0].IAM || p.Permissions[0].Resource != `"hive"."default"."logs"` || p.CostUSD != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"trino://localhost/a/b/c":                         "trino://localhost:8080/a/b/c",
		"trino://127.0.0.1:9999/a/b/c":                    "trino://127.0.0.1:9999/a/b/c",
		"trino://[::1]/a/b/c":                             "trino://[::1]:8080/a/b/c",
		"trino://trino.example.com/a/b/c":                 "trino://trino.example.com:443/a/b/c",
		"trino://trino.example.com:8080/a/b/c?tls=false":  "trino://trino.example.com:8080/a/b/c?tls=false",
		"trino://localhost/a/b/c?tls=true":                "trino://localhost:443/a/b/c?tls=true",
		"trino://trino.example.com/a/b%2Fc/d%22e":         "trino://trino.example.com:443/a/b%2Fc/d%22e",
		"trino://ana:secret@trino.example.com/a/b/c":      "",
		"trino://trino.example.com/a/b":                   "",
		"trino://trino.example.com/a//c":                  "",
		"trino://trino.example.com/a/b/c?password=secret": "",
		"trino://trino.example.com:99999/a/b/c":           "",
		"trino:///a/b/c":                                  "",
	} {
		got, err := trino.ParseName(in)
		if want == "" && err == nil || want != "" && (err != nil || got.String() != want) {
			t.Errorf("%s is %s, %v", in, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes a secret: %v", in, err)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"trino://localhost/a/b/c", "trino://h:1/a/b/c?tls=1", "trino://[::1]:2/%22/%2f/c", "trino://x y/a/b/c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := trino.ParseName(s)
		if err != nil {
			return
		}
		if again, err := trino.ParseName(n.String()); err != nil || again != n {
			t.Errorf("%q is %+v, written as %s, which is %+v, %v", s, n, n, again, err)
		}
	})
}
