package cli

import (
	"context"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/source/entra"
	"github.com/scimtrail/scimtrail/internal/source/okta"
	"github.com/scimtrail/scimtrail/internal/source/sailpoint"
)

// upstreamSchemes are the identity providers and the governance product.
var upstreamSchemes = []scheme{
	{"okta", "okta://ORG", openOkta},
	{"sailpoint", "sailpoint://TENANT", openSailPoint},
	{"entra", "entra://TENANT", openEntra},
}

// environment is where the tokens of identity providers come from.
func (a *app) environment() restapi.Environment {
	return restapi.Environment{Lookup: func(name string) (string, bool) {
		value := a.getenv(name)
		return value, value != ""
	}}
}

func openOkta(_ context.Context, a *app, name string, _ *liveFlags, q live.Query) (live.Source, error) {
	parsed, err := okta.ParseName(name)
	if err != nil {
		return nil, usagef("form: okta://example", "--from %w", err)
	}
	return okta.New(okta.Options{Name: parsed, Query: q, Environment: a.environment()})
}

func openSailPoint(_ context.Context, a *app, name string, _ *liveFlags, q live.Query) (live.Source, error) {
	parsed, err := sailpoint.ParseName(name)
	if err != nil {
		return nil, usagef("form: sailpoint://example", "--from %w", err)
	}
	return sailpoint.New(sailpoint.Options{Name: parsed, Query: q, Environment: a.environment()})
}

func openEntra(_ context.Context, a *app, name string, _ *liveFlags, q live.Query) (live.Source, error) {
	parsed, err := entra.ParseName(name)
	if err != nil {
		return nil, usagef("form: entra://example.onmicrosoft.com", "--from %w", err)
	}
	return entra.New(entra.Options{Name: parsed, Query: q, Environment: a.environment()})
}
