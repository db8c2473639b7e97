package scim

import "strings"

// Selection is which attributes a client wants in an answer (RFC 7644 section
// 3.9). The zero Selection asks for those that are returned by default.
type Selection struct {
	only, without []AttrPath
}

// ParseSelection reads the query parameters attributes and excludedAttributes,
// each a list with commas, empty when absent. The RFC does not allow both: the
// error is an *[Error] of type InvalidValue then, and of type InvalidPath when a
// name can't be read.
func ParseSelection(attributes, excludedAttributes string) (Selection, error) {
	if attributes != "" && excludedAttributes != "" {
		return Selection{}, refuse(InvalidValue, "attributes and excludedAttributes exclude each other")
	}
	only, err := parseNames(attributes)
	if err != nil {
		return Selection{}, err
	}
	without, err := parseNames(excludedAttributes)
	if err != nil {
		return Selection{}, err
	}
	return Selection{only, without}, nil
}

func parseNames(list string) ([]AttrPath, error) {
	if len(list) > MaxFilterLength {
		return nil, refuse(InvalidValue, "the list of attributes is longer than %d bytes", MaxFilterLength)
	}
	var out []AttrPath
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		p, err := ParsePath(name)
		if err != nil {
			return nil, err
		}
		if p.Filter != nil {
			return nil, refuse(InvalidPath, "%s: brackets can't choose what is returned", quote(name))
		}
		out = append(out, p.AttrPath)
	}
	return out, nil
}

// Select returns the resource as it may be shown: without what is never
// returned, with what always is, and of the rest what the selection asks for.
// Names that the type does not have select nothing; members that it does not
// know are returned by default. r is not changed; the answer shares values with
// it.
func (t *ResourceType) Select(r *Object, s Selection) *Object {
	c := chooser{only: t.chosen(s.only), without: t.chosen(s.without), narrow: len(s.only) > 0}
	out := &Object{}
	for name, v := range r.All() {
		extension := t.extension(name)
		inside, ok := v.(*Object)
		if extension == nil || !ok {
			_, attr, _, _ := t.Lookup(AttrPath{URN: t.Schema.ID, Name: name})
			c.keep(out, name, v, attr, nil)
			continue
		}
		kept := &Object{}
		for name, v := range inside.All() {
			c.keep(kept, name, v, extension.Attribute(name), extension)
		}
		if kept.Len() > 0 {
			out.Set(name, kept)
		}
	}
	return out
}

// chooser decides what is shown. Its sets hold attributes, sub-attributes and
// whole extensions, by address.
type chooser struct {
	only, without map[any]bool
	narrow        bool // only what is in only
}

func (t *ResourceType) chosen(paths []AttrPath) map[any]bool {
	set := map[any]bool{}
	for _, p := range paths {
		extension, attr, sub, ok := t.Lookup(p)
		switch {
		case !ok:
		case sub != nil:
			set[sub] = true
		case attr != nil:
			set[attr] = true
		default:
			set[extension] = true
		}
	}
	return set
}

// keep puts an attribute into out as far as it is shown. attr is nil when the
// type does not know it.
func (c chooser) keep(out *Object, name string, v any, attr *Attribute, extension *Schema) {
	if attr == nil {
		if !c.narrow {
			out.Set(name, v)
		}
		return
	}
	whole := c.only[attr] || extension != nil && c.only[extension]
	some := false // only sub-attributes of it are asked for
	for i := range attr.SubAttributes {
		some = some || !whole && c.only[&attr.SubAttributes[i]]
	}
	gone := c.without[attr] || extension != nil && c.without[extension]
	if attr.Returned == ReturnedNever || !some && !c.shown(attr, whole, gone) {
		return
	}
	if attr.Kind == Complex {
		if v = c.inside(v, attr, some); v == nil {
			return
		}
	}
	out.Set(name, v)
}

// shown decides by the attribute's word on when it is returned.
func (c chooser) shown(a *Attribute, asked, excluded bool) bool {
	switch a.Returned {
	case ReturnedNever:
		return false
	case ReturnedAlways:
		return true
	case ReturnedRequest:
		return asked
	}
	return asked || !c.narrow && !excluded
}

// inside keeps the sub-attributes that are shown; nil when none is left. some
// says that only those asked for by name are.
func (c chooser) inside(v any, attr *Attribute, some bool) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, e := range v {
			if e = c.inside(e, attr, some); e != nil {
				list = append(list, e)
			}
		}
		if len(list) == 0 && len(v) > 0 {
			return nil
		}
		return list
	case *Object:
		kept := &Object{}
		for name, inner := range v.All() {
			sub := attr.Sub(name)
			if sub == nil {
				if !some {
					kept.Set(name, inner)
				}
				continue
			}
			within := chooser{narrow: some}
			if within.shown(sub, c.only[sub], c.without[sub]) {
				kept.Set(name, inner)
			}
		}
		if kept.Len() == 0 && v.Len() > 0 {
			return nil
		}
		return kept
	}
	return v
}
