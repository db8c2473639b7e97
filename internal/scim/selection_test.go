package scim_test

import (
	"testing"

	"github.com/scimtrail/scimtrail/internal/scim"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	const enterprise = `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`
	const whole = `{"schemas":["s"],"id":"1","userName":"a","password":"secret","name":{"givenName":"A","familyName":"B"},` +
		`"emails":[{"value":"a@example.com","type":"work"},{"type":"home"}],"shoeSize":42,"` + enterprise + `":{"department":"D","manager":{"value":"m"}}}`
	for _, row := range []struct{ says, attributes, excluded, want string }{
		{"by default all but what is never returned", "", "",
			`{"schemas":["s"],"id":"1","userName":"a","name":{"givenName":"A","familyName":"B"},` +
				`"emails":[{"value":"a@example.com","type":"work"},{"type":"home"}],"shoeSize":42,"` + enterprise + `":{"department":"D","manager":{"value":"m"}}}`},
		{"one, with what is always returned", "USERNAME", "", `{"schemas":["s"],"id":"1","userName":"a"}`},
		{"what is never returned is not to be had", "password", "", `{"schemas":["s"],"id":"1"}`},
		{"sub-attributes", "name.familyName, emails.value", "", `{"schemas":["s"],"id":"1","name":{"familyName":"B"},"emails":[{"value":"a@example.com"}]}`},
		{"a whole attribute and a part of it", "name,name.familyName", "", `{"schemas":["s"],"id":"1","name":{"givenName":"A","familyName":"B"}}`},
		{"an extension's attribute", enterprise + ":department", "", `{"schemas":["s"],"id":"1","` + enterprise + `":{"department":"D"}}`},
		{"a whole extension", enterprise, "", `{"schemas":["s"],"id":"1","` + enterprise + `":{"department":"D","manager":{"value":"m"}}}`},
		{"a name that nobody knows", "hatSize", "", `{"schemas":["s"],"id":"1"}`},
		{"all but some", "", "emails,name.givenName," + enterprise + ":manager",
			`{"schemas":["s"],"id":"1","userName":"a","name":{"familyName":"B"},"shoeSize":42,"` + enterprise + `":{"department":"D"}}`},
		{"all but an extension, and the id stays", "", "id,emails,name," + enterprise, `{"schemas":["s"],"id":"1","userName":"a","shoeSize":42}`},
	} {
		s, err := scim.ParseSelection(row.attributes, row.excluded)
		if err != nil {
			t.Errorf("%s: %v", row.says, err)
			continue
		}
		r := object(t, whole)
		if got := written(t, scim.UserType().Select(r, s)); got != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.says, got, row.want)
		}
		if got := written(t, r); got != whole {
			t.Errorf("%s: the resource became %s", row.says, got)
		}
	}
}

func TestParseSelectionRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ says, attributes, excluded, want string }{
		{"both parameters", "a", "b", "invalidValue: attributes and excludedAttributes exclude each other"},
		{"brackets", `emails[type eq "work"]`, "", `invalidPath: "emails[type eq \"work\"]": brackets can't choose what is returned`},
		{"a name that is none", "", "a b", `path, byte 2: the expression should end here, not " b"`},
	} {
		if _, err := scim.ParseSelection(row.attributes, row.excluded); err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", row.says, err, row.want)
		}
	}
}
