package directory

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// tidy merges copies of the same thing and sorts everything, so that a snapshot
// does not depend on the order of entries or on how often one was listed.
func (s *Snapshot) tidy() {
	s.Users = merge(s.Users,
		func(a, b *User) int { return cmp.Compare(a.ID, b.ID) },
		func(u *User) time.Time { return latest(u.Audit) },
		func(a, b *User) {
			fill(&a.UserName, b.UserName)
			fill(&a.DisplayName, b.DisplayName)
			fill(&a.Email, b.Email)
			fill(&a.Status, b.Status)
			a.ExternalIDs = either(a.ExternalIDs, b.ExternalIDs)
			a.Audit.fill(b.Audit)
		})
	s.Groups = merge(s.Groups,
		func(a, b *Group) int { return cmp.Compare(a.ID, b.ID) },
		func(g *Group) time.Time { return latest(g.Audit) },
		func(a, b *Group) {
			fill(&a.Name, b.Name)
			fill(&a.Description, b.Description)
			a.ExternalIDs = either(a.ExternalIDs, b.ExternalIDs)
			a.Audit.fill(b.Audit)
		})
	s.Memberships = mergeMemberships(s.Memberships)
	s.Absent = mergeMemberships(s.Absent)
	s.Instances = merge(s.Instances,
		func(a, b *Instance) int { return cmp.Or(cmp.Compare(a.Store, b.Store), cmp.Compare(a.ARN, b.ARN)) },
		func(*Instance) time.Time { return time.Time{} },
		func(a, b *Instance) {
			fill(&a.Owner, b.Owner)
			fill(&a.Name, b.Name)
			fill(&a.Status, b.Status)
		})
	slices.SortFunc(s.Assignments, func(a, b Assignment) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.PermissionSet, b.PermissionSet),
			cmp.Compare(a.PrincipalType, b.PrincipalType), cmp.Compare(a.PrincipalID, b.PrincipalID))
	})
	s.Assignments = slices.Compact(s.Assignments)
}

// mergeMemberships joins copies of one membership. A pair with two ids was
// removed and made again while it was being listed; the newer id is kept.
func mergeMemberships(list []Membership) []Membership {
	return merge(list,
		func(a, b *Membership) int {
			return comparePairs(pair{a.Group, a.User}, pair{b.Group, b.User})
		},
		func(m *Membership) time.Time { return latest(m.Audit) },
		func(a, b *Membership) {
			if a.ID != "" && b.ID != "" && a.ID != b.ID {
				return
			}
			fill(&a.ID, b.ID)
			a.Audit.fill(b.Audit)
		})
}

// merge sorts list by key and joins entries with the same key: the newest leads,
// and fill completes it from the others. Ties are broken by the content, never
// by the order of arrival.
func merge[T any](list []T, byKey func(a, b *T) int, newest func(*T) time.Time, fill func(to, from *T)) []T {
	type copied struct {
		of   *T
		text string // written once, and only for ties
	}
	sorted := make([]*copied, len(list))
	for i := range list {
		sorted[i] = &copied{of: &list[i]}
	}
	write := func(c *copied) string {
		if c.text == "" {
			c.text = fmt.Sprintf("%+v", *c.of)
		}
		return c.text
	}
	slices.SortFunc(sorted, func(a, b *copied) int {
		if c := cmp.Or(byKey(a.of, b.of), newest(b.of).Compare(newest(a.of))); c != 0 {
			return c
		}
		return cmp.Compare(write(b), write(a))
	})
	var out []T
	for _, c := range sorted {
		if n := len(out); n > 0 && byKey(&out[n-1], c.of) == 0 {
			fill(&out[n-1], c.of)
			continue
		}
		out = append(out, *c.of)
	}
	return out
}

func latest(a Audit) time.Time {
	if a.UpdatedAt.After(a.CreatedAt) {
		return a.UpdatedAt
	}
	return a.CreatedAt
}

func (a *Audit) fill(b Audit) {
	a.CreatedAt, a.UpdatedAt = cmp.Or(a.CreatedAt, b.CreatedAt), cmp.Or(a.UpdatedAt, b.UpdatedAt)
	fill(&a.CreatedBy, b.CreatedBy)
	fill(&a.UpdatedBy, b.UpdatedBy)
}

func fill(to *string, from string) { *to = cmp.Or(*to, from) }

func either(a, b []ExternalID) []ExternalID {
	if len(a) == 0 {
		return b
	}
	return a
}

func userIDs(list []User) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	return out
}

func groupIDs(list []Group) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	return out
}

// ids returns the ids of all users, groups and memberships.
func (s *Snapshot) ids() []string {
	out := slices.Concat(userIDs(s.Users), groupIDs(s.Groups))
	for _, m := range slices.Concat(s.Memberships, s.Absent) {
		out = append(out, m.Group, m.User)
	}
	return out
}
