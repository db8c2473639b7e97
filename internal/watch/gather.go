package watch

import (
	"cmp"
	"slices"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Gather takes of evidence what the rules need: it is the sink of a replay, and of
// the first look at an archive. A million events take some 150 MB until it is let
// go; records that the rules have no use for take nothing.
type Gather struct {
	reader *Reader
	meter  Meter

	mu       sync.Mutex
	inputs   int
	events   []*Event
	listings []*Listing
	covers   casefile.Coverage
	seals    []casefile.Seal
	records  int
}

var _ casefile.Sink = (*Gather)(nil)

// Meter counts what goes by; see Metrics.
type Meter interface {
	// Event is called for each record that is read, with what the rules made of it:
	// nil when they have no use for it.
	Event(rec *cloudtrail.Record, ev *Event)
}

// NewGather returns an empty sink. meter may be nil.
func NewGather(reader *Reader, meter Meter) *Gather { return &Gather{reader: reader, meter: meter} }

// Input counts an input; the rules do not ask where evidence came from.
func (g *Gather) Input(casefile.Input) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inputs++
	return g.inputs - 1
}

// Recognised does nothing.
func (g *Gather) Recognised(int, string) {}

// Sealed does nothing.
func (g *Gather) Sealed(int, int64, string) {}

// Passing says that nothing of the bytes of a record is kept; see archive.Passing.
func (g *Gather) Passing() {}

// Record reads a record; its error says that raw is none.
func (g *Gather) Record(_ int, raw []byte) error {
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		return err
	}
	ev := g.reader.Event(&rec)
	if g.meter != nil {
		g.meter.Event(&rec, ev)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.records++
	if ev != nil {
		g.events = append(g.events, ev)
	}
	return nil
}

// Records does nothing.
func (g *Gather) Records(int, int) {}

// Passed does nothing.
func (g *Gather) Passed(casefile.Passed) {}

// Snapshot takes how many are in each group.
func (g *Gather) Snapshot(s directory.Snapshot) {
	l := ListingOf(&s)
	if l == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.listings = append(g.listings, l)
}

// Upstream does nothing: what is before AWS is asked for by the answer of why.
func (g *Gather) Upstream(int, upstream.State, int) {}

// Cover takes the ground.
func (g *Gather) Cover(covers ...casefile.Cover) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.covers = append(g.covers, covers...)
}

// Home does nothing.
func (g *Gather) Home(casefile.Home) {}

// Seal takes what digests say.
func (g *Gather) Seal(s casefile.Seal) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seals = append(g.seals, s)
	for _, proven := range s.Proven.Spans() {
		for _, source := range casefile.ManagementSources {
			g.covers = append(g.covers, casefile.Cover{Account: s.Account, Region: s.Region, Source: source, Span: proven, Channel: "log-files", Complete: casefile.Proven})
		}
	}
}

// Unreadable does nothing: whoever collects says it.
func (g *Gather) Unreadable(casefile.Loss) {}

// Note does nothing.
func (g *Gather) Note(string) {}

// Len returns how many records were read, and how many of them the rules look at.
func (g *Gather) Len() (records, events int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.records, len(g.events)
}

// Until returns the last moment that the evidence speaks of, zero when it speaks
// of none.
func (g *Gather) until() (at int64) {
	for _, ev := range g.events {
		at = max(at, ev.At)
	}
	for _, l := range g.listings {
		at = max(at, l.At)
	}
	if end := GroundOf(g.covers).end(); !end.IsZero() {
		at = max(at, end.Unix())
	}
	return at
}

// ordered returns the events by time, each once, and the listings by time.
func (g *Gather) ordered() ([]*Event, []*Listing) {
	slices.SortFunc(g.events, func(a, b *Event) int {
		if c := compareEvents(a, b); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(b.Tie, a.Tie)) // the heavier first
	})
	slices.SortStableFunc(g.listings, func(a, b *Listing) int { return cmp.Compare(a.At, b.At) })
	return dedupe(g.events), g.listings
}

// dedupe keeps of the copies of an event the heaviest. Copies have one time nearly
// always, and then lie together; a record that replaces another may have a later
// one.
func dedupe(events []*Event) []*Event {
	out := events[:0]
	var replacing map[Key]*Event
	for _, ev := range events {
		if ev.Weight&updated != 0 {
			if replacing == nil {
				replacing = map[Key]*Event{}
			}
			if best := replacing[ev.Key]; best == nil || heavier(ev, best) {
				replacing[ev.Key] = ev
			}
		}
	}
	for _, ev := range events {
		if n := len(out); n > 0 && out[n-1].Key == ev.Key && out[n-1].At == ev.At {
			continue
		}
		if best := replacing[ev.Key]; best != nil && best != ev {
			continue
		}
		out = append(out, ev)
	}
	clear(events[len(out):])
	return out
}
