package repair

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// World is one identity store as the evidence shows it, the newest listing of each
// thing leading.
type World struct {
	Store, Region, Account string
	AllUsers, AllGroups    bool // the lists are whole: who is not in them does not exist

	// Oldest is when the oldest of the listings was taken, and Clock how that is
	// known; zero when it isn't.
	Oldest time.Time
	Clock  directory.Clock

	users   map[string]directory.User
	groups  map[string]directory.Group
	members map[string]map[string]bool // by group: ids of users
	denied  map[string]map[string]bool // by group: users who are said not to be in it
	whole   map[string]bool            // groups whose members are all known
	settled map[string]bool            // users whose groups are all known

	noUsers, noGroups map[string]bool // folded: what the store was asked for and has not

	byName, byEmail, byExternal map[string][]string // folded; ids of users
	groupsByName                map[string][]string // folded; ids of groups
	short                       []short             // names, for the nearest
}

// ErrNoStore is returned for evidence without a listing of users and groups.
var ErrNoStore = errors.New("the evidence holds no listing of an identity store's users and groups")

// NewWorld joins the snapshots of one identity store: the one named, or the only
// one that there is. It fails when there are several, or none.
func NewWorld(snapshots []directory.Snapshot, store string) (*World, error) {
	var stores []string
	for i := range snapshots {
		if s := snapshots[i].Store; s != "" && !slices.Contains(stores, s) {
			stores = append(stores, s)
		}
	}
	switch {
	case store != "":
	case len(stores) > 1:
		slices.Sort(stores)
		return nil, fmt.Errorf("the evidence shows several identity stores (%s): name one with --store", strings.Join(stores, ", "))
	case len(stores) == 1:
		store = stores[0]
	}
	w := &World{
		Store: store, users: map[string]directory.User{}, groups: map[string]directory.Group{},
		members: map[string]map[string]bool{}, denied: map[string]map[string]bool{}, whole: map[string]bool{}, settled: map[string]bool{},
		noUsers: map[string]bool{}, noGroups: map[string]bool{},
	}
	var mine []*directory.Snapshot
	for i := range snapshots {
		if s := &snapshots[i]; s.Store == store || s.Store == "" {
			mine = append(mine, s)
		}
	}
	slices.SortStableFunc(mine, func(a, b *directory.Snapshot) int { return a.Taken().Compare(b.Taken()) })
	for _, s := range mine {
		w.add(s)
	}
	if len(w.users) == 0 && len(w.groups) == 0 {
		return nil, ErrNoStore
	}
	w.index()
	return w, nil
}

// add lays a snapshot over those that are older.
func (w *World) add(s *directory.Snapshot) {
	w.Region, w.Account = cmp.Or(s.Region, w.Region), cmp.Or(s.Account, w.Account)
	if len(s.Users)+len(s.Groups)+len(s.Memberships)+len(s.MembersOf) > 0 {
		if at := s.Taken(); w.Oldest.IsZero() || !at.IsZero() && at.Before(w.Oldest) {
			w.Oldest, w.Clock = at, s.Clock
		}
	}
	for _, name := range s.NoUsers {
		w.noUsers[fold(name)] = true
	}
	for _, name := range s.NoGroups {
		w.noGroups[fold(name)] = true
	}
	if s.AllUsers {
		clear(w.users)
		w.AllUsers = true
	}
	for _, u := range s.Users {
		w.users[u.ID] = u
	}
	if s.AllGroups {
		clear(w.groups)
		w.AllGroups = true
	}
	for _, g := range s.Groups {
		w.groups[g.ID] = g
	}
	for _, id := range s.MembersOf {
		w.members[id], w.whole[id] = map[string]bool{}, true
	}
	for _, id := range s.GroupsOf {
		for _, members := range w.members {
			delete(members, id)
		}
		w.settled[id] = true
	}
	for _, m := range s.Memberships {
		if w.members[m.Group] == nil {
			w.members[m.Group] = map[string]bool{}
		}
		w.members[m.Group][m.User] = true
		delete(w.denied[m.Group], m.User)
	}
	for _, m := range s.Absent {
		delete(w.members[m.Group], m.User)
		if w.denied[m.Group] == nil {
			w.denied[m.Group] = map[string]bool{}
		}
		w.denied[m.Group][m.User] = true
	}
}

func (w *World) index() {
	w.byName, w.byEmail, w.byExternal, w.groupsByName = map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]string{}
	put := func(index map[string][]string, key, id string) {
		if key = fold(key); key != "" && !slices.Contains(index[key], id) {
			index[key] = append(index[key], id)
		}
	}
	for id, u := range w.users {
		put(w.byName, u.UserName, id)
		put(w.byEmail, u.Email, id)
		for _, x := range u.ExternalIDs {
			put(w.byExternal, x.ID, id)
		}
		w.short = append(w.short, newShort(u.UserName))
	}
	slices.SortFunc(w.short, func(a, b short) int { return cmp.Compare(a.whole, b.whole) })
	for id, g := range w.groups {
		put(w.groupsByName, g.Name, id)
	}
}

// group finds a group by id, by its exact name, and last without regard to case.
func (w *World) group(name, id string) (found []directory.Group) {
	if g, ok := w.groups[id]; ok {
		return []directory.Group{g}
	}
	if g, ok := w.groups[name]; ok {
		return []directory.Group{g}
	}
	ids := w.groupsByName[fold(name)]
	for _, id := range ids {
		if w.groups[id].Name == name {
			return []directory.Group{w.groups[id]}
		}
	}
	for _, id := range ids {
		found = append(found, w.groups[id])
	}
	return found
}

// person finds a user by id, name, e-mail address and external id, in that order.
func (w *World) person(p Person) (ids []string, how string) {
	if _, ok := w.users[p.ID]; ok {
		return []string{p.ID}, ""
	}
	if _, ok := w.users[p.Name]; ok {
		return []string{p.Name}, ""
	}
	for _, way := range []struct {
		index map[string][]string
		how   string
	}{{w.byName, ""}, {w.byEmail, "by e-mail address"}, {w.byExternal, "by external id"}} {
		if ids := way.index[fold(p.Name)]; len(ids) > 0 {
			return ids, way.how
		}
	}
	return nil, ""
}

// knows reports whether it is known that a user is, or is not, in a group.
func (w *World) knows(group, user string) bool {
	return w.whole[group] || w.settled[user] || w.members[group][user] || w.denied[group][user]
}

// named returns the person of an id, as people call him.
func (w *World) named(id string) Person {
	return Person{ID: id, Name: w.users[id].UserName}
}

// present returns who is in a group, sorted by id.
func (w *World) present(group string) []string {
	out := make([]string, 0, len(w.members[group]))
	for id := range w.members[group] {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// fold makes names comparable as Identity Center compares them: without regard to
// case (identity-center-scim reference 12).
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
