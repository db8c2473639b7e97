package scim_test

import (
	"errors"
	"fmt"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// A server that supports one filter only looks at what was parsed.
func ExampleParseFilter() {
	f, err := scim.ParseFilter(`userName Eq "bjensen"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	if c, ok := f.(scim.Compare); ok && c.Op == scim.Equal && c.Path.Is("userName", scim.UserURN) {
		fmt.Println("look up", c.Value)
	}
	// Output: look up bjensen
}

// The error knows the place, and holds the answer to send.
func ExampleSyntaxError() {
	_, err := scim.ParseFilter(`userName like "b"`)
	e, _ := errors.AsType[*scim.Error](err)
	body, _ := e.Object().AppendJSON(nil)
	fmt.Println(e.Status)
	fmt.Println(string(body))
	// Output:
	// 400
	// {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"invalidFilter","detail":"filter, byte 10: an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr) is wanted here, not \"like \\\"b\\\"\"","status":"400"}
}

func ExampleResourceType_Match() {
	user, _ := scim.DecodeObject([]byte(`{"userName":"bjensen","emails":[{"type":"work","value":"b@example.com"}]}`), 10)
	f, _ := scim.ParseFilter(`emails[type eq "work" and value ew "@EXAMPLE.COM"]`)
	fmt.Println(scim.UserType().Match(f, user))
	// Output: true
}

// Operations are read first, so that a server may refuse some, and applied then.
func ExampleResourceType_Apply() {
	group, _ := scim.DecodeObject([]byte(`{"displayName":"Guides","members":[{"value":"u-1"}]}`), 10)
	body, _ := scim.DecodeObject([]byte(`{
		"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"Operations": [
			{"op": "Add", "path": "members", "value": [{"value": "u-2"}]},
			{"op": "remove", "path": "members[value eq \"u-1\"]"}
		]}`), 10)
	ops, err := scim.ParsePatch(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range ops {
		if op.Op == scim.Replace && op.Path != nil && op.Path.Is("members", scim.GroupURN) {
			fmt.Println("members can't be replaced here")
			return
		}
	}
	patched, changed, err := scim.GroupType().Apply(group, ops)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := patched.AppendJSON(nil)
	fmt.Println(changed, string(text))
	// Output: true {"displayName":"Guides","members":[{"value":"u-2"}]}
}

// The caller decides on the order of the members.
func ExampleObject_Order() {
	list := scim.ListResponse{TotalResults: 0, StartIndex: 1}.Object()
	text, _ := list.Order("totalResults", "itemsPerPage", "startIndex").AppendJSON(nil)
	fmt.Println(string(text))
	// Output: {"totalResults":0,"itemsPerPage":0,"startIndex":1,"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[]}
}
