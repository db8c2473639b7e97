package live

import "sync/atomic"

// Progress counts what a source has done so far. It may be read at any time,
// also while Collect runs; each number only grows. A nil Progress counts nothing.
type Progress struct {
	Calls     atomic.Int64 // requests answered
	Retries   atomic.Int64 // requests made again, for whatever reason
	Throttled atomic.Int64 // of these, because the service asked to slow down
	Bytes     atomic.Int64 // received, as they came over the wire
	Records   atomic.Int64 // records, entries or rows received
	Identity  atomic.Int64 // of these, the ones kept
	Done      atomic.Int64 // steps done, of Total (pages, objects, days: whatever the source counts)
	Total     atomic.Int64 // steps; 0 while unknown
	doing     atomic.Pointer[string]
}

// Doing says what the source is busy with.
func (p *Progress) Doing(what string) {
	if p != nil {
		p.doing.Store(&what)
	}
}

// What returns what the source is busy with.
func (p *Progress) What() string {
	if p == nil {
		return ""
	}
	if what := p.doing.Load(); what != nil {
		return *what
	}
	return ""
}
