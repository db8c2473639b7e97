package okta

import (
	"context"
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// everything reads whole lists: of the organisation, of each app for IAM Identity
// Center, and the members of the groups that are pushed or assigned to one.
func (r *reading) everything(ctx context.Context) {
	apps := r.apps(ctx)
	r.Read(ctx, r.list(upstream.ListGroups, upstream.Scope{}, "listing the groups", scopeGroups,
		ref("/api/v1/groups", "limit", fmt.Sprint(pageGroups), "expand", "stats"), "okta-groups"))
	r.users(ctx)
	r.rules(ctx, 0)
	var matter []string
	for _, app := range apps {
		r.appUsers(ctx, app.ID, 0)
		for _, g := range r.appGroups(ctx, app.ID).State.Okta.AppGroups {
			matter = append(matter, g.ID)
		}
		for _, m := range r.mappings(ctx, app.ID).State.Okta.Mappings {
			matter = append(matter, m.SourceGroupID)
		}
	}
	slices.Sort(matter)
	matter = slices.DeleteFunc(slices.Compact(matter), func(id string) bool { return id == "" })
	for _, group := range matter {
		r.members(ctx, group)
	}
	r.log(ctx, logQuery{filter: everyFilter, scopes: []upstream.Scope{{}}, window: logWindow})
}

// users reads all users. Those who left are in no list but that of their status
// (reference 3.1), and both are the list.
func (r *reading) users(ctx context.Context) {
	present := r.list(upstream.ListUsers, upstream.Scope{}, "listing the users", scopeUsers, ref("/api/v1/users", "limit", fmt.Sprint(pageUsers)), "okta-users")
	left := r.list(upstream.ListUsers, upstream.Scope{}, "listing the deactivated users", scopeUsers,
		ref("/api/v1/users", "filter", `status eq "DEPROVISIONED"`, "limit", fmt.Sprint(pageUsers)), "okta-users")
	r.ReadBoth(ctx, present, left)
}

// place reports whether an app is of the place that the query names: its entity id
// names the Region (reference 3.4). One that names none may be.
func place(app upstream.OktaApp, want casefile.Place) bool {
	region := regionOf(app)
	return want.Region == "" || region == "" || region == want.Region
}
