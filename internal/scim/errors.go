package scim

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ErrorType is the scimType of an error: RFC 7644 section 3.12, table 9, and
// for cursors RFC 9865 section 2.
type ErrorType string

const (
	InvalidFilter  ErrorType = "invalidFilter"
	TooMany        ErrorType = "tooMany"
	Uniqueness     ErrorType = "uniqueness"
	Mutability     ErrorType = "mutability"
	InvalidSyntax  ErrorType = "invalidSyntax"
	InvalidPath    ErrorType = "invalidPath"
	NoTarget       ErrorType = "noTarget"
	InvalidValue   ErrorType = "invalidValue"
	InvalidVersion ErrorType = "invalidVers"
	Sensitive      ErrorType = "sensitive"
	InvalidCursor  ErrorType = "invalidCursor"
	ExpiredCursor  ErrorType = "expiredCursor"
	InvalidCount   ErrorType = "invalidCount"
)

// Error is a SCIM error response (RFC 7644 section 3.12).
type Error struct {
	Status int       // HTTP status code
	Type   ErrorType // empty where the RFC defines none for the status
	Detail string    // for people
}

// Error returns the detail, after the scimType if there is one.
func (e *Error) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("%d: %s", e.Status, e.Detail)
	}
	return fmt.Sprintf("%s: %s", e.Type, e.Detail)
}

// Object returns the body of the response: schemas, scimType if there is one,
// detail if there is one, and status, which the RFC makes a string.
func (e *Error) Object() *Object {
	o := NewObject(Member{"schemas", []any{ErrorURN}})
	if e.Type != "" {
		o.Set("scimType", string(e.Type))
	}
	if e.Detail != "" {
		o.Set("detail", e.Detail)
	}
	o.Set("status", strconv.Itoa(e.Status))
	return o
}

// SyntaxError says that a filter, a path or a JSON body can't be read, and
// where. It unwraps to the *[Error] that a server answers with.
type SyntaxError struct {
	Type    ErrorType // InvalidFilter, InvalidPath or InvalidSyntax
	Offset  int       // bytes of the input before the fault
	Problem string    // what is wrong there
}

// Error names the place, counted from 1, and the problem.
func (e *SyntaxError) Error() string {
	what := "JSON"
	switch e.Type {
	case InvalidFilter:
		what = "filter"
	case InvalidPath:
		what = "path"
	}
	return fmt.Sprintf("%s, byte %d: %s", what, e.Offset+1, e.Problem)
}

// Unwrap returns the response with status 400 that carries this error's text.
func (e *SyntaxError) Unwrap() error {
	return &Error{Status: 400, Type: e.Type, Detail: e.Error()}
}

// refuse makes the response with status 400.
func refuse(t ErrorType, format string, args ...any) *Error {
	return &Error{Status: 400, Type: t, Detail: fmt.Sprintf(format, args...)}
}

// quote shows input inside a message: escaped, and cut so that a message stays
// a line.
func quote(s string) string {
	const most = 60 // bytes
	if len(s) <= most {
		return strconv.Quote(s)
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "..."
}
