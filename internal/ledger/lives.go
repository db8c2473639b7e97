package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Mark is a moment in the life of a group or user and the event that made it.
type Mark struct {
	Time  time.Time
	Event string // key; "" when only a snapshot says so
	Via   Via
	Actor actor.Actor
}

// Life is a group or user through time. One that was deleted and made anew has
// two lives, with two ids.
type Life struct {
	ID       string
	Name     string   // the latest known; "" when every evidence masks it
	Names    []string // all names and aliases it was ever known by, sorted
	Store    string
	External bool // an identity provider gave it an external id

	Created    *Mark     // by an event, or by the store's CreatedAt
	CreatedBy  string    // as the store says
	Deleted    *Mark     // by an event
	Listed     time.Time // the last time that a snapshot showed it; zero when none did
	Missing    time.Time // the first time after that (or at all) that a whole list lacked it
	Mentioned  bool      // an event or a membership names it
	DisabledAt time.Time // users: when an event disabled it last, zero when enabled
}

// Gone reports whether the group or user no longer exists, as far as is known.
func (l *Life) Gone() bool {
	return l.Deleted != nil && !l.Listed.After(l.Deleted.Time) || !l.Missing.IsZero() && !l.Listed.After(l.Missing)
}

// Groups returns all groups of which anything is known, by name, then id.
func (l *Ledger) Groups() []*Life { return slices.Clone(l.groupIndex.fill(l.groups).sorted) }

// Users returns all users of whom anything is known, by name, then id.
func (l *Ledger) Users() []*Life { return slices.Clone(l.userIndex.fill(l.users).sorted) }

// Group returns what is known of a group, nil when nothing is.
func (l *Ledger) Group(id string) *Life { return l.groups[id] }

// User returns what is known of a user, nil when nothing is.
func (l *Ledger) User(id string) *Life { return l.users[id] }

type registry map[string]*Life

func (m registry) of(id string) *Life {
	life := m[id]
	if life == nil {
		life = &Life{ID: id}
		m[id] = life
	}
	return life
}

func (l *Life) named(name string) {
	if name == "" {
		return
	}
	if at, found := slices.BinarySearch(l.Names, name); !found {
		l.Names = slices.Insert(l.Names, at, name)
	}
}

// lives reads groups and users out of events and snapshots, oldest first, so
// that the latest name stays.
func lives(c *casefile.Case) (groups, users map[string]*Life) {
	g, u := registry{}, registry{}
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Superseded {
			continue
		}
		noteActorName(u, ev)
		noteEvent(g, u, ev)
	}
	for i := range c.Undated {
		ev := &c.Undated[i]
		if ev.Subject.Group != "" {
			g.of(ev.Subject.Group).Mentioned = true
		}
		if ev.Subject.User != "" {
			u.of(ev.Subject.User).Mentioned = true
		}
	}
	for i := range c.Snapshots {
		s := &c.Snapshots[i]
		at := s.Taken()
		for _, in := range s.Groups {
			life := g.of(in.ID)
			life.snapshot(in.Name, s.Store, in.CreatedBy, in.CreatedAt, len(in.ExternalIDs) > 0, at)
		}
		for _, in := range s.Users {
			life := u.of(in.ID)
			life.snapshot(in.UserName, s.Store, in.CreatedBy, in.CreatedAt, len(in.ExternalIDs) > 0, at)
			life.named(in.DisplayName)
			life.named(in.Email)
		}
		for _, m := range s.Memberships {
			g.of(m.Group).Mentioned = true
			u.of(m.User).Mentioned = true
		}
	}
	for i := range c.Snapshots {
		s := &c.Snapshots[i]
		if s.AllGroups {
			noteMissing(g, s.Store, s.Taken(), func(yield func(string)) {
				for _, in := range s.Groups {
					yield(in.ID)
				}
			})
		}
		if s.AllUsers {
			noteMissing(u, s.Store, s.Taken(), func(yield func(string)) {
				for _, in := range s.Users {
					yield(in.ID)
				}
			})
		}
	}
	return g, u
}

func (l *Life) snapshot(name, store, by string, created time.Time, external bool, at time.Time) {
	if name != "" {
		l.Name = name
		l.named(name)
	}
	l.Store = cmp.Or(store, l.Store)
	l.CreatedBy = cmp.Or(by, l.CreatedBy)
	l.External = l.External || external
	if at.After(l.Listed) || l.Listed.IsZero() {
		l.Listed = at
	}
	if l.Created == nil && !created.IsZero() {
		l.Created = &Mark{Time: created, Via: Unseen}
	}
}

// noteActorName learns a user's name from a session that says both: the session
// name of an Identity Center role is the user's name, onBehalfOf has the id
// (cloudtrail reference 1.4).
func noteActorName(users registry, ev *casefile.Event) {
	id := ev.Identity
	if id.OnBehalfOf == "" {
		return
	}
	name := id.UserName
	if name == "" && id.PermissionSet() != "" {
		name = id.Session
	}
	if life := users.of(id.OnBehalfOf); name != "" {
		life.Name = cmp.Or(life.Name, name)
		life.named(name)
	}
}

func noteEvent(groups, users registry, ev *casefile.Event) {
	s := &ev.Subject
	mark := func() *Mark { return &Mark{Time: ev.Time, Event: ev.Key, Via: viaOf(ev), Actor: ev.Actor} }
	if s.Group != "" {
		life := groups.of(s.Group)
		life.Mentioned = true
		life.Store = cmp.Or(life.Store, s.Store)
		if !ev.Failed() {
			if s.GroupName != "" && (ev.Effect == cloudtrail.GroupCreated || ev.Effect == cloudtrail.GroupUpdated) {
				life.Name = s.GroupName
				life.named(s.GroupName)
			}
			switch ev.Effect {
			case cloudtrail.GroupCreated:
				life.Created = mark()
			case cloudtrail.GroupDeleted:
				life.Deleted = mark()
			}
		}
	}
	if s.User != "" {
		life := users.of(s.User)
		life.Mentioned = true
		life.Store = cmp.Or(life.Store, s.Store)
		if ev.Failed() {
			return
		}
		if s.UserName != "" {
			life.Name = s.UserName
			life.named(s.UserName)
		}
		switch ev.Effect {
		case cloudtrail.UserCreated:
			life.Created = mark()
		case cloudtrail.UserDeleted:
			life.Deleted = mark()
		case cloudtrail.UserDisabled:
			life.DisabledAt = ev.Time
		case cloudtrail.UserEnabled:
			life.DisabledAt = time.Time{}
		}
	}
}

// noteMissing marks those of a store that a whole list lacks. A life without a
// known store is marked only by a list without one: two stores must not be
// mistaken for each other.
func noteMissing(lives registry, store string, at time.Time, listed func(func(string))) {
	there := map[string]bool{}
	listed(func(id string) { there[id] = true })
	for id, life := range lives {
		if there[id] || life.Store != store || at.IsZero() {
			continue
		}
		if life.Created != nil && life.Created.Time.After(at) {
			continue // made after the list was taken
		}
		if at.After(life.Listed) && (life.Missing.IsZero() || at.Before(life.Missing)) {
			life.Missing = at
		}
	}
}

// FindGroup returns the groups that asked can mean: the one with that id, else
// those that bear the name now and exist, else those that bore it. Upper and
// lower case matter only when several differ in nothing else.
func (l *Ledger) FindGroup(asked string) []*Life {
	return find(l.groups, l.groupIndex.fill(l.groups), asked)
}

// FindUser is FindGroup for users; user name, display name and e-mail address
// all count as names.
func (l *Ledger) FindUser(asked string) []*Life {
	return find(l.users, l.userIndex.fill(l.users), asked)
}

// Find is FindGroup, or FindUser, for whoever has no ledger and its groups, or its
// users, in the order of Groups.
func Find(lives []*Life, asked string) []*Life {
	var all []*Life
	for _, life := range lives {
		if life.ID == asked {
			return []*Life{life}
		}
		if strings.EqualFold(life.Name, asked) || hasFold(life.Names, asked) {
			all = append(all, life)
		}
	}
	return meant(all, asked)
}

func find(lives map[string]*Life, x *lifeIndex, asked string) []*Life {
	if life := lives[asked]; life != nil {
		return []*Life{life}
	}
	return meant(x.named[fold(asked)], asked)
}

// meant picks those that asked means of all that ever bore that name.
func meant(all []*Life, asked string) []*Life {
	tests := []func(*Life) bool{
		func(x *Life) bool { return x.Name == asked && !x.Gone() },
		func(x *Life) bool { return slices.Contains(x.Names, asked) && !x.Gone() },
		func(x *Life) bool { return hasFold(x.Names, asked) && !x.Gone() },
		func(x *Life) bool { return hasFold(x.Names, asked) },
	}
	for i, is := range tests {
		found := slices.DeleteFunc(slices.Clone(all), func(x *Life) bool { return !is(x) })
		if i == len(tests)-1 && len(found) > 1 {
			found = latestGone(found)
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func hasFold(names []string, asked string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, asked) })
}

// latestGone picks, of several that no longer exist, the one that went last: a
// name that was deleted and made anew and deleted means its last bearer.
func latestGone(gone []*Life) []*Life {
	end := func(x *Life) time.Time {
		if x.Deleted != nil {
			return x.Deleted.Time
		}
		return x.Missing
	}
	last := slices.MaxFunc(gone, func(a, b *Life) int { return end(a).Compare(end(b)) })
	var out []*Life
	for _, x := range gone {
		if end(x).Equal(end(last)) {
			out = append(out, x)
		}
	}
	return out
}
