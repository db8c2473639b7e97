package idcenter

import (
	"time"
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
}

// Error returns the name and the detail.
func (e *Error) Error() string { return e.Name + ": " + e.Detail }

// Throttled is the failure of a call that came too soon after others.
func Throttled(retryAfter time.Duration) *Error {
	return &Error{Status: 429, Name: "ThrottlingException", Detail: "Rate exceeded", RetryAfter: retryAfter}
}

// Internal is a failure on AWS's side.
func Internal() *Error {
	return &Error{Status: 500, Name: "InternalServerException", Detail: "An internal server error occurred."}
}

// SCIMBody returns the error as the SCIM endpoint sends it. AWS repeats
// "schemas" as "schema", has no scimType, and drops the zeros at the end of the
// milliseconds (identity-center-scim reference 5.1).
func (e *Error) SCIMBody(requestID string, at time.Time) []byte { panic("todo") }

// APIBody returns the error as the JSON services send it (cloudtrail reference
// 3.5, 6.6).
func (e *Error) APIBody(requestID string) []byte { panic("todo") }

// APIStatus returns the status with which the JSON services send it: that of
// the service model, or 400 for every error of the client, as the Center's
// [Behaviour.ModelStatus] says.
func (e *Error) APIStatus(model bool) int {
	if model || e.Status >= 500 {
		return e.Status
	}
	return 400
}
