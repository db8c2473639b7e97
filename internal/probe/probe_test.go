package probe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/probe"
	"github.com/scimtrail/scimtrail/internal/scimclient"
)

func awake(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func client(t testing.TB, endpoint, token string) *scimclient.Client {
	t.Helper()
	c, err := scimclient.New(endpoint, token, scimclient.Options{Sleep: awake})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func create(t testing.TB, s *idcentertest.Server, path, body string) {
	t.Helper()
	if _, err := client(t, s.SCIMURL, s.Token).Do(t.Context(), "preparing", "POST", path, "", []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func TestAGoodEndpoint(t *testing.T) {
	t.Parallel()
	s := idcentertest.New(t)
	for n := range 130 {
		create(t, s, "/Users", fmt.Sprintf(`{"userName":"user-%d","name":{"givenName":"U","familyName":"N"},"displayName":"U"}`, n))
	}
	create(t, s, "/Groups", `{"displayName":"Admins"}`)
	r, err := probe.Run(t.Context(), client(t, s.SCIMURL, s.Token), probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &probe.Report{Endpoint: s.SCIMURL, Differences: []string{}, Users: probe.Shown{All: 130, First: 100}, Groups: probe.Shown{All: 1, First: 1}, Notes: []string{
		"A client that does not page by cursor sees the first 100 users of 130, and the same ones again for any startIndex.",
		"SCIM never shows a group's members: an empty member list here says nothing. Read them with aws identitystore list-group-memberships.",
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	for _, e := range s.Events()[131:] {
		if !e.ReadOnly {
			t.Errorf("a probe without a round trip made the call %s", e.Name)
		}
	}
}

func TestARoundTripLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	left := "scimtrail-probe-0123456789abcdef"
	for _, row := range []struct {
		name        string
		interruptAt string // the call after which the context is done
		fails       bool
	}{
		{name: "all is well"},
		{name: "interrupted when the group was made", interruptAt: "POST /Groups", fails: true},
		{name: "interrupted when it was looked for", interruptAt: "GET /Groups found", fails: true},
		{name: "interrupted when it was changed", interruptAt: "PATCH", fails: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := idcentertest.New(t)
			create(t, s, "/Groups", `{"displayName":"`+left+`"}`)
			create(t, s, "/Groups", `{"displayName":"scimtrail-probe-of-somebody"}`)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r, err := probe.Run(ctx, &watched{Client: client(t, s.SCIMURL, s.Token), at: row.interruptAt, stop: cancel}, probe.Options{RoundTrip: true})
			if (err != nil) != row.fails || err != nil && !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v", err)
			}
			if err == nil {
				want := &probe.RoundTrip{Group: r.RoundTrip.Group, Removed: true, Cleaned: []string{left},
					Steps: []string{"made a group", "found it by name", "changed it", "deleted it"}}
				if diff := cmp.Diff(want, r.RoundTrip); diff != "" {
					t.Error(diff)
				}
			}
			after, err := probe.Run(t.Context(), client(t, s.SCIMURL, s.Token), probe.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if after.Groups.All != 1 || len(after.Leftovers) != 0 {
				t.Errorf("left behind: %+v", after)
			}
		})
	}
}

// A group that could not be deleted at once is deleted later: the endpoint was in
// trouble, or the answer was lost and the group is gone.
func TestARoundTripDeletesItsGroupThroughTrouble(t *testing.T) {
	t.Parallel()
	uncertain := &live.Problem{Kind: live.Uncertain, Reason: "the endpoint is in trouble (HTTP 500)"}
	for _, row := range []struct {
		name    string
		times   int  // deletions that fail
		arrives bool // though they do what they should
		removed bool
	}{
		{"three times in trouble", 3, false, true},
		{"an answer that was lost", 1, true, true},
		{"for ever in trouble", 1000, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := idcentertest.New(t)
			e := &trouble{Client: client(t, s.SCIMURL, s.Token), times: row.times, arrives: row.arrives, err: uncertain}
			r, err := probe.Run(t.Context(), e, probe.Options{RoundTrip: true, Sleep: awake})
			if err != nil {
				t.Fatal(err)
			}
			if r.RoundTrip.Removed != row.removed || (r.RoundTrip.Failed == "") != row.removed {
				t.Errorf("round trip %+v", r.RoundTrip)
			}
			after, err := probe.Run(t.Context(), client(t, s.SCIMURL, s.Token), probe.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if (after.Groups.All == 0) != row.removed {
				t.Errorf("%d groups are there", after.Groups.All)
			}
		})
	}
}

// trouble makes deletions fail.
type trouble struct {
	*scimclient.Client
	times   int
	arrives bool
	err     error
}

func (e *trouble) Do(ctx context.Context, doing, method, path, query string, body []byte) (*scimclient.Answer, error) {
	if method != "DELETE" || e.times == 0 {
		return e.Client.Do(ctx, doing, method, path, query, body)
	}
	e.times--
	if e.arrives {
		if _, err := e.Client.Do(ctx, doing, method, path, query, body); err != nil {
			return nil, err
		}
	}
	return nil, e.err
}

// watched interrupts the probe after a call.
type watched struct {
	*scimclient.Client
	at   string
	stop func()
}

func (w *watched) Do(ctx context.Context, doing, method, path, query string, body []byte) (*scimclient.Answer, error) {
	a, err := w.Client.Do(ctx, doing, method, path, query, body)
	if w.at != "" && strings.HasPrefix(method+" "+path, w.at) {
		w.stop()
	}
	return a, err
}

func (w *watched) List(ctx context.Context, doing, path, filter string, take func(scimclient.Page) error) error {
	err := w.Client.List(ctx, doing, path, filter, take)
	if w.at == "GET /Groups found" && filter != "" {
		w.stop()
	}
	return err
}

func TestWhatALeftoverIs(t *testing.T) {
	t.Parallel()
	s := idcentertest.New(t)
	create(t, s, "/Groups", `{"displayName":"scimtrail-probe-0123456789abcdef"}`)
	r, err := probe.Run(t.Context(), client(t, s.SCIMURL, s.Token), probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"scimtrail-probe-0123456789abcdef"}, r.Leftovers); diff != "" {
		t.Error(diff)
	}
}

// TestBadEndpoints: one clear sentence each, and the token in none.
func TestBadEndpoints(t *testing.T) {
	t.Parallel()
	const token = "the-secret-token"
	good := idcentertest.New(t)
	answer := func(status int, kind, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			for i := 0; i+1 < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const errorBody = `{"schema":["urn:ietf:params:scim:api:messages:2.0:Error"],"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":%q,"status":"%d"}`
	for _, row := range []struct {
		name    string
		handler http.HandlerFunc // nil: the emulator
		path    string
		homes   []string
		kind    live.Kind
		want    string
	}{
		{name: "a wrong token", kind: live.Credentials, want: "the token is not accepted: it is of another tenant or Region, expired or deleted; see the console: Settings, Automatic provisioning, Access tokens"},
		{name: "a web page", handler: answer(200, "text/html", "<html>sign in</html>"), kind: live.Malformed, want: "a web page came from HOST where SCIM's answer was due; check the URL, and the proxy between here and AWS"},
		{name: "a web page that says it is JSON", handler: answer(200, "application/json", "  <!doctype html>"), kind: live.Malformed, want: "a web page came from HOST"},
		{name: "an outage", handler: answer(503, "application/json", "{}"), kind: live.Unreachable, want: "the endpoint is in trouble (HTTP 503); run it again later"},
		{name: "an outage of a proxy", handler: answer(502, "text/html", "<html>bad gateway</html>"), kind: live.Malformed, want: "a web page came from HOST"},
		{name: "a redirect", handler: answer(302, "text/plain", "", "Location", "https://elsewhere.example.com/?t=1"), kind: live.Malformed,
			want: "the endpoint redirects to another address (elsewhere.example.com); the token was not sent there"},
		{name: "a stale tenant", handler: answer(404, "application/json", fmt.Sprintf(errorBody, "TENANT does not exist.", 404)), kind: live.WrongPlace, want: "there is no such tenant here"},
		{name: "a tenant of another Region, by its first letters", handler: answer(401, "application/json", "{}"), path: "/Hw5aaaaaaaa-2222-3333-4444-555555555555/scim/v2",
			kind: live.Credentials, want: "the token is not accepted"},
		{name: "nothing there", handler: answer(404, "text/plain", "not found"), kind: live.WrongPlace, want: "nothing is there at HOST; copy the whole URL from the console"},
		{name: "forbidden", handler: answer(403, "application/json", fmt.Sprintf(errorBody, "no", 403)), kind: live.Denied, want: "the token is accepted, and this is forbidden to it"},
		{name: "throttled for ever", handler: answer(429, "application/json", "{}", "Retry-After", "3600"), kind: live.Throttled, want: "the endpoint kept asking to slow down"},
		{name: "half an answer", handler: answer(200, "application/json", `{"patch":{"supp`), kind: live.Malformed, want: "the answer is no ServiceProviderConfig, or broke off"},
		{name: "an answer cut off on the way", handler: answer(200, "application/json", `{}`, "Content-Length", "999"), kind: live.Malformed, want: "the answer of HOST broke off"},
		{name: "something else in JSON", handler: answer(200, "application/json", `{"hello":"world"}`), kind: live.Malformed, want: "no ServiceProviderConfig"},
		{name: "a good configuration and half a list", handler: func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "Config") {
				answer(200, "application/json", `{"patch":{"supported":true}}`)(w, r)
				return
			}
			answer(200, "application/json", `{"Resources":[{"id"`)(w, r)
		}, kind: live.Malformed, want: "the answer is no list, or broke off"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			endpoint := good.SCIMURL
			host := ""
			if row.handler != nil {
				s := httptest.NewServer(row.handler)
				t.Cleanup(s.Close)
				host = strings.TrimPrefix(s.URL, "http://")
				endpoint = s.URL + "/tenant/scim/v2"
				if row.path != "" {
					endpoint = s.URL + row.path
				}
			}
			_, err := probe.Run(t.Context(), client(t, endpoint, token), probe.Options{Homes: row.homes})
			problem, ok := errors.AsType[*live.Problem](err)
			if !ok || problem.Kind != row.kind || !strings.Contains(err.Error(), strings.ReplaceAll(row.want, "HOST", host)) {
				t.Fatalf("error %v", err)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, problem, problem.Err); strings.Contains(text, token) {
				t.Errorf("it shows the token: %s", text)
			}
		})
	}
}

// elsewhere is an endpoint of a Region that nobody calls in a test.
type elsewhere struct{ *scimclient.Client }

func (elsewhere) Endpoint() string { return "https://scim.us-east-1.amazonaws.com/tenant/scim/v2" }

func TestAnEndpointOfAnotherRegion(t *testing.T) {
	t.Parallel()
	s := idcentertest.New(t)
	_, err := probe.Run(t.Context(), elsewhere{client(t, s.SCIMURL, "x")}, probe.Options{Homes: []string{"us-east-2"}})
	if err == nil || !strings.Contains(err.Error(), "the endpoint is of us-east-1, and the evidence shows Identity Center in us-east-2") {
		t.Errorf("error %v", err)
	}
	r, err := probe.Run(t.Context(), elsewhere{client(t, s.SCIMURL, s.Token)}, probe.Options{Homes: []string{"us-east-2"}})
	if err != nil || !strings.HasPrefix(r.Notes[0], "The endpoint is of us-east-1, and the evidence shows Identity Center in us-east-2") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAConfigurationThatIsNotAsDocumented(t *testing.T) {
	t.Parallel()
	s := idcentertest.New(t)
	c := client(t, s.SCIMURL, s.Token)
	r, err := probe.Run(t.Context(), other{c}, probe.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"filter.maxResults is 100, and AWS documents 50", "sort.supported is nothing, and AWS documents false", "authenticationSchemes does not name oauthbearertoken, which AWS documents"}
	if diff := cmp.Diff(want, r.Differences); diff != "" {
		t.Error(diff)
	}
}

type other struct{ *scimclient.Client }

func (o other) Do(ctx context.Context, doing, method, path, query string, body []byte) (*scimclient.Answer, error) {
	a, err := o.Client.Do(ctx, doing, method, path, query, body)
	if err == nil && path == "/ServiceProviderConfig" {
		a.Body = []byte(strings.NewReplacer(`"maxResults":50`, `"maxResults":100`, `"sort":{"supported":false},`, ``, "oauthbearertoken", "httpbasic").Replace(string(a.Body)))
	}
	return a, err
}

func TestTheTokensAgeByTheLog(t *testing.T) {
	t.Parallel()
	const mine, others = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
	first := time.Date(2025, 11, 20, 8, 0, 0, 0, time.UTC)
	event := func(key string, days int) casefile.Event {
		return casefile.Event{Record: cloudtrail.Record{Source: idcentertest.SourceSCIM, Time: first.AddDate(0, 0, days), Identity: cloudtrail.Identity{AccessKey: key}}}
	}
	for _, row := range []struct {
		name, token string
		events      []casefile.Event
		want        *probe.Token
	}{
		{"the log shows no token", mine + ":a:b:c", nil, nil},
		{"the log shows it", mine + ":a:b:c", []casefile.Event{event(mine, 3), event(mine, 0), event(others, 5)},
			&probe.Token{ID: mine, FirstSeen: first, LastSeen: first.AddDate(0, 0, 3), Calls: 2, ExpiresBy: first.AddDate(1, 0, 0), Others: 1}},
		{"the log shows another", mine + ":a:b:c", []casefile.Event{event(others, 0)}, &probe.Token{Others: 1}},
		{"a token of another shape is not looked up", "opaque", []casefile.Event{event("opaque", 0)}, &probe.Token{Others: 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, probe.TokenAge(row.token, row.events)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
