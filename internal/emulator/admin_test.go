package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

func TestALifeOfTokens(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	status := func(want int, a answered) answered {
		t.Helper()
		if a.StatusCode != want {
			t.Errorf("%s %s: %d %s, want %d", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, want)
		}
		return a
	}
	with := func(token string) answered {
		return s.send("GET", s.SCIMURL+"/Users", "", "Authorization: Bearer "+token)
	}
	var second struct{ ID, Token, CreatedAt, ExpiresAt string }
	status(201, s.admin("POST", "tokens", "")).decode(t, &second)
	status(200, with(second.Token))
	status(409, s.admin("POST", "tokens", ""))
	var list struct {
		Tokens []map[string]any
	}
	status(200, s.admin("GET", "tokens", "")).decode(t, &list)
	if len(list.Tokens) != 2 || list.Tokens[1]["id"] != second.ID || list.Tokens[1]["expired"] != false || list.Tokens[1]["token"] != nil ||
		list.Tokens[1]["expiresAt"] != second.ExpiresAt {
		t.Errorf("listed: %v", list.Tokens)
	}
	first := list.Tokens[0]["id"].(string)
	status(200, s.admin("POST", "tokens/"+first+"/expire", ""))
	status(401, with(s.Token))
	status(409, s.admin("POST", "tokens", ""))
	status(204, s.admin("DELETE", "tokens/"+first, ""))
	status(404, s.admin("DELETE", "tokens/"+first, ""))
	status(404, s.admin("POST", "tokens/"+first+"/expire", ""))
	status(401, with(s.Token))
	status(200, with(second.Token))
	status(204, s.admin("DELETE", "tokens/"+second.ID, ""))
	status(401, with(second.Token))
	status(200, s.admin("GET", "tokens", "")).decode(t, &list)
	if len(list.Tokens) != 0 {
		t.Errorf("left: %v", list.Tokens)
	}
	var legacy struct{ Token string }
	status(201, s.admin("POST", "tokens", `{"legacy":true}`)).decode(t, &legacy)
	before := len(s.events())
	status(200, with(legacy.Token))
	if after := len(s.events()); after != before {
		t.Errorf("a legacy token is recorded: %s", names(s.events()))
	}
}

func TestTimePassesByTheClock(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	id := s.create("ann")
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"advance":"-1s"}`, 400}, {`{"advance":"1y"}`, 400}, {`{"advance":3600}`, 400}, {`{}`, 400}, {``, 400}, {`{"advance":"1h","back":true}`, 400},
		{`null`, 400}, {`{"advance":"1h"} {}`, 400}, {`{"advance":"2000000h"}`, 400}, {`{"advance":"0s"}`, 200}, {`{"advance":"240h30m"}`, 200},
	} {
		if a := s.admin("POST", "clock", c.body); a.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.body, a.StatusCode, a.body)
		}
	}
	a := s.scim("PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
	var after struct {
		Meta struct{ Created, LastModified time.Time }
	}
	a.decode(t, &after)
	if d := after.Meta.LastModified.Sub(after.Meta.Created); d < 240*time.Hour+30*time.Minute || d > 240*time.Hour+32*time.Minute {
		t.Errorf("between making and changing lie %v", d)
	}
	s.admin("POST", "clock", `{"advance":"8760h"}`)
	if a := s.scim("GET", "/Users", ""); a.StatusCode != 401 {
		t.Errorf("a token more than a year old: %d", a.StatusCode)
	}
	if got := names(s.events()); strings.Contains(got, "CreateUser") {
		t.Errorf("after more than 90 days LookupEvents shows %s", got)
	}
}

func TestFaultsHappenAndChangeNothing(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	for _, c := range []struct {
		name, faults string
		status       int
		retry, code  string
	}{
		{"throttled", `{"rate429":1}`, 429, "1", "ThrottlingException"},
		{"throttled for longer", `{"rate429":1,"retryAfter":"7s"}`, 429, "7", "ThrottlingException"},
		{"failing", `{"rate429":0,"rate500":1}`, 500, "", "InternalServerException"},
	} {
		if a := s.admin("POST", "faults", c.faults); a.StatusCode != 200 {
			t.Fatalf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
		a := s.scim("POST", "/Users", user("ann"))
		if a.StatusCode != c.status || a.Header.Get("Retry-After") != c.retry || !strings.Contains(a.body, `"exceptionRequestId"`) {
			t.Errorf("%s: %d, Retry-After %q, %s", c.name, a.StatusCode, a.Header.Get("Retry-After"), a.body)
		}
		api := s.aws("AWSIdentityStore.CreateUser", `{"IdentityStoreId":"`+s.IdentityStoreID+`","UserName":"bob"}`)
		if !strings.Contains(api.body, `"__type":"`+c.code+`"`) {
			t.Errorf("%s: the API answers %d %s", c.name, api.StatusCode, api.body)
		}
		if trail := s.aws("CloudTrail_20131101.LookupEvents", `{}`); !strings.Contains(trail.body, c.code) {
			t.Errorf("%s: CloudTrail answers %d %s", c.name, trail.StatusCode, trail.body)
		}
		if a := s.admin("GET", "faults", ""); a.StatusCode != 200 {
			t.Errorf("%s: the administration is faulted: %d", c.name, a.StatusCode)
		}
	}
	s.admin("POST", "faults", `{"rate500":0}`)
	if a := s.scim("GET", "/Users", ""); !strings.Contains(a.body, `"totalResults":0`) {
		t.Errorf("afterwards there are users: %s", a.body)
	}
	if got := strings.Count(names(s.events()), "CreateUser ThrottlingException"); got != 4 {
		t.Errorf("recorded: %s", names(s.events()))
	}
}

func TestNonsenseFaultsAreRefusedAndTheOthersStay(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	s.admin("POST", "faults", `{"rate429":0.25,"latency":"1ms"}`)
	before := s.admin("GET", "faults", "").body
	for _, body := range []string{`{"rate429":1.5}`, `{"rate429":-1}`, `{"rate500":"much"}`, `{"latency":"-1s"}`, `{"latency":5}`, `{"latency":"soon"}`,
		`{"latency":"9000h"}`, `{"rate":0.1}`, `[]`, `null`, ``, `{"rate429":0.1}{}`, `{"deliveryDropped":2}`, `{"deliveryLate":"-1s"}`, `{"rate429":1e999}`} {
		if a := s.admin("POST", "faults", body); a.StatusCode != 400 || !strings.Contains(a.body, `"error":`) {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.body)
		}
	}
	if diff := cmp.Diff(before, s.admin("GET", "faults", "").body); diff != "" {
		t.Errorf("nonsense changed something (-before +after):\n%s", diff)
	}
	s.admin("POST", "faults", `{"rate429":0,"latency":"0s"}`)
	if got := s.admin("GET", "faults", "").body; !strings.Contains(got, `"rate429":0,`) || !strings.Contains(got, `"latency":"0s"`) {
		t.Errorf("taken back: %s", got)
	}
}

func TestTheAdministrationIsForThisMachineAndNoWebPage(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	host := strings.TrimPrefix(s.BaseURL, "http://")
	port := host[strings.LastIndexByte(host, ':'):]
	for _, c := range []struct {
		name   string
		header string
		status int
	}{
		{"as it is", "", 200},
		{"by the name of the machine itself", "Host: localhost" + port, 200},
		{"by a name that leads here", "Host: attacker.example" + port, 403},
		{"by a name that begins like the machine's", "Host: 127.0.0.1.attacker.example" + port, 403},
		{"from a page of another origin", "Origin: https://attacker.example", 403},
		{"from a page of another port of this machine", "Origin: http://127.0.0.1:1", 403},
		{"from a page of no origin", "Origin: null", 403},
		{"from its own origin", "Origin: " + s.BaseURL, 200},
		{"from a page, as the browser says", "Sec-Fetch-Site: cross-site", 403},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{c.header}
		}
		if a := s.send("GET", s.BaseURL+"/_admin/tokens", "", headers...); a.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
	}
	far := httptest.NewRequest("GET", s.BaseURL+"/_admin/tokens", nil)
	far.RemoteAddr = "192.0.2.7:4000"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, far)
	if w.Code != http.StatusForbidden {
		t.Errorf("from another machine: %d %s", w.Code, w.Body)
	}
}

func TestWhatTheAdministrationDoesNotHave(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "", 404, ""}, {"GET", "secrets", 404, ""}, {"GET", "clock/x", 404, ""}, {"GET", "tokens/x/y", 404, ""},
		{"PUT", "tokens", 405, "GET, POST"}, {"GET", "tokens/x", 405, "DELETE"}, {"DELETE", "clock", 405, "GET, POST"}, {"GET", "console", 405, "POST"},
	} {
		a := s.admin(c.method, c.path, "")
		if a.StatusCode != c.status || a.Header.Get("Allow") != c.allow || !strings.Contains(a.body, `"error":`) {
			t.Errorf("%s %s: %d, Allow %q, %s", c.method, c.path, a.StatusCode, a.Header.Get("Allow"), a.body)
		}
	}
}

func TestTheConsoleIsRecordedAsTheConsole(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{})
	id := s.create("ann")
	a := s.admin("POST", "console", `{"operation":"DisableUser","user":"`+id+`","person":"eve@example.com"}`)
	if a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	e := s.events()[0]
	if e.EventSource != "sso-directory.amazonaws.com" || e.EventName != "DisableUser" || !strings.HasSuffix(e.UserIdentity.Arn, "/eve@example.com") {
		t.Errorf("recorded: %+v", e)
	}
	if a := s.admin("POST", "console", `{"operation":"DeleteUser","user":"nobody"}`); a.StatusCode != 404 {
		t.Errorf("deleting nobody: %d %s", a.StatusCode, a.body)
	}
}
