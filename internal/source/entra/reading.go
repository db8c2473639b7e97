package entra

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/restapi"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/upstreamapi"
)

// reading is one Collect.
type reading struct {
	upstreamapi.Reading
	name Name
	q    live.Query
}

// What is asked of each object, so that an answer is what package upstream knows.
const (
	userFields  = "id,userPrincipalName,mail,displayName,givenName,surname,userType,accountEnabled,createdDateTime"
	groupFields = "id,displayName,description,groupTypes,membershipRule,membershipRuleProcessingState,securityEnabled,onPremisesSyncEnabled,createdDateTime"
	appFields   = "id,appId,displayName,applicationTemplateId,accountEnabled,appRoleAssignmentRequired,createdDateTime,servicePrincipalType"
)

func (r *reading) list(name string, scope upstream.Scope, doing, need, path string, query url.Values, kinds ...string) upstreamapi.List {
	where := "/v1.0" + path
	if len(query) > 0 {
		where += "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	}
	return upstreamapi.List{
		Name: name, Scope: scope, Next: nextLink, Kinds: kinds,
		Call: restapi.Call{Doing: doing + " of " + r.name.Tenant, Ref: where, Need: need},
	}
}

// nextLink is the page after an answer of Graph.
func nextLink(a *restapi.Answer) string {
	var page struct {
		Next string `json:"@odata.nextLink"`
	}
	_ = json.Unmarshal(a.Body, &page) // the body was found to be JSON
	return page.Next
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func odata(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return q
}

func (r *reading) read(ctx context.Context) {
	apps := r.apps(ctx)
	jobs := map[string][]upstream.EntraJob{}
	var assigned []upstream.EntraAppRole
	if len(apps) == 0 && r.Stopped() == nil {
		for _, list := range []string{upstream.ListJobs, upstream.ListAppRoles, upstream.ListLog} {
			r.Unread(list, upstream.Scope{}, "the enterprise application was not found")
		}
	}
	for _, app := range apps {
		jobs[app.ID] = r.Read(ctx, r.list(upstream.ListJobs, upstream.Scope{App: app.ID}, "listing the synchronisation jobs of "+app.ID, needJobs,
			"/servicePrincipals/"+url.PathEscape(app.ID)+"/synchronization/jobs", nil, "entra-synchronization-jobs")).State.Entra.Jobs
		assigned = append(assigned, r.Read(ctx, r.list(upstream.ListAppRoles, upstream.Scope{App: app.ID}, "listing who is assigned to "+app.ID, needApps,
			"/servicePrincipals/"+url.PathEscape(app.ID)+"/appRoleAssignedTo", odata("$top", "999"), "entra-app-role-assignments")).State.Entra.AppRoles...)
	}
	user, known := r.user(ctx)
	nested := false
	for _, group := range r.groups(ctx, assigned) {
		nested = r.members(ctx, group) || nested
	}
	if known && (r.q.Group == "" || nested) {
		r.groupsOf(ctx, user)
	}
	for _, app := range apps {
		if len(jobs[app.ID]) == 0 {
			r.Unread(upstream.ListLog, upstream.Scope{App: app.ID}, "there is no synchronisation job whose log could be read")
		}
		for _, job := range jobs[app.ID] {
			r.log(ctx, app.ID, job, user)
		}
	}
}

// apps finds the enterprise application of AWS IAM Identity Center: the one that is
// named, or those that bear its name in the gallery.
func (r *reading) apps(ctx context.Context) []upstream.EntraApp {
	if r.name.App != "" {
		l := r.list(upstream.ListApps, upstream.Scope{App: r.name.App}, "reading the app", needApps, "/servicePrincipals/"+url.PathEscape(r.name.App), odata("$select", appFields), "entra-apps")
		l.One = true
		return r.Read(ctx, l).State.Entra.Apps
	}
	// An organisation renames its app; the older name of the product is common still.
	filter := "displayName eq " + quoted(appLabel) + " or startswith(displayName,'AWS') or startswith(displayName,'Amazon Web Services')"
	l := r.list(upstream.ListApps, upstream.Scope{}, "searching for the app", needApps, "/servicePrincipals", odata("$filter", filter, "$select", appFields, "$top", "100", "$count", "true"), "entra-apps")
	res := r.Try(ctx, l)
	apps := res.State.Entra.Apps
	if slices.ContainsFunc(apps, func(a upstream.EntraApp) bool { return a.DisplayName == appLabel }) {
		apps = slices.DeleteFunc(slices.Clone(apps), func(a upstream.EntraApp) bool { return a.DisplayName != appLabel })
	}
	r.Fail(res.Err)
	if why, permission := upstreamapi.Why(res.Err); why != "" || len(apps) == 0 {
		if why == "" {
			why = "no enterprise application is named like " + appLabel + "; name it by its object id: entra://" + r.name.Tenant + "/ID"
		}
		r.Note(upstream.Reach{List: upstream.ListApps, Failed: why, Permission: permission})
		return apps
	}
	for _, a := range apps {
		r.Note(upstream.Reach{List: upstream.ListApps, Scope: upstream.Scope{App: a.ID}, Whole: true})
	}
	return apps
}

// groups returns the ids of the groups whose members are to be read: the one that is
// asked for, or those that are assigned to the app.
func (r *reading) groups(ctx context.Context, assigned []upstream.EntraAppRole) []string {
	if name := r.q.Group; name != "" {
		if idForm.MatchString(name) {
			l := r.list(upstream.ListGroups, upstream.Scope{Group: name}, "reading the group", needGroups, "/groups/"+url.PathEscape(name), odata("$select", groupFields), "entra-groups")
			l.One = true
			return idsOf(r.Read(ctx, l).State.Entra.Groups)
		}
		return idsOf(r.Read(ctx, r.list(upstream.ListGroups, upstream.Scope{Group: name}, "searching for the group", needGroups, "/groups",
			odata("$filter", "displayName eq "+quoted(name), "$select", groupFields, "$count", "true"), "entra-groups")).State.Entra.Groups)
	}
	if r.q.User != "" {
		return nil
	}
	r.Read(ctx, r.list(upstream.ListGroups, upstream.Scope{}, "listing the groups", needGroups, "/groups", odata("$select", groupFields, "$top", "999"), "entra-groups"))
	var ids []string
	for _, a := range assigned {
		if a.PrincipalType == "Group" {
			ids = append(ids, a.PrincipalID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func idsOf(groups []upstream.EntraGroup) []string {
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	return ids
}

// members reads the direct members of a group: only they are provisioned with it
// (reference 11). Those of a nested group are not asked for. It reports whether
// there is one: then the groups of the person who is asked for tell the rest.
func (r *reading) members(ctx context.Context, group string) (nested bool) {
	l := r.list(upstream.ListMembers, upstream.Scope{Group: group}, "listing the members of the group "+group, needGroups,
		"/groups/"+url.PathEscape(group)+"/members", odata("$select", "id,displayName,userPrincipalName", "$top", "999"))
	l.Decode = func(body []byte) (upstream.State, int, int, error) {
		var page struct {
			Value []upstream.EntraPrincipal `json:"value"`
		}
		if err := json.Unmarshal(body, &page); err != nil || page.Value == nil {
			return upstream.State{}, 0, 0, errNotMembers
		}
		var s upstream.State
		lost := 0
		for _, p := range page.Value {
			if p.ID == "" {
				lost++
				continue
			}
			s.Entra.Members = append(s.Entra.Members, p.In(group))
		}
		return s, len(s.Entra.Members), lost, nil
	}
	res := r.Read(ctx, l)
	if res.Whole {
		r.Add(upstream.State{Entra: upstream.EntraState{MembersOf: []string{group}}})
	}
	return slices.ContainsFunc(res.State.Entra.Members, func(m upstream.EntraMember) bool { return m.Type == "group" })
}

// user reads the person who is asked for, by id, user principal name or address;
// without one, all users.
func (r *reading) user(ctx context.Context) (upstream.EntraUser, bool) {
	name := r.q.User
	if name == "" {
		if r.q.Group == "" {
			r.Read(ctx, r.list(upstream.ListUsers, upstream.Scope{}, "listing the users", needUsers, "/users", odata("$select", userFields, "$top", "999"), "entra-users"))
		}
		return upstream.EntraUser{}, false
	}
	filter := "userPrincipalName eq " + quoted(name) + " or mail eq " + quoted(name)
	if idForm.MatchString(name) {
		filter = "id eq " + quoted(name)
	}
	list := r.Read(ctx, r.list(upstream.ListUsers, upstream.Scope{User: name}, "searching for the user", needUsers, "/users",
		odata("$filter", filter, "$select", userFields, "$count", "true"), "entra-users")).State.Entra.Users
	if len(list) != 1 {
		return upstream.EntraUser{}, false
	}
	return list[0], true
}

// groupsOf reads which groups a person is directly in.
func (r *reading) groupsOf(ctx context.Context, user upstream.EntraUser) {
	l := r.list(upstream.ListMembers, upstream.Scope{User: user.ID}, "listing the groups of a user", needGroups,
		"/users/"+url.PathEscape(user.ID)+"/memberOf/microsoft.graph.group", odata("$select", groupFields, "$top", "999", "$count", "true"), "entra-groups")
	l.Adopt = func(s *upstream.State) {
		for _, g := range s.Entra.Groups {
			s.Entra.Members = append(s.Entra.Members, upstream.EntraMember{Group: g.ID, ID: user.ID, Type: "user", Name: user.UserPrincipalName})
		}
	}
	r.Read(ctx, l)
}

// log reads the provisioning log of an app's job over the span. With a group in the
// query all of the job's log is read: the people of the group bear on it too.
func (r *reading) log(ctx context.Context, app string, job upstream.EntraJob, user upstream.EntraUser) {
	now := r.q.Clock()
	from, until := r.q.Span.From, r.q.Until()
	if oldest := now.Add(-Retention); from.Before(oldest) {
		from = oldest
	}
	filter := "activityDateTime ge " + from.UTC().Format(time.RFC3339) + " and activityDateTime le " + until.UTC().Format(time.RFC3339) + " and jobId eq " + quoted(job.ID)
	scope := upstream.Scope{App: app}
	if user.ID != "" && r.q.Group == "" {
		filter += " and sourceIdentity/id eq " + quoted(user.ID)
		scope.User = user.ID
	}
	l := r.list(upstream.ListLog, scope, "reading the provisioning log", needLogs, "/auditLogs/provisioning", odata("$filter", filter, "$top", "500"), "entra-provisioning-log")
	res := r.Try(ctx, l)
	r.Fail(res.Err)
	reach := upstream.Reach{List: upstream.ListLog, Scope: scope, Whole: res.Whole, From: sure(from, now, res.State.Entra.Provisioning), To: until}
	reach.Failed, reach.Permission = upstreamapi.Why(res.Err)
	if newest := now.Add(-Lag); reach.To.After(newest) {
		reach.To = newest
	}
	r.Note(reach)
}

// sure is since when the log is surely there: without a Premium licence it is kept
// for a week, which no answer says; an older entry shows that it is kept longer.
func sure(from, now time.Time, entries []upstream.EntraProvisioning) time.Time {
	kept := now.Add(-leastRetention)
	if len(entries) > 0 && entries[0].ActivityDateTime.Before(kept) {
		kept = entries[0].ActivityDateTime
	}
	if from.After(kept) {
		return from
	}
	return kept
}
