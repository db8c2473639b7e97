package scim

import (
	"encoding/json"
	"strings"
)

// Bounds of a filter and of a PATCH path, against input made to be costly.
const (
	MaxFilterLength = 16 << 10 // bytes
	MaxFilterDepth  = 32       // parentheses and brackets open at once
)

// Filter is a parsed filter: a [Compare], [Present], [And], [Or], [Not] or
// [ValuePath]. String writes its canonical form, from which [ParseFilter] makes
// an equal Filter.
type Filter interface {
	String() string
	// write appends the canonical form.
	write(*strings.Builder)
}

// Operator is a comparison operator.
type Operator string

// The comparison operators of RFC 7644 section 3.4.2.2, table 3.
const (
	Equal          Operator = "eq"
	NotEqual       Operator = "ne"
	Contains       Operator = "co"
	StartsWith     Operator = "sw"
	EndsWith       Operator = "ew"
	GreaterThan    Operator = "gt"
	GreaterOrEqual Operator = "ge"
	LessThan       Operator = "lt"
	LessOrEqual    Operator = "le"
)

// Compare holds when the attribute compares so with the value.
type Compare struct {
	Path  AttrPath
	Op    Operator
	Value any // string, bool, json.Number, or nil for null
}

// Present holds when the attribute has a value that is not empty ("pr").
type Present struct{ Path AttrPath }

// And holds when all of its filters do. It has two at least; one that stood in
// parentheses of its own is not merged into it.
type And []Filter

// Or holds when one of its filters does. It has two at least, as And has.
type Or []Filter

// Not holds when its filter does not.
type Not struct{ Filter Filter }

// ValuePath holds when one value of the complex attribute passes the filter,
// whose paths are sub-attributes: emails[type eq "work"].
type ValuePath struct {
	Path   AttrPath // never with a sub-attribute
	Filter Filter   // never holds a ValuePath
}

func (f Compare) String() string   { return text(f) }
func (f Present) String() string   { return text(f) }
func (f And) String() string       { return text(f) }
func (f Or) String() string        { return text(f) }
func (f Not) String() string       { return text(f) }
func (f ValuePath) String() string { return text(f) }

func text(f Filter) string {
	var b strings.Builder
	f.write(&b)
	return b.String()
}

func (f Compare) write(b *strings.Builder) {
	b.WriteString(f.Path.String())
	b.WriteByte(' ')
	b.WriteString(string(f.Op))
	b.WriteByte(' ')
	switch v := f.Value.(type) {
	case string:
		b.Write(appendString(nil, v))
	case json.Number:
		b.WriteString(v.String())
	case bool:
		if v {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	default:
		b.WriteString("null")
	}
}

func (f Present) write(b *strings.Builder) {
	b.WriteString(f.Path.String())
	b.WriteString(" pr")
}

func (f And) write(b *strings.Builder) { writeTerms(b, f, " and ") }
func (f Or) write(b *strings.Builder)  { writeTerms(b, f, " or ") }

func (f Not) write(b *strings.Builder) {
	b.WriteString("not (")
	f.Filter.write(b)
	b.WriteByte(')')
}

func (f ValuePath) write(b *strings.Builder) {
	b.WriteString(f.Path.String())
	b.WriteByte('[')
	f.Filter.write(b)
	b.WriteByte(']')
}

// writeTerms puts parentheses where "and" binding tighter than "or" does not
// say the same already.
func writeTerms(b *strings.Builder, terms []Filter, between string) {
	for i, term := range terms {
		if i > 0 {
			b.WriteString(between)
		}
		_, isOr := term.(Or)
		_, isAnd := term.(And)
		if isOr || isAnd && between == " and " {
			b.WriteByte('(')
			term.write(b)
			b.WriteByte(')')
			continue
		}
		term.write(b)
	}
}
