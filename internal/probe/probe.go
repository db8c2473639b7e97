// Package probe asks a SCIM endpoint of IAM Identity Center what it is: whether it
// answers and takes the token, whether it says of itself what it should, how many
// users and groups it shows, and, when told to, whether a group can be made and
// deleted there.
//
// It only reads, but for the round trip. It never sees members: the endpoint does
// not show them (identity-center-scim reference 7), and it says so.
package probe

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/scimclient"
)

// Endpoint is what is probed; a *scimclient.Client is one.
type Endpoint interface {
	Endpoint() string
	Do(ctx context.Context, doing, method, path, query string, body []byte) (*scimclient.Answer, error)
	List(ctx context.Context, doing, path, filter string, take func(scimclient.Page) error) error
	First(ctx context.Context, doing, path, query string) (scimclient.Page, error)
}

// Options say what is asked beside the ordinary.
type Options struct {
	RoundTrip bool
	// Homes are the Regions in which the evidence or the user says that Identity
	// Center lives; nil when nobody knows.
	Homes []string
	// Sleep waits between two tries of deleting a group; live.Sleep when nil.
	Sleep func(context.Context, time.Duration) error
}

// Report is what a probe found.
type Report struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region,omitempty"`
	// Differences are where ServiceProviderConfig is not what AWS documents; none is
	// as it should be.
	Differences []string   `json:"differences"`
	Users       Shown      `json:"users"`
	Groups      Shown      `json:"groups"`
	Leftovers   []string   `json:"leftovers,omitempty"` // names of groups that an earlier probe left behind
	RoundTrip   *RoundTrip `json:"roundTrip,omitempty"`
	Token       *Token     `json:"token,omitempty"`
	Notes       []string   `json:"notes"`
}

// Shown is how much of a list the endpoint shows.
type Shown struct {
	All   int `json:"all"`   // to a client that pages by cursor
	First int `json:"first"` // to one that doesn't: the first page, whatever startIndex says
}

// RoundTrip is how making and deleting a group went.
type RoundTrip struct {
	Group   string   `json:"group"`
	Steps   []string `json:"steps"` // what worked, in order
	Failed  string   `json:"failed,omitempty"`
	Removed bool     `json:"removed"` // the group is gone again
	Cleaned []string `json:"cleaned,omitempty"`
}

// Run probes an endpoint. Its error says in a sentence why the endpoint can't be
// used (a *live.Problem, or that of ctx); a round trip that failed is in the report.
func Run(ctx context.Context, e Endpoint, o Options) (*Report, error) {
	r := &Report{Endpoint: e.Endpoint(), Region: scimclient.Region(e.Endpoint()), Differences: []string{}, Notes: []string{}}
	a, err := e.Do(ctx, "asking the SCIM endpoint what it can do", http.MethodGet, "/ServiceProviderConfig", "", nil)
	if err != nil {
		return nil, r.elsewhere(err, o.Homes)
	}
	if r.Differences, err = differences(a.Body); err != nil {
		return nil, err
	}
	// The configuration is a document anybody may be shown; a list shows the token.
	leftover, err := r.count(ctx, e)
	if err != nil {
		return nil, r.elsewhere(err, o.Homes)
	}
	if r.Region != "" && len(o.Homes) > 0 && !slices.Contains(o.Homes, r.Region) {
		r.Notes = append(r.Notes, fmt.Sprintf("The endpoint is of %s, and the evidence shows Identity Center in %s: it may be another instance.", r.Region, strings.Join(o.Homes, ", ")))
	}
	if o.RoundTrip {
		sleep := o.Sleep
		if sleep == nil {
			sleep = live.Sleep
		}
		r.RoundTrip = roundTrip(ctx, e, sleep, leftover)
		if ctx.Err() != nil && r.RoundTrip.Removed {
			return nil, ctx.Err()
		}
	} else {
		for _, g := range leftover {
			r.Leftovers = append(r.Leftovers, g.DisplayName)
		}
	}
	r.Notes = append(r.Notes, "SCIM never shows a group's members: an empty member list here says nothing. Read them with aws identitystore list-group-memberships.")
	return r, nil
}

// elsewhere adds to a refusal that the endpoint is of another Region than the one
// that the evidence shows.
func (r *Report) elsewhere(err error, homes []string) error {
	p, ok := errors.AsType[*live.Problem](err)
	if !ok || len(homes) == 0 || r.Region == "" || slices.Contains(homes, r.Region) || p.Kind != live.Credentials && p.Kind != live.WrongPlace {
		return err
	}
	return &live.Problem{Kind: live.WrongPlace, Doing: p.Doing, Err: p.Err,
		Reason: fmt.Sprintf("the token is not accepted here; the endpoint is of %s, and the evidence shows Identity Center in %s", r.Region, strings.Join(homes, ", ")),
		Next:   "copy the URL from the console of that Region: Settings, Automatic provisioning"}
}

// count walks both lists, and returns the groups that earlier probes left behind.
func (r *Report) count(ctx context.Context, e Endpoint) (leftover []scimclient.Resource, err error) {
	for _, list := range []struct {
		path  string
		shown *Shown
	}{{"/Users", &r.Users}, {"/Groups", &r.Groups}} {
		doing := "listing " + strings.ToLower(list.path[1:]) + " over SCIM"
		first, err := e.First(ctx, doing, list.path, "")
		if err != nil {
			return nil, err
		}
		list.shown.First = len(first.Resources)
		err = e.List(ctx, doing, list.path, "", func(p scimclient.Page) error {
			list.shown.All += len(p.Resources)
			for _, raw := range p.Resources {
				var g scimclient.Resource
				if list.path == "/Groups" && scimclient.Decode(raw, &g) == nil && ours.MatchString(g.DisplayName) {
					leftover = append(leftover, g)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, x := range []struct {
		name string
		s    Shown
	}{{"users", r.Users}, {"groups", r.Groups}} {
		if x.s.All > x.s.First {
			r.Notes = append(r.Notes, fmt.Sprintf("A client that does not page by cursor sees the first %d %s of %d, and the same ones again for any startIndex.", x.s.First, x.name, x.s.All))
		}
	}
	return leftover, nil
}

// ours is how the group of a round trip is called: nobody else's group is.
var ours = regexp.MustCompile(`^scimtrail-probe-[0-9a-f]{16}$`)

// farewell is how long deleting the group may take when the probe was interrupted.
const farewell = 30 * time.Second

// roundTrip makes a group, finds it, renames it and deletes it, and deletes those
// that earlier probes left behind. The group has no members and no assignments, so
// it gives nobody anything. It is deleted even when ctx is done.
func roundTrip(ctx context.Context, e Endpoint, sleep sleeper, leftover []scimclient.Resource) *RoundTrip {
	t := &RoundTrip{}
	for _, g := range leftover {
		if err := sleep.until(ctx, func() error { return remove(ctx, e, g.ID) }); err != nil {
			t.Failed = err.Error()
			return t
		}
		t.Cleaned = append(t.Cleaned, g.DisplayName)
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	t.Group = "scimtrail-probe-" + hex.EncodeToString(random[:])
	err := t.try(ctx, e, sleep)
	if err != nil {
		t.Failed = err.Error()
	}
	return t
}

func (t *RoundTrip) try(ctx context.Context, e Endpoint, sleep sleeper) (err error) {
	// The group may be there even when no answer came, so it is looked for by name.
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		gone := sleep.until(ctx, func() error { return t.cleanUp(ctx, e) })
		if err == nil {
			err = gone
		}
	}()
	body, err := json.Marshal(map[string]string{"displayName": t.Group})
	if err != nil {
		return err
	}
	a, err := e.Do(ctx, "making a throw-away group", http.MethodPost, "/Groups", "", body)
	if err != nil {
		return err
	}
	var made scimclient.Resource
	if scimclient.Decode(a.Body, &made) != nil || made.ID == "" {
		return &live.Problem{Kind: live.Malformed, Doing: "making a throw-away group", Reason: "the answer names no group"}
	}
	t.Steps = append(t.Steps, "made a group")
	found, err := find(ctx, e, t.Group)
	if err != nil {
		return err
	}
	if !slices.Contains(found, made.ID) {
		return &live.Problem{Kind: live.Malformed, Doing: "looking for the throw-away group", Reason: "it is not found by its name"}
	}
	t.Steps = append(t.Steps, "found it by name")
	patch := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"externalId","value":"` + t.Group + `"}]}`
	if _, err := e.Do(ctx, "changing the throw-away group", http.MethodPatch, "/Groups/"+made.ID, "", []byte(patch)); err != nil {
		return err
	}
	t.Steps = append(t.Steps, "changed it")
	return nil
}

func (t *RoundTrip) cleanUp(ctx context.Context, e Endpoint) error {
	found, err := find(ctx, e, t.Group)
	if err != nil {
		return err
	}
	for _, id := range found {
		if err := remove(ctx, e, id); err != nil {
			return err
		}
		t.Steps = append(t.Steps, "deleted it")
	}
	t.Removed = true
	return nil
}

// sleeper waits between two tries.
type sleeper func(context.Context, time.Duration) error

// farewells is how often deleting a group is tried.
const farewells = 8

// until does something again until it is done, or fails for a reason that does not
// pass. A client does not repeat what it can't know to have been done; a group of
// ours may be deleted twice.
func (sleep sleeper) until(ctx context.Context, do func() error) error {
	for n := 1; ; n++ {
		err := do()
		p, ok := errors.AsType[*live.Problem](err)
		if !ok || n == farewells || p.Kind != live.Uncertain && p.Kind != live.Unreachable && p.Kind != live.Throttled {
			return err
		}
		if sleep(ctx, live.Backoff{}.After(n)) != nil {
			return err
		}
	}
}

func find(ctx context.Context, e Endpoint, name string) (ids []string, err error) {
	err = e.List(ctx, "looking for the throw-away group", "/Groups", "displayName eq "+scimclient.Quoted(name), func(p scimclient.Page) error {
		for _, raw := range p.Resources {
			var g scimclient.Resource
			if scimclient.Decode(raw, &g) == nil && g.DisplayName == name {
				ids = append(ids, g.ID)
			}
		}
		return nil
	})
	return ids, err
}

func remove(ctx context.Context, e Endpoint, id string) error {
	_, err := e.Do(ctx, "deleting a throw-away group", http.MethodDelete, "/Groups/"+id, "", nil)
	if p, ok := errors.AsType[*live.Problem](err); ok && p.Kind == live.Missing {
		return nil
	}
	return err
}
