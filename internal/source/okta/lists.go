package okta

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

// The sizes of pages: what each list takes at most (reference 3 and 4). Groups with
// their counts come 200 at a time.
const (
	pageUsers, pageGroups, pageMembers, pageRules = 200, 200, 1000, 200
	pageAppUsers, pageAppGroups, pageMappings     = 500, 200, 1000
)

// ref builds a path with its query; values are escaped.
func ref(path string, query ...string) string {
	var b strings.Builder
	b.WriteString(path)
	for i := 0; i+1 < len(query); i += 2 {
		sep := "&"
		if i == 0 {
			sep = "?"
		}
		b.WriteString(sep + query[i] + "=" + strings.ReplaceAll(url.QueryEscape(query[i+1]), "+", "%20"))
	}
	return b.String()
}

// quoted is a string in a filter or a search expression.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func seg(s string) string { return url.PathEscape(s) }

func (r *reading) list(name string, scope upstream.Scope, doing, need, where string, kinds ...string) upstreamapi.List {
	return upstreamapi.List{
		Name: name, Scope: scope, Next: restapi.NextLink, Kinds: kinds,
		Call: restapi.Call{Doing: doing + " of " + r.name.Host, Ref: where, Need: need},
	}
}

// apps reads the apps for IAM Identity Center, or the one that is named. What hangs
// on an app is unread when they are.
func (r *reading) apps(ctx context.Context) []upstream.OktaApp {
	l := r.list(upstream.ListApps, upstream.Scope{}, "listing the apps for IAM Identity Center", scopeApps,
		ref("/api/v1/apps", "filter", "name eq "+quoted(appName), "limit", "200"), "okta-apps")
	if r.name.App != "" {
		l = r.list(upstream.ListApps, upstream.Scope{App: r.name.App}, "reading the app "+r.name.App, scopeApps, "/api/v1/apps/"+seg(r.name.App), "okta-apps")
		l.One, l.Next = true, nil
	}
	res := r.Read(ctx, l)
	if why, _ := upstreamapi.Why(res.Err); why != "" {
		for _, list := range []string{upstream.ListMappings, upstream.ListAppUsers, upstream.ListAppGroups} {
			r.Unread(list, upstream.Scope{}, "the apps could not be read ("+why+")")
		}
	}
	return res.State.Okta.Apps
}

// mappings reads the group push mappings of an app. The API cannot say that an app
// pushes no groups other than by 400 or 404 (reference 4).
func (r *reading) mappings(ctx context.Context, app string) upstreamapi.Result {
	l := r.list(upstream.ListMappings, upstream.Scope{App: app}, "listing the group push mappings of the app "+app, scopeApps+" and "+scopeGroups,
		ref("/api/v1/apps/"+seg(app)+"/group-push/mappings", "limit", fmt.Sprint(pageMappings)), "okta-group-push-mappings")
	l.Adopt = adoptApp(app)
	return r.Read(ctx, l)
}

// adoptApp names the app in entries that do not link it.
func adoptApp(app string) func(*upstream.State) {
	return func(s *upstream.State) {
		for i := range s.Okta.Mappings {
			s.Okta.Mappings[i].App = app
		}
		for i := range s.Okta.AppUsers {
			s.Okta.AppUsers[i].App = app
		}
		for i := range s.Okta.AppGroups {
			s.Okta.AppGroups[i].App = app
		}
	}
}

// appUsers reads who is assigned to an app; pages bounds it, 0 for all.
func (r *reading) appUsers(ctx context.Context, app string, pages int) upstreamapi.Result {
	l := r.list(upstream.ListAppUsers, upstream.Scope{App: app}, "listing the users of the app "+app, scopeApps,
		// expand=task is undocumented: it adds the provisioning task of unhealthy
		// assignments where Okta knows the word, and nothing elsewhere (reference 3.8).
		ref("/api/v1/apps/"+seg(app)+"/users", "limit", fmt.Sprint(pageAppUsers), "expand", "task"), "okta-app-users")
	l.Adopt, l.Pages = adoptApp(app), pages
	plain := l
	plain.Call.Ref = ref("/api/v1/apps/"+seg(app)+"/users", "limit", fmt.Sprint(pageAppUsers))
	// Only a first answer tells that the word is not taken.
	return r.ReadOr(ctx, l, plain)
}

// appUser reads one person's assignment; 404 says that there is none.
func (r *reading) appUser(ctx context.Context, app, user string) {
	l := r.list(upstream.ListAppUsers, upstream.Scope{App: app, User: user}, "reading the assignment of a user to the app "+app, scopeApps,
		"/api/v1/apps/"+seg(app)+"/users/"+seg(user), "okta-app-users")
	l.One, l.Next, l.Adopt = true, nil, adoptApp(app)
	r.Read(ctx, l)
}

func (r *reading) appGroups(ctx context.Context, app string) upstreamapi.Result {
	l := r.list(upstream.ListAppGroups, upstream.Scope{App: app}, "listing the groups of the app "+app, scopeApps,
		ref("/api/v1/apps/"+seg(app)+"/groups", "limit", fmt.Sprint(pageAppGroups)), "okta-app-groups")
	l.Adopt = adoptApp(app)
	return r.Read(ctx, l)
}

// appGroup asks whether a group is assigned to an app.
func (r *reading) appGroup(ctx context.Context, app, group string) {
	l := r.list(upstream.ListAppGroups, upstream.Scope{App: app, Group: group}, "asking whether a group is assigned to the app "+app, scopeApps,
		"/api/v1/apps/"+seg(app)+"/groups/"+seg(group), "okta-app-groups")
	l.One, l.Next, l.Adopt = true, nil, adoptApp(app)
	r.Read(ctx, l)
}

// members reads who is in a group.
func (r *reading) members(ctx context.Context, group string) []upstream.OktaUser {
	l := r.list(upstream.ListMembers, upstream.Scope{Group: group}, "listing the members of the group "+group, scopeGroups,
		ref("/api/v1/groups/"+seg(group)+"/users", "limit", fmt.Sprint(pageMembers)), "okta-users")
	l.Adopt = func(s *upstream.State) {
		for _, u := range s.Okta.Users {
			s.Okta.Members = append(s.Okta.Members, upstream.OktaMember{Group: group, User: u.ID, Login: u.Profile.Login})
		}
	}
	res := r.Read(ctx, l)
	if res.Whole {
		r.Add(upstream.State{Okta: upstream.OktaState{MembersOf: []string{group}}})
	}
	return res.State.Okta.Users
}

// groupsOf reads which groups a person is in. The answer is not paged
// (reference 3.1).
func (r *reading) groupsOf(ctx context.Context, user upstream.OktaUser) []upstream.OktaGroup {
	l := r.list(upstream.ListMembers, upstream.Scope{User: user.ID}, "listing the groups of a user", scopeUsers,
		"/api/v1/users/"+seg(user.ID)+"/groups", "okta-groups")
	l.Adopt = func(s *upstream.State) {
		for _, g := range s.Okta.Groups {
			s.Okta.Members = append(s.Okta.Members, upstream.OktaMember{Group: g.ID, User: user.ID, Login: user.Profile.Login})
		}
	}
	return r.Read(ctx, l).State.Okta.Groups
}

func (r *reading) rules(ctx context.Context, pages int) {
	l := r.list(upstream.ListRules, upstream.Scope{}, "listing the group rules", scopeGroups,
		ref("/api/v1/groups/rules", "limit", fmt.Sprint(pageRules)), "okta-group-rules")
	l.Pages = pages
	r.Read(ctx, l)
}
