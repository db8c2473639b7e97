package identitystore

import (
	"context"
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// usual is how many users and groups the plan reckons with, since the API counts
// nothing; the time is said for them.
const usualUsers, usualGroups = 1000, 500

// Plan says what is listed and what it needs. How large a store is can't be asked,
// so the calls are those for a store of a thousand users and five hundred groups.
func (s *Source) Plan(ctx context.Context) (live.Plan, error) {
	plan := live.Plan{Source: "identitystore://" + s.o.Region + "/" + s.o.Store}
	stores, notes, err := s.find(ctx)
	plan.Notes = notes
	if err != nil {
		return plan, err
	}
	q := &s.o.Query
	for _, st := range stores {
		plan.Source = st.name()
		switch {
		case q.User != "" || q.Group != "":
			plan.What = append(plan.What, "what bears on the user and the group asked about, in "+st.where())
			plan.Calls += 8
		default:
			plan.What = append(plan.What, "users, groups and memberships of "+st.where(), "the account assignments of its groups")
			calls := 1 + usualUsers/pageSize + usualGroups/pageSize + usualGroups
			plan.Calls += calls + usualGroups
			// The two APIs are called side by side.
			plan.Duration += time.Duration(calls) * time.Second / perSecond
		}
	}
	if q.User == "" && q.Group == "" {
		plan.Notes = append(plan.Notes,
			fmt.Sprintf("The size of a store can't be asked: the figures are for %d users and %d groups of at most %d members. Each further group costs two calls; the API answers %d a second.",
				usualUsers, usualGroups, pageSize, perSecond))
	}
	plan.Notes = append(plan.Notes, "It costs nothing, and shows the store as it is now, not as it was.")
	plan.Permissions = s.permissions()
	return plan, nil
}

func (s *Source) permissions() []live.Permission {
	var out []live.Permission
	add := func(why string, actions ...string) {
		for _, action := range actions {
			out = append(out, live.Permission{Action: action, Resource: "*", Why: why, IAM: true})
		}
	}
	add("to find the instance and its identity store", "sso:ListInstances")
	switch q := &s.o.Query; {
	case q.User == "" && q.Group == "":
		add("to list the identity store", "identitystore:ListUsers", "identitystore:ListGroups", "identitystore:ListGroupMemberships")
	default:
		if q.Group != "" {
			add("to find the group", "identitystore:GetGroupId", "identitystore:DescribeGroup")
		}
		if q.User != "" {
			add("to find the user", "identitystore:GetUserId", "identitystore:DescribeUser", "identitystore:ListGroupMembershipsForMember")
		}
		if q.User != "" && q.Group != "" {
			add("to ask for a membership of a user in very many groups", "identitystore:IsMemberInGroups", "identitystore:GetGroupMembershipId", "identitystore:DescribeGroupMembership")
		} else {
			add("to list the members with their names", "identitystore:ListGroupMemberships", "identitystore:DescribeUser", "identitystore:DescribeGroup")
		}
	}
	add("to see what groups grant; without it the rest is listed all the same", "sso:ListAccountAssignmentsForPrincipal")
	for _, a := range s.o.Accesses {
		if a.Role != "" {
			out = append(out, live.Permission{Action: "sts:AssumeRole", Resource: a.Role, Why: "to look into its account", IAM: true})
		}
	}
	seen := map[string]bool{}
	unique := out[:0]
	for _, p := range out {
		if key := p.Action + " " + p.Resource; !seen[key] {
			seen[key] = true
			unique = append(unique, p)
		}
	}
	return unique
}
