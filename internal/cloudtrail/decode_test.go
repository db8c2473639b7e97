package cloudtrail_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

const (
	groupID      = "64a8b4c8-1001-70a1-1111-000000000001"
	userID       = "a4f8c478-2001-70b2-2222-000000000002"
	membershipID = "24d8e4f8-3001-70c3-3333-000000000003"
	legacyUser   = "9a67000001-94f1e0b3-c394-48d5-8ab1-2c122a167074"
)

func decode(t *testing.T, text string) cloudtrail.Record {
	t.Helper()
	r, err := cloudtrail.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestWhereIdsHide has every place in which the reference says that an id can
// stand.
func TestWhereIdsHide(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source, event, params, response string
		group, user, membership               string
	}{
		{"memberId.userId", "identitystore", "CreateGroupMembership", `{"groupId":"` + groupID + `","memberId":{"userId":"` + userID + `"}}`, `{"membershipId":"` + membershipID + `"}`, groupID, userID, membershipID},
		{"member.memberId of the console", "sso-directory", "AddMemberToGroup", `{"groupId":"` + groupID + `","member":{"memberId":"` + userID + `"}}`, `null`, groupID, userID, ""},
		{"ids as ARNs", "identitystore", "CreateGroupMembership", `{"groupId":"arn:aws:identitystore:::group/` + groupID + `","memberId":{"userId":"arn:aws:identitystore:::user/` + userID + `"}}`, `{"membershipArn":"arn:aws:identitystore:::membership/` + membershipID + `"}`, groupID, userID, membershipID},
		{"upper case", "identitystore", "CreateGroupMembership", `{"groupId":"` + strings.ToUpper(groupID) + `","memberId":{"userId":"` + userID + `"}}`, `null`, groupID, userID, ""},
		{"a deletion by membership alone", "identitystore", "DeleteGroupMembership", `{"membershipId":"` + membershipID + `"}`, `null`, "", "", membershipID},
		{"memberId as JSON text", "identitystore", "CreateGroupMembership", `{"groupId":"` + groupID + `","memberId":"{\"userId\":\"` + userID + `\"}"}`, `null`, groupID, userID, ""},
		{"all parameters as JSON text", "identitystore", "CreateGroupMembership", `"{\"groupId\":\"` + groupID + `\",\"memberId\":{\"userId\":\"` + userID + `\"}}"`, `null`, groupID, userID, ""},
		{"names in lower case, as Athena has them", "identitystore", "CreateGroupMembership", `{"groupid":"` + groupID + `","memberid":{"userid":"` + userID + `"}}`, `{"membershipid":"` + membershipID + `"}`, groupID, userID, membershipID},
		{"the id of a SCIM path", "identitystore-scim", "PatchGroup", `{"id":"` + groupID + `","httpBody":{"operations":[{"op":"ADD","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]}}`, `null`, groupID, "", ""},
		{"the id that SCIM answers", "identitystore-scim", "CreateGroup", `{"httpBody":{"displayName":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`, `{"id":"` + groupID + `"}`, groupID, "", ""},
		{"a SCIM user, legacy id", "identitystore-scim", "DeleteUser", `{"id":"` + legacyUser + `"}`, `null`, "", legacyUser, ""},
		{"the console's answer", "sso-directory", "CreateGroup", `{"displayName":"App-One"}`, `{"group":{"groupId":"` + groupID + `"}}`, groupID, "", ""},
		{"a masked id is no id", "identitystore-scim", "PatchGroup", `{"id":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, `null`, "", "", ""},
		{"a blanked id is no id", "identitystore-scim", "PatchGroup", `{"id":"xxxx"}`, `null`, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := decode(t, `{"eventSource":"`+tt.source+`.amazonaws.com","eventName":"`+tt.event+`","requestParameters":`+tt.params+`,"responseElements":`+tt.response+`}`)
			got := [3]string{r.Subject.Group, r.Subject.User, r.Subject.Membership}
			if want := [3]string{tt.group, tt.user, tt.membership}; got != want {
				t.Errorf("group, user, membership = %q, want %q", got, want)
			}
		})
	}
	t.Run("resources, when nothing else has it", func(t *testing.T) {
		t.Parallel()
		r := decode(t, `{"eventSource":"identitystore.amazonaws.com","eventName":"DeleteGroup","resources":[{"arn":"arn:aws:identitystore:::group/`+groupID+`"},{"ARN":"d-9a67000001","type":"IdentityStoreId"}]}`)
		if r.Subject.Group != groupID || r.Subject.Store != "d-9a67000001" {
			t.Errorf("subject %+v", r.Subject)
		}
	})
	t.Run("a legacy id names its store", func(t *testing.T) {
		t.Parallel()
		r := decode(t, `{"eventSource":"identitystore-scim.amazonaws.com","eventName":"DeleteUser","requestParameters":{"id":"`+legacyUser+`"}}`)
		if r.Subject.Store != "d-9a67000001" {
			t.Errorf("store %q", r.Subject.Store)
		}
	})
}

func TestSCIMPatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, operations string
		effect           cloudtrail.Effect
		users            []string
	}{
		{"members added", `[{"op":"ADD","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]`, cloudtrail.MembersAdded, nil},
		{"members removed by value", `[{"op":"REMOVE","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]`, cloudtrail.MembersRemoved, nil},
		{"a member removed by path is named", `[{"op":"REMOVE","path":"members[value eq \"` + userID + `\"]"}]`, cloudtrail.MembersRemoved, []string{userID}},
		{"added and removed at once", `[{"op":"REMOVE","path":"members","value":"x"},{"op":"ADD","path":"members","value":"x"}]`, cloudtrail.MembersChanged, nil},
		{"Okta's rename has no path", `[{"op":"REPLACE","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]`, cloudtrail.GroupUpdated, nil},
		{"a rename by path", `[{"op":"REPLACE","path":"displayName","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]`, cloudtrail.GroupUpdated, nil},
		{"a replaced member list can be anything", `[{"op":"REPLACE","path":"members","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]`, cloudtrail.MembersChanged, nil},
		{"an addition without a path can be of members", `[{"op":"add","value":"HIDDEN_DUE_TO_SECURITY_REASONS"}]`, cloudtrail.MembersAdded, nil},
		{"an emulator shows whom it added", `[{"op":"ADD","path":"members","value":[{"value":"` + userID + `"}]}]`, cloudtrail.MembersAdded, []string{userID}},
		{"a body that is not there can be anything", `null`, cloudtrail.MembersChanged, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := decode(t, `{"eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","requestParameters":{"id":"`+groupID+`","httpBody":{"operations":`+tt.operations+`}}}`)
			if r.Effect != tt.effect {
				t.Errorf("effect %s, want %s", r.Effect, tt.effect)
			}
			var users []string
			for _, op := range r.Subject.Operations {
				users = append(users, op.Users...)
			}
			if diff := cmp.Diff(tt.users, users); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUserIdentities reads every type that the reference lists (1.5).
func TestUserIdentities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, identity string
		want           cloudtrail.Identity
	}{
		{"root", `{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}`,
			cloudtrail.Identity{Type: "Root", PrincipalID: "111122223333", ARN: "arn:aws:iam::111122223333:root", Account: "111122223333"}},
		{"IAM user", `{"type":"IAMUser","userName":"ops","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE"}`,
			cloudtrail.Identity{Type: "IAMUser", UserName: "ops", Account: "111122223333", AccessKey: "AKIAEXAMPLE"}},
		{"assumed role of a permission set", `{"type":"AssumedRole","principalId":"AROAEXAMPLE:ann@example.com","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_admin_0123456789abcdef/ann@example.com","sessionContext":{"sessionIssuer":{"type":"Role","userName":"AWSReservedSSO_admin_0123456789abcdef"}}}`,
			cloudtrail.Identity{Type: "AssumedRole", PrincipalID: "AROAEXAMPLE:ann@example.com", ARN: "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_admin_0123456789abcdef/ann@example.com", Role: "AWSReservedSSO_admin_0123456789abcdef", Session: "ann@example.com"}},
		{"assumed role whose ARN is gone", `{"type":"AssumedRole","principalId":"AROAEXAMPLE:ann@example.com"}`,
			cloudtrail.Identity{Type: "AssumedRole", PrincipalID: "AROAEXAMPLE:ann@example.com", Session: "ann@example.com"}},
		{"role", `{"type":"Role","arn":"arn:aws:iam::111122223333:role/path/deploy"}`,
			cloudtrail.Identity{Type: "Role", ARN: "arn:aws:iam::111122223333:role/path/deploy", Role: "deploy"}},
		{"AWS service", `{"type":"AWSService","invokedBy":"sso.amazonaws.com"}`,
			cloudtrail.Identity{Type: "AWSService", InvokedBy: "sso.amazonaws.com"}},
		{"SCIM success", `{"type":"WebIdentityUser","accountId":"111122223333","accessKeyId":"tok-1"}`,
			cloudtrail.Identity{Type: "WebIdentityUser", Account: "111122223333", AccessKey: "tok-1"}},
		{"Identity Center user", `{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"` + userID + `","identityStoreArn":"arn:aws:identitystore::111122223333:identitystore/d-9a67000001"},"credentialId":"c1"}`,
			cloudtrail.Identity{Type: "IdentityCenterUser", Account: "111122223333", OnBehalfOf: userID, Store: "d-9a67000001", StoreOwner: "111122223333", Credential: "c1"}},
		{"SAML user", `{"type":"SAMLUser","userName":"ann","identityProvider":"idp"}`,
			cloudtrail.Identity{Type: "SAMLUser", UserName: "ann", Provider: "idp"}},
		{"a type of tomorrow", `{"type":"Quantum"}`, cloudtrail.Identity{Type: "Quantum"}},
		{"an account number that became a number", `{"type":"AWSAccount","accountId":11122223333}`,
			cloudtrail.Identity{Type: "AWSAccount", Account: "011122223333"}},
		{"nothing", `{}`, cloudtrail.Identity{}},
		{"no object", `"root"`, cloudtrail.Identity{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := decode(t, `{"eventSource":"identitystore.amazonaws.com","eventName":"ListUsers","userIdentity":`+tt.identity+`}`)
			if diff := cmp.Diff(tt.want, r.Identity); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFieldsOfTheWrongType: nothing fails the record; what can't be read is named.
func TestFieldsOfTheWrongType(t *testing.T) {
	t.Parallel()
	r := decode(t, `{"eventVersion":1.10,"eventTime":1731578400,"eventSource":"identitystore.amazonaws.com","eventName":"CreateGroup","awsRegion":["us-east-2"],
		"readOnly":"false","sessionCredentialFromConsole":true,"requestParameters":[1],"responseElements":7,"eventID":{"a":1},"recipientAccountId":111122223333,"sourceIPAddress":"xx.xxx.xxx.xxx"}`)
	if want := time.Unix(1731578400, 0).UTC(); !r.Time.Equal(want) {
		t.Errorf("time %s, want %s", r.Time, want)
	}
	if r.ReadOnly || !r.FromConsole || r.Account != "111122223333" || r.Region != "" || r.ID != "" || r.SourceIP != "" {
		t.Errorf("record %+v", r)
	}
	named := map[string]bool{}
	for _, p := range r.Problems {
		named[p.Field] = true
	}
	for _, field := range []string{"awsRegion", "requestParameters", "responseElements", "eventID", "sourceIPAddress"} {
		if !named[field] {
			t.Errorf("%s is not named among %v", field, r.Problems)
		}
	}
}

// TestVersions reads every version of the reference; 1.10 comes after 1.9.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"1.0", "1.01", "1.02", "1.03", "1.04", "1.05", "1.06", "1.07", "1.08", "1.09", "1.10", "1.11"} {
		v, err := cloudtrail.ParseVersion(s)
		if err != nil || !v.Known() {
			t.Errorf("version %s: %v, %v", s, v, err)
		}
	}
	v10, _ := cloudtrail.ParseVersion("1.10")
	if !v10.AtLeast(1, 9) {
		t.Error("1.10 must come after 1.9")
	}
	if r := decode(t, `{"eventVersion":"2.0","eventSource":"identitystore.amazonaws.com","eventName":"X"}`); len(r.Problems) == 0 {
		t.Error("an unknown major version must be named")
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2024, 10, 10, 13, 23, 45, 0, time.UTC)
	for _, s := range []string{
		"2024-10-10T13:23:45Z", "2024-10-10T15:23:45+02:00", "20241010T132345Z", "2024-10-10 13:23:45.000", "2024-10-10 13:23:45.000 UTC",
		"Oct 10, 2024 1:23:45 PM", "Oct 10, 2024, 1:23:45 PM", "Oct 10, 2024, 1:23:45\u202fPM", "1728566625", "1728566625.0", "1728566625000",
	} {
		if got, err := cloudtrail.ParseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("ParseTime(%q) = %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "xxxx", "yesterday", "-5", "NaN", "1e400"} {
		if got, err := cloudtrail.ParseTime(s); err == nil {
			t.Errorf("ParseTime(%q) = %s, want an error", s, got)
		}
	}
}

func TestConcerns(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		source, name string
		want         bool
	}{
		{"identitystore-scim.amazonaws.com", "ListUsers", true},
		{"identitystore.amazonaws.com", "DescribeUser", true},
		{"sso-directory.amazonaws.com", "SearchUsers", true},
		{"sso.amazonaws.com", "CreateAccountAssignment", true},
		{"sso.amazonaws.com", "Federate", false},
		{"sso.amazonaws.com", "ListInstances", false},
		{"identity-sync.amazonaws.com", "StopSync", true},
		{"unlisted.amazonaws.com", "CreateBearerToken", true},
		{"ec2.amazonaws.com", "RunInstances", false},
		{"iam.amazonaws.com", "CreateGroup", false},
	} {
		if got := cloudtrail.Concerns(x.source, x.name); got != x.want {
			t.Errorf("Concerns(%s, %s) = %v", x.source, x.name, got)
		}
	}
}

func TestWhatIsNoRecord(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{`, `[]`, `null`, `"x"`, `{"a":1}`, `{"eventSource":"x"} {}`} {
		if _, err := cloudtrail.Decode([]byte(text)); err == nil {
			t.Errorf("Decode(%s) gave no error", text)
		}
	}
}

// FuzzDecode: whatever comes in, the raw bytes stay, and reading the same bytes
// twice says the same.
func FuzzDecode(f *testing.F) {
	seeds, err := os.ReadFile("testdata/scim-create-user.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seeds)
	f.Add([]byte(`{"eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","requestParameters":{"id":"` + groupID + `","httpBody":{"operations":[{"op":"REMOVE","path":"members[value eq \"` + userID + `\"]"}]}}}`))
	f.Add([]byte(`{"EVENTSOURCE":"identitystore.amazonaws.com","eventsource":"x","eventName":7,"userIdentity":"{\"type\":\"Root\"}","resources":[{"ARN":null}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := string(data)
		r, err := cloudtrail.Decode(data)
		if err != nil {
			return
		}
		if string(r.Raw) != before {
			t.Fatal("the raw record changed")
		}
		again, err := cloudtrail.Decode([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("the same bytes read differently:\n%s", diff)
		}
		if !json.Valid(data) {
			t.Fatal("something that is no JSON was taken for a record")
		}
	})
}
