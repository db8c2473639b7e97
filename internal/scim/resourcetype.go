package scim

// ResourceType is what a kind of resource is made of (RFC 7643 section 6): the
// schema whose attributes stand at its top, and extensions whose attributes
// stand under their URN.
type ResourceType struct {
	Name        string // also its id
	Description string
	Endpoint    string // such as /Users
	Schema      *Schema
	Extensions  []Extension
}

// Extension is a schema that extends a resource type.
type Extension struct {
	Schema   *Schema
	Required bool
}

// UserType returns the resource type of users with the enterprise extension. It
// is shared: read it only.
func UserType() *ResourceType { return userType }

// GroupType returns the resource type of groups. It is shared: read it only.
func GroupType() *ResourceType { return groupType }

var userType = &ResourceType{
	Name: "User", Description: "User Account", Endpoint: "/Users", Schema: userSchema,
	Extensions: []Extension{{Schema: enterpriseUserSchema}},
}

var groupType = &ResourceType{
	Name: "Group", Description: "Group", Endpoint: "/Groups", Schema: groupSchema,
}

// Object returns the resource that /ResourceTypes answers with, without meta,
// which depends on where it is served.
func (t *ResourceType) Object() *Object {
	o := NewObject(
		Member{"schemas", []any{ResourceTypeURN}},
		Member{"id", t.Name},
		Member{"name", t.Name},
		Member{"endpoint", t.Endpoint},
		Member{"description", t.Description},
		Member{"schema", t.Schema.ID},
	)
	if len(t.Extensions) > 0 {
		list := make([]any, len(t.Extensions))
		for i, e := range t.Extensions {
			list[i] = NewObject(Member{"schema", e.Schema.ID}, Member{"required", e.Required})
		}
		o.Set("schemaExtensions", list)
	}
	return o
}

// Lookup returns what a path means in this resource type: the extension that
// holds the attribute (nil when it stands at the top), the attribute, and the
// sub-attribute if the path has one. The attribute is nil when the path names an
// extension as a whole. It reports false when the type has no such attribute.
//
// An attribute without a URN is looked for at the top first and then in the
// extensions, since RFC 7644 section 3.10 leaves clients free to omit it.
func (t *ResourceType) Lookup(p AttrPath) (extension *Schema, attr, sub *Attribute, ok bool) {
	if p.URN != "" && p.Name != "" {
		// The parser took the end of a URN that it did not know for a name.
		if e := t.extension(p.URN + ":" + p.Name); e != nil {
			p = AttrPath{URN: e.ID, Name: p.Sub}
		}
	}
	switch {
	case p.Name == "":
		extension = t.extension(p.URN)
		return extension, nil, nil, extension != nil
	case p.URN == "" || sameName(p.URN, t.Schema.ID):
		attr = findAttribute(commonAttributes, p.Name)
		if attr == nil {
			attr = t.Schema.Attribute(p.Name)
		}
		if attr == nil && p.URN == "" {
			for _, e := range t.Extensions {
				if attr = e.Schema.Attribute(p.Name); attr != nil {
					extension = e.Schema
					break
				}
			}
		}
	default:
		if extension = t.extension(p.URN); extension != nil {
			attr = extension.Attribute(p.Name)
		}
	}
	if attr == nil {
		return nil, nil, nil, false
	}
	if p.Sub != "" {
		if sub = attr.Sub(p.Sub); sub == nil {
			return nil, nil, nil, false
		}
	}
	return extension, attr, sub, true
}

func (t *ResourceType) extension(urn string) *Schema {
	for _, e := range t.Extensions {
		if sameName(e.Schema.ID, urn) {
			return e.Schema
		}
	}
	return nil
}
