package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// wire is a client and what it sends with every request.
type wire struct {
	http  *http.Client
	base  string
	token string // "" for none
}

func newClient(clients int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: 4 * clients, MaxIdleConnsPerHost: clients}, Timeout: 30 * time.Second}
}

// call sends a request, reads the whole answer, and returns it. Another status than
// the one that is wanted is an error with the answer in it.
func (w *wire) call(ctx context.Context, method, path, body string, want int) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if w.token != "" {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	res, err := w.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if n := res.ContentLength; n > 0 {
		b.Grow(int(min(n, 1<<20)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(res.Body); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode != want {
		return nil, fmt.Errorf("%s %s: status %d, not %d: %.300s", method, path, res.StatusCode, want, b.Bytes())
	}
	return b.Bytes(), nil
}

// echo serves what everything is compared with, net/http and encoding/json alone, and
// returns the operation that asks it.
func echo(client *http.Client) (op *operation, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("listening for the echo: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v map[string]any
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	})}
	go func() { _ = server.Serve(l) }()
	w := &wire{http: client, base: "http://" + l.Addr().String()}
	op = &operation{name: "echo", do: func(ctx context.Context, n int64) error {
		_, err := w.call(ctx, "POST", "/", user(fmt.Sprintf("echo-%d", n)), 200)
		return err
	}}
	return op, func() { _ = server.Close() }, nil
}

// world is an emulator that is full and serves.
type world struct {
	wire
	users, groups []string // ids
	close         func() error
}

// open starts an emulator in this process, on loopback, recording on, and fills it
// over HTTP. dir is "" for memory, or the folder in which its state gets one of its
// own, taken away at the end.
func open(ctx context.Context, client *http.Client, dir string, users, groups, clients int) (_ *world, err error) {
	cfg := emulator.Config{State: emulator.InMemory}
	if dir != "" {
		if cfg.State, err = os.MkdirTemp(dir, "load-"); err != nil {
			return nil, fmt.Errorf("making a folder for the state: %w", err)
		}
	}
	clean := func() error {
		if dir == "" {
			return nil
		}
		return os.RemoveAll(cfg.State)
	}
	e, err := emulator.Open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", err, clean())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_, _ = e.Close(), clean()
		return nil, fmt.Errorf("listening: %w", err)
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() { served <- e.Serve(serving, l, nil) }()
	w := &world{close: func() error {
		stop()
		err := <-served
		if closing := e.Close(); err == nil {
			err = closing
		}
		if cleaning := clean(); err == nil {
			err = cleaning
		}
		return err
	}}
	ready, err := e.Ready("http://"+l.Addr().String(), "")
	if err == nil {
		w.wire = wire{client, ready.SCIMURL, ready.Token}
		err = w.fill(ctx, users, groups, clients)
	}
	if err != nil {
		_ = w.close()
		return nil, fmt.Errorf("filling the emulator: %w", err)
	}
	return w, nil
}

func (w *world) fill(ctx context.Context, users, groups, clients int) (err error) {
	if w.users, err = w.make(ctx, users, clients, "/Users", func(i int) string { return user(userName(int64(i))) }); err != nil {
		return err
	}
	w.groups, err = w.make(ctx, groups, clients, "/Groups", func(i int) string { return fmt.Sprintf(`{"displayName":"group-%06d"}`, i) })
	return err
}

// make posts n bodies, with several clients at once, and returns the ids of what was
// made.
func (w *world) make(ctx context.Context, n, clients int, path string, body func(i int) string) ([]string, error) {
	ids := make([]string, n)
	return ids, spread(n, clients, func(i int) (err error) {
		ids[i], err = w.post(ctx, path, body(i))
		return err
	})
}

func (w *world) post(ctx context.Context, path, body string) (id string, err error) {
	data, err := w.call(ctx, "POST", path, body, 201)
	if err != nil {
		return "", err
	}
	var made struct{ ID string }
	if err := json.Unmarshal(data, &made); err != nil {
		return "", fmt.Errorf("reading what was made: %w", err)
	}
	return made.ID, nil
}

// spread does n things with several clients at once and returns the first error.
func spread(n, clients int, do func(i int) error) error {
	var next atomic.Int64
	var once sync.Once
	var failed error
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := do(int(i)); err != nil {
					once.Do(func() { failed = err; next.Store(int64(n)) })
					return
				}
			}
		})
	}
	wg.Wait()
	return failed
}

func userName(i int64) string { return fmt.Sprintf("user-%06d@example.com", i) }

// user is the body that creates one, as identity providers send it.
func user(name string) string {
	return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + name + `","name":{"givenName":"Ann","familyName":"Stone"},` +
		`"displayName":"Ann Stone","active":true,"emails":[{"value":"` + name + `","type":"work","primary":true}]}`
}

// operations returns what is measured, in the order in which it is told.
func (w *world) operations(clients int) []*operation {
	var mu sync.Mutex
	var made []string
	const patch = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"%s"}]}]}`
	users, groups := int64(len(w.users)), int64(len(w.groups))
	call := func(method, path, body string, want int) func(context.Context) error {
		return func(ctx context.Context) error { _, err := w.call(ctx, method, path, body, want); return err }
	}
	return []*operation{
		{name: "create user", do: func(ctx context.Context, n int64) error {
			data, err := w.call(ctx, "POST", "/Users", user(fmt.Sprintf("new-%d@example.com", n)), 201)
			if err != nil {
				return err
			}
			id, err := idOf(data)
			mu.Lock()
			defer mu.Unlock()
			made = append(made, id)
			return err
		}, undo: func(ctx context.Context) error { // the number of users stays what the table says
			ids := made
			made = nil
			return spread(len(ids), clients, func(i int) error {
				_, err := w.call(ctx, "DELETE", "/Users/"+ids[i], "", 204)
				return err
			})
		}},
		{name: "get user", do: func(ctx context.Context, n int64) error {
			return call("GET", "/Users/"+w.users[scatter(n, users)], "", 200)(ctx)
		}},
		{name: "look up by userName", do: func(ctx context.Context, n int64) error {
			return call("GET", "/Users?filter=userName+eq+%22"+userName(scatter(n, users))+"%22", "", 200)(ctx)
		}},
		{name: "add a member", do: func(ctx context.Context, n int64) error {
			// Another pair each time, until there are no more.
			group, member := n%groups, scatter(n/groups, users)
			return call("PATCH", "/Groups/"+w.groups[group], fmt.Sprintf(patch, w.users[member]), 204)(ctx)
		}},
		{name: "list 100", do: func(ctx context.Context, _ int64) error {
			return call("GET", "/Users?count=100", "", 200)(ctx)
		}},
	}
}

// scatter goes through 0 to size-1 in leaps, each number once in size calls, for the
// sizes that are not multiples of the leap.
func scatter(n, size int64) int64 { return n * 7919 % size }

// idOf takes the id out of an answer without decoding it all, since the time of the
// client is measured too.
func idOf(data []byte) (string, error) {
	_, after, found := bytes.Cut(data, []byte(`"id":"`))
	id, _, closed := bytes.Cut(after, []byte(`"`))
	if !found || !closed {
		return "", fmt.Errorf("no id in %.200s", data)
	}
	return string(id), nil
}
