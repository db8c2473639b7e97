package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Reading is Collect in portions, for a source that goes through its log files
// place by place in the order of their delivery and remembers how far it came.
type Reading struct{ c *collection }

// Begin returns a reading of which nothing is read yet.
func Begin(name string, opts Options, b casefile.Sink) *Reading {
	return &Reading{newCollection(name, &Tree{}, opts.OrDefaults(), b)}
}

// Read reads the next portion. When it returns, all of it was given to the sink;
// its error is that of ctx.
func (r *Reading) Read(ctx context.Context, from *Tree) error { return r.c.read(ctx, from) }

// Lose names something that could not be read. When it has the name of a log
// file, it leaves a hole in the ground.
func (r *Reading) Lose(rel string, loss casefile.Loss) {
	r.c.losses.damage(loss)
	r.c.ground.missing(rel)
}

// Finish gives the sink what could only be said once everything was read.
func (r *Reading) Finish(ctx context.Context) error { return r.c.finish(ctx) }

// Seal gives the sink what digests say of the files that were read.
func (r *Reading) Seal(report integrity.Report) { r.c.seal(report) }

// KeysMissing notes that there are digests and no keys to check them with.
func (r *Reading) KeysMissing(digests []integrity.Digest) { r.c.noteKeys(digests) }

// Ground is what the log files of one account and Region cover, as far as they
// were read. It can be stored as JSON.
type Ground struct {
	Place      casefile.Place `json:"place"`
	Deliveries span.Span      `json:"deliveries"` // from the first to the last
	Events     span.Span      `json:"events"`     // of those near their delivery
	Days       []int64        `json:"days"`       // of deliveries, since 1970
	Holes      []span.Span    `json:"holes,omitempty"`
}

// Ground returns what was covered until now, in order of places.
func (r *Reading) Ground() []Ground {
	g := &r.c.ground
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []Ground
	for at, t := range g.trees {
		out = append(out, Ground{Place: at, Deliveries: t.deliveries, Events: t.events, Days: slices.Sorted(maps.Keys(t.days)), Holes: slices.Clone(t.holes)})
	}
	slices.SortFunc(out, func(a, b Ground) int {
		return cmpText(a.Place.Account+" "+a.Place.Region, b.Place.Account+" "+b.Place.Region)
	})
	return out
}

// Restore makes the ground what it was, or what an earlier reading covered.
// Several of one place are taken together.
func (r *Reading) Restore(ground []Ground) {
	g := &r.c.ground
	g.mu.Lock()
	defer g.mu.Unlock()
	g.trees = map[casefile.Place]*tree{}
	for _, one := range ground {
		t := g.trees[one.Place]
		if t == nil {
			t = &tree{deliveries: one.Deliveries, events: one.Events, days: map[int64]bool{}}
			g.trees[one.Place] = t
		}
		t.deliveries = join(t.deliveries, one.Deliveries)
		if t.events.From.IsZero() {
			t.events = one.Events
		} else if !one.Events.From.IsZero() {
			t.events = join(t.events, one.Events)
		}
		for _, day := range one.Days {
			t.days[day] = true
		}
		t.holes = append(t.holes, one.Holes...)
	}
}

// UnmarshalJSON refuses what is no ground.
func (g *Ground) UnmarshalJSON(data []byte) error {
	type plain Ground
	if err := json.Unmarshal(data, (*plain)(g)); err != nil {
		return err
	}
	const many = 40_000 // days are a century
	if g.Deliveries.To.Before(g.Deliveries.From) || g.Deliveries.To.Sub(g.Deliveries.From) > many*24*time.Hour || len(g.Days) > many {
		return fmt.Errorf("the ground of %s %s is none", g.Place.Account, g.Place.Region)
	}
	return nil
}
