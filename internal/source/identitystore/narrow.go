package identitystore

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/document"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"golang.org/x/sync/errgroup"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// mostNames is how many members of one group, or groups of one person, are
// described so that they have names: ten seconds' worth of calls.
const mostNames = 200

// narrow lists what bears on a user, a group, or a user in a group. The calls, when
// both are named: ListInstances, GetGroupId, DescribeGroup, GetUserId (twice when
// an e-mail address is no user name), DescribeUser, ListGroupMembershipsForMember,
// ListAccountAssignmentsForPrincipal. Who is in more than a hundred groups costs
// up to three more.
func (l *listing) narrow(ctx context.Context, user, group string) error {
	var groupID, userID string
	var err error
	if group != "" {
		if groupID, err = l.group(ctx, group); err != nil {
			return err
		}
		if groupID == "" {
			l.unknown("group", group)
		}
	}
	if user != "" {
		if userID, err = l.user(ctx, user); err != nil {
			return err
		}
		if userID == "" {
			l.unknown("user", user)
		}
	}
	switch {
	case groupID != "" && userID != "":
		if err := l.pair(ctx, groupID, userID); err != nil {
			return err
		}
	case groupID != "" && user == "":
		if err := l.members(ctx, groupID); err != nil {
			return err
		}
	case userID != "" && group == "":
		return l.person(ctx, userID)
	}
	if err := l.also(ctx, groupID, userID); err != nil {
		return err
	}
	if groupID != "" {
		return l.grants(ctx, ssotypes.PrincipalTypeGroup, groupID)
	}
	return nil
}

// mostAlso bounds the users by other ids: one person has one at each provider.
const mostAlso = 2

// also takes the users that other evidence means by the person, where they are not
// the one who bears the name: two more calls each.
func (l *listing) also(ctx context.Context, group, user string) error {
	others := l.store.s.o.Query.AlsoUsers
	if others == nil {
		return nil
	}
	taken := 0
	for _, name := range others() {
		id := awsid.Bare(name)
		if id == user || !awsid.IsResource(id) || taken == mostAlso {
			continue
		}
		taken++
		found, err := l.describeUser(ctx, id, "looking for the user whom the identity provider remembers in "+l.store.where())
		if err != nil {
			return err
		}
		if found == "" {
			l.unknown("user", id)
		} else if group != "" {
			if err := l.pair(ctx, group, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknown says that the store has no such thing; that is an answer, no failure.
func (l *listing) unknown(kind, name string) {
	of := map[string]*[]string{"user": &l.snapshot.NoUsers, "group": &l.snapshot.NoGroups}[kind]
	*of = append(*of, name)
	l.sink.Note(fmt.Sprintf("On %s the %s had no %s %.200q.", l.snapshot.NotBefore.Format("2006-01-02 15:04 UTC"), l.store.where(), kind, name))
}

// group finds a group by name or id and takes it; "" when there is none.
func (l *listing) group(ctx context.Context, name string) (string, error) {
	doing := "looking for the group in " + l.store.where()
	id := awsid.Bare(name)
	if !awsid.IsResource(id) {
		out, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.GetGroupIdOutput, error) {
			return complete(func(o *api.GetGroupIdOutput) bool { return aws.ToString(o.GroupId) != "" })(
				l.store.api.GetGroupId(ctx, &api.GetGroupIdInput{IdentityStoreId: &l.store.id, AlternateIdentifier: attribute("displayName", name)}))
		})
		if _, none := missing(err); none {
			return "", nil
		}
		if err != nil {
			return "", l.store.explain(ctx, err, doing)
		}
		id = awsid.Bare(*out.GroupId)
	}
	return l.describeGroup(ctx, id, doing)
}

func (l *listing) describeGroup(ctx context.Context, id, doing string) (string, error) {
	out, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.DescribeGroupOutput, error) {
		return complete(func(o *api.DescribeGroupOutput) bool { return aws.ToString(o.GroupId) != "" })(
			l.store.api.DescribeGroup(ctx, &api.DescribeGroupInput{IdentityStoreId: &l.store.id, GroupId: &id}))
	})
	if _, none := missing(err); none {
		return "", nil
	}
	if err != nil {
		return "", l.store.explain(ctx, err, doing)
	}
	l.takeGroup(types.Group{GroupId: out.GroupId, DisplayName: out.DisplayName, Description: out.Description, ExternalIds: out.ExternalIds,
		CreatedAt: out.CreatedAt, CreatedBy: out.CreatedBy, UpdatedAt: out.UpdatedAt, UpdatedBy: out.UpdatedBy})
	return id, nil
}

func attribute(path, value string) types.AlternateIdentifier {
	return &types.AlternateIdentifierMemberUniqueAttribute{Value: types.UniqueAttribute{AttributePath: &path, AttributeValue: document.NewLazyDocument(value)}}
}

// user finds a user by user name, e-mail address or id and takes him; "" when
// there is none.
func (l *listing) user(ctx context.Context, name string) (string, error) {
	doing := "looking for the user in " + l.store.where()
	id := awsid.Bare(name)
	if awsid.IsResource(id) {
		return l.describeUser(ctx, id, doing)
	}
	for _, path := range []string{"userName", "emails.value"} {
		if path != "userName" && !strings.Contains(name, "@") {
			break
		}
		out, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.GetUserIdOutput, error) {
			return complete(func(o *api.GetUserIdOutput) bool { return aws.ToString(o.UserId) != "" })(
				l.store.api.GetUserId(ctx, &api.GetUserIdInput{IdentityStoreId: &l.store.id, AlternateIdentifier: attribute(path, name)}))
		})
		if _, none := missing(err); none {
			continue
		}
		if err != nil {
			return "", l.store.explain(ctx, err, doing)
		}
		return l.describeUser(ctx, awsid.Bare(*out.UserId), doing)
	}
	return "", nil
}

func (l *listing) describeUser(ctx context.Context, id, doing string) (string, error) {
	out, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.DescribeUserOutput, error) {
		return complete(func(o *api.DescribeUserOutput) bool { return aws.ToString(o.UserId) != "" })(
			l.store.api.DescribeUser(ctx, &api.DescribeUserInput{IdentityStoreId: &l.store.id, UserId: &id}))
	})
	if _, none := missing(err); none {
		return "", nil
	}
	if err != nil {
		return "", l.store.explain(ctx, err, doing)
	}
	l.takeUser(types.User{UserId: out.UserId, UserName: out.UserName, DisplayName: out.DisplayName, Emails: out.Emails, ExternalIds: out.ExternalIds,
		UserStatus: out.UserStatus, CreatedAt: out.CreatedAt, CreatedBy: out.CreatedBy, UpdatedAt: out.UpdatedAt, UpdatedBy: out.UpdatedBy})
	return id, nil
}

// pair finds out whether a user is in a group. The user's own list says it with
// who made the membership and when; when it has several pages, the question is
// asked directly.
func (l *listing) pair(ctx context.Context, group, user string) error {
	found, end, err := l.groupsOf(ctx, user, group, 1)
	if err != nil || found || end {
		return err
	}
	doing := "asking for a membership of " + l.store.where()
	who := &types.MemberIdMemberUserId{Value: user}
	is, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.IsMemberInGroupsOutput, error) {
		return complete(func(o *api.IsMemberInGroupsOutput) bool { return len(o.Results) == 1 })(
			l.store.api.IsMemberInGroups(ctx, &api.IsMemberInGroupsInput{IdentityStoreId: &l.store.id, MemberId: who, GroupIds: []string{group}}))
	})
	if err != nil {
		return l.store.explain(ctx, err, doing)
	}
	if !is.Results[0].MembershipExists {
		l.snapshot.Absent = append(l.snapshot.Absent, directory.Membership{Group: group, User: user})
		return nil
	}
	id, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.GetGroupMembershipIdOutput, error) {
		return l.store.api.GetGroupMembershipId(ctx, &api.GetGroupMembershipIdInput{IdentityStoreId: &l.store.id, GroupId: &group, MemberId: who})
	})
	if err != nil {
		return l.store.explain(ctx, err, doing)
	}
	m, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.DescribeGroupMembershipOutput, error) {
		return l.store.api.DescribeGroupMembership(ctx, &api.DescribeGroupMembershipInput{IdentityStoreId: &l.store.id, MembershipId: id.MembershipId})
	})
	if err != nil {
		return l.store.explain(ctx, err, doing)
	}
	l.takeMembership(types.GroupMembership{MembershipId: id.MembershipId, GroupId: m.GroupId, MemberId: m.MemberId,
		CreatedAt: m.CreatedAt, CreatedBy: m.CreatedBy, UpdatedAt: m.UpdatedAt, UpdatedBy: m.UpdatedBy}, group, user)
	return nil
}

// groupsOf takes the memberships of a user, at most so many pages of them (0 for
// all), and says whether the given group was among them and whether that is the
// end of the list.
func (l *listing) groupsOf(ctx context.Context, user, group string, most int) (found, end bool, err error) {
	all, n := true, 0
	err = pages(func(token *string) (*string, error) {
		page, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.ListGroupMembershipsForMemberOutput, error) {
			return complete(func(o *api.ListGroupMembershipsForMemberOutput) bool { return o.GroupMemberships != nil })(
				l.store.api.ListGroupMembershipsForMember(ctx, &api.ListGroupMembershipsForMemberInput{IdentityStoreId: &l.store.id,
					MemberId: &types.MemberIdMemberUserId{Value: user}, MaxResults: aws.Int32(pageSize), NextToken: token}))
		})
		if err != nil {
			return nil, err
		}
		for _, m := range page.GroupMemberships {
			all = l.takeMembership(m, "", user) && all
			found = found || awsid.Bare(aws.ToString(m.GroupId)) == group
		}
		end = aws.ToString(page.NextToken) == ""
		if n++; n == most {
			return nil, nil
		}
		return page.NextToken, nil
	})
	if _, gone := missing(err); gone {
		return false, true, nil // deleted a moment ago: nothing is said of the groups
	}
	if err != nil {
		return found, end, l.store.explain(ctx, err, "listing the groups of a user of "+l.store.where())
	}
	if end && all {
		l.snapshot.GroupsOf = append(l.snapshot.GroupsOf, user)
	}
	return found, end, nil
}

// members lists a group, with the names of its members as far as there are not
// too many.
func (l *listing) members(ctx context.Context, group string) error {
	if err := l.membersOf(ctx, group); err != nil {
		return err
	}
	var ids []string
	for _, m := range l.snapshot.Memberships {
		ids = append(ids, m.User)
	}
	if len(ids) > mostNames {
		l.sink.Note(fmt.Sprintf("The group has %d members; the names of the first %d were fetched. The whole store has them all: leave out --user and --group in `scimtrail collect`.", len(ids), mostNames))
		ids = ids[:mostNames]
	}
	return l.each(ctx, ids, func(ctx context.Context, id string) error {
		_, err := l.describeUser(ctx, id, "looking up a member in "+l.store.where())
		return err
	})
}

// person lists a user's groups, and what each grants.
func (l *listing) person(ctx context.Context, user string) error {
	if _, _, err := l.groupsOf(ctx, user, "", 0); err != nil {
		return err
	}
	var ids []string
	for _, m := range l.snapshot.Memberships {
		ids = append(ids, m.Group)
	}
	if len(ids) > mostNames {
		l.sink.Note(fmt.Sprintf("The user is in %d groups; the names of the first %d were fetched.", len(ids), mostNames))
		ids = ids[:mostNames]
	}
	return l.each(ctx, ids, func(ctx context.Context, id string) error {
		if _, err := l.describeGroup(ctx, id, "looking up a group in "+l.store.where()); err != nil {
			return err
		}
		return l.grants(ctx, ssotypes.PrincipalTypeGroup, id)
	})
}

func (l *listing) each(ctx context.Context, ids []string, do func(context.Context, string) error) error {
	work, all := errgroup.WithContext(ctx)
	work.SetLimit(workers)
	for _, id := range ids {
		work.Go(func() error { return do(all, id) })
	}
	err := work.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
