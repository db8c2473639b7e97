package idcenter

import (
	"iter"
	"sync"
	"time"
)

// Log is an index of events in which LookupEvents looks. It may be used by many
// goroutines at once.
type Log struct {
	// Fetch, when set before the first Add, reads the record of an event; the Log
	// then keeps none in memory. Otherwise it keeps them compressed.
	Fetch func(Event) ([]byte, error)

	records shelf // when there is no Fetch; numbered as events are

	mu     sync.RWMutex
	events []Event // without their records
	listed []int64 // seconds since 1970 under which each is listed; never falling
	by     map[term][]int32
	byID   map[string]int32
	texts  map[string]string // one copy of each repeated text
}

// term is one attribute that LookupEvents can look by, and its value.
type term struct{ attribute, value string }

// NewLog makes an empty Log.
func NewLog() *Log {
	return &Log{by: map[term][]int32{}, byID: map[string]int32{}, texts: map[string]string{}}
}

// Add puts an event into the index. Its record must be one line and must not be
// changed afterwards. Events are expected in the order of their times; one that
// is older than its predecessor is listed as of the same time.
func (l *Log) Add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Fetch == nil {
		l.records.add(e.Record)
	}
	e.Record = nil
	for _, s := range []*string{&e.Source, &e.Name, &e.Username, &e.AccessKey} {
		*s = l.once(*s)
	}
	at := e.Time.Unix()
	if n := len(l.listed); n > 0 {
		at = max(at, l.listed[n-1])
	}
	place := int32(len(l.events))
	l.events = append(l.events, e)
	l.listed = append(l.listed, at)
	l.byID[e.ID] = place
	for _, t := range [...]term{{"EventName", e.Name}, {"ReadOnly", readOnlyText(e.ReadOnly)}, {"Username", e.Username},
		{"EventSource", e.Source}, {"AccessKeyId", e.AccessKey}} {
		if t.value != "" {
			l.by[t] = append(l.by[t], place)
		}
	}
}

func (l *Log) once(s string) string {
	if kept, ok := l.texts[s]; ok {
		return kept
	}
	l.texts[s] = s
	return s
}

func readOnlyText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// Len returns the number of events.
func (l *Log) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.events)
}

// From ranges over the events in the order in which they were added, from the
// n-th on (0 is the first), as many as there were when it began. Record is nil
// in a Log with Fetch.
func (l *Log) From(n int) iter.Seq2[int, Event] {
	return func(yield func(int, Event) bool) {
		l.mu.RLock()
		events := l.events // only ever appended to
		l.mu.RUnlock()
		for i := max(n, 0); i < len(events); i++ {
			e := events[i]
			if l.Fetch == nil {
				// The shelf reads what it wrote itself.
				e.Record, _ = l.records.get(i)
			}
			if !yield(i, e) {
				return
			}
		}
	}
}

// record returns the record of the event at a place.
func (l *Log) record(place int, e Event) ([]byte, error) {
	if l.Fetch == nil {
		return l.records.get(place)
	}
	return l.Fetch(e)
}

// retention is how long LookupEvents finds events (cloudtrail reference 3.4).
const retention = 90 * 24 * time.Hour
