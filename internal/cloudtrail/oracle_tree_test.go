package cloudtrail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// oracleNode is a JSON value whose readers forgive what exporters do to CloudTrail
// records: lower-cased names (Athena, Lake), numbers and booleans as strings,
// objects as JSON text (cloudtrail reference 1.7, 5.1, 5.2).
type oracleNode struct {
	value any  // as encoding/json decodes it, numbers as json.Number
	found bool // false: the name is not there at all
}

func oracleParse(data []byte) (oracleNode, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return oracleNode{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return oracleNode{}, fmt.Errorf("more than one JSON value")
	}
	return oracleNode{value: v, found: true}, nil
}

// get follows names from object to object. A string that holds a JSON object is
// opened on the way.
func (n oracleNode) get(names ...string) oracleNode {
	for _, name := range names {
		obj, ok := n.object()
		if !ok {
			return oracleNode{}
		}
		v, ok := obj[name]
		if !ok {
			// Of several spellings the first in byte order, so that the same
			// record always reads the same.
			least := ""
			for key := range obj {
				if strings.EqualFold(key, name) && (!ok || key < least) {
					least, ok = key, true
				}
			}
			v = obj[least]
		}
		if !ok {
			return oracleNode{}
		}
		n = oracleNode{value: v, found: true}
	}
	return n
}

// object returns the members of an object, or of the object that a string holds
// as JSON text.
func (n oracleNode) object() (map[string]any, bool) {
	switch v := n.value.(type) {
	case map[string]any:
		return v, true
	case string:
		if s := strings.TrimSpace(v); strings.HasPrefix(s, "{") {
			if inner, err := oracleParse([]byte(s)); err == nil {
				obj, ok := inner.value.(map[string]any)
				return obj, ok
			}
		}
	}
	return nil, false
}

// list returns the elements of an array; a single object or string counts as a
// list of one.
func (n oracleNode) list() []oracleNode {
	switch v := n.value.(type) {
	case []any:
		out := make([]oracleNode, len(v))
		for i, e := range v {
			out[i] = oracleNode{value: e, found: true}
		}
		return out
	case string:
		if s := strings.TrimSpace(v); strings.HasPrefix(s, "[") {
			if inner, err := oracleParse([]byte(s)); err == nil {
				return inner.list()
			}
		}
		return []oracleNode{n}
	case map[string]any:
		return []oracleNode{n}
	}
	return nil
}

// text returns a scalar as text: strings as they are, numbers and booleans in
// their JSON spelling. ok is false for null, objects, arrays and absence.
func (n oracleNode) text() (s string, ok bool) {
	switch v := n.value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// truth returns a boolean given as one or as the text "true" or "false".
func (n oracleNode) truth() (b, ok bool) {
	switch v := n.value.(type) {
	case bool:
		return v, true
	case string:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(v)))
		return b, err == nil
	}
	return false, false
}

// kind names the JSON type for an error message.
func (n oracleNode) kind() string {
	switch n.value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "an array"
	}
	return "an object"
}
