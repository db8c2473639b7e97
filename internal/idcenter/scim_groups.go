package idcenter

import (
	"strconv"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// mostMembers is how many members a request may set or change
// (identity-center-scim reference 7.1, 7.4).
const mostMembers = 100

func (s *scimCall) createGroup(body *scim.Object) (plan, *Error) {
	g := &group{}
	var n normaliser
	var err *Error
	if g.Name, err = n.groupText("displayName", body); err != nil {
		return nil, err
	}
	if g.ExternalID, err = n.groupText("externalId", body); err != nil {
		return nil, err
	}
	if err := n.refusal(); err != nil {
		return nil, err
	}
	if reserved(g.Name) {
		return nil, invalid("The name " + g.Name + " is reserved.")
	}
	v, _ := body.Get("members")
	users, err := memberIDs(v)
	if err != nil {
		return nil, err
	}
	if len(users) > mostMembers {
		return nil, tooManyMembers(len(users))
	}
	return func(tx *transaction) *Error {
		g.ID, g.audit = s.c.ids.resource(), newAudit(tx.at, tx.by)
		if err := s.c.membersExist(users); err != nil {
			return err
		}
		if err := s.c.groupClash(g); err != nil {
			return err
		}
		tx.put(step{group: g})
		for _, u := range users {
			tx.join(g.ID, u)
		}
		s.made, s.status, s.body = g.ID, 201, encode(g.scim(withoutMembers))
		return nil
	}, nil
}

// groupText reads a text of a group and checks it; what is missing is noted.
func (n *normaliser) groupText(name string, body *scim.Object) (string, *Error) {
	v, _ := body.Get(name)
	if v == nil {
		if name == "displayName" {
			n.missing = append(n.missing, name)
		}
		return "", nil
	}
	text, ok := v.(string)
	if !ok {
		return "", unparsable(name + " is not a text")
	}
	a := &groupName
	if name == "externalId" {
		a = &externalID
	}
	n.found = a.checkText(name, text, n.found)
	return text, nil
}

func tooManyMembers(sent int) *Error {
	return unparsable(strconv.Itoa(sent) + " membership changes in one request; 100 are allowed")
}

// memberIDs reads a list of members, or one member, as ids. Everything in a
// member but its value is ignored. nil is an empty list.
func memberIDs(v any) ([]string, *Error) {
	var list []any
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		list = v
	case *scim.Object:
		list = []any{v}
	default:
		return nil, unparsable("members is not a list")
	}
	ids := make([]string, 0, len(list))
	for _, e := range list {
		o, ok := e.(*scim.Object)
		if !ok {
			return nil, unparsable("a member is not an object")
		}
		id := o.Text("value")
		if id == "" {
			return nil, unparsable("a member has no value")
		}
		ids = append(ids, awsid.Bare(id))
	}
	return ids, nil
}

// membersExist fails when one of the users does not exist.
func (c *Center) membersExist(users []string) *Error {
	for _, id := range users {
		if c.state.users[id] == nil {
			if c.be.UnknownMember400 {
				return unparsable("there is no user " + id)
			}
			return absent("USER", id)
		}
	}
	return nil
}

func (s *scimCall) deleteGroup(tx *transaction) *Error {
	g := s.c.state.groups[s.id]
	if g == nil {
		return absent("GROUP", s.id)
	}
	tx.deleteGroup(g)
	s.status = 204
	return nil
}

func (s *scimCall) getGroup() ([]byte, *Error) {
	var g *group
	s.c.read(func(st *state) {
		if node := st.groups[s.id]; node != nil {
			g = node.group
		}
	})
	if g == nil {
		return nil, absent("GROUP", s.id)
	}
	return encode(g.scim(members(!s.c.be.OmitMembers))), nil
}
