package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// The size of a store that a benchmark runs on.
var sizes = []struct{ users, groups int }{{1_000, 50}, {10_000, 500}}

// BenchmarkEcho is what an operation is measured against: net/http and JSON, and
// nothing between them. An operation should take three times as long at most.
// Benchmarks run one after the other; on a machine that does other things too, the
// shares that scripts/load prints tell more, since there the two take turns.
func BenchmarkEcho(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v map[string]any
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}))
	defer server.Close()
	load(b, func(c *http.Client, n int64) error {
		return roundTrip(c, "POST", server.URL, user(fmt.Sprint("echo-", n)), "", 200)
	})
}

// BenchmarkOperations is each operation through HTTP, recorded, with as many
// clients as there are processors times four.
func BenchmarkOperations(b *testing.B) {
	for _, kept := range []string{"memory", "folder"} {
		for _, size := range sizes {
			b.Run(fmt.Sprintf("%s/users=%d", kept, size.users), func(b *testing.B) { operations(b, kept, size.users, size.groups) })
		}
	}
}

func operations(b *testing.B, kept string, users, groups int) {
	cfg := emulator.Config{}
	if kept == "folder" {
		cfg.State = b.TempDir()
	}
	s := start(b, cfg)
	userIDs, groupIDs := s.fill(users, groups)
	var made atomic.Int64
	members := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":%q}]}]}`
	for _, op := range []struct {
		name string
		do   func(c *http.Client, n int64) error
	}{
		{"CreateUser", func(c *http.Client, _ int64) error {
			return roundTrip(c, "POST", s.SCIMURL+"/Users", user(fmt.Sprintf("new-%d", made.Add(1))), s.Token, 201)
		}},
		{"GetUser", func(c *http.Client, n int64) error {
			return roundTrip(c, "GET", s.SCIMURL+"/Users/"+userIDs[n%int64(len(userIDs))], "", s.Token, 200)
		}},
		{"FindByUserName", func(c *http.Client, n int64) error {
			return roundTrip(c, "GET", s.SCIMURL+fmt.Sprintf("/Users?filter=userName+eq+%%22user-%d%%22", n%int64(users)), "", s.Token, 200)
		}},
		{"AddMember", func(c *http.Client, n int64) error {
			// Another pair each time, until there are no more.
			group, member := groupIDs[n%int64(len(groupIDs))], userIDs[n/int64(len(groupIDs))*7919%int64(len(userIDs))]
			return roundTrip(c, "PATCH", s.SCIMURL+"/Groups/"+group, fmt.Sprintf(members, member), s.Token, 204)
		}},
		{"List100", func(c *http.Client, _ int64) error {
			return roundTrip(c, "GET", s.SCIMURL+"/Users?count=100", "", s.Token, 200)
		}},
	} {
		b.Run(op.name, func(b *testing.B) { load(b, op.do) })
	}
}

// fill makes users and groups without HTTP.
func (s *served) fill(users, groups int) (userIDs, groupIDs []string) {
	s.t.Helper()
	post := func(path, body string) string {
		r := httptest.NewRequest("POST", "/"+s.TenantID+"/scim/v2"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+s.Token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var made struct{ ID string }
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 {
			s.t.Fatalf("making one of many: %d %s", w.Code, w.Body)
		}
		return made.ID
	}
	for i := range users {
		userIDs = append(userIDs, post("/Users", user(fmt.Sprintf("user-%d", i))))
	}
	for i := range groups {
		groupIDs = append(groupIDs, post("/Groups", fmt.Sprintf(`{"displayName":"group-%d"}`, i)))
	}
	return userIDs, groupIDs
}

func roundTrip(c *http.Client, method, url, body, token string, want int) error {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var said bytes.Buffer
	if _, err := io.Copy(&said, res.Body); err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s %s: %d %s", method, url, res.StatusCode, &said)
	}
	return nil
}

// load runs an operation from several clients at once and reports operations a
// second and the 99th percentile of their times.
func load(b *testing.B, do func(c *http.Client, n int64) error) {
	const clients = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var n atomic.Int64
	var mu sync.Mutex
	var times []time.Duration
	b.SetParallelism(clients / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var own []time.Duration
		for pb.Next() {
			begun := time.Now()
			if err := do(client, n.Add(1)); err != nil {
				b.Error(err)
				return
			}
			own = append(own, time.Since(begun))
		}
		mu.Lock()
		times = append(times, own...)
		mu.Unlock()
	})
	b.StopTimer()
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
}
