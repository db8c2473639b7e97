package idcenter

import (
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// enterpriseExtension is the one extension that works (cloudtrail reference
// 6.4).
const enterpriseExtension = "aws:identitystore:enterprise"

func (s *jsonCall) createUser() (plan, *Error) {
	in := s.input()
	if err := in.store(); err != nil {
		return nil, err
	}
	attributes := s.in.Clone()
	attributes.Delete("externalId") // read-only
	attributes.Delete("active")
	attributes.Delete(scim.EnterpriseUserURN)
	if v, _ := attributes.Get("Extensions"); v != nil {
		extensions, ok := v.(*scim.Object)
		if !ok {
			return nil, invalid("Extensions must be an object.")
		}
		for name, document := range extensions.All() {
			if name != enterpriseExtension {
				return nil, invalid("The extension " + clip(name) + " is not supported.")
			}
			attributes.Set(scim.EnterpriseUserURN, document)
		}
	}
	n := normaliser{api: true}
	attributes, err := n.user(attributes, true)
	if err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		u := s.c.newUser(s.c.ids.resource(), newAudit(tx.at, tx.by), attributes)
		if err := s.c.userClash(u); err != nil {
			return err
		}
		tx.put(step{user: u})
		s.out = scim.NewObject(member("IdentityStoreId", s.c.store), member("UserId", u.id), member("UserArn", userARN(u.id)),
			member("Revision", strconv.Itoa(u.Revision)))
		s.logged = cloudtrail.Object{{Key: "userId", Value: u.id}, {Key: "identityStoreId", Value: s.c.store}}
		return nil
	}, nil
}

func (s *jsonCall) updateUser() (plan, *Error) {
	in := s.input()
	id, ops, fits := in.id(s.in, "UserId"), in.operations(), in.revision()
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		old := s.c.state.users[id]
		if old == nil {
			return notFound("USER", id)
		}
		if err := fits(old.audit); err != nil {
			return err
		}
		attributes := old.attributes()
		for _, op := range ops {
			if err := setAttribute(attributes, op); err != nil {
				return err
			}
		}
		n := normaliser{api: true}
		attributes, err := n.user(attributes, old.active)
		if err != nil {
			return err
		}
		u := s.c.newUser(id, old.changed(tx.at, tx.by), attributes)
		if err := s.c.userClash(u); err != nil {
			return err
		}
		tx.put(step{user: u})
		s.out = scim.NewObject(member("IdentityStoreId", s.c.store), member("UserArn", userARN(id)), member("UserId", id),
			member("Revision", strconv.Itoa(u.Revision)))
		return nil
	}, nil
}

// setAttribute carries out one operation of UpdateUser. Its path is userName,
// name, name.familyName, emails, or, for the extension,
// aws:identitystore:enterprise.department.
func setAttribute(o *scim.Object, op attributeOperation) *Error {
	path := op.path
	if len(path) >= len(enterpriseExtension) && strings.EqualFold(path[:len(enterpriseExtension)], enterpriseExtension) {
		path = "\x00" + path[len(enterpriseExtension):]
	}
	steps := strings.Split(path, ".")
	within := userAttributes
	for i, name := range steps {
		if name == "\x00" {
			name = scim.EnterpriseUserURN
		}
		a := attributeNamed(within, name)
		switch {
		case a == nil, a.name == "externalId", a.name == "active":
			return noSuchPath(op.path)
		case i == len(steps)-1 && op.value == nil && a.needed:
			return emptyAttribute(op.path)
		case i == len(steps)-1 && op.value == nil:
			o.Delete(a.name)
			return nil
		case i == len(steps)-1:
			o.Set(a.name, op.value)
			return nil
		case a.list || len(a.subs) == 0:
			return noSuchPath(op.path)
		}
		v, _ := o.Get(a.name)
		next, ok := v.(*scim.Object)
		if !ok {
			next = &scim.Object{}
			o.Set(a.name, next)
		}
		o, within = next, a.subs
	}
	return noSuchPath(op.path)
}

func attributeNamed(list []attribute, name string) *attribute {
	for i := range list {
		if strings.EqualFold(list[i].name, name) {
			return &list[i]
		}
	}
	return nil
}

func (s *jsonCall) deleteUser() (plan, *Error) {
	in := s.input()
	id, fits := in.id(s.in, "UserId"), in.revision()
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		u := s.c.state.users[id]
		if u == nil {
			return notFound("USER", id)
		}
		if err := fits(u.audit); err != nil {
			return err
		}
		tx.deleteUser(u)
		return nil
	}, nil
}

// findUser finds a user by a unique attribute, nil when there is none.
func (c *Center) findUser(attribute, value string) (u *user) {
	c.read(func(st *state) {
		if node := st.userBy(c, attribute, value); node != nil {
			u = node.user
		}
	})
	return u
}

// extensions reads the names of the extensions to be shown.
func (in *input) extensions() bool {
	v := in.value(in.s.in, "Extensions")
	list, ok := v.([]any)
	if v != nil && !ok {
		in.mistyped("Extensions", "a list")
	}
	for _, e := range list {
		if textOf(e) != enterpriseExtension {
			if in.err == nil {
				in.err = invalid("The extension " + clip(textOf(e)) + " is not supported.")
			}
			return false
		}
	}
	return len(list) > 0
}

func (s *jsonCall) describeUser() (*scim.Object, *Error) {
	in := s.input()
	id, extensions := in.id(s.in, "UserId"), in.extensions()
	if err := in.store(); err != nil {
		return nil, err
	}
	u := s.c.findUser("id", id)
	if u == nil {
		return nil, notFound("USER", id)
	}
	return s.c.apiUser(u, extensions), nil
}

func (s *jsonCall) listUsers() (*scim.Object, *Error) {
	in := s.input()
	name, filtered := in.filter("UserName")
	size, after, extensions := in.size(), in.after(""), in.extensions()
	if err := in.store(); err != nil {
		return nil, err
	}
	var found []*user
	var last string
	var more bool
	if filtered {
		if u := s.c.findUser("userName", name); u != nil {
			found = append(found, u)
		}
	} else {
		s.c.read(func(st *state) {
			for key, u := range st.userList.After(after) {
				if more = len(found) == size; more {
					break
				}
				found, last = append(found, u.user), key
			}
		})
	}
	list := make([]any, len(found))
	for i, u := range found {
		list[i] = s.c.listedAPIUser(u, extensions)
	}
	return s.listed("Users", list, more, "", last), nil
}

func (s *jsonCall) getUserID() (*scim.Object, *Error) {
	in := s.input()
	attribute, value := in.alternate(map[string]string{"username": "userName", "emails.value": "emails.value"})
	if err := in.store(); err != nil {
		return nil, err
	}
	u := s.c.findUser(attribute, value)
	if attribute == "" || u == nil {
		return nil, notFound("USER", "")
	}
	return scim.NewObject(member("IdentityStoreId", s.c.store), member("UserId", u.id)), nil
}
