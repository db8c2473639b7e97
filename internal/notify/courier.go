package notify

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Parcel is a message and who still waits for it.
type Parcel struct {
	Message Message
	Left    []string // names of targets; none when everybody has it
	Added   time.Time
}

// Memory keeps parcels across restarts.
type Memory interface {
	// Parcels returns all that were kept and not dropped.
	Parcels(ctx context.Context) ([]Parcel, error)
	// Keep writes a parcel, in place of one of the same message.
	Keep(ctx context.Context, p Parcel) error
	Drop(ctx context.Context, id string) error
}

// Options are what a courier works with.
type Options struct {
	Memory  Memory
	Targets []Target
	Now     func() time.Time // time.Now when nil
	Sleep   func(context.Context, time.Duration) error
	Log     *slog.Logger
	Count   func(target, outcome string) // sent, failed, dropped; may be nil
	Backoff live.Backoff
	Most    int // parcels that wait; 1,000 when 0
}

// Courier delivers. Its methods may be called from several goroutines.
type Courier struct {
	o    Options
	wake chan struct{}

	mu     sync.Mutex
	known  map[string]time.Time // delivered, and when they were added
	queue  []*Parcel
	trials map[string]*trial // by target
}

// trial is how a target does.
type trial struct {
	failures int
	next     time.Time
}

// remembered is how long a delivered message is known by its id.
const remembered = 7 * 24 * time.Hour

// tooOld is how long a target that does not answer is tried with a message: what
// is older is of no use to anybody on call, and keeps newer ones waiting.
const tooOld = 3 * 24 * time.Hour

// New returns a courier that goes on with what its memory holds.
func New(ctx context.Context, o Options) (*Courier, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	if o.Backoff == (live.Backoff{}) {
		o.Backoff = live.Backoff{Base: 2 * time.Second, Max: 10 * time.Minute}
	}
	o.Most = cmp.Or(o.Most, 1000)
	c := &Courier{o: o, wake: make(chan struct{}, 1), known: map[string]time.Time{}, trials: map[string]*trial{}}
	kept, err := o.Memory.Parcels(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(kept, func(a, b Parcel) int { return a.Added.Compare(b.Added) })
	for _, p := range kept {
		p.Left = slices.DeleteFunc(p.Left, func(name string) bool { return !c.has(name) })
		switch {
		case len(p.Left) > 0:
			c.queue = append(c.queue, &p)
		case o.Now().Sub(p.Added) > remembered:
			if err := o.Memory.Drop(ctx, p.Message.ID); err != nil {
				return nil, err
			}
			continue
		}
		c.known[p.Message.ID] = p.Added
	}
	return c, nil
}

func (c *Courier) has(name string) bool {
	return slices.ContainsFunc(c.o.Targets, func(t Target) bool { return t.Name() == name })
}

// Targets returns the names of the targets.
func (c *Courier) Targets() (names []string) {
	for _, t := range c.o.Targets {
		names = append(names, t.Name())
	}
	return names
}

// Add takes a message for some targets. When it returns without an error the
// message is kept and will be delivered; one that was added before is not added
// again.
func (c *Courier) Add(ctx context.Context, m Message, to []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.known[m.ID]; known {
		return nil
	}
	p := &Parcel{Message: m, Left: slices.DeleteFunc(slices.Clone(to), func(name string) bool { return !c.has(name) }), Added: c.o.Now().UTC()}
	if err := c.o.Memory.Keep(ctx, *p); err != nil {
		return err
	}
	c.known[m.ID] = p.Added
	if len(p.Left) == 0 {
		return nil
	}
	c.queue = append(c.queue, p)
	if n := len(c.queue) - c.o.Most; n > 0 {
		for _, old := range c.queue[:n] {
			for _, name := range old.Left {
				c.o.Count(name, "dropped")
			}
			c.o.Log.Error("a message was dropped: too many wait", "id", old.Message.ID, "targets", old.Left)
			old.Left = nil
			if err := c.o.Memory.Keep(ctx, *old); err != nil {
				return err
			}
		}
		c.queue = slices.Delete(c.queue, 0, n)
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// Waiting returns how many messages have not reached everybody.
func (c *Courier) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue)
}

// Run delivers until ctx is done.
func (c *Courier) Run(ctx context.Context) {
	for ctx.Err() == nil {
		next := c.Round(ctx)
		c.pause(ctx, next)
	}
}

// pause waits until there is something to do.
func (c *Courier) pause(ctx context.Context, next time.Duration) {
	if next == 0 {
		select {
		case <-ctx.Done():
		case <-c.wake:
		}
		return
	}
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-c.wake:
			stop()
		case <-waiting.Done():
		}
	}()
	_ = c.o.Sleep(waiting, next) // it says only that the wait is over
}

// Round tries every target that is not pausing, and each message that waits for it
// in order, until one fails. It returns how long the shortest pause still is, 0 when
// nothing waits for one.
func (c *Courier) Round(ctx context.Context) (pause time.Duration) {
	var all sync.WaitGroup
	for _, t := range c.o.Targets {
		all.Go(func() { c.serve(ctx, t) })
	}
	all.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, t := range c.trials {
		left := t.next.Sub(c.o.Now())
		if t.failures > 0 && c.waits(name) && (pause == 0 || left < pause) {
			pause = max(left, time.Millisecond)
		}
	}
	return pause
}

func (c *Courier) waits(name string) bool {
	return slices.ContainsFunc(c.queue, func(p *Parcel) bool { return slices.Contains(p.Left, name) })
}

// serve gives one target what waits for it.
func (c *Courier) serve(ctx context.Context, t Target) {
	name := t.Name()
	for ctx.Err() == nil {
		c.mu.Lock()
		state := c.trials[name]
		if state == nil {
			state = &trial{}
			c.trials[name] = state
		}
		at := slices.IndexFunc(c.queue, func(p *Parcel) bool { return slices.Contains(p.Left, name) })
		if at < 0 || state.failures > 0 && c.o.Now().Before(state.next) {
			c.mu.Unlock()
			return
		}
		p := c.queue[at]
		c.mu.Unlock()

		if err := t.Deliver(ctx, p.Message); err != nil {
			if ctx.Err() != nil {
				return // it was called off
			}
			if f, ok := errors.AsType[*Failure](err); ok && f.Refused || c.o.Now().Sub(p.Added) > tooOld {
				c.o.Count(name, "dropped")
				c.o.Log.Error("a message was given up", "target", name, "id", p.Message.ID, "error", err)
				if err := c.delivered(context.WithoutCancel(ctx), p, name, state); err != nil {
					c.o.Log.Error("that a message was given up could not be written down", "target", name, "id", p.Message.ID, "error", err)
				}
				continue
			}
			c.mu.Lock()
			state.failures++
			state.next = c.o.Now().Add(c.o.Backoff.After(state.failures))
			failures := state.failures
			c.mu.Unlock()
			c.o.Count(name, "failed")
			c.o.Log.Warn("a message could not be delivered and will be tried again", "target", name, "id", p.Message.ID, "attempts", failures, "error", err)
			return
		}
		c.o.Count(name, "sent")
		if err := c.delivered(context.WithoutCancel(ctx), p, name, state); err != nil {
			c.o.Log.Error("that a message was delivered could not be written down; it may come again", "target", name, "id", p.Message.ID, "error", err)
		}
	}
}

func (c *Courier) delivered(ctx context.Context, p *Parcel, name string, state *trial) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	state.failures = 0
	p.Left = slices.DeleteFunc(slices.Clone(p.Left), func(n string) bool { return n == name })
	if len(p.Left) == 0 {
		c.queue = slices.DeleteFunc(c.queue, func(q *Parcel) bool { return q == p })
	}
	c.forget(ctx)
	return c.o.Memory.Keep(ctx, *p)
}

// forget drops what was delivered long ago. What can't be dropped now is dropped at
// the next start.
func (c *Courier) forget(ctx context.Context) {
	for id, added := range c.known {
		if c.o.Now().Sub(added) > remembered && !slices.ContainsFunc(c.queue, func(p *Parcel) bool { return p.Message.ID == id }) {
			if c.o.Memory.Drop(ctx, id) == nil {
				delete(c.known, id)
			}
		}
	}
}
