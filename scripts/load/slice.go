package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// operation does the n-th call of its kind, n counting from 0 over all clients. Its
// error says what came back in place of what was expected.
type operation struct {
	name string
	do   func(ctx context.Context, n int64) error
	// undo takes back what calls have left behind, out of the measurement. It may be nil.
	undo func(ctx context.Context) error

	next atomic.Int64
}

// tally is what was measured of one operation in one place, over all rounds.
type tally struct {
	calls int
	spent time.Duration
	times []time.Duration
	rates []float64 // calls a second of each round
}

func (t *tally) rate() float64 { return float64(t.calls) / t.spent.Seconds() }

// at returns the time that this share of the calls did not exceed.
func (t *tally) at(share float64) time.Duration {
	if len(t.times) == 0 {
		return 0
	}
	slices.Sort(t.times)
	return t.times[min(int(share*float64(len(t.times))), len(t.times)-1)]
}

// during runs an operation with several clients at once for a while and adds to the
// tally.
func during(ctx context.Context, op *operation, clients int, d time.Duration, into *tally) error {
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	begun := time.Now()
	end := begun.Add(d)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			var own []time.Duration
			var err error
			for last := time.Now(); err == nil && last.Before(end); {
				if err = op.do(ctx, op.next.Add(1)-1); err == nil {
					now := time.Now()
					own = append(own, now.Sub(last))
					last = now
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
			if failed == nil {
				failed = err
			}
		})
	}
	wg.Wait()
	spent := time.Since(begun)
	if failed != nil {
		return failed
	}
	into.calls += len(all)
	into.spent += spent
	into.times = append(into.times, all...)
	into.rates = append(into.rates, float64(len(all))/spent.Seconds())
	if op.undo != nil {
		return op.undo(ctx)
	}
	return nil
}

// versus lets two operations take turns, so that whatever else the machine does meets
// both, and adds to their tallies. Who begins changes with every round.
func versus(ctx context.Context, a, b *operation, clients, rounds int, each time.Duration, ta, tb *tally) error {
	for _, op := range []*operation{a, b} { // connections, caches
		if err := during(ctx, op, clients, each/4, new(tally)); err != nil {
			return err
		}
	}
	for i := range rounds {
		order := []func() error{
			func() error { return during(ctx, a, clients, each, ta) },
			func() error { return during(ctx, b, clients, each, tb) },
		}
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, run := range order {
			if err := run(); err != nil {
				return err
			}
		}
	}
	return nil
}

// ratio is the median, over the rounds, of how many times faster a was than b.
func ratio(a, b *tally) float64 {
	var all []float64
	for i := range min(len(a.rates), len(b.rates)) {
		all = append(all, a.rates[i]/b.rates[i])
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
