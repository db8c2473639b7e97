package push_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/push"
)

func TestAfterAPushTheDirectoryIsTheInput(t *testing.T) {
	t.Parallel()
	for _, p := range push.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			d := read(t, company)
			res := w.push(w.options(p.Name, d))
			want := d
			if !p.PushesGroups() {
				want.Groups = nil
			}
			if diff := cmp.Diff(says(want), w.holds()); diff != "" {
				t.Error(diff)
			}
			if res.Users.Created != 3 || len(res.Refused) != 0 || p.PushesGroups() && (res.Groups.Created != 3 || res.Memberships.Created != 3) {
				t.Errorf("%+v", res)
			}
			if !p.PushesGroups() && len(res.Notes) != 1 {
				t.Errorf("nothing is said of the groups: %q", res.Notes)
			}
			if bob := w.user("bob.hill@example.com"); bob.ExternalID != "b-1" || bob.Name.FamilyName != "Hill" || !bob.Active || len(bob.Emails) != 1 {
				t.Errorf("%+v", bob)
			}
			for _, e := range w.events() {
				if strings.HasPrefix(e.EventName, "List") && e.UserAgent == "Go-http-client/1.1" {
					continue // the test's own
				}
				if e.UserAgent != p.UserAgent || e.ErrorCode != "" {
					t.Errorf("an event is not the client's: %+v", e)
				}
			}
		})
	}
}

func TestASecondPushChangesNothing(t *testing.T) {
	t.Parallel()
	for _, p := range push.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			d := read(t, company)
			w.push(w.options(p.Name, d))
			before := w.e.Center.Snapshot()
			o := w.options(p.Name, d)
			o.Remove = true // and there is nothing to remove
			res := w.push(o)
			if diff := cmp.Diff(before, w.e.Center.Snapshot(), cmpopts.SortSlices(func(a, b string) bool { return a < b }), cmpopts.EquateComparable(), cmpopts.IgnoreTypes(time.Time{})); diff != "" {
				t.Error(diff)
			}
			for _, r := range w.requests {
				if r.method != "GET" && r.status != http.StatusConflict {
					t.Errorf("it wrote: %s %s", r, r.body)
				}
			}
			if res.Users.Unchanged != 3 || len(res.Refused) != 0 || p.PushesGroups() && (res.Groups.Unchanged != 3 || res.Memberships.Unchanged != 3) {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestChangesAreBroughtOver(t *testing.T) {
	t.Parallel()
	const later = `{
  "users": [
    {"userName": "ann.stone@example.com", "active": false},
    {"userName": "bob.hill@example.com", "familyName": "Dale", "email": "bob@example.com", "externalId": "b-1"}
  ],
  "groups": [
    {"displayName": "App-AWS-Admins", "members": ["bob.hill@example.com"]},
    {"displayName": "App-AWS-Readers", "members": ["bob.hill@example.com"]}
  ]
}`
	for _, p := range push.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.push(w.options(p.Name, read(t, company)))
			d := read(t, later)
			o := w.options(p.Name, d)
			o.Remove = true
			res := w.push(o)
			if len(res.Refused) != 0 || res.Users.Updated != 2 || res.Users.Removed != 1 {
				t.Errorf("%+v", res)
			}
			if ann := w.user("ann.stone@example.com"); ann.Active {
				t.Errorf("ann is active")
			}
			if bob := w.user("bob.hill@example.com"); bob.Name.FamilyName != "Dale" || bob.Emails[0].Value != "bob@example.com" {
				t.Errorf("%+v", bob)
			}
			want := says(d)
			if !p.PushesGroups() {
				want = says(push.Directory{Users: d.Users})
			}
			deletes := p.Name == "ssosync" || p.Name == "idp-scim-sync"
			if !deletes {
				if cleo := w.user("cleo.wood@example.com"); cleo.Active {
					t.Error("cleo is active")
				}
				want = append(want, "user cleo.wood@example.com")
				slices.Sort(want)
			}
			if diff := cmp.Diff(want, w.holds()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyGroupsLooksTheUsersUp(t *testing.T) {
	t.Parallel()
	for _, p := range push.Profiles() {
		if !p.PushesGroups() {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			d := read(t, company)
			o := w.options(p.Name, d)
			o.Only = push.OnlyUsers
			if res := w.push(o); res.Groups != (push.Counts{}) || res.Users.Created != 3 {
				t.Errorf("%+v", res)
			}
			d.Groups[0].Members = append(d.Groups[0].Members, "nobody@example.com")
			o = w.options(p.Name, d)
			o.Only = push.OnlyGroups
			res := w.push(o)
			if res.Users != (push.Counts{}) || res.Memberships.Created != 3 || len(res.Notes) != 1 {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestManyMembersGoInPartsOf100(t *testing.T) {
	t.Parallel()
	for _, p := range push.Profiles() {
		if !p.PushesGroups() {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			d := read(t, crowd(205))
			res := w.push(w.options(p.Name, d))
			if res.Memberships.Created != 205 || len(res.Refused) != 0 {
				t.Errorf("%+v", res)
			}
			d.Groups[0].Members = d.Groups[0].Members[200:]
			o := w.options(p.Name, d)
			o.Remove = true
			if res := w.push(o); res.Memberships.Removed != 200 || res.Memberships.Unchanged != 5 {
				t.Errorf("%+v", res)
			}
			if diff := cmp.Diff(says(d), w.holds()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTheRequestsAreTheClients holds the shapes that tell the clients apart.
func TestTheRequestsAreTheClients(t *testing.T) {
	t.Parallel()
	const one = "user,group\nann.stone@example.com,App-AWS-Admins\n"
	for _, c := range []struct {
		client string
		want   []string // parts of "METHOD uri | body | content type", in order
	}{
		{"okta", []string{
			`GET /Users?startIndex=1&count=2 |`,
			`GET /Users?filter=userName%20eq%20%22ann.stone%40example.com%22&startIndex=1&count=100 |`,
			`POST /Users | {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann.stone@example.com",`,
			`GET /Groups?filter=displayName%20eq%20%22App-AWS-Admins%22&startIndex=1&count=100 |`,
			`POST /Groups | {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"App-AWS-Admins","members":[]} | application/scim+json; charset=utf-8`,
			`GET /Groups/`, `GET /Users?cursor&filter=groups.value`,
			`"Operations":[{"op":"replace","value":{"id":"`,
			`{"op":"add","path":"members","value":[{"value":"`,
		}},
		{"entra", []string{
			`GET /Users?filter=userName`, `GET /Users?filter=userName`,
			`"meta":{"resourceType":"User"},"name":{"givenName":"Ann","familyName":"Stone"},"roles":[]}`,
			`GET /Groups?excludedAttributes=members&filter=displayName`,
			`ADSCIM/2.0/Group`,
			`%20and%20members%20eq%20`,
			`{"op":"Add","path":"members","value":[{"$ref":null,"value":"`,
		}},
		{"google", []string{`GET /Users?filter=userName`, `POST /Users | {"schemas"`}},
		{"ssosync", []string{
			`GET //Users?filter=userName+eq+%22ann.stone%40example.com%22 |  | application/scim+json`,
			`POST //Users |`, `GET //Groups?filter=displayName+eq+`, `"members":null}`, `GET //Groups?filter=id+eq+`,
			`[{"op":"add","path":"members","value":[{"value":"`,
		}},
		{"idp-scim-sync", []string{
			`GET /ServiceProviderConfig |`, `POST /Users | {"userName"`, `GET /Groups?cursor&filter=members.value+eq+`,
			`POST /Groups | {"displayName":"App-AWS-Admins"`, `[{"op":"add","path":"members"`,
		}},
	} {
		t.Run(c.client, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.push(w.options(c.client, read(t, one)))
			var got []string
			for _, r := range w.requests {
				got = append(got, r.String()+" | "+r.body+" | "+r.header.Get("Content-Type"))
			}
			if len(got) != len(c.want) {
				t.Fatalf("%d requests, not %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
			}
			for i, want := range c.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("request %d is\n%s\nwithout\n%s", i, got[i], want)
				}
			}
		})
	}
}

func TestEntraDisablesByText(t *testing.T) {
	t.Parallel()
	w := start(t)
	d := read(t, company)
	w.push(w.options("entra", d))
	d.Users[0].Active = false
	w.push(w.options("entra", d))
	var patches []string
	for _, r := range w.requests {
		if r.method == "PATCH" {
			patches = append(patches, r.body)
		}
	}
	want := []string{`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}`}
	if diff := cmp.Diff(want, patches); diff != "" {
		t.Error(diff)
	}
}

func TestAConflictIsMadeGoodByIdpSCIMSyncAndStopsOkta(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.push(w.options("idp-scim-sync", read(t, company)))
	d := read(t, company)
	d.Users[0].FamilyName = "Rock"
	res := w.push(w.options("idp-scim-sync", d))
	var to []string
	for _, r := range w.requests {
		if strings.HasPrefix(r.uri, "/Users") && !strings.Contains(r.uri, "cursor") {
			to = append(to, r.method)
		}
	}
	if diff := cmp.Diff("POST GET PUT POST GET POST GET", strings.Join(to, " ")); diff != "" {
		t.Error(diff)
	}
	if res.Users.Updated != 1 || len(res.Refused) != 0 {
		t.Errorf("%+v", res)
	}

	// The externalId of another user is taken: there is nobody of this name to link to.
	taken := read(t, `{"users":[{"userName":"dan@example.com","externalId":"b-1"}]}`)
	for _, client := range []string{"okta", "idp-scim-sync"} {
		res := w.push(w.options(client, taken))
		if len(res.Refused) != 1 || res.Refused[0].Status != 409 || !res.Refused[0].Explained || res.Users.Refused != 1 {
			t.Errorf("%s: %+v", client, res)
		}
	}
}

func TestEachBreakIsRefusedAsItSays(t *testing.T) {
	t.Parallel()
	for _, b := range push.Breaks() {
		for _, p := range push.Profiles() {
			input := company
			if b.Name == push.Over100Members {
				input = crowd(101)
			}
			t.Run(b.Name+" by "+p.Name, func(t *testing.T) {
				t.Parallel()
				w := start(t)
				o := w.options(p.Name, read(t, input))
				o.Break = b
				if err := o.Check(); err != nil {
					if p.PushesGroups() || !strings.Contains(err.Error(), "does not push groups") {
						t.Fatal(err)
					}
					return
				}
				res := w.push(o)
				if b.Answer == "" && len(res.Refused) != 0 || b.Answer != "" && len(res.Refused) == 0 {
					t.Fatalf("refused: %v", res.Refused)
				}
				failed := map[string]event{}
				for _, e := range w.events() {
					if e.ErrorCode != "" {
						failed[e.RequestID] = e
					}
				}
				for _, r := range res.Refused {
					if !strings.Contains(r.Detail, b.Answer) {
						t.Errorf("refused with %q, not %q", r.Detail, b.Answer)
					}
					if !r.Explained {
						t.Errorf("the catalogue does not know %q", r.Detail)
					}
					if failed[r.RequestID].EventName == "" {
						t.Errorf("no failed event has the request id of %v", r)
					}
				}
				for _, line := range w.holds() {
					if strings.HasPrefix(line, "group ") && !strings.HasSuffix(line, ": ") {
						t.Errorf("a group has members: %s", line)
					}
				}
				switch b.Name {
				case push.UsersOnly:
					if res.Users.Created != 3 || res.Groups.Created != 0 {
						t.Errorf("%+v", res)
					}
				case push.CreateGroupsEmpty, push.DuplicateGroup:
					if res.Groups.Created != 3 || res.Memberships != (push.Counts{}) {
						t.Errorf("%+v", res)
					}
				}
			})
		}
	}
}

func TestWhatIsThrottledIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, retryAfter string
		status           int
		want             []time.Duration
	}{
		{"after the seconds that the endpoint says", "7", 429, []time.Duration{7 * time.Second, 7 * time.Second}},
		{"after a minute at most", "86400", 429, []time.Duration{time.Minute, time.Minute}},
		{"after its own time when the endpoint says nothing", "", 429, []time.Duration{time.Second, 2 * time.Second}},
		{"after its own time when that is nonsense", "soon", 429, []time.Duration{time.Second, 2 * time.Second}},
		{"when the endpoint failed", "", 500, []time.Duration{time.Second, 2 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			o := w.options("google", read(t, `{"users":[{"userName":"ann.stone@example.com"}]}`))
			o.Transport = failing(2, c.status, c.retryAfter)
			res := w.push(o)
			if diff := cmp.Diff(c.want, w.waited); diff != "" {
				t.Error(diff)
			}
			if res.Retried != 2 || res.Calls != 4 || res.Users.Created != 1 {
				t.Errorf("%+v", res)
			}
		})
	}
	t.Run("and given up in the end", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		o := w.options("google", read(t, `{"users":[{"userName":"ann.stone@example.com"}]}`))
		o.Transport = failing(1000, 429, "1")
		res := w.push(o)
		if len(res.Refused) != 1 || res.Refused[0].Status != 429 || res.Users.Refused != 1 || res.Calls != 5 {
			t.Errorf("%+v", res)
		}
	})
	t.Run("unless it is interrupted", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		o := w.options("google", read(t, company))
		o.Transport = failing(1000, 429, "60")
		ctx, cancel := context.WithCancel(t.Context())
		o.Wait = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
		if _, err := push.Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// failing answers the first n requests itself.
func failing(n, status int, retryAfter string) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if n--; n < 0 {
			return http.DefaultTransport.RoundTrip(r)
		}
		rec := httptest.NewRecorder()
		if retryAfter != "" {
			rec.Header().Set("Retry-After", retryAfter)
		}
		rec.WriteHeader(status)
		return rec.Result(), nil
	})
}

func TestARefusedTokenEndsThePush(t *testing.T) {
	t.Parallel()
	w := start(t)
	o := w.options("okta", read(t, company))
	o.Token = "secret-of-another-tenant"
	res, err := push.Run(t.Context(), o)
	if !errors.Is(err, push.ErrToken) || res.Calls != 1 {
		t.Errorf("%v after %d calls", err, res.Calls)
	}
	if strings.Contains(err.Error(), o.Token) {
		t.Errorf("the token is told: %v", err)
	}
}

func TestTheTokenFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 10)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached <- struct{}{} }))
	t.Cleanup(other.Close)
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(first.Close)
	w := start(t)
	o := w.options("google", read(t, `{"users":[{"userName":"ann.stone@example.com"}]}`))
	o.Endpoint = first.URL + "/t/scim/v2"
	res, err := push.Run(t.Context(), o)
	if err != nil || len(res.Refused) != 1 || res.Refused[0].Status != 307 {
		t.Errorf("%+v, %v", res, err)
	}
	if len(reached) != 0 {
		t.Error("the other server was called")
	}
}

func TestAnAnswerThatIsNoSCIMEndsThePush(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`<html>`, `[]`, `{"Resources":"none"}`, ``} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		t.Cleanup(server.Close)
		w := start(t)
		o := w.options("google", read(t, company))
		o.Endpoint = server.URL + "/t/scim/v2"
		if _, err := push.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not what SCIM promises") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestEndpointsElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, url string
		real      bool
		want      string // "" when it is accepted
		refused   string
	}{
		{"this machine by address", "http://127.0.0.1:8080/t/scim/v2/", false, "http://127.0.0.1:8080/t/scim/v2", ""},
		{"this machine by name", "https://localhost/t/scim/v2", false, "https://localhost/t/scim/v2", ""},
		{"this machine in IPv6", "http://[::1]:80/t/scim/v2", false, "http://[::1]:80/t/scim/v2", ""},
		{"AWS", "https://scim.us-east-1.amazonaws.com/t/scim/v2", false, "", "not on this machine"},
		{"AWS, wanted so", "https://scim.us-east-1.amazonaws.com/t/scim/v2/", true, "https://scim.us-east-1.amazonaws.com/t/scim/v2", ""},
		{"in the clear", "http://scim.example.com/t/scim/v2", true, "", "in the clear"},
		{"a name that begins as this machine's", "http://localhost.example.com/t/scim/v2", false, "", "not on this machine"},
		{"an address in the user's place", "http://127.0.0.1@example.com/", false, "", "more than a host and a path"},
		{"all addresses", "http://0.0.0.0/t/scim/v2", false, "", "not on this machine"},
		{"a query", "http://127.0.0.1/t/scim/v2?x=y", false, "", "more than a host and a path"},
		{"another scheme", "file:///etc/passwd", false, "", "is one like https"},
		{"no URL", "scim", false, "", "is one like https"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := push.Endpoint(c.url, c.real)
			if got != c.want || (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestOptionsThatMakeNoSenseAreRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	breakNamed := func(name string) push.Break {
		b, ok := push.BreakNamed(name)
		if !ok {
			t.Fatalf("no break %s", name)
		}
		return b
	}
	for _, c := range []struct {
		name   string
		change func(*push.Options)
		want   string
	}{
		{"no token", func(o *push.Options) { o.Token = "" }, "token is empty"},
		{"a token of two lines", func(o *push.Options) { o.Token = "a\nb" }, "no token has"},
		{"no client", func(o *push.Options) { o.Profile = push.Profile{} }, "no client"},
		{"only something else", func(o *push.Options) { o.Only = "roles" }, "users or groups"},
		{"removing at a real endpoint", func(o *push.Options) {
			o.Endpoint, o.AllowReal, o.Remove = "https://scim.us-east-1.amazonaws.com/t/scim/v2", true, true
		}, "on this machine only"},
		{"removing and breaking", func(o *push.Options) { o.Remove, o.Break = true, breakNamed(push.TwoEmails) }, "broken on purpose"},
		{"a break of groups with users only", func(o *push.Options) { o.Only, o.Break = push.OnlyUsers, breakNamed(push.ReplaceMembers) }, "only users are pushed"},
		{"a break of users with groups only", func(o *push.Options) { o.Only, o.Break = push.OnlyGroups, breakNamed(push.TwoEmails) }, "only groups are pushed"},
		{"a break of groups without groups", func(o *push.Options) { o.Input.Groups, o.Break = nil, breakNamed(push.MissingPath) }, "has none"},
		{"more than 100 members without them", func(o *push.Options) { o.Break = breakNamed(push.Over100Members) }, "more than 100 members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			o := w.options("okta", read(t, company))
			c.change(&o)
			if _, err := push.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if len(w.requests) != 0 {
				t.Errorf("it sent %v", w.requests)
			}
		})
	}
}

func TestCallsAreSetApartByThePace(t *testing.T) {
	t.Parallel()
	w := start(t)
	o := w.options("google", read(t, company))
	o.Pace = time.Second
	res := w.push(o)
	if len(w.waited) != res.Calls-1 || slices.ContainsFunc(w.waited, func(d time.Duration) bool { return d != time.Second }) {
		t.Errorf("%d calls, waited %v", res.Calls, w.waited)
	}
}
