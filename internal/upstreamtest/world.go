// Package upstreamtest has an Okta organisation, a SailPoint tenant and an Entra ID
// tenant that run inside a Go test: small, changeable worlds that answer as the real
// ones do (okta-sailpoint reference, section 17), and that push on.
//
//	w := upstreamtest.New(t)                       // the sample company, all healthy
//	aws := idcentertest.New(t)
//	w.Request("ann@example.com", upstreamtest.Profile)
//	w.Provision(ctx)                               // SailPoint writes into Okta
//	w.Push(ctx, aws.SCIMURL, aws.Token)            // Okta writes into AWS
//
// [Breaks] is a table of what can be broken, one for each cause; [World.Play] tells
// the whole story with one of them.
//
// To ask a stand-in, give a source the names [World.OktaName], [World.SailPointName]
// and [World.EntraName] and the variables of [World.Env]. [World.Trouble] makes the
// next answers of one of them faulty. It is no part of the program.
//
// The fields of a world are changed between calls only; a test that asks while it
// changes takes [World.Do].
package upstreamtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/restapi"
)

// TB is what a world needs of a test.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(f func())
}

// The sample company.
const (
	Org     = "example.okta.com"
	Group   = "AWS-Prod-ReadOnly" // pushed to AWS
	Assign  = "AWS-Users"         // assigned to the app
	Profile = "AWS Prod ReadOnly" // SailPoint's access profile for Group
	AppID   = "0oaAWS000000000001"
	Ann     = "ann@example.com" // everybody's example; not in Group yet
	Region  = "us-east-1"

	groupID, assignID, shadowID = "00gPROD00000000001", "00gASGN00000000001", "00gSHAD00000000001"
	mappingID                   = "gPmPROD00000000001"
	tenantID                    = "7f0c2a5e-3b1d-4c52-9a6e-5d1f00000001"
)

// World is a company and its three services. Make one with New.
type World struct {
	Okta      *Okta
	SailPoint *SailPoint
	Entra     *Entra

	t       TB
	mu      sync.Mutex
	now     time.Time
	serial  int
	trouble []*Trouble
	calls   map[string]int
}

// Option changes what New starts.
type Option func(*settings)

type settings struct {
	members int
	at      time.Time
}

// Members makes the group have so many members besides Ann, all assigned; 3 otherwise.
func Members(n int) Option { return func(s *settings) { s.members = n } }

// At sets the clock; otherwise it is that of the system, as idcentertest's is.
func At(t time.Time) Option { return func(s *settings) { s.at = t } }

// New starts the sample company: AWS-Prod-ReadOnly with a few members is pushed to
// AWS, AWS-Users is assigned to the app, Ann is in AWS-Users and asks for the rest.
func New(t TB, options ...Option) *World {
	t.Helper()
	s := settings{members: 3, at: time.Now()}
	for _, o := range options {
		o(&s)
	}
	w := &World{t: t, now: s.at.UTC().Truncate(time.Second), calls: map[string]int{}}
	w.Okta, w.SailPoint, w.Entra = newOkta(w), newSailPoint(w), newEntra(w)
	w.SailPoint.sample()
	w.Okta.sample()
	w.Entra.sample()
	w.fill(s.members)
	w.Okta.URL = w.serve("okta", w.Okta.routes())
	w.SailPoint.URL = w.serve("sailpoint", w.SailPoint.routes())
	w.Entra.URL = w.serve("entra", w.Entra.routes())
	return w
}

// serve starts a server behind the faults and the count of calls.
func (w *World) serve(product string, h http.Handler) string {
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls[product]++
		if t := w.troubleFor(product, r); t != nil {
			t.answer(rw, product, w.now)
			return
		}
		h.ServeHTTP(rw, r)
	}))
	w.t.Cleanup(srv.Close)
	return srv.URL
}

// Do changes the world while nobody asks it.
func (w *World) Do(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// Now is the world's time. It passes only by Advance, and by a second with every
// event, so that events have an order.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Advance lets time pass.
func (w *World) Advance(d time.Duration) { w.Do(func() { w.now = w.now.Add(d) }) }

// tick is the time of the next event.
func (w *World) tick() time.Time {
	w.now = w.now.Add(time.Second)
	return w.now
}

// Calls is how many requests a stand-in ("okta", "sailpoint", "entra") has got.
func (w *World) Calls(product string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[product]
}

// OktaName, SailPointName and EntraName name the stand-ins as --from does.
func (w *World) OktaName() string      { return "okta://" + host(w.Okta.URL) }
func (w *World) SailPointName() string { return "sailpoint://" + host(w.SailPoint.URL) }
func (w *World) EntraName() string     { return "entra://" + tenantID }

func host(url string) string { return strings.TrimPrefix(url, "http://") }

// Env is the variables with which the sources find and ask the stand-ins.
func (w *World) Env() map[string]string {
	return map[string]string{
		"OKTA_API_TOKEN":      w.Okta.Token,
		"SAILPOINT_CLIENT_ID": w.SailPoint.ClientID, "SAILPOINT_CLIENT_SECRET": w.SailPoint.Secret,
		"AZURE_CLIENT_ID": w.Entra.ClientID, "AZURE_CLIENT_SECRET": w.Entra.Secret,
		"ENTRA_GRAPH_URL": w.Entra.URL, "ENTRA_LOGIN_URL": w.Entra.URL,
	}
}

// Environment is Env as the sources take it.
func (w *World) Environment() restapi.Environment {
	env := w.Env()
	return restapi.Environment{Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
}

// id makes an id that no other thing has.
func (w *World) id(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%0*d", prefix, max(1, 20-len(prefix)), w.serial)
}

// fill makes n more people, assigned to the app and members of the group.
func (w *World) fill(n int) {
	now := w.now
	defer func() { w.now = now }()
	w.now = now.Add(-29 * 24 * time.Hour)
	for i := range n {
		login := fmt.Sprintf("person%03d@example.com", i+1)
		w.Hire(login, fmt.Sprintf("Person%03d", i+1), "Example")
		w.Okta.addMember(assignID, login, okta0)
		w.Okta.assign(login, assignID)
		w.Okta.addMember(groupID, login, okta0)
	}
}

// Hire makes a person in Okta and in SailPoint, where the Okta account is known.
func (w *World) Hire(login, first, last string) {
	u := w.Okta.addUser(login, first, last)
	w.SailPoint.addIdentity(login, first+" "+last, u.ID)
}

// stamp writes a time as Okta and SailPoint do.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
