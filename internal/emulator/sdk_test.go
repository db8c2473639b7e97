package emulator_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// sdk is AWS's own clients, pointed at the emulator.
type sdk struct {
	store *identitystore.Client
	trail *cloudtrail.Client
	sso   *ssoadmin.Client
}

func (s *served) sdk(key, secret string) sdk {
	c := aws.Config{Region: s.Region, BaseEndpoint: &s.BaseURL, Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""),
		RetryMaxAttempts: 1}
	return sdk{identitystore.NewFromConfig(c), cloudtrail.NewFromConfig(c), ssoadmin.NewFromConfig(c)}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestTheSDKDoesItsWork: with signatures that are verified.
func TestTheSDKDoesItsWork(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := start(t, emulator.Config{VerifySignatures: true})
	c := s.sdk(s.AccessKeyID, s.SecretAccessKey)
	store := &s.IdentityStoreID

	instances := must[*ssoadmin.ListInstancesOutput](t)(c.sso.ListInstances(ctx, nil))
	if len(instances.Instances) != 1 || *instances.Instances[0].IdentityStoreId != *store || *instances.Instances[0].OwnerAccountId != s.Account {
		t.Fatalf("instances: %+v", instances.Instances)
	}

	group := must[*identitystore.CreateGroupOutput](t)(c.store.CreateGroup(ctx, &identitystore.CreateGroupInput{
		IdentityStoreId: store, DisplayName: aws.String("Admins"), Description: aws.String("who may")})).GroupId
	var users []string
	for i := range 7 {
		out := must[*identitystore.CreateUserOutput](t)(c.store.CreateUser(ctx, &identitystore.CreateUserInput{
			IdentityStoreId: store, UserName: aws.String(fmt.Sprintf("user-%d", i)), DisplayName: aws.String("User"),
			Name:   &storetypes.Name{GivenName: aws.String("User"), FamilyName: aws.String(fmt.Sprint(i))},
			Emails: []storetypes.Email{{Value: aws.String(fmt.Sprintf("user-%d@example.com", i)), Primary: true}},
		}))
		users = append(users, *out.UserId)
		must[*identitystore.CreateGroupMembershipOutput](t)(c.store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{
			IdentityStoreId: store, GroupId: group, MemberId: &storetypes.MemberIdMemberUserId{Value: *out.UserId}}))
	}
	slices.Sort(users)

	var listed []string
	for pages := identitystore.NewListUsersPaginator(c.store, &identitystore.ListUsersInput{IdentityStoreId: store, MaxResults: aws.Int32(3)}); pages.HasMorePages(); {
		page := must[*identitystore.ListUsersOutput](t)(pages.NextPage(ctx))
		if len(page.Users) > 3 {
			t.Errorf("a page of %d", len(page.Users))
		}
		for _, u := range page.Users {
			listed = append(listed, *u.UserId)
		}
	}
	if slices.Sort(listed); !slices.Equal(listed, users) {
		t.Errorf("listed %v, made %v", listed, users)
	}
	var members []string
	for pages := identitystore.NewListGroupMembershipsPaginator(c.store, &identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: group, MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		for _, m := range must[*identitystore.ListGroupMembershipsOutput](t)(pages.NextPage(ctx)).GroupMemberships {
			members = append(members, m.MemberId.(*storetypes.MemberIdMemberUserId).Value)
		}
	}
	if slices.Sort(members); !slices.Equal(members, users) {
		t.Errorf("members %v, made %v", members, users)
	}

	id := must[*identitystore.GetUserIdOutput](t)(c.store.GetUserId(ctx, &identitystore.GetUserIdInput{IdentityStoreId: store,
		AlternateIdentifier: &storetypes.AlternateIdentifierMemberUniqueAttribute{Value: storetypes.UniqueAttribute{
			AttributePath: aws.String("emails.value"), AttributeValue: document.NewLazyDocument("user-3@example.com")}}})).UserId
	must[*identitystore.UpdateUserOutput](t)(c.store.UpdateUser(ctx, &identitystore.UpdateUserInput{IdentityStoreId: store, UserId: id,
		Operations: []storetypes.AttributeOperation{{AttributePath: aws.String("title"), AttributeValue: document.NewLazyDocument("Lead")}}}))
	described := must[*identitystore.DescribeUserOutput](t)(c.store.DescribeUser(ctx, &identitystore.DescribeUserInput{IdentityStoreId: store, UserId: id}))
	if *described.UserName != "user-3" || *described.Title != "Lead" || described.CreatedAt == nil {
		t.Errorf("described: %+v", described)
	}
	inGroups := must[*identitystore.IsMemberInGroupsOutput](t)(c.store.IsMemberInGroups(ctx, &identitystore.IsMemberInGroupsInput{
		IdentityStoreId: store, MemberId: &storetypes.MemberIdMemberUserId{Value: *id}, GroupIds: []string{*group}}))
	if len(inGroups.Results) != 1 || !inGroups.Results[0].MembershipExists {
		t.Errorf("in groups: %+v", inGroups.Results)
	}
	must[*identitystore.DeleteUserOutput](t)(c.store.DeleteUser(ctx, &identitystore.DeleteUserInput{IdentityStoreId: store, UserId: id}))
	must[*identitystore.DeleteGroupOutput](t)(c.store.DeleteGroup(ctx, &identitystore.DeleteGroupInput{IdentityStoreId: store, GroupId: group}))

	counted := map[string]int{}
	for pages := cloudtrail.NewLookupEventsPaginator(c.trail, &cloudtrail.LookupEventsInput{MaxResults: aws.Int32(5),
		LookupAttributes: []trailtypes.LookupAttribute{{AttributeKey: trailtypes.LookupAttributeKeyReadOnly, AttributeValue: aws.String("false")}}}); pages.HasMorePages(); {
		for _, e := range must[*cloudtrail.LookupEventsOutput](t)(pages.NextPage(ctx)).Events {
			if *e.AccessKeyId != s.AccessKeyID || !strings.Contains(*e.CloudTrailEvent, `"app/`) && !strings.Contains(*e.CloudTrailEvent, "aws-sdk-go-v2/") {
				t.Errorf("recorded: %s", *e.CloudTrailEvent)
			}
			counted[*e.EventName]++
		}
	}
	want := map[string]int{"CreateGroup": 1, "CreateUser": 7, "CreateGroupMembership": 7, "UpdateUser": 1, "DeleteUser": 1, "DeleteGroup": 1}
	for name, n := range want {
		if counted[name] != n {
			t.Errorf("%s is recorded %d times, want %d", name, counted[name], n)
		}
	}
	keys := must[*cloudtrail.ListPublicKeysOutput](t)(c.trail.ListPublicKeys(ctx, nil))
	if len(keys.PublicKeyList) != 1 || keys.PublicKeyList[0].ValidityStartTime.After(s.Clock.Now()) || len(keys.PublicKeyList[0].Value) < 256 {
		t.Errorf("keys: %+v", keys.PublicKeyList)
	}
}

func TestTheSDKKnowsTheErrors(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := start(t, emulator.Config{})
	c := s.sdk("AKIAIOSFODNN7EXAMPLE", "any")
	store := &s.IdentityStoreID
	group := &identitystore.CreateGroupInput{IdentityStoreId: store, DisplayName: aws.String("Admins")}
	made := must[*identitystore.CreateGroupOutput](t)(c.store.CreateGroup(ctx, group))

	_, err := c.store.CreateGroup(ctx, group)
	if e, ok := errors.AsType[*storetypes.ConflictException](err); !ok || e.Reason != storetypes.ConflictExceptionReasonUniquenessConstraintViolation || e.RequestId == nil {
		t.Errorf("a second group of one name: %v", err)
	}
	_, err = c.store.DescribeUser(ctx, &identitystore.DescribeUserInput{IdentityStoreId: store, UserId: aws.String("94482488-3041-7026-9f1a-000000000000")})
	if e, ok := errors.AsType[*storetypes.ResourceNotFoundException](err); !ok || e.ResourceType != storetypes.ResourceTypeUser {
		t.Errorf("a user who is not there: %v", err)
	}
	_, err = c.store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: made.GroupId,
		MemberId: &storetypes.MemberIdMemberUserId{Value: "x"}})
	if _, ok := errors.AsType[*storetypes.ValidationException](err); !ok {
		t.Errorf("an id that is none: %v", err)
	}
	_, err = c.trail.LookupEvents(ctx, &cloudtrail.LookupEventsInput{NextToken: aws.String("x")})
	if _, ok := errors.AsType[*trailtypes.InvalidNextTokenException](err); !ok {
		t.Errorf("a token that is none: %v", err)
	}
	s.admin("POST", "faults", `{"rate429":1}`)
	_, err = c.store.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: store})
	if e, ok := errors.AsType[*storetypes.ThrottlingException](err); !ok || e.RetryAfterSeconds != 1 {
		t.Errorf("throttled: %v", err)
	}
	_, err = c.sso.ListInstances(ctx, nil)
	if _, ok := errors.AsType[*ssotypes.ThrottlingException](err); !ok {
		t.Errorf("throttled: %v", err)
	}
	s.admin("POST", "faults", `{"rate429":0,"rate500":1}`)
	_, err = c.store.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: store})
	if _, ok := errors.AsType[*storetypes.InternalServerException](err); !ok {
		t.Errorf("failing: %v", err)
	}
}

func TestSignaturesAreVerifiedWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := start(t, emulator.Config{VerifySignatures: true})
	list := func(key, secret string) string {
		_, err := s.sdk(key, secret).store.ListUsers(t.Context(), &identitystore.ListUsersInput{IdentityStoreId: &s.IdentityStoreID})
		if e, ok := errors.AsType[smithy.APIError](err); ok {
			return e.ErrorCode()
		}
		return fmt.Sprint(err)
	}
	for _, c := range []struct{ name, key, secret, want string }{
		{"the right secret", s.AccessKeyID, s.SecretAccessKey, "<nil>"},
		{"a wrong secret", s.AccessKeyID, "wrong", "InvalidSignatureException"},
		{"a key nobody has", "AKIAIOSFODNN7EXAMPLE", "any", "UnrecognizedClientException"},
	} {
		if got := list(c.key, c.secret); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for _, c := range []struct{ name, header, want string }{
		{"nothing", "", "MissingAuthenticationTokenException"},
		{"another scheme", "Authorization: Bearer x", "IncompleteSignatureException"},
		{"no date", "Authorization: AWS4-HMAC-SHA256 Credential=" + s.AccessKeyID + "/20260302/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=00", "IncompleteSignatureException"},
	} {
		headers := []string{"X-Amz-Target: AWSIdentityStore.ListUsers"}
		if c.header != "" {
			headers = append(headers, c.header)
		}
		if a := s.send("POST", s.BaseURL, `{}`, headers...); a.StatusCode != 400 || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
	}
	old := s.send("POST", s.BaseURL, `{}`, "X-Amz-Target: AWSIdentityStore.ListUsers", "X-Amz-Date: 20200101T000000Z",
		"Authorization: AWS4-HMAC-SHA256 Credential="+s.AccessKeyID+"/20200101/us-east-1/identitystore/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
	if !strings.Contains(old.body, "Signature expired") {
		t.Errorf("an old signature: %d %s", old.StatusCode, old.body)
	}
	if got := len(s.eventsSigned()); got != 1 {
		t.Errorf("%d calls are recorded; those refused are not", got)
	}
}

// eventsSigned is what LookupEvents shows to somebody who signs.
func (s *served) eventsSigned() []trailtypes.Event {
	s.t.Helper()
	return must[*cloudtrail.LookupEventsOutput](s.t)(s.sdk(s.AccessKeyID, s.SecretAccessKey).trail.LookupEvents(s.t.Context(), nil)).Events
}
