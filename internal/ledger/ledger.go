// Package ledger keeps memberships through time: who was in which group, since
// when, until when, through which door, and how each of these is known.
//
// It is built from a case and is pure: the same evidence, in whatever order and
// over however many files, gives the same ledger. A failed call never changes
// it. It states facts and their grade; package diagnose reasons about them.
//
// Three things are hard, and each has a file: SCIM hides the member (join.go),
// a deletion may name only a membership id (facts.go), and an identity store
// forgets what it deleted (timeline.go, lives.go).
package ledger

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// Via is the door through which a membership began or ended.
type Via string

// The doors.
const (
	SCIM    Via = "scim"
	API     Via = "api"
	Console Via = "console"
	Cascade Via = "cascade" // the user or the group was deleted
	Sync    Via = "sync"    // Active Directory
	Unseen  Via = "unknown"
)

// Known says how an origin is known.
type Known string

// The grades (design section 5 and ruling 9).
const (
	Recorded    Known = "recorded"    // an event names both the group and the user
	Inferred    Known = "inferred"    // a SCIM write of the group fits in time, and nothing else does
	Declared    Known = "declared"    // only the identity store's CreatedBy says so
	Unexplained Known = "unexplained" // no event inside the coverage could have done it
	Predates    Known = "predates"    // older than the coverage
)

// Origin is why a membership began or ended.
type Origin struct {
	Via    Via
	Known  Known
	Actor  actor.Actor
	Events []string // keys of the events that say so, in order of time
	Note   string   // what a reader must know to not overrate it; may be empty
}

// Period is one stretch of membership.
type Period struct {
	From, To time.Time // zero when the moment is not known
	Began    *Origin   // nil when nothing is known of the beginning
	Ended    *Origin   // nil while it lasts, as far as is known
}

// Entity is a group or user: its id and its name, empty when no evidence has it.
type Entity struct {
	ID, Name string
}

// Row is one user in one group through time.
type Row struct {
	Group, User  Entity
	MembershipID string // the latest that is known
	Periods      []Period

	// Present says whether the membership exists at the end of the evidence;
	// nil when that can't be known, e.g. after a SCIM removal of nobody knows whom.
	Present *bool
	// AsOf is the last moment at which an event or a snapshot shows Present.
	AsOf time.Time
}

// Open reports whether the row's last period has not ended.
func (r *Row) Open() bool { return len(r.Periods) > 0 && r.Periods[len(r.Periods)-1].Ended == nil }

// Is reports whether the membership is known to exist.
func (r *Row) Is() bool { return r.Present != nil && *r.Present }

// Pair names a membership by its group and user.
type Pair struct {
	Group, User string
}

// Ledger is all memberships that the evidence speaks of. Once built it may be
// asked by several at a time.
type Ledger struct {
	Rows []Row // by group name, group id, user name, user id

	groups, users map[string]*Life
	resolved      map[string]Pair // event key of a DeleteGroupMembership
	unresolved    []*casefile.Event
	patches       map[string][]*patch // SCIM writes that can have changed members, by group
	hidden        map[string]hidden   // of patches, by group; filled while presence is judged
	seenAt        map[Pair]time.Time  // the last snapshot or event that shows the membership as it is
	tiedAt        map[Pair]time.Time  // an addition and a removal fell into this second, in what order is not known

	rows                  rowIndex // of Rows as they were when it was first asked
	groupIndex, userIndex lifeIndex
}

// Build makes the ledger of a case.
func Build(c *casefile.Case) *Ledger {
	l := &Ledger{resolved: map[string]Pair{}, patches: map[string][]*patch{}, seenAt: map[Pair]time.Time{}, tiedAt: map[Pair]time.Time{}, hidden: map[string]hidden{}}
	l.groups, l.users = lives(c)
	f := gather(c, l)
	j := &joiner{ledger: l, start: firstLooked(c)}
	for _, pair := range f.pairs() {
		if row := f.timeline(pair, j); len(row.Periods) > 0 {
			l.Rows = append(l.Rows, row)
		}
	}
	j.settle(l.Rows)
	for i := range l.Rows {
		l.present(&l.Rows[i])
	}
	slices.SortFunc(l.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Group.Name, b.Group.Name), cmp.Compare(a.Group.ID, b.Group.ID),
			cmp.Compare(a.User.Name, b.User.Name), cmp.Compare(a.User.ID, b.User.ID))
	})
	return l
}

// firstLooked returns the first moment at which any directory source was looked
// at; zero when none was.
func firstLooked(c *casefile.Case) time.Time {
	window, ok := c.Window(casefile.DirectorySources...)
	if !ok {
		return time.Time{}
	}
	return window.From
}

// Of returns the rows of a group and a user; an empty id stands for any.
func (l *Ledger) Of(group, user string) []*Row {
	l.rows.fill(l.Rows)
	switch {
	case group == "" && user == "":
		var out []*Row
		for i := range l.Rows {
			out = append(out, &l.Rows[i])
		}
		return out
	case user == "":
		return slices.Clone(l.rows.byGroup[group])
	}
	list := l.rows.byUser[user]
	if group == "" {
		return slices.Clone(list)
	}
	if of := l.rows.byGroup[group]; len(of) < len(list) {
		list = of
	}
	var out []*Row
	for _, r := range list {
		if r.Group.ID == group && r.User.ID == user {
			out = append(out, r)
		}
	}
	return out
}

// Resolve returns the membership that a DeleteGroupMembership event removed, if
// its membership id is known from elsewhere.
func (l *Ledger) Resolve(eventKey string) (Pair, bool) {
	p, ok := l.resolved[eventKey]
	return p, ok
}

// Unresolved returns the successful deletions of memberships that no create
// event and no snapshot identifies, in order of time.
func (l *Ledger) Unresolved() []*casefile.Event { return l.unresolved }

// Entity returns a group's or user's id with the best name known for it.
func (l *Ledger) group(id string) Entity { return entity(l.groups, id) }
func (l *Ledger) user(id string) Entity  { return entity(l.users, id) }

func entity(lives map[string]*Life, id string) Entity {
	if life := lives[id]; life != nil {
		return Entity{ID: id, Name: life.Name}
	}
	return Entity{ID: id}
}
