package cli

import (
	"context"

	api "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/identitystore"
	"github.com/scimtrail/scimtrail/internal/source/lookup"
	"github.com/scimtrail/scimtrail/internal/source/s3"
	"github.com/scimtrail/scimtrail/internal/source/sqs"
	"github.com/scimtrail/scimtrail/internal/span"
)

// awsSchemes are the services of AWS.
var awsSchemes = []scheme{
	{"lookup", "lookup://REGION", openLookup},
	{"s3", "s3://BUCKET/PREFIX", openS3},
	{"identitystore", "identitystore://REGION/STORE", openIdentityStore},
	{"sqs", "sqs://REGION/ACCOUNT/QUEUE", openSQS},
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

// access opens one set of credentials, where a service takes only one.
func (l *liveFlags) access(ctx context.Context, region string) (awsaccess.Access, error) {
	list, err := l.accesses(ctx, region)
	if err != nil {
		return awsaccess.Access{}, err
	}
	if len(list) > 1 {
		return awsaccess.Access{}, usagef("name one --profile or one --role-arn, and run once for each", "this source is read with one set of credentials, and %d were named", len(list))
	}
	return list[0], nil
}

func openS3(ctx context.Context, _ *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	bucket, prefix, err := s3.ParseName(name)
	if err != nil {
		return nil, usagef("form: s3://example-trail/AWSLogs", "--from %s: %w", name, err)
	}
	access, err := l.access(ctx, "")
	if err != nil {
		return nil, err
	}
	if access.Config.Region == "" {
		access = access.In("us-east-1") // S3 says itself where the bucket is
	}
	caller := access.Caller()
	caller.Progress = q.Progress
	client := api.NewFromConfig(access.Config, func(o *api.Options) {
		// Whoever overrides the endpoint has a server without names for buckets.
		o.UsePathStyle = access.Config.BaseEndpoint != nil || l.endpoint
	})
	return s3.New(s3.Options{
		Client: client, Bucket: bucket, Prefix: prefix, Query: q, AllRegions: l.allRegions, Verify: l.verify, Limits: l.limits,
		Caller: caller, Explain: access.Explain,
		Home: func(ctx context.Context) ([]casefile.Place, error) { return access.IdentityCenter(ctx, caller) },
		Keys: func(ctx context.Context, region string, when span.Span) (integrity.Keys, error) {
			return access.PublicKeys(ctx, caller, region, when)
		},
	}), nil
}

func openSQS(ctx context.Context, _ *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	queue, err := sqs.ParseName(name)
	if err != nil {
		return nil, usagef("form: sqs://us-east-2/111122223333/identity-events", "--from %w", err)
	}
	access, err := l.access(ctx, queue.Region)
	if err != nil {
		return nil, err
	}
	return sqs.New(sqs.Options{Access: access, Queue: queue, Query: q}), nil
}
