package idcenter

import (
	"context"
	"net/url"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
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
// A request that is none of the operations which CloudTrail knows, such as PUT
// of a group, leaves no record, and neither does one to a tenant that does not
// exist, since there is no account to record it in.
//
// Failures are answers: the error body is in the response. ctx is looked at
// before the call begins; a call that began is finished.
func (c *Center) SCIM(ctx context.Context, call Call, r SCIMRequest) SCIMResponse {
	if call.RequestID == "" {
		call.RequestID = c.ids.uuid()
	}
	s := scimCall{c: c, call: call, r: r, at: c.now()}
	err := internal(ctx.Err())
	if ctx.Err() == nil {
		err = s.serve()
	}
	out := SCIMResponse{Status: s.status, Body: s.body, RequestID: call.RequestID, Operation: s.op}
	if err != nil {
		err = c.toSCIM(err)
		out.Err, out.Status, out.Body = err, err.Status, err.SCIMBody(call.RequestID, s.at)
	}
	return out
}

// scimCall is a SCIM request on its way.
type scimCall struct {
	c    *Center
	call Call
	r    SCIMRequest
	at   time.Time

	route
	token *token

	status int
	body   []byte
	made   string // id of what a POST made
	active bool   // what a user write left the user as
}

// serve checks who calls and runs the operation. Every failure behind the
// tenant is recorded, as far as CloudTrail has a name for the operation.
func (s *scimCall) serve() *Error {
	c := s.c
	var known bool
	if s.route, known = routeOf(s.r.Method, s.r.Path); !known {
		return absent("RESOURCE", "")
	}
	if err := s.enter(); err != nil {
		return err
	}
	if s.call.Fault != nil {
		return s.fail(s.call.Fault)
	}
	if c.be.Throttle && s.op != "" {
		rate := scimReads * 1.0
		if s.write {
			rate = scimWrites
		}
		if err := c.throttle.take(s.op, rate, s.at); err != nil {
			return s.fail(err)
		}
	}
	if s.op == "" {
		return s.unsupported()
	}
	if s.write {
		return s.change()
	}
	return s.look()
}

// enter checks tenant and token.
func (s *scimCall) enter() *Error {
	c := s.c
	if s.r.Tenant != c.tenant {
		if c.be.UnknownTenant404 {
			return absent("TENANT", s.r.Tenant)
		}
		return unauthorized("there is no tenant " + s.r.Tenant)
	}
	t, err := c.authorise(s.r.Authorization, s.at)
	if t != nil {
		s.token = t
		s.call.Silent = s.call.Silent || t.Legacy
	}
	if err != nil {
		if c.be.SilentUnauthorized {
			return err
		}
		return s.fail(err)
	}
	return nil
}

// unsupported is a method that the path does not have.
func (s *scimCall) unsupported() *Error {
	if s.r.Method == "PUT" && s.resource == "Groups" && s.id != "" && !s.c.be.PutGroup400 {
		return &Error{Status: 501, Name: "NotImplementedException", Detail: "PUT is not supported for groups.", Hint: "change a group by PATCH"}
	}
	return unparsable("the endpoint has no " + s.r.Method + " " + s.r.Path)
}

// event records the call as it ended.
func (s *scimCall) event(at time.Time, err *Error) *Event {
	if s.call.Silent || s.op == "" {
		return nil
	}
	caller := cloudtrail.Caller{Account: s.c.account}
	if s.token != nil {
		caller.AccessKey = s.token.ID
	}
	var body []byte
	if s.write {
		body = s.r.Body
	}
	if err != nil {
		err = s.c.toSCIM(err)
	}
	return s.c.record(s.call, s.c.scimAction(s.op, s.id, body, s.made, s.active), caller, at, err)
}

// fail records a call that changed nothing.
func (s *scimCall) fail(err *Error) *Error {
	tx := &transaction{c: s.c, at: s.at}
	if failed := tx.commit(s.event(s.at, err)); failed != nil {
		return failed
	}
	return err
}

// look runs an operation that only reads.
func (s *scimCall) look() *Error {
	body, err := s.answer()
	if err != nil {
		return s.fail(err)
	}
	s.status, s.body = 200, body
	tx := &transaction{c: s.c, at: s.at}
	return tx.commit(s.event(s.at, nil))
}

// plan is the part of a write that needs the state: it runs while no other
// write does, and says what to answer.
type plan func(*transaction) *Error

// change runs an operation that writes: first what can be judged by the body
// alone, then the rest as one transaction.
func (s *scimCall) change() *Error {
	do, err := s.prepare()
	if err != nil {
		return s.fail(err)
	}
	c := s.c
	c.writer.Lock()
	defer c.writer.Unlock()
	tx := &transaction{c: c, at: c.tick(), by: c.tenant}
	s.at = tx.at
	if err := do(tx); err != nil {
		tx.steps = nil
		if failed := tx.commit(s.event(tx.at, err)); failed != nil {
			return failed
		}
		return err
	}
	return tx.commit(s.event(tx.at, nil))
}

// prepare reads the body.
func (s *scimCall) prepare() (plan, *Error) {
	switch s.op {
	case "DeleteUser":
		return s.deleteUser, nil
	case "DeleteGroup":
		return s.deleteGroup, nil
	}
	body, err := scim.DecodeObject(s.r.Body, maxDepth)
	if err != nil {
		e := invalid("Invalid JSON from RequestBody")
		e.Hint = err.Error()
		return nil, e
	}
	switch s.op {
	case "CreateUser":
		return s.createUser(body)
	case "PutUser":
		return s.putUser(body)
	case "PatchUser":
		return s.patchUser(body)
	case "CreateGroup":
		return s.createGroup(body)
	}
	return s.patchGroup(body)
}
