package idcenter

import (
	"strconv"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

func (s *jsonCall) createMembership() (plan, *Error) {
	in := s.input()
	group, user := in.id(s.in, "GroupId"), in.member()
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		switch st := s.c.state; {
		case st.groups[group] == nil:
			return notFound("GROUP", group)
		case st.users[user] == nil:
			return notFound("USER", user)
		case tx.member(group, user) != nil:
			e := duplicate("")
			e.Detail = "Member and Group relationship already exists."
			return e
		}
		m := tx.join(group, user)
		s.out = scim.NewObject(member("MembershipId", m.ID), member("IdentityStoreId", s.c.store), member("MembershipArn", membershipARN(m.ID)))
		s.logged = cloudtrail.Object{{Key: "membershipId", Value: m.ID}, {Key: "identityStoreId", Value: s.c.store}}
		return nil
	}, nil
}

func (s *jsonCall) deleteMembership() (plan, *Error) {
	in := s.input()
	id := in.id(s.in, "MembershipId")
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		m := s.c.state.memberships[id]
		if m == nil {
			return notFound("GROUP_MEMBERSHIP", id)
		}
		tx.leave(m.Group, m.User)
		return nil
	}, nil
}

func (s *jsonCall) describeMembership() (*scim.Object, *Error) {
	in := s.input()
	id := in.id(s.in, "MembershipId")
	if err := in.store(); err != nil {
		return nil, err
	}
	var m *membership
	s.c.read(func(st *state) { m = st.memberships[id] })
	if m == nil {
		return nil, notFound("GROUP_MEMBERSHIP", id)
	}
	return s.c.apiMembership(m), nil
}

func (s *jsonCall) getMembershipID() (*scim.Object, *Error) {
	in := s.input()
	group, user := in.id(s.in, "GroupId"), in.member()
	if err := in.store(); err != nil {
		return nil, err
	}
	var m *membership
	s.c.read(func(st *state) {
		if g := st.groups[group]; g != nil {
			m, _ = g.members.Get(user)
		}
	})
	if m == nil {
		e := notFound("GROUP_MEMBERSHIP", "")
		e.Detail = "Group membership not found for given Pool/Group/Member."
		return nil, e
	}
	return scim.NewObject(member("MembershipId", m.ID), member("IdentityStoreId", s.c.store)), nil
}

func (s *jsonCall) listMemberships() (*scim.Object, *Error) {
	in := s.input()
	group := in.id(s.in, "GroupId")
	return s.pageOf(in, group, notFound("GROUP", group), func(st *state) *order[*membership] {
		if g := st.groups[group]; g != nil {
			return &g.members
		}
		return nil
	})
}

func (s *jsonCall) listMembershipsOf() (*scim.Object, *Error) {
	in := s.input()
	user := in.member()
	return s.pageOf(in, user, notFound("USER", user), func(st *state) *order[*membership] {
		if u := st.users[user]; u != nil {
			return &u.groups
		}
		return nil
	})
}

// pageOf answers with a page of the memberships of a group or user, or with
// missing when there is no such thing.
func (s *jsonCall) pageOf(in *input, of string, missing *Error, list func(*state) *order[*membership]) (*scim.Object, *Error) {
	size, after := in.size(), in.after(of)
	if err := in.store(); err != nil {
		return nil, err
	}
	var found []*membership
	var last string
	more, known := false, false
	s.c.read(func(st *state) {
		all := list(st)
		if known = all != nil; !known {
			return
		}
		for key, m := range all.After(after) {
			if more = len(found) == size; more {
				break
			}
			found, last = append(found, m), key
		}
	})
	if !known {
		return nil, missing
	}
	out := make([]any, len(found))
	for i, m := range found {
		out[i] = s.c.apiMembership(m)
	}
	return s.listed("GroupMemberships", out, more, of, last), nil
}

func (s *jsonCall) isMember() (*scim.Object, *Error) {
	in := s.input()
	user := in.member()
	groups := in.groupIDs()
	if err := in.store(); err != nil {
		return nil, err
	}
	results := make([]any, len(groups))
	var missing *Error
	s.c.read(func(st *state) {
		u := st.users[user]
		if u == nil {
			missing = notFound("USER", user)
			return
		}
		for i, id := range groups {
			if st.groups[id] == nil {
				missing = notFound("GROUP", id)
				return
			}
			_, is := u.groups.Get(id)
			results[i] = scim.NewObject(member("GroupId", id), member("MemberId", scim.NewObject(member("UserId", user))), member("MembershipExists", is))
		}
	})
	if missing != nil {
		return nil, missing
	}
	return scim.NewObject(member("Results", results)), nil
}

// groupIDs reads GroupIds, 1 to 100 of them.
func (in *input) groupIDs() []string {
	v := in.value(in.s.in, "GroupIds")
	list, ok := v.([]any)
	switch {
	case v == nil:
		in.null("groupIds")
	case !ok:
		in.mistyped("GroupIds", "a list")
	case len(list) < 1:
		in.found = append(in.found, violation{"groupIds", quoted("[]"), "have length greater than or equal to 1"})
	case len(list) > 100:
		in.found = append(in.found, violation{"groupIds", quoted(strconv.Itoa(len(list)) + " ids"), "have length less than or equal to 100"})
	}
	ids := make([]string, 0, len(list))
	for _, e := range list {
		id := awsid.Bare(textOf(e))
		if !awsid.IsResource(id) {
			in.found = append(in.found, violation{"groupIds", quoted(textOf(e)), "satisfy regular expression pattern: " + idPattern})
			return nil
		}
		ids = append(ids, id)
	}
	return ids
}
