package scim

// Check reports whether a filter makes sense for this type: every attribute is
// there, brackets stand behind complex or multi-valued ones, and booleans and
// binary values are not put in order or searched in (RFC 7644 section 3.4.2.2,
// table 3). The error is an *[Error] of type InvalidFilter.
func (t *ResourceType) Check(f Filter) error {
	return t.check(f, nil)
}

// check checks within the brackets behind an attribute, or outside when it is nil.
func (t *ResourceType) check(f Filter, within *Attribute) error {
	switch f := f.(type) {
	case And:
		return t.checkAll(f, within)
	case Or:
		return t.checkAll(f, within)
	case Not:
		return t.check(f.Filter, within)
	case ValuePath:
		_, attr, _, ok := t.Lookup(f.Path)
		switch {
		case !ok || attr == nil:
			return t.unknown(f.Path, within)
		case attr.Kind != Complex && !attr.MultiValued:
			return refuse(InvalidFilter, "%s has one simple value, so there is nothing to choose in brackets", quote(f.Path.String()))
		}
		return t.check(f.Filter, attr)
	case Present:
		_, err := t.described(f.Path, within)
		return err
	case Compare:
		attr, err := t.described(f.Path, within)
		if err != nil {
			return err
		}
		if attr.Kind == Complex {
			if attr = attr.Sub("value"); attr == nil {
				return refuse(InvalidFilter, "%s has no value of its own to compare; name a sub-attribute", quote(f.Path.String()))
			}
		}
		if (attr.Kind == Boolean || attr.Kind == Binary) && f.Op != Equal && f.Op != NotEqual {
			return refuse(InvalidFilter, "%q can't be applied to %s, which is %s", string(f.Op), quote(f.Path.String()), attr.Kind)
		}
	}
	return nil
}

func (t *ResourceType) checkAll(terms []Filter, within *Attribute) error {
	for _, term := range terms {
		if err := t.check(term, within); err != nil {
			return err
		}
	}
	return nil
}

func (t *ResourceType) described(p AttrPath, within *Attribute) (*Attribute, error) {
	if within != nil {
		if p.URN == "" && p.Sub == "" {
			if within.Kind != Complex && sameName(p.Name, "value") {
				return within, nil
			}
			if sub := within.Sub(p.Name); sub != nil {
				return sub, nil
			}
		}
		return nil, t.unknown(p, within)
	}
	_, attr, sub, ok := t.Lookup(p)
	switch {
	case !ok || attr == nil:
		return nil, t.unknown(p, nil)
	case sub != nil:
		return sub, nil
	}
	return attr, nil
}

func (t *ResourceType) unknown(p AttrPath, within *Attribute) error {
	if within != nil {
		return refuse(InvalidFilter, "%s has no sub-attribute %s", quote(within.Name), quote(p.String()))
	}
	return refuse(InvalidFilter, "a %s has no attribute %s", t.Name, quote(p.String()))
}
