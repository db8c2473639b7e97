package idcenter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// The conformance checklist of the identity-center-scim reference, section 19,
// row by row.

type checklist struct {
	*testing.T
	*world
}

func (c checklist) status(a answer, want int) answer {
	c.Helper()
	if a.Status != want {
		c.Fatalf("the status is %d, want %d: %s", a.Status, want, a.Body)
	}
	if want >= 400 {
		for _, key := range []string{"schema", "schemas"} {
			if list, ok := a.body[key].([]any); !ok || len(list) != 1 || list[0] != "urn:ietf:params:scim:api:messages:2.0:Error" {
				c.Errorf("the error body has %q = %v", key, a.body[key])
			}
		}
		if a.body["status"] != fmt.Sprint(want) {
			c.Errorf("the error body has status %#v, want the text of %d", a.body["status"], want)
		}
		if _, there := a.body["scimType"]; there {
			c.Errorf("AWS has no scimType: %s", a.Body)
		}
	}
	return a
}

func (c checklist) detail(a answer, want string) {
	c.Helper()
	if a.body["detail"] != want {
		c.Errorf("the detail is %q\nwant          %q", a.body["detail"], want)
	}
}

func (c checklist) total(a answer, want int) {
	c.Helper()
	if a.body["totalResults"] != float64(want) {
		c.Errorf("totalResults is %v, want %d", a.body["totalResults"], want)
	}
}

func (c checklist) users(n int) {
	for i := range n {
		c.user(fmt.Sprintf("user%03d", i))
	}
}

func ids(a answer) []string {
	var out []string
	for _, r := range a.body["Resources"].([]any) {
		out = append(out, r.(map[string]any)["id"].(string))
	}
	return out
}

const nobody = "d468e4d8-c051-703d-dd84-28caf445f15e"

var rows = []struct {
	name  string
	check func(c checklist)
}{
	{"1 a call without Authorization is refused with both schema and schemas", func(c checklist) {
		c.status(c.send(idcenter.SCIMRequest{Tenant: testTenant, Method: "GET", Path: "/Users"}), 401)
	}},
	{"2 a user needs a displayName", func(c checklist) {
		a := c.status(c.scim("POST", "/Users", `{"userName":"a","name":{"familyName":"F","givenName":"G"}}`), 400)
		c.detail(a, "Request is unparsable, syntactically incorrect, or violates schema.")
	}},
	{"3 an empty familyName has two validation errors", func(c checklist) {
		a := c.status(c.scim("POST", "/Users", `{"userName":"a","displayName":"d","name":{"familyName":"","givenName":"G"}}`), 400)
		c.detail(a, "2 validation errors detected: Value at 'name.familyName' failed to satisfy constraint: Member must have length greater than or equal to 1; "+
			`Value at 'name.familyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`)
	}},
	{"4 a user has one e-mail at most", func(c checklist) {
		a := c.status(c.scim("POST", "/Users", strings.Replace(userBody("a"), "{", `{"emails":[{"value":"a@example.com"},{"value":"b@example.com"}],`, 1)), 400)
		c.detail(a, "List attribute emails exceeds allowed limit of 1")
	}},
	{"5 a userName is taken once", func(c checklist) {
		c.status(c.scim("POST", "/Users", userBody("avery")), 201)
		a := c.status(c.scim("POST", "/Users", userBody("AVERY")), 409)
		c.detail(a, "Refused to create a new, duplicate resource.")
		if got := c.last(); got.ErrorCode != "ConflictException" || got.ErrorMessage != "Duplicate UserName" {
			c.Errorf("the record says %s: %s", got.ErrorCode, got.ErrorMessage)
		}
	}},
	{"6 Okta's password and groups are taken and not shown", func(c checklist) {
		a := c.status(c.scim("POST", "/Users", strings.Replace(userBody("a"), "{", `{"password":"secret","groups":[],`, 1)), 201)
		for _, key := range []string{"password", "groups"} {
			if _, there := a.body[key]; there {
				c.Errorf("%s is shown: %s", key, a.Body)
			}
		}
	}},
	{"7 a group is made with 100 members at most", func(c checklist) {
		many := slices.Repeat([]string{nobody}, 101)
		c.status(c.scim("POST", "/Groups", `{"displayName":"g","members":`+memberList(many...)+`}`), 400)
	}},
	{"8 the answer to a new group with members does not show them", func(c checklist) {
		a := c.status(c.scim("POST", "/Groups", `{"displayName":"g","members":`+memberList(c.user("a"), c.user("b"))+`}`), 201)
		if _, there := a.body["members"]; there {
			c.Errorf("members are shown: %s", a.Body)
		}
	}},
	{"9 a group never shows its members", func(c checklist) {
		a := c.status(c.scim("GET", "/Groups/"+c.group("g", c.user("a")), ""), 200)
		if list, ok := a.body["members"].([]any); !ok || len(list) != 0 {
			c.Errorf("members are %v", a.body["members"])
		}
	}},
	{"10 a membership is found by id and members", func(c checklist) {
		u := c.user("a")
		g := c.group("g", u)
		c.total(c.status(c.scim("GET", fmt.Sprintf(`/Groups?filter=id eq "%s" and members eq "%s"`, g, u), ""), 200), 1)
	}},
	{"11 and by members and id", func(c checklist) {
		u := c.user("a")
		g := c.group("g", u)
		c.total(c.status(c.scim("GET", fmt.Sprintf(`/Groups?filter=member eq "%s" and id eq "%s"`, u, g), ""), 200), 1)
	}},
	{"12 a user who is no member is not found in the group", func(c checklist) {
		g, u := c.group("g"), c.user("a")
		c.total(c.status(c.scim("GET", fmt.Sprintf(`/Groups?filter=id eq "%s" and members eq "%s"`, g, u), ""), 200), 0)
	}},
	{"13 asking for an unknown member is an error", func(c checklist) {
		c.detail(c.status(c.scim("GET", fmt.Sprintf(`/Groups?filter=id eq "%s" and members eq "%s"`, c.group("g"), nobody), ""), 404), "USER does not exist.")
	}},
	{"14 an empty value in a filter is refused", func(c checklist) {
		c.status(c.scim("GET", fmt.Sprintf(`/Groups?filter=id eq "%s" and members eq ""`, c.group("g")), ""), 400)
	}},
	{"15 the members of a group are found among the users", func(c checklist) {
		u, v := c.user("a"), c.user("b")
		c.user("c")
		a := c.status(c.scim("GET", fmt.Sprintf(`/Users?filter=groups.value eq "%s"`, c.group("g", u, v)), ""), 200)
		got, want := ids(a), []string{u, v}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			c.Errorf("found %v, want %v", got, want)
		}
	}},
	{"16 a cursor walks through all users", func(c checklist) {
		c.users(250)
		seen := map[string]bool{}
		cursor := "cursor"
		for _, want := range []int{100, 100, 50} {
			a := c.status(c.scim("GET", "/Users?"+cursor, ""), 200)
			if _, there := a.body["totalResults"]; there {
				c.Error("a page by cursor has totalResults")
			}
			if got := a.body["itemsPerPage"]; got != float64(want) {
				c.Fatalf("itemsPerPage is %v, want %d", got, want)
			}
			for _, id := range ids(a) {
				seen[id] = true
			}
			next, more := a.body["nextCursor"].(string)
			if more != (want == 100) {
				c.Fatalf("a page of %d has nextCursor %q", want, next)
			}
			cursor = "cursor=" + next
		}
		if len(seen) != 250 {
			c.Errorf("the walk saw %d users, want 250", len(seen))
		}
	}},
	{"17 the filter stays the same during a walk", func(c checklist) {
		c.users(101)
		next := c.scim("GET", "/Users?cursor", "").body["nextCursor"].(string)
		c.status(c.scim("GET", "/Users?cursor="+next, ""), 200)
		c.status(c.scim("GET", `/Users?filter=userName eq "user001"&cursor=`+next, ""), 400)
	}},
	{"18 without a cursor there is one page, and it counts itself", func(c checklist) {
		c.users(250)
		a := c.status(c.scim("GET", "/Users", ""), 200)
		c.total(a, 100)
		if _, there := a.body["nextCursor"]; there || len(ids(a)) != 100 {
			c.Errorf("%d users, nextCursor %v", len(ids(a)), a.body["nextCursor"])
		}
	}},
	{"19 startIndex gets the same first page", func(c checklist) {
		c.users(250)
		first, again := c.scim("GET", "/Users", ""), c.scim("GET", "/Users?startIndex=101&count=100", "")
		if !slices.Equal(ids(first), ids(again)) {
			c.Error("the pages differ")
		}
	}},
	{"20 only eq is a filter", func(c checklist) {
		c.detail(c.status(c.scim("GET", `/Users?filter=userName co "a"`, ""), 400), "Invalid Filter format")
	}},
	{"21 a member is added", func(c checklist) {
		g, u := c.group("g"), c.user("a")
		a := c.status(c.scim("PATCH", "/Groups/"+g, patch(`{"op":"add","path":"members","value":`+memberList(u)+`}`)), 204)
		if a.Body != nil || !slices.Equal(c.members(g), []string{u}) {
			c.Errorf("body %s, members %v", a.Body, c.members(g))
		}
	}},
	{"22 a list removes just those in it", func(c checklist) {
		u, v := c.user("a"), c.user("b")
		g := c.group("g", u, v)
		c.status(c.scim("PATCH", "/Groups/"+g, patch(`{"op":"remove","path":"members","value":`+memberList(u)+`}`)), 204)
		if got := c.members(g); !slices.Equal(got, []string{v}) {
			c.Errorf("members are %v, want %s", got, v)
		}
	}},
	{"23 a filter in the path removes", func(c checklist) {
		u := c.user("a")
		g := c.group("g", u)
		c.status(c.scim("PATCH", "/Groups/"+g, patch(fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, u))), 204)
		if got := c.members(g); len(got) != 0 {
			c.Errorf("members are %v", got)
		}
	}},
	{"24 members can't be replaced", func(c checklist) {
		u := c.user("a")
		g := c.group("g", u)
		a := c.status(c.scim("PATCH", "/Groups/"+g, patch(`{"op":"replace","path":"members","value":[]}`)), 400)
		c.detail(a, "Replacing group memberships is not supported.")
		if got := c.members(g); len(got) != 1 {
			c.Errorf("members are %v", got)
		}
	}},
	{"25 members can't be removed all at once", func(c checklist) {
		u := c.user("a")
		g := c.group("g", u)
		for _, value := range []string{"", `,"value":[]`, `,"value":null`} {
			c.status(c.scim("PATCH", "/Groups/"+g, patch(`{"op":"remove","path":"members"`+value+`}`)), 400)
		}
		if got := c.members(g); len(got) != 1 {
			c.Errorf("members are %v", got)
		}
	}},
	{"26 Okta renames a group without a path and with its id", func(c checklist) {
		g := c.group("g")
		c.status(c.scim("PATCH", "/Groups/"+g, patch(fmt.Sprintf(`{"op":"replace","value":{"id":"%s","displayName":"n"}}`, g))), 204)
		if got := c.scim("GET", "/Groups/"+g, "").body["displayName"]; got != "n" {
			c.Errorf("the name is %v", got)
		}
	}},
	{"27 Okta disables a user without a path", func(c checklist) {
		c.advance(1e9)
		u := c.user("a")
		c.advance(60e9)
		a := c.status(c.scim("PATCH", "/Users/"+u, patch(`{"op":"replace","value":{"active":false}}`)), 200)
		if a.body["active"] != false || a.body["userName"] != "a" || a.body["meta"].(map[string]any)["lastModified"] != "2026-11-01T10:16:01Z" {
			c.Errorf("answer: %s", a.Body)
		}
	}},
	{"28 Entra disables a user with a text", func(c checklist) {
		a := c.status(c.scim("PATCH", "/Users/"+c.user("a"), patch(`{"op":"Replace","path":"active","value":"False"}`)), 200)
		if a.body["active"] != false {
			c.Errorf("answer: %s", a.Body)
		}
	}},
	{"29 without a path one attribute can be changed", func(c checklist) {
		a := c.status(c.scim("PATCH", "/Users/"+c.user("a"), patch(`{"op":"replace","value":{"title":"t","nickName":"n"}}`)), 400)
		c.detail(a, `Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`)
	}},
	{"30 active is patched once in a request", func(c checklist) {
		op := `{"op":"replace","path":"active","value":true}`
		c.status(c.scim("PATCH", "/Users/"+c.user("a"), patch(op, op)), 400)
	}},
	{"31 userName can't be removed", func(c checklist) {
		c.status(c.scim("PATCH", "/Users/"+c.user("a"), patch(`{"op":"remove","path":"userName"}`)), 400)
	}},
	{"32 PUT of a user needs the id in the body", func(c checklist) {
		u := c.user("a")
		c.status(c.scim("PUT", "/Users/"+u, userBody("a")), 400)
		c.status(c.scim("PUT", "/Users/"+u, withID(nobody, userBody("a"))), 400)
		c.status(c.scim("PUT", "/Users/"+u, withID(u, userBody("a"))), 200)
	}},
	{"33 PUT takes away what it does not hold", func(c checklist) {
		a := c.scim("POST", "/Users", strings.Replace(userBody("a"), "{", `{"nickName":"n",`, 1))
		u := a.body["id"].(string)
		a = c.status(c.scim("PUT", "/Users/"+u, withID(u, userBody("a"))), 200)
		if _, there := a.body["nickName"]; there {
			c.Errorf("nickName stayed: %s", a.Body)
		}
	}},
	{"34 a group can't be PUT", func(c checklist) {
		g := c.group("g")
		c.status(c.scim("PUT", "/Groups/"+g, `{"id":"`+g+`","displayName":"n"}`), 501)
	}},
	{"35 an unknown user can't be deleted", func(c checklist) {
		c.detail(c.status(c.scim("DELETE", "/Users/"+nobody, ""), 404), "USER does not exist.")
	}},
	{"36 there are two tokens at most, expired ones included", func(c checklist) {
		ctx := context.Background()
		_, second, err := c.CreateToken(ctx, admin, false)
		if err != nil {
			c.Fatal(err)
		}
		c.advance(366 * 24 * 3600e9)
		if _, _, err := c.CreateToken(ctx, admin, false); !errors.Is(err, idcenter.ErrTwoTokens) {
			c.Fatalf("a third token: %v", err)
		}
		if err := c.DeleteToken(ctx, admin, second.ID); err != nil {
			c.Fatal(err)
		}
		if _, _, err := c.CreateToken(ctx, admin, false); err != nil {
			c.Fatal(err)
		}
	}},
}

func withID(id, body string) string { return strings.Replace(body, "{", `{"id":"`+id+`",`, 1) }

func TestChecklist(t *testing.T) {
	t.Parallel()
	if len(rows) != 36 {
		t.Fatalf("%d rows, the checklist has 36", len(rows))
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.check(checklist{t, newWorld(t, idcenter.Behaviour{})})
		})
	}
}
