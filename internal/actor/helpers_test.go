package actor_test

import (
	"encoding/json"
	"testing"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// The user agents of the tests, as the references print them.
const (
	agentCLI        = "aws-cli/2.32.10 md/awscrt#0.29.1 ua/2.1 os/linux#6.6 md/arch#x86_64 lang/python#3.13.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#identitystore.create-group-membership"
	agentCloudShell = "aws-cli/2.13.5 Python/3.11.4 Linux/4.14.255 exec-env/CloudShell exe/x86_64.amzn.2 prompt/off command/identitystore.create-group-membership"
	agentGo         = "aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.7 md/GOOS#linux md/GOARCH#amd64 api/identitystore#1.27.4"
	agentTerraform  = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.60.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.4 os/linux lang/go#1.22.7"
)

type fields = map[string]any

// call is a CreateGroupMembership at the Identity Store API with these fields
// put over it.
func call(t testing.TB, over fields) *cloudtrail.Record {
	t.Helper()
	event := fields{
		"eventVersion": "1.11", "eventTime": "2025-11-07T10:12:13Z", "awsRegion": "us-east-2",
		"eventSource": "identitystore.amazonaws.com", "eventName": "CreateGroupMembership",
		"sourceIPAddress": "198.51.100.7", "readOnly": false, "recipientAccountId": "111122223333",
	}
	for name, value := range over {
		event[name] = value
	}
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	r, err := cloudtrail.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

// assumed is the userIdentity of a role's session.
func assumed(role, session string) fields {
	return fields{
		"type": "AssumedRole", "principalId": "AROAEXAMPLEEXAMPLE000:" + session, "accountId": "111122223333",
		"arn": "arn:aws:sts::111122223333:assumed-role/" + role + "/" + session, "accessKeyId": "ASIAEXAMPLE",
		"sessionContext": fields{"sessionIssuer": fields{"type": "Role", "userName": role, "arn": "arn:aws:iam::111122223333:role/" + role}},
	}
}

// scim is a PatchGroup at the SCIM endpoint by a client with this user agent.
func scim(t testing.TB, userAgent string) *cloudtrail.Record {
	t.Helper()
	return call(t, fields{
		"eventSource": "identitystore-scim.amazonaws.com", "eventName": "PatchGroup", "sourceIPAddress": "203.0.113.20",
		"userAgent":    userAgent,
		"userIdentity": fields{"type": "WebIdentityUser", "accountId": "111122223333", "accessKeyId": "token-one"},
	})
}
