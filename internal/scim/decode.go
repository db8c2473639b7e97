package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxMembers is how many members one JSON object may have when it is decoded.
// The widest resource of RFC 7643 has fewer than forty.
const MaxMembers = 1000

// DecodeObject reads one JSON object, which must be all of data but for blanks.
// maxDepth is how deep objects and arrays may lie in each other, the outermost
// counting 1. The caller bounds the size.
//
// It refuses, with a *[SyntaxError] of type InvalidSyntax: what is no JSON, JSON
// that is no object, text that is not UTF-8, a name that occurs twice in an
// object (names that differ only in case are the same), too much depth, and
// objects wider than [MaxMembers]. The object shares no memory
// with data; its strings share one copy of it.
func DecodeObject(data []byte, maxDepth int) (*Object, error) {
	if !utf8.Valid(data) {
		return nil, &SyntaxError{InvalidSyntax, invalidUTF8(string(data)), "the text is not UTF-8"}
	}
	if !json.Valid(data) {
		return nil, notJSON(data)
	}
	d := decoder{text: string(data)}
	d.blanks()
	if d.text[d.at] != '{' {
		return nil, d.fail("a JSON object is wanted here")
	}
	v, err := d.value(maxDepth)
	if err != nil {
		return nil, err
	}
	return v.(*Object), nil
}

func notJSON(data []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	e, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return &SyntaxError{InvalidSyntax, 0, "the body is empty"}
	case ok:
		return &SyntaxError{InvalidSyntax, max(0, int(e.Offset)-1), e.Error()}
	}
	return &SyntaxError{InvalidSyntax, 0, fmt.Sprint(err)}
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return len(s)
}

// decoder walks JSON that is known to be valid, so it checks only what JSON
// itself allows.
type decoder struct {
	text string
	at   int
}

func (d *decoder) fail(format string, args ...any) error {
	return &SyntaxError{InvalidSyntax, d.at, fmt.Sprintf(format, args...)}
}

func (d *decoder) blanks() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// value reads a value; depth is how many levels are left.
func (d *decoder) value(depth int) (any, error) {
	switch d.text[d.at] {
	case '{', '[':
		if depth <= 0 {
			return nil, d.fail("objects and arrays lie too deep in each other")
		}
		if d.text[d.at] == '{' {
			return d.object(depth - 1)
		}
		return d.array(depth - 1)
	case '"':
		return d.str(), nil
	case 't':
		d.at += len("true")
		return true, nil
	case 'f':
		d.at += len("false")
		return false, nil
	case 'n':
		d.at += len("null")
		return nil, nil
	}
	start := d.at
	for d.at < len(d.text) && isNumberByte(d.text[d.at]) {
		d.at++
	}
	return json.Number(d.text[start:d.at]), nil
}

func (d *decoder) object(depth int) (any, error) {
	o := &Object{}
	var seen map[string]bool // made when the object is too wide to look through
	d.at++
	for d.blanks(); d.text[d.at] != '}'; d.blanks() {
		if d.text[d.at] == ',' {
			d.at++
			d.blanks()
		}
		start := d.at
		name := d.str()
		if len(o.members) == 16 {
			seen = make(map[string]bool)
			for _, m := range o.members {
				seen[lowerName(m.Name)] = true
			}
		}
		twice := false
		if seen == nil {
			twice = o.index(name) >= 0
		} else {
			key := lowerName(name)
			twice = seen[key]
			seen[key] = true
		}
		switch {
		case twice:
			d.at = start
			return nil, d.fail("the name %s occurs twice", quote(name))
		case len(o.members) == MaxMembers:
			d.at = start
			return nil, d.fail("an object has more than %d members", MaxMembers)
		}
		d.blanks()
		d.at++ // the colon
		d.blanks()
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		o.members = append(o.members, Member{name, v})
	}
	d.at++
	return o, nil
}

func (d *decoder) array(depth int) (any, error) {
	a := []any{}
	d.at++
	for d.blanks(); d.text[d.at] != ']'; d.blanks() {
		if d.text[d.at] == ',' {
			d.at++
			d.blanks()
		}
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	d.at++
	return a, nil
}

func (d *decoder) str() string {
	end := stringEnd(d.text, d.at)
	s, _ := unquote(d.text[d.at:end])
	d.at = end
	return s
}

// stringEnd returns where the JSON string that begins at s[at] ends, or len(s)
// plus one when it doesn't.
func stringEnd(s string, at int) int {
	for i := at + 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(s) + 1
}

// unquote reads a JSON string with its quotation marks and reports whether it
// is one. Half a surrogate pair becomes U+FFFD, as in encoding/json.
func unquote(s string) (string, bool) {
	inner := s[1 : len(s)-1]
	plain := true
	for i := range len(inner) {
		if inner[i] == '\\' || inner[i] < ' ' {
			plain = false
			break
		}
	}
	if plain {
		return inner, true
	}
	var out string
	err := json.Unmarshal([]byte(s), &out)
	return out, err == nil
}

func isNumberByte(c byte) bool {
	switch c {
	case '+', '-', '.', 'e', 'E':
		return true
	}
	return '0' <= c && c <= '9'
}
