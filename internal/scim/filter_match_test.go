package scim_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/scim"
)

const barbara = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
	"id": "2819c223-AAAA", "externalId": "bJensen", "userName": "bjensen@example.com",
	"name": {"familyName": "Jensen", "givenName": "Bärbel"},
	"title": "Tour Guide", "userType": "Employee", "active": true, "nickName": "",
	"emails": [
		{"value": "bjensen@example.com", "type": "work", "primary": true},
		{"value": "babs@jensen.example.org", "type": "home"}
	],
	"ims": [{"value": "babs@foo.example.com", "type": "xmpp"}],
	"groups": [{"value": "g-1"}, {"value": "g-2"}],
	"meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34Z"},
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
		"employeeNumber": "701984", "department": "Tour Operations", "manager": {"value": "26118915-BBBB"}
	}
}`

func TestMatch(t *testing.T) {
	t.Parallel()
	user := object(t, barbara)
	for _, row := range []struct {
		says, filter string
		want         bool
	}{
		{"equal", `userName eq "bjensen@example.com"`, true},
		{"equal regardless of case, since userName is not caseExact", `userName eq "BJensen@Example.COM"`, true},
		{"equal beyond ASCII regardless of case", `name.givenName eq "BÄRBEL"`, true},
		{"names regardless of case", `USERNAME sw "bj" and Name.FamilyName ew "SEN"`, true},
		{"an id is caseExact", `id eq "2819c223-aaaa"`, false},
		{"an externalId is caseExact", `externalId eq "bjensen"`, false},
		{"contains", `title co "r g"`, true},
		{"starts with", `title sw "guide"`, false},
		{"not equal", `userType ne "Employee"`, false},
		{"order of text", `title gt "Tour" and title lt "tour z"`, true},
		{"a moment, in whatever zone", `meta.lastModified eq "2011-05-13T06:42:34+02:00"`, true},
		{"later than", `meta.lastModified gt "2011-05-13T04:42:33Z"`, true},
		{"not later than itself", `meta.lastModified gt "2011-05-13T04:42:34Z"`, false},
		{"at or before", `meta.lastModified le "2011-05-13T04:42:34.5Z"`, true},
		{"text in a time", `meta.created sw "2010-"`, true},
		{"a boolean", `active eq true`, true},
		{"a boolean is not its name", `active eq "true"`, false},
		{"a boolean differs from its name", `active ne "true"`, true},
		{"text is no number", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq 701984`, false},
		{"present", `title pr`, true},
		{"absent", `displayName pr`, false},
		{"empty text is not present", `nickName pr`, false},
		{"empty text equals empty text", `nickName eq ""`, true},
		{"empty text does not differ from it", `nickName ne ""`, false},
		{"a complex attribute is present", `name pr`, true},
		{"absent equals null", `displayName eq null`, true},
		{"absent differs from any text", `displayName ne "x"`, true},
		{"absent has no order", `displayName le "x" or displayName gt "x"`, false},
		{"present differs from null", `title ne null and not (title eq null)`, true},
		{"a complex attribute without a value of its own is not null", `name eq null`, false},
		{"an unknown attribute is null", `shoeSize eq null`, true},
		{"an unknown attribute does not pass", `shoeSize pr or shoeSize eq 42`, false},
		{"one of several values", `emails co "example.org"`, true},
		{"one of several values, by sub-attribute", `emails.type eq "home"`, true},
		{"different values may satisfy two terms", `emails.type eq "home" and emails.value co "example.com"`, true},
		{"brackets want one value for both", `emails[type eq "home" and value co "@example.com"]`, false},
		{"brackets find it", `emails[type eq "work" and value co "@example.com"]`, true},
		{"brackets with not", `emails[not (type eq "work")]`, true},
		{"brackets with a boolean", `emails[primary eq true and type eq "home"]`, false},
		{"brackets around a single complex attribute", `name[familyName eq "jensen"]`, true},
		{"brackets around simple values", `schemas[value ew "core:2.0:User"]`, true},
		{"any of the schemas", `schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`, true},
		{"the first example of the RFC with or in brackets", `emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`, true},
		{"groups by value", `groups.value eq "g-2"`, true},
		{"an extension's attribute by URN", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department sw "tour"`, true},
		{"an extension's attribute without it", `manager eq "26118915-BBBB"`, true},
		{"a core attribute by URN", `urn:ietf:params:scim:schemas:core:2.0:User:title pr`, true},
		{"a core attribute by the extension's URN", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:title pr`, false},
		{"and before or", `title pr or title pr and displayName pr`, true},
		{"parentheses first", `(title pr or title pr) and displayName pr`, false},
		{"not", `not (userType eq "Intern")`, true},
	} {
		f, err := scim.ParseFilter(row.filter)
		if err != nil {
			t.Errorf("%s: %v", row.says, err)
			continue
		}
		if got := scim.UserType().Match(f, user); got != row.want {
			t.Errorf("%s: %s is %v, want %v", row.says, row.filter, got, row.want)
		}
	}
}

func TestMatchComparesNumbersAsNumbers(t *testing.T) {
	t.Parallel()
	size := &scim.ResourceType{Name: "Thing", Schema: &scim.Schema{ID: "urn:example:Thing", Attributes: []scim.Attribute{
		{Name: "size", Kind: scim.Decimal},
	}}}
	thing := object(t, `{"size": 10.0}`)
	for filter, want := range map[string]bool{
		`size eq 10`: true, `size eq 1e1`: true, `size gt 9`: true, `size lt 9`: false, `size ne 10.00`: false,
		`size eq "10.0"`: false, `size eq 1e1000000000`: false, `size lt 1e1000000000`: false,
	} {
		f, err := scim.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := size.Match(f, thing); got != want {
			t.Errorf("%s is %v, want %v", filter, got, want)
		}
	}
}

func TestCheckSaysWhichFiltersMakeNoSense(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		`userName eq "x" and not (emails[type eq "work"])`: "",
		`schemas[value eq "x"]`:                            "",
		`manager eq "x"`:                                   "",
		`active gt true`:                                   `"gt" can't be applied to "active", which is boolean`,
		`emails[primary co true]`:                          `"co" can't be applied to "primary", which is boolean`,
		`shoeSize pr`:                                      `a User has no attribute "shoeSize"`,
		`emails[size pr]`:                                  `"emails" has no sub-attribute "size"`,
		`emails[type.x pr]`:                                `"emails" has no sub-attribute "type.x"`,
		`title[value eq "x"]`:                              `"title" has one simple value, so there is nothing to choose in brackets`,
		`name eq "x"`:                                      `"name" has no value of its own to compare; name a sub-attribute`,
	} {
		f, err := scim.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		detail := ""
		if e, ok := errors.AsType[*scim.Error](scim.UserType().Check(f)); ok {
			detail = e.Detail
		}
		if detail != want {
			t.Errorf("%s\n got %q\nwant %q", filter, detail, want)
		}
	}
}

// The laws of logic hold for any filter and resource.
func TestMatchFollowsTheLawsOfLogic(t *testing.T) {
	t.Parallel()
	user := object(t, barbara)
	match := func(f scim.Filter) bool { return scim.UserType().Match(f, user) }
	terms := rapid.SampledFrom([]string{`title pr`, `userName eq "x"`, `emails.type ne "work"`, `emails[type eq "home" and not (value pr)]`,
		`meta.created lt "2020-01-01T00:00:00Z"`, `active eq true`, `displayName eq null`, `name.givenName co "b"`})
	rapid.Check(t, func(t *rapid.T) {
		parse := func(label string) scim.Filter {
			f, err := scim.ParseFilter(terms.Draw(t, label))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		a, b, c := parse("a"), parse("b"), parse("c")
		not := func(f scim.Filter) scim.Filter { return scim.Not{Filter: f} }
		if match(not(not(a))) != match(a) {
			t.Errorf("double negation: %s", a)
		}
		if match(not(scim.And{a, b})) != match(scim.Or{not(a), not(b)}) {
			t.Errorf("De Morgan: %s, %s", a, b)
		}
		if match(scim.And{a, scim.Or{b, c}}) != match(scim.Or{scim.And{a, b}, scim.And{a, c}}) {
			t.Errorf("distribution: %s, %s, %s", a, b, c)
		}
	})
}
