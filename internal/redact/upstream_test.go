package redact_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/redact"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

func TestPeopleOfProvidersAreNotNamed(t *testing.T) {
	t.Parallel()
	c := &casefile.Case{Upstream: upstream.State{
		Reach: []upstream.Reach{{Product: upstream.ProductOkta, Org: "corp.okta.com", List: upstream.ListAppUsers, Scope: upstream.Scope{User: "ann@corp.io"}, Failed: "corp.okta.com shows no ann@corp.io"}},
		Entra: upstream.EntraState{
			Members: []upstream.EntraMember{{Group: "11111111-0000-4000-8000-000000000001", ID: "22222222-0000-4000-8000-000000000001", Type: "user", Name: "ann@corp.io"}},
			Users:   []upstream.EntraUser{{ID: "22222222-0000-4000-8000-000000000001", UserPrincipalName: "ann@corp.io", DisplayName: "Ann Quillfeather", GivenName: "Annabel", Surname: "Quillfeather"}},
		},
		SailPoint: upstream.SailPointState{Identities: []upstream.SailPointIdentity{{ID: "2c9180857182305e0171993735622948", Name: "Ann Quillfeather", Alias: "ann.quill", Email: "ann@corp.io"}}},
	}}
	out, _ := redact.Case(c)
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"corp", "ann@", "Quillfeather", "Annabel", "ann.quill", "2c91808571"} {
		if strings.Contains(string(text), name) {
			t.Errorf("%q is still there: %s", name, text)
		}
	}
}
