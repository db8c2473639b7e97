package idcentertest

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// Option changes what [New] starts.
type Option struct{ apply func(*emulator.Config) }

// InAccount sets the AWS account, twelve digits; 111122223333 otherwise.
func InAccount(id string) Option { return Option{func(c *emulator.Config) { c.Account = id }} }

// InRegion sets the Region; us-east-1 otherwise.
func InRegion(name string) Option { return Option{func(c *emulator.Config) { c.Region = name }} }

// WithIdentityStoreID sets the identity store's id, "d-" and ten hexadecimal digits;
// it is drawn otherwise.
func WithIdentityStoreID(id string) Option { return Option{func(c *emulator.Config) { c.Store = id }} }

// SilentToken makes the first token one from before September 2024: it works, and
// CloudTrail records none of its calls. Tokens made later are recorded.
func SilentToken() Option { return Option{func(c *emulator.Config) { c.LegacyToken = true }} }

// Throttling limits the rates of calls as AWS does.
func Throttling() Option { return Option{func(c *emulator.Config) { c.Behaviour.Throttle = true }} }

// VerifySignatures refuses calls to the AWS APIs whose signature is not right.
func VerifySignatures() Option { return Option{func(c *emulator.Config) { c.VerifySignatures = true }} }

// LookupDelay is how late LookupEvents shows what was recorded, a few minutes at AWS
// and at once otherwise. [Server.Events] does not wait.
func LookupDelay(d time.Duration) Option {
	return Option{func(c *emulator.Config) { c.LookupDelay = d }}
}
