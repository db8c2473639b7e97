package idcenter

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

// largestRecord is the most that CloudTrail keeps of one event, in bytes; what a
// client sent is left out of a larger one (cloudtrail reference 1.3).
const largestRecord = 256 << 10

// record makes the event of a call: what was called, by whom, when, and how it
// ended.
func (c *Center) record(call Call, action cloudtrail.Action, caller cloudtrail.Caller, at time.Time, failed *Error) *Event {
	at = at.Truncate(time.Second)
	draft := cloudtrail.Draft{
		Time: at, ID: c.ids.uuid(), RequestID: call.RequestID, Account: c.account, Region: c.region,
		Action: action, Caller: caller, SourceIP: call.SourceIP, UserAgent: call.UserAgent,
		Failure: failed.failure(), FromConsole: call.FromConsole,
	}
	line := draft.Record()
	if len(line) > largestRecord {
		draft.Action.Request = nil
		line = draft.Record()
	}
	return &Event{ID: draft.ID, Time: at, Source: action.Source, Name: action.Name, ReadOnly: action.ReadOnly,
		Username: username(caller), AccessKey: caller.AccessKey, Record: line}
}

// username is what LookupEvents calls Username (cloudtrail reference 3.3).
func username(c cloudtrail.Caller) string {
	if c.Type == "Root" {
		return "root"
	}
	return c.Session
}

// principal is how the store notes who made a thing: the caller's ARN. The
// format is not documented.
func principal(c cloudtrail.Caller) string {
	switch {
	case c.Type == "AssumedRole":
		return "arn:aws:sts::" + c.Account + ":assumed-role/" + c.Role + "/" + c.Session
	case c.Type == "IAMUser":
		return "arn:aws:iam::" + c.Account + ":user/" + c.Session
	case c.Type == "Root":
		return "arn:aws:iam::" + c.Account + ":root"
	case c.InvokedBy != "":
		return c.InvokedBy
	}
	return c.Account
}

// scimAction is a call to the SCIM endpoint as it is logged. made is the id of
// what a POST made; active is what a user write leaves the user as.
func (c *Center) scimAction(op, id string, body []byte, made string, active bool) cloudtrail.Action {
	a := cloudtrail.SCIMCall(op, c.tenant, id, withoutEmptyMembers(op, body), made)
	for i := range a.Response {
		if a.Response[i].Key == "active" {
			a.Response[i].Value = active
		}
	}
	return a
}

// withoutEmptyMembers takes the empty member list, which Okta and others send
// with each new group, out of a body. The record masks values, so that it would
// otherwise look as if members had been set.
func withoutEmptyMembers(op string, body []byte) []byte {
	if op != "CreateGroup" {
		return body
	}
	o, err := scim.DecodeObject(body, maxDepth)
	if err != nil {
		return body
	}
	v, sent := o.Get("members")
	list, isList := v.([]any)
	if !sent || v != nil && !(isList && len(list) == 0) {
		return body
	}
	o.Delete("members")
	return encode(o)
}
