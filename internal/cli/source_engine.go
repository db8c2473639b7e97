package cli

import (
	"context"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/athena"
	"github.com/scimtrail/scimtrail/internal/source/lake"
	"github.com/scimtrail/scimtrail/internal/source/trino"
)

// engineSchemes are the query engines.
var engineSchemes = []scheme{
	{"athena", "athena://CATALOG/DATABASE/TABLE", openAthena},
	{"lake", "lake://REGION/EVENT-DATA-STORE", openLake},
	{"trino", "trino://HOST/CATALOG/SCHEMA/TABLE", openTrino},
}

func openAthena(ctx context.Context, _ *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	parsed, err := athena.ParseName(name)
	if err != nil {
		return nil, usagef("form: athena://AwsDataCatalog/default/cloudtrail_logs", "--from %s: %w", name, err)
	}
	access, err := l.access(ctx, "") // the Region of the credentials: --region narrows the events
	if err != nil {
		return nil, err
	}
	return athena.New(access, parsed, athena.Options{Workgroup: l.workgroup, Results: l.results, MaxBytes: l.maxBytes}, q), nil
}

func openLake(ctx context.Context, _ *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	parsed, err := lake.ParseName(name)
	if err != nil {
		return nil, usagef("form: lake://us-east-2/0a1b2c3d-1111-4222-8333-0123456789ab", "--from %s: %w", name, err)
	}
	access, err := l.access(ctx, parsed.Region)
	if err != nil {
		return nil, err
	}
	return lake.New(access, parsed, lake.Options{MaxBytes: l.maxBytes}, q), nil
}

func openTrino(_ context.Context, a *app, name string, l *liveFlags, q live.Query) (live.Source, error) {
	parsed, err := trino.ParseName(name)
	if err != nil {
		return nil, usagef("form: trino://trino.example.com/hive/default/cloudtrail_logs", "--from %s: %w", hideSecrets(name), err)
	}
	return trino.New(parsed, trino.Options{Credentials: trino.FromEnvironment(a.getenv), MaxBytes: l.maxBytes}, q)
}
