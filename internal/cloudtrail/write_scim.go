package cloudtrail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// The SCIM schemas that bodies name.
const (
	schemaUser  = "urn:ietf:params:scim:schemas:core:2.0:User"
	schemaGroup = "urn:ietf:params:scim:schemas:core:2.0:Group"
	schemaPatch = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// SCIMOperation is one operation of a PATCH as the client sent it. CloudTrail
// keeps op (in capitals) and path and masks the value.
type SCIMOperation struct {
	Op, Path string
	NoValue  bool // the client sent no value
}

// SCIMCreateGroup is a POST of a group that was given the id group; withMembers
// says that the body held members.
func SCIMCreateGroup(tenant, group string, withMembers bool) Action {
	body := Object{{"displayName", awsid.Masked}}
	if withMembers {
		body = append(body, Member{"members", awsid.Masked})
	}
	a := scim("CreateGroup", body, tenant, "")
	a.created = "Group"
	a.Response = Object{{"displayName", awsid.Masked}, {"schemas", []string{schemaGroup}}, {"id", group}}
	return a
}

// SCIMPatchGroup is a PATCH of a group, which answers with nothing.
func SCIMPatchGroup(tenant, group string, ops ...SCIMOperation) Action {
	return scim("PatchGroup", patchBody(ops), tenant, group)
}

// SCIMDeleteGroup is a DELETE of a group.
func SCIMDeleteGroup(tenant, group string) Action { return scim("DeleteGroup", nil, tenant, group) }

// SCIMCreateUser is a POST of a user that was given the id user.
func SCIMCreateUser(tenant, user string, active bool) Action {
	a := scim("CreateUser", userBody(active), tenant, "")
	a.created = "User"
	a.Response = userResponse(user, active)
	return a
}

// SCIMPutUser is a PUT of a whole user.
func SCIMPutUser(tenant, user string, active bool) Action {
	a := scim("PutUser", userBody(active), tenant, user)
	a.created = "User"
	a.Response = userResponse(user, active)
	return a
}

// SCIMPatchUser is a PATCH of a user; active is what it leaves the user as.
func SCIMPatchUser(tenant, user string, active bool, ops ...SCIMOperation) Action {
	a := scim("PatchUser", patchBody(ops), tenant, user)
	a.created = "User"
	a.Response = userResponse(user, active)
	return a
}

// SCIMSetActive is the PATCH by which a client disables or enables a user. What
// it sets is not masked (cloudtrail reference 2.10).
func SCIMSetActive(tenant, user string, active bool) Action {
	a := SCIMPatchUser(tenant, user, active)
	a.Request[0].Value = Object{{"operations", []Object{{{"op", "REPLACE"}, {"path", "active"}, {"value", active}}}}, {"schemas", []string{schemaPatch}}}
	return a
}

// SCIMDeleteUser is a DELETE of a user.
func SCIMDeleteUser(tenant, user string) Action { return scim("DeleteUser", nil, tenant, user) }

// SCIMRead is a call that only reads; id is that of a GetUser or GetGroup.
func SCIMRead(name, tenant, id string) Action {
	a := scim(name, nil, tenant, id)
	a.ReadOnly = true
	return a
}

// SCIMCall is any call of the endpoint with the body as it came over the wire,
// for a server that logs its own calls. Everything in the body is masked but
// what the real log shows: active, schemas, and of each operation its op and
// path (cloudtrail reference 2.10). A body that is no JSON object is left out.
// id is the path parameter; made is the id of what a POST created.
func SCIMCall(name, tenant, id string, body []byte, made string) Action {
	a := scim(name, maskBody(body), tenant, id)
	a.ReadOnly = readName(name) || name == "ServiceProviderConfig"
	switch name {
	case "CreateGroup":
		a.created, a.Response = "Group", Object{{"displayName", awsid.Masked}, {"schemas", []string{schemaGroup}}, {"id", made}}
	case "CreateUser":
		a.created, a.Response = "User", userResponse(made, true)
	case "PutUser", "PatchUser":
		a.created, a.Response = "User", userResponse(id, true)
	}
	return a
}

func scim(name string, body Object, tenant, id string) Action {
	var request Object
	if body != nil {
		request = Object{{"httpBody", body}}
	}
	request = append(request, Member{"tenantId", tenant})
	if id != "" {
		request = append(request, Member{"id", id})
	}
	return Action{Source: awsid.SourceSCIM, Name: name, Request: request, Host: "scim.REGION.amazonaws.com", Version: "1.10"}
}

// finish gives a SCIM call what depends on its end: the times of the resource it
// made, and on failure a body whose schemas are masked too (cloudtrail
// reference 2.5).
func (a Action) finish(at time.Time, failed bool) (request, response Object) {
	request, response = a.Request, a.Response
	if a.created != "" && response != nil {
		meta := Object{{"created", javaTime(at)}, {"lastModified", javaTime(at)}, {"resourceType", a.created}}
		response = append(Object{{"meta", meta}}, response...)
	}
	if failed && len(request) > 0 {
		if body, ok := request[0].Value.(Object); ok {
			hidden := make(Object, len(body))
			copy(hidden, body)
			for i := range hidden {
				if hidden[i].Key == "schemas" {
					hidden[i].Value = []string{awsid.Masked}
				}
			}
			request = append(Object{{request[0].Key, hidden}}, request[1:]...)
		}
	}
	return request, response
}

func patchBody(ops []SCIMOperation) Object {
	list := make([]Object, len(ops))
	for i, op := range ops {
		list[i] = Object{{"op", strings.ToUpper(op.Op)}}
		if op.Path != "" {
			list[i] = append(list[i], Member{"path", op.Path})
		}
		if !op.NoValue {
			list[i] = append(list[i], Member{"value", awsid.Masked})
		}
	}
	return Object{{"operations", list}, {"schemas", []string{schemaPatch}}}
}

func userBody(active bool) Object {
	return Object{{"displayName", awsid.Masked}, {"schemas", []string{schemaUser}},
		{"name", maskedName}, {"active", active}, {"userName", awsid.Masked}}
}

func userResponse(user string, active bool) Object {
	return Object{{"displayName", awsid.Masked}, {"schemas", []string{schemaUser}}, {"name", maskedName},
		{"active", active}, {"id", user}, {"userName", awsid.Masked}}
}

var maskedName = Object{{"familyName", awsid.Masked}, {"givenName", awsid.Masked}}

// maskBody reads a body in the order of its members and masks it.
func maskBody(body []byte) Object {
	var out Object
	err := members(body, func(key string, value json.RawMessage) {
		switch strings.ToLower(key) {
		case "schemas":
			out = append(out, Member{"schemas", value})
		case "active":
			out = append(out, Member{key, value})
		case "operations":
			out = append(out, Member{"operations", maskOperations(value)})
		case "name":
			var name Object
			if members(value, func(k string, _ json.RawMessage) { name = append(name, Member{k, awsid.Masked}) }) == nil {
				out = append(out, Member{key, name})
				return
			}
			out = append(out, Member{key, awsid.Masked})
		default:
			out = append(out, Member{key, awsid.Masked})
		}
	})
	if err != nil {
		return nil
	}
	return out
}

func maskOperations(value json.RawMessage) any {
	var raw []json.RawMessage
	if json.Unmarshal(value, &raw) != nil {
		return awsid.Masked
	}
	list := make([]Object, 0, len(raw))
	for _, r := range raw {
		var op struct {
			Op, Path string
			Value    json.RawMessage
		}
		if json.Unmarshal(r, &op) != nil {
			continue
		}
		o := Object{{"op", strings.ToUpper(op.Op)}}
		if op.Path != "" {
			o = append(o, Member{"path", op.Path})
		}
		switch {
		case op.Value == nil:
		case strings.EqualFold(op.Path, "active"):
			o = append(o, Member{"value", op.Value})
		default:
			o = append(o, Member{"value", awsid.Masked})
		}
		list = append(list, o)
	}
	return list
}

// members calls visit for each member of a JSON object in the order of the
// text.
func members(object []byte, visit func(key string, value json.RawMessage)) error {
	dec := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return fmt.Errorf("the body is not a JSON object")
	}
	for dec.PeekKind() != '}' {
		key, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := key.String()
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		value = bytes.Clone(value)
		if err := value.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
			return err
		}
		visit(name, json.RawMessage(value))
	}
	return nil
}
