package scim_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/scim"
)

func TestParsePathReadsEveryForm(t *testing.T) {
	t.Parallel()
	work := compare("type", scim.Equal, "work")
	for _, row := range []struct {
		says, text string
		want       scim.Path
	}{
		{"an attribute", `members`, scim.Path{AttrPath: scim.AttrPath{Name: "members"}}},
		{"a sub-attribute", `name.familyName`, scim.Path{AttrPath: scim.AttrPath{Name: "name", Sub: "familyName"}}},
		{"chosen values", `addresses[type eq "work"]`, scim.Path{AttrPath: scim.AttrPath{Name: "addresses"}, Filter: work}},
		{"a sub-attribute of chosen values", `members[value eq "2819c223-7f76-453a-919d-413861904646"].displayName`,
			scim.Path{AttrPath: scim.AttrPath{Name: "members", Sub: "displayName"}, Filter: compare("value", scim.Equal, "2819c223-7f76-453a-919d-413861904646")}},
		{"a core attribute with its URN", `urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value`,
			scim.Path{AttrPath: scim.AttrPath{URN: scim.UserURN, Name: "emails", Sub: "value"}, Filter: work}},
		{"an extension's attribute, with a colon", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`,
			scim.Path{AttrPath: scim.AttrPath{URN: scim.EnterpriseUserURN, Name: "department"}}},
		{"an extension's attribute, with a point", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department`,
			scim.Path{AttrPath: scim.AttrPath{URN: scim.EnterpriseUserURN, Name: "department"}}},
		{"an extension's sub-attribute, with points", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.value`,
			scim.Path{AttrPath: scim.AttrPath{URN: scim.EnterpriseUserURN, Name: "manager", Sub: "value"}}},
		{"a whole extension", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`,
			scim.Path{AttrPath: scim.AttrPath{URN: scim.EnterpriseUserURN}}},
		{"a blank before the brackets", `members [value eq "x"]`,
			scim.Path{AttrPath: scim.AttrPath{Name: "members"}, Filter: compare("value", scim.Equal, "x")}},
	} {
		got, err := scim.ParsePath(row.text)
		if err != nil {
			t.Errorf("%s: %v", row.says, err)
			continue
		}
		if diff := cmp.Diff(&row.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", row.says, diff)
		}
	}
}

func TestParsePathSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says, text string
		offset     int
	}{
		{"nothing", ``, 0},
		{"a URN without an attribute", `urn:example:Thing:`, 18},
		{"a known URN and a colon", `urn:ietf:params:scim:schemas:core:2.0:User:`, 43},
		{"a slash", `/members`, 0},
		{"a sub-attribute without a name", `members[value eq "x"].`, 22},
		{"a sub-attribute of a sub-attribute", `members[value eq "x"].a.b`, 22},
		{"a blank behind it", `members `, 7},
		{"brackets that choose nothing", `members[]`, 8},
		{"brackets behind a sub-attribute", `members.value[type eq "x"]`, 7},
		{"brackets behind a whole extension", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User[a pr]`, 58},
		{"brackets twice", `a[b pr][c pr]`, 7},
	} {
		_, err := scim.ParsePath(row.text)
		got, ok := errors.AsType[*scim.SyntaxError](err)
		if !ok || got.Type != scim.InvalidPath || got.Offset != row.offset {
			t.Errorf("%s: got %#v, want invalidPath at %d", row.says, err, row.offset)
		}
	}
}

func TestAPrintedPathIsReadAsTheSamePath(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := &scim.Path{AttrPath: anyAttrPath(true).Draw(t, "path")}
		if rapid.Bool().Draw(t, "has brackets") {
			want.Filter = filterWith(2, false).Draw(t, "filter")
		}
		got, err := scim.ParsePath(want.String())
		if err != nil {
			t.Fatalf("%s: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: (-want +got)\n%s", want, diff)
		}
	})
}

func TestAnAttributePathIsRecognisedRegardlessOfCaseAndOfItsURN(t *testing.T) {
	t.Parallel()
	path, err := scim.ParsePath("URN:ietf:params:scim:schemas:core:2.0:Group:MEMBERS.Value")
	if err != nil {
		t.Fatal(err)
	}
	if !path.Is("members.value", scim.GroupURN) {
		t.Error("members.value of a group is not recognised")
	}
	if path.Is("members.value") || path.Is("members", scim.GroupURN) || path.Is("members.value", scim.UserURN) {
		t.Error("it is taken for something else")
	}
}
