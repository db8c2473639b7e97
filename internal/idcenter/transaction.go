package idcenter

import (
	"encoding/json"
	"time"
)

// transaction gathers what a call changes. It sees the state as it was before
// the call, and its own membership changes.
type transaction struct {
	c  *Center
	at time.Time
	by string

	steps []step
	// pending are the memberships of groups that the call itself has changed:
	// nil marks one taken away.
	pending map[pair]*membership
}

type pair struct{ group, user string }

func (t *transaction) put(s step)  { t.steps = append(t.steps, s) }
func (t *transaction) drop(s step) { s.gone = true; t.steps = append(t.steps, s) }

// member returns the membership of a user in a group as the call sees it.
func (t *transaction) member(group, user string) *membership {
	if m, changed := t.pending[pair{group, user}]; changed {
		return m
	}
	if g := t.c.state.groups[group]; g != nil {
		m, _ := g.members.Get(user)
		return m
	}
	return nil
}

// join puts a user into a group, both of which exist, and returns the
// membership; one who is in it already stays as he is.
func (t *transaction) join(group, user string) *membership {
	if m := t.member(group, user); m != nil {
		return m
	}
	m := &membership{ID: t.c.ids.resource(), Group: group, User: user, audit: newAudit(t.at, t.by)}
	t.note(group, user, m)
	t.put(step{membership: m})
	return m
}

// leave takes a user out of a group; one who is not in it may be named.
func (t *transaction) leave(group, user string) {
	m := t.member(group, user)
	if m == nil {
		return
	}
	t.note(group, user, nil)
	t.drop(step{membership: m})
}

func (t *transaction) note(group, user string, m *membership) {
	if t.pending == nil {
		t.pending = map[pair]*membership{}
	}
	t.pending[pair{group, user}] = m
}

// deleteUser takes a user away with all memberships. Account assignments stay,
// as orphans (identity-center-scim reference 6.7).
func (t *transaction) deleteUser(u *userNode) {
	for _, m := range u.groups.After("") {
		t.drop(step{membership: m})
	}
	t.drop(step{user: u.user})
}

// deleteGroup takes a group away with all memberships; assignments stay.
func (t *transaction) deleteGroup(g *groupNode) {
	for _, m := range g.members.After("") {
		t.drop(step{membership: m})
	}
	t.drop(step{group: g.group})
}

// changes returns the steps as the journal stores them.
func (t *transaction) changes() ([]Change, error) {
	if len(t.steps) == 0 {
		return nil, nil
	}
	list := make([]Change, len(t.steps))
	for i, s := range t.steps {
		ch, err := s.change()
		if err != nil {
			return nil, err
		}
		list[i] = ch
	}
	return list, nil
}

func (s step) change() (ch Change, err error) {
	var thing any
	switch {
	case s.user != nil:
		ch.Kind, ch.ID, thing = KindUser, s.user.id, s.user
	case s.group != nil:
		ch.Kind, ch.ID, thing = KindGroup, s.group.ID, s.group
	case s.membership != nil:
		ch.Kind, ch.ID, thing = KindMembership, s.membership.ID, s.membership
	case s.token != nil:
		ch.Kind, ch.ID, thing = KindToken, s.token.ID, s.token
	case s.assignment != nil:
		ch.Kind, ch.ID, thing = KindAssignment, s.assignment.key(), s.assignment
	case s.store != nil:
		ch.Kind, ch.ID, thing = KindStore, s.store.ID, s.store
	}
	if s.gone {
		return ch, nil
	}
	if s.user != nil {
		thing = s.user.stored()
	}
	ch.JSON, err = json.Marshal(thing)
	return ch, err
}

// commit hands a call to the journal and, once it is stored, makes its changes
// visible. The writer's lock is held.
func (t *transaction) commit(event *Event) *Error {
	changes, err := t.changes()
	if err != nil {
		return internal(err)
	}
	if len(changes) == 0 && event == nil {
		return nil
	}
	if err := t.c.ids.failed(); err != nil {
		return internal(err)
	}
	if err := t.c.journal.Commit(Entry{Changes: changes, Event: event}); err != nil {
		return internal(err)
	}
	if len(t.steps) > 0 {
		t.c.mu.Lock()
		for _, s := range t.steps {
			t.c.apply(s)
		}
		t.c.mu.Unlock()
	}
	return nil
}
