package idcentertest

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// Faults is what goes wrong with SCIM and AWS calls. The zero Faults is nothing.
type Faults struct {
	// Throttled and Failing are the shares of calls, 0 to 1, that are answered with
	// 429 and 500. They change nothing, and are recorded as the failures they are.
	Throttled, Failing float64
	// RetryAfter is what throttled calls are told in Retry-After; a second at least.
	RetryAfter time.Duration
	// Latency is how long every call is held back before it is served.
	Latency time.Duration
}

// SetFaults makes the faults hold from now on, in place of those that did. A share of
// 1 makes every call fail, so that a test has no luck in it.
func (s *Server) SetFaults(f Faults) {
	s.t.Helper()
	shares := map[string]float64{"rate429": f.Throttled, "rate500": f.Failing}
	delays := map[string]time.Duration{"latency": f.Latency, "retry-after": f.RetryAfter}
	err := s.e.SetFaults(emulator.FaultsOf(
		func(name string) (float64, bool) { v, ok := shares[name]; return v, ok },
		func(name string) (time.Duration, bool) { v, ok := delays[name]; return v, ok },
	))
	if err != nil {
		s.t.Fatalf("setting faults: %v", err)
	}
}
