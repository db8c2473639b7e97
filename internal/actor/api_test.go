package actor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
)

// who is the part of an actor that a table row states.
type who struct {
	Kind, Name, Client, Detail string
	Claimed                    bool
}

func of(a actor.Actor) who { return who{a.Kind, a.Name, a.Client, a.Detail, a.Claimed} }

func TestEachKindOfIdentityIsToldApart(t *testing.T) {
	t.Parallel()
	sso := assumed("AWSReservedSSO_IdcAdmin_0123456789abcdef", "jane@example.com")
	for _, test := range []struct {
		name     string
		identity fields
		over     fields
		want     who
	}{
		{"Root in the console of 2023", fields{"type": "Root", "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:root"},
			fields{"eventSource": "sso-directory.amazonaws.com", "eventName": "AddMemberToGroup", "userAgent": "Mozilla/5.0 (X11; Linux x86_64)", "sessionCredentialFromConsole": "true"},
			who{"person", "root", "console", "", false}},
		{"an IAM user at the CLI", fields{"type": "IAMUser", "userName": "bob", "accessKeyId": "AKIAEXAMPLE"}, fields{"userAgent": agentCLI}, who{"person", "bob", "aws-cli", "", false}},
		{"an IAM user of a pipeline", fields{"type": "IAMUser", "userName": "gitlab-runner"}, fields{"userAgent": agentCLI}, who{"automation", "gitlab-runner", "aws-cli", "", false}},
		{"an IAM user of a governance product", fields{"type": "IAMUser", "userName": "svc-saviynt"}, fields{"userAgent": "aws-sdk-java/1.12.500 Linux/5.10"}, who{"connector", "saviynt", "sdk-java", "", false}},
		{"an IAM user in the console", fields{"type": "IAMUser", "userName": "bob"}, fields{"userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal"}, who{"person", "bob", "console", "", false}},
		{"an Identity Center session at the CLI", sso, fields{"userAgent": agentCLI}, who{"person", "jane@example.com", "aws-cli", "", false}},
		{"an Identity Center session whose user name is no address", assumed("AWSReservedSSO_IdcAdmin_0123456789abcdef", "alice"), fields{"userAgent": agentCLI}, who{"person", "alice", "aws-cli", "", false}},
		{"an Identity Center session in CloudShell", sso, fields{"userAgent": agentCloudShell, "sessionCredentialFromConsole": "true"}, who{"person", "jane@example.com", "aws-cli", "CloudShell", false}},
		{"an Identity Center session in the console", sso, fields{"userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal"}, who{"person", "jane@example.com", "console", "", false}},
		{"the same SDK in a person's session is a script", sso, fields{"userAgent": agentGo}, who{"person", "jane@example.com", "sdk-go", "script", false}},
		{"Terraform started by a person is automation by a claim", sso, fields{"userAgent": agentTerraform}, who{"automation", "jane@example.com", "terraform", "", true}},
		{"a federated role session named after a person", assumed("OrgAdmin", "jane@example.com"), fields{"userAgent": agentCLI}, who{"person", "jane@example.com", "aws-cli", "", false}},
		{"a role of an identity provider's name assumed by a person", assumed("okta-admins", "jane@example.com"), fields{"userAgent": agentGo}, who{"person", "jane@example.com", "sdk-go", "script", false}},
		{"a Google service account is no person", assumed("sync", "job@acme.iam.gserviceaccount.com"), fields{"userAgent": agentGo}, who{"automation", "job@acme.iam.gserviceaccount.com", "sdk-go", "", false}},
		{"a plain role at the CLI could be either", assumed("OrgAdmin", "alice"), fields{"userAgent": agentCLI}, who{"unknown", "alice", "aws-cli", "", false}},
		{"a plain role with the CLI's own session name could be either", assumed("OrgAdmin", "botocore-session-1730970000"), fields{"userAgent": agentCLI}, who{"unknown", "OrgAdmin", "aws-cli", "", false}},
		{"a plain role in CloudShell, by its user agent", assumed("OrgAdmin", "alice"), fields{"userAgent": agentCloudShell}, who{"person", "alice", "aws-cli", "CloudShell", true}},
		{"a plain role with console credentials", assumed("OrgAdmin", "alice"), fields{"userAgent": agentCloudShell, "sessionCredentialFromConsole": "true"}, who{"person", "alice", "aws-cli", "CloudShell", false}},
		{"a plain role in the console, by its address", assumed("OrgAdmin", "alice"), fields{"userAgent": "AWS Internal", "sourceIPAddress": "AWS Internal"}, who{"person", "alice", "console", "", false}},
		{"a plain role in the console, by its user agent", assumed("OrgAdmin", "alice"), fields{"userAgent": "Mozilla/5.0 (X11)"}, who{"person", "alice", "console", "", true}},
		{"GitHub Actions at the CLI", assumed("deploy", "GitHubActions"), fields{"userAgent": agentCLI}, who{"automation", "deploy", "aws-cli", "", false}},
		{"GitLab with Terraform", assumed("deploy", "gitlab-main-42"), fields{"userAgent": agentTerraform}, who{"automation", "deploy", "terraform", "", false}},
		{"an instance", assumed("bastion", "i-0abcdef0123456789"), fields{"userAgent": agentCLI}, who{"automation", "bastion", "aws-cli", "", false}},
		{"a program with botocore's session name", assumed("jobs", "botocore-session-1730970000"), fields{"userAgent": "Boto3/1.35.0 md/Botocore#1.35.0 ua/2.1 os/linux#6.6 lang/python#3.12"}, who{"automation", "jobs", "sdk-python", "", false}},
		{"a Lambda function", assumed("jobs", "sync-groups"), fields{"userAgent": "Boto3/1.35.0 md/Botocore#1.35.0 ua/2.1 os/linux#6.6 lang/python#3.12 exec-env/AWS_Lambda_python3.12"}, who{"automation", "jobs", "sdk-python", "AWS Lambda", false}},
		{"a named governance product needs no rhythm", assumed("SailPointReadWrite", "session"), fields{"userAgent": agentGo}, who{"connector", "sailpoint", "sdk-go", "", false}},
		{"a named governance product with its own user agent", assumed("sailpoint-read-write", "x"), fields{"userAgent": "SailPointVA/8"}, who{"connector", "sailpoint", "sailpointva", "", false}},
		{"an identity provider's name alone is not enough", assumed("okta-sync", "x"), fields{"userAgent": agentGo}, who{"automation", "okta-sync", "sdk-go", "", false}},
		{"a product's role at the CLI is not the product", assumed("sailpoint-read-write", "alice"), fields{"userAgent": agentCLI}, who{"unknown", "alice", "aws-cli", "", false}},
		{"a product's role in the console is not the product", assumed("sailpoint-read-write", "alice"), fields{"userAgent": "AWS Internal"}, who{"unknown", "sailpoint-read-write", "console", "", false}},
		{"a program with a role of its own and one call", assumed("group-filler", "x"), fields{"userAgent": agentGo}, who{"automation", "group-filler", "sdk-go", "", false}},
		{"a role without user agent", assumed("group-filler", "x"), nil, who{"unknown", "group-filler", "", "", false}},
		{"CloudFormation for a person", sso, fields{"userAgent": "cloudformation.amazonaws.com", "sourceIPAddress": "cloudformation.amazonaws.com"}, who{"automation", "jane@example.com", "cloudformation", "", false}},
		{"CloudFormation by its user agent alone", sso, fields{"userAgent": "cloudformation.amazonaws.com"}, who{"automation", "jane@example.com", "cloudformation", "", true}},
		{"Identity Center's own role", func() fields {
			id := assumed("AWSServiceRoleForSSO", "AWS-SSO")
			id["invokedBy"] = "sso.amazonaws.com"
			return id
		}(),
			fields{"userAgent": "sso.amazonaws.com", "sourceIPAddress": "sso.amazonaws.com"}, who{"aws", "sso.amazonaws.com", "sso", "", false}},
		{"a service-linked role alone", assumed("AWSServiceRoleForSSO", "AWS-SSO"), fields{"userAgent": "AWS Internal"}, who{"aws", "AWSServiceRoleForSSO", "sso", "", false}},
		{"a service that passes on what a person does", func() fields {
			id := assumed("AWSReservedSSO_A_0123456789abcdef", "jane@example.com")
			id["invokedBy"] = "sso.amazonaws.com"
			return id
		}(),
			fields{"userAgent": "sso.amazonaws.com", "sourceIPAddress": "sso.amazonaws.com"}, who{"person", "jane@example.com", "sso", "", false}},
		{"a service's name as user agent from an address outside is no service", assumed("group-filler", "x"), fields{"userAgent": "sso.amazonaws.com"}, who{"automation", "group-filler", "sso.amazonaws.com", "", false}},
		{"an AWS service", fields{"type": "AWSService", "invokedBy": "sso.amazonaws.com"}, fields{"userAgent": "sso.amazonaws.com", "sourceIPAddress": "sso.amazonaws.com"}, who{"aws", "sso.amazonaws.com", "sso", "", false}},
		{"Control Tower's role", assumed("AWSControlTowerAdmin", "AWSControlTower"), fields{"userAgent": "AWS Internal"}, who{"aws", "AWSControlTowerAdmin", "controltower", "", false}},
		{"an Identity Center user", fields{"type": "IdentityCenterUser", "accountId": "111122223333",
			"onBehalfOf": fields{"userId": "a4f8c478-2001-70b2-2222-000000000002", "identityStoreArn": "arn:aws:identitystore::111122223333:identitystore/d-9a67000001"}},
			fields{"eventSource": "sso-directory.amazonaws.com", "eventName": "StartVirtualMfaDeviceRegistration", "userAgent": "Mozilla/5.0"},
			who{"person", "a4f8c478-2001-70b2-2222-000000000002", "console", "", false}},
		{"a federated user named after a person", fields{"type": "FederatedUser", "principalId": "111122223333:jane@example.com", "sessionContext": fields{"sessionIssuer": fields{"type": "IAMUser", "userName": "broker"}}}, fields{"userAgent": agentCLI}, who{"person", "jane@example.com", "aws-cli", "", false}},
		{"a federated user named otherwise", fields{"type": "FederatedUser", "principalId": "111122223333:batch"}, fields{"userAgent": agentCLI}, who{"unknown", "batch", "aws-cli", "", false}},
		{"a role that is named by its ARN only", fields{"type": "Role", "arn": "arn:aws:iam::111122223333:role/iga/sailpoint"}, fields{"userAgent": agentGo}, who{"connector", "sailpoint", "sdk-go", "", false}},
		{"a role whose issuer somebody blanked, by its ARN", fields{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/sailpoint/x", "sessionContext": fields{"sessionIssuer": fields{"userName": "xxxx"}}}, fields{"userAgent": agentGo}, who{"connector", "sailpoint", "sdk-go", "", false}},
		{"a SAML user", fields{"type": "SAMLUser", "userName": "jane@example.com", "principalId": "q:jane@example.com"}, nil, who{"person", "jane@example.com", "", "", false}},
		{"a web identity", fields{"type": "WebIdentityUser", "userName": "repo:acme/x"}, nil, who{"unknown", "repo:acme/x", "", "", false}},
		{"a directory service user", fields{"type": "Directory", "userName": "corp-admin"}, nil, who{"unknown", "corp-admin", "", "", false}},
		{"another account", fields{"type": "AWSAccount", "accountId": "444455556666"}, nil, who{"unknown", "444455556666", "", "", false}},
		{"an unknown identity in a browser", fields{"type": "Unknown", "userName": "jane"}, fields{"eventSource": "sso-directory.amazonaws.com", "userAgent": "Mozilla/5.0"}, who{"person", "jane", "console", "", true}},
		{"an unknown identity", fields{"type": "Unknown"}, fields{"userAgent": agentGo}, who{"unknown", "", "sdk-go", "", false}},
		{"a type that AWS has yet to invent", fields{"type": "Robot"}, fields{"userAgent": agentGo}, who{"unknown", "", "sdk-go", "", false}},
		{"no identity at all", fields{}, nil, who{"unknown", "", "", "", false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			over := fields{"userIdentity": test.identity}
			for name, value := range test.over {
				over[name] = value
			}
			got := actor.Default().Identify(call(t, over), nil)
			if diff := cmp.Diff(test.want, of(got)); diff != "" {
				t.Errorf("actor (-want +got):\n%s\nbasis: %s", diff, got.Basis)
			}
			if got.Basis == "" || strings.HasSuffix(got.Basis, ".") {
				t.Errorf("basis is %q; want a clause without a full stop", got.Basis)
			}
			if claims := strings.Contains(got.Basis, "user agent"); got.Claimed && !claims {
				t.Errorf("claimed, but the basis does not say by what: %q", got.Basis)
			}
		})
	}
}

func TestAWSUserAgentsNameTheirClient(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ userAgent, client, version string }{
		{agentCLI, "aws-cli", "2.32.10"},
		{agentCloudShell, "aws-cli", "2.13.5"},
		{"[aws-cli/1.16.1 Python/3.6 Linux/4.9 botocore/1.12.0]", "aws-cli", "1.16.1"},
		{"Boto3/1.26.0 Python/3.9 Linux/5.10 Botocore/1.29.0", "sdk-python", "1.26.0"},
		{"Botocore/1.29.0 Python/3.9", "sdk-python", "1.29.0"},
		{agentGo, "sdk-go", "1.30.4"},
		{"aws-sdk-go/1.44.100 (go1.19; linux; amd64)", "sdk-go", "1.44.100"},
		{"aws-sdk-java/2.20.1 Linux/5.10", "sdk-java", "2.20.1"},
		{"aws-sdk-js/3.400.0 ua/2.0 os/linux", "sdk-js", "3.400.0"},
		{"aws-sdk-nodejs/2.1400.0 linux/v18", "sdk-js", "2.1400.0"},
		{"aws-sdk-ruby3/3.180.0 ruby/3.2", "sdk-ruby", "3.180.0"},
		{"aws-sdk-dotnet-coreclr/3.7.100 .NET_Core/6.0", "sdk-dotnet", "3.7.100"},
		{"aws-sdk-php/3.280.0", "sdk-php", "3.280.0"},
		{"aws-sdk-rust/1.1.0 os/linux", "sdk-rust", "1.1.0"},
		{"aws-sdk-cpp/1.11.0 Linux", "sdk-cpp", "1.11.0"},
		{"aws-sdk-kotlin/1.0.0", "sdk-kotlin", "1.0.0"},
		{"aws-sdk-swift/0.30.0", "sdk-swift", "0.30.0"},
		{agentTerraform, "terraform", "1.9.5"},
		{"aws-sdk-go/1.10.18 (go1.8; linux; amd64) APN/1.0 HashiCorp/1.0 Terraform/0.9.8", "terraform", "0.9.8"},
		{"APN/1.0 OpenTofu-S3-Backend/1.0 OpenTofu/1.10.1", "opentofu", "1.0"},
		{"APN/1.0 HashiCorp/1.0 OpenTofu/1.8.0 terraform-provider-aws/5.60.0", "opentofu", "1.8.0"},
		{"APN/1.0 Pulumi/1.0 Pulumi-Aws/6.1.0 (+https://www.pulumi.com) aws-sdk-go/1.40.20", "pulumi", "6.1.0"},
		{"APN/1.0 Pulumi/1.0 PulumiAwsNative/1.12", "pulumi", "1.12"},
		{"aws-sdk-nodejs/2.1400.0 linux/v18 aws-cdk/2.100.0", "cdk", "2.100.0"},
		{"AWSPowerShell.Common/4.1.90.0 .NET_Core/6.0.5 OS/Microsoft_Windows_10.0.17763 PowerShellCore/7.-1 ClientAsync", "powershell", "4.1.90.0"},
		{"AWSPowerShell/4.1.0", "powershell", "4.1.0"},
		{"AWS Internal", "console", ""},
		{"Mozilla/5.0 (Windows NT 10.0)", "console", ""},
		{"console.amazonaws.com", "console", ""},
		{"signin.amazonaws.com", "console", ""},
		{"[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.467]", "console", ""},
		{"EC2ConsoleFrontend, aws-internal/3 aws-sdk-java/1.11", "console", ""},
		{"AWSCloudTrail, aws-internal/3", "console", ""},
		{"aws-internal/3 aws-sdk-java/1.12", "console", ""},
		{"Coral/Netty4", "console", ""},
		{"curl/8.5.0", "curl", "8.5.0"},
		{"my-tool/7", "my-tool", "7"},
	} {
		t.Run(test.userAgent, func(t *testing.T) {
			t.Parallel()
			got := actor.Default().Identify(call(t, fields{
				"userAgent":    test.userAgent,
				"userIdentity": assumed("AWSReservedSSO_IdcAdmin_0123456789abcdef", "jane@example.com"),
			}), nil)
			if got.Client != test.client || got.Version != test.version || got.Family != test.client {
				t.Errorf("client %q version %q family %q; want %q %q %q", got.Client, got.Version, got.Family, test.client, test.version, test.client)
			}
		})
	}
}

func TestAnActorCarriesWhatMakesTwoWritersDifferent(t *testing.T) {
	t.Parallel()
	got := actor.Default().Identify(call(t, fields{"userAgent": agentGo, "userIdentity": assumed("sailpoint-read-write", "x")}), nil)
	want := actor.Actor{
		Kind: "connector", Name: "sailpoint", Principal: "sailpoint-read-write", Client: "sdk-go", Version: "1.30.4", Family: "sdk-go",
		Credential: "ASIAEXAMPLE", Address: "198.51.100.7",
	}
	if diff := cmp.Diff(want, got, withoutBasis); diff != "" {
		t.Errorf("actor (-want +got):\n%s", diff)
	}
}

func TestLongNamesAreCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 5000)
	got := actor.Default().Identify(call(t, fields{"userIdentity": fields{"type": "IAMUser", "userName": long}, "sourceIPAddress": long}), nil)
	if got.Name != long[:512] || got.Address != long[:512] || len(got.Basis) > 2000 {
		t.Errorf("name has %d bytes, address %d, basis %d; want 256 characters of two bytes", len(got.Name), len(got.Address), len(got.Basis))
	}
}

func TestNothingIsNeededToIdentify(t *testing.T) {
	t.Parallel()
	if got := actor.Default().Identify(nil, nil); got.Kind != "unknown" {
		t.Errorf("a nil record is by %+v", got)
	}
	person := call(t, fields{"userAgent": agentCLI, "userIdentity": assumed("AWSReservedSSO_A_0123456789abcdef", "jane@example.com")})
	for name, c := range map[string]*actor.Catalogue{"nil": nil, "zero": {}} {
		if got := of(c.Identify(person, nil)); got != (who{"person", "jane@example.com", "aws-cli", "", false}) {
			t.Errorf("with a %s catalogue: %+v", name, got)
		}
	}
}
