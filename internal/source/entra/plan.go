package entra

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

var errNotMembers = errors.New("the answer is not a list of members")

// Plan says what Collect would read. It asks nothing.
func (s *Source) Plan(context.Context) (live.Plan, error) {
	q := s.o.Query
	from := q.Span.From
	if oldest := q.Clock().Add(-Retention); from.Before(oldest) {
		from = oldest
	}
	plan := live.Plan{
		Source: s.o.Name.String(),
		What: []string{
			"the enterprise application for IAM Identity Center, its synchronisation jobs and who is assigned to it",
			"groups and their direct members",
			fmt.Sprintf("the provisioning log from %s to %s", from.UTC().Format(time.RFC3339), q.Until().UTC().Format(time.RFC3339)),
		},
		Calls: 9, Duration: 15 * time.Second,
		Notes: []string{
			"The number of calls is the least: one more for each further 999 objects, 500 entries of the log, and for each group that is assigned to the app.",
			"It costs nothing. Provisioning logs are kept for 30 days with a Premium licence and 7 without; the newest 15 minutes are not claimed as complete.",
		},
	}
	for _, p := range [][2]string{
		{needJobs, "the state of the synchronisation jobs"},
		{needLogs, "the provisioning log"},
		{needGroups, "groups and their members"},
		{needApps, "the enterprise application and who is assigned to it"},
		{needUsers, "whether a person is active, and the names that are provisioned"},
	} {
		plan.Permissions = append(plan.Permissions, live.Permission{Action: p[0], Resource: s.o.Name.Tenant, Why: p[1]})
	}
	return plan, nil
}
