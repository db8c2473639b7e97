package idcenter

import (
	"context"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// API serves a call of the Identity Store API (AWSIdentityStore) and records it:
// op is the operation, e.g. CreateGroupMembership, request its JSON body
// (cloudtrail reference 6). ARNs are accepted as ids; times in answers are
// seconds since 1970.
//
// The error is an [*Error], whose [Error.APIBody] is the body to send and
// [Center.APIStatus] its status. An operation that does not exist leaves no
// record. ctx is looked at before the call begins; a call that began is finished.
func (c *Center) API(ctx context.Context, call Call, op string, request []byte) ([]byte, error) {
	return c.serveJSON(ctx, call, &identityStore, op, request)
}

// jsonService is a service that speaks JSON, and how it is logged.
type jsonService struct {
	source, host string
	operations   map[string]jsonOperation
}

var identityStore = jsonService{awsid.SourceAPI, "identitystore.REGION.amazonaws.com", apiOperations}

// jsonOperation is an operation of a JSON service: it either reads or plans a
// change.
type jsonOperation struct {
	read  func(*jsonCall) (*scim.Object, *Error)
	write func(*jsonCall) (plan, *Error)
}

var apiOperations = map[string]jsonOperation{
	"CreateGroup":                   {write: (*jsonCall).createGroup},
	"UpdateGroup":                   {write: (*jsonCall).updateGroup},
	"DeleteGroup":                   {write: (*jsonCall).deleteGroup},
	"DescribeGroup":                 {read: (*jsonCall).describeGroup},
	"ListGroups":                    {read: (*jsonCall).listGroups},
	"GetGroupId":                    {read: (*jsonCall).getGroupID},
	"CreateUser":                    {write: (*jsonCall).createUser},
	"UpdateUser":                    {write: (*jsonCall).updateUser},
	"DeleteUser":                    {write: (*jsonCall).deleteUser},
	"DescribeUser":                  {read: (*jsonCall).describeUser},
	"ListUsers":                     {read: (*jsonCall).listUsers},
	"GetUserId":                     {read: (*jsonCall).getUserID},
	"CreateGroupMembership":         {write: (*jsonCall).createMembership},
	"DeleteGroupMembership":         {write: (*jsonCall).deleteMembership},
	"DescribeGroupMembership":       {read: (*jsonCall).describeMembership},
	"GetGroupMembershipId":          {read: (*jsonCall).getMembershipID},
	"ListGroupMemberships":          {read: (*jsonCall).listMemberships},
	"ListGroupMembershipsForMember": {read: (*jsonCall).listMembershipsOf},
	"IsMemberInGroups":              {read: (*jsonCall).isMember},
	"ListIdentityStores":            {read: (*jsonCall).listStores},
	"DescribeIdentityStore":         {read: (*jsonCall).describeStore},
	"UpdateIdentityStore":           {write: (*jsonCall).updateStore},
}

// jsonCall is a call of a JSON service on its way.
type jsonCall struct {
	c    *Center
	of   *jsonService
	call Call
	op   string
	in   *scim.Object // nil when the body could not be read
	at   time.Time

	out    *scim.Object      // what a write answers with
	logged cloudtrail.Object // responseElements of a write
}

func (c *Center) serveJSON(ctx context.Context, call Call, service *jsonService, op string, request []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, internal(err)
	}
	do, known := service.operations[op]
	if !known {
		return nil, &Error{Status: 400, Name: "UnknownOperationException", Detail: "The operation " + clip(op) + " is not known."}
	}
	if call.RequestID == "" {
		call.RequestID = c.ids.uuid()
	}
	s := &jsonCall{c: c, of: service, call: call, op: op, at: c.now()}
	out, err := s.serve(do, request)
	if err != nil {
		return nil, err
	}
	return encode(out), nil
}

// clip shortens what a client sent, for a message.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}

func (s *jsonCall) serve(do jsonOperation, request []byte) (*scim.Object, *Error) {
	in, syntax := scim.DecodeObject(request, maxDepth)
	s.in = in
	if s.call.Fault != nil {
		return nil, s.fail(do, s.call.Fault)
	}
	if s.c.be.Throttle {
		if err := s.c.throttle.take("API "+s.op, apiCalls, s.at); err != nil {
			return nil, s.fail(do, err)
		}
	}
	if syntax != nil {
		return nil, s.fail(do, &Error{Status: 400, Name: "SerializationException", Detail: "The body is not a JSON object.", Hint: syntax.Error()})
	}
	if do.read != nil {
		out, err := do.read(s)
		if err != nil {
			return nil, s.fail(do, err)
		}
		tx := &transaction{c: s.c, at: s.at}
		return out, tx.commit(s.event(do, s.at, nil))
	}
	change, err := do.write(s)
	if err != nil {
		return nil, s.fail(do, err)
	}
	s.c.writer.Lock()
	defer s.c.writer.Unlock()
	tx := &transaction{c: s.c, at: s.c.tick(), by: principal(s.call.Caller)}
	s.at = tx.at
	if err := change(tx); err != nil {
		tx.steps = nil
		if failed := tx.commit(s.event(do, tx.at, err)); failed != nil {
			return nil, failed
		}
		return nil, err
	}
	if s.out == nil {
		s.out = &scim.Object{}
	}
	return s.out, tx.commit(s.event(do, tx.at, nil))
}

// fail records a call that changed nothing.
func (s *jsonCall) fail(do jsonOperation, err *Error) *Error {
	tx := &transaction{c: s.c, at: s.at}
	if failed := tx.commit(s.event(do, s.at, err)); failed != nil {
		return failed
	}
	return err
}

// event records the call as it ended.
func (s *jsonCall) event(do jsonOperation, at time.Time, err *Error) *Event {
	if s.call.Silent {
		return nil
	}
	return s.c.record(s.call, s.action(do.read != nil), s.call.Caller, at, err)
}
