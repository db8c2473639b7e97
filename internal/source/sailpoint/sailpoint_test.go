package sailpoint_test

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
	"github.com/scimtrail/scimtrail/internal/source/sailpoint"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

func collect(t *testing.T, w *upstreamtest.World, q live.Query, more map[string]string) (*casefile.Case, time.Duration, error) {
	t.Helper()
	q.Now, q.Progress = w.Now, &live.Progress{}
	name, err := sailpoint.ParseName(w.SailPointName())
	if err != nil {
		t.Fatal(err)
	}
	env := w.Env()
	for k, v := range more {
		env[k] = v
	}
	var slept time.Duration
	source, err := sailpoint.New(sailpoint.Options{Name: name, Query: q,
		Environment: restapi.Environment{Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }},
		Sleep: func(ctx context.Context, d time.Duration) error {
			slept += d
			return ctx.Err()
		}})
	if err != nil {
		return nil, 0, err
	}
	b := casefile.NewBuilder(actor.Default())
	err = source.Collect(t.Context(), b)
	if n := int64(w.Calls("sailpoint")); n != q.Progress.Calls.Load() && q.Progress.Retries.Load() == 0 {
		t.Errorf("%d calls, counted as %d", n, q.Progress.Calls.Load())
	}
	return b.Build(), slept, err
}

func known(c *casefile.Case, list string, scope upstream.Scope) upstream.Known {
	return c.Upstream.Known(upstream.ProductSailPoint, list, scope)
}

func TestATraceOfOnePersonTakesAtMostSixCalls(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*upstreamtest.World)
		asks   string // the list of the sixth call
	}{
		{"whose request was done", func(w *upstreamtest.World) {
			w.Request(upstreamtest.Ann, upstreamtest.Profile)
			w.Provision()
		}, upstream.ListEntitlements},
		{"whose request waits", func(w *upstreamtest.World) {
			w.Do(func() { w.SailPoint.Hold = true })
			w.Request(upstreamtest.Ann, upstreamtest.Profile)
			w.Provision()
		}, upstream.ListProfiles},
		{"who asked for nothing", func(*upstreamtest.World) {}, upstream.ListEntitlements},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t, upstreamtest.Members(200))
			row.change(w)
			c, _, err := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if n := w.Calls("sailpoint"); n > 6 {
				t.Errorf("%d calls with the one for the token; at most 6", n)
			}
			s := c.Upstream.SailPoint
			if len(s.Identities) != 1 || len(s.Accounts) != 1 {
				t.Fatalf("%d identities, %d accounts; want Ann's alone", len(s.Identities), len(s.Accounts))
			}
			ann := upstream.Scope{User: s.Identities[0].ID}
			for _, list := range []string{upstream.ListAccounts, upstream.ListRequests, upstream.ListActivities} {
				if k := known(c, list, ann); !k.Whole {
					t.Errorf("%s: not whole: %q", list, k.Why)
				}
			}
			if !known(c, row.asks, upstream.Scope{Group: upstreamtest.Group}).Whole {
				t.Errorf("%s were not asked for", row.asks)
			}
			if k := known(c, upstream.ListSources, upstream.Scope{}); k.Whole || k.Why == "" {
				t.Errorf("sources: %+v; want unread with the reason", k)
			}
		})
	}
}

func TestWithoutNarrowingWholeListsAreReadUnderEveryScheme(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "v3", "v2024", "beta", "service"} {
		t.Run("prefix "+prefix, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t, upstreamtest.Members(300)) // more than a page
			w.Request(upstreamtest.Ann, upstreamtest.Profile)
			w.Provision()
			c, _, err := collect(t, w, live.Query{}, map[string]string{sailpoint.EnvPrefix: prefix})
			if err != nil {
				t.Fatal(err)
			}
			s := c.Upstream.SailPoint
			found := fmt.Sprintf("%d identities, %d accounts, %d sources, %d profiles, %d entitlements, %d requests, %d activities",
				len(s.Identities), len(s.Accounts), len(s.Sources), len(s.Profiles), len(s.Entitlements), len(s.Requests), len(s.Activities))
			if want := "301 identities, 301 accounts, 1 sources, 1 profiles, 1 entitlements, 1 requests, 1 activities"; found != want {
				t.Errorf("found %s\nwant  %s", found, want)
			}
			for _, list := range []string{upstream.ListIdentities, upstream.ListAccounts, upstream.ListSources, upstream.ListProfiles, upstream.ListEntitlements, upstream.ListRequests, upstream.ListActivities} {
				if !known(c, list, upstream.Scope{}).Whole {
					t.Errorf("%s are not whole", list)
				}
			}
		})
	}
}

func TestWhatGoesWrongIsSaidInOneSentenceAndNothingIsClaimed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		trouble upstreamtest.Trouble
		env     map[string]string
		change  func(*upstreamtest.World)
		kind    live.Kind
		says    string
	}{
		{"an outage", upstreamtest.Trouble{Kind: upstreamtest.Outage}, nil, nil, live.Unreachable, "out of order"},
		{"a wrong secret", upstreamtest.Trouble{}, map[string]string{sailpoint.EnvSecret: "hunter2-hunter2"}, nil, live.Credentials, "does not accept the client's credentials (invalid_client)"},
		{"a sign-in page", upstreamtest.Trouble{Kind: upstreamtest.HTML, Path: "/v2025"}, nil, nil, live.Malformed, "an HTML page"},
		{"a storm of 429", upstreamtest.Trouble{Kind: upstreamtest.Storm, Path: "/v2025"}, nil, nil, live.Throttled, "slow down"},
		{"a token that acts for nobody", upstreamtest.Trouble{}, nil, func(w *upstreamtest.World) { w.SailPoint.Userless = true }, live.Denied, "idn:identity:read"},
		{"a version that is gone", upstreamtest.Trouble{}, map[string]string{sailpoint.EnvPrefix: "v2099"}, nil, live.Missing, "does not have it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := upstreamtest.New(t)
			if row.trouble.Kind != 0 || row.name == "an outage" {
				row.trouble.Product = "sailpoint"
				w.Trouble(row.trouble)
			}
			if row.change != nil {
				w.Do(func() { row.change(w) })
			}
			c, _, err := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, row.env)
			p, ok := errors.AsType[*live.Problem](err)
			if !ok || p.Kind != row.kind || !strings.Contains(p.Error(), row.says) {
				t.Fatalf("error %v; want %s that says %q", err, row.kind, row.says)
			}
			if text := fmt.Sprintf("%v %+v %v", p, p, c.Notes); strings.Contains(text, "hunter2") || strings.Contains(text, w.SailPoint.Secret) {
				t.Errorf("the message holds the secret: %s", text)
			}
			if k := known(c, upstream.ListIdentities, upstream.Scope{User: upstreamtest.Ann}); k.Whole || k.Why == "" {
				t.Errorf("identities: %+v; want unread with the reason", k)
			}
			if k := known(c, upstream.ListRequests, upstream.Scope{User: upstreamtest.Ann}); k.Whole {
				t.Error("requests are claimed, and nothing was read")
			}
		})
	}
}

func TestA429IsWaitedForAsItAsks(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	w.Trouble(upstreamtest.Trouble{Product: "sailpoint", Kind: upstreamtest.OncePerRoute})
	_, slept, err := collect(t, w, live.Query{User: upstreamtest.Ann, Group: upstreamtest.Group}, nil)
	if err != nil || slept != 6*7*time.Second {
		t.Errorf("waited %v, error %v; want 7 s for each of six calls", slept, err)
	}
}

func TestParseNameTakesTenantsAndHosts(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"sailpoint://Acme":                  "acme.api.identitynow.com",
		"sailpoint://acme.api.example.com/": "acme.api.example.com",
		"sailpoint://127.0.0.1:81":          "127.0.0.1:81",
		"sailpoint://":                      "",
		"sailpoint://a/b":                   "",
		"sailpoint://u:p@acme.com":          "",
		"okta://acme":                       "",
	} {
		got, err := sailpoint.ParseName(from)
		if (err != nil) != (want == "") || got.Host != want {
			t.Errorf("%s: %q, %v; want %q", from, got.Host, err, want)
		}
	}
}

func TestThePlanNamesWhatATokenMustBeAllowed(t *testing.T) {
	t.Parallel()
	w := upstreamtest.New(t)
	name, _ := sailpoint.ParseName(w.SailPointName())
	for _, q := range []live.Query{{}, {User: upstreamtest.Ann}} {
		source, err := sailpoint.New(sailpoint.Options{Name: name, Query: q, Environment: w.Environment()})
		if err != nil {
			t.Fatal(err)
		}
		if plan, err := source.Plan(t.Context()); err != nil || plan.Calls < 6 || len(plan.Permissions) < 4 || w.Calls("sailpoint") != 0 {
			t.Errorf("plan %+v, %v", plan, err)
		}
	}
}
