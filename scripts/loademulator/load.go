package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// subject is a filled emulator that is served, and an echo beside it.
type subject struct {
	e      *emulator.Emulator
	ready  emulator.Ready
	echo   string
	kept   string
	client *http.Client
	users  []string // ids
	groups []string
	made   atomic.Int64
	ending []func()
}

func (s *subject) close() {
	for _, end := range slices.Backward(s.ending) {
		end()
	}
}

func (o options) prepare(ctx context.Context, users int) (_ *subject, err error) {
	s := &subject{kept: "memory", client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.clients}}}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	cfg := emulator.Config{}
	if o.folder {
		dir, err := os.MkdirTemp("", "loademulator-")
		if err != nil {
			return nil, err
		}
		s.ending = append(s.ending, func() { _ = os.RemoveAll(dir) })
		cfg.State, s.kept = dir, "a folder"
	}
	if s.e, err = emulator.Open(ctx, cfg); err != nil {
		return nil, err
	}
	s.ending = append(s.ending, func() { _ = s.e.Close() })
	base, err := s.serve(s.e)
	if err != nil {
		return nil, err
	}
	if s.echo, err = s.serve(http.HandlerFunc(echo)); err != nil {
		return nil, err
	}
	if s.ready, err = s.e.Ready(base, ""); err != nil {
		return nil, err
	}
	return s, s.fill(ctx, users)
}

// serve serves on a port of its own.
func (s *subject) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	s.ending = append(s.ending, func() { _ = server.Close() })
	return "http://" + l.Addr().String(), nil
}

// echo is net/http and encoding/json, and nothing between them.
func echo(w http.ResponseWriter, r *http.Request) {
	var v map[string]any
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// fill makes the users and groups, without HTTP.
func (s *subject) fill(ctx context.Context, users int) error {
	post := func(path, body string) (string, error) {
		res := s.e.Center.SCIM(ctx, idcenter.Call{Silent: true}, idcenter.SCIMRequest{Tenant: s.ready.TenantID, Method: "POST", Path: path,
			Authorization: "Bearer " + s.ready.Token, Body: []byte(body)})
		var made struct{ ID string }
		if err := json.Unmarshal(res.Body, &made); err != nil || res.Status != http.StatusCreated {
			return "", fmt.Errorf("filling the store: %d %s", res.Status, res.Body)
		}
		return made.ID, nil
	}
	for i := range users {
		id, err := post("/Users", person(fmt.Sprintf("user-%d", i)))
		if err != nil {
			return err
		}
		s.users = append(s.users, id)
	}
	for i := range max(users/20, 1) {
		id, err := post("/Groups", fmt.Sprintf(`{"displayName":"group-%d"}`, i))
		if err != nil {
			return err
		}
		s.groups = append(s.groups, id)
	}
	return s.e.Settle()
}

func person(name string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%[1]s@example.com","externalId":"%[1]s",`+
		`"name":{"givenName":"Ann","familyName":"Stone"},"displayName":"Ann Stone","active":true,"emails":[{"value":"%[1]s@example.com","type":"work","primary":true}]}`, name)
}

// operation is one that is measured; n counts its calls.
type operation struct {
	name string
	do   func(n int64) error
}

func (s *subject) operations() []operation {
	url := s.ready.SCIMURL
	add := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"%s"}]}]}`
	return []operation{
		{"echo of JSON", func(n int64) error { return s.call("POST", s.echo, person(fmt.Sprint("user-", n)), 200) }},
		{"create a user", func(int64) error {
			return s.call("POST", url+"/Users", person(fmt.Sprint("new-", s.made.Add(1))), 201)
		}},
		{"get a user", func(n int64) error { return s.call("GET", url+"/Users/"+at(s.users, n), "", 200) }},
		{"look up by userName", func(n int64) error {
			return s.call("GET", fmt.Sprintf("%s/Users?filter=userName+eq+%%22user-%d@example.com%%22", url, n%int64(len(s.users))), "", 200)
		}},
		{"add a member", func(n int64) error {
			return s.call("PATCH", url+"/Groups/"+at(s.groups, n), fmt.Sprintf(add, at(s.users, n*7919)), 204)
		}},
		{"list 100 users", func(int64) error { return s.call("GET", url+"/Users", "", 200) }},
	}
}

func at(list []string, n int64) string { return list[n%int64(len(list))] }

func (s *subject) call(method, url, body string, want int) error {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.ready.Token)
	res, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s %s is answered with %s", method, url, res.Status)
	}
	return nil
}

// measured is how an operation did.
type measured struct {
	perSecond float64
	p50, p99  time.Duration
}

// load runs an operation from all clients for the time asked for.
func (o options) load(ctx context.Context, do func(n int64) error) (measured, error) {
	var n atomic.Int64
	var mu sync.Mutex
	var times []time.Duration
	var errs []error
	var clients sync.WaitGroup
	begun := time.Now()
	for range o.clients {
		clients.Go(func() {
			var own []time.Duration
			var err error
			for err == nil && ctx.Err() == nil && time.Since(begun) < o.time {
				from := time.Now()
				err = do(n.Add(1))
				own = append(own, time.Since(from))
			}
			mu.Lock()
			defer mu.Unlock()
			times, errs = append(times, own...), append(errs, err)
		})
	}
	clients.Wait()
	took := time.Since(begun)
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return measured{}, err
	}
	slices.Sort(times)
	return measured{float64(len(times)) / took.Seconds(), times[len(times)/2], times[len(times)*99/100]}, nil
}
