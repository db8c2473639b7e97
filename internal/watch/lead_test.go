package watch_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/postgresnode"
	"github.com/scimtrail/scimtrail/internal/watch"
)

// pretend is a clock that the test moves; whoever sleeps by it wakes when it has
// passed their time.
type pretend struct {
	mu    sync.Mutex
	at    time.Time
	moved chan struct{}
}

func (p *pretend) now() time.Time { p.mu.Lock(); defer p.mu.Unlock(); return p.at }

func (p *pretend) move(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = p.at.Add(d)
	close(p.moved)
	p.moved = make(chan struct{})
}

func (p *pretend) sleep(ctx context.Context, d time.Duration) error {
	p.mu.Lock()
	until := p.at.Add(d)
	p.mu.Unlock()
	for {
		p.mu.Lock()
		done, moved := !p.at.Before(until), p.moved
		p.mu.Unlock()
		if done {
			return ctx.Err()
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// engine is one of several watchers on an archive.
type engine struct {
	name  string
	led   chan struct{} // closed when it leads
	told  chan string   // what it told
	dead  bool          // it no longer reaches the archive's leases, as one that was killed
	mu    sync.Mutex
	stop  context.CancelFunc
	ended chan error
}

func (e *engine) die() {
	e.mu.Lock()
	e.dead = true
	e.mu.Unlock()
	e.stop()
}

// outbox keeps what is to be told by its name, as package notify does in the archive:
// who was stopped between telling and writing that down tells it again.
type outbox struct {
	mu    sync.Mutex
	names []string
}

func (o *outbox) add(name string) (fresh bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.Contains(o.names, name) {
		return false
	}
	o.names = append(o.names, name)
	return true
}

func startEngine(t *testing.T, name, address string, at *pretend, box *outbox, record func(n int) []byte) *engine {
	t.Helper()
	db, err := archive.Open(t.Context(), address, archive.Options{Now: at.now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	e := &engine{name: name, led: make(chan struct{}), told: make(chan string, 100), stop: stop, ended: make(chan error, 1)}
	var once sync.Once
	n := 0
	loop := &watch.Loop{
		Every: time.Minute, TTL: 30 * time.Second, Now: at.now, Sleep: at.sleep,
		Feeds: []watch.Feed{{Name: "test", Every: time.Minute, Collect: func(ctx context.Context) error {
			w, err := db.Writer(ctx)
			if err != nil {
				return err
			}
			if err := w.Record(w.Input(casefile.Input{Path: "live", Size: -1}), record(n)); err != nil {
				return err
			}
			n++
			return w.Close()
		}}},
		Lease: func(ctx context.Context, ttl time.Duration) (bool, error) {
			e.mu.Lock()
			dead := e.dead
			e.mu.Unlock()
			if dead {
				return false, errors.New("it was killed")
			}
			return db.Lead(ctx, "watch", name, ttl)
		},
		Fence: func(ctx context.Context) context.Context { return archive.Fenced(ctx, "watch", name) },
		Open: func(ctx context.Context) (*watch.Watcher, error) {
			once.Do(func() { close(e.led) })
			return watch.Open(ctx, watch.Options{Archive: db, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Now: at.now,
				Tell: func(_ context.Context, tr watch.Transition, _ watch.Delivery) error {
					if box.add(tr.Name()) {
						e.told <- tr.Name()
					}
					return nil
				}})
		},
	}
	go func() { e.ended <- loop.Run(ctx) }()
	t.Cleanup(func() { stop(); <-e.ended; db.Close() })
	return e
}

// within fails the test when something does not happen; nothing is measured by it.
func within[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not within half a minute", what)
	}
	return v
}

// passesUntil lets time pass until something happens. Once would not do: who is
// busy when time passes begins to sleep after it.
func (p *pretend) passesUntil(t *testing.T, what string, happened <-chan struct{}) {
	t.Helper()
	for patience := time.Now().Add(30 * time.Second); ; {
		p.move(11 * time.Second)
		select {
		case <-happened:
			return
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(patience) {
			t.Fatalf("%s: not within half a minute", what)
		}
	}
}

// TestOneOfTwoWatchersOnAServerIsActive: the other takes over when the lease of one
// that was killed runs out, or at once when it was stopped, and tells nothing twice.
func TestOneOfTwoWatchersOnAServerIsActive(t *testing.T) {
	t.Parallel()
	node, err := postgresnode.Start()
	node = postgresnode.Must(t, node, err)
	t.Cleanup(func() { _ = node.Stop() })
	address := node.Address("watched")
	at := &pretend{at: day(10), moved: make(chan struct{})}
	fails := func(user string) func(int) []byte {
		return func(int) []byte {
			return fmt.Appendf(nil, `{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-%s","eventTime":%q,"awsRegion":%q,"recipientAccountId":%q,"eventSource":%q,"eventName":"PatchUser",
				"userIdentity":{"type":"Unknown"},"requestParameters":{"id":"64a8b4c8-2002-70a1-2222-%s"},"errorCode":"ValidationException","errorMessage":"refused"}`,
				user, day(10).Format(time.RFC3339), region, account, awsid.SourceSCIM, user)
		}
	}
	var box outbox
	a := startEngine(t, "a", address, at, &box, fails("000000000001"))
	within(t, "a leads", a.led)
	told := within(t, "a tells that writes fail", a.told)
	b := startEngine(t, "b", address, at, &box, fails("000000000001"))
	select {
	case <-b.led:
		t.Fatal("b leads while a does")
	default:
	}
	a.die()
	if err := within(t, "a ends", a.ended); err != nil {
		t.Fatal(err)
	}
	a.ended <- nil
	at.move(20 * time.Second)
	select {
	case <-b.led:
		t.Fatal("b leads before the lease of a ran out")
	default:
	}
	at.passesUntil(t, "b leads", b.led)
	c := startEngine(t, "c", address, at, &box, fails("000000000002"))
	b.stop() // in order: it gives the lease up
	if err := within(t, "b ends", b.ended); err != nil {
		t.Fatal(err)
	}
	b.ended <- nil
	at.passesUntil(t, "c leads", c.led)
	c.stop()
	if err := within(t, "c ends", c.ended); err != nil {
		t.Fatal(err)
	}
	c.ended <- nil
	// The same alert under another name would be news to whoever is told.
	if len(box.names) != 1 || box.names[0] != told {
		t.Errorf("told was %v; a had told %s", box.names, told)
	}
}

// TestASourceThatFailedOnceAndThenHangsIsTold: how long it has failed does not wait
// for the next attempt at it.
func TestASourceThatFailedOnceAndThenHangsIsTold(t *testing.T) {
	t.Parallel()
	db, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "case.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := &pretend{at: day(10), moved: make(chan struct{})}
	opened := make(chan struct{})
	attempts := 0
	loop := &watch.Loop{
		Every: time.Minute, Now: at.now, Sleep: at.sleep,
		Feeds: []watch.Feed{{Name: "lookup://us-east-2", Every: time.Minute, Collect: func(ctx context.Context) error {
			if attempts++; attempts > 1 {
				<-ctx.Done()
			}
			return errors.New("nobody listens there")
		}}},
		Open: func(ctx context.Context) (*watch.Watcher, error) {
			return watch.Open(ctx, watch.Options{Archive: db, Rules: watch.DefaultRules(), Catalogue: actor.Default(), Now: at.now,
				Tell: func(_ context.Context, tr watch.Transition, _ watch.Delivery) error {
					if tr.Rule == "nothing-collected" && tr.Source == "lookup://us-east-2" {
						close(opened)
					}
					return nil
				}})
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx) }()
	at.passesUntil(t, "the alert opens", opened)
	stop()
	if err := within(t, "it ends", ended); err != nil {
		t.Fatal(err)
	}
}
