package entra_test

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
	"github.com/scimtrail/scimtrail/internal/source/entra"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

func collect(t *testing.T, w *upstreamtest.World, q live.Query, env map[string]string) (*casefile.Case, error) {
	t.Helper()
	q.Now = w.Now
	name, err := entra.ParseName(w.EntraName())
	if err != nil {
		t.Fatal(err)
	}
	if env == nil {
		env = w.Env()
	}
	source, err := entra.New(entra.Options{Name: name, Query: q,
		Environment: restapi.Environment{Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
			ReadFile: func(string) ([]byte, error) { return []byte(w.Entra.Key), nil }},
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		return nil, err
	}
	b := casefile.NewBuilder(actor.Default())
	err = source.Collect(t.Context(), b)
	return b.Build(), err
}

func known(c *casefile.Case, list string, scope upstream.Scope) upstream.Known {
	return c.Upstream.Known(upstream.ProductEntra, list, scope)
}

func TestWholeListsAreReadByPages(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	begin := w.Now().Add(-time.Hour)
	w.Do(func() {
		w.Entra.PageCap = 1
		w.Entra.Groups[0].Members = append(w.Entra.Groups[0].Members, upstreamtest.EntraAnn, upstreamtest.EntraNested)
		w.Entra.Log = []upstreamtest.EntraEntry{
			{ID: "p1", Action: "update", Status: "skipped", SourceID: upstreamtest.EntraAnn, SourceType: "User", At: begin},
			{ID: "p2", Action: "create", Status: "success", SourceID: upstreamtest.EntraAnn, SourceType: "User", At: begin.Add(time.Minute)},
		}
	})
	c, err := collect(t, w, live.Query{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Upstream.Entra
	found := fmt.Sprintf("%d users, %d groups, %d members of %d groups, %d apps, %d roles, %d jobs, %d entries",
		len(s.Users), len(s.Groups), len(s.Members), len(s.MembersOf), len(s.Apps), len(s.AppRoles), len(s.Jobs), len(s.Provisioning))
	if want := "2 users, 2 groups, 3 members of 1 groups, 1 apps, 1 roles, 1 jobs, 2 entries"; found != want {
		t.Errorf("found %s\nwant  %s", found, want)
	}
	if m := s.Members[0]; m.Type != "group" || m.ID != upstreamtest.EntraNested {
		t.Errorf("the nested group is seen as %+v", m)
	}
	app := upstream.Scope{App: upstreamtest.EntraAppID}
	for list, scope := range map[string]upstream.Scope{upstream.ListUsers: {}, upstream.ListGroups: {}, upstream.ListApps: app, upstream.ListJobs: app,
		upstream.ListAppRoles: app, upstream.ListLog: app, upstream.ListMembers: {Group: upstreamtest.EntraGroupID}} {
		if k := known(c, list, scope); !k.Whole {
			t.Errorf("%s: not whole: %q", list, k.Why)
		}
	}
	if k := known(c, upstream.ListApps, upstream.Scope{}); k.Whole {
		t.Error("all apps are claimed, and only those of one name were searched for")
	}
	bounds, _ := known(c, upstream.ListLog, app).Spans.Bounds()
	if now := w.Now(); bounds.From.Before(now.Add(-8*24*time.Hour)) || bounds.To.After(now.Add(-entra.Lag)) {
		t.Errorf("the log is claimed over %v, and nothing shows that it is kept for more than a week", bounds)
	}
}

func TestOnePersonAndOneGroupTakeFewCalls(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Do(func() { w.Entra.Groups[0].Members = append(w.Entra.Groups[0].Members, upstreamtest.EntraAnn) })
	c, err := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Calls("entra"); n > 8 {
		t.Errorf("%d calls with the one for the token; at most 8", n)
	}
	if s := c.Upstream.Entra; len(s.Users) != 1 || len(s.Groups) != 1 || len(s.Members) != 2 {
		t.Errorf("%d users, %d groups, %d members; want Ann, the group and its two", len(s.Users), len(s.Groups), len(s.Members))
	}
	c, err = collect(t, w, live.Query{User: upstreamtest.Ann}, nil)
	if err != nil || !known(c, upstream.ListMembers, upstream.Scope{User: upstreamtest.EntraAnn}).Whole || len(c.Upstream.Entra.Members) != 1 {
		t.Errorf("Ann's groups: %v, %v", c.Upstream.Entra.Members, err)
	}
}

func TestACertificateServesInPlaceOfASecret(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	env := w.Env()
	delete(env, entra.EnvSecret)
	if _, err := collect(t, w, live.Query{}, env); err == nil || !strings.Contains(err.Error(), "neither a secret nor a certificate") {
		t.Errorf("error %v", err)
	}
	env[entra.EnvCertificatePath] = "/secret/app.pem"
	if _, err := collect(t, w, live.Query{}, env); err != nil {
		t.Error(err)
	}
}

func TestWhatGoesWrongIsSaidInOneSentenceAndNothingIsClaimed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		trouble *upstreamtest.Trouble
		secret  string
		kind    live.Kind
		says    string
	}{
		{"an outage", &upstreamtest.Trouble{Kind: upstreamtest.Outage}, "", live.Unreachable, "out of order"},
		{"a wrong secret", nil, "hunter2-hunter2", live.Credentials, "invalid_client"},
		{"a missing permission", &upstreamtest.Trouble{Kind: upstreamtest.Forbidden, Path: "/v1.0/groups"}, "", live.Denied, "Group.Read.All"},
		{"a sign-in page", &upstreamtest.Trouble{Kind: upstreamtest.HTML, Path: "/v1.0"}, "", live.Malformed, "an HTML page"},
		{"half a page", &upstreamtest.Trouble{Kind: upstreamtest.HalfPage, Path: "/v1.0/groups"}, "", live.Malformed, "broke off"},
		{"a storm of 429", &upstreamtest.Trouble{Kind: upstreamtest.Storm}, "", live.Throttled, "slow down"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t)
			if row.trouble != nil {
				row.trouble.Product = "entra"
				w.Trouble(*row.trouble)
			}
			env := w.Env()
			if row.secret != "" {
				env[entra.EnvSecret] = row.secret
			}
			c, err := collect(t, w, live.Query{}, env)
			p, ok := errors.AsType[*live.Problem](err)
			if !ok || p.Kind != row.kind || !strings.Contains(p.Error(), row.says) {
				t.Fatalf("error %v; want %s that says %q", err, row.kind, row.says)
			}
			if strings.Contains(fmt.Sprintf("%+v", p), "hunter2") {
				t.Errorf("the message holds the secret: %v", p)
			}
			if k := known(c, upstream.ListGroups, upstream.Scope{}); k.Whole || k.Why == "" {
				t.Errorf("groups: %+v; want unread with the reason", k)
			}
		})
	}
}

func TestParseNameTakesTenantsAndApps(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"entra://Example.onmicrosoft.com":                          "entra://example.onmicrosoft.com",
		"entra://7f0c2a5e-3b1d-4c52-9a6e-5d1f00000001/":            "entra://7f0c2a5e-3b1d-4c52-9a6e-5d1f00000001",
		"entra://example.com/11111111-0000-4000-8000-000000000001": "entra://example.com/11111111-0000-4000-8000-000000000001",
		"entra://":                 "",
		"entra://example.com/../x": "",
		"entra://u@example.com":    "",
		"okta://example.com":       "",
	} {
		got, err := entra.ParseName(from)
		if (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%s: %s, %v; want %s", from, got, err, want)
		}
	}
}

func TestThePlanNamesPermissions(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	name, _ := entra.ParseName(w.EntraName())
	source, err := entra.New(entra.Options{Name: name, Query: live.Query{Now: w.Now}, Environment: w.Environment()})
	if err != nil {
		t.Fatal(err)
	}
	if plan, err := source.Plan(t.Context()); err != nil || plan.Calls == 0 || len(plan.Permissions) != 5 || w.Calls("entra") != 0 {
		t.Errorf("plan %+v, %v", plan, err)
	}
}
