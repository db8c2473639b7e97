package idcenter

import (
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// Error is a refusal or failure of a call: what the caller is told and what
// CloudTrail writes.
type Error struct {
	Status int    // HTTP status of the SCIM endpoint and of the service model
	Name   string // exception, e.g. ValidationException; CloudTrail's errorCode
	Detail string // what the caller reads
	// LogMessage is CloudTrail's errorMessage, which is more precise than Detail
	// (identity-center-scim reference 5.3); empty when it is the same.
	LogMessage string

	// Reason, ResourceType and ResourceID are members of the Identity Store
	// API's errors (cloudtrail reference 6.6).
	Reason, ResourceType, ResourceID string
	// RetryAfter, when not zero, is sent as the Retry-After header and as
	// RetryAfterSeconds.
	RetryAfter time.Duration

	// Hint says what is wrong where AWS only gives its general sentence. It is
	// for the developer at the Center's side: AWS neither tells nor logs it.
	Hint string

	cause error // not told to the caller
}

// Error returns the name and the detail, and the cause if there is one.
func (e *Error) Error() string {
	s := e.Name + ": " + e.Detail
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	if e.cause != nil {
		s += " (" + e.cause.Error() + ")"
	}
	return s
}

// Unwrap returns what made the call fail on the inside, such as the error of a
// [Journal]; the caller is not told.
func (e *Error) Unwrap() error { return e.cause }

// failure is how CloudTrail writes it.
func (e *Error) failure() cloudtrail.Failure {
	if e == nil {
		return cloudtrail.Failure{}
	}
	message := e.LogMessage
	if message == "" {
		message = e.Detail
	}
	return cloudtrail.Failure{Code: e.Name, Message: message}
}

// Throttled is the failure of a call that came too soon after others.
func Throttled(retryAfter time.Duration) *Error {
	return &Error{Status: 429, Name: "ThrottlingException", Detail: "Rate exceeded", RetryAfter: retryAfter}
}

// Internal is a failure on AWS's side.
func Internal() *Error {
	return &Error{Status: 500, Name: "InternalServerException", Detail: "An internal server error occurred."}
}

// internal is Internal with what went wrong.
func internal(cause error) *Error {
	e := Internal()
	e.cause = cause
	return e
}

// genericDetail is what AWS answers to nearly every body that it does not take
// (identity-center-scim reference 5.2).
const genericDetail = "Request is unparsable, syntactically incorrect, or violates schema."

// invalid is a ValidationException with a text that AWS is known to use.
func invalid(detail string) *Error {
	return &Error{Status: 400, Name: "ValidationException", Detail: detail}
}

// unparsable is a ValidationException with the general text.
func unparsable(hint string) *Error {
	return &Error{Status: 400, Name: "ValidationException", Detail: genericDetail, Hint: hint}
}

func tooManyItems(name string) *Error {
	if name == "addresses" {
		// Without "exceeds", as AWS prints it.
		return invalid("List attribute addresses allowed limit of 1")
	}
	return invalid("List attribute " + name + " exceeds allowed limit of 1")
}

// missingAttributes words missing attributes as the Identity Store API does
// (scim-clients, section on Identity Store texts).
func missingAttributes(names []string) *Error {
	clauses := make([]string, 0, len(names))
	for _, name := range names {
		if name == "userName" {
			return invalid("userName is a required attribute")
		}
		lower := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
		clauses = append(clauses, lower+": The attribute "+lower+" is required")
	}
	return invalid(strings.Join(clauses, ", "))
}

func unauthorized(hint string) *Error {
	// AWS's text is unknown (identity-center-scim reference 20, question 1).
	return &Error{Status: 401, Name: "UnauthorizedException", Detail: "The request is not authorized.", Hint: hint}
}

// absent is a ResourceNotFoundException in the words of the SCIM endpoint.
func absent(kind, id string) *Error {
	return &Error{Status: 404, Name: "ResourceNotFoundException", Detail: kind + " does not exist.", ResourceType: kind, ResourceID: id}
}

// notFound is the same in the words of the Identity Store API.
func notFound(kind, id string) *Error {
	return &Error{Status: 404, Name: "ResourceNotFoundException", Detail: kind + " not found.", ResourceType: kind, ResourceID: id}
}

// duplicate is a ConflictException: what is the attribute that is taken, as
// CloudTrail names it. The SCIM endpoint tells its client less.
func duplicate(what string) *Error {
	return &Error{Status: 409, Name: "ConflictException", Detail: "Duplicate " + what, Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"}
}

func concurrent() *Error {
	return &Error{Status: 409, Name: "ConflictException", Detail: "The resource was changed since the given revision.", Reason: "CONCURRENT_MODIFICATION"}
}

// toSCIM gives an error the words in which the SCIM endpoint answers.
func (c *Center) toSCIM(e *Error) *Error {
	var detail string
	switch {
	case e.Status == 409 && !c.be.ConflictNamed:
		detail = "Refused to create a new, duplicate resource."
	case e.Status == 400 && c.be.GenericDetail:
		detail = genericDetail
	default:
		return e
	}
	out := *e
	if out.LogMessage == "" {
		out.LogMessage = e.Detail
	}
	out.Detail = detail
	return &out
}

// SCIMBody returns the error as the SCIM endpoint sends it. AWS repeats
// "schemas" as "schema", has no scimType, and drops the zeros at the end of the
// milliseconds (identity-center-scim reference 5.1).
func (e *Error) SCIMBody(requestID string, at time.Time) []byte {
	stamp := at.UTC().Format("2006-01-02 15:04:05.000")
	for strings.HasSuffix(stamp, "0") && !strings.HasSuffix(stamp, ".0") {
		stamp = stamp[:len(stamp)-1]
	}
	return encode(scim.NewObject(
		scim.Member{Name: "schema", Value: []any{scim.ErrorURN}},
		scim.Member{Name: "schemas", Value: []any{scim.ErrorURN}},
		scim.Member{Name: "detail", Value: e.Detail},
		scim.Member{Name: "status", Value: strconv.Itoa(e.Status)},
		scim.Member{Name: "exceptionRequestId", Value: requestID},
		scim.Member{Name: "timeStamp", Value: stamp},
	))
}

// APIBody returns the error as the JSON services send it (cloudtrail reference
// 3.5, 6.6).
func (e *Error) APIBody(requestID string) []byte {
	o := scim.NewObject(
		scim.Member{Name: "__type", Value: e.Name},
		scim.Member{Name: "Message", Value: e.Detail},
		scim.Member{Name: "RequestId", Value: requestID},
	)
	for _, m := range []scim.Member{{Name: "Reason", Value: e.Reason}, {Name: "ResourceType", Value: e.ResourceType}, {Name: "ResourceId", Value: e.ResourceID}} {
		if m.Value != "" {
			o.Set(m.Name, m.Value)
		}
	}
	if e.RetryAfter > 0 {
		o.Set("RetryAfterSeconds", max(1, int(e.RetryAfter/time.Second)))
	}
	return encode(o)
}

// APIStatus returns the status with which the JSON services send it: that of
// the service model, or 400 for every error of the client, as
// [Behaviour.ModelStatus] says.
func (c *Center) APIStatus(e *Error) int {
	if c.be.ModelStatus || e.Status >= 500 {
		return e.Status
	}
	return 400
}

// encode writes an object that this package made, which holds nothing that has
// no JSON.
func encode(o *scim.Object) []byte {
	b, _ := o.AppendJSON(nil)
	return b
}
