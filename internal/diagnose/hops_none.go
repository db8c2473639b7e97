package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// asked is the name that the user was asked for by.
func (w *way) asked() string {
	if w.in.user.Name != "" {
		return w.in.user.Name
	}
	return w.in.question.Asked
}

// linked reports whether the AWS user whom the provider remembers as the person is
// there: it is another member then for whose sake AWS refuses them all.
func (w *way) linked() bool {
	return w.person != nil && w.person.appUser != nil && w.person.appUser.ExternalID != "" && w.c.life(lower(w.person.appUser.ExternalID)) != nil
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
	return slices.ContainsFunc(w.in.c.Snapshots, func(s directory.Snapshot) bool { return w.in.denies(&s, name, none) })
}

func (in *inquiry) denies(s *directory.Snapshot, name string, none func(*directory.Snapshot) []string) bool {
	return (in.store == "" || s.Store == "" || s.Store == in.store) &&
		slices.ContainsFunc(none(s), func(n string) bool { return strings.EqualFold(n, name) })
}

// askedInVain returns when the store was last asked for a user, by name, address or
// id, and had none; only what was asked after the given time counts.
func (in *inquiry) askedInVain(user string, after time.Time) (time.Time, bool) {
	return in.lastDenied(user, after, func(s *directory.Snapshot) []string { return s.NoUsers })
}

func (in *inquiry) lastDenied(name string, after time.Time, none func(*directory.Snapshot) []string) (time.Time, bool) {
	var at time.Time
	for i := range in.c.Snapshots {
		s := &in.c.Snapshots[i]
		if s.NotBefore.After(after) && s.NotBefore.After(at) && in.denies(s, name, none) {
			at = s.NotBefore
		}
	}
	return at, !at.IsZero()
}

// saidNone says that AWS was asked for what the question names and has none: more
// than that the evidence does not name it. "" when AWS was not asked.
func (in *inquiry) saidNone(group, user *ledger.Life) string {
	switch {
	case group != nil && group.ID == "":
		if at, none := in.lastDenied(group.Name, time.Time{}, func(s *directory.Snapshot) []string { return s.NoGroups }); none {
			return fmt.Sprintf("AWS was asked for the group %q on %s and has none of that name.", group.Name, when(at))
		}
	case user != nil && user.ID == "":
		if at, none := in.askedInVain(user.Name, time.Time{}); none {
			return fmt.Sprintf("AWS was asked for the user %q on %s and has nobody of that name or address.", user.Name, when(at))
		}
	}
	return ""
}
