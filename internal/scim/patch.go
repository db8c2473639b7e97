package scim

import (
	"errors"
	"strings"
)

// PatchOp is what a PATCH operation does, in lower case.
type PatchOp string

// The operations of RFC 7644 section 3.5.2.
const (
	Add     PatchOp = "add"
	Replace PatchOp = "replace"
	Remove  PatchOp = "remove"
)

// Operation is one operation of a PATCH request, read but not judged: whether
// it may lack its path or value, and what it does, is decided by who uses it.
type Operation struct {
	Op       PatchOp
	Path     *Path   // nil when it is left out or null
	Value    any     // as in Member; nil when it is null or left out
	HasValue bool    // tells null (true) from left out (false)
	Raw      *Object // the operation as it was sent
}

// ParsePatch reads the operations of a PATCH body (RFC 7644 section 3.5.2,
// figure 1). Operation names are read regardless of case, since clients send
// "Add". Whether schemas names [PatchOpURN] is left to the caller.
//
// It returns an *[Error] of type InvalidSyntax when Operations is not a list of
// at least one object or an op is not known, and of type InvalidPath when a path
// can't be read; a *[SyntaxError] is in the chain then.
func ParsePatch(body *Object) ([]Operation, error) {
	v, _ := body.Get("Operations")
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, refuse(InvalidSyntax, "Operations must be a list with at least one operation")
	}
	ops := make([]Operation, len(list))
	for i, v := range list {
		raw, ok := v.(*Object)
		if !ok {
			return nil, refuse(InvalidSyntax, "operation %d is not an object", i+1)
		}
		op, err := parseOperation(raw)
		if err != nil {
			return nil, inOperation(i, err)
		}
		ops[i] = op
	}
	return ops, nil
}

func parseOperation(raw *Object) (Operation, error) {
	op := Operation{Op: PatchOp(strings.ToLower(raw.Text("op"))), Raw: raw}
	switch op.Op {
	case Add, Replace, Remove:
	default:
		return op, refuse(InvalidSyntax, "op must be add, replace or remove, not %s", quote(raw.Text("op")))
	}
	switch path, _ := raw.Get("path"); path := path.(type) {
	case nil:
	case string:
		p, err := ParsePath(path)
		if err != nil {
			return op, err
		}
		op.Path = p
	default:
		return op, refuse(InvalidPath, "path must be text")
	}
	op.Value, op.HasValue = raw.Get("value")
	return op, nil
}

// operationError adds to an error which operation it is about.
type operationError struct {
	response *Error
	cause    error
}

func (e *operationError) Error() string   { return e.response.Error() }
func (e *operationError) Unwrap() []error { return []error{e.response, e.cause} }

// inOperation makes the response that names the operation (counted from 0).
func inOperation(i int, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	return &operationError{refuse(e.Type, "operation %d: %s", i+1, e.Detail), err}
}
