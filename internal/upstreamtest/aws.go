package upstreamtest

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// faults throttles a share of the calls.
func faults(share float64) idcentertest.Faults { return idcentertest.Faults{Throttled: share} }

func config(s *Stage) aws.Config {
	return aws.Config{Region: s.AWS.Region, Credentials: credentials.NewStaticCredentialsProvider(s.AWS.AccessKeyID, s.AWS.SecretAccessKey, "")}
}

func identityStore(s *Stage) *identitystore.Client {
	return identitystore.NewFromConfig(config(s), func(o *identitystore.Options) { o.BaseEndpoint = &s.AWS.URL })
}

// duplicateUser makes a user through the Identity Store API.
func duplicateUser(s *Stage, name, email string) {
	_, err := identityStore(s).CreateUser(s.Ctx, &identitystore.CreateUserInput{IdentityStoreId: &s.AWS.IdentityStoreID, UserName: &name, DisplayName: &name,
		Name: &idtypes.Name{GivenName: aws.String("Ann"), FamilyName: aws.String("Stone")}, Emails: []idtypes.Email{{Value: &email, Primary: true, Type: aws.String("work")}}})
	if err != nil {
		s.T.Fatalf("making a user: %v", err)
	}
}

// PermissionSet is the permission set of the account assignment of C24.
const PermissionSet = "arn:aws:sso:::permissionSet/ssoins-0000000000000001/ps-0000000000000001"

// assignOldGroup gives the pushed group an account, deletes it and lets Okta push it
// anew: the assignment stays with the old id.
func assignOldGroup(s *Stage) {
	old := s.AWSGroup()
	s.Grant()
	s.AWS.Console("carla@example.com").DeleteGroup(old)
	s.Do(func() {
		g := s.Okta.Groups[groupID]
		g.awsID, g.pushed = "", map[string]bool{}
	})
}

// Grant gives the pushed group an account.
func (s *Stage) Grant() {
	group := s.AWSGroup()
	client := ssoadmin.NewFromConfig(config(s), func(o *ssoadmin.Options) { o.BaseEndpoint = &s.AWS.URL })
	_, err := client.CreateAccountAssignment(s.Ctx, &ssoadmin.CreateAccountAssignmentInput{InstanceArn: &s.AWS.InstanceARN, PermissionSetArn: aws.String(PermissionSet),
		PrincipalId: &group, PrincipalType: ssotypes.PrincipalTypeGroup, TargetId: &s.AWS.Account, TargetType: ssotypes.TargetTypeAwsAccount})
	if err != nil {
		s.T.Fatalf("assigning an account: %v", err)
	}
}

// elsewhere enters another instance into Okta's settings.
func elsewhere(s *Stage) {
	other := idcentertest.New(s.T, idcentertest.InRegion("eu-west-1"), idcentertest.WithIdentityStoreID("d-9a67000099"), idcentertest.InAccount("444455556666"))
	s.SCIMURL, s.Token = other.SCIMURL, other.Token
	s.Do(func() {
		s.Okta.Apps[AppID].EntityID = "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9a67000099"
	})
}

// InGroup reports whether Ann is in the AWS group, by the Identity Store API: the
// truth that a trace is measured against.
func (s *Stage) InGroup() bool {
	s.T.Helper()
	client := identityStore(s)
	group, err := client.GetGroupId(s.Ctx, &identitystore.GetGroupIdInput{IdentityStoreId: &s.AWS.IdentityStoreID,
		AlternateIdentifier: &idtypes.AlternateIdentifierMemberUniqueAttribute{Value: idtypes.UniqueAttribute{AttributePath: aws.String("displayName"), AttributeValue: document.NewLazyDocument(Group)}}})
	if err != nil {
		return false
	}
	for _, path := range []string{"userName", "emails.value"} {
		user, err := client.GetUserId(s.Ctx, &identitystore.GetUserIdInput{IdentityStoreId: &s.AWS.IdentityStoreID,
			AlternateIdentifier: &idtypes.AlternateIdentifierMemberUniqueAttribute{Value: idtypes.UniqueAttribute{AttributePath: aws.String(path), AttributeValue: document.NewLazyDocument(Ann)}}})
		if err != nil {
			continue
		}
		res, err := client.IsMemberInGroups(s.Ctx, &identitystore.IsMemberInGroupsInput{IdentityStoreId: &s.AWS.IdentityStoreID, GroupIds: []string{*group.GroupId},
			MemberId: &idtypes.MemberIdMemberUserId{Value: *user.UserId}})
		if err != nil {
			s.T.Fatalf("asking for a membership: %v", err)
		}
		return len(res.Results) == 1 && res.Results[0].MembershipExists
	}
	return false
}
