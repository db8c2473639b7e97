package cli

import (
	"context"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/identitystore"
	"github.com/scimtrail/scimtrail/internal/source/lookup"
)

// awsSchemes are the services of AWS.
var awsSchemes = []scheme{
	{"lookup", "lookup://REGION", openLookup},
	{"identitystore", "identitystore://REGION/STORE", openIdentityStore},
}

// accesses opens the credentials that the flags name.
func (l *liveFlags) accesses(ctx context.Context, region string) ([]awsaccess.Access, error) {
	return awsaccess.Open(ctx, awsaccess.Options{Profiles: l.profiles, RoleARNs: l.roles, ExternalID: l.externalID, Region: region})
}

func openLookup(ctx context.Context, _ *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	region, err := lookup.ParseName(name)
	if err != nil {
		return nil, usagef("form: lookup://us-east-2", "--from %s: %w", name, err)
	}
	accesses, err := l.accesses(ctx, region)
	if err != nil {
		return nil, err
	}
	return lookup.New(lookup.Options{Accesses: accesses, Region: region, Query: q}), nil
}

func openIdentityStore(ctx context.Context, _ *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	region, store, err := identitystore.ParseName(name)
	if err != nil {
		return nil, usagef("form: identitystore://us-east-2/d-9a67000001", "--from %s: %w", name, err)
	}
	accesses, err := l.accesses(ctx, region)
	if err != nil {
		return nil, err
	}
	return identitystore.New(identitystore.Options{Accesses: accesses, Region: region, Store: store, Query: q}), nil
}
