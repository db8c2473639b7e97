package watch

import (
	"slices"
)

// Replay returns the alerts that watching would have raised over evidence that has
// been gathered, in the order in which they opened, each once. It asks no clock:
// it ends where the evidence ends. The gathered evidence is used up.
func Replay(g *Gather, rules Rules) []*Alert {
	until := g.until()
	m := newMachine(&rules.Rules, GroundOf(g.covers))
	events, listings := g.ordered()
	feed(m, events, listings)
	m.advance(until)
	m.seals(g.seals, until)
	out := append(m.take(), m.open()...)
	slices.SortFunc(out, compareAlerts)
	times := map[string]int{}
	for _, a := range out {
		times[a.ID]++
		a.Occurrence = times[a.ID]
		a.Silenced = rules.silenced(a, a.Opened)
	}
	return out
}

// feed gives a machine events and listings in order of time; of one moment the
// events come first, since a listing shows what they did.
func feed(m *machine, events []*Event, listings []*Listing) {
	for _, ev := range events {
		for len(listings) > 0 && listings[0].At < ev.At {
			m.listing(listings[0])
			listings = listings[1:]
		}
		m.event(ev)
	}
	for _, l := range listings {
		m.listing(l)
	}
}

// Transitions returns what happened to alerts, in order of time.
func Transitions(alerts []*Alert) []Transition {
	var out []Transition
	for _, a := range alerts {
		opened := *a
		out = append(out, Transition{Schema, Opened, opened})
		if !a.Open() {
			out = append(out, Transition{Schema, Closed, *a})
		}
	}
	slices.SortStableFunc(out, func(a, b Transition) int { return a.At().Compare(b.At()) })
	return out
}
