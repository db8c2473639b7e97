package idcenter

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Call is what every call has besides its request: who makes it and from where.
type Call struct {
	// Caller is who signed the call, for API, SSO and Console. SCIM ignores it:
	// there the bearer token says who calls.
	Caller cloudtrail.Caller
	// SourceIP and UserAgent are logged as given.
	SourceIP, UserAgent string
	// RequestID is logged, and stands in error bodies; a UUID is drawn when it
	// is empty.
	RequestID string
	// FromConsole logs the call as made with console credentials.
	FromConsole bool
	// Fault, when not nil, makes the call fail with it once the caller is known
	// to be allowed in: nothing is changed, and the failure is recorded. It
	// serves fault injection; see [Throttled] and [Internal].
	Fault *Error
	// Silent serves the call without a record, as AWS does with tokens from
	// before September 2024. SCIM sets it by itself for legacy tokens.
	Silent bool
}

// now returns the time of a call by the Center's clock, UTC.
func (c *Center) now() time.Time { return c.clock().UTC() }

// tick is now for a write, whose lock is held. Where order of creation matters
// no two writes have the same time.
func (c *Center) tick() time.Time {
	at := c.now()
	if c.be.ListByCreation {
		if !at.After(c.latest) {
			at = c.latest.Add(1)
		}
		c.latest = at
	}
	return at
}
