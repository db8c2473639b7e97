package directory

import (
	"cmp"
	"slices"
)

// Difference is how the memberships of two snapshots differ, each list by
// group, then user. A membership that was removed and made anew in between,
// which its new id shows, is in Removed and in Added.
type Difference struct {
	Added   []Membership // as after shows it
	Removed []Membership // as before shows it
	// Unknown holds memberships that one snapshot shows and of which the other
	// cannot speak, or contradicts itself.
	Unknown []Membership
}

// Diff compares two snapshots, of which before is the earlier. A snapshot speaks
// of a membership that it lists, that it denies (Absent), or whose group or user
// it lists in whole (MembersOf, GroupsOf); of anything else it is silent, and so
// is the difference. Either may be nil, which is silent of everything.
func Diff(before, after *Snapshot) Difference {
	b, a := newSight(before), newSight(after)
	var d Difference
	compare := func(p pair) {
		was, before := b.see(p)
		now, after := a.see(p)
		switch {
		case before == unknown || after == unknown:
			d.Unknown = append(d.Unknown, cmp.Or(now, was))
		case before == absent:
			d.Added = append(d.Added, now)
		case after == absent:
			d.Removed = append(d.Removed, was)
		case was.ID != "" && now.ID != "" && was.ID != now.ID:
			d.Removed = append(d.Removed, was)
			d.Added = append(d.Added, now)
		}
	}
	for p := range b.listed {
		compare(p)
	}
	for p := range a.listed {
		if _, done := b.listed[p]; !done {
			compare(p)
		}
	}
	for _, list := range [][]Membership{d.Added, d.Removed, d.Unknown} {
		slices.SortFunc(list, func(x, y Membership) int {
			return cmp.Or(cmp.Compare(x.Group, y.Group), cmp.Compare(x.User, y.User))
		})
	}
	return d
}

type presence int

const (
	unknown presence = iota
	present
	absent
)

// sight is what a snapshot can say of memberships.
type sight struct {
	listed         map[pair]Membership
	denied         map[pair]bool
	groups, people map[string]bool
}

func newSight(s *Snapshot) sight {
	v := sight{map[pair]Membership{}, map[pair]bool{}, map[string]bool{}, map[string]bool{}}
	if s == nil {
		return v
	}
	for _, m := range s.Memberships {
		v.listed[pair{m.Group, m.User}] = m
	}
	for _, m := range s.Absent {
		v.denied[pair{m.Group, m.User}] = true
	}
	for _, id := range s.MembersOf {
		v.groups[id] = true
	}
	for _, id := range s.GroupsOf {
		v.people[id] = true
	}
	return v
}

// see says whether a membership is there. One that is both listed and denied was
// seen at two moments, and is unknown.
func (v sight) see(p pair) (Membership, presence) {
	m, listed := v.listed[p] // the zero Membership when not
	switch {
	case listed && v.denied[p]:
		return m, unknown
	case listed:
		return m, present
	case v.denied[p], v.groups[p.group], v.people[p.user]:
		return m, absent
	}
	return m, unknown
}
