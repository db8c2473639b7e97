package emulator

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the emulator's clock: the system's, and as much ahead of it as it was
// advanced. It may be used by many goroutines at once.
type Clock struct {
	offset atomic.Int64
	mu     sync.Mutex
	save   func(time.Duration) error
}

// farthest is how far a clock can be ahead. Years after 9999 have no place in the
// log.
const farthest = 100 * 365 * 24 * time.Hour

var errBackwards = errors.New("the clock only goes forward")

// NewClock returns a clock that is so much ahead of the system's. save, unless
// nil, stores a new offset before it holds.
func NewClock(offset time.Duration, save func(time.Duration) error) *Clock {
	c := &Clock{save: save}
	c.offset.Store(int64(offset))
	return c
}

// Now returns the time, UTC.
func (c *Clock) Now() time.Time { return time.Now().UTC().Add(c.Offset()) }

// Offset returns how far the clock is ahead of the system's.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Advance moves the clock forward. It fails when d is negative, when the clock
// would be more than a hundred years ahead, and when the offset can't be stored.
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 {
		return errBackwards
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > farthest-c.Offset() {
		return fmt.Errorf("the clock can be a hundred years ahead at most, and is %v ahead now", c.Offset())
	}
	next := c.Offset() + d
	if c.save != nil {
		if err := c.save(next); err != nil {
			return &storing{err}
		}
	}
	c.offset.Store(int64(next))
	return nil
}

// storing is a failure on the emulator's side, not the caller's.
type storing struct{ error }

func (e *storing) Unwrap() error { return e.error }
