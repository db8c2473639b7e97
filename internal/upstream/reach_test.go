package upstream_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

func reach(list string, scope upstream.Scope, asOf string) upstream.Reach {
	return upstream.Reach{Product: upstream.ProductOkta, Org: "example.okta.com", List: list, Scope: scope, AsOf: at(asOf), Whole: true}
}

func TestAnAbsenceIsKnownOnlyWhereTheListWasReadToItsEnd(t *testing.T) {
	t.Parallel()
	const noon = "2026-03-01T12:00:00Z"
	members := reach(upstream.ListMembers, upstream.Scope{Group: "00g1"}, noon)
	everybody := reach(upstream.ListMembers, upstream.Scope{}, noon)
	failed := upstream.Reach{Product: upstream.ProductOkta, List: upstream.ListMembers, Scope: upstream.Scope{Group: "00g2"}, AsOf: at(noon), Failed: "the token has expired", Permission: "okta.groups.read"}
	for _, row := range []struct {
		name  string
		state upstream.State
		ask   upstream.Scope
		whole bool
		why   string
	}{
		{"nothing was read", upstream.State{}, upstream.Scope{Group: "00g1"}, false, ""},
		{"the members of this group were read", upstream.State{Reach: []upstream.Reach{members}}, upstream.Scope{Group: "00g1", User: "00u1"}, true, ""},
		{"the members of another group were read", upstream.State{Reach: []upstream.Reach{members}}, upstream.Scope{Group: "00g2"}, false, ""},
		{"one group is not all groups", upstream.State{Reach: []upstream.Reach{members}}, upstream.Scope{User: "00u1"}, false, ""},
		{"everything was read", upstream.State{Reach: []upstream.Reach{everybody}}, upstream.Scope{Group: "00g2", User: "00u1"}, true, ""},
		{"the read failed", upstream.State{Reach: []upstream.Reach{failed}}, upstream.Scope{Group: "00g2"}, false, "the token has expired"},
		{"the read of another group failed", upstream.State{Reach: []upstream.Reach{failed}}, upstream.Scope{Group: "00g1"}, false, ""},
		{"a file had all members", upstream.State{Okta: upstream.OktaState{MembersOf: []string{"00g1"}}}, upstream.Scope{Group: "00g1"}, true, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := upstream.Merge(row.state, row.state).Known(upstream.ProductOkta, upstream.ListMembers, row.ask)
			if got.Whole != row.whole || got.Why != row.why {
				t.Errorf("whole %v, why %q; want %v, %q", got.Whole, got.Why, row.whole, row.why)
			}
		})
	}
}

func TestLogsThatFollowEachOtherAreOne(t *testing.T) {
	t.Parallel()
	log := func(from, to string) upstream.State {
		r := reach(upstream.ListLog, upstream.Scope{}, to)
		r.From, r.To = at(from), at(to)
		return upstream.State{Reach: []upstream.Reach{r}}
	}
	s := upstream.Merge(log("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"), log("2026-03-01T00:00:00Z", "2026-03-02T00:10:00Z"))
	spans := s.Known(upstream.ProductOkta, upstream.ListLog, upstream.Scope{App: "0oa1"}).Spans.Spans()
	if len(spans) != 1 || !spans[0].From.Equal(at("2026-03-01T00:00:00Z")) || !spans[0].To.Equal(at("2026-03-03T00:00:00Z")) {
		t.Errorf("spans %v", spans)
	}
}

func TestWhoLeftBetweenTwoReadingsIsGone(t *testing.T) {
	t.Parallel()
	reading := func(asOf string, whole bool, users ...string) upstream.State {
		r := reach(upstream.ListMembers, upstream.Scope{Group: "00g1"}, asOf)
		if r.Whole = whole; !whole {
			r.Failed = "it was cut short"
		}
		s := upstream.State{Reach: []upstream.Reach{r}}
		for _, u := range users {
			s.Okta.Members = append(s.Okta.Members, upstream.OktaMember{Group: "00g1", User: u})
		}
		return s
	}
	file := upstream.State{Okta: upstream.OktaState{Members: []upstream.OktaMember{{Group: "00g1", User: "00uFile"}}}}
	morning, noon, cut := reading("2026-03-01T06:00:00Z", true, "00u1", "00u2"), reading("2026-03-01T12:00:00Z", true, "00u2"), reading("2026-03-01T18:00:00Z", false)
	for _, row := range []struct {
		name   string
		states []upstream.State
		want   []string
	}{
		{"the later one leads", []upstream.State{morning, noon}, []string{"00u2"}},
		{"in whatever order they come", []upstream.State{noon, morning}, []string{"00u2"}},
		{"a reading that was cut short takes nobody away", []upstream.State{morning, cut}, []string{"00u1", "00u2"}},
		{"a file's age is not known, so it stays", []upstream.State{noon, file}, []string{"00u2", "00uFile"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range upstream.Merge(row.states...).Okta.Members {
				got = append(got, m.User)
			}
			if diff := cmp.Diff(row.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			merged := upstream.Merge(row.states...)
			if diff := cmp.Diff(merged, upstream.Merge(merged, merged), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("merged twice:\n%s", diff)
			}
		})
	}
}

func TestReachIsKeptOnceAndInOrder(t *testing.T) {
	t.Parallel()
	a, b := reach(upstream.ListUsers, upstream.Scope{}, "2026-03-01T06:00:00Z"), reach(upstream.ListUsers, upstream.Scope{}, "2026-03-01T07:00:00Z")
	s := upstream.Merge(upstream.State{Reach: []upstream.Reach{a}}, upstream.State{Reach: []upstream.Reach{b, a}})
	if len(s.Reach) != 1 || !s.Reach[0].AsOf.Equal(b.AsOf) {
		t.Errorf("reach %v", s.Reach)
	}
	if s.Empty() || !s.Asked(upstream.ProductOkta) || s.Asked(upstream.ProductEntra) {
		t.Error("a state that says what was asked is not empty, and was asked of Okta alone")
	}
	if got := (upstream.State{Reach: []upstream.Reach{{Product: "okta", AsOf: time.Time{}}}}); !slices.ContainsFunc(got.Reach, func(r upstream.Reach) bool { return !r.Whole }) {
		t.Error("the zero Reach claims nothing")
	}
}
