package idcenter

import (
	"regexp"
	"sync"
	"time"
)

// Center is one instance of IAM Identity Center. Make one with [New].
type Center struct {
	account, region, store, tenant, instance string

	clock   func() time.Time
	ids     *idSource
	journal Journal
	be      Behaviour

	// writer is held by the one call that changes things, from its first look at
	// the state until its change is stored and visible. mu guards the state
	// itself, and is held only to look and to apply.
	writer sync.Mutex
	latest time.Time // of a write; guarded by writer
	mu     sync.RWMutex
	state  *state

	throttle throttle
	statuses assignmentStatuses
	pages    discovery
}

func newCenter(o Options, ids *idSource) *Center {
	c := &Center{account: o.Account, region: o.Region, store: o.Store, tenant: o.Tenant, instance: o.Instance,
		clock: o.Clock, ids: ids, journal: o.Journal, be: o.Behaviour, state: newState()}
	c.pages = c.discover()
	return c
}

// tenantForm holds both shapes of a SCIM tenant id (identity-center-scim
// reference 1).
var tenantForm = regexp.MustCompile(`^[A-Za-z0-9]{8,11}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{12}$`)

// read looks at the state while nothing is being applied.
func (c *Center) read(look func(*state)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	look(c.state)
}
