package scim

import (
	"encoding/json"
	"iter"
	"slices"
)

// Member is one name and value of an [Object]. A value is one of:
//
//	nil               JSON null
//	bool
//	string
//	json.Number       as decoded
//	int               for convenience, when a program makes the value
//	[]any
//	*Object
//	json.RawMessage   valid JSON, written as it is; opaque to Match and Apply
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object whose members keep the order and spelling in which
// they were written and are found regardless of case. The zero Object is empty
// and ready for use; a nil *Object may be read and is empty.
type Object struct {
	members []Member
}

// NewObject makes an object of members in that order. A later member replaces
// the value of an earlier one with the same name.
func NewObject(members ...Member) *Object {
	o := &Object{members: make([]Member, 0, len(members))}
	for _, m := range members {
		o.Set(m.Name, m.Value)
	}
	return o
}

// Len returns the number of members.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.members)
}

// Get returns the value under a name. It reports false when there is no such
// member; a null is there and is nil.
func (o *Object) Get(name string) (any, bool) {
	if i := o.index(name); i >= 0 {
		return o.members[i].Value, true
	}
	return nil, false
}

// Text returns the value under a name if it is a string, else "".
func (o *Object) Text(name string) string {
	v, _ := o.Get(name)
	s, _ := v.(string)
	return s
}

// Set puts a value under a name: in the place and spelling of the member that
// is there, else at the end.
func (o *Object) Set(name string, value any) {
	if i := o.index(name); i >= 0 {
		o.members[i].Value = value
		return
	}
	o.members = append(o.members, Member{name, value})
}

// Delete takes a member away and reports whether it was there.
func (o *Object) Delete(name string) bool {
	i := o.index(name)
	if i < 0 {
		return false
	}
	o.members = slices.Delete(o.members, i, i+1)
	return true
}

// All ranges over names and values in order. The object may not be changed
// meanwhile.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if o == nil {
			return
		}
		for _, m := range o.members {
			if !yield(m.Name, m.Value) {
				return
			}
		}
	}
}

// Order moves the named members to the front, in the order of the names; the
// others keep theirs behind. It returns o.
func (o *Object) Order(names ...string) *Object {
	next := 0
	for _, name := range names {
		i := o.index(name)
		if i < next {
			continue
		}
		m := o.members[i]
		copy(o.members[next+1:i+1], o.members[next:i])
		o.members[next] = m
		next++
	}
	return o
}

// Clone returns a deep copy; only a json.RawMessage is shared.
func (o *Object) Clone() *Object {
	if o == nil {
		return nil
	}
	c := &Object{members: make([]Member, len(o.members))}
	for i, m := range o.members {
		c.members[i] = Member{m.Name, cloneValue(m.Value)}
	}
	return c
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case *Object:
		return v.Clone()
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = cloneValue(e)
		}
		return c
	}
	return v
}

func (o *Object) index(name string) int {
	if o == nil {
		return -1
	}
	for i := range o.members {
		if sameName(o.members[i].Name, name) {
			return i
		}
	}
	return -1
}

// sameValue reports whether two values are equal: objects regardless of the
// order of their members, numbers by their digits.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for name, v := range a.All() {
			w, ok := b.Get(name)
			if !ok || !sameValue(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameValue)
	case json.RawMessage:
		b, ok := b.(json.RawMessage)
		return ok && string(a) == string(b)
	}
	switch b.(type) {
	case *Object, []any, json.RawMessage:
		return false
	}
	return a == b
}
