package diagnose

import (
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// lot is events of an identity store that many questions speak of, with who made
// them: gathering that takes a walk over all of them.
type lot struct {
	events []*casefile.Event
	actors []string // labels, in order of appearance
}

func lotOf(events []*casefile.Event) lot { return lot{events, who(events)} }

// after returns the events later than a moment, of a list in order of time.
func after(events []*casefile.Event, at time.Time) []*casefile.Event {
	lo, hi := 0, len(events)
	for lo < hi {
		if mid := (lo + hi) / 2; events[mid].Time.After(at) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return events[lo:]
}

// roll is a lot about many groups, with groups and actors numbered: what concerns
// some of the groups is then told apart by walking over numbers.
type roll struct {
	lot
	groups []string // ids, in order of appearance
	group  []int32  // of each event: index into groups, -1 where it names none
	actor  []int32  // of each event: index into actors
	number map[string]int32

	portions   func() []portion
	connectors func() int // how many events are a governance connector's
}

// portion is the part of a roll that one actor made.
type portion struct {
	actor  string
	events []*casefile.Event
	groups int // how many groups it is about
}

func rollOf(events []*casefile.Event) *roll {
	r := &roll{lot: lot{events: events}, group: make([]int32, len(events)), actor: make([]int32, len(events)), number: map[string]int32{}}
	actors := map[string]int32{}
	for i, ev := range events {
		label := ev.Actor.Label()
		a, known := actors[label]
		if !known {
			a = int32(len(r.actors))
			actors[label], r.actors = a, append(r.actors, label)
		}
		r.actor[i], r.group[i] = a, -1
		if id := ev.Subject.Group; id != "" {
			g, known := r.number[id]
			if !known {
				g = int32(len(r.groups))
				r.number[id], r.groups = g, append(r.groups, id)
			}
			r.group[i] = g
		}
	}
	return r.ready()
}

// only returns the part of the roll that is about groups that is holds for, in
// the same order; for events that name no group, is("") counts.
func (r *roll) only(is func(group string) bool) *roll {
	keep, nameless := make([]bool, len(r.groups)), is("")
	for i, id := range r.groups {
		keep[i] = is(id)
	}
	out := &roll{number: map[string]int32{}}
	groups, actors := fresh(len(r.groups)), fresh(len(r.actors))
	for i, ev := range r.events {
		g := r.group[i]
		if g < 0 && !nameless || g >= 0 && !keep[g] {
			continue
		}
		if g >= 0 {
			if groups[g] < 0 {
				groups[g] = int32(len(out.groups))
				out.number[r.groups[g]], out.groups = groups[g], append(out.groups, r.groups[g])
			}
			g = groups[g]
		}
		a := r.actor[i]
		if actors[a] < 0 {
			actors[a], out.actors = int32(len(out.actors)), append(out.actors, r.actors[a])
		}
		out.events, out.group, out.actor = append(out.events, ev), append(out.group, g), append(out.actor, actors[a])
	}
	return out.ready()
}

// without returns the roll without what is about one group.
func (r *roll) without(group string) *roll {
	if _, some := r.number[group]; !some && group != "" {
		return r
	}
	return r.only(func(id string) bool { return id != group })
}

func (r *roll) ready() *roll {
	r.portions = sync.OnceValue(r.divide)
	r.connectors = sync.OnceValue(func() int {
		n := 0
		for _, ev := range r.events {
			if ev.Actor.Kind == "connector" {
				n++
			}
		}
		return n
	})
	return r
}

func (r *roll) divide() []portion {
	out := make([]portion, len(r.actors))
	seen := make([]map[int32]bool, len(r.actors))
	for i, ev := range r.events {
		p, g := &out[r.actor[i]], r.group[i]
		if p.events == nil {
			p.actor, seen[r.actor[i]] = r.actors[r.actor[i]], map[int32]bool{}
		}
		p.events = append(p.events, ev)
		if g >= 0 && !seen[r.actor[i]][g] {
			seen[r.actor[i]][g] = true
			p.groups++
		}
	}
	return out
}

func fresh(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = -1
	}
	return out
}
