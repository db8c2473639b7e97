package casefile

import (
	"errors"
	"fmt"
	"sync"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
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
		g.Events = append(g.Events, GatheredEvent{ev.input, ev.Raw})
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
	events := make([]held, len(g.Events))
	var mu sync.Mutex
	bad := len(events) // the first that does not fit
	var why error
	sideBySide(len(events), func(from, to int) {
		for i := from; i < to; i++ {
			if err := events[i].read(g.Events[i], inside); err != nil {
				mu.Lock()
				if i < bad {
					bad, why = i, err
				}
				mu.Unlock()
				return
			}
		}
	})
	if why != nil {
		return fmt.Errorf("adding gathered evidence: %w", why)
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
	for i := range events {
		events[i].input += first
		b.events = append(b.events, &events[i])
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

// read fills ev from what was stored.
func (ev *held) read(stored GatheredEvent, inside func(input int) bool) error {
	if !inside(stored.Input) {
		return fmt.Errorf("an event is of input %d, which is not there", stored.Input)
	}
	rec, err := cloudtrail.Decode(stored.Raw)
	if err != nil {
		return fmt.Errorf("a record can't be read again: %w", err)
	}
	if !cloudtrail.Concerns(rec.Source, rec.Name) {
		return errors.New("a record can't be read again: it is none of identities")
	}
	ev.Record, ev.key, ev.input = rec, keyOf(&rec), stored.Input
	return nil
}
