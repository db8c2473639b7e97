package scim

// Kind is the data type of an attribute (RFC 7643 section 2.3).
type Kind string

const (
	String    Kind = "string"
	Boolean   Kind = "boolean"
	Decimal   Kind = "decimal"
	Integer   Kind = "integer"
	DateTime  Kind = "dateTime"
	Binary    Kind = "binary"
	Reference Kind = "reference"
	Complex   Kind = "complex"
)

// The values of mutability, returned and uniqueness (RFC 7643 section 7).
const (
	ReadWrite = "readWrite" // mutability; the one meant by ""
	ReadOnly  = "readOnly"
	Immutable = "immutable"
	WriteOnly = "writeOnly"

	ReturnedDefault = "default" // returned; the one meant by ""
	ReturnedAlways  = "always"
	ReturnedNever   = "never"
	ReturnedRequest = "request"

	UniqueNone   = "none" // uniqueness; the one meant by ""
	UniqueServer = "server"
	UniqueGlobal = "global"
)

// Schema is a set of attributes under a URN (RFC 7643 section 7).
type Schema struct {
	ID          string // the URN
	Name        string
	Description string
	Attributes  []Attribute
}

// Attribute describes one attribute or sub-attribute.
type Attribute struct {
	Name            string
	Kind            Kind
	MultiValued     bool
	Description     string
	Required        bool
	CaseExact       bool // whether values that differ only in case differ
	CanonicalValues []string
	Mutability      string // "" means ReadWrite
	Returned        string // "" means ReturnedDefault
	Uniqueness      string // "" means UniqueNone
	ReferenceTypes  []string
	SubAttributes   []Attribute // of a Complex attribute
}

// Attribute returns the attribute of that name regardless of case, or nil.
func (s *Schema) Attribute(name string) *Attribute {
	return findAttribute(s.Attributes, name)
}

// Sub returns the sub-attribute of that name regardless of case, or nil.
func (a *Attribute) Sub(name string) *Attribute {
	return findAttribute(a.SubAttributes, name)
}

func findAttribute(list []Attribute, name string) *Attribute {
	for i := range list {
		if sameName(list[i].Name, name) {
			return &list[i]
		}
	}
	return nil
}

// Object returns the schema as the resource that /Schemas answers with (RFC 7643
// section 7), without meta, which depends on where it is served.
func (s *Schema) Object() *Object {
	return NewObject(
		Member{"id", s.ID},
		Member{"name", s.Name},
		Member{"description", s.Description},
		Member{"attributes", attributeObjects(s.Attributes)},
	)
}

func attributeObjects(list []Attribute) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = list[i].object()
	}
	return out
}

// object leaves out what has no meaning for the kind, as the RFC's own documents do.
func (a *Attribute) object() *Object {
	o := NewObject(
		Member{"name", a.Name},
		Member{"type", string(a.Kind)},
		Member{"multiValued", a.MultiValued},
		Member{"description", a.Description},
		Member{"required", a.Required},
	)
	if a.Kind == Complex {
		o.Set("subAttributes", attributeObjects(a.SubAttributes))
	}
	switch a.Kind {
	case String, Reference, Binary:
		o.Set("caseExact", a.CaseExact)
	}
	if len(a.CanonicalValues) > 0 {
		o.Set("canonicalValues", stringValues(a.CanonicalValues))
	}
	o.Set("mutability", orDefault(a.Mutability, ReadWrite))
	o.Set("returned", orDefault(a.Returned, ReturnedDefault))
	if a.Kind != Boolean {
		o.Set("uniqueness", orDefault(a.Uniqueness, UniqueNone))
	}
	if len(a.ReferenceTypes) > 0 {
		o.Set("referenceTypes", stringValues(a.ReferenceTypes))
	}
	return o
}

func orDefault(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

func stringValues(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
