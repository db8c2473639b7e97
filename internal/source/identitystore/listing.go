package identitystore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// listing is a snapshot while it grows.
type listing struct {
	store *store
	sink  casefile.Sink

	mu           sync.Mutex // of all that follows
	snapshot     directory.Snapshot
	grantsDenied bool
	grantsNoted  bool
}

func (l *listing) count(n int) {
	if p := l.store.s.o.Query.Progress; p != nil {
		p.Records.Add(int64(n))
		p.Identity.Add(int64(n))
	}
}

// strange notes an entry without an id.
func (l *listing) strange(what string) {
	l.snapshot.Skipped++
	if problem := what + " has no id"; !slices.Contains(l.snapshot.Problems, problem) {
		l.snapshot.Problems = append(l.snapshot.Problems, problem)
	}
}

func (l *listing) takeUser(u types.User) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := awsid.Bare(aws.ToString(u.UserId))
	if id == "" {
		l.strange("a user")
		return false
	}
	l.count(1)
	out := directory.User{ID: id, UserName: aws.ToString(u.UserName), DisplayName: aws.ToString(u.DisplayName),
		Status: strings.ToUpper(string(u.UserStatus)), ExternalIDs: external(u.ExternalIds),
		Audit: audit(u.CreatedAt, u.UpdatedAt, u.CreatedBy, u.UpdatedBy)}
	for _, e := range u.Emails {
		if out.Email == "" || e.Primary {
			out.Email = aws.ToString(e.Value)
		}
	}
	l.snapshot.Users = append(l.snapshot.Users, out)
	return true
}

func (l *listing) takeGroup(g types.Group) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := awsid.Bare(aws.ToString(g.GroupId))
	if id == "" {
		l.strange("a group")
		return false
	}
	l.count(1)
	l.snapshot.Groups = append(l.snapshot.Groups, directory.Group{ID: id, Name: aws.ToString(g.DisplayName), Description: aws.ToString(g.Description),
		ExternalIDs: external(g.ExternalIds), Audit: audit(g.CreatedAt, g.UpdatedAt, g.CreatedBy, g.UpdatedBy)})
	return true
}

// takeMembership takes a membership; group and user are what was asked for, ""
// when it was not.
func (l *listing) takeMembership(m types.GroupMembership, group, user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := directory.Membership{ID: awsid.Bare(aws.ToString(m.MembershipId)), Group: cmp.Or(awsid.Bare(aws.ToString(m.GroupId)), group), User: cmp.Or(member(m.MemberId), user),
		Audit: audit(m.CreatedAt, m.UpdatedAt, m.CreatedBy, m.UpdatedBy)}
	if out.Group == "" || out.User == "" {
		l.strange("the group or user of a membership")
		return false
	}
	l.count(1)
	l.snapshot.Memberships = append(l.snapshot.Memberships, out)
	return true
}

func member(m types.MemberId) string {
	if u, ok := m.(*types.MemberIdMemberUserId); ok {
		return awsid.Bare(u.Value)
	}
	return ""
}

func external(list []types.ExternalId) []directory.ExternalID {
	var out []directory.ExternalID
	for _, e := range list {
		if id := aws.ToString(e.Id); id != "" {
			out = append(out, directory.ExternalID{Issuer: aws.ToString(e.Issuer), ID: id})
		}
	}
	return out
}

func audit(created, updated *time.Time, createdBy, updatedBy *string) directory.Audit {
	return directory.Audit{CreatedAt: utc(created), UpdatedAt: utc(updated), CreatedBy: aws.ToString(createdBy), UpdatedBy: aws.ToString(updatedBy)}
}

func utc(t *time.Time) time.Time {
	if t == nil || t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// missing reports whether AWS says that a thing does not exist, and which; ""
// when it does not say which.
func missing(err error) (types.ResourceType, bool) {
	gone, ok := errors.AsType[*types.ResourceNotFoundException](err)
	if !ok {
		return "", false
	}
	return gone.ResourceType, gone.ResourceType != types.ResourceTypeIdentityStore
}

// membersOf lists the memberships of a group. A group that is gone by now has no
// list.
func (l *listing) membersOf(ctx context.Context, group string) error {
	all := true
	err := pages(func(token *string) (*string, error) {
		page, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.ListGroupMembershipsOutput, error) {
			return complete(func(o *api.ListGroupMembershipsOutput) bool { return o.GroupMemberships != nil })(
				l.store.api.ListGroupMemberships(ctx, &api.ListGroupMembershipsInput{IdentityStoreId: &l.store.id, GroupId: &group,
					MaxResults: aws.Int32(pageSize), NextToken: token}))
		})
		if err != nil {
			return nil, err
		}
		for _, m := range page.GroupMemberships {
			all = l.takeMembership(m, group, "") && all
		}
		return page.NextToken, nil
	})
	if _, gone := missing(err); gone {
		return nil
	}
	if err != nil {
		return l.store.explain(ctx, err, "listing the members of a group of "+l.store.where())
	}
	if all {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.snapshot.MembersOf = append(l.snapshot.MembersOf, group)
	}
	return nil
}

// tidy puts the snapshot in an order that does not depend on who answered first.
func (l *listing) tidy() {
	s := &l.snapshot
	// What moves between two pages while they are fetched is listed twice.
	s.Users = once(s.Users, func(u directory.User) string { return u.ID })
	s.Groups = once(s.Groups, func(g directory.Group) string { return g.ID })
	s.Memberships = once(s.Memberships, func(m directory.Membership) string { return m.Group + " " + m.User + " " + m.ID })
	slices.SortStableFunc(s.Memberships, func(a, b directory.Membership) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(s.Assignments, func(a, b directory.Assignment) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.PermissionSet, b.PermissionSet),
			cmp.Compare(a.PrincipalType, b.PrincipalType), cmp.Compare(a.PrincipalID, b.PrincipalID))
	})
	s.Assignments = slices.Compact(s.Assignments)
	slices.Sort(s.MembersOf)
	slices.Sort(s.AssignmentsOf)
}

func once[T any](list []T, key func(T) string) []T {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(x T) bool {
		k := key(x)
		again := seen[k]
		seen[k] = true
		return again
	})
}
