package sailpoint

import (
	"context"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Plan says what Collect would read. It asks nothing.
func (s *Source) Plan(context.Context) (live.Plan, error) {
	q := s.o.Query
	host := s.o.Name.Host
	plan := live.Plan{
		Source: s.o.Name.String(),
		Permissions: []live.Permission{
			{Action: needIdentities, Resource: host, Why: "who the person is"},
			{Action: needAccounts, Resource: host, Why: "which accounts SailPoint knows of the person"},
			{Action: needSources, Resource: host, Why: "whether the sources are healthy and may be written to"},
			{Action: needAdmin, Resource: host, Why: "requests of others, their activities, access profiles and entitlements"},
		},
		Notes: []string{
			"It costs nothing. A client may ask 100 times in 10 seconds; the reading waits when it is told to.",
			"A request for access that SailPoint thinks the person already has is dropped and not listed.",
		},
	}
	if q.User != "" || q.Group != "" {
		plan.What = []string{"the person's identity, accounts, access requests and account activities", "the entitlement of the group, or the access profile that was asked for"}
		plan.Calls, plan.Duration = 6, 5*time.Second
		return plan, nil
	}
	plan.What = []string{"all sources, identities, accounts, access profiles and entitlements", "access requests and account activities of the span"}
	plan.Calls, plan.Duration = 8, 10*time.Second
	plan.Notes = append(plan.Notes, "The number of calls is the least: one more for each further 250 entries of a list.")
	return plan, nil
}
