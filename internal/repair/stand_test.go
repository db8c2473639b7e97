package repair_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/repair"
	"github.com/scimtrail/scimtrail/internal/scimclient"
	targetstore "github.com/scimtrail/scimtrail/internal/target/identitystore"
	targetscim "github.com/scimtrail/scimtrail/internal/target/scim"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// awake never sleeps: what is waited for in a test is nothing.
func awake(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// stand is an Identity Center with people and groups in it.
type stand struct {
	*idcentertest.Server
	users, groups []string // names
}

func newStand(t testing.TB, users, groups int) *stand {
	s := &stand{Server: idcentertest.New(t)}
	var wg sync.WaitGroup
	work := make(chan func(), 64)
	for range 8 {
		wg.Go(func() {
			for f := range work {
				f()
			}
		})
	}
	for i := range users {
		name := fmt.Sprintf("user-%05d@example.com", i)
		s.users = append(s.users, name)
		work <- func() {
			s.post(t, "/Users", fmt.Sprintf(`{"userName":%q,"externalId":"ext-%05d","name":{"givenName":"User","familyName":"N%d"},"displayName":"User %d"}`, name, i, i, i))
		}
	}
	for i := range groups {
		name := fmt.Sprintf("App-AWS-%03d", i)
		s.groups = append(s.groups, name)
		work <- func() { s.post(t, "/Groups", fmt.Sprintf(`{"displayName":%q,"externalId":"g-%d"}`, name, i)) }
	}
	close(work)
	wg.Wait()
	return s
}

func (s *stand) post(t testing.TB, path, body string) {
	r, err := http.NewRequest("POST", s.SCIMURL+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+s.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode != 201 {
		t.Errorf("POST %s: %d", path, res.StatusCode)
	}
}

func (s *stand) config() aws.Config {
	return aws.Config{Region: s.Region, BaseEndpoint: &s.URL, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, "")}
}

// api is the Identity Store API as a target, without waiting.
func (s *stand) api() repair.Target {
	return targetstore.New(awsaccess.New("the test", s.config()), s.IdentityStoreID,
		targetstore.Options{Caller: &awsaccess.Caller{Sleep: awake, Attempts: 200}})
}

// scim is the SCIM endpoint as a target, without waiting.
func (s *stand) scim(t testing.TB) repair.Target {
	c, err := scimclient.New(s.SCIMURL, s.Token, scimclient.Options{Sleep: awake, Attempts: 200})
	if err != nil {
		t.Fatal(err)
	}
	return targetscim.New(c)
}

// world reads the whole store and returns how many calls that took.
func (s *stand) world(t testing.TB) (*repair.World, int) {
	t.Helper()
	c := identitystore.NewFromConfig(s.config())
	snap := directory.Snapshot{Store: s.IdentityStoreID, Region: s.Region, Account: s.Account, AllUsers: true, AllGroups: true,
		NotBefore: now, NotAfter: now, Clock: directory.ClockManifest}
	calls := 0
	for next, more := (*string)(nil), true; more; calls++ {
		page := call(t, func(ctx context.Context) (*identitystore.ListUsersOutput, error) {
			return c.ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: &s.IdentityStoreID, NextToken: next})
		})
		for _, u := range page.Users {
			snap.Users = append(snap.Users, directory.User{ID: *u.UserId, UserName: *u.UserName})
		}
		next, more = page.NextToken, page.NextToken != nil
	}
	for next, more := (*string)(nil), true; more; calls++ {
		page := call(t, func(ctx context.Context) (*identitystore.ListGroupsOutput, error) {
			return c.ListGroups(ctx, &identitystore.ListGroupsInput{IdentityStoreId: &s.IdentityStoreID, NextToken: next})
		})
		for _, g := range page.Groups {
			snap.Groups = append(snap.Groups, directory.Group{ID: *g.GroupId, Name: *g.DisplayName})
		}
		next, more = page.NextToken, page.NextToken != nil
	}
	for _, g := range snap.Groups {
		for next, more := (*string)(nil), true; more; calls++ {
			page := call(t, func(ctx context.Context) (*identitystore.ListGroupMembershipsOutput, error) {
				return c.ListGroupMemberships(ctx, &identitystore.ListGroupMembershipsInput{IdentityStoreId: &s.IdentityStoreID, GroupId: &g.ID, NextToken: next})
			})
			for _, m := range page.GroupMemberships {
				snap.Memberships = append(snap.Memberships, directory.Membership{ID: *m.MembershipId, Group: g.ID, User: m.MemberId.(*types.MemberIdMemberUserId).Value})
			}
			next, more = page.NextToken, page.NextToken != nil
		}
		snap.MembersOf = append(snap.MembersOf, g.ID)
	}
	w, err := repair.NewWorld([]directory.Snapshot{snap}, "")
	if err != nil {
		t.Fatal(err)
	}
	return w, calls
}

// call makes a call again when it is lost on the way.
func call[T any](t testing.TB, do func(context.Context) (T, error)) T {
	t.Helper()
	out, err := awsaccess.Call(t.Context(), awsaccess.Caller{Sleep: awake}, do)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// spread puts every user into one group and every tenth into a second.
func (s *stand) spread() []repair.Wanted {
	out := make([]repair.Wanted, len(s.groups))
	for i := range out {
		out[i] = repair.Wanted{Name: s.groups[i], From: "the test"}
	}
	for i, u := range s.users {
		g := i % len(out)
		out[g].People = append(out[g].People, repair.Person{Name: u})
		if i%10 == 0 && len(out) > 1 {
			g = (g + 1) % len(out)
			out[g].People = append(out[g].People, repair.Person{Name: u})
		}
	}
	return out
}

func journal(t testing.TB, name string) *repair.Journal {
	t.Helper()
	if name == "" {
		name = filepath.Join(t.TempDir(), "journal")
	}
	j, err := repair.OpenJournal(name, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func options() repair.ApplyOptions {
	return repair.ApplyOptions{Reason: "INC-1", Target: "test", Limit: repair.DefaultLimit, Workers: 4, Sleep: awake, Backoff: live.Backoff{Base: 1, Max: 1}}
}
