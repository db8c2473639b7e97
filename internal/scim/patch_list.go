package scim

// inList makes the change to a multi-valued attribute, or to a complex one
// behind which brackets stand.
func (c change) inList(holder *Object) error {
	list := listOf(holder, c.attr.Name)
	var touched []*Object // complex values in which the request set something
	var err error
	switch {
	case c.path.Filter != nil || c.sub != nil:
		list, touched, err = c.chosen(list)
	case c.op == Remove && c.value == nil:
		list = nil
	case c.op == Remove:
		list, err = c.withoutListed(list)
	case c.op == Add:
		list, touched, err = c.withAdded(list)
	default:
		list, touched, err = c.withAdded(nil)
	}
	if err != nil {
		return err
	}
	if c.sub == nil || sameName(c.sub.Name, "primary") {
		if err := onePrimary(list, touched); err != nil {
			return err
		}
	}
	switch {
	case len(list) == 0:
		holder.Delete(c.attr.Name)
	case c.attr.MultiValued:
		holder.Set(c.attr.Name, list)
	default:
		holder.Set(c.attr.Name, list[0])
	}
	return nil
}

// chosen changes the values that the brackets choose; without brackets, all.
func (c change) chosen(before []any) (list []any, touched []*Object, err error) {
	matched := false
	for _, v := range before {
		if c.path.Filter != nil && !matchElement(c.path.Filter, c.attr, v) {
			list = append(list, v)
			continue
		}
		matched = true
		v, err := c.inValue(v)
		if err != nil {
			return nil, nil, err
		}
		if v == nil {
			continue
		}
		if o, ok := v.(*Object); ok {
			touched = append(touched, o)
		}
		list = append(list, v)
	}
	if matched || c.op == Remove {
		return list, touched, nil
	}
	if c.op == Add && c.path.Filter != nil && c.attr.Kind == Complex && (c.attr.MultiValued || len(before) == 0) {
		made, err := c.described()
		if err != nil {
			return nil, nil, err
		}
		return append(list, made), append(touched, made), nil
	}
	return nil, nil, refuse(NoTarget, "no value of %s is chosen by %s", quote(c.attr.Name), quote(c.path.String()))
}

// inValue makes the change to one value and returns what becomes of it, nil
// when it goes.
func (c change) inValue(v any) (any, error) {
	element, isComplex := v.(*Object)
	switch {
	case c.sub == nil && c.op == Remove:
		return nil, nil
	case c.sub == nil && (c.op == Replace || !isComplex):
		return c.attr.one(c.value)
	case !isComplex:
		return nil, refuse(InvalidPath, "the values of %s have no sub-attributes", quote(c.attr.Name))
	}
	if err := c.inElement(element); err != nil {
		return nil, err
	}
	if element.Len() == 0 {
		return nil, nil
	}
	return element, nil
}

// described makes the value that the brackets ask for, with the change made in it.
func (c change) described() (*Object, error) {
	terms, ok := equalities(c.path.Filter)
	if !ok {
		return nil, refuse(NoTarget, "no value of %s is chosen by %s, and it does not say what one to add", quote(c.attr.Name), quote(c.path.String()))
	}
	made := &Object{}
	for _, term := range terms {
		if err := setSub(made, c.attr.Sub(term.Path.Name), Add, term.Value); err != nil {
			return nil, err
		}
	}
	return made, c.inElement(made)
}

// equalities returns the terms of a filter that is only eq joined by and.
func equalities(f Filter) ([]Compare, bool) {
	switch f := f.(type) {
	case Compare:
		return []Compare{f}, f.Op == Equal && f.Value != nil
	case And:
		var all []Compare
		for _, term := range f {
			more, ok := equalities(term)
			if !ok {
				return nil, false
			}
			all = append(all, more...)
		}
		return all, true
	}
	return nil, false
}

// withAdded appends the values that are not there, and completes those that are.
func (c change) withAdded(list []any) ([]any, []*Object, error) {
	added, err := c.attr.all(c.value)
	if err != nil {
		return nil, nil, err
	}
	there := c.index(list)
	var touched []*Object
	for _, v := range added {
		i, found := there.find(v)
		object, isComplex := v.(*Object)
		switch {
		case !found:
			list = append(list, v)
			there.note(len(list)-1, v)
		case isComplex:
			object = list[i].(*Object)
			c.complete(object, v.(*Object))
		}
		if isComplex {
			touched = append(touched, object)
		}
	}
	return list, touched, nil
}

// complete sets what is given anew of a value that is there. What can't be
// changed in it stays: a member that is added again with another name to show is
// no attempt to change the member.
func (c change) complete(there, given *Object) {
	for name, v := range given.All() {
		sub := c.attr.Sub(name)
		_, has := there.Get(name)
		if !has || sub.Mutability != Immutable && sub.Mutability != ReadOnly {
			there.Set(sub.Name, v)
		}
	}
}

// withoutListed takes away the values that the operation lists.
func (c change) withoutListed(list []any) ([]any, error) {
	listed, err := c.attr.all(c.value)
	if err != nil {
		return nil, err
	}
	going := c.index(listed)
	var left []any
	for _, v := range list {
		if _, found := going.find(v); !found {
			left = append(left, v)
		}
	}
	return left, nil
}

// valueIndex finds a value in a list without going through it.
type valueIndex struct {
	attr  *Attribute
	list  map[string][]int
	types map[int]string // of the complex values that have a "value"
}

func (c change) index(list []any) *valueIndex {
	x := &valueIndex{c.attr, make(map[string][]int, len(list)), make(map[int]string)}
	for i, v := range list {
		x.note(i, v)
	}
	return x
}

func (x *valueIndex) note(i int, v any) {
	key, kind := x.identity(v)
	x.list[key] = append(x.list[key], i)
	x.types[i] = kind
}

func (x *valueIndex) find(v any) (int, bool) {
	key, kind := x.identity(v)
	for _, i := range x.list[key] {
		if known := x.types[i]; known == "" || kind == "" || sameName(known, kind) {
			return i, true
		}
	}
	return 0, false
}

// identity is what makes two values the same: "value" and type (RFC 7643 section
// 2.4), one without a type being the same as any; without a "value", everything.
func (x *valueIndex) identity(v any) (key, kind string) {
	o, ok := v.(*Object)
	if !ok {
		b, _ := appendValue(nil, v)
		return string(b), ""
	}
	if value := o.Text("value"); value != "" {
		if sub := x.attr.Sub("value"); sub == nil || !sub.CaseExact {
			value = foldCase(value)
		}
		return value, o.Text("type")
	}
	names := make([]string, len(x.attr.SubAttributes))
	for i, sub := range x.attr.SubAttributes {
		names[i] = sub.Name
	}
	b, _ := o.Clone().Order(names...).AppendJSON(nil)
	return string(b), ""
}

// onePrimary makes the one that the request set the only primary value.
func onePrimary(list []any, touched []*Object) error {
	var chosen *Object
	for _, o := range touched {
		if v, _ := o.Get("primary"); v != true || o == chosen {
			continue
		}
		if chosen != nil {
			return refuse(InvalidValue, "primary is true for more than one value")
		}
		chosen = o
	}
	if chosen == nil {
		return nil
	}
	for _, v := range list {
		if o, ok := v.(*Object); ok && o != chosen {
			if was, _ := o.Get("primary"); was == true {
				o.Set("primary", false)
			}
		}
	}
	return nil
}
