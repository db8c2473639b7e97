package actor_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
)

func load(t testing.TB, table string) *actor.Catalogue {
	t.Helper()
	c, err := actor.Load(strings.NewReader(table))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAUsersRowsComeFirst(t *testing.T) {
	t.Parallel()
	own := load(t, "\ufeff# ours\n"+`client,name,kind,match,scope,pattern
okta,Okta of the main tenant,idp,credential,scim,^token-one$
entra,Entra bridge,idp,user-agent,scim,^Go-http-client/([^ ]+)
corp-iam,,connector,principal,api,"^group-(?:filler|emptier)$"
,,person,session,api,^adm-
,,automation,address,,^198\.51\.100\.9$
`)
	both := actor.Default().With(own)
	for _, test := range []struct {
		name string
		over fields
		want who
	}{
		{"a token that the user vouches for is no claim", fields{"eventSource": "identitystore-scim.amazonaws.com", "userAgent": "Go-http-client/2.0", "userIdentity": fields{"type": "WebIdentityUser", "accessKeyId": "token-one"}},
			who{"idp", "Okta of the main tenant", "okta", "", false}},
		{"a user agent stays a claim", fields{"eventSource": "identitystore-scim.amazonaws.com", "userAgent": "Go-http-client/2.0", "userIdentity": fields{"type": "WebIdentityUser", "accessKeyId": "token-two"}},
			who{"idp", "Entra bridge", "entra", "", true}},
		{"outside its scope a row is silent", fields{"userAgent": "Go-http-client/2.0", "userIdentity": assumed("jobs", "x")}, who{"automation", "jobs", "go-http-client", "", false}},
		{"a connector of the company's own", fields{"userAgent": agentGo, "userIdentity": assumed("group-filler", "x")}, who{"connector", "corp-iam", "corp-iam", "", false}},
		{"people with session names of a form of their own", fields{"userAgent": agentCLI, "userIdentity": assumed("OrgAdmin", "adm-17")}, who{"person", "adm-17", "aws-cli", "", false}},
		{"an address", fields{"userAgent": agentCLI, "sourceIPAddress": "198.51.100.9", "userIdentity": assumed("OrgAdmin", "alice")}, who{"automation", "OrgAdmin", "aws-cli", "", false}},
		{"the built-in rows still hold", fields{"userAgent": agentGo, "userIdentity": assumed("sailpoint", "x")}, who{"connector", "sailpoint", "sdk-go", "", false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := both.Identify(call(t, test.over), nil)
			if diff := cmp.Diff(test.want, of(got)); diff != "" {
				t.Errorf("actor (-want +got):\n%s\nbasis: %s", diff, got.Basis)
			}
		})
	}
}

func TestAmongAUsersRowsTheFirstFittingOneDecides(t *testing.T) {
	t.Parallel()
	const a, b = "principal,^x,connector,one\n", "principal,^xy,connector,two\n"
	const heading = "match,pattern,kind,client\n"
	r := call(t, fields{"userAgent": agentGo, "userIdentity": assumed("xyz", "s")})
	for table, want := range map[string]string{heading + a + b: "one", heading + b + a: "two"} {
		if got := load(t, table).Identify(r, nil); got.Name != want {
			t.Errorf("%q: %q, want %q", table, got.Name, want)
		}
	}
	one, two := load(t, heading+a), load(t, heading+b)
	if got := one.With(two).Identify(r, nil); got.Name != "two" {
		t.Errorf("With: %q, want the added row first", got.Name)
	}
	var none *actor.Catalogue
	if got := none.With(two).With(nil).Identify(r, nil); got.Name != "two" {
		t.Errorf("With on nil: %q", got.Name)
	}
}

func TestABadTableNamesItsLine(t *testing.T) {
	t.Parallel()
	const heading = "match,scope,pattern,kind,client\n"
	for _, test := range []struct {
		name, table string
		line        int
		says        string
	}{
		{"nothing", "", 1, "heading is missing"},
		{"only a comment", "# hello\n", 1, "heading is missing"},
		{"an unknown column", "match,pattern,kind,colour\n", 1, `"colour"`},
		{"a column twice", "match,pattern,kind,kind\n", 1, "twice"},
		{"a column missing", "match,kind\n", 1, `"pattern" is missing`},
		{"too few fields", heading + "# why\n\nuser-agent,any,^x\n", 4, "it has 3 fields, the heading has 5"},
		{"an unknown match", heading + "colour,any,^x,idp,okta\n", 2, "user-agent"},
		{"an unknown scope", heading + "user-agent,everywhere,^x,idp,okta\n", 2, "scim"},
		{"an unknown kind", heading + "user-agent,any,^x,human,okta\n", 2, "person"},
		{"an empty pattern", heading + "user-agent,any,,idp,okta\n", 2, "would fit everything"},
		{"a pattern that fits nothing at all and so everything", heading + "user-agent,any,x*,idp,okta\n", 2, "fits the empty string"},
		{"look-ahead, which RE2 lacks", heading + "user-agent,any,^ok\n", 2, "fields"},
		{"look-ahead", heading + "user-agent,any,(?=x)x,idp,okta\n", 2, "RE2"},
		{"an open bracket", heading + "user-agent,any,[x,idp,okta\n", 2, "RE2"},
		{"a long pattern", heading + "user-agent,any," + strings.Repeat("x", 1001) + ",idp,okta\n", 2, "longer than"},
		{"an idp without a client", heading + "credential,any,^x,idp,\n", 2, "needs a client"},
		{"a user agent without a client", heading + "user-agent,any,^x,person,\n", 2, "needs a client"},
		{"a client that is no slug", heading + "user-agent,any,^x,idp,Okta Inc\n", 2, "lower-case"},
		{"a quote out of place", heading + "user-agent,any,^x\"y,idp,okta\n", 2, "quote"},
		{"too large", heading + strings.Repeat("# filling\n", 200_000), 0, "larger than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := actor.Load(strings.NewReader(test.table))
			if err == nil {
				t.Fatalf("loaded %d rows, want an error", len(c.Rows()))
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %q does not say %q", err, test.says)
			}
			if row, ok := errors.AsType[*actor.RowError](err); test.line > 0 && (!ok || row.Line != test.line) {
				t.Errorf("error %q; want it to name line %d", err, test.line)
			}
		})
	}
}

// A row of the built-in table that an earlier row of its match and scope hides
// would be dead weight, and one without a source would be hearsay.
func TestEachBuiltInRowHasASource(t *testing.T) {
	t.Parallel()
	rows := actor.Default().Rows()
	if len(rows) < 80 {
		t.Fatalf("the built-in table has %d rows", len(rows))
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if row.Source == "" {
			t.Errorf("%s %s has no source", row.Match, row.Pattern)
		}
		if row.Kind == actor.IDP && row.Name == "" {
			t.Errorf("%s %s is of an identity provider without a display name", row.Match, row.Pattern)
		}
		if key := row.Match + " " + row.Scope + " " + row.Pattern; seen[key] {
			t.Errorf("%s is there twice", key)
		} else {
			seen[key] = true
		}
	}
}

func TestPrincipalNamesAreReadAsWords(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]string{
		"sailpoint-read-write": "sailpoint", "SailPointReadWrite": "sailpoint", "svc_IdentityIQ": "sailpoint", "Saviynt-EIC": "saviynt",
		"omada": "omada", "OneIdentityManager": "one-identity", "baton-aws": "conductorone", "prod-veza-reader": "veza",
		"nomadapp": "", "bataton": "", "convezance": "", "laponorama": "",
	} {
		got := actor.Default().Identify(call(t, fields{"userAgent": agentGo, "userIdentity": assumed(role, "x")}), nil)
		if name := got.Name; (want != "") != (got.Kind == actor.Connector) || want != "" && name != want {
			t.Errorf("role %q: %s %q, want connector %q", role, got.Kind, name, want)
		}
	}
}

func TestACatalogueServesSeveralGoroutines(t *testing.T) {
	t.Parallel()
	c := actor.Default()
	records := []struct{ agent, client string }{{agentCLI, "aws-cli"}, {agentGo, "sdk-go"}, {agentTerraform, "terraform"}}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 300 {
				r := records[i%len(records)]
				if got := c.Identify(call(t, fields{"userAgent": r.agent, "userIdentity": assumed("r", "s")}), nil); got.Client != r.client {
					t.Errorf("client %q, want %q", got.Client, r.client)
				}
			}
		})
	}
	wg.Wait()
}
