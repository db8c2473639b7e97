// Package span has spans of time and sets of them: the arithmetic of coverage.
//
// It knows nothing of accounts, event sources or evidence; package casefile
// gives spans their meaning. Spans are closed: both ends belong to the span, so
// that the single second of one event is a span too. CloudTrail's times have a
// resolution of one second (cloudtrail reference 1.2).
package span

import (
	"slices"
	"time"
)

// Span is the closed interval of time from From to To. A Span whose To lies
// before its From holds nothing.
type Span struct {
	From, To time.Time
}

// Of returns the span between two instants, in whichever order they are given.
func Of(a, b time.Time) Span {
	if b.Before(a) {
		a, b = b, a
	}
	return Span{From: a, To: b}
}

// Empty reports whether the span holds no instant.
func (s Span) Empty() bool { return s.To.Before(s.From) }

// Contains reports whether t lies in the span, ends included.
func (s Span) Contains(t time.Time) bool { return !t.Before(s.From) && !t.After(s.To) }

// Covers reports whether all of other lies in the span. An empty span is
// covered by every span.
func (s Span) Covers(other Span) bool {
	return other.Empty() || s.Contains(other.From) && s.Contains(other.To)
}

// Overlaps reports whether the two spans share an instant.
func (s Span) Overlaps(other Span) bool {
	return !s.Empty() && !other.Empty() && !s.To.Before(other.From) && !other.To.Before(s.From)
}

// Intersect returns what both spans hold; it may be empty.
func (s Span) Intersect(other Span) Span {
	if other.From.After(s.From) {
		s.From = other.From
	}
	if other.To.Before(s.To) {
		s.To = other.To
	}
	return s
}

// Length returns the duration of the span, 0 when it is empty or an instant.
func (s Span) Length() time.Duration { return max(0, s.To.Sub(s.From)) }

// Set is a set of instants, kept as disjoint non-empty spans in order of time.
// Spans that share an end are joined. The zero Set is empty. A Set is a value:
// no method changes its receiver.
type Set struct {
	spans []Span
}

// SetOf returns the union of the given spans, which may overlap, be empty and
// come in any order.
func SetOf(spans ...Span) Set {
	kept := make([]Span, 0, len(spans))
	for _, s := range spans {
		if !s.Empty() {
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, func(a, b Span) int { return a.From.Compare(b.From) })
	joined := kept[:0]
	for _, s := range kept {
		if n := len(joined); n > 0 && !s.From.After(joined[n-1].To) {
			if s.To.After(joined[n-1].To) {
				joined[n-1].To = s.To
			}
			continue
		}
		joined = append(joined, s)
	}
	return Set{spans: joined}
}

// Spans returns the disjoint spans of the set in order of time.
func (s Set) Spans() []Span { return slices.Clone(s.spans) }

// Empty reports whether the set holds no instant.
func (s Set) Empty() bool { return len(s.spans) == 0 }

// Contains reports whether t is in the set.
func (s Set) Contains(t time.Time) bool {
	return slices.ContainsFunc(s.spans, func(sp Span) bool { return sp.Contains(t) })
}

// Covers reports whether every instant of want is in the set. An empty span is
// always covered.
func (s Set) Covers(want Span) bool {
	return want.Empty() || slices.ContainsFunc(s.spans, func(sp Span) bool { return sp.Covers(want) })
}

// Union returns what either set holds.
func (s Set) Union(other Set) Set {
	return SetOf(append(s.Spans(), other.spans...)...)
}

// Intersect returns what both sets hold.
func (s Set) Intersect(other Set) Set {
	var out []Span
	for i, j := 0, 0; i < len(s.spans) && j < len(other.spans); {
		if both := s.spans[i].Intersect(other.spans[j]); !both.Empty() {
			out = append(out, both)
		}
		if s.spans[i].To.Before(other.spans[j].To) {
			i++
		} else {
			j++
		}
	}
	return SetOf(out...)
}

// Gaps returns the parts of within that the set does not hold, in order of
// time. The ends of a gap are the last and the first covered instant around it,
// so a gap has a length; an instant is never reported as a gap.
func (s Set) Gaps(within Span) []Span {
	var gaps []Span
	at := within.From
	for _, sp := range s.spans {
		if !sp.Overlaps(within) {
			continue
		}
		if sp.From.After(at) {
			gaps = append(gaps, Span{From: at, To: sp.From})
		}
		if sp.To.After(at) {
			at = sp.To
		}
	}
	if within.To.After(at) || len(gaps) == 0 && !s.Covers(within) {
		gaps = append(gaps, Span{From: at, To: within.To})
	}
	return gaps
}

// Bounds returns the span from the first to the last instant of the set, gaps
// included, and false when the set is empty.
func (s Set) Bounds() (Span, bool) {
	if len(s.spans) == 0 {
		return Span{}, false
	}
	return Span{From: s.spans[0].From, To: s.spans[len(s.spans)-1].To}, true
}

// Length returns the summed duration of the set's spans.
func (s Set) Length() time.Duration {
	var sum time.Duration
	for _, sp := range s.spans {
		sum += sp.Length()
	}
	return sum
}
