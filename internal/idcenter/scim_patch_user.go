package idcenter

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// AWS's texts about PATCH (identity-center-scim reference 5.2, 5.3).
const (
	detailNoPath     = "Missing path in PATCH request"
	detailOneOnly    = `Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`
	detailNoReplaces = "Replacing group memberships is not supported."
)

// readPatch reads the operations of a PATCH and judges what holds for users and
// groups alike. An operation without a path is given that of its one attribute.
func readPatch(body *scim.Object) ([]scim.Operation, *Error) {
	ops, err := scim.ParsePatch(body)
	if err != nil {
		return nil, unparsable(err.Error())
	}
	for i := range ops {
		op := &ops[i]
		switch {
		case op.Op == scim.Remove && op.Path == nil:
			return nil, invalid(detailNoPath)
		case op.Op == scim.Remove:
			continue
		case op.Value == nil:
			return nil, unparsable("add and replace need a value")
		case op.Path == nil:
			if err := givePath(op); err != nil {
				return nil, err
			}
		}
	}
	return ops, nil
}

// givePath makes an operation without a path one with the path of the single
// attribute in its value. The id, which Okta sends along, does not count
// (identity-center-scim reference 7.4).
func givePath(op *scim.Operation) *Error {
	value, ok := op.Value.(*scim.Object)
	if !ok {
		return unparsable("an operation without a path needs an object as its value")
	}
	var name string
	var one any
	found := 0
	for n, v := range value.All() {
		if strings.EqualFold(n, "id") || strings.EqualFold(n, "schemas") {
			continue
		}
		name, one = n, v
		found++
	}
	switch {
	case found == 0:
		return unparsable("the operation has neither a path nor an attribute in its value")
	case found > 1:
		return invalid(detailOneOnly)
	case one == nil:
		return unparsable("add and replace need a value")
	}
	path, err := scim.ParsePath(name)
	if err != nil {
		return unparsable(err.Error())
	}
	op.Path, op.Value = path, one
	return nil
}

func (s *scimCall) patchUser(body *scim.Object) (plan, *Error) {
	ops, err := readPatch(body)
	if err != nil {
		return nil, err
	}
	if err := judgeUserPatch(ops); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		old := s.c.state.users[s.id]
		if old == nil {
			return absent("USER", s.id)
		}
		attributes, err := patchAttributes(old.attributes(), ops)
		if err != nil {
			return err
		}
		beyond := apiOnlyOf(attributes)
		for name := range beyond {
			attributes.Delete(name)
		}
		n := normaliser{photos: true}
		if attributes, err = n.user(attributes, old.active); err != nil {
			return err
		}
		for name, v := range beyond {
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

// patchAttributes carries out the operations one after the other.
func patchAttributes(attributes *scim.Object, ops []scim.Operation) (*scim.Object, *Error) {
	for _, op := range ops {
		if op.Op == scim.Replace && op.Path.Filter != nil {
			// Entra replaces emails[type eq "work"].value of a user who has no
			// e-mail yet.
			if v, _ := attributes.Get(op.Path.Name); v == nil {
				op.Op = scim.Add
			}
		}
		patched, _, err := scim.UserType().Apply(attributes, []scim.Operation{op})
		if err != nil {
			return nil, unparsable(err.Error())
		}
		attributes = patched
	}
	return attributes, nil
}

// judgeUserPatch holds operations on a user against AWS's rules
// (identity-center-scim reference 6.6), and gives values the form in which they
// can be applied.
func judgeUserPatch(ops []scim.Operation) *Error {
	single := map[string]bool{}
	for i := range ops {
		op := &ops[i]
		name := strings.ToLower(op.Path.Name)
		if !patchable(op.Path.AttrPath) {
			return unparsable(op.Path.String() + " can't be patched")
		}
		if !onlyEqual(op.Path.Filter) {
			return unparsable("a filter in a path may only hold eq")
		}
		if name != "username" && name != "active" {
			if name == "manager" && op.Path.Sub == "" {
				if id, ok := op.Value.(string); ok {
					op.Value = scim.NewObject(scim.Member{Name: "value", Value: id})
				}
			}
			continue
		}
		switch {
		case single[name]:
			return unparsable("userName and active may be patched once in a request")
		case op.Op == scim.Remove:
			return unparsable(op.Path.Name + " can't be removed")
		}
		single[name] = true
		if name == "active" {
			if b, ok := truth(op.Value); ok {
				op.Value = b
			}
		}
	}
	return nil
}

// patchable reports whether AWS lets an attribute of a user be patched.
func patchable(p scim.AttrPath) bool {
	urn := strings.EqualFold(p.URN, scim.EnterpriseUserURN)
	if urn && p.Name == "" {
		return true
	}
	for i := range userAttributes {
		a := &userAttributes[i]
		switch {
		case a.apiOnly:
		case a.name == scim.EnterpriseUserURN && urn:
			for j := range a.subs {
				if strings.EqualFold(p.Name, a.subs[j].name) {
					return true
				}
			}
		case strings.EqualFold(p.Name, a.name) && !urn:
			return p.URN == "" || strings.EqualFold(p.URN, scim.UserURN)
		}
	}
	return false
}

// onlyEqual reports whether a filter is one comparison by eq, or none at all.
func onlyEqual(f scim.Filter) bool {
	if f == nil {
		return true
	}
	c, ok := f.(scim.Compare)
	return ok && c.Op == scim.Equal
}
