package idcenter

import (
	"context"
	"net/url"
)

// SCIMRequest is a request to the SCIM endpoint, taken apart by the HTTP layer.
type SCIMRequest struct {
	Tenant string // first segment of the URL path
	Method string // GET, POST, PUT, PATCH, DELETE
	// Path is what follows /scim/v2, e.g. "/Users/ID"; doubled and trailing
	// slashes do no harm.
	Path          string
	Query         url.Values
	Authorization string // the whole header
	Body          []byte
}

// SCIMResponse is the answer to a [SCIMRequest].
type SCIMResponse struct {
	Status    int
	Body      []byte // nil when the answer has none; application/json otherwise
	RequestID string // for the x-amzn-RequestId header
	Operation string // CloudTrail's name of the call, e.g. PatchGroup; "" when there is none
	Err       *Error // why it failed; nil on success. Body holds it already
}

// SCIM serves one request to the SCIM endpoint and records it. The checks come
// in the order of the identity-center-scim reference 18: path, Authorization,
// tenant and token, throttle, method, JSON, schema, existence, conflict.
//
// Failures are answers: the error body is in the response. ctx is looked at
// before the call begins; a call that began is finished.
func (c *Center) SCIM(ctx context.Context, call Call, r SCIMRequest) SCIMResponse {
	panic("todo")
}
