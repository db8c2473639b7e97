package scim

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Fit checks that a value has the form that the attribute wants, and returns it
// with every null and empty list inside left out (RFC 7643 section 2.5 holds
// them to be the same as absent). The value itself is not changed. A
// multi-valued attribute takes a list or a single value. It does not look at
// mutability, required and canonical values. The error is an *[Error] of type
// InvalidValue.
func (a *Attribute) Fit(value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	if !a.MultiValued {
		return a.one(value)
	}
	list, err := a.all(value)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, nil
}

// all fits the values of a multi-valued attribute.
func (a *Attribute) all(value any) ([]any, error) {
	given, ok := value.([]any)
	if !ok {
		given = []any{value}
	}
	var list []any
	for _, v := range given {
		if v == nil {
			continue
		}
		v, err := a.one(v)
		if err != nil {
			return nil, err
		}
		if o, ok := v.(*Object); ok && o.Len() == 0 {
			continue
		}
		list = append(list, v)
	}
	return list, nil
}

// one fits a single value, not null.
func (a *Attribute) one(value any) (any, error) {
	fits := false
	switch v := value.(type) {
	case string:
		switch a.Kind {
		case String, Reference:
			fits = true
		case DateTime:
			_, err := time.Parse(time.RFC3339, v)
			fits = err == nil
		case Binary:
			_, err := base64.StdEncoding.DecodeString(v)
			fits = err == nil
		}
	case bool:
		fits = a.Kind == Boolean
	case int:
		fits = a.Kind == Integer || a.Kind == Decimal
	case json.Number:
		fits = a.Kind == Decimal || a.Kind == Integer && !strings.ContainsAny(v.String(), ".eE")
	case *Object:
		if a.Kind == Complex {
			return a.fitObject(v)
		}
	}
	if !fits {
		return nil, refuse(InvalidValue, "the value of %s must be %s", quote(a.Name), wanted[a.Kind])
	}
	return value, nil
}

func (a *Attribute) fitObject(o *Object) (*Object, error) {
	out := &Object{}
	for name, v := range o.All() {
		sub := a.Sub(name)
		if sub == nil {
			return nil, refuse(InvalidValue, "%s has no sub-attribute %s", quote(a.Name), quote(name))
		}
		v, err := sub.Fit(v)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out.Set(sub.Name, v)
		}
	}
	return out, nil
}

var wanted = map[Kind]string{
	String:    "text",
	Boolean:   "true or false",
	Decimal:   "a number",
	Integer:   "a whole number",
	DateTime:  "a time such as 2008-01-23T04:56:22Z",
	Binary:    "base64",
	Reference: "an address, as text",
	Complex:   "an object",
}
