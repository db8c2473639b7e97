package push_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/push"
)

// world is an emulator whose requests are kept.
type world struct {
	t     testing.TB
	e     *emulator.Emulator
	ready emulator.Ready

	mu       sync.Mutex
	requests []request
	waited   []time.Duration
}

type request struct {
	method, uri, body string
	header            http.Header
	status            int
}

func (r request) String() string { return r.method + " " + r.uri }

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	s := &status{rw, 200}
	w.e.ServeHTTP(s, r)
	if strings.Contains(r.URL.Path, "/scim/v2") {
		w.mu.Lock()
		defer w.mu.Unlock()
		_, rest, _ := strings.Cut(r.RequestURI, "/scim/v2")
		w.requests = append(w.requests, request{r.Method, rest, string(body), r.Header.Clone(), s.code})
	}
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) { s.code = code; s.ResponseWriter.WriteHeader(code) }

func start(t testing.TB) *world {
	t.Helper()
	e, err := emulator.Open(t.Context(), emulator.Config{Warn: func(err error) { t.Errorf("warned of: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, e: e}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	if w.ready, err = e.Ready(server.URL, ""); err != nil {
		t.Fatal(err)
	}
	return w
}

// options are those of a push of d by the client that is named.
func (w *world) options(client string, d push.Directory) push.Options {
	w.t.Helper()
	p, ok := push.Named(client)
	if !ok {
		w.t.Fatalf("no client %s", client)
	}
	return push.Options{
		Endpoint: w.ready.SCIMURL, Token: w.ready.Token, Profile: p, Input: d,
		Wait: func(_ context.Context, d time.Duration) error {
			w.waited = append(w.waited, d)
			return nil
		},
	}
}

func (w *world) push(o push.Options) *push.Result {
	w.t.Helper()
	w.requests = nil
	res, err := push.Run(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// holds is the directory at the endpoint in a form to compare: users with their
// state, groups with their members, sorted.
func (w *world) holds() []string {
	snap := w.e.Center.Snapshot()
	names := map[string]string{}
	var lines []string
	for _, u := range snap.Users {
		names[u.ID] = u.UserName
		lines = append(lines, "user "+u.UserName)
	}
	for _, g := range snap.Groups {
		var members []string
		for _, m := range snap.Memberships {
			if m.Group == g.ID {
				members = append(members, names[m.User])
			}
		}
		slices.Sort(members)
		lines = append(lines, fmt.Sprintf("group %s: %s", g.Name, strings.Join(members, " ")))
	}
	slices.Sort(lines)
	return lines
}

// says is what the input says, in the same form.
func says(d push.Directory) []string {
	var lines []string
	for _, u := range d.Users {
		lines = append(lines, "user "+u.UserName)
	}
	for _, g := range d.Groups {
		members := slices.Sorted(slices.Values(g.Members))
		lines = append(lines, fmt.Sprintf("group %s: %s", g.DisplayName, strings.Join(members, " ")))
	}
	slices.Sort(lines)
	return lines
}

// user reads one user over SCIM, as the endpoint shows him.
func (w *world) user(name string) (u struct {
	Active     bool
	ExternalID string `json:"externalId"`
	Name       struct{ GivenName, FamilyName string }
	Emails     []struct{ Value string }
}) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.ready.SCIMURL+"/Users?filter=userName%20eq%20%22"+name+"%22", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.ready.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	page := struct{ Resources []any }{}
	if err := json.Unmarshal(data, &page); err != nil || len(page.Resources) != 1 {
		w.t.Fatalf("%s: %s (%v)", name, data, err)
	}
	one, _ := json.Marshal(page.Resources[0])
	if err := json.Unmarshal(one, &u, json.MatchCaseInsensitiveNames(true)); err != nil {
		w.t.Fatal(err)
	}
	return u
}

// event is what of a record is looked at.
type event struct {
	EventName    string `json:"eventName"`
	UserAgent    string `json:"userAgent"`
	ErrorCode    string `json:"errorCode"`
	ErrorMessage string `json:"errorMessage"`
	RequestID    string `json:"requestID"`
	ReadOnly     bool   `json:"readOnly"`
}

// events are all recorded SCIM calls, oldest first.
func (w *world) events() []event {
	w.t.Helper()
	var list []event
	for next := ""; ; {
		body := `{}`
		if next != "" {
			body = `{"NextToken":"` + next + `"}`
		}
		r, err := http.NewRequestWithContext(w.t.Context(), "POST", w.ready.BaseURL+"/", strings.NewReader(body))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "CloudTrail_20131101.LookupEvents")
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+w.ready.AccessKeyID+"/20260302/us-east-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=00")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			w.t.Fatal(err)
		}
		data, err := io.ReadAll(res.Body)
		res.Body.Close()
		var page struct {
			Events    []struct{ CloudTrailEvent string }
			NextToken string
		}
		if err != nil || json.Unmarshal(data, &page) != nil {
			w.t.Fatalf("LookupEvents: %s (%v)", data, err)
		}
		for _, e := range page.Events {
			var ev event
			if err := json.Unmarshal([]byte(e.CloudTrailEvent), &ev); err != nil {
				w.t.Fatal(err)
			}
			list = append(list, ev)
		}
		if next = page.NextToken; next == "" {
			slices.Reverse(list)
			return list
		}
	}
}

func read(t testing.TB, text string) push.Directory {
	t.Helper()
	d, err := push.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const company = `{
  "users": [
    {"userName": "ann.stone@example.com"},
    {"userName": "bob.hill@example.com", "displayName": "Bobby", "externalId": "b-1"},
    {"userName": "cleo.wood@example.com"}
  ],
  "groups": [
    {"displayName": "App-AWS-Admins", "members": ["ann.stone@example.com", "bob.hill@example.com"]},
    {"displayName": "App-AWS-Readers", "members": ["cleo.wood@example.com"]},
    {"displayName": "App-AWS-Nobody", "members": []}
  ]
}`

// crowd is one group of n users, in CSV.
func crowd(n int) string {
	var b strings.Builder
	b.WriteString("user,group\n")
	for i := range n {
		fmt.Fprintf(&b, "user.n%03d@example.com,App-AWS-Crowd\n", i)
	}
	return b.String()
}
