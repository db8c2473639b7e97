package idcenter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

const apiUser = `{"UserName":"avery","DisplayName":"Avery","Name":{"FamilyName":"Stone","GivenName":"Avery"},"NickName":"Ave","ProfileUrl":"https://example.com/a",` +
	`"Emails":[{"Value":"avery@example.com","Type":"work","Primary":true}],"Website":"https://example.com","Birthdate":"2000-01-01","Photos":[{"Value":"https://example.com/p","Type":"photo"}],` +
	`"Extensions":{"aws:identitystore:enterprise":{"department":"Tours","manager":{"value":"m"}}}}`

func TestAUserOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	made, err := w.api("CreateUser", apiUser)
	if err != nil {
		t.Fatal(err)
	}
	id := made["UserId"].(string)
	arn := "arn:aws:identitystore:::user/" + id
	if diff := cmp.Diff(map[string]any{"IdentityStoreId": testStore, "UserId": id, "UserArn": arn, "Revision": "1"}, made); diff != "" {
		t.Errorf("CreateUser answered otherwise (-want +got):\n%s", diff)
	}
	w.advance(1500 * time.Millisecond)
	_, err = w.api("UpdateUser", fmt.Sprintf(`{"UserId":%q,"Revision":"1","Operations":[
		{"AttributePath":"name.familyName","AttributeValue":"Rock"},{"AttributePath":"nickname"},{"AttributePath":"Title","AttributeValue":"Guide"},
		{"AttributePath":"emails","AttributeValue":[{"Value":"new@example.com"}]},{"AttributePath":"aws:identitystore:enterprise.division","AttributeValue":"Parks"}]}`, arn))
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.api("DescribeUser", fmt.Sprintf(`{"UserId":%q,"Extensions":["aws:identitystore:enterprise"]}`, id))
	if err != nil {
		t.Fatal(err)
	}
	role := "arn:aws:sts::111122223333:assumed-role/Admin/alice"
	want := map[string]any{
		"IdentityStoreId": testStore, "UserId": id, "UserName": "avery", "DisplayName": "Avery", "Name": map[string]any{"FamilyName": "Rock", "GivenName": "Avery"},
		"ProfileUrl": "https://example.com/a", "Title": "Guide", "Emails": []any{map[string]any{"Value": "new@example.com"}},
		"Website": "https://example.com", "Birthdate": "2000-01-01", "Photos": []any{map[string]any{"Value": "https://example.com/p", "Type": "photo"}},
		"Extensions": map[string]any{"aws:identitystore:enterprise": map[string]any{"department": "Tours", "division": "Parks", "manager": map[string]any{"value": "m"}}},
		"UserStatus": "ENABLED", "CreatedAt": 1793528100.0, "UpdatedAt": 1793528101.5, "CreatedBy": role, "UpdatedBy": role, "UserArn": arn, "Revision": "2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("DescribeUser answered otherwise (-want +got):\n%s", diff)
	}
	// SCIM shows what SCIM knows, and leaves the rest in place.
	a := w.scim("PATCH", "/Users/"+id, patch(`{"op":"replace","path":"active","value":false}`))
	if strings.Contains(string(a.Body), "example.com/p") || a.body["title"] != "Guide" {
		t.Errorf("SCIM shows %s", a.Body)
	}
	got, _ = w.api("DescribeUser", fmt.Sprintf(`{"UserId":%q}`, id))
	if got["UserStatus"] != "DISABLED" || got["Website"] != "https://example.com" || got["Extensions"] != nil || got["UpdatedBy"] != testTenant {
		t.Errorf("after SCIM: %v", got)
	}
	for _, path := range []string{"username", "emails.value"} {
		value := map[string]string{"username": "AVERY", "emails.value": "New@example.com"}[path]
		found, err := w.api("GetUserId", fmt.Sprintf(`{"AlternateIdentifier":{"UniqueAttribute":{"AttributePath":%q,"AttributeValue":%q}}}`, path, value))
		if err != nil || found["UserId"] != id {
			t.Errorf("by %s: %v %v", path, found, err)
		}
	}
}

func TestExternalIdsMarkWhatSCIMMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	u := w.scim("POST", "/Users", fullUser).body["id"].(string)
	got, _ := w.api("DescribeUser", fmt.Sprintf(`{"UserId":%q}`, u))
	external := got["ExternalIds"].([]any)[0].(map[string]any)
	if external["Id"] != "701984" {
		t.Fatalf("the external ids are %v", got["ExternalIds"])
	}
	b, _ := json.Marshal(external)
	if found, err := w.api("GetUserId", `{"AlternateIdentifier":{"ExternalId":`+string(b)+`}}`); err != nil || found["UserId"] != u {
		t.Errorf("by external id: %v %v", found, err)
	}
	if _, err := w.api("GetUserId", `{"AlternateIdentifier":{"ExternalId":{"Issuer":"x","Id":"701984"}}}`); err == nil || err.ResourceType != "USER" {
		t.Errorf("by another issuer: %v", err)
	}
	snapshot := w.Snapshot()
	if got := snapshot.Users[0]; got.ExternalIDs[0].ID != "701984" || got.Email != "avery@example.com" || got.DisplayName != "Avery Stone" || got.CreatedBy != testTenant {
		t.Errorf("the snapshot has %+v", got)
	}
}

func TestErrorsOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	u, g := w.user("ann"), w.group("g")
	if _, err := w.api("CreateGroupMembership", fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":%q}}`, g, u)); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("UUU", u, "GGG", g, "NNN", nobody)
	for _, test := range []struct {
		name, op, request string
		want              idcenter.Error
	}{
		{"a group that does not exist", "DescribeGroup", `{"GroupId":"NNN"}`,
			idcenter.Error{Status: 404, Name: "ResourceNotFoundException", Detail: "GROUP not found.", ResourceType: "GROUP", ResourceID: nobody}},
		{"a user that does not exist", "DeleteUser", `{"UserId":"NNN"}`,
			idcenter.Error{Status: 404, Name: "ResourceNotFoundException", Detail: "USER not found.", ResourceType: "USER", ResourceID: nobody}},
		{"a membership that does not exist", "DeleteGroupMembership", `{"MembershipId":"NNN"}`,
			idcenter.Error{Status: 404, Name: "ResourceNotFoundException", Detail: "GROUP_MEMBERSHIP not found.", ResourceType: "GROUP_MEMBERSHIP", ResourceID: nobody}},
		{"a member who is none", "GetGroupMembershipId", `{"GroupId":"GGG","MemberId":{"UserId":"NNN"}}`,
			idcenter.Error{Status: 404, Name: "ResourceNotFoundException", Detail: "Group membership not found for given Pool/Group/Member.", ResourceType: "GROUP_MEMBERSHIP"}},
		{"the members of no group", "ListGroupMemberships", `{"GroupId":"NNN"}`,
			idcenter.Error{Status: 404, Name: "ResourceNotFoundException", Detail: "GROUP not found.", ResourceType: "GROUP", ResourceID: nobody}},
		{"the groups of nobody", "ListGroupMembershipsForMember", `{"MemberId":{"UserId":"NNN"}}`,
			idcenter.Error{Status: 404, Name: "ResourceNotFoundException", Detail: "USER not found.", ResourceType: "USER", ResourceID: nobody}},
		{"a userName that is taken", "CreateUser", `{"UserName":"ANN","DisplayName":"d","Name":{"FamilyName":"f","GivenName":"g"}}`,
			idcenter.Error{Status: 409, Name: "ConflictException", Detail: "Duplicate UserName", Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"}},
		{"a group name that is taken", "CreateGroup", `{"DisplayName":"G"}`,
			idcenter.Error{Status: 409, Name: "ConflictException", Detail: "Duplicate GroupDisplayName", Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"}},
		{"a membership that is there", "CreateGroupMembership", `{"GroupId":"GGG","MemberId":{"UserId":"UUU"}}`,
			idcenter.Error{Status: 409, Name: "ConflictException", Detail: "Member and Group relationship already exists.", Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"}},
		{"an old revision", "DeleteGroup", `{"GroupId":"GGG","Revision":"7"}`,
			idcenter.Error{Status: 409, Name: "ConflictException", Detail: "The resource was changed since the given revision.", Reason: "CONCURRENT_MODIFICATION"}},
		{"no userName", "CreateUser", `{"DisplayName":"d"}`, idcenter.Error{Status: 400, Name: "ValidationException", Detail: "userName is a required attribute"}},
		{"no displayName and no name", "CreateUser", `{"UserName":"ben"}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "name: The attribute name is required, displayname: The attribute displayname is required"}},
		{"an empty displayName", "CreateUser", `{"UserName":"ben","DisplayName":"","Name":{"FamilyName":"f","GivenName":"g"}}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "2 validation errors detected: Value at 'displayName' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
				`Value at 'displayName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`}},
		{"an id that is none", "DescribeUser", `{"UserId":"not-an-id"}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "1 validation error detected: Value 'not-an-id' at 'userId' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
				"([0-9a-f]{10}-|)[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"}},
		{"no id", "DescribeUser", `{}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "1 validation error detected: Value null at 'userId' failed to satisfy constraint: Member must not be null"}},
		{"too many results", "ListUsers", `{"MaxResults":101}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"}},
		{"an attribute that is not unique", "GetUserId", `{"AlternateIdentifier":{"UniqueAttribute":{"AttributePath":"title","AttributeValue":"x"}}}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "The attribute title is not a unique attribute"}},
		{"a needed attribute without a value", "UpdateUser", `{"UserId":"UUU","Operations":[{"AttributePath":"userName"}]}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "attribute value cannot be empty or null for attribute path userName"}},
		{"an attribute that does not exist", "UpdateUser", `{"UserId":"UUU","Operations":[{"AttributePath":"shoeSize","AttributeValue":"x"}]}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "The attribute path shoeSize is not supported."}},
		{"the external id, which is read-only", "UpdateUser", `{"UserId":"UUU","Operations":[{"AttributePath":"externalId","AttributeValue":"x"}]}`,
			idcenter.Error{Status: 400, Name: "ValidationException", Detail: "The attribute path externalId is not supported."}},
		{"a token that is none", "ListUsers", `{"NextToken":"x"}`, idcenter.Error{Status: 400, Name: "ValidationException", Detail: "The NextToken is not valid for this request."}},
		{"a value of the wrong type", "DescribeUser", `{"UserId":5}`, idcenter.Error{Status: 400, Name: "SerializationException", Detail: "UserId must be a string."}},
		{"a reserved name", "CreateGroup", `{"DisplayName":"AWSAdministrators"}`, idcenter.Error{Status: 400, Name: "ValidationException", Detail: "The name AWSAdministrators is reserved."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := w.log.Len()
			_, err := w.api(test.op, fill.Replace(test.request))
			if err == nil {
				t.Fatal("it succeeded")
			}
			if diff := cmp.Diff(test.want, *err, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Hint" || p.Last().String() == ".cause" }, cmp.Ignore())); diff != "" {
				t.Errorf("it failed otherwise (-want +got):\n%s", diff)
			}
			if r := w.last(); w.log.Len() != before+1 || r.Name != test.op || r.ErrorCode != test.want.Name || r.ErrorMessage == "" {
				t.Errorf("the record is %s", r.Raw)
			}
		})
	}
	ctx := context.Background()
	if _, err := w.read(w.API(ctx, admin, "DescribeGroup", []byte(`{"IdentityStoreId":"d-9a67000002","GroupId":"`+g+`"}`))); err == nil || err.ResourceType != "IDENTITY_STORE" {
		t.Errorf("in another store: %v", err)
	}
	if _, err := w.read(w.API(ctx, admin, "MakeCoffee", []byte(`{}`))); err == nil || err.Name != "UnknownOperationException" {
		t.Errorf("an unknown operation: %v", err)
	}
	if _, err := w.read(w.API(ctx, admin, "ListUsers", []byte(`{`))); err == nil || err.Name != "SerializationException" {
		t.Errorf("broken JSON: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	before := w.log.Len()
	if _, err := w.API(gone, admin, "ListUsers", []byte(`{}`)); err == nil || w.log.Len() != before {
		t.Errorf("a call that nobody waits for: %v", err)
	}
}

func TestPagesOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	var users []string
	for i := range 25 {
		users = append(users, w.user(fmt.Sprint("u", i)))
	}
	g := w.group("g", users...)
	for i := range 24 {
		w.group(fmt.Sprint("g", i), users[0])
	}
	for _, test := range []struct{ op, request, list, id string }{
		{"ListUsers", `{"MaxResults":10`, "Users", "UserId"},
		{"ListGroups", `{"MaxResults":10`, "Groups", "GroupId"},
		{"ListGroupMemberships", `{"MaxResults":10,"GroupId":"` + g + `"`, "GroupMemberships", "MembershipId"},
		{"ListGroupMembershipsForMember", `{"MaxResults":10,"MemberId":{"UserId":"` + users[0] + `"}`, "GroupMemberships", "MembershipId"},
	} {
		t.Run(test.op, func(t *testing.T) {
			seen := map[any]bool{}
			token := ""
			for _, want := range []int{10, 10, 5} {
				out, err := w.api(test.op, test.request+token+"}")
				if err != nil {
					t.Fatal(err)
				}
				page := out[test.list].([]any)
				if len(page) != want {
					t.Fatalf("a page of %d, want %d", len(page), want)
				}
				for _, e := range page {
					seen[e.(map[string]any)[test.id]] = true
				}
				next, more := out["NextToken"]
				if more != (want == 10) {
					t.Fatalf("a page of %d has NextToken %v", want, next)
				}
				token = fmt.Sprintf(`,"NextToken":%q`, next)
			}
			if len(seen) != 25 {
				t.Errorf("the pages showed %d things", len(seen))
			}
		})
	}
}

func TestGroupsAndMembershipsOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	made, err := w.api("CreateGroup", `{"DisplayName":"g","Description":"d"}`)
	if err != nil {
		t.Fatal(err)
	}
	g, u := made["GroupId"].(string), w.user("ann")
	m, err := w.api("CreateGroupMembership", fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":"arn:aws:identitystore:::user/%s"}}`, g, u))
	if err != nil {
		t.Fatal(err)
	}
	if r := w.last(); !strings.Contains(string(r.Raw), `"requestParameters":{"identityStoreId":"`+testStore+`","groupId":"`+g+`","memberId":{"userId":"arn:aws:identitystore:::user/`+u+`"}}`) ||
		!strings.Contains(string(r.Raw), `"responseElements":{"membershipId":"`+m["MembershipId"].(string)+`","identityStoreId":"`+testStore+`"}`) {
		t.Errorf("the record is %s", r.Raw)
	}
	described, _ := w.api("DescribeGroupMembership", fmt.Sprintf(`{"MembershipId":%q}`, m["MembershipArn"]))
	if described["GroupId"] != g || described["MemberId"].(map[string]any)["UserId"] != u || described["CreatedAt"] == nil {
		t.Errorf("the membership is %v", described)
	}
	is, _ := w.api("IsMemberInGroups", fmt.Sprintf(`{"MemberId":{"UserId":%q},"GroupIds":[%q,%q]}`, u, g, w.group("h")))
	if fmt.Sprint(is["Results"].([]any)[0].(map[string]any)["MembershipExists"], is["Results"].([]any)[1].(map[string]any)["MembershipExists"]) != "true false" {
		t.Errorf("memberships are %v", is)
	}
	if _, err := w.api("UpdateGroup", fmt.Sprintf(`{"GroupId":%q,"Operations":[{"AttributePath":"description"}]}`, g)); err != nil {
		t.Fatal(err)
	}
	if r := w.last(); !strings.Contains(string(r.Raw), `"operations":[{"attributePath":"description"}]`) {
		t.Errorf("the record is %s", r.Raw)
	}
	found, _ := w.api("GetGroupId", `{"AlternateIdentifier":{"UniqueAttribute":{"AttributePath":"displayName","AttributeValue":"G"}}}`)
	shown, _ := w.api("DescribeGroup", fmt.Sprintf(`{"GroupId":%q}`, found["GroupId"]))
	if shown["DisplayName"] != "g" || shown["Description"] != nil || shown["Revision"] != "2" {
		t.Errorf("the group is %v", shown)
	}
	filtered, _ := w.api("ListGroups", `{"Filters":[{"AttributePath":"DisplayName","AttributeValue":"g"}]}`)
	if len(filtered["Groups"].([]any)) != 1 {
		t.Errorf("filtered: %v", filtered)
	}
	if _, err := w.api("DeleteGroup", fmt.Sprintf(`{"GroupId":%q,"Revision":"2"}`, g)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.api("DescribeGroupMembership", fmt.Sprintf(`{"MembershipId":%q}`, m["MembershipId"])); err == nil {
		t.Error("the membership outlived its group")
	}
	stores, _ := w.read(w.API(context.Background(), admin, "ListIdentityStores", []byte(`{}`)))
	if fmt.Sprint(stores["IdentityStores"]) != "[map[IdentityStoreArn:arn:aws:identitystore::111122223333:identitystore/"+testStore+" IdentityStoreId:"+testStore+"]]" {
		t.Errorf("the stores are %v", stores)
	}
	if _, err := w.api("UpdateIdentityStore", `{"NetworkConfiguration":{"VpceAccessRequired":true,"ScimAllowSourceIps":["203.0.113.0/24"]}}`); err != nil {
		t.Fatal(err)
	}
	store, _ := w.api("DescribeIdentityStore", `{}`)
	if got := store["NetworkConfiguration"].(map[string]any); got["VpceAccessRequired"] != true || fmt.Sprint(got["ScimAllowSourceIps"]) != "[203.0.113.0/24]" {
		t.Errorf("the store is %v", store)
	}
}

func TestWhatTheAPIAnswersIsReadAsASnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	g := w.group("g", w.user("ann"))
	body, err := w.API(context.Background(), admin, "ListGroupMemberships", []byte(w.inStore(`{"GroupId":"`+g+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := directory.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	want := w.Snapshot().Memberships
	if diff := cmp.Diff(want, got.Memberships); diff != "" {
		t.Errorf("read otherwise than it is (-want +got):\n%s", diff)
	}
}

func TestAssignments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	u := w.user("ann")
	g := w.group("g", u)
	instances, _ := w.read(w.SSO(context.Background(), admin, "ListInstances", []byte(`{}`)))
	if got := instances["Instances"].([]any)[0].(map[string]any); got["IdentityStoreId"] != testStore || got["InstanceArn"] != w.Instance() || got["OwnerAccountId"] != "111122223333" {
		t.Errorf("the instances are %v", instances)
	}
	set := func(n int) string {
		return fmt.Sprintf("arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-%016d", n)
	}
	of := func(n int, kind, principal string) string {
		return fmt.Sprintf(`{"TargetId":"444455556666","TargetType":"AWS_ACCOUNT","PermissionSetArn":%q,"PrincipalType":%q,"PrincipalId":%q}`, set(n), kind, principal)
	}
	for n := range 3 {
		out, err := w.sso("CreateAccountAssignment", of(n, "GROUP", g))
		if err != nil {
			t.Fatal(err)
		}
		r := w.last()
		if r.Effect != "assignment-created" || r.Subject.Principal != g || r.Subject.Target != "444455556666" || r.Subject.PermissionSet != set(n) {
			t.Errorf("the record is %s", r.Raw)
		}
		status := out["AccountAssignmentCreationStatus"].(map[string]any)
		again, err := w.sso("DescribeAccountAssignmentCreationStatus", fmt.Sprintf(`{"AccountAssignmentCreationRequestId":%q}`, status["RequestId"]))
		if err != nil || status["Status"] != "IN_PROGRESS" || again["AccountAssignmentCreationStatus"].(map[string]any)["Status"] != "SUCCEEDED" {
			t.Errorf("first %v, then %v %v", status, again, err)
		}
	}
	if _, err := w.sso("CreateAccountAssignment", of(0, "USER", u)); err != nil {
		t.Fatal(err)
	}
	count := func(op, request string) (n int) {
		t.Helper()
		token := ""
		for {
			out, err := w.sso(op, request+token+"}")
			if err != nil {
				t.Fatal(err)
			}
			n += len(out["AccountAssignments"].([]any))
			next, more := out["NextToken"]
			if !more {
				return n
			}
			token = fmt.Sprintf(`,"NextToken":%q`, next)
		}
	}
	for _, test := range []struct {
		op, request string
		want        int
	}{
		{"ListAccountAssignmentsForPrincipal", fmt.Sprintf(`{"PrincipalType":"GROUP","PrincipalId":%q,"MaxResults":1`, g), 3},
		{"ListAccountAssignmentsForPrincipal", fmt.Sprintf(`{"PrincipalType":"GROUP","PrincipalId":%q,"Filter":{"AccountId":"444455556666"}`, g), 3},
		{"ListAccountAssignmentsForPrincipal", fmt.Sprintf(`{"PrincipalType":"GROUP","PrincipalId":%q,"Filter":{"AccountId":"111122223333"}`, g), 0},
		{"ListAccountAssignmentsForPrincipal", fmt.Sprintf(`{"PrincipalType":"GROUP","PrincipalId":%q`, nobody), 0},
		{"ListAccountAssignments", fmt.Sprintf(`{"AccountId":"444455556666","PermissionSetArn":%q,"MaxResults":1`, set(0)), 2},
		{"ListAccountAssignments", fmt.Sprintf(`{"AccountId":"444455556666","PermissionSetArn":%q`, set(1)), 1},
		{"ListAccountAssignments", fmt.Sprintf(`{"AccountId":"111122223333","PermissionSetArn":%q`, set(1)), 0},
	} {
		if got := count(test.op, test.request); got != test.want {
			t.Errorf("%s %s} lists %d, want %d", test.op, test.request, got, test.want)
		}
	}
	for _, test := range []struct{ name, op, request, want string }{
		{"nobody", "CreateAccountAssignment", of(0, "USER", nobody), "ResourceNotFoundException"},
		{"a group that is a user", "CreateAccountAssignment", of(0, "USER", g), "ResourceNotFoundException"},
		{"a role", "CreateAccountAssignment", of(0, "ROLE", g), "ValidationException"},
		{"what is not assigned", "DeleteAccountAssignment", of(2, "USER", u), "ResourceNotFoundException"},
		{"no such request", "DescribeAccountAssignmentDeletionStatus", `{"AccountAssignmentDeletionRequestId":"x"}`, "ResourceNotFoundException"},
	} {
		if _, err := w.sso(test.op, test.request); err == nil || err.Name != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	if _, err := w.sso("DeleteAccountAssignment", of(0, "GROUP", g)); err != nil {
		t.Fatal(err)
	}
	w.scim("DELETE", "/Groups/"+g, "")
	if got := count("ListAccountAssignmentsForPrincipal", fmt.Sprintf(`{"PrincipalType":"GROUP","PrincipalId":%q`, g)); got != 2 {
		t.Errorf("%d assignments outlive their group, want 2", got)
	}
	if got := len(w.Snapshot().Assignments); got != 3 {
		t.Errorf("the snapshot has %d assignments", got)
	}
}
