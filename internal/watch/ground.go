package watch

import (
	"sort"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Ground is what was looked at, by place and event source, as far as somebody
// claims that nothing is missing. What was merely seen proves no silence. The zero
// Ground is empty.
type Ground struct {
	by map[spot][]span.Span
}

type spot struct{ place, source string }

// GroundOf takes the claimed and proven part of a coverage.
func GroundOf(c casefile.Coverage) *Ground {
	g := &Ground{by: map[spot][]span.Span{}}
	for _, cover := range c {
		if cover.Complete >= casefile.Claimed && !cover.Span.Empty() {
			at := spot{cover.Account + "/" + cover.Region, cover.Source}
			g.by[at] = append(g.by[at], cover.Span)
		}
	}
	for at, list := range g.by {
		g.by[at] = joined(list)
	}
	return g
}

// joined puts spans in order and joins those that no whole second lies between:
// CloudTrail's times have no more (cloudtrail reference 1.2).
func joined(list []span.Span) []span.Span {
	var out []span.Span
	for _, s := range span.SetOf(list...).Spans() {
		if n := len(out); n > 0 && s.From.Sub(out[n-1].To) <= time.Second {
			out[n-1].To = s.To
			continue
		}
		out = append(out, s)
	}
	return out
}

// stretches returns what of from to to was looked at, in order.
func (g *Ground) stretches(place, source string, from, to time.Time) []span.Span {
	if g == nil || !from.Before(to) {
		return nil
	}
	all := g.by[spot{place, source}]
	first := sort.Search(len(all), func(i int) bool { return all[i].To.After(from) })
	var out []span.Span
	for _, s := range all[first:] {
		if !s.From.Before(to) {
			break
		}
		if s = s.Intersect(span.Span{From: from, To: to}); !s.Empty() {
			out = append(out, s)
		}
	}
	return out
}

// covers reports whether all of from to to was looked at.
func (g *Ground) covers(place, source string, from, to time.Time) bool {
	s := g.stretches(place, source, from, to)
	return len(s) == 1 && s[0].From.Equal(from) && s[0].To.Equal(to)
}

// until returns how far place was looked at for source, zero when it never was.
func (g *Ground) until(place, source string) time.Time {
	if g == nil {
		return time.Time{}
	}
	all := g.by[spot{place, source}]
	if len(all) == 0 {
		return time.Time{}
	}
	return all[len(all)-1].To
}

// end returns the last moment that was looked at anywhere.
func (g *Ground) end() (latest time.Time) {
	if g == nil {
		return latest
	}
	for _, list := range g.by {
		if to := list[len(list)-1].To; to.After(latest) {
			latest = to
		}
	}
	return latest
}
