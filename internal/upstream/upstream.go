// Package upstream is what lies before AWS: what an identity provider (Okta,
// Microsoft Entra ID) and a governance product (SailPoint) know of people,
// groups, memberships, pushes and provisioning results, and what somebody says
// the memberships should be.
//
// It reads what their APIs print and answers plain questions about it. It does
// not judge: package diagnose does. It knows nothing of AWS; names and ids are
// joined to an identity store elsewhere (okta-sailpoint reference 1).
package upstream

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is what is known upstream. Its lists have no repeats and a fixed order
// once they come from Parse or Merge.
type State struct {
	Okta      OktaState
	Entra     EntraState
	SailPoint SailPointState
	Desired   []DesiredMembership

	// Reach says how far each list of a live service was read; what came from files
	// has none. Known answers from it.
	Reach []Reach

	Problems []string // what could not be read and why, without repeats, a few at most
}

// Empty reports whether nothing is known, not even that nothing could be read.
func (s State) Empty() bool {
	return len(s.Reach) == 0 && s.Okta.empty() && s.Entra.empty() && s.SailPoint.empty() && len(s.Desired) == 0
}

// maxProblems bounds State.Problems.
const maxProblems = 20

// Merge joins states. The result depends neither on their order nor on how often
// an entry occurs. Of several versions of one entry the one with the latest time
// of its own is kept, and what a later reading of a whole list shows no more is
// gone (see Reach).
func Merge(states ...State) State {
	var all State
	for _, s := range supersede(states) {
		all.Okta.add(s.Okta)
		all.Entra.add(s.Entra)
		all.SailPoint.add(s.SailPoint)
		all.Desired = append(all.Desired, s.Desired...)
		all.Reach = append(all.Reach, s.Reach...)
		all.Problems = append(all.Problems, s.Problems...)
	}
	all.Okta.tidy()
	all.Entra.tidy()
	all.SailPoint.tidy()
	all.Desired = tidyDesired(all.Desired)
	all.Reach = tidyReach(all.Reach)
	slices.Sort(all.Problems)
	all.Problems = slices.Compact(all.Problems)
	all.Problems = all.Problems[:min(len(all.Problems), maxProblems)]
	return all
}

// distinct sorts list by key and keeps, of several entries with the same key, the
// newest. Ties are broken by the content, never by the order of arrival.
func distinct[T any](list []T, key func(*T) string, newest func(*T) time.Time) []T {
	type keyed struct {
		key  string
		at   time.Time
		text string // written once, and only for ties
		T    *T
	}
	sorted := make([]*keyed, len(list))
	for i := range list {
		sorted[i] = &keyed{key: key(&list[i]), at: newest(&list[i]), T: &list[i]}
	}
	write := func(k *keyed) string {
		if k.text == "" {
			k.text = fmt.Sprintf("%+v", *k.T)
		}
		return k.text
	}
	slices.SortFunc(sorted, func(a, b *keyed) int {
		if c := cmp.Or(cmp.Compare(a.key, b.key), b.at.Compare(a.at)); c != 0 {
			return c
		}
		return cmp.Compare(write(b), write(a))
	})
	sorted = slices.CompactFunc(sorted, func(a, b *keyed) bool { return a.key == b.key })
	var out []T
	for _, k := range sorted {
		out = append(out, *k.T)
	}
	return out
}

// never is the time of things that have one version only.
func never[T any](*T) time.Time { return time.Time{} }

// keyOf joins the parts of a key with a character that stands in no id.
func keyOf(parts ...string) string { return strings.Join(parts, "\x00") }

// sortByTime orders what distinct has ordered by id.
func sortByTime[T any](list []T, at func(*T) time.Time) {
	slices.SortStableFunc(list, func(a, b T) int { return at(&a).Compare(at(&b)) })
}

// latest returns the later of several times.
func latest(times ...time.Time) time.Time {
	var out time.Time
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}
