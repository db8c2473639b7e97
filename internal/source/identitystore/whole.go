package identitystore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/identitystore"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"golang.org/x/sync/errgroup"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
)

// whole lists everything: users, groups, and for each group its members and what
// it grants. There is no call that lists all memberships (cloudtrail reference 6.5).
func (l *listing) whole(ctx context.Context) error {
	if err := l.users(ctx); err != nil {
		return err
	}
	if err := l.groups(ctx); err != nil {
		return err
	}
	progress := l.store.s.o.Query.Progress
	if progress != nil {
		progress.Total.Add(int64(len(l.snapshot.Groups)))
	}
	work, all := errgroup.WithContext(ctx)
	work.SetLimit(workers)
	l.mu.Lock()
	ids := make([]string, len(l.snapshot.Groups))
	for i := range l.snapshot.Groups {
		ids[i] = l.snapshot.Groups[i].ID
	}
	l.mu.Unlock()
	for _, id := range ids {
		work.Go(func() error {
			if err := l.membersOf(all, id); err != nil {
				return err
			}
			if err := l.grants(all, ssotypes.PrincipalTypeGroup, id); err != nil {
				return err
			}
			if progress != nil {
				progress.Done.Add(1)
			}
			return nil
		})
	}
	if err := work.Wait(); ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		return err
	}
	return nil
}

func (l *listing) users(ctx context.Context) error {
	all := true
	err := pages(func(token *string) (*string, error) {
		page, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.ListUsersOutput, error) {
			return complete(func(o *api.ListUsersOutput) bool { return o.Users != nil })(
				l.store.api.ListUsers(ctx, &api.ListUsersInput{IdentityStoreId: &l.store.id, MaxResults: aws.Int32(pageSize), NextToken: token}))
		})
		if err != nil {
			return nil, err
		}
		for _, u := range page.Users {
			all = l.takeUser(u) && all
		}
		return page.NextToken, nil
	})
	if err != nil {
		return l.store.explain(ctx, err, "listing the users of "+l.store.where())
	}
	l.snapshot.AllUsers = all
	return nil
}

func (l *listing) groups(ctx context.Context) error {
	all := true
	err := pages(func(token *string) (*string, error) {
		page, err := awsaccess.Call(ctx, l.store.calls, func(ctx context.Context) (*api.ListGroupsOutput, error) {
			return complete(func(o *api.ListGroupsOutput) bool { return o.Groups != nil })(
				l.store.api.ListGroups(ctx, &api.ListGroupsInput{IdentityStoreId: &l.store.id, MaxResults: aws.Int32(pageSize), NextToken: token}))
		})
		if err != nil {
			return nil, err
		}
		for _, g := range page.Groups {
			all = l.takeGroup(g) && all
		}
		return page.NextToken, nil
	})
	if err != nil {
		return l.store.explain(ctx, err, "listing the groups of "+l.store.where())
	}
	l.snapshot.AllGroups = all
	return nil
}
