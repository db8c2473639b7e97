package idcenter

import (
	"sync"
	"time"
)

// throttle is a token bucket for each operation, full at first and as large as
// what a second refills (identity-center-scim reference 13).
type throttle struct {
	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	left float64
	seen time.Time
}

// Calls a second for each operation (identity-center-scim reference 13,
// cloudtrail reference 6.7).
const (
	scimWrites = 25
	scimReads  = 40
	apiCalls   = 20
)

// take takes a call from the bucket of an operation, or fails.
func (t *throttle) take(operation string, rate float64, now time.Time) *Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.buckets[operation]
	if b == nil {
		if t.buckets == nil {
			t.buckets = map[string]*bucket{}
		}
		b = &bucket{left: rate, seen: now}
		t.buckets[operation] = b
	}
	if past := now.Sub(b.seen); past > 0 {
		b.left = min(rate, b.left+past.Seconds()*rate)
		b.seen = now
	}
	if b.left < 1 {
		return Throttled(time.Second)
	}
	b.left--
	return nil
}
