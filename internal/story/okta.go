package story

import (
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// The lines of an okta section become what Okta's API prints (okta-sailpoint
// reference 3 to 5).

const awsApp = "aws" // the alias of the AWS app unless a line says otherwise

func (s *Story) oktaApp(p *provider, r *reader) error {
	alias := awsApp
	if r.more() && r.peek() != "features" && r.peek() != "status" && r.peek() != "kind" && r.peek() != "store" && r.peek() != "region" && r.peek() != "changed" {
		alias, _ = r.next("the app")
	}
	status, kind, label := "ACTIVE", "amazon_aws_sso", "AWS IAM Identity Center"
	features := "GROUP_PUSH,PUSH_NEW_USERS,PUSH_PROFILE_UPDATES,PUSH_USER_DEACTIVATION,REACTIVATE_USERS"
	region, store, changed := s.cast.region, s.cast.store, ""
	if err := r.options(map[string]*string{"status": &status, "kind": &kind, "label": &label, "features": &features, "region": &region, "store": &store, "changed": &changed}, nil); err != nil {
		return err
	}
	var at time.Time
	if err := r.times(map[string]*string{"t": &changed}, map[string]*time.Time{"t": &at}); err != nil {
		return err
	}
	o := map[string]any{"id": p.id("app", alias), "name": kind, "label": label, "status": status, "signOnMode": "SAML_2_0", "lastUpdated": at,
		"credentials": map[string]any{"userNameTemplate": map[string]any{"template": "${source.login}", "type": "BUILT_IN"}},
		"settings": map[string]any{"app": map[string]any{
			"acsURL":   "https://" + region + ".signin.aws.amazon.com/platform/saml/acs/example",
			"entityID": "https://" + region + ".signin.aws.amazon.com/platform/saml/" + store}}}
	switch features {
	case "none":
		o["features"] = []string{}
	case "unstated":
	default:
		o["features"] = strings.Split(features, ",")
	}
	p.add("apps", o)
	return nil
}

func (s *Story) oktaUser(p *provider, r *reader) error {
	alias, err := r.next("the user")
	if err != nil {
		return err
	}
	status, err := r.next("the status")
	if err != nil {
		return err
	}
	login, first, last, changed := s.login(alias), "", "Example", ""
	email := ""
	if err := r.options(map[string]*string{"login": &login, "email": &email, "first": &first, "last": &last, "changed": &changed}, nil); err != nil {
		return err
	}
	if first == "" {
		first, _, _ = strings.Cut(alias, "@")
	}
	if first == "(empty)" {
		first = ""
	}
	if last == "(empty)" {
		last = ""
	}
	if email == "" {
		email = login
	}
	var at time.Time
	if err := r.times(map[string]*string{"t": &changed}, map[string]*time.Time{"t": &at}); err != nil {
		return err
	}
	p.add("users", map[string]any{"id": p.id("user", alias), "status": status, "statusChanged": at, "lastUpdated": at,
		"profile":     map[string]any{"login": login, "email": email, "firstName": first, "lastName": last},
		"credentials": map[string]any{"provider": map[string]any{"type": "OKTA", "name": "OKTA"}}})
	return nil
}

func (s *Story) oktaGroup(p *provider, r *reader) error {
	alias, err := r.next("the group")
	if err != nil {
		return err
	}
	name := s.groupName(alias)
	if r.more() && r.words[r.at].quoted {
		name, _ = r.next("the name")
	}
	kind, created, changed, from, pushes, members := "OKTA_GROUP", "", "", "", "", ""
	if err := r.options(map[string]*string{"type": &kind, "created": &created, "changed": &changed, "from": &from, "pushes": &pushes, "members": &members}, nil); err != nil {
		return err
	}
	var made, at time.Time
	if err := r.times(map[string]*string{"c": &created, "t": &changed}, map[string]*time.Time{"c": &made, "t": &at}); err != nil {
		return err
	}
	o := map[string]any{"id": p.id("group", alias), "type": kind, "objectClass": []string{"okta:user_group"}, "created": made, "lastMembershipUpdated": at,
		"profile": map[string]any{"name": name}}
	if from != "" {
		o["_links"] = map[string]any{"source": href("apps", p.id("app", from))}
	}
	if pushes != "" || members != "" {
		o["_embedded"] = map[string]any{"stats": map[string]any{"usersCount": members, "groupPushMappingsCount": pushes}}
	}
	p.add("groups", o)
	return nil
}

func href(list, id string) map[string]any {
	return map[string]any{"href": "https://okta.example.com/api/v1/" + list + "/" + id}
}

// oktaMembers reads "GROUP: NAME, NAME", or with some after it a list that is
// not whole.
func (s *Story) oktaMembers(p *provider, r *reader) error {
	some := r.take("some")
	alias, err := r.next("the group")
	if err != nil {
		return err
	}
	group := p.id("group", strings.TrimSuffix(alias, ":"))
	users := []map[string]any{}
	for _, name := range s.people(r) {
		if some {
			p.partly = append(p.partly, upstream.OktaMember{Group: group, User: p.id("user", name), Login: s.login(name)})
			continue
		}
		users = append(users, map[string]any{"id": p.id("user", name), "profile": map[string]any{"login": s.login(name)}})
	}
	if !some {
		p.add("group-members", map[string]any{"groupId": group, "users": users})
	}
	return nil
}

// oktaAssigned reads "NAME [to APP] STATUS SYNCSTATE [external own|ID] ...".
func (s *Story) oktaAssigned(p *provider, r *reader) error {
	who, err := r.next("the user")
	if err != nil {
		return err
	}
	app := awsApp
	if r.take("to") {
		if app, err = r.next("the app"); err != nil {
			return err
		}
	}
	status, err := r.next("the status")
	if err != nil {
		return err
	}
	sync, err := r.next("the sync state")
	if err != nil {
		return err
	}
	external, through, synced, changed, named, task, problem, created := "", "", "", "", "", "", "", ""
	if err := r.options(map[string]*string{"external": &external, "through": &through, "synced": &synced, "changed": &changed, "named": &named,
		"task": &task, "error": &problem, "created": &created}, nil); err != nil {
		return err
	}
	var syncedAt, changedAt, createdAt time.Time
	if err := r.times(map[string]*string{"s": &synced, "t": &changed, "c": &created}, map[string]*time.Time{"s": &syncedAt, "t": &changedAt, "c": &createdAt}); err != nil {
		return err
	}
	names := []string{who}
	if crowd := s.cast.crowd(who); crowd != nil {
		names = nil
		for _, u := range crowd {
			names = append(names, u.alias)
		}
	}
	for _, alias := range names {
		id := external
		if u := find(s.cast.users, alias); external == "own" && u != nil {
			id = u.id
		} else if other := find(s.cast.users, external); other != nil {
			id = other.id
		}
		name := named
		if name == "" {
			name = s.login(alias)
		}
		o := map[string]any{"id": p.id("user", alias), "externalId": id, "scope": "USER", "status": status, "syncState": sync, "created": createdAt,
			"lastSync": syncedAt, "lastUpdated": changedAt, "credentials": map[string]any{"userName": name}}
		links := map[string]any{"app": href("apps", p.id("app", app))}
		if through != "" {
			o["scope"], links["group"] = "GROUP", href("groups", p.id("group", through))
		}
		o["_links"] = links
		if task != "" {
			o["_embedded"] = map[string]any{"task": map[string]any{"id": "aat1", "status": task, "errorString": problem, "lastUpdate": changedAt.UTC().Format("2006-01-02 15:04:05.0")}}
		}
		p.add("app-users", o)
	}
	return nil
}

// oktaAssigns reads "GROUP [to APP]".
func (s *Story) oktaAssigns(p *provider, r *reader) error {
	group, err := r.next("the group")
	if err != nil {
		return err
	}
	app := awsApp
	if r.take("to") {
		if app, err = r.next("the app"); err != nil {
			return err
		}
	}
	p.add("app-groups", map[string]any{"id": p.id("group", group), "priority": 0, "_links": map[string]any{"app": href("apps", p.id("app", app))}})
	return nil
}

// oktaMapping reads "GROUP STATUS [of APP] [target GROUP] [pushed T] ... [error WHY]".
func (s *Story) oktaMapping(p *provider, r *reader) error {
	group, err := r.next("the group")
	if err != nil {
		return err
	}
	status, err := r.next("the status")
	if err != nil {
		return err
	}
	app, target, pushed, created, changed, problem := awsApp, group+"-target", "", "", "", ""
	if err := r.options(map[string]*string{"of": &app, "target": &target, "pushed": &pushed, "created": &created, "changed": &changed, "error": &problem}, nil); err != nil {
		return err
	}
	var pushedAt, createdAt, changedAt time.Time
	if err := r.times(map[string]*string{"p": &pushed, "c": &created, "t": &changed}, map[string]*time.Time{"p": &pushedAt, "c": &createdAt, "t": &changedAt}); err != nil {
		return err
	}
	p.add("group-push-mappings", map[string]any{"id": p.id("mapping", group+app), "status": status, "sourceGroupId": p.id("group", group), "targetGroupId": p.id("group", target),
		"created": createdAt, "lastPush": pushedAt, "lastUpdated": changedAt, "errorSummary": problem, "_links": map[string]any{"app": href("apps", p.id("app", app))}})
	return nil
}

// oktaRule reads "NAME STATUS fills GROUP [excludes USER]".
func (s *Story) oktaRule(p *provider, r *reader) error {
	name, err := r.next("the rule")
	if err != nil {
		return err
	}
	status, err := r.next("the status")
	if err != nil {
		return err
	}
	var fills, excludes string
	if err := r.options(map[string]*string{"fills": &fills, "excludes": &excludes}, nil); err != nil {
		return err
	}
	exclude := []string{}
	if excludes != "" {
		exclude = append(exclude, p.id("user", excludes))
	}
	p.add("group-rules", map[string]any{"id": p.id("rule", name), "name": name, "status": status,
		"conditions": map[string]any{"people": map[string]any{"users": map[string]any{"exclude": exclude}}},
		"actions":    map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{p.id("group", fills)}}}})
	return nil
}

// oktaLog reads "TIME TYPE RESULT [REASON] [by WHO] [user U] [group G] [app A] [mapping G]".
func (s *Story) oktaLog(p *provider, r *reader) error {
	at, err := r.time("the time")
	if err != nil {
		return err
	}
	kind, err := r.next("the event type")
	if err != nil {
		return err
	}
	result, err := r.next("the result")
	if err != nil {
		return err
	}
	reason := ""
	if r.more() && r.words[r.at].quoted {
		reason, _ = r.next("the reason")
	}
	by, user, group, app, mapping := "system@okta.com", "", "", "", ""
	if err := r.options(map[string]*string{"by": &by, "user": &user, "group": &group, "app": &app, "mapping": &mapping}, nil); err != nil {
		return err
	}
	targets := []map[string]any{}
	if app != "" {
		targets = append(targets, map[string]any{"id": p.id("app", app), "type": "AppInstance", "displayName": "AWS IAM Identity Center"})
	}
	if group != "" {
		targets = append(targets, map[string]any{"id": p.id("group", group), "type": "UserGroup", "displayName": s.groupName(group)})
	}
	if mapping != "" {
		targets = append(targets, map[string]any{"id": p.id("mapping", mapping+awsApp), "type": "GroupPushMapping"})
	}
	if user != "" {
		targets = append(targets, map[string]any{"id": p.id("user", user), "type": "User", "alternateId": s.login(user), "displayName": user})
	}
	p.add("system-log", map[string]any{"uuid": eventID("okta", r.words[1].text, kind, user, group, reason), "published": at, "eventType": kind, "severity": "INFO",
		"actor":   map[string]any{"id": p.id("user", by), "type": "User", "alternateId": by, "displayName": by},
		"outcome": map[string]any{"result": result, "reason": reason}, "target": targets})
	return nil
}
