package diagnose

import (
	"cmp"
	"slices"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// listing is a snapshot in which memberships are found without walking it. The
// indices are numbers rather than maps: of daily listings of a large store there
// may be hundreds, and each has all memberships.
type listing struct {
	*directory.Snapshot
	membersOf, groupsOf, assignmentsOf map[string]bool
	absent                             map[ledger.Pair]bool

	byGroup func() []int32 // Memberships by group, then user
	byUser  func() []int32 // Memberships by user
	// assigned are the accounts that a principal is assigned to, in order of appearance.
	assigned func() map[string][]string
}

func listingsOf(c *casefile.Case) []*listing {
	out := make([]*listing, len(c.Snapshots))
	for i := range c.Snapshots {
		s := &c.Snapshots[i]
		x := &listing{Snapshot: s, membersOf: setOf(s.MembersOf), groupsOf: setOf(s.GroupsOf), assignmentsOf: setOf(s.AssignmentsOf), absent: map[ledger.Pair]bool{}}
		for _, m := range s.Absent {
			x.absent[ledger.Pair{Group: m.Group, User: m.User}] = true
		}
		x.byGroup = sync.OnceValue(func() []int32 {
			return x.sorted(func(a, b *directory.Membership) int {
				return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User))
			})
		})
		x.byUser = sync.OnceValue(func() []int32 {
			return x.sorted(func(a, b *directory.Membership) int { return cmp.Compare(a.User, b.User) })
		})
		x.assigned = sync.OnceValue(func() map[string][]string {
			of := map[string][]string{}
			for _, a := range s.Assignments {
				if !slices.Contains(of[a.PrincipalID], a.Account) {
					of[a.PrincipalID] = append(of[a.PrincipalID], a.Account)
				}
			}
			return of
		})
		out[i] = x
	}
	return out
}

func setOf(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

func (x *listing) sorted(compare func(a, b *directory.Membership) int) []int32 {
	order := make([]int32, len(x.Memberships))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return compare(&x.Memberships[a], &x.Memberships[b]) })
	return order
}

// has reports whether the listing shows a membership.
func (x *listing) has(group, user string) bool {
	_, found := slices.BinarySearchFunc(x.byGroup(), 0, func(i int32, _ int) int {
		m := &x.Memberships[i]
		return cmp.Or(cmp.Compare(m.Group, group), cmp.Compare(m.User, user))
	})
	return found
}

// shows reports whether the listing shows any membership of the group, of the
// user, or of the two where both are given.
func (x *listing) shows(group, user *ledger.Life) bool {
	var found bool
	switch {
	case group != nil && user != nil:
		return x.has(group.ID, user.ID)
	case group != nil:
		_, found = slices.BinarySearchFunc(x.byGroup(), group.ID, func(i int32, id string) int { return cmp.Compare(x.Memberships[i].Group, id) })
	case user != nil:
		_, found = slices.BinarySearchFunc(x.byUser(), user.ID, func(i int32, id string) int { return cmp.Compare(x.Memberships[i].User, id) })
	default:
		return len(x.Memberships) > 0
	}
	return found
}

// listsAll reports whether the listing has the whole list of what is asked about.
func (x *listing) listsAll(group, user *ledger.Life) bool {
	return x.asked(group, user) || group != nil && user != nil && x.absent[ledger.Pair{Group: group.ID, User: user.ID}]
}

// asked reports whether it was asked for the members of the group or for the groups
// of the user.
func (x *listing) asked(group, user *ledger.Life) bool {
	return group != nil && x.membersOf[group.ID] || user != nil && x.groupsOf[user.ID]
}
