package idcenter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

const (
	testStore  = "d-9a67000001"
	testTenant = "f3v00000000-0000-4000-8000-000000000000"
)

// tester is a *testing.T, *testing.B or *rapid.T.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// world is a Center with its clock, records and a token.
type world struct {
	tb tester
	*idcenter.Center
	log   idcenter.Memory
	token string

	mu  sync.Mutex
	now time.Time
}

func newWorld(tb tester, behaviour idcenter.Behaviour) *world {
	tb.Helper()
	return newWorldWith(tb, func(o *idcenter.Options) { o.Behaviour = behaviour })
}

func newWorldWith(tb tester, change func(*idcenter.Options)) *world {
	tb.Helper()
	w := &world{tb: tb, now: time.Date(2026, 11, 1, 10, 15, 0, 0, time.UTC), log: idcenter.NewMemory()}
	o := idcenter.Options{Store: testStore, Tenant: testTenant, Clock: w.clock,
		Random: rand.NewChaCha8([32]byte{1}), Journal: w.log}
	change(&o)
	c, err := idcenter.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	w.Center = c
	if w.token, _, err = c.CreateToken(context.Background(), idcenter.Call{}, false); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// answer is a SCIM answer with its body read.
type answer struct {
	idcenter.SCIMResponse
	body map[string]any
}

// scim sends a request; target is a path with an optional query as they stand in
// a URL before it is encoded.
func (w *world) scim(method, target, body string) answer {
	w.tb.Helper()
	path, query, _ := strings.Cut(target, "?")
	return w.send(idcenter.SCIMRequest{Tenant: w.Tenant(), Method: method, Path: path, Query: parseQuery(query),
		Authorization: "Bearer " + w.token, Body: []byte(body)})
}

func (w *world) send(r idcenter.SCIMRequest) answer {
	w.tb.Helper()
	a := answer{SCIMResponse: w.SCIM(context.Background(), scimClient, r)}
	if a.Body != nil {
		if err := json.Unmarshal(a.Body, &a.body); err != nil {
			w.tb.Fatalf("%s %s: the answer is not JSON: %v\n%s", r.Method, r.Path, err, a.Body)
		}
	}
	return a
}

// parseQuery reads a=b&c without percent codes, so that tests stay readable.
func parseQuery(s string) url.Values {
	q := url.Values{}
	for part := range strings.SplitSeq(s, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			q.Add(name, value)
		}
	}
	return q
}

var scimClient = idcenter.Call{SourceIP: "203.0.113.20", UserAgent: "Okta SCIM Client 1.0.0"}

var admin = idcenter.Call{SourceIP: "198.51.100.7", UserAgent: "aws-cli/2.32.10", Caller: cloudtrail.Caller{
	Type: "AssumedRole", Account: "111122223333", AccessKey: "ASIAEXAMPLE", Role: "Admin", RoleID: "AROAEXAMPLE", Session: "alice"}}

// api calls the Identity Store API; the identity store id is added to the
// request.
func (w *world) api(op, request string) (map[string]any, *idcenter.Error) {
	w.tb.Helper()
	return w.read(w.API(context.Background(), admin, op, []byte(w.inStore(request))))
}

func (w *world) inStore(request string) string {
	request = `{"IdentityStoreId":"` + w.Store() + `",` + strings.TrimPrefix(request, "{")
	return strings.Replace(request, ",}", "}", 1)
}

func (w *world) sso(op, request string) (map[string]any, *idcenter.Error) {
	w.tb.Helper()
	request = `{"InstanceArn":"` + w.Instance() + `",` + strings.TrimPrefix(request, "{")
	return w.read(w.SSO(context.Background(), admin, op, []byte(strings.Replace(request, ",}", "}", 1))))
}

func (w *world) read(body []byte, err error) (map[string]any, *idcenter.Error) {
	w.tb.Helper()
	if err != nil {
		e, ok := err.(*idcenter.Error)
		if !ok {
			w.tb.Fatalf("the error is a %T, not an *Error: %v", err, err)
		}
		return nil, e
	}
	out := map[string]any{}
	if err := json.Unmarshal(body, &out); err != nil {
		w.tb.Fatalf("the answer is not JSON: %v\n%s", err, body)
	}
	return out, nil
}

// userBody is the least body of a user.
func userBody(name string) string {
	return fmt.Sprintf(`{"userName":%q,"name":{"familyName":"Stone","givenName":"Avery"},"displayName":"Avery Stone","active":true}`, name)
}

// user makes a user and returns the id.
func (w *world) user(name string) string {
	w.tb.Helper()
	a := w.scim("POST", "/Users", userBody(name))
	if a.Status != 201 {
		w.tb.Fatalf("making the user %s: %d %s", name, a.Status, a.Body)
	}
	return a.body["id"].(string)
}

// group makes a group of users and returns the id.
func (w *world) group(name string, users ...string) string {
	w.tb.Helper()
	a := w.scim("POST", "/Groups", fmt.Sprintf(`{"displayName":%q,"members":%s}`, name, memberList(users...)))
	if a.Status != 201 {
		w.tb.Fatalf("making the group %s: %d %s", name, a.Status, a.Body)
	}
	return a.body["id"].(string)
}

func memberList(users ...string) string {
	list := make([]map[string]string, len(users))
	for i, u := range users {
		list[i] = map[string]string{"value": u}
	}
	b, _ := json.Marshal(list)
	return string(b)
}

// patch wraps operations.
func patch(operations ...string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + strings.Join(operations, ",") + `]}`
}

// members returns the user ids in a group, as the Identity Store API lists them.
func (w *world) members(group string) []string {
	w.tb.Helper()
	var out []string
	token := ""
	for {
		page, err := w.api("ListGroupMemberships", fmt.Sprintf(`{"GroupId":%q%s}`, group, token))
		if err != nil {
			w.tb.Fatal(err)
		}
		for _, m := range page["GroupMemberships"].([]any) {
			out = append(out, m.(map[string]any)["MemberId"].(map[string]any)["UserId"].(string))
		}
		next, more := page["NextToken"]
		if !more {
			return out
		}
		token = fmt.Sprintf(`,"NextToken":%q`, next)
	}
}

// records returns the records from the n-th on, decoded.
func (w *world) records(n int) []cloudtrail.Record {
	w.tb.Helper()
	var out []cloudtrail.Record
	for _, e := range w.log.From(n) {
		r, err := cloudtrail.Decode(e.Record)
		if err != nil {
			w.tb.Fatalf("a record can't be decoded: %v\n%s", err, e.Record)
		}
		if len(r.Problems) > 0 {
			w.tb.Fatalf("a record has problems: %v\n%s", r.Problems, e.Record)
		}
		out = append(out, r)
	}
	return out
}

// last returns the newest record.
func (w *world) last() cloudtrail.Record {
	w.tb.Helper()
	if w.log.Len() == 0 {
		w.tb.Fatal("nothing was recorded")
	}
	return w.records(w.log.Len() - 1)[0]
}
