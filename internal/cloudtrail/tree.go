package cloudtrail

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is a JSON value whose readers forgive what exporters do to CloudTrail
// records: lower-cased names (Athena, Lake), numbers and booleans as strings,
// objects as JSON text (cloudtrail reference 1.7, 5.1, 5.2). The zero node is
// one that is not there.
type node struct {
	doc *document
	at  int // index of its entry
}

func (n node) found() bool { return n.doc != nil }

func (n node) entry() *entry { return &n.doc.entries[n.at] }

// kind is that of the value; what is not there counts as null.
func (n node) kind() kind {
	if n.doc == nil {
		return isNull
	}
	return n.entry().kind
}

// get follows names from object to object. A string that holds a JSON object is
// opened on the way.
func (n node) get(path ...key) node {
	for _, name := range path {
		object, ok := n.object()
		if !ok {
			return node{}
		}
		if n = object.member(name); n.doc == nil {
			return n
		}
	}
	return n
}

// member returns the last of an object's members of that name. When none is
// spelt exactly so, case does not count; of several spellings the first in byte
// order leads, so that the same record always reads the same.
func (n node) member(name key) node {
	object, class := n.entry(), classes[name]
	if object.has&(1<<(class&63)) == 0 {
		return node{}
	}
	if n.at == 0 {
		// One alone is the one, however it is spelt.
		if at := n.doc.outer[class]; at == 0 {
			return node{}
		} else if at != several {
			return node{n.doc, int(at)}
		}
	}
	exact, other, least := -1, -1, ""
	for at := n.at + 1; at < int(object.next); at = int(n.doc.entries[at].next) {
		e := &n.doc.entries[at]
		switch {
		case e.class != class:
		case e.exact == name:
			exact = at
		case exact < 0:
			if spelling := n.doc.name(e); other < 0 || spelling <= least {
				other, least = at, spelling
			}
		}
	}
	switch {
	case exact >= 0:
		return node{n.doc, exact}
	case other >= 0:
		return node{n.doc, other}
	}
	return node{}
}

// name returns the name of a member.
func (d *document) name(e *entry) string {
	s := d.data[e.key:e.keyEnd]
	if e.flags&(escapedName|wideName) != 0 {
		s = unquote(nil, s)
	}
	return string(s)
}

// bytes returns what a string says. They may be those of the record.
func (n node) bytes() []byte {
	e := n.entry()
	s := n.doc.data[e.start:e.end]
	if e.flags&escaped != 0 || e.flags&wide != 0 && !utf8.Valid(s) {
		s = unquote(nil, s)
	}
	return s
}

// object returns an object, or the object that a string holds as JSON text.
func (n node) object() (node, bool) {
	switch n.kind() {
	case isObject:
		return n, true
	case isString:
		if inner := n.opened('{'); inner.kind() == isObject {
			return inner, true
		}
	}
	return node{}, false
}

// opened returns the value that a string holds as JSON text when that begins
// with first, read once.
func (n node) opened(first byte) node {
	d := n.doc
	inner, known := d.opened[n.at]
	if !known {
		s := bytes.TrimSpace(n.bytes())
		if len(s) == 0 || s[0] != first {
			return node{}
		}
		inner = &document{strings: d.strings}
		if inner.parse(s) != nil {
			inner = nil
		}
		if d.opened == nil {
			d.opened = map[int]*document{}
		}
		d.opened[n.at] = inner
	}
	if inner == nil {
		return node{}
	}
	return node{inner, 0}
}

// elements goes through an array, or the array that a string holds as JSON text;
// a single object or string counts as an array of one.
func (n node) elements() iter.Seq[node] {
	return func(yield func(node) bool) {
		switch n.kind() {
		case isObject:
			yield(n)
			return
		case isString:
			inner := n.opened('[')
			if inner.kind() != isArray {
				yield(n)
				return
			}
			n = inner
		case isArray:
		default:
			return
		}
		for at := n.at + 1; at < int(n.entry().next); at = int(n.doc.entries[at].next) {
			if !yield(node{n.doc, at}) {
				return
			}
		}
	}
}

// hasElements reports whether there is anything in elements.
func (n node) hasElements() bool {
	for range n.elements() {
		return true
	}
	return false
}

// text returns a scalar as text: strings as they are, numbers and booleans in
// their JSON spelling. ok is false for null, objects, arrays and absence.
func (n node) text() (s string, ok bool) {
	b, ok := n.scalar()
	if !ok {
		return "", false
	}
	return n.doc.strings.of(b), true
}

// scalar is text, in bytes that may be those of the record.
func (n node) scalar() (b []byte, ok bool) {
	switch n.kind() {
	case isString:
		return n.bytes(), true
	case isNumber, isTrue, isFalse:
		e := n.entry()
		return n.doc.data[e.start:e.end], true
	}
	return nil, false
}

// truth returns a boolean given as one or as the text "true" or "false".
func (n node) truth() (b, ok bool) {
	switch n.kind() {
	case isTrue, isFalse:
		return n.kind() == isTrue, true
	case isString:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(string(n.bytes()))))
		return b, err == nil
	}
	return false, false
}

// String names the JSON type for a message.
func (k kind) String() string {
	switch k {
	case isNull:
		return "null"
	case isString:
		return "a string"
	case isNumber:
		return "a number"
	case isTrue, isFalse:
		return "a boolean"
	case isArray:
		return "an array"
	}
	return "an object"
}
