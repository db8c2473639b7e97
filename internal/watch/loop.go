package watch

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Feed is a source of evidence that is read again and again into the archive.
type Feed struct {
	Name  string // as in --from, without secrets
	Every time.Duration
	// Collect reads what is new. It returns when it has read all that is there,
	// and soon after ctx is done; what it fetched until then is kept.
	Collect func(ctx context.Context) error
}

// Lease lets one of several watchers be the active one; see archive.Lead.
type Lease func(ctx context.Context, ttl time.Duration) (leads bool, err error)

// Loop polls feeds, each at its own pace, and looks after each poll and at least
// once in Every.
type Loop struct {
	Feeds []Feed
	Every time.Duration
	// Lease is asked who leads; nil when nobody else can watch.
	Lease Lease
	TTL   time.Duration // of the lease; 30 seconds when zero
	// Fence returns a context in which nothing is written unless this one has the lease:
	// it may hang for longer than that and go on; see archive.Fenced. Nil for none.
	Fence func(context.Context) context.Context
	// Open returns a watcher; it is called whenever this one begins to lead, since
	// another may have led before.
	Open func(ctx context.Context) (*Watcher, error)
	// Busy runs while this one leads, such as deliveries; nil for nothing. It returns
	// soon after its ctx is done.
	Busy func(ctx context.Context)
	// Idle is Busy for what can wait until the first look is over, so that the memory
	// of both is not needed at once; nil for nothing.
	Idle    func(ctx context.Context)
	Metrics *Metrics // may be nil
	Log     *slog.Logger
	Now     func() time.Time
	Sleep   func(context.Context, time.Duration) error
	Trace   func(ctx context.Context, name string) (context.Context, func(error)) // a span; nil for none
	Health  *Health
}

// Run watches until ctx is done, and then stops in order: sources are called off,
// what they brought is looked at, the lease is given up. It returns an error only when
// watching can't begin.
func (l *Loop) Run(ctx context.Context) error {
	l.complete()
	if l.Lease == nil {
		l.Health.lead(true)
		l.metrics(func(m *Metrics) { m.Leads(true) })
		return l.lead(ctx)
	}
	defer func() {
		// Whoever stands by need not wait until the lease runs out.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if _, err := l.Lease(last, 0); err != nil {
			l.Log.Warn("the lease could not be given up", "error", err)
		}
	}()
	l.Log.Info("asking to lead")
	for ctx.Err() == nil {
		leads, err := l.Lease(ctx, l.TTL)
		if err != nil && ctx.Err() == nil {
			l.Log.Warn("who leads could not be asked", "error", err)
		}
		l.Health.lead(leads)
		l.metrics(func(m *Metrics) { m.Leads(leads) })
		if leads {
			if err := l.whileLeading(ctx); err != nil {
				return err
			}
			continue
		}
		if l.Sleep(ctx, l.TTL/3) != nil {
			break
		}
	}
	return nil
}

func (l *Loop) complete() {
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	if l.Sleep == nil {
		l.Sleep = live.Sleep
	}
	if l.TTL == 0 {
		l.TTL = 30 * time.Second
	}
	if l.Trace == nil {
		l.Trace = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	if l.Health == nil {
		l.Health = &Health{}
	}
}

func (l *Loop) metrics(do func(*Metrics)) {
	if l.Metrics != nil {
		do(l.Metrics)
	}
}

// errLost is why watching stops when another watcher may lead.
var errLost = errors.New("the lease is lost")

// whileLeading watches for as long as the lease is renewed.
func (l *Loop) whileLeading(ctx context.Context) error {
	leading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var renewing sync.WaitGroup
	renewing.Go(func() { l.renew(leading, stop) })
	fenced := leading
	if l.Fence != nil {
		fenced = l.Fence(leading)
	}
	err := l.lead(fenced)
	stop(nil)
	renewing.Wait()
	if ctx.Err() != nil || errors.Is(context.Cause(leading), errLost) {
		return nil
	}
	return err
}

// renew keeps the lease, and stops watching before it can run out.
func (l *Loop) renew(ctx context.Context, stop context.CancelCauseFunc) {
	held := l.Now()
	for l.Sleep(ctx, l.TTL/3) == nil {
		asked := l.Now()
		leads, err := l.Lease(ctx, l.TTL)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && leads:
			held = asked
		case err == nil:
			l.Log.Warn("another watcher leads now")
			stop(errLost)
			return
		case l.Now().Sub(held) >= l.TTL*2/3:
			l.Log.Warn("the lease could not be renewed; standing by", "error", err)
			stop(errLost)
			return
		}
	}
}

// report is what a feed tells after each reading.
type report struct {
	feed  string
	since time.Time // it fails since
	err   error
}

// lead is watching itself.
func (l *Loop) lead(ctx context.Context) error {
	w, err := l.Open(ctx)
	if err != nil {
		return err
	}
	l.Log.Info("watching", "sources", len(l.Feeds))
	reports := make(chan report)
	var work sync.WaitGroup
	for _, f := range l.Feeds {
		work.Go(func() { l.poll(ctx, f, reports) })
	}
	if l.Busy != nil {
		work.Go(func() { l.Busy(ctx) })
	}
	idle := l.Idle
	last := map[string]report{} // by feed
	for ctx.Err() == nil {
		// A source that fails is tried more and more rarely; how long it has failed is
		// looked at each time.
		for _, r := range last {
			w.Failing(r.feed, r.since, r.err)
		}
		l.look(ctx, w)
		if idle != nil {
			work.Go(func() { l.Idle(ctx) })
			idle = nil
		}
		tick, cancel := context.WithCancel(ctx)
		ticked := make(chan struct{})
		go func() { defer close(ticked); _ = l.Sleep(tick, l.Every) }() // it says only that the wait is over
		select {
		case r := <-reports:
			last[r.feed] = r
		case <-ticked:
		}
		cancel()
		<-ticked
	}
	ended := make(chan struct{})
	go func() { work.Wait(); close(ended) }()
	for waiting := true; waiting; {
		select {
		case <-reports:
		case <-ended:
			waiting = false
		}
	}
	if !errors.Is(context.Cause(ctx), errLost) {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		l.look(last, w) // what the sources brought at the end
	}
	l.Log.Info("stopped watching")
	return nil
}

func (l *Loop) look(ctx context.Context, w *Watcher) {
	began := l.Now()
	ctx, done := l.Trace(ctx, "look")
	err := w.Look(ctx)
	done(err)
	if err != nil {
		if ctx.Err() == nil {
			l.Log.Error("looking at what is new failed and will be tried again", "error", err)
		}
		l.Health.looked(l.Now(), err)
		return
	}
	l.Health.looked(l.Now(), nil)
	l.metrics(func(m *Metrics) { m.Looked(w, l.Now().Sub(began)) })
}

// poll reads one feed again and again.
func (l *Loop) poll(ctx context.Context, f Feed, reports chan<- report) {
	failures := 0
	var since time.Time
	backoff := live.Backoff{Base: max(f.Every/2, time.Second), Max: max(f.Every, 10*time.Minute)}
	for ctx.Err() == nil {
		began := l.Now()
		span, done := l.Trace(ctx, "collect "+f.Name)
		err := f.Collect(span)
		done(err)
		if ctx.Err() != nil {
			return
		}
		l.metrics(func(m *Metrics) { m.Polled(f.Name, l.Now(), l.Now().Sub(began), err) })
		wait := jitter(f.Every)
		if err != nil {
			if failures++; failures == 1 {
				since = began
			}
			wait = backoff.After(failures)
			l.Log.Warn("a source could not be read and will be tried again", "source", f.Name, "attempts", failures, "again_in", wait.Round(time.Second).String(), "error", err)
		} else {
			if failures > 0 {
				l.Log.Info("a source works again", "source", f.Name)
			}
			failures = 0
		}
		l.Health.polled(f.Name, l.Now(), err)
		select {
		case reports <- report{f.Name, since, err}:
		case <-ctx.Done():
			return
		}
		if l.Sleep(ctx, wait) != nil {
			return
		}
	}
}

// jitter spreads polls, so that several watchers do not call at once.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}
