package scim

// Apply carries out PATCH operations on a resource of this type, in order, all
// or none (RFC 7644 section 3.5.2). It returns the patched resource and whether
// it differs from r. It never changes r; when nothing differs it returns r.
//
// Where the RFC is silent or clients are known to differ:
//
//   - remove of a multi-valued attribute with a value takes away just the values
//     listed, each known by its "value" and type. To empty the whole list is
//     never what was meant by who sent one.
//   - remove of what is not there changes nothing; replace with brackets that
//     choose nothing is noTarget, as the RFC says.
//   - add with brackets that choose nothing makes the value which they describe,
//     when they hold only eq joined by and.
//   - add of a value that is there already, by "value" and type, completes it.
//   - null in replace unassigns; null in add changes nothing.
//   - the names in the value object of an operation without path may be paths.
//   - a readOnly attribute, or an immutable one, may be set to what it is.
//
// It keeps "primary" true for at most one value: the one set last by this
// request. It leaves schemas and meta to the caller.
//
// Errors are an *[Error]: InvalidPath when the type has no such attribute,
// InvalidValue when a value does not fit its schema or is missing, NoTarget,
// and Mutability when an attribute must not change or is required.
func (t *ResourceType) Apply(r *Object, ops []Operation) (patched *Object, changed bool, err error) {
	p := patcher{of: t, resource: r.Clone()}
	if p.resource == nil {
		p.resource = &Object{}
	}
	for i, op := range ops {
		if err := p.apply(op); err != nil {
			return r, false, inOperation(i, err)
		}
	}
	if sameValue(r, p.resource) {
		return r, false, nil
	}
	return p.resource, true, nil
}

// patcher changes one resource, which it owns.
type patcher struct {
	of       *ResourceType
	resource *Object
}

func (p *patcher) apply(op Operation) error {
	switch op.Op {
	case Remove:
		if op.Path == nil {
			return refuse(NoTarget, "remove needs a path")
		}
	case Add, Replace:
		if !op.HasValue {
			return refuse(InvalidValue, "%s needs a value", op.Op)
		}
	default:
		return refuse(InvalidSyntax, "op must be add, replace or remove, not %s", quote(string(op.Op)))
	}
	if op.Path != nil {
		return p.at(change{op: op.Op, path: *op.Path, value: op.Value})
	}
	object, ok := op.Value.(*Object)
	if !ok {
		return refuse(InvalidValue, "%s without a path needs an object of attributes as its value", op.Op)
	}
	for name, v := range object.All() {
		path, err := ParsePath(name)
		if err != nil {
			return err
		}
		if err := p.at(change{op: op.Op, path: *path, value: v}); err != nil {
			return err
		}
	}
	return nil
}

// change is an operation brought to one attribute.
type change struct {
	op        PatchOp
	path      Path
	value     any
	attr, sub *Attribute
}

func (p *patcher) at(c change) error {
	extension, attr, sub, ok := p.of.Lookup(c.path.AttrPath)
	if !ok || attr == nil && c.path.Filter != nil {
		return refuse(InvalidPath, "a %s has no attribute %s", p.of.Name, quote(c.path.AttrPath.String()))
	}
	if c.value == nil && c.op == Replace {
		c.op = Remove
	}
	if attr == nil {
		return p.wholeExtension(c, extension)
	}
	c.attr, c.sub = attr, sub
	if c.path.Filter != nil {
		if err := p.of.Check(ValuePath{AttrPath{URN: c.path.URN, Name: c.path.Name}, c.path.Filter}); err != nil {
			return refuse(InvalidPath, "%s", err.(*Error).Detail)
		}
	}
	if c.value == nil && c.op == Add {
		return nil
	}

	holder := p.resource
	if extension != nil {
		v, _ := p.resource.Get(extension.ID)
		if holder, ok = v.(*Object); !ok {
			holder = &Object{}
		}
	}
	if err := c.guarded(holder); err != nil {
		return err
	}
	if extension != nil {
		put(p.resource, extension.ID, holder)
	}
	return nil
}

func (p *patcher) wholeExtension(c change, extension *Schema) error {
	if c.value == nil && c.op == Remove {
		held, _ := p.resource.Get(extension.ID)
		object, _ := held.(*Object)
		for _, attr := range extension.Attributes {
			if _, has := object.Get(attr.Name); !has {
				continue
			}
			if err := p.at(change{op: Remove, path: Path{AttrPath: AttrPath{URN: extension.ID, Name: attr.Name}}}); err != nil {
				return err
			}
		}
		p.resource.Delete(extension.ID)
		return nil
	}
	object, ok := c.value.(*Object)
	switch {
	case c.value == nil: // add of null
		return nil
	case c.op == Remove || !ok:
		return refuse(InvalidValue, "%s of %s takes an object of attributes as its value, and remove none", c.op, quote(extension.ID))
	}
	for name, value := range object.All() {
		if name == "" {
			return refuse(InvalidPath, "an attribute of %s has no name", quote(extension.ID))
		}
		if err := p.at(change{op: c.op, path: Path{AttrPath: AttrPath{URN: extension.ID, Name: name}}, value: value}); err != nil {
			return err
		}
	}
	return nil
}

// guarded makes the change in the object that holds the attribute and judges
// the outcome by the attribute's mutability.
func (c change) guarded(holder *Object) error {
	before, _ := holder.Get(c.attr.Name)
	if c.attr.Mutability == ReadOnly || c.attr.Mutability == Immutable {
		before = cloneValue(before)
	}
	if err := c.make(holder); err != nil {
		return err
	}
	after, _ := holder.Get(c.attr.Name)
	name := quote(c.attr.Name)
	switch {
	case c.attr.Mutability == ReadOnly && !sameValue(before, after):
		return refuse(Mutability, "%s is read-only", name)
	case c.attr.Mutability == Immutable && before != nil && !sameValue(before, after):
		return refuse(Mutability, "%s can't be changed once it is set", name)
	case c.attr.Required && after == nil && before != nil:
		return refuse(Mutability, "%s is required and can't be removed", name)
	}
	return nil
}

func (c change) make(holder *Object) error {
	if c.attr.MultiValued || c.path.Filter != nil {
		return c.inList(holder)
	}
	name := c.attr.Name
	switch {
	case c.sub == nil && c.op == Remove:
		holder.Delete(name)
		return nil
	case c.sub == nil && c.attr.Kind != Complex:
		v, err := c.attr.one(c.value)
		if err != nil {
			return err
		}
		holder.Set(name, v)
		return nil
	}
	v, _ := holder.Get(name)
	object, ok := v.(*Object)
	if !ok {
		object = &Object{}
	}
	if err := c.inElement(object); err != nil {
		return err
	}
	put(holder, name, object)
	return nil
}

// inElement makes the change inside one complex value: to its sub-attribute, or
// by merging the value into it.
func (c change) inElement(element *Object) error {
	if c.sub != nil {
		return setSub(element, c.sub, c.op, c.value)
	}
	object, ok := c.value.(*Object)
	if !ok {
		return refuse(InvalidValue, "the value of %s must be an object", quote(c.attr.Name))
	}
	for name, v := range object.All() {
		sub := c.attr.Sub(name)
		if sub == nil {
			return refuse(InvalidValue, "%s has no sub-attribute %s", quote(c.attr.Name), quote(name))
		}
		op := c.op
		if v == nil && op == Replace {
			op = Remove
		}
		if v == nil && op == Add {
			continue
		}
		if err := setSub(element, sub, op, v); err != nil {
			return err
		}
	}
	return nil
}

func setSub(element *Object, sub *Attribute, op PatchOp, value any) error {
	before, had := element.Get(sub.Name)
	var after any
	if op != Remove {
		var err error
		if after, err = sub.Fit(value); err != nil {
			return err
		}
	}
	if !sameValue(before, after) {
		switch {
		case sub.Mutability == ReadOnly:
			return refuse(Mutability, "%s is read-only", quote(sub.Name))
		case sub.Mutability == Immutable && before != nil:
			return refuse(Mutability, "%s can't be changed once it is set", quote(sub.Name))
		case sub.Required && after == nil:
			return refuse(Mutability, "%s is required and can't be removed", quote(sub.Name))
		}
	}
	switch {
	case after != nil:
		element.Set(sub.Name, after)
	case had:
		element.Delete(sub.Name)
	}
	return nil
}

// put sets an object under a name, or takes it away when it is empty.
func put(holder *Object, name string, object *Object) {
	if object.Len() == 0 {
		holder.Delete(name)
		return
	}
	holder.Set(name, object)
}
