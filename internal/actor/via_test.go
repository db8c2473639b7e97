package actor_test

import (
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
)

func TestTheWayOfACall(t *testing.T) {
	t.Parallel()
	const api, directory, assignments = "identitystore.amazonaws.com", "sso-directory.amazonaws.com", "sso.amazonaws.com"
	person := assumed("AWSReservedSSO_A_0123456789abcdef", "jane@example.com")
	for _, test := range []struct {
		name string
		over fields
		want string
	}{
		{"SCIM", fields{"eventSource": "identitystore-scim.amazonaws.com", "userAgent": "AWS Internal"}, "scim"},
		{"the CLI at the Identity Store API", fields{"eventSource": api, "userAgent": agentCLI}, "api"},
		{"the CLI in CloudShell is the API", fields{"eventSource": api, "userAgent": agentCloudShell, "sessionCredentialFromConsole": "true"}, "api"},
		{"AWS Internal at the Identity Store API", fields{"eventSource": api, "userAgent": "AWS Internal"}, "console"},
		{"AWS Internal as the address", fields{"eventSource": api, "sourceIPAddress": "AWS Internal"}, "console"},
		{"AWS Internal as both", fields{"eventSource": api, "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal"}, "console"},
		{"a browser at the Identity Store API", fields{"eventSource": api, "userAgent": "Mozilla/5.0"}, "console"},
		{"console credentials and nothing else", fields{"eventSource": api, "sessionCredentialFromConsole": "true"}, "console"},
		{"no user agent", fields{"eventSource": api}, "api"},
		{"CloudFormation", fields{"eventSource": api, "userAgent": "cloudformation.amazonaws.com", "sourceIPAddress": "cloudformation.amazonaws.com"}, "api"},
		{"Identity Center's own role", fields{"eventSource": api, "userAgent": "AWS Internal", "userIdentity": assumed("AWSServiceRoleForSSO", "AWS-SSO")}, "api"},
		{"the private API with a browser", fields{"eventSource": directory, "userAgent": "Mozilla/5.0"}, "console"},
		{"the private API with whatever else", fields{"eventSource": directory, "userAgent": agentGo}, "console"},
		{"an assignment at the CLI", fields{"eventSource": assignments, "eventName": "CreateAccountAssignment", "userAgent": agentCLI}, "api"},
		{"an assignment in the console", fields{"eventSource": assignments, "eventName": "CreateAccountAssignment", "userAgent": "AWS Internal"}, "console"},
		{"Active Directory sync", fields{"eventSource": "identity-sync.amazonaws.com", "eventName": "StartSync"}, "sync"},
		{"another service", fields{"eventSource": "signin.amazonaws.com", "eventName": "UserAuthentication"}, "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			over := fields{"userIdentity": person}
			for name, value := range test.over {
				over[name] = value
			}
			if got := actor.Via(call(t, over)); got != test.want {
				t.Errorf("via %s, want %s", got, test.want)
			}
		})
	}
	if got := actor.Via(nil); got != "unknown" {
		t.Errorf("a nil record came via %s", got)
	}
}
