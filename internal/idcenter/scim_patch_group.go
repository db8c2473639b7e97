package idcenter

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// groupEdit is one operation on a group, judged and ready to be done.
type groupEdit struct {
	attribute string   // displayName, externalId or members
	value     string   // of displayName or externalId; "" takes externalId away
	users     []string // of members
	leave     bool     // the users leave; they join otherwise
}

// patchGroup judges the operations of a PATCH (identity-center-scim reference
// 7.4): only displayName, externalId and members may be changed, members only
// added and removed by name, 100 of them at most over all operations.
func (s *scimCall) patchGroup(body *scim.Object) (plan, *Error) {
	ops, err := readPatch(body)
	if err != nil {
		return nil, err
	}
	edits := make([]groupEdit, len(ops))
	var n normaliser
	changes := 0
	for i, op := range ops {
		if edits[i], err = n.groupEdit(op); err != nil {
			return nil, err
		}
		changes += len(edits[i].users)
	}
	if err := n.refusal(); err != nil {
		return nil, err
	}
	if changes > mostMembers {
		return nil, tooManyMembers(changes)
	}
	return func(tx *transaction) *Error { return s.editGroup(tx, edits) }, nil
}

func (n *normaliser) groupEdit(op scim.Operation) (e groupEdit, err *Error) {
	path := op.Path
	switch {
	case path.URN != "" && !strings.EqualFold(path.URN, scim.GroupURN), path.Sub != "":
	case strings.EqualFold(path.Name, "members"):
		return memberEdit(op)
	case path.Filter != nil:
	case strings.EqualFold(path.Name, "displayName"):
		e.attribute = "displayName"
	case strings.EqualFold(path.Name, "externalId"):
		e.attribute = "externalId"
	}
	switch {
	case e.attribute == "":
		return e, unparsable(path.String() + " of a group can't be patched")
	case op.Op != scim.Remove:
		e.value, err = n.groupText(e.attribute, scim.NewObject(scim.Member{Name: e.attribute, Value: op.Value}))
		if err == nil && e.attribute == "displayName" && reserved(e.value) {
			err = invalid("The name " + e.value + " is reserved.")
		}
		return e, err
	case e.attribute == "displayName":
		return e, unparsable("displayName can't be removed")
	}
	return e, nil
}

func memberEdit(op scim.Operation) (groupEdit, *Error) {
	e := groupEdit{attribute: "members", leave: op.Op == scim.Remove}
	var err *Error
	switch filter := op.Path.Filter; {
	case op.Op == scim.Replace:
		return e, invalid(detailNoReplaces)
	case filter != nil && op.Op == scim.Add:
		return e, unparsable("members are added by value, not by filter")
	case filter != nil:
		c, ok := filter.(scim.Compare)
		id, isText := c.Value.(string)
		if !ok || !isText || c.Op != scim.Equal || !c.Path.Is("value") || id == "" {
			return e, unparsable(`a filter on members must be: value eq "ID"`)
		}
		e.users = []string{awsid.Bare(id)}
	default:
		if e.users, err = memberIDs(op.Value); err != nil {
			return e, err
		}
		if e.leave && len(e.users) == 0 {
			return e, unparsable("removing all members at once is not supported")
		}
	}
	return e, nil
}

// editGroup does what was asked, all or nothing.
func (s *scimCall) editGroup(tx *transaction, edits []groupEdit) *Error {
	old := s.c.state.groups[s.id]
	if old == nil {
		return absent("GROUP", s.id)
	}
	g := *old.group
	g.audit = g.changed(tx.at, tx.by)
	for _, e := range edits {
		switch {
		case e.attribute == "displayName":
			g.Name = e.value
		case e.attribute == "externalId":
			g.ExternalID = e.value
		case e.leave:
		default:
			if err := s.c.membersExist(e.users); err != nil {
				return err
			}
		}
	}
	if err := s.c.groupClash(&g); err != nil {
		return err
	}
	tx.put(step{group: &g})
	for _, e := range edits {
		for _, u := range e.users {
			if e.leave {
				tx.leave(s.id, u)
			} else {
				tx.join(s.id, u)
			}
		}
	}
	s.status = 204
	return nil
}
