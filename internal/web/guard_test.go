package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/web"
)

// ask sends a request past the cookies and the client of a site.
func ask(t *testing.T, h http.Handler, method, path string, change func(*http.Request)) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestLoginLinkWorksOnce(t *testing.T) {
	t.Parallel()
	s := web.NewServer(web.Options{})
	s.Show(view(t, house(t)))
	h := s.Handler()
	if res := ask(t, h, "GET", "/", nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a login the overview answers %d", res.StatusCode)
	}
	if res := ask(t, h, "GET", "/login?token=guessed", nil); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("a guessed token is answered with %d and %d cookies", res.StatusCode, len(res.Cookies()))
	}
	if res := ask(t, h, "GET", "/login?token=", nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("an empty token is answered with %d", res.StatusCode)
	}
	link := s.Login()
	if res := ask(t, h, "HEAD", link, nil); res.StatusCode != http.StatusOK || len(res.Cookies()) > 0 {
		t.Errorf("whether the link is there is answered with %d and %d cookies", res.StatusCode, len(res.Cookies()))
	}
	res := ask(t, h, "GET", link, nil)
	if res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
		t.Fatalf("the link is answered with %d and %d cookies", res.StatusCode, len(res.Cookies()))
	}
	cookie := res.Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || len(cookie.Value) < 43 {
		t.Errorf("the cookie is %v", cookie)
	}
	if strings.Contains(link, cookie.Value) {
		t.Error("the cookie is the token of the link, which stays in the browser's history")
	}
	if res := ask(t, h, "GET", link, nil); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("a second use of the link by somebody else is answered with %d and %d cookies", res.StatusCode, len(res.Cookies()))
	}
	if res := ask(t, h, "GET", "/login?token=", nil); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("an empty token after the login is answered with %d", res.StatusCode)
	}
	with := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: cookie.Name, Value: value}) }
	}
	if res := ask(t, h, "GET", "/", with(cookie.Value)); res.StatusCode != http.StatusOK {
		t.Errorf("with the cookie the overview answers %d", res.StatusCode)
	}
	for _, wrong := range []string{"", cookie.Value[1:], strings.ToUpper(cookie.Value) + "x"} {
		if res := ask(t, h, "GET", "/", with(wrong)); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("with the cookie %q the overview answers %d", wrong, res.StatusCode)
		}
	}
	other := web.NewServer(web.Options{})
	other.Show(view(t, house(t)))
	if res := ask(t, other.Handler(), "GET", "/", with(cookie.Value)); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("another server takes the cookie: %d", res.StatusCode)
	}
}

func TestNobodyElseIsAnswered(t *testing.T) {
	t.Parallel()
	s := web.NewServer(web.Options{})
	s.Show(view(t, house(t)))
	h := s.Handler()
	cookie := ask(t, h, "GET", s.Login(), nil).Cookies()[0]
	for name, tt := range map[string]struct {
		method string
		change func(*http.Request)
		want   int
	}{
		"a name that resolves to this machine": {"GET", func(r *http.Request) { r.Host = "evil.example.org:8080" }, http.StatusMisdirectedRequest},
		"an address that is not this machine":  {"GET", func(r *http.Request) { r.Host = "198.51.100.7" }, http.StatusMisdirectedRequest},
		"a name that begins like this machine": {"GET", func(r *http.Request) { r.Host = "127.0.0.1.example.org" }, http.StatusMisdirectedRequest},
		"no name at all":                       {"GET", func(r *http.Request) { r.Host = "" }, http.StatusMisdirectedRequest},
		"localhost through a tunnel":           {"GET", func(r *http.Request) { r.Host = "localhost:9999" }, http.StatusOK},
		"an IPv6 loopback":                     {"GET", func(r *http.Request) { r.Host = "[::1]:8080" }, http.StatusOK},
		"a form of another site":               {"POST", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusMethodNotAllowed},
		"a deletion":                           {"DELETE", nil, http.StatusMethodNotAllowed},
	} {
		res := ask(t, h, tt.method, "/", func(r *http.Request) {
			r.AddCookie(cookie)
			if tt.change != nil {
				tt.change(r)
			}
		})
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != tt.want {
			t.Errorf("%s: status %d, want %d", name, res.StatusCode, tt.want)
		}
		if tt.want != http.StatusOK && strings.Contains(string(body), "App-AWS") {
			t.Errorf("%s: the refusal shows evidence", name)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	s := web.NewServer(web.Options{})
	s.Show(view(t, house(t)))
	h := s.Handler()
	cookie := ask(t, h, "GET", s.Login(), nil).Cookies()[0]
	for _, path := range []string{"/", "/groups", "/events?format=csv", "/errors?format=json", "/nowhere", "/group?id=none", "/state", "/ready?kind=group&id=none", "/login?token=x"} {
		res := ask(t, h, "GET", path, func(r *http.Request) { r.AddCookie(cookie) })
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
}

func TestNothingIsShownBeforeTheEvidenceIsRead(t *testing.T) {
	t.Parallel()
	s := open(t, nil, web.Options{})
	if code, body := s.get("/groups"); code != http.StatusServiceUnavailable || !strings.Contains(body, "being read") {
		t.Errorf("status %d\n%s", code, body)
	}
}
