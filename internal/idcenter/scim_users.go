package idcenter

import (
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// readUser judges the body of a POST or PUT.
func (s *scimCall) readUser(body *scim.Object) (*scim.Object, *Error) {
	be := s.c.be
	if be.RefuseUnsupported {
		if _, sent := body.Get("password"); sent {
			return nil, unparsable("password is not supported")
		}
		if v, _ := body.Get("groups"); v != nil {
			if list, ok := v.([]any); !ok || len(list) > 0 {
				return nil, unparsable("groups is read-only")
			}
		}
	}
	n := normaliser{photos: be.AcceptPhotos}
	return n.user(body, !be.InactiveByDefault)
}

func (s *scimCall) createUser(body *scim.Object) (plan, *Error) {
	attributes, err := s.readUser(body)
	if err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		u := s.c.newUser(s.c.ids.resource(), newAudit(tx.at, tx.by), attributes)
		if err := s.c.userClash(u); err != nil {
			return err
		}
		s.made = u.id
		s.keep(tx, u, 201)
		return nil
	}, nil
}

// keep stores a user and answers with it.
func (s *scimCall) keep(tx *transaction, u *user, status int) {
	tx.put(step{user: u})
	s.status, s.body, s.active = status, u.shown, u.active
}

func (s *scimCall) putUser(body *scim.Object) (plan, *Error) {
	if id, ok := body.Get("id"); !ok || awsid.Bare(textOf(id)) != s.id {
		return nil, unparsable("the body of a PUT must hold the id that the path holds")
	}
	attributes, err := s.readUser(body)
	if err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		old := s.c.state.users[s.id]
		if old == nil {
			return absent("USER", s.id)
		}
		// What the Identity Store API alone can set is none of SCIM's.
		for name, v := range apiOnlyOf(old.attributes()) {
			attributes.Set(name, v)
		}
		u := s.c.newUser(s.id, old.changed(tx.at, tx.by), attributes)
		if err := s.c.userClash(u); err != nil {
			return err
		}
		s.keep(tx, u, 200)
		return nil
	}, nil
}

// apiOnlyOf returns the attributes that SCIM does not know.
func apiOnlyOf(attributes *scim.Object) map[string]any {
	out := map[string]any{}
	for i := range userAttributes {
		if a := &userAttributes[i]; a.apiOnly {
			if v, ok := attributes.Get(a.name); ok {
				out[a.name] = v
			}
		}
	}
	return out
}

func (s *scimCall) deleteUser(tx *transaction) *Error {
	u := s.c.state.users[s.id]
	if u == nil {
		return absent("USER", s.id)
	}
	tx.deleteUser(u)
	s.status = 204
	return nil
}

func (s *scimCall) getUser() ([]byte, *Error) {
	var u *user
	s.c.read(func(st *state) {
		if node := st.users[s.id]; node != nil {
			u = node.user
		}
	})
	if u == nil {
		return nil, absent("USER", s.id)
	}
	return u.shown, nil
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}
