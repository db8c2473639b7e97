package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/story"
	"github.com/scimtrail/scimtrail/internal/web"
)

// house is the case of testdata/house.txtar, which most tests look at.
func house(t testing.TB) *casefile.Case {
	t.Helper()
	return tell(t, string(houseText(t)))
}

func houseText(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/house.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tell makes a case of a story.
func tell(t testing.TB, text string) *casefile.Case {
	t.Helper()
	s, err := story.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Case(actor.Default())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func view(t testing.TB, c *casefile.Case) *web.View {
	t.Helper()
	v, err := web.NewView(c, web.ViewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// site is a server over a view, and a browser of sorts that is logged in.
type site struct {
	t      testing.TB
	server *web.Server
	http   *httptest.Server
	client *http.Client
}

func open(t testing.TB, v *web.View, o web.Options) *site {
	t.Helper()
	s := web.NewServer(o)
	if v != nil {
		s.Show(v)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	client.Jar = jar
	out := &site{t, s, server, client}
	if code, body := out.get(s.Login()); code != http.StatusOK {
		t.Fatalf("logging in: status %d\n%s", code, body)
	}
	return out
}

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	res, err := s.client.Get(s.http.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// page gets a page that must be there.
func (s *site) page(path string) string {
	s.t.Helper()
	code, body := s.get(path)
	if code != http.StatusOK {
		s.t.Fatalf("%s: status %d\n%s", path, code, body)
	}
	return body
}

// settled gets a page until the answer of why stands on it.
func (s *site) settled(path string) string {
	s.t.Helper()
	for range 100 {
		body := s.page(path)
		if !strings.Contains(body, "being worked out") {
			return body
		}
		query := strings.TrimPrefix(path[strings.Index(path, "id="):], "")
		s.page("/ready?kind=" + path[1:strings.Index(path, "?")] + "&" + query)
	}
	s.t.Fatalf("%s: the answer never came", path)
	return ""
}

func (s *site) json(path string) map[string]any {
	s.t.Helper()
	var out map[string]any
	body := s.page(path)
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		s.t.Fatalf("%s: %v\n%.400s", path, err, body)
	}
	return out
}

// groupID finds a group's id by its name, through the page's own export.
func (s *site) groupID(name string) string { return s.id("group", name) }

func (s *site) id(kind, name string) string {
	s.t.Helper()
	for _, g := range s.json("/" + kind + "s?format=json")[kind+"s"].([]any) {
		if x := g.(map[string]any); x["name"] == name {
			return x["id"].(string)
		}
	}
	s.t.Fatalf("no %s %q", kind, name)
	return ""
}

// hostile is a case in which every string that a stranger can choose is text.
func hostile(t testing.TB, text string) *casefile.Case {
	t.Helper()
	const store, account, region = "d-9a67000001", "111122223333", "us-east-2"
	group, user := "64a8b4c8-1001-70a1-1111-000000000001", "64a8b4c8-2001-70a1-1111-000000000001"
	at := func(day int) time.Time { return time.Date(2025, 9, day, 10, 0, 0, 0, time.UTC) }
	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: text, Kind: "lookup-events"})
	add := func(n int, d cloudtrail.Draft) {
		d.ID = fmt.Sprintf("0000000e-0000-4000-8000-%012d", n)
		d.Account, d.Region, d.SourceIP, d.UserAgent = account, region, text, text
		d.Caller.Account = account
		if err := b.Record(in, d.Record()); err != nil {
			t.Fatal(err)
		}
	}
	add(1, cloudtrail.Draft{Time: at(3), Action: cloudtrail.APICreateMembership(store, group, user, "64a8b4c8-3001-70a1-1111-000000000001"),
		Caller: cloudtrail.Caller{Type: "AssumedRole", Role: text, RoleID: "AROAEXAMPLE", Session: text}})
	add(2, cloudtrail.Draft{Time: at(4), Action: cloudtrail.SCIMPatchGroup("tenant", group, cloudtrail.SCIMOperation{Op: "ADD", Path: "members"}),
		Failure: cloudtrail.Failure{Code: text, Message: text}})
	raw, err := json.Marshal(map[string]any{
		"eventVersion": "1.11", "eventTime": "2025-09-05T10:00:00Z", "eventSource": awsid.SourceAPI, "eventName": "Create" + text, "awsRegion": text,
		"recipientAccountId": text, "eventID": text, "userAgent": text, "sourceIPAddress": text,
		"userIdentity":      map[string]any{"type": text, "userName": text, "arn": text},
		"requestParameters": map[string]any{"groupId": text, "userId": text, "displayName": text, "identityStoreId": text},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Record(in, raw); err != nil {
		t.Fatal(err)
	}
	b.Cover(casefile.Cover{Account: account, Region: region, Source: awsid.SourceSCIM, Span: span.Of(at(1), at(9)), Channel: text, Complete: casefile.Claimed})
	b.Cover(casefile.Cover{Account: text, Region: text, Source: text, Span: span.Of(at(1), at(9)), Channel: text})
	b.Snapshot(directory.Snapshot{Store: store, Input: in, NotBefore: at(9), NotAfter: at(9), Clock: directory.ClockManifest,
		Groups: []directory.Group{{ID: group, Name: text}}, Users: []directory.User{{ID: user, UserName: text, DisplayName: text}},
		Memberships: []directory.Membership{{ID: "64a8b4c8-3001-70a1-1111-000000000001", Group: group, User: user}}, MembersOf: []string{group}})
	b.Unreadable(casefile.Loss{Path: text, Reason: text, Lost: text})
	b.Note(text)
	return b.Build()
}
