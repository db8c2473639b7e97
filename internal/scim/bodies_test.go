package scim_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/scimtrail/scimtrail/internal/scim"
)

func TestBodies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says string
		body *scim.Object
		want string
	}{
		{"an error with a scimType", (&scim.Error{Status: 400, Type: scim.Mutability, Detail: "Attribute 'id' is readOnly"}).Object(),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"scimType":"mutability","detail":"Attribute 'id' is readOnly","status":"400"}`},
		{"an error without", (&scim.Error{Status: 404}).Object(),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}`},
		{"a list in the order of the RFC", scim.ListResponse{TotalResults: 2, StartIndex: 1, ItemsPerPage: 1, Resources: []any{scim.NewObject(scim.Member{Name: "id", Value: "1"})}}.Object(),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":"1"}]}`},
		{"a list in another order, of resources that are written already",
			scim.ListResponse{TotalResults: 1, StartIndex: 1, ItemsPerPage: 1, Resources: []any{json.RawMessage(`{"id":"1"}`)}}.Object().
				Order("totalResults", "itemsPerPage", "startIndex"),
			`{"totalResults":1,"itemsPerPage":1,"startIndex":1,"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[{"id":"1"}]}`},
		{"an empty list", scim.ListResponse{StartIndex: 1}.Object(),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`},
		{"a page with a cursor", scim.CursorPage{ItemsPerPage: 100, NextCursor: "abc"}.Object().Order("itemsPerPage", "nextCursor"),
			`{"itemsPerPage":100,"nextCursor":"abc","schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[]}`},
		{"the last page", scim.CursorPage{ItemsPerPage: 10}.Object(),
			`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"itemsPerPage":10,"Resources":[]}`},
		{"what a server can do", scim.ServiceProviderConfig{
			DocumentationURI: "https://example.com/help", Patch: true, BulkMaxOperations: 1, BulkMaxPayloadSize: 1048576, Filter: true, FilterMaxResults: 50,
			AuthenticationSchemes: []scim.AuthenticationScheme{{Type: "oauthbearertoken", Name: "OAuth Bearer Token", Description: "A token", SpecURI: "https://www.rfc-editor.org/info/rfc6750", Primary: true}},
		}.Object(),
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"documentationUri":"https://example.com/help","patch":{"supported":true},` +
				`"bulk":{"supported":false,"maxOperations":1,"maxPayloadSize":1048576},"filter":{"supported":true,"maxResults":50},"changePassword":{"supported":false},` +
				`"sort":{"supported":false},"etag":{"supported":false},"authenticationSchemes":[{"type":"oauthbearertoken","name":"OAuth Bearer Token","description":"A token",` +
				`"specUri":"https://www.rfc-editor.org/info/rfc6750","primary":true}]}`},
		{"the resource type of users", scim.UserType().Object(),
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","endpoint":"/Users","description":"User Account",` +
				`"schema":"urn:ietf:params:scim:schemas:core:2.0:User","schemaExtensions":[{"schema":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","required":false}]}`},
		{"the resource type of groups", scim.GroupType().Object(),
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Group","name":"Group","endpoint":"/Groups","description":"Group",` +
				`"schema":"urn:ietf:params:scim:schemas:core:2.0:Group"}`},
	} {
		if got := written(t, row.body); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.says, got, row.want)
		}
	}
}

// What RFC 7643 section 8.7.1 says of attributes that matter most to a server.
func TestSchemasSayOfAttributesWhatTheRFCSays(t *testing.T) {
	t.Parallel()
	type facts struct {
		kind                             scim.Kind
		many, required, exact            bool
		mutability, returned, uniqueness string
	}
	for path, want := range map[string]facts{
		"id":                    {scim.String, false, false, true, scim.ReadOnly, scim.ReturnedAlways, scim.UniqueServer},
		"externalId":            {scim.String, false, false, true, "", "", ""},
		"meta.created":          {scim.DateTime, false, false, false, scim.ReadOnly, "", ""},
		"userName":              {scim.String, false, true, false, "", "", scim.UniqueServer},
		"displayName":           {scim.String, false, false, false, "", "", ""},
		"profileUrl":            {scim.Reference, false, false, true, "", "", ""},
		"active":                {scim.Boolean, false, false, false, "", "", ""},
		"password":              {scim.String, false, false, false, scim.WriteOnly, scim.ReturnedNever, ""},
		"emails":                {scim.Complex, true, false, false, "", "", ""},
		"emails.primary":        {scim.Boolean, false, false, false, "", "", ""},
		"groups":                {scim.Complex, true, false, false, scim.ReadOnly, "", ""},
		"groups.value":          {scim.String, false, false, true, scim.ReadOnly, "", ""},
		"x509Certificates":      {scim.Complex, true, false, false, "", "", ""},
		"manager.displayName":   {scim.String, false, false, false, scim.ReadOnly, "", ""},
		"addresses.postalCode":  {scim.String, false, false, false, "", "", ""},
		"entitlements.display":  {scim.String, false, false, false, "", "", ""},
		"phoneNumbers.type":     {scim.String, false, false, false, "", "", ""},
		"name.honorificSuffix":  {scim.String, false, false, false, "", "", ""},
		"x509Certificates.type": {scim.String, false, false, false, "", "", ""},
	} {
		p, err := scim.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		_, a, sub, ok := scim.UserType().Lookup(p.AttrPath)
		if !ok {
			t.Errorf("%s is missing", path)
			continue
		}
		if sub != nil {
			a = sub
		}
		if got := (facts{a.Kind, a.MultiValued, a.Required, a.CaseExact, a.Mutability, a.Returned, a.Uniqueness}); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

func TestASchemaDocumentSaysOnlyWhatHasAMeaning(t *testing.T) {
	t.Parallel()
	doc := scim.UserSchema().Object()
	attributes, _ := doc.Get("attributes")
	find := func(name string) string {
		list := attributes.([]any)
		i := slices.IndexFunc(list, func(v any) bool { return v.(*scim.Object).Text("name") == name })
		return written(t, list[i].(*scim.Object))
	}
	if got, want := find("userName"), `{"name":"userName","type":"string","multiValued":false,"description":"The name with which the user signs in, unique among all users.",`+
		`"required":true,"caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"server"}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got, want := find("active"), `{"name":"active","type":"boolean","multiValued":false,"description":"Whether the user may use the service.",`+
		`"required":false,"mutability":"readWrite","returned":"default"}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for _, s := range []*scim.Schema{scim.UserSchema(), scim.GroupSchema(), scim.EnterpriseUserSchema()} {
		var read struct {
			ID         string
			Attributes []struct{ Name, Type, Description string }
		}
		if err := json.Unmarshal([]byte(written(t, s.Object())), &read); err != nil || read.ID != s.ID || len(read.Attributes) != len(s.Attributes) {
			t.Errorf("%s: %v, %d attributes", s.ID, err, len(read.Attributes))
		}
		for _, a := range read.Attributes {
			if a.Name == "" || a.Type == "" || a.Description == "" {
				t.Errorf("%s: %+v", s.ID, a)
			}
		}
	}
}
