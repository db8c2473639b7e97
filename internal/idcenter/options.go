package idcenter

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Options make a [Center]. Clock is required; every other field has a default.
type Options struct {
	Account string // of the instance; default 111122223333
	Region  string // default us-east-1
	Store   string // identity store id, d- and ten hex digits; drawn when empty
	// Tenant is the SCIM tenant id in either shape: a UUID, or the older
	// 11-4-4-4-12. A UUID is drawn when it is empty; [OldTenant] makes the other.
	Tenant string
	// Instance is the ARN of the instance of IAM Identity Center; drawn when empty.
	Instance string
	// LegacyIDs gives new users, groups and memberships the ids of old stores:
	// ten digits of the store's id before a UUID.
	LegacyIDs bool

	Clock func() time.Time
	// Random is where ids and tokens come from; crypto/rand when nil. With a
	// seeded math/rand/v2 ChaCha8 the same calls give the same ids. It need not
	// be safe for concurrent use.
	Random io.Reader

	Behaviour Behaviour
	Journal   Journal // nil: a new [Memory]
}

// New makes an empty Center. It fails when an option has not the form it needs
// or Random can't be read.
func New(o Options) (*Center, error) {
	if o.Clock == nil {
		return nil, errors.New("idcenter: Options.Clock is required")
	}
	if o.Account == "" {
		o.Account = "111122223333"
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Journal == nil {
		o.Journal = NewMemory()
	}
	ids := &idSource{random: o.Random}
	if o.Store == "" {
		o.Store = "d-" + ids.hex(10)
	}
	if o.Tenant == "" {
		o.Tenant = ids.uuid()
	}
	if o.Instance == "" {
		o.Instance = "arn:aws:sso:::instance/ssoins-" + ids.hex(16)
	}
	if ids.err != nil {
		return nil, fmt.Errorf("drawing the ids of a new identity store: %w", ids.err)
	}
	if !awsid.IsAccount(o.Account) {
		return nil, fmt.Errorf("the account %q is not 12 digits", o.Account)
	}
	if !awsid.IsStore(o.Store) {
		return nil, fmt.Errorf("the identity store id %q is not of the form d-1234567890", o.Store)
	}
	if !tenantForm.MatchString(o.Tenant) {
		return nil, fmt.Errorf("the SCIM tenant id %q is neither a UUID nor of the older 11-4-4-4-12 form", o.Tenant)
	}
	ids.store, ids.legacy = o.Store, o.LegacyIDs
	return newCenter(o, ids), nil
}

// Account returns the account that the instance lives in.
func (c *Center) Account() string { return c.account }

// Region returns the Region of the instance.
func (c *Center) Region() string { return c.region }

// Store returns the identity store id.
func (c *Center) Store() string { return c.store }

// Tenant returns the SCIM tenant id.
func (c *Center) Tenant() string { return c.tenant }

// Instance returns the ARN of the instance.
func (c *Center) Instance() string { return c.instance }
