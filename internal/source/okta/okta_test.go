package okta_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/source/okta"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

// collected is what came of a Collect.
type collected struct {
	upstream.State
	c      *casefile.Case
	err    error
	slept  time.Duration
	counts *live.Progress
}

// collect reads a world's Okta. Waits are counted and not waited.
func collect(t *testing.T, w *upstreamtest.World, q live.Query, env map[string]string) collected {
	t.Helper()
	out := collected{counts: &live.Progress{}}
	q.Now, q.Progress = w.Now, out.counts
	name, err := okta.ParseName(w.OktaName())
	if err != nil {
		t.Fatal(err)
	}
	environment := w.Environment()
	if env != nil {
		environment.Lookup = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	}
	source, err := okta.New(okta.Options{Name: name, Query: q, Environment: environment, Sleep: func(ctx context.Context, d time.Duration) error {
		out.slept += d
		return ctx.Err()
	}})
	if err != nil {
		out.err = err
		return out
	}
	b := casefile.NewBuilder(actor.Default())
	out.err = source.Collect(t.Context(), b)
	out.c = b.Build()
	out.State = out.c.Upstream
	return out
}

func (c collected) known(list string, scope upstream.Scope) upstream.Known {
	return c.Known(upstream.ProductOkta, list, scope)
}

// unread is why exactly this part of a list was not read; "" when it was, or when
// nobody says.
func (c collected) unread(list string, scope upstream.Scope) string {
	for _, r := range c.Reach {
		if r.List == list && r.Scope == scope && !r.Whole {
			return r.Failed
		}
	}
	return ""
}

func userID(t *testing.T, w *upstreamtest.World, login string) (id string) {
	t.Helper()
	w.Do(func() { id = w.Okta.Users[login].ID })
	return id
}

const groupID = "00gPROD00000000001"

func TestATraceOfOnePersonInAGroupOf200TakesAtMostTwelveCalls(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*upstreamtest.World)
	}{
		{"who is in the group", func(w *upstreamtest.World) { w.Join(upstreamtest.Group, upstreamtest.Ann) }},
		{"who is not", func(*upstreamtest.World) {}},
		{"who is not assigned, where the app has more users than are listed", func(w *upstreamtest.World) {
			w.Do(func() {
				delete(w.Okta.Apps[upstreamtest.AppID].Users, upstreamtest.Ann)
				w.Okta.PageCap = 0
			})
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t, upstreamtest.Members(200))
			row.change(w)
			got := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, nil)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if n := w.Calls("okta"); n > 12 || int64(n) != got.counts.Calls.Load() {
				t.Errorf("%d calls, counted as %d; at most 12", n, got.counts.Calls.Load())
			}
			ann := userID(t, w, upstreamtest.Ann)
			for _, ask := range []struct {
				list  string
				scope upstream.Scope
			}{
				{upstream.ListMembers, upstream.Scope{Group: groupID, User: ann}},
				{upstream.ListAppUsers, upstream.Scope{App: upstreamtest.AppID, User: ann}},
				{upstream.ListAppGroups, upstream.Scope{App: upstreamtest.AppID, Group: groupID}},
				{upstream.ListMappings, upstream.Scope{App: upstreamtest.AppID, Group: groupID}},
				{upstream.ListLog, upstream.Scope{User: ann}},
				{upstream.ListLog, upstream.Scope{Group: groupID}},
				{upstream.ListFailures, upstream.Scope{App: upstreamtest.AppID}},
			} {
				if k := got.known(ask.list, ask.scope); !k.Whole {
					t.Errorf("%s of %+v is not known whole: %q", ask.list, ask.scope, k.Why)
				}
			}
			if k := got.known(upstream.ListLog, upstream.Scope{}); k.Whole {
				t.Error("the log of everything is claimed, and only that of the person and the group was read")
			}
		})
	}
}

func TestALargeAppIsNotReadToItsEndForOnePerson(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t, upstreamtest.Members(30))
	w.Hire("zoe@example.com", "Zoe", "Last")
	w.Do(func() { w.Okta.PageCap = 10 })
	got := collect(t, w, live.Query{User: "zoe@example.com", Group: upstreamtest.Group}, nil)
	if got.err != nil {
		t.Fatal(got.err)
	}
	zoe := userID(t, w, "zoe@example.com")
	if k := got.known(upstream.ListAppUsers, upstream.Scope{App: upstreamtest.AppID, User: zoe}); !k.Whole {
		t.Errorf("that Zoe is not assigned is not known: %q", k.Why)
	}
	k := got.known(upstream.ListAppUsers, upstream.Scope{App: upstreamtest.AppID})
	if k.Whole || !strings.Contains(k.Why, "first 2 pages") {
		t.Errorf("the list of the app's users: whole %v, why %q", k.Whole, k.Why)
	}
	if k := got.known(upstream.ListMembers, upstream.Scope{Group: groupID}); !k.Whole {
		t.Error("the members of the group, on four pages, are not whole")
	}
}

func TestWithoutNarrowingWholeListsAreReadByPages(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t, upstreamtest.Members(25))
	w.Do(func() {
		w.Okta.PageCap, w.Okta.Duplicate = 7, true
		w.Okta.Users["person001@example.com"].Status = "DEPROVISIONED"
	})
	got := collect(t, w, live.Query{}, nil)
	if got.err != nil {
		t.Fatal(got.err)
	}
	s := got.Okta
	found := fmt.Sprintf("%d users, %d groups, %d members of %d groups, %d apps, %d app users, %d app groups, %d rules, %d mappings",
		len(s.Users), len(s.Groups), len(s.Members), len(s.MembersOf), len(s.Apps), len(s.AppUsers), len(s.AppGroups), len(s.Rules), len(s.Mappings))
	if want := "26 users, 3 groups, 51 members of 2 groups, 1 apps, 26 app users, 1 app groups, 1 rules, 1 mappings"; found != want {
		t.Errorf("found %s\nwant  %s", found, want)
	}
	w.Do(func() {
		if len(s.Events) != len(w.Okta.Events) {
			t.Errorf("%d events of %d, repeats left out", len(s.Events), len(w.Okta.Events))
		}
	})
	for _, list := range []string{upstream.ListUsers, upstream.ListGroups, upstream.ListRules, upstream.ListApps, upstream.ListLog} {
		if k := got.known(list, upstream.Scope{}); !k.Whole {
			t.Errorf("%s: not whole: %q", list, k.Why)
		}
	}
	if k := got.known(upstream.ListMembers, upstream.Scope{}); k.Whole {
		t.Error("the members of all groups are claimed, and only those of pushed and assigned groups were read")
	}
	spans := got.known(upstream.ListLog, upstream.Scope{}).Spans
	bounds, _ := spans.Bounds()
	if now := w.Now(); !bounds.From.Equal(now.Add(-okta.Retention)) || !bounds.To.Equal(now.Add(-okta.Lag)) || len(spans.Spans()) != 1 {
		t.Errorf("the log is claimed over %v; want 90 days up to 10 minutes ago", spans.Spans())
	}
	if unread := got.c.Unreadable; len(unread) > 0 {
		t.Errorf("unreadable: %v", unread)
	}
}

func TestTheJournalSparesWhatWasRead(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	journal := notes{}
	first := collect(t, w, live.Query{Journal: journal}, nil)
	before := w.Calls("okta")
	w.Advance(2 * time.Hour)
	w.Join(upstreamtest.Group, upstreamtest.Ann)
	w.Advance(time.Hour)
	second := collect(t, w, live.Query{Journal: journal}, nil)
	if first.err != nil || second.err != nil {
		t.Fatal(first.err, second.err)
	}
	if a, b := before, w.Calls("okta")-before; b >= a {
		t.Errorf("the second reading took %d calls, the first %d", b, a)
	}
	if n := len(second.Okta.Events); n != 1 {
		t.Errorf("%d events the second time, want the new one", n)
	}
	both := upstream.Merge(first.State, second.State)
	if spans := both.Known(upstream.ProductOkta, upstream.ListLog, upstream.Scope{}).Spans.Spans(); len(spans) != 1 {
		t.Errorf("both readings claim %v; want one span", spans)
	}
}

type notes map[string][]byte

func (n notes) Load(_ context.Context, key string) ([]byte, error) { return n[key], nil }
func (n notes) Save(_ context.Context, key string, value []byte) error {
	n[key] = value
	return nil
}

func TestWhatGoesWrongIsSaidInOneSentenceAndNothingIsClaimed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		trouble upstreamtest.Trouble
		kind    live.Kind
		says    string
		unread  string // a list that is not known
		read    string // a list that is, all the same
	}{
		{"an outage", upstreamtest.Trouble{Kind: upstreamtest.Outage}, live.Unreachable, "out of order (HTTP 503)", upstream.ListUsers, ""},
		{"an outage in the middle", upstreamtest.Trouble{Kind: upstreamtest.Outage, Path: "/api/v1/users"}, live.Unreachable, "out of order", upstream.ListUsers, upstream.ListGroups},
		{"a wrong token", upstreamtest.Trouble{Kind: upstreamtest.Expired}, live.Credentials, "does not accept the token", upstream.ListApps, ""},
		{"a sign-in page", upstreamtest.Trouble{Kind: upstreamtest.HTML}, live.Malformed, "an HTML page and not with JSON", upstream.ListApps, ""},
		{"a half page, again and again", upstreamtest.Trouble{Kind: upstreamtest.HalfPage, Path: "/api/v1/users"}, live.Malformed, "broke off in the middle", upstream.ListUsers, upstream.ListGroups},
		{"JSON cut short", upstreamtest.Trouble{Kind: upstreamtest.CutJSON, Path: "/api/v1/users"}, live.Malformed, "broke off in the middle", upstream.ListUsers, upstream.ListGroups},
		{"no answer", upstreamtest.Trouble{Kind: upstreamtest.Reset}, live.Unreachable, "no connection to", upstream.ListApps, ""},
		{"a storm of 429", upstreamtest.Trouble{Kind: upstreamtest.Storm}, live.Throttled, "still asks to slow down", upstream.ListApps, ""},
		{"a missing scope", upstreamtest.Trouble{Kind: upstreamtest.Forbidden, Path: "/api/v1/logs"}, live.Denied, "okta.logs.read", upstream.ListLog, upstream.ListUsers},
		{"a missing licence", upstreamtest.Trouble{Kind: upstreamtest.Unlicensed, Path: "/api/v1/apps/" + upstreamtest.AppID + "/group-push"}, live.Denied, "a feature or a licence is missing", upstream.ListMappings, upstream.ListUsers},
		{"a redirect to a stranger", upstreamtest.Trouble{Kind: upstreamtest.Elsewhere}, live.Malformed, "sends the question on to another host", upstream.ListApps, ""},
		{"JSON of something else", upstreamtest.Trouble{Kind: upstreamtest.OtherJSON, Path: "/api/v1/groups"}, live.Malformed, "JSON of another kind", upstream.ListGroups, upstream.ListUsers},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t)
			row.trouble.Product = "okta"
			w.Trouble(row.trouble)
			got := collect(t, w, live.Query{}, nil)
			p, ok := errors.AsType[*live.Problem](got.err)
			if !ok || p.Kind != row.kind || !strings.Contains(p.Error(), row.says) {
				t.Fatalf("error %v; want %s that says %q", got.err, row.kind, row.says)
			}
			text := fmt.Sprintf("%v %+v %#v", p, p, got.c.Unreadable)
			for _, secret := range []string{w.Okta.Token, "signed", "\n"} {
				if strings.Contains(text, secret) {
					t.Errorf("the message holds %q: %s", secret, text)
				}
			}
			if k := got.known(row.unread, upstream.Scope{}); k.Whole || k.Why == "" {
				t.Errorf("%s: whole %v, why %q; want unread with a reason", row.unread, k.Whole, k.Why)
			}
			if row.read != "" && !got.known(row.read, upstream.Scope{}).Whole {
				t.Errorf("%s was not read", row.read)
			}
			if len(got.c.Unreadable) == 0 {
				t.Error("the case does not say that something could not be read")
			}
		})
	}
}

func TestWhatPassesIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		trouble upstreamtest.Trouble
		least   time.Duration // waited
	}{
		{"429 once on every route", upstreamtest.Trouble{Kind: upstreamtest.OncePerRoute}, 8 * 30 * time.Second},
		{"a limit of concurrency", upstreamtest.Trouble{Kind: upstreamtest.StormConcurrent, Times: 3}, time.Second / 2},
		{"two broken answers", upstreamtest.Trouble{Kind: upstreamtest.HalfPage, Times: 2}, time.Second / 2},
		{"a gateway's page", upstreamtest.Trouble{Kind: upstreamtest.BadGateway, Times: 2}, time.Second / 2},
		{"two connections that are reset", upstreamtest.Trouble{Kind: upstreamtest.Reset, Times: 2}, time.Second / 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t)
			row.trouble.Product = "okta"
			w.Trouble(row.trouble)
			got := collect(t, w, live.Query{}, nil)
			if got.err != nil || !got.known(upstream.ListUsers, upstream.Scope{}).Whole {
				t.Fatalf("error %v", got.err)
			}
			if got.slept < row.least || got.counts.Retries.Load() == 0 {
				t.Errorf("waited %v over %d retries; want at least %v", got.slept, got.counts.Retries.Load(), row.least)
			}
		})
	}
}

func TestAServiceAppProvesItselfByItsKey(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	env := map[string]string{okta.EnvClientID: w.Okta.ClientID, okta.EnvPrivateKey: w.Okta.Key}
	if got := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, env); got.err != nil || w.Calls("okta") > 12 {
		t.Errorf("error %v, %d calls with the one for the token", got.err, w.Calls("okta"))
	}
	w.Do(func() { w.Okta.Scopes = []string{"okta.groups.read", "okta.apps.read"} })
	got := collect(t, w, live.Query{}, env)
	if got.err == nil || !strings.Contains(got.err.Error(), "invalid_scope") || !strings.Contains(got.err.Error(), okta.EnvScopes) {
		t.Errorf("error %v; want it to name the scopes and how to ask for fewer", got.err)
	}
	env[okta.EnvScopes] = "okta.groups.read okta.apps.read"
	got = collect(t, w, live.Query{}, env)
	if p, ok := errors.AsType[*live.Problem](got.err); !ok || p.Permission != "okta.users.read" {
		t.Errorf("error %v; want the missing scope named", got.err)
	}
	if !got.known(upstream.ListGroups, upstream.Scope{}).Whole || got.known(upstream.ListUsers, upstream.Scope{}).Permission != "okta.users.read" {
		t.Error("what the scopes allow was not read, or what they forbid is not told")
	}
}

func TestAServiceAppThatRequiresDPoPGetsItsProofs(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Do(func() { w.Okta.RequireDPoP = true })
	got := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, map[string]string{okta.EnvClientID: w.Okta.ClientID, okta.EnvPrivateKey: w.Okta.Key})
	if got.err != nil || !got.known(upstream.ListMembers, upstream.Scope{Group: groupID}).Whole || w.Calls("okta") > 14 {
		t.Errorf("error %v after %d calls, three of them for the token", got.err, w.Calls("okta"))
	}
}

func TestCredentialsComeFromTheEnvironmentOrAFile(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	name, _ := okta.ParseName(w.OktaName())
	for _, row := range []struct {
		name string
		env  map[string]string
		says string // "" for no error
	}{
		{"a token", map[string]string{okta.EnvToken: "t"}, ""},
		{"a file", map[string]string{okta.EnvToken + "_FILE": "/secret/token"}, ""},
		{"nothing", nil, "there are no credentials"},
		{"a file that is not there", map[string]string{okta.EnvToken + "_FILE": "/nowhere"}, "OKTA_API_TOKEN_FILE"},
		{"a client without a key", map[string]string{okta.EnvClientID: "0oa1"}, okta.EnvPrivateKey + " is not"},
		{"a key that is none", map[string]string{okta.EnvClientID: "0oa1", okta.EnvPrivateKey: "hunter2"}, "neither a private key in PEM nor a JWK"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			env := restapi.Environment{
				Lookup: func(name string) (string, bool) { v, ok := row.env[name]; return v, ok },
				ReadFile: func(path string) ([]byte, error) {
					if path == "/secret/token" {
						return []byte("t\n"), nil
					}
					return nil, errors.New("no such file")
				},
			}
			_, err := okta.New(okta.Options{Name: name, Environment: env})
			if row.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if _, ok := errors.AsType[*live.Problem](err); !ok || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error %v; want %q", err, row.says)
			}
		})
	}
}

func TestParseNameTakesOrganisationsHostsAndApps(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"okta://example":                    "okta://example.okta.com",
		"okta://Example/":                   "okta://example.okta.com",
		"okta://example.oktapreview.com":    "okta://example.oktapreview.com",
		"okta://example/0oaAWS000000000001": "okta://example.okta.com/0oaAWS000000000001",
		"okta://127.0.0.1:8080":             "okta://127.0.0.1:8080",
		"okta://login.example.com":          "okta://login.example.com",
		"okta://example-admin.okta.com":     "",
		"okta://":                           "",
		"okta://a b":                        "",
		"okta://user:pw@example.com":        "",
		"okta://example.com/../x?y":         "",
		"https://example.okta.com":          "",
		"okta://example/0oa1/users":         "",
	} {
		got, err := okta.ParseName(from)
		if want == "" {
			if err == nil {
				t.Errorf("%s was taken as %s", from, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("%s: %s, %v; want %s", from, got, err, want)
		}
	}
}

func TestThePlanNamesScopesAndCalls(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	name, _ := okta.ParseName(w.OktaName())
	for _, q := range []live.Query{{Now: w.Now}, {Now: w.Now, User: upstreamtest.Ann}} {
		source, err := okta.New(okta.Options{Name: name, Query: q, Environment: w.Environment()})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := source.Plan(t.Context())
		if err != nil || plan.Calls == 0 || plan.Duration == 0 || len(plan.What) == 0 || plan.Permissions[0].Action != "okta.users.read" || w.Calls("okta") != 0 {
			t.Errorf("plan %+v, %v, %d calls made", plan, err, w.Calls("okta"))
		}
	}
}
