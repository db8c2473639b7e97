package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// served is an emulator behind a test server.
type served struct {
	*emulator.Emulator
	emulator.Ready
	t testing.TB
}

func start(t testing.TB, cfg emulator.Config) *served {
	t.Helper()
	if cfg.Warn == nil {
		cfg.Warn = func(err error) { t.Errorf("warned of: %v", err) }
	}
	e, err := emulator.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	ready, err := e.Ready(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	return &served{e, ready, t}
}

// answered is an answer that was read.
type answered struct {
	*http.Response
	body string
}

func (a answered) decode(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%s is not JSON: %v", a.body, err)
	}
}

// send sends a request and holds the answer to what every answer must have.
// Headers are "Name: value".
func (s *served) send(method, url, body string, headers ...string) answered {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(res.Header.Get("x-amzn-RequestId")) != 36 {
		s.t.Errorf("%s %s: the answer has the x-amzn-RequestId %q", method, url, res.Header.Get("x-amzn-RequestId"))
	}
	if len(data) > 0 && !json.Valid(bytes.TrimSpace(data)) {
		s.t.Errorf("%s %s: the answer is not JSON: %.200s", method, url, data)
	}
	return answered{res, string(data)}
}

func (s *served) scim(method, path, body string) answered {
	s.t.Helper()
	return s.send(method, s.SCIMURL+path, body, "Authorization: Bearer "+s.Token, "Content-Type: application/scim+json")
}

func (s *served) admin(method, path, body string) answered {
	s.t.Helper()
	return s.send(method, s.BaseURL+"/_admin/"+path, body)
}

func (s *served) aws(target, body string) answered {
	s.t.Helper()
	return s.send("POST", s.BaseURL+"/", body, "X-Amz-Target: "+target, "Content-Type: application/x-amz-json-1.1",
		"Authorization: AWS4-HMAC-SHA256 Credential="+s.AccessKeyID+"/20260302/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=00")
}

func user(name string) string {
	return `{"userName":"` + name + `","name":{"givenName":"Ann","familyName":"Stone"},"displayName":"Ann Stone"}`
}

// create makes a user and returns his id.
func (s *served) create(name string) string {
	s.t.Helper()
	a := s.scim("POST", "/Users", user(name))
	if a.StatusCode != http.StatusCreated {
		s.t.Fatalf("creating %s: %d %s", name, a.StatusCode, a.body)
	}
	var made struct{ ID string }
	a.decode(s.t, &made)
	return made.ID
}

// event is a record with the fields that the tests look at.
type event struct {
	EventName, EventSource, UserAgent, RequestID, ErrorCode string
	ReadOnly                                                bool
	UserIdentity                                            struct{ Type, AccessKeyID, UserName, Arn string }
}

// events returns the newest records by LookupEvents, newest first.
func (s *served) events() []event {
	s.t.Helper()
	a := s.aws("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", `{}`)
	if a.StatusCode != http.StatusOK {
		s.t.Fatalf("LookupEvents: %d %s", a.StatusCode, a.body)
	}
	var page struct {
		Events []struct{ CloudTrailEvent string }
	}
	a.decode(s.t, &page)
	list := make([]event, len(page.Events))
	for i, e := range page.Events {
		if err := json.Unmarshal([]byte(e.CloudTrailEvent), &list[i]); err != nil {
			s.t.Fatal(err)
		}
	}
	return list
}

func names(list []event) string {
	var out []string
	for _, e := range list {
		out = append(out, strings.TrimSpace(e.EventName+" "+e.ErrorCode))
	}
	return strings.Join(out, ", ")
}
