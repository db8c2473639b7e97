package restapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
)

const token = "00hunter2-hunter2"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// service is a server with a client that waits for nothing.
type service struct {
	*restapi.Client
	url      string
	waits    []time.Duration
	progress live.Progress
	requests []*http.Request
}

func serve(t *testing.T, h http.HandlerFunc, change ...func(*restapi.Options)) *service {
	t.Helper()
	s := &service{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests = append(s.requests, r)
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	s.url = srv.URL
	o := restapi.Options{
		Service: "Example", Base: srv.URL, Auth: restapi.APIToken{Scheme: "SSWS", Token: token}, Progress: &s.progress,
		Now: func() time.Time { return noon },
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.waits = append(s.waits, d)
			return ctx.Err()
		},
		Fault: func(body []byte) restapi.Fault {
			var f struct{ Code, Text string }
			_ = json.Unmarshal(body, &f)
			return restapi.Fault{Code: f.Code, Text: f.Text}
		},
	}
	for _, c := range change {
		c(&o)
	}
	c, err := restapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Client = c
	return s
}

func problem(t *testing.T, err error) *live.Problem {
	t.Helper()
	p, ok := errors.AsType[*live.Problem](err)
	if !ok {
		t.Fatalf("error %v is no *live.Problem", err)
	}
	return p
}

func TestATokenGoesOverTLSOrToThisMachineOnly(t *testing.T) {
	t.Parallel()
	for base, good := range map[string]bool{
		"https://example.okta.com": true, "http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:80": true, "https://example.com/base": true,
		"http://example.okta.com": false, "http://10.0.0.1": false, "http://localhost.example.com": false, "ftp://example.com": false, "https://": false,
		"https://user:pw@example.com": false, "https://example.com?x=1": false, "example.com": false, "http://[::1": false,
	} {
		_, err := restapi.New(restapi.Options{Service: "Example", Base: base})
		if (err == nil) != good {
			t.Errorf("%s: error %v", base, err)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func TestAHostNameThatLeadsElsewhereGetsNothingInTheClear(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {}, func(o *restapi.Options) { o.Base = "http://localhost:1" })
	if p := problem(t, get(s, "/x")); p.Kind != live.Unreachable {
		t.Errorf("%v", p)
	}
}

func get(s *service, ref string) error {
	_, err := s.Get(context.Background(), restapi.Call{Doing: "listing things", Ref: ref, Need: "things.read"})
	return err
}

func TestRedirectsStayOnTheHost(t *testing.T) {
	t.Parallel()
	stranger := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stranger++ }))
	t.Cleanup(other.Close)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/away":
			http.Redirect(w, r, other.URL+"/?secret=1", http.StatusFound)
		default:
			_, _ = fmt.Fprint(w, `{"auth":`+strconv.Quote(r.Header.Get("Authorization"))+`}`)
		}
	})
	a, err := s.Get(t.Context(), restapi.Call{Doing: "x", Ref: "/moved"})
	if err != nil || !strings.Contains(string(a.Body), token) {
		t.Errorf("a redirect within the host: %v", err)
	}
	p := problem(t, get(s, "/away"))
	if p.Kind != live.Malformed || stranger != 0 || strings.Contains(p.Error(), "secret") {
		t.Errorf("a redirect to another host: %v, %d requests there", p, stranger)
	}
	_, err = s.Pages(t.Context(), restapi.Call{Doing: "x", Ref: "/list"}, func(*restapi.Answer) string { return other.URL + "/page2" }, func(*restapi.Answer) (bool, error) { return true, nil })
	if p := problem(t, err); stranger != 0 || !strings.Contains(p.Error(), "another host") {
		t.Errorf("a next page on another host: %v, %d requests there", p, stranger)
	}
}

func TestNoMessageHoldsTheToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 409, 418, 429, 500, 503} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Okta-Request-Id", "req-1")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"Code":"E1","Text":"you sent %s"}`, r.Header.Get("Authorization"))
		})
		p := problem(t, get(s, "/x"))
		text := fmt.Sprintf("%v|%+v|%#v|%v|%+v|%#v", p, p, p, s.Client, s.Client, s.Client) + fmt.Sprint(errors.Unwrap(p))
		if strings.Contains(text, "hunter2") {
			t.Errorf("HTTP %d: %s", status, text)
		}
		if status == 403 && (p.Permission != "things.read" || p.Kind != live.Denied) {
			t.Errorf("HTTP 403: %+v", p)
		}
		if restapi.Status(p) != status || restapi.Code(p) != "E1" {
			t.Errorf("HTTP %d: status %d, code %s", status, restapi.Status(p), restapi.Code(p))
		}
		if strings.Contains(p.Error(), "\n") || !strings.HasPrefix(p.Error(), "listing things: ") {
			t.Errorf("HTTP %d: %q is not one sentence", status, p.Error())
		}
	}
}

func TestWordsOfTheServiceAreMadeHarmless(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		_ = json.NewEncoder(w).Encode(map[string]string{"Code": "E1\x1b[31m", "Text": "bad\x1b[31m\n" + strings.Repeat("x", 5000)})
	})
	p := problem(t, get(s, "/x"))
	if text := p.Error(); strings.ContainsAny(text, "\x1b\n") || len(text) > 600 || restapi.Code(p) != "" {
		t.Errorf("%q", text)
	}
}

func TestTheRestOfABucketIsLeftToOthers(t *testing.T) {
	t.Parallel()
	remaining := 100
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		remaining -= 45
		w.Header().Set("X-Rate-Limit-Limit", "100")
		w.Header().Set("X-Rate-Limit-Remaining", strconv.Itoa(max(0, remaining-5)))
		w.Header().Set("X-Rate-Limit-Reset", strconv.FormatInt(noon.Add(20*time.Second).Unix(), 10))
		_, _ = fmt.Fprint(w, "{}")
	})
	for range 2 {
		if err := get(s, "/api/v1/users"); err != nil {
			t.Fatal(err)
		}
	}
	if err := get(s, "/api/v1/groups"); err != nil || len(s.waits) != 0 {
		t.Errorf("another bucket waited %v, %v", s.waits, err)
	}
	if err := get(s, "/api/v1/users"); err != nil || len(s.waits) != 1 || s.waits[0] != 20*time.Second {
		t.Errorf("waited %v, %v; want 20 s", s.waits, err)
	}
}

func TestWaitsAreThoseThatTheServiceAsksFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		header map[string]string
		want   time.Duration // 0: by backoff
		gives  bool          // up at once
	}{
		{"Retry-After in seconds", map[string]string{"Retry-After": "7"}, 7 * time.Second, false},
		{"Retry-After as a date, by the service's clock", map[string]string{"Retry-After": noon.Add(9 * time.Second).Format(http.TimeFormat)}, 9 * time.Second, false},
		{"Okta's reset", map[string]string{"X-Rate-Limit-Limit": "10", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": strconv.FormatInt(noon.Add(30*time.Second).Unix(), 10)}, 31 * time.Second, false},
		{"a reset in an hour is not believed", map[string]string{"X-Rate-Limit-Limit": "10", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": strconv.FormatInt(noon.Add(time.Hour).Unix(), 10)}, 65 * time.Second, false},
		{"a limit of concurrency", map[string]string{"X-Rate-Limit-Limit": "0", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": strconv.FormatInt(noon.Add(50*time.Second).Unix(), 10)}, 0, false},
		{"nothing", nil, 0, false},
		{"nonsense", map[string]string{"Retry-After": "soon", "X-Rate-Limit-Limit": "-1"}, 0, false},
		{"more than five minutes", map[string]string{"Retry-After": "1800"}, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if n++; n == 1 {
					for k, v := range row.header {
						w.Header().Set(k, v)
					}
					w.WriteHeader(429)
					return
				}
				_, _ = fmt.Fprint(w, "{}")
			})
			err := get(s, "/x")
			switch {
			case row.gives:
				if p := problem(t, err); p.Kind != live.Throttled || len(s.waits) != 0 {
					t.Errorf("%v after waiting %v", p, s.waits)
				}
			case err != nil || len(s.waits) != 1 || row.want != 0 && s.waits[0] != row.want || s.waits[0] > 66*time.Second:
				t.Errorf("waited %v, error %v; want %v", s.waits, err, row.want)
			case s.progress.Calls.Load() != 2 || s.progress.Retries.Load() != 1 || s.progress.Throttled.Load() != 1:
				t.Errorf("counted %d calls, %d retries, %d throttled", s.progress.Calls.Load(), s.progress.Retries.Load(), s.progress.Throttled.Load())
			}
		})
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `["`+strings.Repeat("x", 5000)+`"]`)
	}, func(o *restapi.Options) { o.MaxBody = 1000 })
	if p := problem(t, get(s, "/x")); p.Kind != live.Malformed || !strings.Contains(p.Error(), "larger than") || len(s.requests) != 1 {
		t.Errorf("%v after %d requests", p, len(s.requests))
	}
}

func TestACanceledContextEndsEverything(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(429)
	})
	if _, err := s.Get(ctx, restapi.Call{Doing: "x", Ref: "/x"}); !errors.Is(err, context.Canceled) || len(s.requests) != 1 {
		t.Errorf("error %v after %d requests", err, len(s.requests))
	}
}

func TestPagesEndWhereTheServiceEndsThem(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("after"))
		next := n + 1
		if r.URL.Path == "/circle" {
			next = (n + 1) % 3
		}
		w.Header().Add("Link", fmt.Sprintf(`<http://%s%s>; rel="self"`, r.Host, r.URL))
		if next < 5 {
			w.Header().Add("Link", fmt.Sprintf(`<http://%s%s?after=%d>; rel="next"`, r.Host, r.URL.Path, next))
		}
		_, _ = fmt.Fprint(w, "[]")
	})
	pages := func(ref string, most int) (int, bool, error) {
		n := 0
		whole, err := s.Pages(t.Context(), restapi.Call{Doing: "x", Ref: ref}, restapi.NextLink, func(*restapi.Answer) (bool, error) {
			n++
			return n < most, nil
		})
		return n, whole, err
	}
	if n, whole, err := pages("/list", 100); n != 5 || !whole || err != nil {
		t.Errorf("%d pages, whole %v, %v", n, whole, err)
	}
	if n, whole, err := pages("/list", 2); n != 2 || whole || err != nil {
		t.Errorf("cut short: %d pages, whole %v, %v", n, whole, err)
	}
	if _, whole, err := pages("/circle", 100); whole || !strings.Contains(problem(t, err).Error(), "circle") {
		t.Errorf("in a circle: whole %v, %v", whole, err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	secret := restapi.Secret("hunter2")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", secret, "auth", restapi.APIToken{Scheme: "SSWS", Token: secret})
	text, err := json.Marshal(map[string]any{"a": secret, "b": restapi.APIToken{Token: secret}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{log.String(), string(text), fmt.Sprintf("%v %s %q %x %d %#v %+v", secret, secret, secret, secret, secret, secret, restapi.APIToken{Token: secret})} {
		if strings.Contains(s, "hunter2") || strings.Contains(s, "68756e74657232") {
			t.Errorf("printed: %s", s)
		}
	}
}

func TestTheEnvironmentGivesASecretOrTheFileOfOne(t *testing.T) {
	t.Parallel()
	files := map[string]string{"/t": " s3cret\n", "/empty": "\n", "/large": strings.Repeat("x", 1<<20)}
	for _, row := range []struct {
		name, variable, value, want, says string
	}{
		{"a variable", "T", "v", "v", ""},
		{"a file", "T_FILE", "/t", "s3cret", ""},
		{"neither", "U", "v", "", ""},
		{"an empty file", "T_FILE", "/empty", "", "is empty"},
		{"a file that is no secret", "T_FILE", "/large", "", "holds no secret"},
		{"no file", "T_FILE", "/nowhere", "", "T_FILE names"},
	} {
		e := restapi.Environment{
			Lookup: func(name string) (string, bool) { return row.value, name == row.variable },
			ReadFile: func(path string) ([]byte, error) {
				if text, ok := files[path]; ok {
					return []byte(text), nil
				}
				return nil, errors.New("no such file")
			},
		}
		got, err := e.Secret("T")
		if string(got) != row.want || (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %q, %v", row.name, string(got), err)
		}
	}
}

func TestAnAccessTokenIsKeptUntilShortlyBeforeItsEndAndRenewedWhenRefused(t *testing.T) {
	t.Parallel()
	now, grants, refuse := noon, 0, false
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			grants++
			_, _ = fmt.Fprintf(w, `{"access_token":"t%d","expires_in":749}`, grants)
			return
		}
		if refuse && r.Header.Get("Authorization") == "Bearer t2" {
			w.WriteHeader(401)
			return
		}
		_, _ = fmt.Fprint(w, "{}")
	})
	options := restapi.Options{Service: "Example", Base: s.url, Now: func() time.Time { return now }, Sleep: func(context.Context, time.Duration) error { return nil }}
	tokens, err := restapi.New(options)
	if err != nil {
		t.Fatal(err)
	}
	options.Auth = restapi.OAuth(restapi.Grant{Client: tokens, Ref: "/token", Form: func(time.Time) (url.Values, error) { return restapi.SecretForm("c", "s", ""), nil }})
	c, err := restapi.New(options)
	if err != nil {
		t.Fatal(err)
	}
	call := func(want int) {
		t.Helper()
		if _, err := c.Get(t.Context(), restapi.Call{Doing: "x", Ref: "/x"}); err != nil || grants != want {
			t.Errorf("%d grants, %v; want %d", grants, err, want)
		}
	}
	call(1)
	now = now.Add(688 * time.Second) // 749 s less a minute
	call(1)
	now = now.Add(2 * time.Second)
	call(2)
	refuse = true
	call(3)
	s.requests = nil
	if text := fmt.Sprintf("%v %#v %+v", options.Auth, options.Auth, c); strings.Contains(text, "t3") {
		t.Errorf("printed: %s", text)
	}
}

func TestNextLinkReadsSeveralHeadersAndSeveralLinks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		links []string
		want  string
	}{
		{nil, ""},
		{[]string{`<https://a/1>; rel="self"`, `<https://a/2>; rel="next"`}, "https://a/2"},
		{[]string{`<https://a/1>; rel="self", <https://a/2,3?x=1;2>; rel=next`}, "https://a/2,3?x=1;2"},
		{[]string{`<https://a/1>; title="x"; REL="Next"`}, "https://a/1"},
		{[]string{`https://a/1; rel="next"`, `<https://a/2; rel="next"`, `;`, `<`}, ""},
	} {
		if got := restapi.NextLink(&restapi.Answer{Header: http.Header{"Link": row.links}}); got != row.want {
			t.Errorf("%q: %q, want %q", row.links, got, row.want)
		}
	}
}

// FuzzNextLink holds that what is followed stood between angle brackets in a header
// that says next.
func FuzzNextLink(f *testing.F) {
	for _, seed := range []string{`<https://a/2>; rel="next"`, `<a>; rel=self, <b,c>; rel=next`, `<`, `>;rel=next`, `<<a>>; rel=next`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got := restapi.NextLink(&restapi.Answer{Header: http.Header{"Link": {header}}})
		if got != "" && (!strings.Contains(header, "<"+got+">") || !strings.Contains(strings.ToLower(header), "next")) {
			t.Errorf("%q gives %q", header, got)
		}
	})
}
