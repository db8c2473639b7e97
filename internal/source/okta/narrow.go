package okta

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

// fewPages bounds the list of an app's users when one person is asked for: the
// person's own assignment is read by itself, and the rest only shows whether the
// trouble is everybody's.
const fewPages = 2

// narrow reads what bears on one person, one group, or both: the steps 2 to 9 of
// okta-sailpoint reference 15.
func (r *reading) narrow(ctx context.Context) {
	apps := r.apps(ctx)
	groups := r.findGroups(ctx)
	user, absent := r.findUser(ctx)
	found := absent == ""
	// The mappings show which of several apps is the one of this group.
	mapped := map[string]bool{}
	for _, app := range r.near(apps) {
		for _, m := range r.mappings(ctx, app.ID).State.Okta.Mappings {
			if slices.ContainsFunc(groups, func(g upstream.OktaGroup) bool { return g.ID == m.SourceGroupID || g.ID == m.TargetGroupID }) {
				mapped[app.ID] = true
			}
		}
	}
	chosen := r.near(apps)
	if len(mapped) > 0 {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(a upstream.OktaApp) bool { return !mapped[a.ID] })
	}
	in := false // the person is in a group of this name
	for _, g := range groups {
		if shadow(g, apps) {
			continue // what Okta made for the app: nobody edits it
		}
		for _, app := range chosen {
			r.appGroup(ctx, app.ID, g.ID)
		}
		members := r.members(ctx, g.ID)
		in = in || slices.ContainsFunc(members, func(u upstream.OktaUser) bool { return u.ID == user.ID })
	}
	for _, app := range chosen {
		r.assignments(ctx, app.ID, user, absent)
	}
	if found && r.q.User != "" && r.q.Group == "" {
		r.groupsOf(ctx, user)
	}
	switch {
	case r.q.Group == "":
		r.LeaveOut(upstream.ListRules, upstream.Scope{}, "rules were not asked for: no group was named")
	case found && in:
		r.LeaveOut(upstream.ListRules, upstream.Scope{}, "rules were not asked for: the person is in the group")
	default:
		r.rules(ctx, 1) // a rule may be why somebody is missing from it
	}
	r.log(ctx, r.narrowLog(chosen, groups, user))
}

// assignments reads who is assigned to an app, and surely whether the person is.
func (r *reading) assignments(ctx context.Context, app string, user upstream.OktaUser, absent string) {
	switch {
	case r.q.User == "":
		r.appUsers(ctx, app, 0)
	case absent != "" && r.q.Group == "":
		r.Unread(upstream.ListAppUsers, upstream.Scope{App: app, User: r.q.User}, absent+", so no assignment could be asked for")
	case absent != "":
		r.Unread(upstream.ListAppUsers, upstream.Scope{App: app, User: r.q.User}, absent+", so no assignment could be asked for")
		r.appUsers(ctx, app, fewPages)
	case r.q.Group == "":
		r.appUser(ctx, app, user.ID)
	default:
		res := r.appUsers(ctx, app, fewPages)
		listed := slices.ContainsFunc(res.State.Okta.AppUsers, func(u upstream.OktaAppUser) bool { return u.ID == user.ID })
		if !res.Whole && !listed {
			r.appUser(ctx, app, user.ID)
		}
	}
}

// findGroups returns the groups of the name that is asked for: there may be several
// of different types (reference 3.2).
func (r *reading) findGroups(ctx context.Context) []upstream.OktaGroup {
	name := r.q.Group
	if name == "" {
		return nil
	}
	search := "profile.name eq " + quoted(name)
	if strings.HasPrefix(name, "00g") && appForm.MatchString(name) {
		search = "id eq " + quoted(name)
	}
	l := r.list(upstream.ListGroups, upstream.Scope{Group: name}, "searching for the group", scopeGroups,
		ref("/api/v1/groups", "search", search, "limit", "50", "expand", "stats"), "okta-groups")
	res := r.Read(ctx, l)
	if why, _ := upstreamapi.Why(res.Err); why != "" {
		r.Unread(upstream.ListMembers, upstream.Scope{}, "the group could not be looked up ("+why+")")
	}
	return res.State.Okta.Groups
}

// findUser returns the person who is asked for, by id or login, or by the e-mail
// address; absent says why there is none. It is "" as well when nobody is asked for.
func (r *reading) findUser(ctx context.Context) (user upstream.OktaUser, absent string) {
	name := r.q.User
	if name == "" {
		return user, ""
	}
	scope := upstream.Scope{User: name}
	l := r.list(upstream.ListUsers, scope, "reading the user", scopeUsers, "/api/v1/users/"+seg(name), "okta-users")
	l.One, l.Next = true, nil
	if !strings.Contains(name, "@") {
		return one(r.Read(ctx, l))
	}
	res := r.Try(ctx, l)
	if res.Err == nil && len(res.State.Okta.Users) == 0 { // no login: perhaps the address of another login
		return one(r.Read(ctx, r.list(upstream.ListUsers, scope, "searching for the user", scopeUsers,
			ref("/api/v1/users", "search", "profile.email eq "+quoted(name), "limit", "10"), "okta-users")))
	}
	why, permission := upstreamapi.Why(res.Err)
	r.Fail(res.Err)
	r.Note(upstream.Reach{List: upstream.ListUsers, Scope: scope, Whole: res.Whole, Failed: why, Permission: permission})
	return one(res)
}

// one returns the user when there is exactly one.
func one(res upstreamapi.Result) (user upstream.OktaUser, absent string) {
	switch list := res.State.Okta.Users; {
	case len(list) == 1:
		return list[0], ""
	case res.Err != nil:
		why, _ := upstreamapi.Why(res.Err)
		return user, "the person could not be looked up (" + why + ")"
	case len(list) > 1:
		return user, "several users of Okta have that address"
	}
	return user, "Okta shows no user of that name"
}

// near returns the apps of the Region that the query names, those that are active
// first; the others' mappings are not asked for.
func (r *reading) near(apps []upstream.OktaApp) []upstream.OktaApp {
	var out []upstream.OktaApp
	for _, a := range apps {
		if place(a, r.q.Place) {
			out = append(out, a)
		} else {
			r.LeaveOut(upstream.ListMappings, upstream.Scope{App: a.ID}, "the app is for another Region than the one asked for")
		}
	}
	if len(out) == 0 {
		return apps // a wrong Region is a finding, and none of them a reason to look away
	}
	return out
}

// shadow reports whether a group is the one that Okta keeps of a pushed group: it is
// sourced from an AWS app.
func shadow(g upstream.OktaGroup, apps []upstream.OktaApp) bool {
	return g.Type == "APP_GROUP" && slices.ContainsFunc(apps, func(a upstream.OktaApp) bool { return a.ID == g.Source })
}

// regionOf returns the Region in an app's entity id or ACS URL, "" for none.
func regionOf(app upstream.OktaApp) string {
	for _, raw := range []string{app.Settings.App.EntityID, app.Settings.App.ACSURL} {
		if u, err := url.Parse(raw); err == nil {
			if region, _, ok := strings.Cut(u.Hostname(), ".signin."); ok {
				return region
			}
		}
	}
	return ""
}
