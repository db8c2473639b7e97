package idcenter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

const year = 365 * 24 * time.Hour

func (w *world) with(token string) int {
	return w.send(idcenter.SCIMRequest{Tenant: w.Tenant(), Method: "GET", Path: "/Users", Authorization: "Bearer " + token}).Status
}

func TestTheLifeOfAToken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, idcenter.Behaviour{})
	old := w.Tokens()[0]
	if parts := strings.Split(w.token, ":"); len(parts) != 4 || parts[0] != old.ID || len(w.token) < 500 || len(w.token) > 1024 {
		t.Errorf("the token has %d parts and %d characters", len(parts), len(w.token))
	}
	w.advance(year - time.Second)
	if got := w.with(w.token); got != 200 {
		t.Errorf("in its last second the token gets %d", got)
	}
	w.advance(time.Second)
	if got := w.with(w.token); got != 401 {
		t.Errorf("after a year the token gets %d", got)
	}
	if r := w.last(); r.ErrorCode != "UnauthorizedException" || r.Identity.AccessKey != old.ID || r.Identity.Type != "Unknown" {
		t.Errorf("the refusal is recorded as %s", r.Raw)
	}
	secret, fresh, err := w.CreateToken(ctx, idcenter.Call{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.with(secret); got != 200 {
		t.Errorf("the second token gets %d", got)
	}
	if got := w.with(secret[:len(secret)-4] + "AAA="); got != 401 {
		t.Errorf("a token with another end gets %d", got)
	}
	if err := w.ExpireToken(ctx, idcenter.Call{}, fresh.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.with(secret); got != 401 {
		t.Errorf("the token that was made to expire gets %d", got)
	}
	for _, id := range []string{old.ID, fresh.ID} {
		if err := w.DeleteToken(ctx, idcenter.Call{}, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.DeleteToken(ctx, idcenter.Call{}, old.ID); !errors.Is(err, idcenter.ErrNoToken) {
		t.Errorf("deleting twice: %v", err)
	}
	if err := w.ExpireToken(ctx, idcenter.Call{}, old.ID); !errors.Is(err, idcenter.ErrNoToken) {
		t.Errorf("expiring what is gone: %v", err)
	}
	if len(w.Tokens()) != 0 {
		t.Errorf("tokens are left: %v", w.Tokens())
	}
}

func TestALegacyTokenLogsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	secret, _, err := w.CreateToken(context.Background(), idcenter.Call{}, true)
	if err != nil {
		t.Fatal(err)
	}
	w.token = secret
	w.user("a")
	w.scim("DELETE", "/Users/"+nobody, "")
	if n := w.log.Len(); n != 0 {
		t.Errorf("%d calls were recorded", n)
	}
}

func TestWhoIsRefused(t *testing.T) {
	t.Parallel()
	good := "Bearer TOKEN"
	for _, test := range []struct {
		name      string
		behaviour idcenter.Behaviour
		request   idcenter.SCIMRequest
		status    int
		recorded  int
	}{
		{"no Authorization", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/Users"}, 401, 1},
		{"the wrong scheme", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/Users", Authorization: "Basic TOKEN"}, 401, 1},
		{"the scheme in lower case", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/Users", Authorization: "bearer TOKEN"}, 200, 1},
		{"an unknown token", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/Users", Authorization: "Bearer x"}, 401, 1},
		{"an unknown token, unrecorded", idcenter.Behaviour{SilentUnauthorized: true}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/Users", Authorization: "Bearer x"}, 401, 0},
		{"another tenant", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: nobody, Path: "/Users", Authorization: good}, 401, 0},
		{"another tenant in 2022", idcenter.Behaviour{UnknownTenant404: true}, idcenter.SCIMRequest{Tenant: nobody, Path: "/Users", Authorization: good}, 404, 0},
		{"an unknown path comes before all", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: nobody, Path: "/Me"}, 404, 0},
		{"a path too long", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/Users/a/b", Authorization: good}, 404, 0},
		{"no path", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Path: "/", Authorization: good}, 404, 0},
		{"a method that is not there", idcenter.Behaviour{}, idcenter.SCIMRequest{Tenant: testTenant, Method: "DELETE", Path: "/Schemas", Authorization: good}, 400, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.behaviour)
			r := test.request
			r.Authorization = strings.Replace(r.Authorization, "TOKEN", w.token, 1)
			if r.Method == "" {
				r.Method = "GET"
			}
			a := w.send(r)
			if a.Status != test.status || w.log.Len() != test.recorded {
				t.Errorf("status %d and %d records, want %d and %d: %s", a.Status, w.log.Len(), test.status, test.recorded, a.Body)
			}
		})
	}
}

func TestTokenChangesAreRecordedWhenWanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{LogTokenChanges: true})
	if err := w.DeleteToken(context.Background(), admin, w.Tokens()[0].ID); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range w.records(0) {
		got = append(got, r.Source+" "+r.Name)
	}
	if want := "sso-directory.amazonaws.com CreateBearerToken, sso-directory.amazonaws.com DeleteBearerToken"; strings.Join(got, ", ") != want {
		t.Errorf("recorded %v", got)
	}
}
