package idcenter

import (
	"strconv"
	"strings"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

func (s *jsonCall) createGroup() (plan, *Error) {
	in := s.input()
	g := &group{Name: in.text(s.in, "DisplayName", false), Description: in.text(s.in, "Description", false)}
	in.groupTexts(g, has(s.in, "DisplayName"), has(s.in, "Description"))
	if err := in.store(); err != nil {
		return nil, err
	}
	if g.Name == "" {
		return nil, missingAttributes([]string{"displayName"})
	}
	return func(tx *transaction) *Error {
		g.ID, g.audit = s.c.ids.resource(), newAudit(tx.at, tx.by)
		if err := s.c.groupClash(g); err != nil {
			return err
		}
		tx.put(step{group: g})
		s.out = scim.NewObject(member("GroupId", g.ID), member("IdentityStoreId", s.c.store), member("GroupArn", groupARN(g.ID)),
			member("Revision", strconv.Itoa(g.Revision)))
		s.logged = cloudtrail.Object{{Key: "groupId", Value: g.ID}, {Key: "identityStoreId", Value: s.c.store}}
		return nil
	}, nil
}

// has reports whether a parameter is there and not null.
func has(o *scim.Object, name string) bool {
	v, _ := o.Get(name)
	return v != nil
}

// groupTexts checks the texts of a group that were given.
func (in *input) groupTexts(g *group, name, description bool) {
	if name {
		in.found = groupName.checkText("displayName", g.Name, in.found)
		if reserved(g.Name) && in.err == nil {
			in.err = invalid("The name " + g.Name + " is reserved.")
		}
	}
	if description {
		in.found = groupDescription.checkText("description", g.Description, in.found)
	}
}

// attributeOperation is one of Operations of UpdateGroup and UpdateUser. A nil
// value takes the attribute away.
type attributeOperation struct {
	path  string
	value any
}

func (in *input) operations() []attributeOperation {
	v := in.value(in.s.in, "Operations")
	list, ok := v.([]any)
	switch {
	case v == nil:
		in.null("operations")
	case !ok:
		in.mistyped("Operations", "a list")
	case len(list) < 1:
		in.found = append(in.found, violation{"operations", quoted("[]"), "have length greater than or equal to 1"})
	case len(list) > 100:
		in.found = append(in.found, violation{"operations", quoted("[...]"), "have length less than or equal to 100"})
	}
	var out []attributeOperation
	for _, e := range list {
		o, ok := e.(*scim.Object)
		if !ok {
			in.mistyped("Operations", "a list of objects")
			return nil
		}
		op := attributeOperation{path: in.text(o, "AttributePath", true), value: in.value(o, "AttributeValue")}
		out = append(out, op)
	}
	return out
}

func noSuchPath(path string) *Error {
	return invalid("The attribute path " + clip(path) + " is not supported.")
}

func emptyAttribute(path string) *Error {
	return invalid("attribute value cannot be empty or null for attribute path " + clip(path))
}

func (s *jsonCall) updateGroup() (plan, *Error) {
	in := s.input()
	id, ops, fits := in.id(s.in, "GroupId"), in.operations(), in.revision()
	for _, op := range ops {
		text, isText := op.value.(string)
		switch {
		case op.value != nil && !isText:
			in.mistyped("AttributeValue", "a string")
		case strings.EqualFold(op.path, "displayName"):
			if op.value == nil {
				return nil, emptyAttribute(op.path)
			}
			in.groupTexts(&group{Name: text}, true, false)
		case strings.EqualFold(op.path, "description"):
			in.groupTexts(&group{Description: text}, false, op.value != nil)
		case op.path != "" && in.err == nil:
			in.err = noSuchPath(op.path)
		}
	}
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		old := s.c.state.groups[id]
		if old == nil {
			return notFound("GROUP", id)
		}
		if err := fits(old.audit); err != nil {
			return err
		}
		g := *old.group
		g.audit = g.changed(tx.at, tx.by)
		for _, op := range ops {
			if strings.EqualFold(op.path, "displayName") {
				g.Name = textOf(op.value)
			} else {
				g.Description = textOf(op.value)
			}
		}
		if err := s.c.groupClash(&g); err != nil {
			return err
		}
		tx.put(step{group: &g})
		s.out = scim.NewObject(member("GroupArn", groupARN(id)), member("GroupId", id), member("IdentityStoreId", s.c.store),
			member("Revision", strconv.Itoa(g.Revision)))
		return nil
	}, nil
}

func (s *jsonCall) deleteGroup() (plan, *Error) {
	in := s.input()
	id, fits := in.id(s.in, "GroupId"), in.revision()
	if err := in.store(); err != nil {
		return nil, err
	}
	return func(tx *transaction) *Error {
		g := s.c.state.groups[id]
		if g == nil {
			return notFound("GROUP", id)
		}
		if err := fits(g.audit); err != nil {
			return err
		}
		tx.deleteGroup(g)
		return nil
	}, nil
}

func (s *jsonCall) describeGroup() (*scim.Object, *Error) {
	in := s.input()
	id := in.id(s.in, "GroupId")
	if err := in.store(); err != nil {
		return nil, err
	}
	g := s.c.findGroup("id", id)
	if g == nil {
		return nil, notFound("GROUP", id)
	}
	return s.c.apiGroup(g), nil
}

// findGroup finds a group by a unique attribute, nil when there is none.
func (c *Center) findGroup(attribute, value string) (g *group) {
	c.read(func(st *state) {
		if node := st.groupBy(c, attribute, value); node != nil {
			g = node.group
		}
	})
	return g
}

func (s *jsonCall) listGroups() (*scim.Object, *Error) {
	in := s.input()
	name, filtered := in.filter("DisplayName")
	size, after := in.size(), in.after("")
	if err := in.store(); err != nil {
		return nil, err
	}
	var found []*group
	var last string
	var more bool
	if filtered {
		if g := s.c.findGroup("displayName", name); g != nil {
			found = append(found, g)
		}
	} else {
		s.c.read(func(st *state) {
			for key, g := range st.groupList.After(after) {
				if more = len(found) == size; more {
					break
				}
				found, last = append(found, g.group), key
			}
		})
	}
	list := make([]any, len(found))
	for i, g := range found {
		list[i] = s.c.apiGroup(g)
	}
	return s.listed("Groups", list, more, "", last), nil
}

// listed is a page of a list.
func (s *jsonCall) listed(name string, list []any, more bool, of, last string) *scim.Object {
	o := scim.NewObject(member(name, list))
	if more {
		o.Set("NextToken", s.nextToken(of, last))
	}
	return o
}

// filter reads Filters, of which there may be one, by one attribute.
func (in *input) filter(attribute string) (value string, given bool) {
	v := in.value(in.s.in, "Filters")
	list, ok := v.([]any)
	switch {
	case v == nil || ok && len(list) == 0:
		return "", false
	case !ok:
		in.mistyped("Filters", "a list")
		return "", false
	case len(list) > 1:
		in.found = append(in.found, violation{"filters", quoted("[...]"), "have length less than or equal to 1"})
		return "", false
	}
	o, ok := list[0].(*scim.Object)
	if !ok {
		in.mistyped("Filters", "a list of objects")
		return "", false
	}
	if path := in.text(o, "AttributePath", true); path != "" && !strings.EqualFold(path, attribute) && in.err == nil {
		in.err = noSuchPath(path)
	}
	return in.text(o, "AttributeValue", true), true
}

func (s *jsonCall) getGroupID() (*scim.Object, *Error) {
	in := s.input()
	attribute, value := in.alternate(map[string]string{"displayname": "displayName"})
	if err := in.store(); err != nil {
		return nil, err
	}
	g := s.c.findGroup(attribute, value)
	if attribute == "" || g == nil {
		return nil, notFound("GROUP", "")
	}
	return scim.NewObject(member("GroupId", g.ID), member("IdentityStoreId", s.c.store)), nil
}

// alternate reads AlternateIdentifier: by which unique attribute to look and
// for what. The attribute is "" when an external id is not of our issuer.
func (in *input) alternate(unique map[string]string) (attribute, value string) {
	v := in.value(in.s.in, "AlternateIdentifier")
	o, ok := v.(*scim.Object)
	switch {
	case v == nil:
		in.null("alternateIdentifier")
		return "", ""
	case !ok || o.Len() != 1:
		in.mistyped("AlternateIdentifier", "an object with one member")
		return "", ""
	}
	if external, ok := in.value(o, "ExternalId").(*scim.Object); ok {
		issuer, id := in.text(external, "Issuer", true), in.text(external, "Id", true)
		if issuer != in.s.c.issuer() {
			return "", ""
		}
		return "externalId", id
	}
	by, ok := in.value(o, "UniqueAttribute").(*scim.Object)
	if !ok {
		in.mistyped("AlternateIdentifier", "an ExternalId or a UniqueAttribute")
		return "", ""
	}
	path := in.text(by, "AttributePath", true)
	attribute, known := unique[strings.ToLower(path)]
	if path != "" && !known && in.err == nil {
		in.err = invalid("The attribute " + clip(path) + " is not a unique attribute")
	}
	value, isText := in.value(by, "AttributeValue").(string)
	if !isText {
		in.null("alternateIdentifier.uniqueAttribute.attributeValue")
	}
	return attribute, value
}
