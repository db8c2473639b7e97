package identitystore_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/source/identitystore"
)

// world is a store with users, groups and memberships, and what is in it.
type world struct {
	srv         *idcentertest.Server
	groups      map[string]string // name to id
	users       map[string]string
	memberships []string // "group user"
}

const set = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"

// populate makes users and groups; group i has the first sizes[i] users.
func populate(t testing.TB, users int, sizes ...int) *world {
	t.Helper()
	w := &world{srv: idcentertest.New(t, idcentertest.InRegion("us-east-2"), idcentertest.WithIdentityStoreID("d-9a67000001")),
		groups: map[string]string{}, users: map[string]string{}}

	c := sdk.NewFromConfig(w.access(w.srv.URL).Config)
	store := &w.srv.IdentityStoreID
	var ids []string
	for i := range users {
		name := fmt.Sprintf("user-%d", i)
		out, err := c.CreateUser(t.Context(), &sdk.CreateUserInput{IdentityStoreId: store, UserName: &name, DisplayName: &name,
			Name:   &types.Name{GivenName: &name, FamilyName: &name},
			Emails: []types.Email{{Value: aws.String(name + "@example.com"), Primary: true}}})
		if err != nil {
			t.Fatal(err)
		}
		w.users[name] = *out.UserId
		ids = append(ids, *out.UserId)
	}
	for i, size := range sizes {
		name := fmt.Sprintf("Group %d", i)
		out, err := c.CreateGroup(t.Context(), &sdk.CreateGroupInput{IdentityStoreId: store, DisplayName: &name})
		if err != nil {
			t.Fatal(err)
		}
		w.groups[name] = *out.GroupId
		for _, user := range ids[:size] {
			if _, err := c.CreateGroupMembership(t.Context(), &sdk.CreateGroupMembershipInput{IdentityStoreId: store, GroupId: out.GroupId,
				MemberId: &types.MemberIdMemberUserId{Value: user}}); err != nil {
				t.Fatal(err)
			}
			w.memberships = append(w.memberships, *out.GroupId+" "+user)
		}
	}
	slices.Sort(w.memberships)
	return w
}

func (w *world) assign(t testing.TB, group, account string) {
	t.Helper()
	id := w.groups[group]
	if _, err := ssoadmin.NewFromConfig(w.access(w.srv.URL).Config).CreateAccountAssignment(t.Context(), &ssoadmin.CreateAccountAssignmentInput{
		InstanceArn: &w.srv.InstanceARN, PermissionSetArn: aws.String(set), PrincipalId: &id, PrincipalType: ssotypes.PrincipalTypeGroup,
		TargetId: &account, TargetType: ssotypes.TargetTypeAwsAccount}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) access(endpoint string) awsaccess.Access {
	return awsaccess.New("the test's key", aws.Config{Region: w.srv.Region, BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(w.srv.AccessKeyID, w.srv.SecretAccessKey, "a-session-token"),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} }})
}

// clock is a clock that only sleeping moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.slept = c.now.Add(max(0, d)), c.slept+max(0, d)
	return ctx.Err()
}

// ear is a sink that keeps snapshots, notes and losses.
type ear struct {
	*casefile.Builder
	mu        sync.Mutex
	snapshots []directory.Snapshot
	notes     []string
	losses    []string
}

func (e *ear) Snapshot(s directory.Snapshot) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.snapshots = append(e.snapshots, s)
}

func (e *ear) Note(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notes = append(e.notes, text)
}

func (e *ear) Unreadable(l casefile.Loss) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.losses = append(e.losses, l.Reason)
}

func (w *world) collect(t interface{ Context() context.Context }, endpoint string, o identitystore.Options) (*ear, *clock, error) {
	c := &clock{now: w.srv.Now()}
	o.Accesses, o.Sleep, o.Query.Now = []awsaccess.Access{w.access(endpoint)}, c.Sleep, c.Now
	heard := &ear{Builder: casefile.NewBuilder(nil)}
	err := identitystore.New(o).Collect(t.Context(), heard)
	return heard, c, err
}

func pairs(s directory.Snapshot) []string {
	var out []string
	for _, m := range s.Memberships {
		out = append(out, m.Group+" "+m.User)
	}
	slices.Sort(out)
	return out
}
