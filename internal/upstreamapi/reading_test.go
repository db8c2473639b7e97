package upstreamapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

const user = `{"id":"00u%d","status":"ACTIVE","profile":{"login":"x"},"credentials":{}}`

// reading reads from a service that answers every path with the body that is given
// for it.
func reading(t *testing.T, bodies map[string]string) *upstreamapi.Reading {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := bodies[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if body == "denied" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if body == "bad" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(srv.Close)
	c, err := restapi.New(restapi.Options{Service: "Example", Base: srv.URL, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return &upstreamapi.Reading{Client: c, Product: upstream.ProductOkta, Org: "example.okta.com"}
}

func list(path string) upstreamapi.List {
	return upstreamapi.List{Name: upstream.ListUsers, Kinds: []string{"okta-users"}, Call: restapi.Call{Doing: "listing users", Ref: path, Need: "okta.users.read"}}
}

func TestAListIsWholeOnlyWhenEveryEntryWasRead(t *testing.T) {
	t.Parallel()
	one, two := fmt.Sprintf(user, 1), fmt.Sprintf(user, 2)
	for _, row := range []struct {
		name, body string
		users      int
		whole      bool
		why        string
	}{
		{"two users", "[" + one + "," + two + "]", 2, true, ""},
		{"no user", "[]", 0, true, ""},
		{"a user without an id", "[" + one + `,{"status":"ACTIVE","profile":{},"credentials":{}}]`, 1, false, "1 of the answer's entries could not be read"},
		{"a stranger among them", "[" + one + `,{"colour":"red"}]`, 1, false, "1 of the answer's entries could not be read"},
		{"a number among them", "[" + one + `,7]`, 1, false, "1 of the answer's entries could not be read"},
		{"strangers only", `[{"colour":"red"}]`, 0, false, "127.0.0.1 answered with JSON of another kind"},
		{"entries of another kind", `[{"id":"00g1","objectClass":[],"profile":{"name":"x"}}]`, 0, false, "127.0.0.1 answered with JSON of another kind"},
		{"an error with status 200", `{"errorCode":"E0000009"}`, 0, false, "127.0.0.1 answered with JSON of another kind"},
		{"nothing at all", "null", 0, false, "127.0.0.1 answered with JSON of another kind"},
		{"a refusal", "denied", 0, false, "127.0.0.1 does not let this token do that"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := reading(t, map[string]string{"/u": row.body})
			r.Read(t.Context(), list("/u"))
			s := r.State()
			k := s.Known(upstream.ProductOkta, upstream.ListUsers, upstream.Scope{})
			why := k.Why
			if i := len("127.0.0.1"); len(why) > i && why[:i] == "127.0.0.1" { // the port differs
				for i < len(why) && why[i] != ' ' {
					i++
				}
				why = "127.0.0.1" + why[i:]
			}
			if len(s.Okta.Users) != row.users || k.Whole != row.whole || why != row.why {
				t.Errorf("%d users, whole %v, why %q; want %d, %v, %q", len(s.Okta.Users), k.Whole, why, row.users, row.whole, row.why)
			}
			if row.name == "a refusal" && k.Permission != "okta.users.read" {
				t.Errorf("the permission is not named: %+v", k)
			}
		})
	}
}

func TestOneObjectThatIsNotThereIsKnownNotToBe(t *testing.T) {
	t.Parallel()
	r := reading(t, map[string]string{"/there": fmt.Sprintf(user, 1)})
	l := list("/not-there")
	l.One, l.Scope = true, upstream.Scope{User: "00u2"}
	if res := r.Read(t.Context(), l); !res.Whole || res.Err != nil {
		t.Errorf("whole %v, error %v", res.Whole, res.Err)
	}
	l = list("/not-there") // a whole list that is not there is no empty list
	if res := r.Read(t.Context(), l); res.Whole || res.Err == nil {
		t.Errorf("a missing list: whole %v, error %v", res.Whole, res.Err)
	}
}

func TestAPlainerQuestionFollowsARefusedOne(t *testing.T) {
	t.Parallel()
	r := reading(t, map[string]string{"/plain": "[" + fmt.Sprintf(user, 1) + "]", "/fancy": "bad"})
	if res := r.ReadOr(t.Context(), list("/fancy"), list("/plain")); !res.Whole || len(res.State.Okta.Users) != 1 {
		t.Errorf("%+v", res)
	}
	b := casefile.NewBuilder(actor.Default())
	if err := r.Give(b, "okta://example", "okta-api", upstream.ListUsers); err != nil {
		t.Errorf("the refusal is told all the same: %v", err)
	}
	if c := b.Build(); len(c.Unreadable) != 0 || c.Inputs[0].Taken["upstream"] != 1 {
		t.Errorf("unreadable %v, taken %v", c.Unreadable, c.Inputs[0].Taken)
	}
}

func TestAListInTwoPartsIsWholeWhenBothAre(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		one, other string
		users      int
		whole      bool
	}{
		{"[" + fmt.Sprintf(user, 1) + "]", "[" + fmt.Sprintf(user, 2) + "]", 2, true},
		{"[" + fmt.Sprintf(user, 1) + "]", "denied", 1, false},
		{"denied", "[]", 0, false},
	} {
		r := reading(t, map[string]string{"/1": row.one, "/2": row.other})
		r.ReadBoth(t.Context(), list("/1"), list("/2"))
		s := r.State()
		if got := s.Known(upstream.ProductOkta, upstream.ListUsers, upstream.Scope{}).Whole; got != row.whole || len(s.Okta.Users) != row.users {
			t.Errorf("%d users, whole %v; want %d, %v", len(s.Okta.Users), got, row.users, row.whole)
		}
	}
}

func TestAfterAnOutageNothingMoreIsAsked(t *testing.T) {
	t.Parallel()
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(srv.Close)
	c, err := restapi.New(restapi.Options{Service: "Example", Base: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	r := &upstreamapi.Reading{Client: c, Product: upstream.ProductOkta}
	r.Read(t.Context(), list("/a"))
	r.Read(t.Context(), list("/b"))
	b := casefile.NewBuilder(actor.Default())
	if err := r.Give(b, "okta://example", "okta-api", upstream.ListUsers, upstream.ListGroups); err == nil || calls != 1 || r.Stopped() == nil {
		t.Errorf("error %v after %d calls", err, calls)
	}
	state := b.Build().Upstream
	users, groups := state.Known(upstream.ProductOkta, upstream.ListUsers, upstream.Scope{}), state.Known(upstream.ProductOkta, upstream.ListGroups, upstream.Scope{})
	if diff := cmp.Diff(users.Why, groups.Why); diff != "" || groups.Why == "" {
		t.Errorf("lists that were not asked for give the same reason:\n%s", diff)
	}
}
