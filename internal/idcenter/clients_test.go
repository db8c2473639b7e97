package idcenter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// TestWhatClientsSend: bodies of real clients that AWS takes, and bodies that it
// refuses (scim-clients 3-13, 22-28; identity-center-scim reference 6, 11).
func TestWhatClientsSend(t *testing.T) {
	t.Parallel()
	name := `"name":{"familyName":"F","givenName":"G"},"displayName":"D"`
	long := strings.Repeat("x", 1025)
	for _, test := range []struct {
		name, target, body string
		behaviour          idcenter.Behaviour
		status             int
		detail             string
	}{
		{"ssosync: scarcely an address", "//Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a",` + name + `,"active":true,"addresses":[{"type":"work"}]}`, idcenter.Behaviour{}, 201, ""},
		{"idp-scim-sync: an empty id and meta", "/Users", `{"id":"","meta":{"created":"0001-01-01T00:00:00Z"},"userName":"a",` + name + `}`, idcenter.Behaviour{}, 201, ""},
		{"schemas that are null", "/Users", `{"schemas":null,"userName":"a",` + name + `}`, idcenter.Behaviour{}, 201, ""},
		{"Entra: empty roles and a foreign schema", "/Users", `{"schemas":["http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"roles":[],"userName":"a",` + name + `,"meta":{"resourceType":"User"}}`, idcenter.Behaviour{}, 201, ""},
		{"null attributes", "/Users", `{"title":null,"emails":null,"userName":"a",` + name + `}`, idcenter.Behaviour{}, 201, ""},
		{"names in any case", "/Users", `{"USERNAME":"a","Name":{"FamilyName":"F","GivenName":"G"},"displayname":"D"}`, idcenter.Behaviour{}, 201, ""},
		{"a colon in the externalId", "/Users", `{"externalId":"a:b","userName":"a",` + name + `}`, idcenter.Behaviour{}, 201, ""},
		{"letters of the world", "/Users", `{"userName":"åsa@例え.jp","name":{"familyName":"ลี","givenName":"Ö\u3000Z"},"displayName":"D"}`, idcenter.Behaviour{}, 201, ""},
		{"non-empty groups", "/Users", `{"groups":[{"value":"g"}],"userName":"a",` + name + `}`, idcenter.Behaviour{}, 201, ""},
		{"non-empty groups, refused", "/Users", `{"groups":[{"value":"g"}],"userName":"a",` + name + `}`, idcenter.Behaviour{RefuseUnsupported: true}, 400, generic},
		{"a password, refused", "/Users", `{"password":"p","userName":"a",` + name + `}`, idcenter.Behaviour{RefuseUnsupported: true}, 400, generic},
		{"photos, even empty", "/Users", `{"photos":[],"userName":"a",` + name + `}`, idcenter.Behaviour{}, 400, generic},
		{"photos, dropped", "/Users", `{"photos":[],"userName":"a",` + name + `}`, idcenter.Behaviour{AcceptPhotos: true}, 201, ""},
		{"a control character", "/Users", `{"title":"a\u200bb","userName":"a",` + name + `}`, idcenter.Behaviour{}, 400,
			`1 validation errors detected: Value at 'title' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`},
		{"a title too long", "/Users", `{"title":"` + long + `","userName":"a",` + name + `}`, idcenter.Behaviour{}, 400,
			"1 validation errors detected: Value at 'title' failed to satisfy constraint: Member must have length less than or equal to 1024"},
		{"an empty manager", "/Users", `{"` + enterprise + `":{"manager":{"value":""}},"userName":"a",` + name + `}`, idcenter.Behaviour{}, 400,
			"2 validation errors detected: Value at '" + enterprise + ".manager.value' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				"Value at '" + enterprise + `.manager.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`},
		{"a general detail for all", "/Users", `{"title":"","userName":"a",` + name + `}`, idcenter.Behaviour{GenericDetail: true}, 400, generic},
		{"two phone numbers", "/Users", `{"phoneNumbers":[{"value":"1"},{"value":"2"}],"userName":"a",` + name + `}`, idcenter.Behaviour{}, 400, "List attribute phoneNumbers exceeds allowed limit of 1"},
		{"a number as a title", "/Users", `{"title":5,"userName":"a",` + name + `}`, idcenter.Behaviour{}, 400, generic},
		{"a name that is a text", "/Users", `{"userName":"a","name":"N","displayName":"D"}`, idcenter.Behaviour{}, 400, generic},
		{"a reserved name", "/Users", `{"userName":"AWSAdministrators",` + name + `}`, idcenter.Behaviour{}, 400, "The name AWSAdministrators is reserved."},
		{"broken JSON", "/Users", `{"userName":`, idcenter.Behaviour{}, 400, "Invalid JSON from RequestBody"},
		{"an empty body", "/Users", ``, idcenter.Behaviour{}, 400, "Invalid JSON from RequestBody"},
		{"a list as the body", "/Users", `[]`, idcenter.Behaviour{}, 400, "Invalid JSON from RequestBody"},
		{"absurd nesting", "/Users", strings.Repeat(`{"a":`, 100000) + `1` + strings.Repeat("}", 100000), idcenter.Behaviour{}, 400, "Invalid JSON from RequestBody"},

		{"ssosync: no members", "/Groups", `{"displayName":"g","members":null}`, idcenter.Behaviour{}, 201, ""},
		{"a group name with a colon and a blank", "/Groups", `{"displayName":"a: b"}`, idcenter.Behaviour{}, 201, ""},
		{"a group without a name", "/Groups", `{"members":[]}`, idcenter.Behaviour{}, 400, generic},
		{"a group of nobody", "/Groups", `{"displayName":"g","members":[{"value":"` + nobody + `"}]}`, idcenter.Behaviour{}, 404, "USER does not exist."},
		{"a group of nobody, as 400", "/Groups", `{"displayName":"g","members":[{"value":"` + nobody + `"}]}`, idcenter.Behaviour{UnknownMember400: true}, 400, generic},
		{"members that are no list", "/Groups", `{"displayName":"g","members":"all"}`, idcenter.Behaviour{}, 400, generic},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.behaviour)
			a := w.scim("POST", test.target, test.body)
			if a.Status != test.status || test.detail != "" && a.body["detail"] != test.detail {
				t.Errorf("answered %d %s (%v)\nwant %d %s", a.Status, a.Body, a.Err, test.status, test.detail)
			}
			if n := w.log.Len(); n != 1 {
				t.Errorf("%d records", n)
			}
			w.last()
		})
	}
}

func TestWhatIsUnique(t *testing.T) {
	t.Parallel()
	user := func(name, email, external string) string {
		return strings.Replace(userBody(name), "{", fmt.Sprintf(`{"externalId":%q,"emails":[{"value":%q}],`, external, email), 1)
	}
	for _, test := range []struct {
		name, target, first, second, logged string
		behaviour                           idcenter.Behaviour
		status                              int
		detail                              string
	}{
		{"a userName in another case", "/Users", user("ann", "a@example.com", "1"), user("ANN", "b@example.com", "2"), "Duplicate UserName", idcenter.Behaviour{}, 409, "Refused to create a new, duplicate resource."},
		{"an e-mail in another case", "/Users", user("ann", "a@example.com", "1"), user("ben", "A@example.com", "2"), "Duplicate Email", idcenter.Behaviour{}, 409, ""},
		{"an externalId", "/Users", user("ann", "a@example.com", "1"), user("ben", "b@example.com", "1"), "Duplicate ExternalId", idcenter.Behaviour{}, 409, ""},
		{"an externalId in another case", "/Users", user("ann", "a@example.com", "x"), user("ben", "b@example.com", "X"), "", idcenter.Behaviour{}, 201, ""},
		{"a userName, where case counts", "/Users", user("ann", "a@example.com", "1"), user("ANN", "A@example.com", "2"), "", idcenter.Behaviour{CaseExact: true}, 201, ""},
		{"a conflict by its name", "/Users", user("ann", "a@example.com", "1"), user("ann", "b@example.com", "2"), "Duplicate UserName", idcenter.Behaviour{ConflictNamed: true}, 409, "Duplicate UserName"},
		{"a group's name in another case", "/Groups", `{"displayName":"g"}`, `{"displayName":"G"}`, "Duplicate GroupDisplayName", idcenter.Behaviour{}, 409, ""},
		{"a group's externalId", "/Groups", `{"displayName":"g","externalId":"1"}`, `{"displayName":"h","externalId":"1"}`, "Duplicate ExternalId", idcenter.Behaviour{}, 409, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.behaviour)
			if a := w.scim("POST", test.target, test.first); a.Status != 201 {
				t.Fatal(string(a.Body))
			}
			a := w.scim("POST", test.target, test.second)
			if a.Status != test.status || test.detail != "" && a.body["detail"] != test.detail {
				t.Errorf("answered %d %s", a.Status, a.Body)
			}
			if got := w.last().ErrorMessage; got != test.logged {
				t.Errorf("logged %q, want %q", got, test.logged)
			}
		})
	}
}

func TestWhatWasTakenIsFreeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	u := w.scim("POST", "/Users", fullUser).body["id"].(string)
	if a := w.scim("PUT", "/Users/"+u, withID(u, userBody("other"))); a.Status != 200 {
		t.Fatal(string(a.Body))
	}
	v := w.scim("POST", "/Users", fullUser)
	if v.Status != 201 {
		t.Fatalf("after a rename: %s", v.Body)
	}
	w.scim("DELETE", "/Users/"+v.body["id"].(string), "")
	again := w.scim("POST", "/Users", fullUser)
	if again.Status != 201 || again.body["id"] == v.body["id"] {
		t.Errorf("after a deletion: %s", again.Body)
	}
}

func TestFiltersAndParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	u := w.scim("POST", "/Users", fullUser).body["id"].(string)
	v := w.user("ben")
	g := w.scim("POST", "/Groups", `{"displayName":"Group A","externalId":"e1","members":`+memberList(u)+`}`).body["id"].(string)
	fill := strings.NewReplacer("UUU", u, "VVV", v, "GGG", g, "MMM", "9067729b3d-ee533c18-538a-4cd3-a572-63fb863ed734")
	for _, test := range []struct {
		name, target string
		status       int
		found        int
	}{
		{"a capital Eq", `/Users?filter=userName Eq "AVERY"`, 200, 1},
		{"an externalId", `/Users?filter=externalId eq "701984"`, 200, 1},
		{"an id", `/Users?filter=id eq "UUU"`, 200, 1},
		{"an id in capitals", `/Users?filter=id eq "` + strings.ToUpper(u) + `"`, 200, 1},
		{"id and manager", `/Users?filter=id eq "UUU" and manager eq "MMM"`, 200, 1},
		{"manager and id", `/Users?filter=manager eq "MMM" and id eq "UUU"&attributes=id`, 200, 1},
		{"another manager", `/Users?filter=id eq "VVV" and manager eq "MMM"`, 200, 0},
		{"manager alone", `/Users?filter=manager eq "MMM"`, 400, 0},
		{"members of an unknown group", `/Users?filter=groups.value eq "` + nobody + `"`, 200, 0},
		{"an attribute that can't be searched", `/Users?filter=emails.value eq "a"`, 400, 0},
		{"or", `/Users?filter=userName eq "a" or userName eq "b"`, 400, 0},
		{"present", `/Users?filter=userName pr`, 400, 0},
		{"three terms", `/Users?filter=id eq "a" and id eq "b" and manager eq "c"`, 400, 0},
		{"a value without quotes", `/Users?filter=userName eq true`, 400, 0},
		{"an empty filter", `/Users?filter=`, 400, 0},
		{"Okta's parameters", `/Users?startIndex=1&count=2`, 200, 2},
		{"count 1", `/Users?count=1`, 200, 1},
		{"count 0 is 1", `/Users?count=0`, 200, 1},
		{"count 1000 is 100", `/Users?count=1000`, 200, 2},
		{"count of letters", `/Users?count=x`, 400, 0},
		{"a cursor that is none", `/Users?cursor=abc`, 400, 0},
		{"a group by name", `/Groups?excludedAttributes=members&filter=displayName eq "group a"`, 200, 1},
		{"a group by externalId", `/Groups?filter=externalId eq "e1"`, 200, 1},
		{"a group by id", `/Groups?filter=id eq "GGG"`, 200, 1},
		{"the groups of a user", `/Groups?cursor&filter=members.value eq "UUU"`, 200, 1},
		{"the groups of another", `/Groups?filter=members.value eq "VVV"`, 200, 0},
		{"the groups of nobody", `/Groups?filter=members.value eq "` + nobody + `"`, 404, 0},
		{"members alone", `/Groups?filter=members eq "UUU"`, 400, 0},
		{"id and members.value", `/Groups?filter=id eq "GGG" and members.value eq "UUU"`, 400, 0},
		{"an unknown group and a member", `/Groups?filter=id eq "` + nobody + `" and members eq "UUU"`, 200, 0},
		{"all groups", `/Groups`, 200, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.scim("GET", fill.Replace(test.target), "")
			if a.Status != test.status {
				t.Fatalf("answered %d %s (%v)", a.Status, a.Body, a.Err)
			}
			if test.status == 200 && len(ids(a)) != test.found {
				t.Errorf("found %d, want %d: %s", len(ids(a)), test.found, a.Body)
			}
		})
	}
}

func TestMissingThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	for _, test := range []struct{ method, target, body, detail string }{
		{"GET", "/Users/" + nobody, "", "USER does not exist."},
		{"GET", "/Users/not-an-id", "", "USER does not exist."},
		{"PUT", "/Users/" + nobody, withID(nobody, userBody("a")), "USER does not exist."},
		{"PATCH", "/Users/" + nobody, patch(`{"op":"replace","path":"active","value":true}`), "USER does not exist."},
		{"GET", "/Groups/" + nobody, "", "GROUP does not exist."},
		{"PATCH", "/Groups/" + nobody, patch(`{"op":"replace","path":"displayName","value":"n"}`), "GROUP does not exist."},
		{"DELETE", "/Groups/" + nobody, "", "GROUP does not exist."},
	} {
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			a := w.scim(test.method, test.target, test.body)
			if a.Status != 404 || a.body["detail"] != test.detail {
				t.Errorf("answered %d %s", a.Status, a.Body)
			}
			if r := w.last(); r.ErrorCode != "ResourceNotFoundException" || r.ErrorMessage != test.detail {
				t.Errorf("logged %s: %s", r.ErrorCode, r.ErrorMessage)
			}
		})
	}
}
