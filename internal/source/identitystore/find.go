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
// access may say or shows it, the first access is taken for it. Stores of another
// account or Region than the one asked for are left out, with a note.
func (s *Source) find(ctx context.Context) (stores []*store, notes []string, err error) {
	var failed []error
	var passed []string  // why stores were left out
	var unshown []*store // ways in that may lead to a store that no instance shows
	seen := map[string]bool{}
	for _, access := range s.o.Accesses {
		st, err := s.enter(access)
		if err != nil {
			return nil, nil, err
		}
		if want := s.o.Query.Place.Region; want != "" && st.region != want {
			passed = append(passed, fmt.Sprintf("The identity store in %s was not listed, since another Region was asked for.", st.region))
			continue
		}
		unshown = append(unshown, st)
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
			one := *st
			one.id, one.instance = instance.Store, instance
			why, err := one.elsewhere(ctx)
			if err != nil {
				return nil, nil, err
			}
			seen[instance.Store] = why == "" || instance.Owner != "" // else other credentials may tell
			if why != "" {
				passed = append(passed, why)
				continue
			}
			stores = append(stores, &one)
		}
		if s.o.Store != "" && len(stores) > 0 {
			return stores, passed, nil
		}
	}
	notes = passed
	var first *store
	if len(unshown) > 0 {
		first = unshown[0]
	}
	switch {
	case len(stores) > 0:
		for _, err := range failed {
			notes = append(notes, "One of the credentials sees no identity store: "+err.Error()+".")
		}
		return stores, notes, nil
	case s.o.Store != "" && seen[s.o.Store], first == nil && len(passed) > 0:
		return nil, notes, nil
	case first != nil && s.o.Store != "" && !dead(failed):
		first, notes, err = ofAccount(ctx, unshown)
		if first == nil || err != nil {
			return nil, notes, err
		}
		why := "ListInstances does not show it"
		if len(failed) > 0 {
			why = failed[0].Error()
		}
		return []*store{first}, append(notes, fmt.Sprintf("What the groups of %s grant was not looked at, since its instance is not known: %s.", s.o.Store, why)), nil
	case len(failed) > 0:
		return nil, notes, errors.Join(failed...)
	case len(passed) > 0:
		return nil, notes, nil
	}
	p := &live.Problem{Kind: live.Missing, Doing: "looking for IAM Identity Center", Reason: "no instance is seen in this Region",
		Next: "name its primary Region, and use credentials of the management account or a delegated administrator"}
	if first != nil {
		p.Doing += " in " + first.region
	}
	return nil, nil, p
}

// elsewhere says why a store is not one of the account that was asked for, "" when
// it is. Its account is the owner of the instance; where that is not shown, the
// account of the credentials stands for it.
func (st *store) elsewhere(ctx context.Context) (string, error) {
	want := st.s.o.Query.Place.Account
	if want == "" || st.instance.Owner == want {
		return "", nil
	}
	if owner := st.instance.Owner; owner != "" {
		return fmt.Sprintf("The %s belongs to account %s and was not listed, since account %s was asked for.", st.where(), owner, want), nil
	}
	account, err := st.access.AccountBy(ctx, st.calls)
	switch {
	case err != nil:
		return "", err
	case account == want:
		return "", nil
	case account == "":
		return fmt.Sprintf("The %s was not listed, since account %s was asked for and nothing shows to which account it belongs.", st.where(), want), nil
	}
	return fmt.Sprintf("The %s was not listed, since account %s was asked for: nothing shows to which account it belongs, and %s is of account %s.", st.where(), want, st.access.Name, account), nil
}

// ofAccount returns the first way in that is of the account asked for, and what is
// to be said of that; nil when none is.
func ofAccount(ctx context.Context, ways []*store) (*store, []string, error) {
	var notes []string
	for _, st := range ways {
		why, err := st.elsewhere(ctx)
		if err != nil {
			return nil, nil, err
		}
		if why != "" {
			notes = append(notes, why)
			continue
		}
		if want := st.s.o.Query.Place.Account; want != "" {
			return st, []string{fmt.Sprintf("The %s is taken for one of account %s, since %s is of that account; nothing else shows whose it is.", st.where(), want, st.access.Name)}, nil
		}
		return st, nil, nil
	}
	return nil, notes, nil
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
