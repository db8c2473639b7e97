package scim

// The words in which the schema tables of this package are written. Each
// returns a changed copy.

func attribute(name string, kind Kind, description string) Attribute {
	return Attribute{Name: name, Kind: kind, Description: description}
}

func complexAttribute(name, description string, subs ...Attribute) Attribute {
	return Attribute{Name: name, Kind: Complex, Description: description, SubAttributes: subs}
}

// plural is a multi-valued attribute with the sub-attributes that RFC 7643
// section 2.4 gives to all of them; the canonical values are those of type.
func plural(name, description string, value Attribute, types ...string) Attribute {
	return complexAttribute(name, description,
		value,
		attribute("display", String, "The value as it is shown to people."),
		attribute("type", String, "What the value is used for.").oneOf(types...),
		attribute("primary", Boolean, "Whether this value is the preferred one; true for at most one."),
	).many()
}

func (a Attribute) many() Attribute                { a.MultiValued = true; return a }
func (a Attribute) required() Attribute            { a.Required = true; return a }
func (a Attribute) exact() Attribute               { a.CaseExact = true; return a }
func (a Attribute) oneOf(v ...string) Attribute    { a.CanonicalValues = v; return a }
func (a Attribute) mutability(m string) Attribute  { a.Mutability = m; return a }
func (a Attribute) returned(when string) Attribute { a.Returned = when; return a }
func (a Attribute) unique(scope string) Attribute  { a.Uniqueness = scope; return a }
func (a Attribute) refers(to ...string) Attribute  { a.ReferenceTypes = to; return a.exact() }

// readOnly makes an attribute and its sub-attributes readOnly.
func (a Attribute) readOnly() Attribute {
	subs := make([]Attribute, len(a.SubAttributes))
	for i, sub := range a.SubAttributes {
		subs[i] = sub.readOnly()
	}
	a.SubAttributes = subs
	return a.mutability(ReadOnly)
}
