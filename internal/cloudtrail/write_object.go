package cloudtrail

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object that keeps the order of its members. A nil Object is
// null; an empty one is {}.
type Object []Member

// Member is one name and value of an Object. A value is an Object, a list of
// Objects or strings ([]Object, []string, []any), a string, a bool, an int, a
// json.RawMessage or nil; anything else is written as its text.
type Member struct {
	Key   string
	Value any
}

// Append appends the object as JSON without white space. Invalid UTF-8 becomes
// U+FFFD; <, > and & stay as they are, as in CloudTrail.
func (o Object) Append(dst []byte) []byte {
	if o == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '{')
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, m.Key), ':')
		dst = appendValue(dst, m.Value)
	}
	return append(dst, '}')
}

// MarshalJSON implements json.Marshaler.
func (o Object) MarshalJSON() ([]byte, error) { return o.Append(nil), nil }

func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case Object:
		return v.Append(dst)
	case string:
		return quote(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case json.RawMessage:
		return append(dst, v...)
	case []Object:
		return appendList(dst, v)
	case []string:
		return appendList(dst, v)
	case []any:
		return appendList(dst, v)
	}
	return quote(dst, fmt.Sprint(v))
}

func appendList[E any](dst []byte, list []E) []byte {
	dst = append(dst, '[')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, e)
	}
	return append(dst, ']')
}

func quote(dst []byte, s string) []byte {
	// The error only says that s held invalid UTF-8, which is replaced.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
