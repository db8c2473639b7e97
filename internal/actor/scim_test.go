package actor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/actor"
)

// withoutBasis compares all of an actor but its sentence.
var withoutBasis = cmpopts.IgnoreFields(actor.Actor{}, "Basis")

func TestSCIMClientsAreNamedByTheirUserAgentOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		userAgent string
		kind      string
		client    string
		display   string
		version   string
		basis     string // a part of it
	}{
		{"Okta's documented client", "Okta SCIM Client 1.0.0", "idp", "okta", "Okta", "1.0.0", "anybody can send"},
		{"Okta's client without a version", "Okta SCIM Client", "idp", "okta", "Okta", "", "anybody can send"},
		{"the only string ever matched for Entra", "Microsoft Azure AD SCIM provisioning 2.0", "idp", "entra", "Microsoft Entra ID", "2.0", "not confirmed"},
		{"the other candidate for Entra", "azure-ad-scim-provisioning/1.0", "idp", "entra", "Microsoft Entra ID", "1.0", "not confirmed"},
		{"Google's auto-provisioning", "Google-Auto-Provisioning", "idp", "google", "Google Workspace", "", "reported by others"},
		{"idp-scim-sync, which carries Google's groups", "idp-scim-sync/v0.44.0", "idp", "idp-scim-sync", "idp-scim-sync (Google Workspace)", "v0.44.0", "anybody can send"},
		{"authentik as an issue shows it", "authentik@2025.6.2", "idp", "authentik", "authentik", "2025.6.2", "anybody can send"},
		{"OneLogin with the administrator's header", "OneLogin SCIM", "idp", "onelogin", "OneLogin", "", "not confirmed"},
		{"Go's default, which ssosync sends and anybody else", "Go-http-client/2.0", "unknown", "go-http-client", "", "2.0", "any program"},
		{"Go's default over HTTP/1.1", "Go-http-client/1.1", "unknown", "go-http-client", "", "1.1", "any program"},
		{"the library of PingFederate and many others", "Apache-HttpClient/4.5.13 (Java/11.0.20)", "unknown", "apache-httpclient", "", "4.5.13", "any program"},
		{"curl", "curl/8.5.0", "unknown", "curl", "", "8.5.0", "any program"},
		{"Postman", "PostmanRuntime/7.36.0", "unknown", "postman", "", "7.36.0", "any program"},
		{"requests", "python-requests/2.31.0", "unknown", "python-requests", "", "2.31.0", "any program"},
		{"httpx, as aws-idc-scim has it", "python-httpx/0.27.0", "unknown", "python-httpx", "", "0.27.0", "any program"},
		{"urllib", "Python-urllib/3.12", "unknown", "python-urllib", "", "3.12", "any program"},
		{"a product that nobody knows", "AcmeBridge/3.1 (linux)", "unknown", "acmebridge", "", "3.1", "no known SCIM client"},
		{"a pretender with Okta's name in front is not Okta", "Okta/1.0", "unknown", "okta", "", "1.0", "no known SCIM client"},
		{"Okta's string further behind is not Okta", "Evil Okta SCIM Client 1.0.0", "unknown", "evil", "", "", "no known SCIM client"},
		{"an AWS SDK has no business at the SCIM endpoint", agentGo, "unknown", "sdk-go", "", "1.30.4", "any program"},
		{"Terraform cannot speak SCIM here", agentTerraform, "unknown", "terraform", "", "1.9.5", "any program"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := actor.Default().Identify(scim(t, test.userAgent), nil)
			want := actor.Actor{
				Kind: test.kind, Client: test.client, Family: test.client, Name: test.display, Version: test.version,
				Credential: "token-one", Address: "203.0.113.20", Claimed: true,
			}
			if diff := cmp.Diff(want, got, withoutBasis); diff != "" {
				t.Errorf("actor (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Basis, test.basis) || !strings.Contains(got.Basis, "user agent only") {
				t.Errorf("basis is %q; want it to own up to the user agent and to say %q", got.Basis, test.basis)
			}
		})
	}
}

func TestASCIMCallWithoutUserAgentNamesNobody(t *testing.T) {
	t.Parallel()
	got := actor.Default().Identify(scim(t, ""), nil)
	want := actor.Actor{Kind: "unknown", Family: "none", Credential: "token-one", Address: "203.0.113.20"}
	if diff := cmp.Diff(want, got, withoutBasis); diff != "" {
		t.Errorf("actor (-want +got):\n%s", diff)
	}
}

func TestAHostileProductTokenKeepsOnlyTokenCharacters(t *testing.T) {
	t.Parallel()
	for userAgent, want := range map[string]string{
		"\x1b[31mevil/1":               "",
		"<script>alert(1)</script>":    "",
		"=HYPERLINK(1)":                "",
		"abc\u202edef/1":               "abc",
		strings.Repeat("A", 500) + "/": strings.Repeat("a", 64),
	} {
		if got := actor.Default().Identify(scim(t, userAgent), nil); got.Client != want || got.Kind != "unknown" {
			t.Errorf("%.20q: client %q, kind %q; want %q, unknown", userAgent, got.Client, got.Kind, want)
		}
	}
}
