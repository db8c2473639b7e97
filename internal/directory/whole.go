package directory

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// pair names a membership.
type pair struct{ group, user string }

func comparePairs(a, b pair) int {
	return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.user, b.user))
}

// pages sorts the documents of one kind into listings: a document with a
// NextToken is continued by the next one of its kind.
type pages[K comparable] struct {
	listings []listing[K]
	open     bool // the last listing waits for a further page
	broken   bool // a further page of some listing is not there
	cut      bool // that of the last one, once closed
}

// listing is what one listing showed, page after page.
type listing[K comparable] struct {
	keys  map[K]bool
	short bool // cut off, or an entry of it was left out
}

func (p *pages[K]) add(keys []K, more, gaps bool) {
	if !p.open {
		p.listings = append(p.listings, listing[K]{keys: map[K]bool{}})
	}
	l := p.last()
	for _, key := range keys {
		l.keys[key] = true
	}
	l.short = l.short || gaps
	p.open = more
}

func (p *pages[K]) last() *listing[K] { return &p.listings[len(p.listings)-1] }

// breakOff ends the open listing: its next page is not there.
func (p *pages[K]) breakOff() {
	p.last().short = true
	p.open, p.broken = false, true
}

// close ends the last listing at the end of the file.
func (p *pages[K]) close() {
	if p.open {
		p.breakOff()
		p.cut = true
	}
}

// whole reports whether one of the listings was complete and showed all that
// the file has of its kind.
func (p *pages[K]) whole(all iter.Seq[K]) bool {
	if p.cut {
		return false
	}
	return slices.ContainsFunc(p.listings, func(l listing[K]) bool {
		if l.short || len(l.keys) < 2 {
			return false
		}
		for key := range all {
			if !l.keys[key] {
				return false
			}
		}
		return true
	})
}

// sameListing reports whether pairs can be a further page of l: together they
// are of one group, or of one user.
func sameListing(l *listing[pair], pairs []pair) bool {
	keys := slices.AppendSeq(slices.Clone(pairs), maps.Keys(l.keys))
	group, user := subject(slices.Values(keys))
	return len(keys) == 0 || group != "" || user != ""
}

// subject returns the group that all pairs share and the user that all share,
// "" for what they do not.
func subject(pairs iter.Seq[pair]) (group, user string) {
	first := true
	for p := range pairs {
		if first {
			group, user, first = p.group, p.user, false
		}
		if p.group != group {
			group = ""
		}
		if p.user != user {
			user = ""
		}
	}
	return group, user
}

// wholeMemberships returns the groups and the users whose memberships were
// listed to the end, and the memberships that were alone in such a listing.
// all is every membership of the file: a listing that lacks one of its own group
// is of another moment and proves nothing.
func wholeMemberships(p *pages[pair], all []Membership) (membersOf, groupsOf []string, alone []Membership) {
	byGroup, byUser, byPair := map[string]int{}, map[string]int{}, map[pair]Membership{}
	for _, m := range all {
		byGroup[m.Group]++
		byUser[m.User]++
		byPair[pair{m.Group, m.User}] = m
	}
	for _, l := range p.listings {
		if l.short || len(l.keys) == 0 {
			continue
		}
		group, user := subject(maps.Keys(l.keys))
		switch {
		case len(l.keys) == 1:
			if byGroup[group] == 1 || byUser[user] == 1 {
				alone = append(alone, byPair[pair{group, user}])
			}
		case group != "" && byGroup[group] == len(l.keys):
			membersOf = append(membersOf, group)
		case user != "" && byUser[user] == len(l.keys):
			groupsOf = append(groupsOf, user)
		}
	}
	return unique(membersOf), unique(groupsOf), mergeMemberships(alone)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
