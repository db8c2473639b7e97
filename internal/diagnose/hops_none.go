package diagnose

import (
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// asked is the name that the user was asked for by.
func (w *way) asked() string {
	if w.in.user.Name != "" {
		return w.in.user.Name
	}
	return w.in.question.Asked
}

// nobody reports whether AWS was asked for the person, by every name that the person
// is known to go by there, and has none.
func (w *way) nobody() bool {
	names := []string{w.asked()}
	if w.person != nil {
		names = append(names, w.person.userName())
	}
	return !slices.ContainsFunc(names, func(name string) bool {
		return name != "" && !w.said(name, func(s *directory.Snapshot) []string { return s.NoUsers })
	})
}

// noGroup reports whether AWS has no group of the name that was asked for.
func (w *way) noGroup() bool {
	return w.in.groupsListed() || w.said(w.in.group.Name, func(s *directory.Snapshot) []string { return s.NoGroups })
}

// said reports whether the store said of a name that it has none. AWS compares
// names without case.
func (w *way) said(name string, none func(*directory.Snapshot) []string) bool {
	return slices.ContainsFunc(w.in.c.Snapshots, func(s directory.Snapshot) bool {
		return (w.in.store == "" || s.Store == "" || s.Store == w.in.store) &&
			slices.ContainsFunc(none(&s), func(n string) bool { return strings.EqualFold(n, name) })
	})
}
