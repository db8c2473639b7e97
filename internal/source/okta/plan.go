package okta

import (
	"context"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Plan says what Collect would read. It asks nothing: how many pages the lists have
// shows only when they are read.
func (s *Source) Plan(context.Context) (live.Plan, error) {
	q := s.o.Query
	plan := live.Plan{
		Source: s.o.Name.String(),
		Permissions: []live.Permission{
			{Action: scopeUsers, Resource: s.o.Name.Host, Why: "users, and the groups of one"},
			{Action: scopeGroups, Resource: s.o.Name.Host, Why: "groups, their members, group rules, push mappings"},
			{Action: scopeApps, Resource: s.o.Name.Host, Why: "the app for IAM Identity Center, its users and groups, push mappings"},
			{Action: scopeLogs, Resource: s.o.Name.Host, Why: "the System Log"},
			{Action: "the role READ_ONLY_ADMIN", Resource: s.o.Name.Host, Why: "a token sees what its administrator's role may see; a role for some groups or apps only makes lists shorter without a word"},
		},
	}
	from := q.Span.From
	if oldest := q.Clock().Add(-Retention); from.Before(oldest) {
		from = oldest
	}
	span := fmt.Sprintf("from %s to %s", from.UTC().Format(time.RFC3339), q.Until().UTC().Format(time.RFC3339))
	if q.User != "" || q.Group != "" {
		plan.What = []string{
			"the apps for IAM Identity Center and their group push mappings",
			"what bears on the person or group that is asked for: status, members, assignment to the app",
			"the System Log of them, " + span,
		}
		plan.Calls, plan.Duration = 12, 10*time.Second
		plan.Notes = append(plan.Notes, "The number of calls is the usual most for a group of 200 members and one app.")
	} else {
		windows := max(1, int(q.Until().Sub(from)/logWindow)+1)
		plan.What = []string{
			"all users, groups and group rules",
			"the apps for IAM Identity Center with their users, groups and group push mappings",
			"the members of the groups that are pushed or assigned to such an app",
			"the System Log of provisioning, memberships and life cycles, " + span,
		}
		plan.Calls = 8 + windows
		plan.Duration = time.Duration(plan.Calls) * time.Second
		plan.Notes = append(plan.Notes, "The number of calls is the least: one more for each further 200 users or groups, 500 users of the app, 1,000 events, and for each group that is pushed.")
	}
	plan.Notes = append(plan.Notes,
		"It costs nothing. A token uses at most half of Okta's rate limits, and the reading waits when less than a tenth of one is left.",
		"The System Log keeps 90 days; its newest 10 minutes are not claimed as complete.",
		"The SCIM address and token of the app cannot be read, nor whether memberships are pushed at once.")
	return plan, nil
}
