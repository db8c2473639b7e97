package idcenter_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

const generic = "Request is unparsable, syntactically incorrect, or violates schema."

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// TestPatchingAUser starts from the user of shapes_test.go and shows what one
// request makes of one attribute, or why it is refused.
func TestPatchingAUser(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		operations string
		attribute  string // what to look at
		want       string // its JSON afterwards, "" for gone
		refused    string // the detail, when refused
	}{
		{"Entra replaces the e-mail of a type", `{"op":"Replace","path":"emails[type eq \"work\"].value","value":"new@example.com"}`,
			"emails", `[{"primary":true,"type":"work","value":"new@example.com"}]`, ""},
		{"an e-mail of another type would be a second one", `{"op":"Add","path":"emails[type eq \"home\"].value","value":"new@example.com"}`,
			"", "", "List attribute emails exceeds allowed limit of 1"},
		{"a whole list is replaced", `{"op":"replace","path":"emails","value":[{"value":"new@example.com","type":"home"}]}`,
			"emails", `[{"type":"home","value":"new@example.com"}]`, ""},
		{"a list of two is refused", `{"op":"replace","path":"emails","value":[{"value":"a@example.com"},{"value":"b@example.com"}]}`,
			"", "", "List attribute emails exceeds allowed limit of 1"},
		{"two addresses are refused in AWS's odd words", `{"op":"replace","path":"addresses","value":[{"country":"a"},{"country":"b"}]}`,
			"", "", "List attribute addresses allowed limit of 1"},
		{"Entra adds a part of an address", `{"op":"Add","path":"addresses[type eq \"work\"].country","value":"CH"}`,
			"addresses", `[{"country":"CH","formatted":"all","locality":"Springfield","postalCode":"91608","primary":true,"region":"CA","streetAddress":"1 Example Plaza","type":"work"}]`, ""},
		{"Entra adds a part of the name", `{"op":"Add","path":"name.familyName","value":"Rock"}`,
			"name", `{"familyName":"Rock","formatted":"Ms. Avery J Stone, III","givenName":"Avery","honorificPrefix":"Ms.","honorificSuffix":"III","middleName":"Jane"}`, ""},
		{"a department behind the URN", `{"op":"Replace","path":"` + enterprise + `:department","value":"Sales"}`,
			enterprise, `{"costCenter":"4130","department":"Sales","division":"Theme Park","employeeNumber":"701984","manager":{"value":"9067729b3d-ee533c18-538a-4cd3-a572-63fb863ed734"},"organization":"Example Studios"}`, ""},
		{"the extension as a whole", `{"op":"Replace","path":"` + enterprise + `","value":{"department":"Sales","costCenter":"1","division":"2","employeeNumber":"3","organization":"4","manager":{"value":"m"}}}`,
			enterprise, `{"costCenter":"1","department":"Sales","division":"2","employeeNumber":"3","manager":{"value":"m"},"organization":"4"}`, ""},
		{"Entra sends a manager as a text", `{"op":"Add","path":"` + enterprise + `:manager","value":"m"}`,
			enterprise, `{"costCenter":"4130","department":"Tour Operations","division":"Theme Park","employeeNumber":"701984","manager":{"value":"m"},"organization":"Example Studios"}`, ""},
		{"an attribute is removed", `{"op":"remove","path":"nickName"}`, "nickName", "", ""},
		{"a list is removed", `{"op":"Remove","path":"phoneNumbers[type eq \"work\"]"}`, "phoneNumbers", "", ""},
		{"what is not there is removed", `{"op":"remove","path":"roles"}`, "roles", "", ""},
		{"roles are patched", `{"op":"add","path":"roles","value":[{"value":"r"}]}`, "roles", `[{"value":"r"}]`, ""},
		{"the externalId is patched", `{"op":"replace","path":"externalId","value":"x"}`, "externalId", `"x"`, ""},
		{"a user is renamed", `{"op":"replace","path":"userName","value":"averill"}`, "userName", `"averill"`, ""},
		{"operations follow each other", `{"op":"replace","path":"title","value":"a"},{"op":"replace","path":"title","value":"b"}`, "title", `"b"`, ""},
		{"a path with the URN of users", `{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"b"}`, "title", `"b"`, ""},
		{"without a path, and one attribute with parts", `{"op":"add","value":{"name":{"middleName":"M"}}}`,
			"name", `{"familyName":"Stone","formatted":"Ms. Avery J Stone, III","givenName":"Avery","honorificPrefix":"Ms.","honorificSuffix":"III","middleName":"M"}`, ""},

		{"a needed attribute stays", `{"op":"remove","path":"displayName"}`, "", "", generic},
		{"a needed part stays", `{"op":"remove","path":"name.givenName"}`, "", "", generic},
		{"active stays", `{"op":"remove","path":"active"}`, "", "", generic},
		{"userName twice", `{"op":"replace","path":"userName","value":"a"},{"op":"replace","path":"userName","value":"b"}`, "", "", generic},
		{"remove without a path", `{"op":"remove"}`, "", "", "Missing path in PATCH request"},
		{"replace without a value", `{"op":"replace","path":"title"}`, "", "", generic},
		{"replace with null", `{"op":"replace","path":"title","value":null}`, "", "", generic},
		{"an empty text", `{"op":"replace","path":"title","value":""}`, "", "",
			`2 validation errors detected: Value at 'title' failed to satisfy constraint: Member must have length greater than or equal to 1; ` +
				`Value at 'title' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`},
		{"an operation that does not exist", `{"op":"move","path":"title","value":"x"}`, "", "", generic},
		{"no operation", ``, "", "", generic},
		{"a filter that is not eq", `{"op":"replace","path":"emails[type sw \"w\"].value","value":"x"}`, "", "", generic},
		{"an attribute that SCIM does not have", `{"op":"replace","path":"shoeSize","value":"x"}`, "", "", generic},
		{"a password", `{"op":"replace","path":"password","value":"x"}`, "", "", generic},
		{"the API's own attributes", `{"op":"replace","path":"website","value":"x"}`, "", "", generic},
		{"active as nonsense", `{"op":"replace","path":"active","value":"perhaps"}`, "", "", generic},
		{"a blank in a userName", `{"op":"replace","path":"userName","value":"a b"}`, "", "",
			`1 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`},
		{"a path that can't be read", `{"op":"replace","path":"emails[","value":"x"}`, "", "", generic},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, idcenter.Behaviour{})
			u := w.scim("POST", "/Users", fullUser).body["id"].(string)
			before := string(w.scim("GET", "/Users/"+u, "").Body)
			a := w.scim("PATCH", "/Users/"+u, patch(test.operations))
			if test.refused != "" {
				if a.Status != 400 || a.body["detail"] != test.refused {
					t.Errorf("answered %s\nwant 400 %s", a.Body, test.refused)
				}
				if after := string(w.scim("GET", "/Users/"+u, "").Body); after != before {
					t.Errorf("the refused request changed the user:\n%s\n%s", before, after)
				}
				return
			}
			if a.Status != 200 {
				t.Fatalf("refused: %s (%v)", a.Body, a.Err)
			}
			got := ""
			if v, there := a.body[test.attribute]; there {
				b, _ := json.Marshal(v)
				got = string(b)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s is otherwise (-want +got):\n%s", test.attribute, diff)
			}
		})
	}
}

func TestEntraReplacesWhatIsNotThereYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	a := w.scim("PATCH", "/Users/"+w.user("a"), patch(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a@example.com"}`))
	if got := fmt.Sprint(a.body["emails"]); got != "[map[type:work value:a@example.com]]" {
		t.Errorf("e-mails are %s: %s", got, a.Body)
	}
}

func TestPatchingAGroup(t *testing.T) {
	t.Parallel()
	// A and B are members at first, C is not; N does not exist.
	for _, test := range []struct {
		name       string
		operations string
		members    string // afterwards
		status     int
		detail     string
	}{
		{"one is added and one removed", `{"op":"remove","path":"members[value eq \"A\"]"},{"op":"add","path":"members","value":[{"value":"C","display":"x","$ref":null}]}`, "BC", 204, ""},
		{"one who is in is added", `{"op":"add","path":"members","value":[{"value":"A"}]}`, "AB", 204, ""},
		{"one who is not in is removed", `{"op":"remove","path":"members","value":[{"value":"C"}]}`, "AB", 204, ""},
		{"one who does not exist is removed", `{"op":"remove","path":"members","value":[{"value":"N"}]}`, "AB", 204, ""},
		{"the same twice in a request", `{"op":"add","path":"members","value":[{"value":"C"},{"value":"C"}]}`, "ABC", 204, ""},
		{"added and removed in one request", `{"op":"add","path":"members","value":[{"value":"C"}]},{"op":"remove","path":"members","value":[{"value":"C"}]}`, "AB", 204, ""},
		{"removed and added in one request", `{"op":"remove","path":"members","value":[{"value":"A"}]},{"op":"add","path":"members","value":[{"value":"A"}]}`, "AB", 204, ""},
		{"added without a path", `{"op":"add","value":{"members":[{"value":"C"}]}}`, "ABC", 204, ""},
		{"added as one object", `{"op":"add","path":"members","value":{"value":"C"}}`, "ABC", 204, ""},
		{"added with the URN of groups", `{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members","value":[{"value":"C"}]}`, "ABC", 204, ""},
		{"ssosync renames with two operations", `{"op":"replace","path":"displayName","value":"n"},{"op":"replace","path":"externalId","value":"x"}`, "AB", 204, ""},
		{"the externalId is removed", `{"op":"remove","path":"externalId"}`, "AB", 204, ""},
		{"an unknown user is added, and nothing is done", `{"op":"remove","path":"members","value":[{"value":"A"}]},{"op":"add","path":"members","value":[{"value":"N"}]}`, "AB", 404, "USER does not exist."},
		{"a group as a member", `{"op":"add","path":"members","value":[{"value":"G"}]}`, "AB", 404, "USER does not exist."},
		{"members are replaced without a path", `{"op":"replace","value":{"members":[{"value":"C"}]}}`, "AB", 400, "Replacing group memberships is not supported."},
		{"members are replaced by nobody", `{"op":"replace","path":"members","value":[{"value":""}]}`, "AB", 400, "Replacing group memberships is not supported."},
		{"an empty member", `{"op":"add","path":"members","value":[{"value":""}]}`, "AB", 400, generic},
		{"members as texts", `{"op":"add","path":"members","value":["C"]}`, "AB", 400, generic},
		{"another filter", `{"op":"remove","path":"members[display eq \"A\"]"}`, "AB", 400, generic},
		{"a part of a member", `{"op":"remove","path":"members[value eq \"A\"].display"}`, "AB", 400, generic},
		{"the name removed", `{"op":"remove","path":"displayName"}`, "AB", 400, generic},
		{"the description, which SCIM does not have", `{"op":"replace","path":"description","value":"d"}`, "AB", 400, generic},
		{"several attributes without a path", `{"op":"replace","value":{"displayName":"n","externalId":"x"}}`, "AB", 400,
			`Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`},
		{"remove without a path", `{"op":"remove","value":[{"value":"A"}]}`, "AB", 400, "Missing path in PATCH request"},
		{"a name that is reserved", `{"op":"replace","path":"displayName","value":"Administrator"}`, "AB", 400, "The name Administrator is reserved."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, idcenter.Behaviour{})
			users := map[string]string{"A": w.user("a"), "B": w.user("b"), "C": w.user("c"), "N": nobody}
			g := w.group("g", users["A"], users["B"])
			users["G"] = g
			ops := test.operations
			for name, id := range users {
				ops = strings.ReplaceAll(ops, `"`+name+`"`, `"`+id+`"`)
				ops = strings.ReplaceAll(ops, `\"`+name+`\"`, `\"`+id+`\"`)
			}
			a := w.scim("PATCH", "/Groups/"+g, patch(ops))
			if a.Status != test.status || test.detail != "" && a.body["detail"] != test.detail {
				t.Errorf("answered %d %s (%v)", a.Status, a.Body, a.Err)
			}
			var got []string
			for _, id := range w.members(g) {
				for name, u := range users {
					if u == id {
						got = append(got, name)
					}
				}
			}
			slices.Sort(got)
			if strings.Join(got, "") != test.members {
				t.Errorf("members are %v, want %s", got, test.members)
			}
		})
	}
}

func TestAHundredMembershipChangesAreAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	var users []string
	for i := range 101 {
		users = append(users, w.user(fmt.Sprint("u", i)))
	}
	g := w.group("g", users[:100]...)
	var removes []string
	for _, u := range users[:100] {
		removes = append(removes, fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, u))
	}
	over := append(slices.Clone(removes[:50]), `{"op":"add","path":"members","value":`+memberList(users[50:]...)+`}`)
	if a := w.scim("PATCH", "/Groups/"+g, patch(over...)); a.Status != 400 || a.body["detail"] != generic || len(w.members(g)) != 100 {
		t.Errorf("101 changes over several operations: %d %s", a.Status, a.Body)
	}
	if a := w.scim("PATCH", "/Groups/"+g, patch(removes...)); a.Status != 204 || len(w.members(g)) != 0 {
		t.Errorf("100 removals: %d %s", a.Status, a.Body)
	}
	if a := w.scim("PATCH", "/Groups/"+g, patch(`{"op":"add","path":"members","value":`+memberList(users[:100]...)+`}`)); a.Status != 204 || len(w.members(g)) != 100 {
		t.Errorf("100 additions: %d %s", a.Status, a.Body)
	}
}
