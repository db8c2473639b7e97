package idcenter

import (
	"regexp"
	"time"
)

// Center is one instance of IAM Identity Center. Make one with [New].
type Center struct {
	account, region, store, tenant, instance string

	clock   func() time.Time
	ids     *idSource
	journal Journal
	be      Behaviour
}

func newCenter(o Options, ids *idSource) *Center {
	return &Center{account: o.Account, region: o.Region, store: o.Store, tenant: o.Tenant, instance: o.Instance,
		clock: o.Clock, ids: ids, journal: o.Journal, be: o.Behaviour}
}

// tenantForm holds both shapes of a SCIM tenant id (identity-center-scim
// reference 1).
var tenantForm = regexp.MustCompile(`^[A-Za-z0-9]{8,11}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{12}$`)
