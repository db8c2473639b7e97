package live

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Pacer spaces calls to a service that allows only so many a second, and holds
// all of them back while the service asks for it. It may be shared by goroutines.
type Pacer struct {
	limiter *rate.Limiter

	mu    sync.Mutex
	until time.Time // nobody calls before
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// NewPacer returns a pacer of perSecond calls, the first burst of them at once.
func NewPacer(perSecond float64, burst int) *Pacer {
	return &Pacer{limiter: rate.NewLimiter(rate.Limit(perSecond), max(1, burst)), now: time.Now, sleep: Sleep}
}

// By makes the pacer live by another clock, and returns it; it is called before
// the first Wait. A nil now or sleep leaves what there is.
func (p *Pacer) By(now func() time.Time, sleep func(context.Context, time.Duration) error) *Pacer {
	if now != nil {
		p.now = now
	}
	if sleep != nil {
		p.sleep = sleep
	}
	return p
}

// Wait returns when the next call may be made, or the error of ctx.
func (p *Pacer) Wait(ctx context.Context) error {
	for {
		now := p.now()
		p.mu.Lock()
		hold := p.until.Sub(now)
		p.mu.Unlock()
		if hold <= 0 {
			turn := p.limiter.ReserveN(now, 1)
			if err := p.sleep(ctx, turn.DelayFrom(now)); err != nil {
				turn.CancelAt(now)
				return err
			}
			return nil
		}
		if err := p.sleep(ctx, hold); err != nil {
			return err
		}
	}
}

// Hold lets nobody call for d: the service asked to slow down.
func (p *Pacer) Hold(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.now().Add(d); until.After(p.until) {
		p.until = until
	}
}

// Backoff is how long to wait before a call is made again: exponential with full
// jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
type Backoff struct {
	Base, Max time.Duration // of the first wait, of any; half a second and 20 seconds when zero
}

// After returns the wait before attempt n+1, when n attempts have failed.
func (b Backoff) After(n int) time.Duration {
	base, most := b.Base, b.Max
	if base <= 0 {
		base = 500 * time.Millisecond
	}
	if most <= 0 {
		most = 20 * time.Second
	}
	ceiling := base << min(n, 20)
	if ceiling > most || ceiling <= 0 {
		ceiling = most
	}
	return base/2 + rand.N(ceiling)
}

// RetryAfter reads the Retry-After header: seconds or a date. It returns false
// when the header is absent or says nothing usable; waits are at most an hour.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if text == "" {
		return 0, false
	}
	wait := time.Duration(-1)
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e9 {
		wait = time.Duration(n * float64(time.Second))
	} else if at, err := http.ParseTime(text); err == nil {
		wait = max(0, at.Sub(now))
	}
	if wait < 0 {
		return 0, false
	}
	return min(wait, time.Hour), true
}

// Sleep waits for d, or returns the error of ctx.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
