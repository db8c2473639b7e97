package scimclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/scimclient"
)

const token = "the-secret-token"

func kindOf(err error) live.Kind {
	if p, ok := errors.AsType[*live.Problem](err); ok {
		return p.Kind
	}
	return ""
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, raw, want, fails string }{
		{"as the console shows it", "https://scim.us-east-1.amazonaws.com/t/scim/v2", "https://scim.us-east-1.amazonaws.com/t/scim/v2", ""},
		{"with a slash at its end", " https://scim.us-east-1.amazonaws.com/t/scim/v2/ ", "https://scim.us-east-1.amazonaws.com/t/scim/v2", ""},
		{"on this machine", "http://127.0.0.1:8080/t/scim/v2", "http://127.0.0.1:8080/t/scim/v2", ""},
		{"plain http", "http://scim.us-east-1.amazonaws.com/t/scim/v2", "", "plain http"},
		{"without its path", "https://scim.us-east-1.amazonaws.com/t", "", "does not end in /scim/v2"},
		{"with too much of a path", "https://scim.us-east-1.amazonaws.com/t/scim/v2/Users", "", "does not end in /scim/v2"},
		{"without a tenant", "https://scim.us-east-1.amazonaws.com/scim/v2", "", "names no tenant"},
		{"with a password", "https://u:p@scim.us-east-1.amazonaws.com/t/scim/v2", "", "more than a host and a path"},
		{"with a query", "https://scim.us-east-1.amazonaws.com/t/scim/v2?x=1", "", "more than a host and a path"},
		{"a portal", "d-9a67000001.awsapps.com/start", "", "is not a URL like"},
		{"nothing", "", "", "is not a URL like"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := scimclient.Endpoint(row.raw)
			if got != row.want || (err == nil) != (row.fails == "") || err != nil && !strings.Contains(err.Error(), row.fails) {
				t.Errorf("%q, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Errorf("it shows a password: %v", err)
			}
		})
	}
}

func FuzzEndpoint(f *testing.F) {
	f.Add("https://scim.us-east-1.amazonaws.com/11111111111-2222-3333-4444-555555555555/scim/v2")
	f.Add("http://[::1]:80/t/scim/v2/")
	f.Add("http://127.0.0.1.example.com/t/scim/v2")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := scimclient.Endpoint(raw)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.User != nil || u.RawQuery != "" || u.Scheme == "http" && !scimclient.Loopback(u.Hostname()) || !strings.HasSuffix(got, "/scim/v2") {
			t.Errorf("taken for an endpoint: %q", got)
		}
		if again, err := scimclient.Endpoint(got); again != got || err != nil {
			t.Errorf("%q is read again as %q, %v", got, again, err)
		}
		_, _ = scimclient.Region(got), scimclient.TenantRegion(scimclient.Tenant(got))
	})
}

func TestRegionsOfEndpoints(t *testing.T) {
	t.Parallel()
	const old = "https://scim.us-east-1.amazonaws.com/Hw5aaaaaaaa-2222-3333-4444-555555555555/scim/v2"
	if got := scimclient.Region(old); got != "us-east-1" {
		t.Errorf("Region %q", got)
	}
	if got := scimclient.TenantRegion(scimclient.Tenant(old)); got != "us-east-2" {
		t.Errorf("the tenant looks like %q", got)
	}
	if got := scimclient.TenantRegion("11111111-2222-3333-4444-555555555555"); got != "" {
		t.Errorf("a tenant of the newer shape looks like %q", got)
	}
}

// TestWhatIsSentAgain: a change that may have arrived is not; what the endpoint
// declined to do is, and so is whatever only reads.
func TestWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, method string
		status       int // of every answer but the last; 0: the connection breaks
		sent         int32
		kind         live.Kind
	}{
		{"a read after an error of the server", "GET", 500, 3, ""},
		{"a read after a lost connection", "GET", 0, 3, ""},
		{"a change after a throttle", "PATCH", 429, 3, ""},
		{"no change after an error of the server", "PATCH", 500, 1, live.Uncertain},
		{"no change after a lost connection", "PATCH", 0, 1, live.Uncertain},
		{"no change that was refused", "PATCH", 400, 1, live.Refused},
		{"no change of what is not there", "PATCH", 404, 1, live.Missing},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				switch n := sent.Add(1); {
				case n == 3:
					_, _ = io.WriteString(w, "{}")
				case row.status == 0:
					panic(http.ErrAbortHandler)
				default:
					w.Header().Set("Retry-After", "7")
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(row.status)
					_, _ = io.WriteString(w, `{"detail":"GROUP does not exist."}`)
				}
			}))
			defer s.Close()
			var waits []time.Duration
			c, err := scimclient.New(s.URL+"/t/scim/v2", token, scimclient.Options{Backoff: live.Backoff{Base: 1, Max: 1},
				Sleep: func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() }})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(t.Context(), "trying", row.method, "/Groups/g", "", []byte("{}"))
			if sent.Load() != row.sent || kindOf(err) != row.kind {
				t.Errorf("sent %d times: %v", sent.Load(), err)
			}
			if row.status == 429 && (len(waits) != 2 || waits[0] < 7*time.Second || waits[0] > 8*time.Second) {
				t.Errorf("told to wait 7 s, it waited %v", waits)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("it shows the token: %v", err)
			}
		})
	}
}

func TestTheTokenFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	c, err := scimclient.New(s.URL+"/t/scim/v2", token, scimclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), "trying", "GET", "/Users", "", nil); kindOf(err) != live.Malformed || elsewhere.Load() != 0 {
		t.Errorf("%v, and %d calls elsewhere", err, elsewhere.Load())
	}
}

func TestALineBreakIsNoToken(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "two words", "line\nbreak", "ümlaut"} {
		if _, err := scimclient.New("https://scim.us-east-1.amazonaws.com/t/scim/v2", bad, scimclient.Options{}); kindOf(err) != live.Credentials || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAListIsWalkedToItsEndOrNotTaken(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		pages []string
		want  int
		fails bool
	}{
		{"two pages", []string{`{"Resources":[1,2],"nextCursor":"a"}`, `{"Resources":[3]}`}, 3, false},
		{"a short page in the middle", []string{`{"Resources":[],"nextCursor":"a"}`, `{"Resources":[3]}`}, 1, false},
		{"an empty list", []string{`{"totalResults":0,"itemsPerPage":0,"Resources":[]}`}, 0, false},
		{"half a page", []string{`{"Resources":[1,2],"nextCursor":"a"}`, `{"Resources":[3`}, 0, true},
		{"the same page again", []string{`{"Resources":[1],"nextCursor":"a"}`, `{"Resources":[1],"nextCursor":"a"}`}, 0, true},
		{"an endpoint that does not page", []string{`{"totalResults":50,"Resources":[` + strings.Repeat("1,", 49) + `1]}`}, 0, true},
		{"no list", []string{`{"hello":1}`}, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var cursors []string
			n := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				cursors = append(cursors, r.URL.Query().Get("cursor"))
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, row.pages[min(n, len(row.pages)-1)])
				n++
			}))
			defer s.Close()
			c, err := scimclient.New(s.URL+"/t/scim/v2", token, scimclient.Options{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			err = c.List(t.Context(), "listing", "/Users", "", func(p scimclient.Page) error { got += len(p.Resources); return nil })
			if (err != nil) != row.fails || err == nil && got != row.want {
				t.Errorf("%d, %v", got, err)
			}
			if row.name == "two pages" {
				if diff := cmp.Diff([]string{"", "a"}, cursors); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}
