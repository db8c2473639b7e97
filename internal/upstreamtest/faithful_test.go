package upstreamtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

// call asks a stand-in and returns its answer.
func call(t *testing.T, method, url, auth string, form url.Values) (*http.Response, string) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", auth)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// The behaviours of okta-sailpoint reference 17 that catch real bugs.
func TestOktaAnswersAsOktaDoes(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Join(upstreamtest.Group, upstreamtest.Ann)
	good := "SSWS " + w.Okta.Token
	app := "/api/v1/apps/" + upstreamtest.AppID
	at := func(d time.Duration) string { return url.QueryEscape(w.Now().Add(d).Format(time.RFC3339)) }
	for _, row := range []struct {
		name, path, auth string
		status           int
		has              string // in the body
		links            int    // Link headers
	}{
		{"without a token", "/api/v1/users", "", 401, `"E0000011"`, 0},
		{"with another scheme", "/api/v1/users", "Bearer " + w.Okta.Token, 401, `"E0000011"`, 0},
		{"two links in headers of their own", "/api/v1/users?limit=2", good, 200, `"00u`, 2},
		{"one link on the last page", "/api/v1/users?limit=200", good, 200, `"00u`, 1},
		{"two groups of one name and different types", "/api/v1/groups?search=" + url.QueryEscape(`profile.name eq "`+upstreamtest.Group+`"`), good, 200, `"APP_GROUP"`, 1},
		{"a bad search", "/api/v1/groups?search=name", good, 400, `"E0000031"`, 0},
		{"an assignment that is not", app + "/users/00uNOBODY", good, 404, `"E0000007"`, 0},
		{"features of the AWS app", app + "/features", good, 400, `"E0000001"`, 0},
		{"mappings of a status that none has", app + "/group-push/mappings?status=ERROR", good, 200, "[]", 1},
		{"a bounded walk of the log ends", "/api/v1/logs?since=" + at(-40*24*time.Hour) + "&until=" + at(time.Hour), good, 200, `"uuid"`, 1},
		{"an open walk of the log never does", "/api/v1/logs?since=" + at(-24*time.Hour), good, 200, `"uuid"`, 2},
		{"the log of last year", "/api/v1/logs?since=" + at(-200*24*time.Hour), good, 400, `"E0000053"`, 0},
	} {
		resp, body := call(t, http.MethodGet, w.Okta.URL+row.path, row.auth, nil)
		if resp.StatusCode != row.status || !strings.Contains(body, row.has) || len(resp.Header.Values("Link")) != row.links {
			t.Errorf("%s: HTTP %d with %d links: %.200s", row.name, resp.StatusCode, len(resp.Header.Values("Link")), body)
		}
		if resp.Header.Get("X-Okta-Request-Id") == "" || resp.Header.Get("X-Rate-Limit-Reset") == "" {
			t.Errorf("%s: headers %v", row.name, resp.Header)
		}
	}
	_, body := call(t, http.MethodGet, w.Okta.URL+app+"/group-push/mappings", good, nil)
	if strings.Contains(body, "lastPush") {
		t.Errorf("a mapping that was never pushed has lastPush: %s", body)
	}
	resp, body := call(t, http.MethodPost, w.Okta.URL+"/oauth2/v1/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {"x"}, "client_secret": {"y"}})
	if resp.StatusCode != 400 || !strings.Contains(body, "invalid_request") {
		t.Errorf("a client secret: HTTP %d %s", resp.StatusCode, body)
	}
}

func TestSailPointAnswersAsSailPointDoes(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	token := func() string {
		resp, body := call(t, http.MethodPost, w.SailPoint.URL+"/oauth/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {w.SailPoint.ClientID}, "client_secret": {w.SailPoint.Secret}})
		var got struct {
			Token   string  `json:"access_token"`
			Expires float64 `json:"expires_in"`
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil || resp.StatusCode != 200 || got.Expires != 749 {
			t.Fatalf("HTTP %d %s", resp.StatusCode, body)
		}
		return "Bearer " + got.Token
	}
	person := token()
	w.Do(func() { w.SailPoint.Userless = true })
	nobody := token()
	w.Request(upstreamtest.Ann, upstreamtest.Profile)
	w.Provision()
	for _, row := range []struct {
		name, path, auth string
		status           int
		has              string
		total            string // X-Total-Count
	}{
		{"no token", "/v2025/accounts", "", 401, "error", ""},
		{"a list is a bare array", "/v2025/accounts", person, 200, "[{", ""},
		{"counted when asked", "/v2025/accounts?count=true&limit=1", person, 200, "[{", "4"},
		{"there is no /v3/entitlements", "/v3/entitlements", person, 404, "detailCode", ""},
		{"there is a newer one", "/v2025/entitlements", person, 200, upstreamtest.Group, ""},
		{"and one of its service", "/entitlements/v1", person, 200, upstreamtest.Group, ""},
		{"what is for people only", "/v2025/identities", nobody, 403, "detailCode", ""},
		{"and what is not", "/v2025/account-activities", nobody, 200, `"errors":null`, ""},
		{"a bad filter", "/v2025/accounts?filters=identityId", person, 400, "detailCode", ""},
	} {
		resp, body := call(t, http.MethodGet, w.SailPoint.URL+row.path, row.auth, nil)
		if resp.StatusCode != row.status || !strings.Contains(body, row.has) || resp.Header.Get("X-Total-Count") != row.total {
			t.Errorf("%s: HTTP %d, total %q: %.200s", row.name, resp.StatusCode, resp.Header.Get("X-Total-Count"), body)
		}
	}
}

func TestARequestForWhatSailPointThinksIsThereIsDropped(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	for range 2 {
		w.Request(upstreamtest.Ann, upstreamtest.Profile)
		w.Provision()
	}
	if n := len(w.SailPoint.Requests); n != 1 {
		t.Errorf("%d requests are listed; want the first", n)
	}
}

func TestTheSameWorldTwiceHasTheSameBytes(t *testing.T) {
	t.Parallel()
	read := func() string {
		w := upstreamtest.New(t, upstreamtest.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
		_, body := call(t, http.MethodGet, w.Okta.URL+"/api/v1/logs?since=2026-01-01T00:00:00Z&until=2026-03-02T09:00:00Z", "SSWS "+w.Okta.Token, nil)
		return fmt.Sprint(len(body)) + body
	}
	if a, b := read(), read(); a != b || len(a) < 1000 {
		t.Errorf("two readings differ, or are empty: %d and %d bytes", len(a), len(b))
	}
}
