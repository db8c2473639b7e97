package identitystore

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/live"
)

// find asks every access which instances it sees. When the store is named and no
// access may say or shows it, the first access is taken for it.
func (s *Source) find(ctx context.Context) (stores []*store, notes []string, err error) {
	var failed []error
	var first *store
	seen := map[string]bool{}
	for _, access := range s.o.Accesses {
		st, err := s.enter(access)
		if err != nil {
			return nil, nil, err
		}
		if first == nil {
			first = st
		}
		if want := s.o.Query.Place.Region; want != "" && st.region != want {
			return nil, []string{fmt.Sprintf("The identity store in %s was not listed, since another Region was asked for.", st.region)}, nil
		}
		instances, err := st.instances(ctx)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, instance := range instances {
			if seen[instance.Store] || s.o.Store != "" && instance.Store != s.o.Store {
				continue
			}
			seen[instance.Store] = true
			one := *st
			one.id, one.instance = instance.Store, instance
			stores = append(stores, &one)
		}
		if s.o.Store != "" && len(stores) > 0 {
			return stores, notes, nil
		}
	}
	switch {
	case len(stores) > 0:
		for _, err := range failed {
			notes = append(notes, "One of the credentials sees no identity store: "+err.Error()+".")
		}
		return stores, notes, nil
	case first != nil && s.o.Store != "" && !dead(failed):
		why := "ListInstances does not show it"
		if len(failed) > 0 {
			why = failed[0].Error()
		}
		return []*store{first}, []string{fmt.Sprintf("What the groups of %s grant was not looked at, since its instance is not known: %s.", s.o.Store, why)}, nil
	case len(failed) > 0:
		return nil, nil, errors.Join(failed...)
	}
	p := &live.Problem{Kind: live.Missing, Doing: "looking for IAM Identity Center", Reason: "no instance is seen in this Region",
		Next: "name its primary Region, and use credentials of the management account or a delegated administrator"}
	if first != nil {
		p.Doing += " in " + first.region
	}
	return nil, nil, p
}

// dead reports whether the credentials themselves are at fault.
func dead(failed []error) bool {
	for _, err := range failed {
		if p, ok := errors.AsType[*live.Problem](err); ok && p.Kind == live.Credentials {
			return true
		}
	}
	return false
}

func (st *store) instances(ctx context.Context) ([]directory.Instance, error) {
	var out []directory.Instance
	err := pages(func(token *string) (*string, error) {
		page, err := awsaccess.Call(ctx, st.ssoCalls, func(ctx context.Context) (*ssoadmin.ListInstancesOutput, error) {
			return complete(func(o *ssoadmin.ListInstancesOutput) bool { return o.Instances != nil })(
				st.sso.ListInstances(ctx, &ssoadmin.ListInstancesInput{NextToken: token}))
		})
		if err != nil {
			return nil, err
		}
		for _, i := range page.Instances {
			in := directory.Instance{Store: awsid.Bare(aws.ToString(i.IdentityStoreId)), ARN: aws.ToString(i.InstanceArn), Name: aws.ToString(i.Name), Status: string(i.Status)}
			if owner := aws.ToString(i.OwnerAccountId); awsid.IsAccount(owner) {
				in.Owner = owner
			}
			if in.Store != "" {
				out = append(out, in)
			}
		}
		return page.NextToken, nil
	})
	return out, wrap(err, func(err error) error {
		return st.explain(ctx, err, "asking for the instances of IAM Identity Center in "+st.region)
	})
}

// grants lists what a user or group may do in which account, with the rights of
// the instance's account.
func (l *listing) grants(ctx context.Context, kind types.PrincipalType, id string) error {
	if l.store.instance.ARN == "" || l.grantsDenied {
		return nil
	}
	var got []directory.Assignment
	err := pages(func(token *string) (*string, error) {
		page, err := awsaccess.Call(ctx, l.store.ssoCalls, func(ctx context.Context) (*ssoadmin.ListAccountAssignmentsForPrincipalOutput, error) {
			return complete(func(o *ssoadmin.ListAccountAssignmentsForPrincipalOutput) bool { return o.AccountAssignments != nil })(
				l.store.sso.ListAccountAssignmentsForPrincipal(ctx, &ssoadmin.ListAccountAssignmentsForPrincipalInput{
					InstanceArn: &l.store.instance.ARN, PrincipalId: &id, PrincipalType: kind, MaxResults: aws.Int32(pageSize), NextToken: token}))
		})
		if err != nil {
			return nil, err
		}
		for _, a := range page.AccountAssignments {
			got = append(got, directory.Assignment{Account: aws.ToString(a.AccountId), PermissionSet: aws.ToString(a.PermissionSetArn),
				PrincipalType: string(a.PrincipalType), PrincipalID: awsid.Bare(aws.ToString(a.PrincipalId))})
		}
		return page.NextToken, nil
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.snapshot.Assignments = append(l.snapshot.Assignments, got...)
	if err == nil {
		l.snapshot.AssignmentsOf = append(l.snapshot.AssignmentsOf, id)
		return nil
	}
	p := l.store.access.Explain(err, "listing the account assignments in "+l.store.region)
	if ctx.Err() != nil || p.Kind == live.Credentials {
		return l.store.explain(ctx, err, p.Doing)
	}
	// Members are the point; what the group grants is an addition that other
	// permissions than these guard.
	l.grantsDenied = l.grantsDenied || p.Kind == live.Denied
	if !l.grantsNoted {
		l.grantsNoted = true
		l.sink.Unreadable(casefile.Loss{Path: l.store.name(), Reason: p.Error(), Lost: "what the groups grant"})
	}
	return nil
}
