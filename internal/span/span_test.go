package span_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/span"
)

var start = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)

func day(n int) time.Time { return start.AddDate(0, 0, n) }

func days(from, to int) span.Span { return span.Span{From: day(from), To: day(to)} }

func TestSetOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   []span.Span
		want []span.Span
	}{
		{"nothing gives the empty set", nil, nil},
		{"an empty span adds nothing", []span.Span{days(3, 1)}, nil},
		{"one instant is a span", []span.Span{days(1, 1)}, []span.Span{days(1, 1)}},
		{"overlapping spans join", []span.Span{days(2, 5), days(1, 3)}, []span.Span{days(1, 5)}},
		{"spans that share an end join", []span.Span{days(1, 2), days(2, 3)}, []span.Span{days(1, 3)}},
		{"a span inside another adds nothing", []span.Span{days(1, 9), days(3, 4)}, []span.Span{days(1, 9)}},
		{"apart stays apart, in order", []span.Span{days(5, 6), days(1, 2)}, []span.Span{days(1, 2), days(5, 6)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, span.SetOf(tt.in...).Spans(), cmp.Transformer("nil", func(s []span.Span) []span.Span {
				if len(s) == 0 {
					return nil
				}
				return s
			})); diff != "" {
				t.Errorf("spans (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		set    span.Set
		within span.Span
		want   []span.Span
	}{
		{"nothing covered: the whole span is the gap", span.Set{}, days(1, 4), []span.Span{days(1, 4)}},
		{"all covered: no gap", span.SetOf(days(0, 9)), days(1, 4), nil},
		{"a hole in the middle", span.SetOf(days(0, 2), days(4, 9)), days(1, 6), []span.Span{days(2, 4)}},
		{"missing at both ends", span.SetOf(days(2, 3)), days(1, 6), []span.Span{days(1, 2), days(3, 6)}},
		{"coverage elsewhere does not help", span.SetOf(days(7, 9)), days(1, 4), []span.Span{days(1, 4)}},
		{"an uncovered instant is a gap", span.SetOf(days(7, 9)), days(1, 1), []span.Span{days(1, 1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.set.Gaps(tt.within)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}

func drawSpan(t *rapid.T, label string) span.Span {
	a := rapid.IntRange(0, 40).Draw(t, label+" from")
	return days(a, a+rapid.IntRange(-2, 12).Draw(t, label+" length"))
}

func drawSet(t *rapid.T, label string) span.Set {
	var all []span.Span
	for range rapid.IntRange(0, 6).Draw(t, label+" spans") {
		all = append(all, drawSpan(t, label))
	}
	return span.SetOf(all...)
}

// TestSetsAgreeWithTheirInstants checks the algebra against membership of
// single instants, which needs no algebra.
func TestSetsAgreeWithTheirInstants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSet(t, "a"), drawSet(t, "b")
		union, both := a.Union(b), a.Intersect(b)
		within := drawSpan(t, "within")
		gaps := span.SetOf(a.Gaps(within)...)
		for h := range 60 * 2 {
			at := start.Add(time.Duration(h) * 12 * time.Hour)
			if got, want := union.Contains(at), a.Contains(at) || b.Contains(at); got != want {
				t.Fatalf("union at %s: %v, want %v", at, got, want)
			}
			if got, want := both.Contains(at), a.Contains(at) && b.Contains(at); got != want {
				t.Fatalf("intersection at %s: %v, want %v", at, got, want)
			}
			if within.Contains(at) && !a.Contains(at) && !gaps.Contains(at) {
				t.Fatalf("%s is neither covered nor in a gap", at)
			}
			if gaps.Contains(at) && !within.Contains(at) {
				t.Fatalf("gap at %s lies outside %v", at, within)
			}
		}
	})
}
