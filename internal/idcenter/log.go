package idcenter

import (
	"iter"
	"time"
)

// Log is an index of events in which LookupEvents looks. It may be used by many
// goroutines at once.
type Log struct {
	// Fetch, when set before the first Add, reads the record of an event that the
	// Log then does not keep in memory.
	Fetch func(Event) ([]byte, error)

	logIndex
}

// NewLog makes an empty Log.
func NewLog() *Log { return &Log{} }

// Add puts an event into the index. Events are expected in the order of their
// times; one that is older than its predecessor is listed as of the same time.
func (l *Log) Add(e Event) { panic("todo") }

// Len returns the number of events.
func (l *Log) Len() int { panic("todo") }

// All ranges over the events, oldest first, as they were when it began. Record
// is nil in a Log with Fetch.
func (l *Log) All() iter.Seq[Event] { panic("todo") }

// LookupEvents answers the CloudTrail operation of that name (cloudtrail
// reference 3): request and response are JSON bodies. now is the present;
// events younger than delay are not yet visible, and those older than 90 days
// no more. The error is an [*Error] with status 400, or one of Fetch.
func (l *Log) LookupEvents(request []byte, now time.Time, delay time.Duration) ([]byte, error) {
	panic("todo")
}

type logIndex struct{}
