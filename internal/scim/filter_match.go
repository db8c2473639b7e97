package scim

import (
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// Match reports whether a resource of this type passes a filter (RFC 7644
// section 3.4.2.2).
//
//   - An attribute with several values passes when one of them does. A complex
//     value stands for its sub-attribute "value".
//   - An attribute without a value, and one that the type does not have, is null:
//     it equals null, differs from all else, and passes nothing else.
//   - Text is compared regardless of case unless the schema says caseExact, and
//     by code point for order; dateTime as moments; numbers as numbers.
//   - Values of different types are different and have no order.
//
// Whether a filter makes sense for the type is [ResourceType.Check]'s to say.
func (t *ResourceType) Match(f Filter, r *Object) bool {
	switch f := f.(type) {
	case And:
		for _, term := range f {
			if !t.Match(term, r) {
				return false
			}
		}
		return true
	case Or:
		for _, term := range f {
			if t.Match(term, r) {
				return true
			}
		}
		return false
	case Not:
		return !t.Match(f.Filter, r)
	case ValuePath:
		ext, attr, _, ok := t.Lookup(f.Path)
		if !ok || attr == nil {
			return false
		}
		for _, v := range values(r, ext, attr) {
			if matchElement(f.Filter, attr, v) {
				return true
			}
		}
		return false
	case Compare:
		found, attr := t.values(f.Path, r)
		return compareAny(found, attr, f)
	case Present:
		found, _ := t.values(f.Path, r)
		return presentAny(found)
	}
	return false
}

// values returns what a path leads to and the attribute that describes it.
func (t *ResourceType) values(p AttrPath, r *Object) ([]any, *Attribute) {
	ext, attr, sub, ok := t.Lookup(p)
	if !ok || attr == nil {
		return nil, nil
	}
	return descend(values(r, ext, attr), attr, sub)
}

// descend goes from the values of an attribute to those of the sub-attribute.
// It leaves complex values as they are when sub is nil.
func descend(list []any, attr, sub *Attribute) ([]any, *Attribute) {
	if sub == nil {
		return list, attr
	}
	var out []any
	for _, v := range list {
		if o, ok := v.(*Object); ok {
			out = append(out, listOf(o, sub.Name)...)
		}
	}
	return out, sub
}

// values returns the values of an attribute: none, one, or those of an array.
func values(r *Object, ext *Schema, attr *Attribute) []any {
	if ext != nil {
		v, _ := r.Get(ext.ID)
		r, _ = v.(*Object)
	}
	return listOf(r, attr.Name)
}

func listOf(o *Object, name string) []any {
	v, _ := o.Get(name)
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// matchElement evaluates the filter between brackets on one value of attr. A
// value that is not complex has the one sub-attribute "value", which is itself.
func matchElement(f Filter, attr *Attribute, element any) bool {
	switch f := f.(type) {
	case And:
		for _, term := range f {
			if !matchElement(term, attr, element) {
				return false
			}
		}
		return true
	case Or:
		for _, term := range f {
			if matchElement(term, attr, element) {
				return true
			}
		}
		return false
	case Not:
		return !matchElement(f.Filter, attr, element)
	case Compare:
		found, of := elementValues(f.Path, attr, element)
		return compareAny(found, of, f)
	case Present:
		found, _ := elementValues(f.Path, attr, element)
		return presentAny(found)
	}
	return false
}

func elementValues(p AttrPath, attr *Attribute, element any) ([]any, *Attribute) {
	if p.URN != "" || p.Sub != "" {
		return nil, nil
	}
	if attr.Kind != Complex && sameName(p.Name, "value") {
		return []any{element}, attr
	}
	sub := attr.Sub(p.Name)
	if sub == nil {
		return nil, nil
	}
	return descend([]any{element}, attr, sub)
}

func compareAny(found []any, attr *Attribute, c Compare) bool {
	isNull := true
	for _, v := range found {
		of := attr
		if o, ok := v.(*Object); ok {
			if of = attr.Sub("value"); of == nil {
				isNull = false // a value that compares with nothing
				continue
			}
			v, _ = o.Get("value")
		}
		if v == nil {
			continue
		}
		isNull = false
		if compare(v, of, c) {
			return true
		}
	}
	if isNull {
		return c.Op == Equal && c.Value == nil || c.Op == NotEqual && c.Value != nil
	}
	return false
}

func presentAny(found []any) bool {
	for _, v := range found {
		switch v := v.(type) {
		case nil:
		case string:
			if v != "" {
				return true
			}
		case *Object:
			for _, inner := range v.All() {
				if presentAny([]any{inner}) {
					return true
				}
			}
		case []any:
			if presentAny(v) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// compare compares a value that is not null with the value of c.
func compare(have any, attr *Attribute, c Compare) bool {
	if s, ok := have.(string); ok {
		if want, ok := c.Value.(string); ok {
			return compareText(s, want, attr, c.Op)
		}
		return c.Op == NotEqual
	}
	order, comparable := 0, false
	switch have := have.(type) {
	case bool:
		want, ok := c.Value.(bool)
		if ok && (c.Op == Equal || c.Op == NotEqual) {
			return (have == want) == (c.Op == Equal)
		}
	case json.Number, int:
		if want, ok := c.Value.(json.Number); ok {
			order, comparable = compareNumbers(have, want)
		}
	}
	if !comparable {
		return c.Op == NotEqual
	}
	return holds(c.Op, order)
}

func compareText(have, want string, attr *Attribute, op Operator) bool {
	if attr.Kind == DateTime {
		h, errH := time.Parse(time.RFC3339, have)
		w, errW := time.Parse(time.RFC3339, want)
		if errH == nil && errW == nil && op != Contains && op != StartsWith && op != EndsWith {
			return holds(op, h.Compare(w))
		}
	}
	if !attr.CaseExact {
		have, want = foldCase(have), foldCase(want)
	}
	switch op {
	case Contains:
		return strings.Contains(have, want)
	case StartsWith:
		return strings.HasPrefix(have, want)
	case EndsWith:
		return strings.HasSuffix(have, want)
	}
	return holds(op, strings.Compare(have, want))
}

func holds(op Operator, order int) bool {
	switch op {
	case Equal:
		return order == 0
	case NotEqual:
		return order != 0
	case GreaterThan:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	case LessThan:
		return order < 0
	case LessOrEqual:
		return order <= 0
	}
	return false
}

// compareNumbers reports false when a number is too long or too large to be
// worth the work: a filter of a few bytes may hold 1e1000000000.
func compareNumbers(have any, want json.Number) (order int, ok bool) {
	h, ok := number(have)
	if !ok {
		return 0, false
	}
	w, ok := number(want)
	if !ok {
		return 0, false
	}
	return h.Cmp(w), true
}

func number(v any) (*big.Rat, bool) {
	if i, ok := v.(int); ok {
		return new(big.Rat).SetInt64(int64(i)), true
	}
	s := string(v.(json.Number))
	if len(s) > 40 {
		return nil, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}
