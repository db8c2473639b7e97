package scim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/scim"
)

func TestParsePatchReadsWhatClientsSend(t *testing.T) {
	t.Parallel()
	ops, err := scim.ParsePatch(object(t, `{
		"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
		"operations": [
			{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u-1"}]},
			{"OP": "replace", "path": null, "value": {"active": false}},
			{"op": "Remove", "path": "members[value eq \"u-2\"]"},
			{"op": "replace", "path": "nickName", "value": null}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		op       scim.PatchOp
		path     string
		hasPath  bool
		hasValue bool
		isNil    bool
		raw      string
	}
	var got []seen
	for _, op := range ops {
		s := seen{op: op.Op, hasPath: op.Path != nil, hasValue: op.HasValue, isNil: op.Value == nil, raw: written(t, op.Raw)}
		if op.Path != nil {
			s.path = op.Path.String()
		}
		got = append(got, s)
	}
	want := []seen{
		{scim.Add, `members`, true, true, false, `{"op":"Add","path":"members","value":[{"$ref":null,"value":"u-1"}]}`},
		{scim.Replace, ``, false, true, false, `{"OP":"replace","path":null,"value":{"active":false}}`},
		{scim.Remove, `members[value eq "u-2"]`, true, false, true, `{"op":"Remove","path":"members[value eq \"u-2\"]"}`},
		{scim.Replace, `nickName`, true, true, true, `{"op":"replace","path":"nickName","value":null}`},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParsePatchRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ says, body, want string }{
		{"no operations", `{}`, "invalidSyntax: Operations must be a list with at least one operation"},
		{"null", `{"Operations":null}`, "invalidSyntax: Operations must be a list with at least one operation"},
		{"an empty list", `{"Operations":[]}`, "invalidSyntax: Operations must be a list with at least one operation"},
		{"one operation that is no list", `{"Operations":{"op":"add"}}`, "invalidSyntax: Operations must be a list with at least one operation"},
		{"an operation that is text", `{"Operations":["add"]}`, "invalidSyntax: operation 1 is not an object"},
		{"no op", `{"Operations":[{"path":"title"}]}`, `invalidSyntax: operation 1: op must be add, replace or remove, not ""`},
		{"another op", `{"Operations":[{"op":"add","value":{}},{"op":"move"}]}`, `invalidSyntax: operation 2: op must be add, replace or remove, not "move"`},
		{"a path that is a number", `{"Operations":[{"op":"add","path":1}]}`, "invalidPath: operation 1: path must be text"},
		{"a path that is none", `{"Operations":[{"op":"add","path":"a b"}]}`,
			`invalidPath: operation 1: path, byte 2: the expression should end here, not " b"`},
	} {
		_, err := scim.ParsePatch(object(t, row.body))
		if err == nil || err.Error() != row.want {
			t.Errorf("%s:\n got %v\nwant %s", row.says, err, row.want)
		}
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 {
			t.Errorf("%s: the error holds no response with status 400", row.says)
		}
	}
	_, err := scim.ParsePatch(object(t, `{"Operations":[{"op":"add","path":"a b"}]}`))
	if e, ok := errors.AsType[*scim.SyntaxError](err); !ok || e.Offset != 1 {
		t.Errorf("the place in the path is lost: %#v", err)
	}
}

// patchCase is a resource, operations as JSON, and what becomes of it: the
// resource as JSON, or an error.
type patchCase struct {
	says, before, ops, want string
}

func testApply(t *testing.T, of *scim.ResourceType, cases []patchCase) {
	t.Helper()
	for _, row := range cases {
		before := object(t, row.before)
		was := written(t, before)
		ops, err := scim.ParsePatch(object(t, `{"Operations":[`+row.ops+`]}`))
		if err != nil {
			t.Errorf("%s: %v", row.says, err)
			continue
		}
		after, changed, err := of.Apply(before, ops)
		if now := written(t, before); now != was {
			t.Errorf("%s: the resource that was given became %s", row.says, now)
		}
		if err != nil {
			if got := err.Error(); got != row.want {
				t.Errorf("%s:\n got %s\nwant %s", row.says, got, row.want)
			}
			if after != before || changed {
				t.Errorf("%s: an error comes with a change", row.says)
			}
			continue
		}
		want := row.want
		if strings.HasPrefix(want, "{") {
			want = written(t, object(t, want))
		}
		if got := written(t, after); got != want {
			t.Errorf("%s:\n got %s\nwant %s", row.says, got, want)
		}
		if changed != (written(t, after) != was) {
			t.Errorf("%s: changed is %v", row.says, changed)
		}
	}
}

func TestApplyFollowsTheExamplesOfTheRFC(t *testing.T) {
	t.Parallel()
	testApply(t, scim.GroupType(), []patchCase{
		{"a member is added",
			`{"displayName":"Tour Guides"}`,
			`{"op":"add","path":"members","value":[{"display":"Babs Jensen","$ref":"https://example.com/v2/Users/2819c223","value":"2819c223"}]}`,
			`{"displayName":"Tour Guides","members":[{"display":"Babs Jensen","$ref":"https://example.com/v2/Users/2819c223","value":"2819c223"}]}`},
		{"a single member is removed",
			`{"displayName":"Tour Guides","members":[{"value":"2819c223"},{"value":"902c246b"}]}`,
			`{"op":"remove","path":"members[value eq \"2819c223\"]"}`,
			`{"displayName":"Tour Guides","members":[{"value":"902c246b"}]}`},
		{"all members are removed",
			`{"displayName":"Tour Guides","members":[{"value":"2819c223"},{"value":"902c246b"}]}`,
			`{"op":"remove","path":"members"}`,
			`{"displayName":"Tour Guides"}`},
		{"one member is removed and another added",
			`{"displayName":"Tour Guides","members":[{"value":"2819c223"}]}`,
			`{"op":"remove","path":"members[value eq \"2819c223\"]"},{"op":"add","path":"members","value":[{"value":"902c246b"}]}`,
			`{"displayName":"Tour Guides","members":[{"value":"902c246b"}]}`},
		{"all members are replaced",
			`{"displayName":"Tour Guides","members":[{"value":"1"},{"value":"2"}]}`,
			`{"op":"replace","path":"members","value":[{"value":"2"},{"value":"3"}]}`,
			`{"displayName":"Tour Guides","members":[{"value":"2"},{"value":"3"}]}`},
	})
	testApply(t, scim.UserType(), []patchCase{
		{"several attributes are added without a path",
			`{"userName":"babs"}`,
			`{"op":"add","value":{"emails":[{"value":"babs@jensen.example.org","type":"home"}],"nickName":"Babs"}}`,
			`{"userName":"babs","emails":[{"value":"babs@jensen.example.org","type":"home"}],"nickName":"Babs"}`},
		{"an address is replaced whole by brackets",
			`{"userName":"babs","addresses":[{"type":"work","streetAddress":"old","country":"US"},{"type":"home","streetAddress":"home"}]}`,
			`{"op":"replace","path":"addresses[type eq \"work\"]","value":{"type":"work","streetAddress":"911 Universal City Plaza"}}`,
			`{"userName":"babs","addresses":[{"type":"work","streetAddress":"911 Universal City Plaza"},{"type":"home","streetAddress":"home"}]}`},
		{"a sub-attribute is replaced by brackets",
			`{"userName":"babs","addresses":[{"type":"work","streetAddress":"old","country":"US"}]}`,
			`{"op":"replace","path":"addresses[type eq \"work\"].streetAddress","value":"1010 Broadway Ave"}`,
			`{"userName":"babs","addresses":[{"type":"work","streetAddress":"1010 Broadway Ave","country":"US"}]}`},
		{"the e-mail of a kind is removed by two terms",
			`{"userName":"babs","emails":[{"value":"a@example.com","type":"work"},{"value":"b@example.org","type":"work"}]}`,
			`{"op":"remove","path":"emails[type eq \"work\" and value ew \"example.com\"]"}`,
			`{"userName":"babs","emails":[{"value":"b@example.org","type":"work"}]}`},
		{"a list and an attribute are replaced without a path",
			`{"userName":"babs","emails":[{"value":"x@example.com"}],"nickName":"B"}`,
			`{"op":"replace","value":{"emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.example.org","type":"home"}],"nickName":"Babs"}}`,
			`{"userName":"babs","emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.example.org","type":"home"}],"nickName":"Babs"}`},
	})
}

func TestApplyToAUser(t *testing.T) {
	t.Parallel()
	const enterprise = `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`
	testApply(t, scim.UserType(), []patchCase{
		{"a single attribute is added", `{"userName":"a"}`, `{"op":"add","path":"title","value":"Guide"}`, `{"userName":"a","title":"Guide"}`},
		{"and replaced by add", `{"title":"x"}`, `{"op":"add","path":"TITLE","value":"Guide"}`, `{"title":"Guide"}`},
		{"replace of what is absent adds it", `{}`, `{"op":"replace","path":"nickName","value":"N"}`, `{"nickName":"N"}`},
		{"the same value changes nothing", `{"title":"x"}`, `{"op":"replace","path":"title","value":"x"}`, `{"title":"x"}`},
		{"what is undone in the same request changes nothing", `{"title":"x"}`,
			`{"op":"replace","path":"title","value":"y"},{"op":"replace","path":"title","value":"x"}`, `{"title":"x"}`},
		{"replace by null removes", `{"title":"x","active":true}`, `{"op":"replace","path":"title","value":null}`, `{"active":true}`},
		{"add of null does nothing", `{"title":"x"}`, `{"op":"add","path":"title","value":null}`, `{"title":"x"}`},
		{"remove of what is absent does nothing", `{"title":"x"}`, `{"op":"remove","path":"nickName"}`, `{"title":"x"}`},
		{"a name is merged, not replaced", `{"name":{"givenName":"A","familyName":"B"}}`,
			`{"op":"replace","path":"name","value":{"familyName":"C","middleName":"M"}}`, `{"name":{"givenName":"A","familyName":"C","middleName":"M"}}`},
		{"null inside a name removes that part", `{"name":{"givenName":"A","familyName":"B"}}`,
			`{"op":"replace","path":"name","value":{"familyName":null}}`, `{"name":{"givenName":"A"}}`},
		{"a part of a name that is absent makes the name", `{}`, `{"op":"add","path":"name.familyName","value":"B"}`, `{"name":{"familyName":"B"}}`},
		{"the last part of a name takes the name with it", `{"userName":"a","name":{"familyName":"B"}}`, `{"op":"remove","path":"name.familyName"}`, `{"userName":"a"}`},
		{"names in a value object may be paths", `{"emails":[{"type":"work","value":"old"}]}`,
			`{"op":"replace","value":{"name.familyName":"B","emails[type eq \"work\"].value":"new","` + enterprise + `:department":"D"}}`,
			`{"emails":[{"type":"work","value":"new"}],"name":{"familyName":"B"},"` + enterprise + `":{"department":"D"}}`},
		{"an extension in a value object is merged", `{"` + enterprise + `":{"division":"V"}}`,
			`{"op":"add","value":{"` + enterprise + `":{"department":"D","manager":{"value":"m"}}}}`,
			`{"` + enterprise + `":{"division":"V","department":"D","manager":{"value":"m"}}}`},
		{"a whole extension is removed", `{"userName":"a","` + enterprise + `":{"division":"V","department":"D"}}`,
			`{"op":"remove","path":"` + enterprise + `"}`, `{"userName":"a"}`},
		{"a whole extension is removed with what nobody knows in it", `{"userName":"a","` + enterprise + `":{"":{},"x":1,"division":"V"}}`,
			`{"op":"remove","path":"` + enterprise + `"}`, `{"userName":"a"}`},
		{"a whole extension is replaced by null", `{"userName":"a","` + enterprise + `":{"division":"V"}}`,
			`{"op":"replace","value":{"` + enterprise + `":null}}`, `{"userName":"a"}`},
		{"an extension's attribute without a name", `{}`, `{"op":"add","value":{"` + enterprise + `":{"":{"":1}}}}`,
			`invalidPath: operation 1: an attribute of "` + enterprise + `" has no name`},
		{"an extension is no text", `{}`, `{"op":"add","path":"` + enterprise + `","value":"x"}`,
			`invalidValue: operation 1: add of "` + enterprise + `" takes an object of attributes as its value, and remove none`},
		{"the last attribute takes the extension with it", `{"userName":"a","` + enterprise + `":{"division":"V"}}`,
			`{"op":"remove","path":"` + enterprise + `:division"}`, `{"userName":"a"}`},
		{"an extension's attribute without its URN", `{}`, `{"op":"add","path":"department","value":"D"}`, `{"` + enterprise + `":{"department":"D"}}`},
		{"a sub-attribute of all values", `{"emails":[{"value":"a"},{"value":"b","type":"home"}]}`,
			`{"op":"replace","path":"emails.type","value":"work"}`, `{"emails":[{"value":"a","type":"work"},{"value":"b","type":"work"}]}`},
		{"brackets that choose nothing, with replace", `{"emails":[{"value":"a"}]}`,
			`{"op":"replace","path":"emails[type eq \"work\"].value","value":"b"}`,
			`noTarget: operation 1: no value of "emails" is chosen by "emails[type eq \"work\"].value"`},
		{"brackets that choose nothing, with add", `{"userName":"a"}`,
			`{"op":"add","path":"emails[type eq \"work\"].value","value":"b"}`, `{"userName":"a","emails":[{"type":"work","value":"b"}]}`},
		{"brackets that choose nothing and do not say what", `{"userName":"a"}`,
			`{"op":"add","path":"emails[type ne \"work\"].value","value":"b"}`,
			`noTarget: operation 1: no value of "emails" is chosen by "emails[type ne \"work\"].value", and it does not say what one to add`},
		{"brackets that choose nothing, with remove", `{"userName":"a"}`, `{"op":"remove","path":"emails[type eq \"work\"]"}`, `{"userName":"a"}`},
		{"the new primary is the only one", `{"emails":[{"value":"a","primary":true},{"value":"b"}]}`,
			`{"op":"replace","path":"emails[value eq \"b\"].primary","value":true}`, `{"emails":[{"value":"a","primary":false},{"value":"b","primary":true}]}`},
		{"an added primary is the only one", `{"emails":[{"value":"a","primary":true}]}`,
			`{"op":"add","path":"emails","value":{"value":"b","primary":true}}`, `{"emails":[{"value":"a","primary":false},{"value":"b","primary":true}]}`},
		{"two primaries at once", `{}`, `{"op":"add","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}`,
			`invalidValue: operation 1: primary is true for more than one value`},
		{"an address that is there is not added again, whatever the order of its parts", `{"addresses":[{"type":"work","country":"US"}]}`,
			`{"op":"add","path":"addresses","value":[{"country":"US","type":"work"}]}`, `{"addresses":[{"type":"work","country":"US"}]}`},
		{"the same e-mail of another kind is another e-mail", `{"emails":[{"value":"a","type":"work"}]}`,
			`{"op":"add","path":"emails","value":[{"value":"A","type":"WORK","display":"x"},{"value":"a","type":"home"}]}`,
			`{"emails":[{"value":"A","type":"WORK","display":"x"},{"value":"a","type":"home"}]}`},

		{"remove without a path", `{"userName":"a"}`, `{"op":"remove"}`, `noTarget: operation 1: remove needs a path`},
		{"add without a value", `{"userName":"a"}`, `{"op":"add","path":"title"}`, `invalidValue: operation 1: add needs a value`},
		{"a value that is no object, without a path", `{}`, `{"op":"add","value":"x"}`,
			`invalidValue: operation 1: add without a path needs an object of attributes as its value`},
		{"an attribute that a user does not have", `{}`, `{"op":"add","path":"shoeSize","value":"x"}`, `invalidPath: operation 1: a User has no attribute "shoeSize"`},
		{"brackets that make no sense", `{}`, `{"op":"add","path":"emails[size eq 1].value","value":"x"}`, `invalidPath: operation 1: "emails" has no sub-attribute "size"`},
		{"brackets behind a simple attribute", `{}`, `{"op":"add","path":"title[value eq \"x\"]","value":"x"}`,
			`invalidPath: operation 1: "title" has one simple value, so there is nothing to choose in brackets`},
		{"text for a boolean", `{}`, `{"op":"replace","path":"active","value":"False"}`, `invalidValue: operation 1: the value of "active" must be true or false`},
		{"text for a complex attribute", `{}`, `{"op":"add","path":"name","value":"x"}`, `invalidValue: operation 1: the value of "name" must be an object`},
		{"a list for a single attribute", `{}`, `{"op":"add","path":"title","value":["x"]}`, `invalidValue: operation 1: the value of "title" must be text`},
		{"a sub-attribute that is none", `{}`, `{"op":"add","path":"emails","value":[{"size":1}]}`, `invalidValue: operation 1: "emails" has no sub-attribute "size"`},
		{"the id, to another", `{"id":"1"}`, `{"op":"replace","path":"id","value":"2"}`, `mutability: operation 1: "id" is read-only`},
		{"the id, to what it is", `{"id":"1","title":"x"}`, `{"op":"replace","value":{"id":"1","title":"y"}}`, `{"id":"1","title":"y"}`},
		{"a read-only list", `{"groups":[{"value":"g"}]}`, `{"op":"remove","path":"groups[value eq \"g\"]"}`, `mutability: operation 1: "groups" is read-only`},
		{"the manager's name", `{}`, `{"op":"add","path":"manager.displayName","value":"x"}`, `mutability: operation 1: "displayName" is read-only`},
		{"a required attribute", `{"userName":"a"}`, `{"op":"remove","path":"userName"}`, `mutability: operation 1: "userName" is required and can't be removed`},
		{"the second operation fails, so the first is not done", `{"userName":"a"}`,
			`{"op":"add","path":"title","value":"x"},{"op":"remove","path":"userName"}`,
			`mutability: operation 2: "userName" is required and can't be removed`},
	})
}

func TestApplyToAGroup(t *testing.T) {
	t.Parallel()
	testApply(t, scim.GroupType(), []patchCase{
		{"a member who is there is not added again", `{"members":[{"value":"u-1","type":"User"}]}`,
			`{"op":"add","path":"members","value":[{"value":"u-1"},{"value":"u-2"},{"value":"u-2"}]}`,
			`{"members":[{"value":"u-1","type":"User"},{"value":"u-2"}]}`},
		{"a member who is there keeps what can't change and gains what was absent", `{"members":[{"value":"u-1","display":"Old"}]}`,
			`{"op":"add","path":"members","value":[{"value":"u-1","display":"New","type":"User"}]}`,
			`{"members":[{"value":"u-1","display":"Old","type":"User"}]}`},
		{"ids of members differ by case", `{"members":[{"value":"a"}]}`, `{"op":"add","path":"members","value":[{"value":"A"}]}`, `{"members":[{"value":"a"},{"value":"A"}]}`},
		{"remove with a list takes just those", `{"displayName":"g","members":[{"value":"u-1","display":"One"},{"value":"u-2"}]}`,
			`{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u-1"},{"value":"u-9"}]}`,
			`{"displayName":"g","members":[{"value":"u-2"}]}`},
		{"remove with an empty list takes nobody", `{"members":[{"value":"u-1"}]}`, `{"op":"remove","path":"members","value":[]}`, `{"members":[{"value":"u-1"}]}`},
		{"replace by an empty list empties", `{"displayName":"g","members":[{"value":"u-1"}]}`, `{"op":"replace","path":"members","value":[]}`, `{"displayName":"g"}`},
		{"the id of a member can't change", `{"members":[{"value":"u-1"}]}`, `{"op":"replace","path":"members[value eq \"u-1\"].value","value":"u-2"}`,
			`mutability: operation 1: "value" can't be changed once it is set`},
		{"a group is renamed with its id beside", `{"id":"g-1","displayName":"Old"}`, `{"op":"replace","value":{"id":"g-1","displayName":"New"}}`, `{"id":"g-1","displayName":"New"}`},
		{"members as bare ids", `{}`, `{"op":"add","path":"members","value":["u-1"]}`, `invalidValue: operation 1: the value of "members" must be an object`},
	})
}

func TestApplyFindsAnExtensionThatTheParserDoesNotKnow(t *testing.T) {
	t.Parallel()
	badge := &scim.ResourceType{Name: "Badge", Schema: &scim.Schema{ID: "urn:example:Badge"}, Extensions: []scim.Extension{{
		Schema: &scim.Schema{ID: "urn:example:ext:1.0:Badge", Attributes: []scim.Attribute{{Name: "color", Kind: scim.String}}},
	}}}
	testApply(t, badge, []patchCase{
		{"an attribute of it", `{}`, `{"op":"add","path":"urn:example:ext:1.0:Badge:color","value":"red"}`, `{"urn:example:ext:1.0:Badge":{"color":"red"}}`},
		{"an attribute of it, with a point", `{}`, `{"op":"add","path":"urn:example:ext:1.0:Badge.color","value":"red"}`, `{"urn:example:ext:1.0:Badge":{"color":"red"}}`},
		{"the whole of it", `{"externalId":"x","urn:example:ext:1.0:Badge":{"color":"red"}}`, `{"op":"remove","path":"urn:example:ext:1.0:badge"}`, `{"externalId":"x"}`},
		{"inside a value object", `{}`, `{"op":"add","value":{"urn:example:ext:1.0:Badge":{"color":"red"}}}`, `{"urn:example:ext:1.0:Badge":{"color":"red"}}`},
		{"the whole of it with brackets", `{}`, `{"op":"remove","path":"urn:example:ext:1.0:Badge[color pr]"}`,
			`invalidPath: operation 1: a Badge has no attribute "urn:example:ext:1.0:Badge"`},
	})
	for _, text := range []string{"urn:example:ext:1.0:Badge pr", "urn:example:ext:1.0:Badge[color pr]", "urn:example:ext:1.0:Badge eq 1"} {
		f, err := scim.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		if badge.Match(f, object(t, `{"urn:example:ext:1.0:Badge":{"color":"red"}}`)) || badge.Check(f) == nil {
			t.Errorf("%s: an extension passes for an attribute", text)
		}
	}
}

func TestApplyKeepsAnImmutableAttributeOnceSet(t *testing.T) {
	t.Parallel()
	badge := &scim.ResourceType{Name: "Badge", Schema: &scim.Schema{ID: "urn:example:Badge", Attributes: []scim.Attribute{
		{Name: "number", Kind: scim.Integer, Mutability: scim.Immutable},
		{Name: "tags", Kind: scim.String, MultiValued: true},
	}}}
	testApply(t, badge, []patchCase{
		{"it may be set", `{}`, `{"op":"add","path":"number","value":7}`, `{"number":7}`},
		{"not changed", `{"number":7}`, `{"op":"replace","path":"number","value":8}`, `mutability: operation 1: "number" can't be changed once it is set`},
		{"not removed", `{"number":7}`, `{"op":"remove","path":"number"}`, `mutability: operation 1: "number" can't be changed once it is set`},
		{"not a fraction", `{}`, `{"op":"add","path":"number","value":7.5}`, `invalidValue: operation 1: the value of "number" must be a whole number`},
		{"simple values are a set", `{"tags":["a"]}`, `{"op":"add","path":"tags","value":["a","b"]}`, `{"tags":["a","b"]}`},
		{"a simple value is removed by brackets", `{"tags":["a","b"]}`, `{"op":"remove","path":"tags[value eq \"A\"]"}`, `{"tags":["b"]}`},
		{"a simple value is replaced by brackets", `{"tags":["a","b"]}`, `{"op":"replace","path":"tags[value eq \"a\"]","value":"c"}`, `{"tags":["c","b"]}`},
		{"a simple value is removed by a list", `{"tags":["a","b"]}`, `{"op":"remove","path":"tags","value":["b"]}`, `{"tags":["a"]}`},
	})
}
