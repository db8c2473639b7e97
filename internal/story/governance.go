package story

import (
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// The lines of a sailpoint section become what SailPoint's API prints
// (okta-sailpoint reference 8).

func (s *Story) sailIdentity(p *provider, r *reader) error {
	alias, err := r.next("the person")
	if err != nil {
		return err
	}
	state := "ACTIVE"
	if err := r.options(map[string]*string{"state": &state}, nil); err != nil {
		return err
	}
	p.add("identities", map[string]any{"id": p.id("user", alias), "name": alias, "alias": alias, "email": s.login(alias), "status": "Active", "identityState": state})
	return nil
}

const oktaSource = "Okta Prod"

// native is what SailPoint writes for a group: the Okta id of one that the story
// names, else the text itself.
func (s *Story) native(kind, word string) string {
	if strings.ContainsAny(word, "=") || strings.HasPrefix(word, "00") {
		return word
	}
	return OktaID(kind, word)
}

// sailAccount reads "USER [native USER] [groups G,G] [member-of DN] [source NAME] [uncorrelated] [disabled]".
func (s *Story) sailAccount(p *provider, r *reader) error {
	alias, err := r.next("the person")
	if err != nil {
		return err
	}
	native, groups, dn, source, changed := alias, "", "", oktaSource, ""
	var uncorrelated, disabled bool
	if err := r.options(map[string]*string{"native": &native, "groups": &groups, "member-of": &dn, "source": &source, "changed": &changed},
		map[string]*bool{"uncorrelated": &uncorrelated, "disabled": &disabled}); err != nil {
		return err
	}
	var at time.Time
	if err := r.times(map[string]*string{"t": &changed}, map[string]*time.Time{"t": &at}); err != nil {
		return err
	}
	ids := []string{}
	for name := range strings.SplitSeq(groups, ",") {
		if name != "" {
			ids = append(ids, s.native("group", name))
		}
	}
	attributes := map[string]any{"groups": ids}
	if dn != "" {
		attributes = map[string]any{"memberOf": []string{dn}}
	}
	p.add("accounts", map[string]any{"id": p.id("account", alias+source), "name": s.login(alias), "nativeIdentity": s.native("user", native), "identityId": p.id("user", alias),
		"sourceId": p.id("source", source), "sourceName": source, "disabled": disabled, "uncorrelated": uncorrelated, "modified": at, "attributes": attributes})
	return nil
}

// sailEntitlement reads "NAME value GROUP|TEXT [source NAME]".
func (s *Story) sailEntitlement(p *provider, r *reader) error {
	alias, err := r.next("the entitlement")
	if err != nil {
		return err
	}
	value, source := alias, oktaSource
	if err := r.options(map[string]*string{"value": &value, "source": &source}, nil); err != nil {
		return err
	}
	attribute := "groups"
	if strings.Contains(value, "=") {
		attribute = "memberOf"
	}
	p.add("entitlements", map[string]any{"id": p.id("entitlement", alias), "name": s.groupName(alias), "attribute": attribute, "value": s.native("group", value),
		"sourceSchemaObjectType": "group", "source": map[string]any{"id": p.id("source", source), "name": source}})
	return nil
}

// sailProfile reads "NAME [enabled true|false] [grants NAME,NAME|none]".
func (s *Story) sailProfile(p *provider, r *reader) error {
	name, err := r.next("the access profile")
	if err != nil {
		return err
	}
	enabled, grants := "true", ""
	if err := r.options(map[string]*string{"enabled": &enabled, "grants": &grants}, nil); err != nil {
		return err
	}
	o := map[string]any{"id": p.id("profile", name), "name": name, "enabled": enabled == "true", "requestable": true, "source": map[string]any{"id": p.id("source", oktaSource), "name": oktaSource}}
	if grants != "" {
		list := []map[string]any{}
		for alias := range strings.SplitSeq(grants, ",") {
			if alias != "none" {
				list = append(list, map[string]any{"id": p.id("entitlement", alias), "name": s.groupName(alias), "type": "ENTITLEMENT"})
			}
		}
		o["entitlements"] = list
	}
	p.add("access-profiles", o)
	return nil
}

// sailSource reads "NAME [type T] [features F,F] [status S]".
func (s *Story) sailSource(p *provider, r *reader) error {
	name, err := r.next("the source")
	if err != nil {
		return err
	}
	kind, features, status := "Okta", "PROVISIONING,ENABLE", "SOURCE_STATE_HEALTHY"
	if err := r.options(map[string]*string{"type": &kind, "features": &features, "status": &status}, nil); err != nil {
		return err
	}
	p.add("sources", map[string]any{"id": p.id("source", name), "name": name, "type": kind, "connectorName": kind, "features": strings.Split(features, ","),
		"healthy": status == "SOURCE_STATE_HEALTHY", "status": status})
	return nil
}

// sailRequest reads "USER for NAME STATE created T [id R] [approval STATUS by WHO] [removes T] [manual] [error WHY]".
func (s *Story) sailRequest(p *provider, r *reader) error {
	alias, err := r.next("the person")
	if err != nil {
		return err
	}
	if !r.take("for") {
		return r.errorf("want for and what was requested")
	}
	name, err := r.next("what was requested")
	if err != nil {
		return err
	}
	state, err := r.next("the state")
	if err != nil {
		return err
	}
	kind, operation, id, created, removes, approval, by, problem := "ACCESS_PROFILE", "GRANT_ACCESS", "", "", "", "", "", ""
	var manual bool
	if err := r.options(map[string]*string{"type": &kind, "operation": &operation, "id": &id, "created": &created, "removes": &removes, "approval": &approval, "by": &by, "error": &problem},
		map[string]*bool{"manual": &manual}); err != nil {
		return err
	}
	var at, end time.Time
	if err := r.times(map[string]*string{"c": &created, "r": &removes}, map[string]*time.Time{"c": &at, "r": &end}); err != nil {
		return err
	}
	if id == "" {
		id = alias + name + created
	}
	object := p.id("profile", name)
	if kind == "ENTITLEMENT" {
		object = p.id("entitlement", name)
	}
	o := map[string]any{"accessRequestId": p.id("request", id), "id": object, "name": s.groupName(name), "type": kind, "requestType": operation, "state": state, "created": at, "modified": at,
		"removeDate": end, "requestedFor": map[string]any{"id": p.id("user", alias), "name": alias}, "accessRequestPhases": []any{}}
	if approval != "" {
		o["approvalDetails"] = []any{map[string]any{"status": approval, "scheme": "MANAGER", "currentOwner": map[string]any{"id": p.id("user", by), "name": by}}}
	}
	if manual {
		o["manualWorkItemDetails"] = []any{map[string]any{"forwarded": false}}
	}
	if problem != "" {
		o["errorMessages"] = []string{problem}
	}
	p.add("access-request-status", o)
	return nil
}

// sailActivity reads "USER OPERATION GROUP PROVISIONING COMPLETION at T [id R] [native USER] [type T] [removes T] [error WHY]".
func (s *Story) sailActivity(p *provider, r *reader) error {
	var words [5]string
	for i, what := range []string{"the person", "the operation", "the group", "the provisioning status", "the completion status"} {
		var err error
		if words[i], err = r.next(what); err != nil {
			return err
		}
	}
	alias, operation, group, status, completion := words[0], words[1], words[2], words[3], words[4]
	id, native, kind, created, removes, problem, requested := "", alias, "appRequest", "", "", "", group
	if err := r.options(map[string]*string{"at": &created, "id": &id, "native": &native, "type": &kind, "removes": &removes, "error": &problem, "requested": &requested}, nil); err != nil {
		return err
	}
	var at, end time.Time
	if err := r.times(map[string]*string{"c": &created, "r": &removes}, map[string]*time.Time{"c": &at, "r": &end}); err != nil {
		return err
	}
	if id == "" {
		id = alias + operation + group + created
	}
	attribute := "groups"
	if strings.Contains(group, "=") {
		attribute = "memberOf"
	}
	item := map[string]any{"id": p.id("item", id), "name": s.groupName(requested), "operation": operation, "attribute": attribute, "value": s.native("group", group),
		"nativeIdentity": s.native("user", native), "sourceId": p.id("source", oktaSource), "provisioningStatus": status,
		"accountRequestInfo": map[string]any{"requestedObjectId": p.id("profile", requested), "requestedObjectName": s.groupName(requested), "requestedObjectType": "ACCESS_PROFILE"}}
	if !end.IsZero() {
		item["removeDate"] = end.Format(time.RFC3339)
	}
	o := map[string]any{"id": p.id("request", id), "type": kind, "created": at, "modified": at, "completed": at, "completionStatus": completion, "executionStatus": "COMPLETED",
		"targetIdentitySummary": map[string]any{"id": p.id("user", alias), "name": alias}, "items": []any{item}}
	if problem != "" {
		o["errors"] = []string{problem}
	}
	p.add("account-activities", o)
	return nil
}

// The lines of an entra section become what Microsoft Graph prints
// (okta-sailpoint reference 11).

// entraJob reads "STATE CODE [reason R] [since T] [code C] [error WHY] [template T]".
func (s *Story) entraJob(p *provider, r *reader) error {
	state, err := r.next("the state of the schedule")
	if err != nil {
		return err
	}
	code, err := r.next("the status")
	if err != nil {
		return err
	}
	reason, since, failure, message, template, ran := "", "", "", "", "aWSSingleSignon", ""
	if err := r.options(map[string]*string{"reason": &reason, "since": &since, "code": &failure, "error": &message, "template": &template, "ran": &ran}, nil); err != nil {
		return err
	}
	var began, last time.Time
	if err := r.times(map[string]*string{"t": &since, "r": &ran}, map[string]*time.Time{"t": &began, "r": &last}); err != nil {
		return err
	}
	status := map[string]any{"code": code}
	if reason != "" {
		status["quarantine"] = map[string]any{"reason": reason, "currentBegan": began.Format(time.RFC3339), "error": map[string]any{"code": failure, "message": message}}
	}
	if !last.IsZero() {
		status["lastExecution"] = map[string]any{"state": "Succeeded", "timeBegan": last.Format(time.RFC3339), "timeEnded": last.Format(time.RFC3339)}
	}
	p.add("synchronization-jobs", map[string]any{"id": template + ".1", "templateId": template, "schedule": map[string]any{"interval": "PT40M", "state": state}, "status": status})
	return nil
}

func (s *Story) entraApp(p *provider, r *reader) error {
	p.add("apps", map[string]any{"id": p.id("app", awsApp), "appId": p.id("appid", awsApp), "displayName": "AWS IAM Identity Center", "appRoleAssignmentRequired": true, "accountEnabled": true})
	return nil
}

func (s *Story) entraUser(p *provider, r *reader) error {
	alias, err := r.next("the user")
	if err != nil {
		return err
	}
	enabled, name := "true", s.login(alias)
	if err := r.options(map[string]*string{"enabled": &enabled, "name": &name}, nil); err != nil {
		return err
	}
	p.add("users", map[string]any{"id": p.id("user", alias), "userPrincipalName": name, "mail": s.login(alias), "displayName": alias, "accountEnabled": enabled == "true", "userType": "Member"})
	return nil
}

func (s *Story) entraGroup(p *provider, r *reader) error {
	alias, err := r.next("the group")
	if err != nil {
		return err
	}
	p.add("groups", map[string]any{"id": p.id("group", alias), "displayName": s.groupName(alias), "securityEnabled": true, "groupTypes": []string{}})
	return nil
}

// entraMembers reads "GROUP: NAME, group NAME...", a whole list.
func (s *Story) entraMembers(p *provider, r *reader) error {
	alias, err := r.next("the group")
	if err != nil {
		return err
	}
	members := []map[string]any{}
	for _, name := range s.people(r) {
		if nested, ok := strings.CutPrefix(name, "group:"); ok {
			members = append(members, map[string]any{"@odata.type": "#microsoft.graph.group", "id": p.id("group", nested), "displayName": s.groupName(nested)})
			continue
		}
		members = append(members, map[string]any{"@odata.type": "#microsoft.graph.user", "id": p.id("user", name), "userPrincipalName": s.login(name), "displayName": name})
	}
	p.add("group-members", map[string]any{"groupId": p.id("group", strings.TrimSuffix(alias, ":")), "members": members})
	return nil
}

// entraAssigned reads "user|group NAME".
func (s *Story) entraAssigned(p *provider, r *reader) error {
	kind, err := r.next("user or group")
	if err != nil {
		return err
	}
	alias, err := r.next("the name")
	if err != nil {
		return err
	}
	name, title := s.login(alias), "User"
	if kind == "group" {
		name, title = s.groupName(alias), "Group"
	}
	p.add("app-role-assignments", map[string]any{"id": p.id("role", kind+alias), "principalId": p.id(kind, alias), "principalType": title, "principalDisplayName": name,
		"resourceId": p.id("app", awsApp), "resourceDisplayName": "AWS IAM Identity Center"})
	return nil
}

// entraLog reads "TIME ACTION STATUS user|group NAME [code C] [REASON]".
func (s *Story) entraLog(p *provider, r *reader) error {
	at, err := r.time("the time")
	if err != nil {
		return err
	}
	var words [4]string
	for i, what := range []string{"the action", "the status", "user or group", "the name"} {
		if words[i], err = r.next(what); err != nil {
			return err
		}
	}
	action, status, kind, alias := words[0], words[1], words[2], words[3]
	reason, code := "", ""
	if r.more() && r.words[r.at].quoted {
		reason, _ = r.next("the reason")
	}
	if err := r.options(map[string]*string{"code": &code}, nil); err != nil {
		return err
	}
	name, title, target := s.login(alias), "User", idOf(find(s.cast.users, alias))
	if kind == "group" {
		name, title, target = s.groupName(alias), "Group", idOf(find(s.cast.groups, alias))
	}
	p.add("provisioning-log", map[string]any{"id": eventID(upstream.ProductEntra, at.String(), action, name, reason), "activityDateTime": at, "jobId": "aWSSingleSignon.1",
		"provisioningAction": action, "provisioningStatusInfo": map[string]any{"status": status, "errorInformation": map[string]any{"errorCode": code, "reason": reason}},
		"sourceIdentity":   map[string]any{"id": p.id(kind, alias), "displayName": name, "identityType": title},
		"targetIdentity":   map[string]any{"id": target, "displayName": name, "identityType": title},
		"servicePrincipal": map[string]any{"id": p.id("app", awsApp), "displayName": "AWS IAM Identity Center"}})
	return nil
}
