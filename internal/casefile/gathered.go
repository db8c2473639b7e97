package casefile

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Gathered is what a builder was given, as plain data: it can be stored (all its
// fields are exported, down to the last) and added to another builder.
type Gathered struct {
	Inputs    []Input
	Events    []GatheredEvent
	Snapshots []directory.Snapshot
	Upstream  []upstream.State
	Coverage  Coverage
	Homes     []Home
	Seals     []GatheredSeal
	Losses    []Loss
	Notes     []string
	Records   int // CloudTrail records of any service
	Passed    Passed
}

// GatheredEvent is an identity record as it stood in the evidence.
type GatheredEvent struct {
	Input int // index into Gathered.Inputs
	Raw   []byte
}

// GatheredSeal is a Seal whose proven time is a list.
type GatheredSeal struct {
	Account, Region string
	Proven          []span.Span
	Tampered        []Tampering
	Limits          []string
}

// Gathered returns what the builder holds. It shares memory with the builder,
// which must not be used afterwards.
func (b *Builder) Gathered() Gathered {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := Gathered{
		Inputs: b.inputs, Snapshots: b.snapshots, Upstream: b.upstream, Coverage: b.coverage, Homes: b.homes,
		Losses: b.losses, Notes: b.notes, Records: b.records, Passed: b.passed,
	}
	for _, ev := range b.events {
		g.Events = append(g.Events, GatheredEvent{ev.Input, ev.Raw})
	}
	for _, s := range b.seals {
		g.Seals = append(g.Seals, GatheredSeal{s.Account, s.Region, s.Proven.Spans(), s.Tampered, s.Limits})
	}
	return g
}

// Add gives the builder what another one gathered. It returns an error when the
// data does not fit together, and has then added nothing.
func (b *Builder) Add(g Gathered) error {
	inside := func(input int) bool { return input >= 0 && input < len(g.Inputs) }
	events := make([]*Event, 0, len(g.Events))
	for _, ev := range g.Events {
		if !inside(ev.Input) {
			return fmt.Errorf("adding gathered evidence: an event is of input %d of %d", ev.Input, len(g.Inputs))
		}
		made, err := newEvent(0, ev.Raw)
		if err != nil || made == nil {
			return fmt.Errorf("adding gathered evidence: a record can't be read again: %w", err)
		}
		made.Input = ev.Input
		events = append(events, made)
	}
	for _, s := range g.Snapshots {
		if !inside(s.Input) {
			return fmt.Errorf("adding gathered evidence: a listing is of input %d of %d", s.Input, len(g.Inputs))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	first := len(b.inputs)
	for _, in := range g.Inputs {
		if in.Taken == nil {
			in.Taken = map[string]int{}
		}
		b.inputs = append(b.inputs, in)
	}
	for _, ev := range events {
		ev.Input += first
		b.events = append(b.events, ev)
	}
	for _, s := range g.Snapshots {
		s.Input += first
		b.snapshots = append(b.snapshots, s)
	}
	for _, s := range g.Seals {
		b.seals = append(b.seals, Seal{s.Account, s.Region, span.SetOf(s.Proven...), s.Tampered, s.Limits})
	}
	b.upstream = append(b.upstream, g.Upstream...)
	b.coverage = append(b.coverage, g.Coverage...)
	b.homes = append(b.homes, g.Homes...)
	b.losses = append(b.losses, g.Losses...)
	b.notes = append(b.notes, g.Notes...)
	b.records += g.Records
	b.passed.Files += g.Passed.Files
	b.passed.Bytes += g.Passed.Bytes
	return nil
}
