//go:build unix

package emulator_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// firstMajor reports whether the AWS CLI is of version 1, which has no pager.
var firstMajor = sync.OnceValue(func() bool {
	v, _ := exec.Command("aws", "--version").CombinedOutput()
	return strings.HasPrefix(string(v), "aws-cli/1.")
})

// awsCLI runs the AWS CLI against an emulator and returns what it prints.
func (s *served) awsCLI(args ...string) (out string, err error) {
	cmd := exec.CommandContext(s.t.Context(), "aws", append(args, "--endpoint-url", s.BaseURL, "--region", s.Region, "--output", "json", "--no-cli-pager")...)
	if firstMajor() {
		cmd.Args = slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "--no-cli-pager" })
	}
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+s.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+s.SecretAccessKey, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_MAX_ATTEMPTS=1")
	data, err := cmd.Output()
	if e, ok := err.(*exec.ExitError); ok {
		return string(data), fmt.Errorf("%w: %s", err, e.Stderr)
	}
	return string(data), err
}

func TestTheAWSCLI(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the AWS CLI is not here, and in CI it has to be")
		}
		t.Skip("the AWS CLI is not here")
	}
	p := launch(t, "--verify-signatures")
	store := "--identity-store-id=" + p.IdentityStoreID
	do := func(into any, args ...string) {
		t.Helper()
		out, err := p.awsCLI(args...)
		if err != nil {
			t.Fatalf("aws %v: %v", args, err)
		}
		if into != nil {
			if err := json.Unmarshal([]byte(out), into); err != nil {
				t.Fatalf("aws %v: %v: %s", args, err, out)
			}
		}
	}
	var group struct{ GroupId string }
	do(&group, "identitystore", "create-group", store, "--display-name", "Admins")
	var ids []string
	for i := range 3 {
		var made struct{ UserId string }
		do(&made, "identitystore", "create-user", store, "--user-name", fmt.Sprintf("user-%d", i), "--display-name", "User", "--name", "GivenName=User,FamilyName=Example")
		ids = append(ids, made.UserId)
	}
	slices.Sort(ids)
	var membership struct{ MembershipId string }
	do(&membership, "identitystore", "create-group-membership", store, "--group-id", group.GroupId, "--member-id", "UserId="+ids[0])
	var list struct {
		Users            []struct{ UserId string }
		GroupMemberships []struct{ MemberId struct{ UserId string } }
	}
	do(&list, "identitystore", "list-users", store, "--page-size", "2") // pages by itself
	var listed []string
	for _, u := range list.Users {
		listed = append(listed, u.UserId)
	}
	if slices.Sort(listed); !slices.Equal(listed, ids) {
		t.Errorf("listed %v, made %v", listed, ids)
	}
	do(&list, "identitystore", "list-group-memberships", store, "--group-id", group.GroupId)
	if len(list.GroupMemberships) != 1 || list.GroupMemberships[0].MemberId.UserId != ids[0] {
		t.Errorf("members: %+v", list.GroupMemberships)
	}
	var user struct{ UserName string }
	do(&user, "identitystore", "describe-user", store, "--user-id", ids[0])
	if !strings.HasPrefix(user.UserName, "user-") {
		t.Errorf("described: %+v", user)
	}
	do(nil, "identitystore", "delete-group-membership", store, "--membership-id", membership.MembershipId)
	do(nil, "identitystore", "delete-user", store, "--user-id", ids[0])
	do(nil, "identitystore", "delete-group", store, "--group-id", group.GroupId)
	if _, err := p.awsCLI("identitystore", "describe-user", store, "--user-id", ids[0]); err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
		t.Errorf("a user who was deleted: %v", err)
	}
	var trail struct {
		Events []struct{ EventName, AccessKeyId string }
	}
	do(&trail, "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventSource,AttributeValue=identitystore.amazonaws.com", "--page-size", "3")
	var recorded []string
	for _, e := range trail.Events {
		recorded = append(recorded, e.EventName)
		if e.AccessKeyId != p.AccessKeyID {
			t.Errorf("%s by %s", e.EventName, e.AccessKeyId)
		}
	}
	slices.Sort(recorded)
	want := []string{"CreateGroup", "CreateGroupMembership", "CreateUser", "CreateUser", "CreateUser", "DeleteGroup", "DeleteGroupMembership", "DeleteUser",
		"DescribeUser", "DescribeUser", "ListGroupMemberships", "ListUsers", "ListUsers"}
	if !slices.Equal(recorded, want) {
		t.Errorf("recorded %v, want %v", recorded, want)
	}
	var keys struct {
		PublicKeyList []struct{ Fingerprint string }
	}
	do(&keys, "cloudtrail", "list-public-keys")
	if len(keys.PublicKeyList) != 1 {
		t.Errorf("keys: %+v", keys)
	}
	p.stop()
}
