package idcenter

import (
	"fmt"
	"iter"
)

// Restore fills an empty Center with what a [Journal] stored: the last Change of
// every Kind and ID, deleted ones left out, in any order. It must come before
// the first call. It stops at the first error of the sequence, at a thing that
// can't be read, and at one that contradicts another (two users of one name, a
// membership of an unknown group); the Center is then of no use.
func (c *Center) Restore(changes iter.Seq2[Change, error]) error {
	c.writer.Lock()
	defer c.writer.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	var memberships []*membership // once both ends are there
	for ch, err := range changes {
		if err != nil {
			return fmt.Errorf("restoring the identity store: %w", err)
		}
		s, err := c.load(ch)
		if err != nil {
			return fmt.Errorf("restoring the %s %s: %w", ch.Kind, clip(ch.ID), err)
		}
		if s.membership != nil {
			memberships = append(memberships, s.membership)
			continue
		}
		c.apply(s)
		if s.user != nil && s.user.CreatedAt.After(c.latest) {
			c.latest = s.user.CreatedAt
		}
		if s.group != nil && s.group.CreatedAt.After(c.latest) {
			c.latest = s.group.CreatedAt
		}
	}
	for _, m := range memberships {
		if c.state.groups[m.Group] == nil || c.state.users[m.User] == nil {
			return fmt.Errorf("restoring the membership %s: its group or user is not there", clip(m.ID))
		}
		c.apply(step{membership: m})
	}
	return nil
}

// load reads a stored thing and checks that it fits to what is there.
func (c *Center) load(ch Change) (s step, err error) {
	var refused *Error
	switch ch.Kind {
	case KindUser:
		if s.user, err = c.loadUser(ch.JSON); err == nil {
			refused = c.userClash(s.user)
		}
	case KindGroup:
		if s.group, err = loadGroup(ch.JSON); err == nil {
			refused = c.groupClash(s.group)
		}
	case KindMembership:
		s.membership, err = loadMembership(ch.JSON)
	case KindToken:
		s.token, err = loadToken(ch.JSON)
	case KindAssignment:
		s.assignment, err = loadAssignment(ch.JSON)
	case KindStore:
		s.store, err = loadStore(ch.JSON)
	default:
		return s, fmt.Errorf("this is no kind that is known; it may come from a newer version")
	}
	if refused != nil {
		return s, refused
	}
	return s, err
}

// Changes ranges over the Center as it is, as the changes from which
// [Center.Restore] makes it again. Writes wait meanwhile; the loop must not call
// the Center.
func (c *Center) Changes() iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		c.writer.Lock()
		defer c.writer.Unlock()
		for s := range c.steps() {
			if !yield(s.change()) {
				return
			}
		}
	}
}

// steps ranges over everything in the state.
func (c *Center) steps() iter.Seq[step] {
	return func(yield func(step) bool) {
		st := c.state
		for _, u := range st.userList.After("") {
			if !yield(step{user: u.user}) {
				return
			}
		}
		for _, g := range st.groupList.After("") {
			if !yield(step{group: g.group}) {
				return
			}
			for _, m := range g.members.After("") {
				if !yield(step{membership: m}) {
					return
				}
			}
		}
		for _, t := range st.tokens {
			if !yield(step{token: t}) {
				return
			}
		}
		for _, a := range st.assignmentList.After("") {
			if !yield(step{assignment: a}) {
				return
			}
		}
		if st.network != nil {
			yield(step{store: st.network})
		}
	}
}
