package story

import (
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// draft is the record of an event, before it is written.
func (s *Story) draft(e *event) cloudtrail.Draft {
	p := e.actor
	d := cloudtrail.Draft{
		Time: e.time, ID: e.id, RequestID: eventID("request", e.id), Account: e.account, Region: e.region,
		Action: s.action(e), Caller: p.caller(s.cast, e.time), SourceIP: p.ip, Failure: e.failure,
	}
	d.UserAgent = agentOf(p, command(d.Action.Source, e.call))
	switch {
	case p.how == "console" && d.Action.Source == awsid.SourceConsole:
		d.FromConsole = true
		if p.agent == "" {
			d.UserAgent = browser
		}
	case p.how == "console":
		d.FromConsole = true
		d.SourceIP = "AWS Internal"
	case p.how == "cloudformation":
		d.SourceIP = "cloudformation.amazonaws.com"
	case p.how == "cloudshell":
		d.FromConsole = true
	}
	if e.hidden {
		d.Action.Request = withoutBody(d.Action.Request)
	}
	switch {
	case e.updates != "":
		original := s.labels[e.updates]
		d.Addendum = cloudtrail.Addendum{Reason: "UPDATED_DATA", OriginalEventID: original.id}
	case e.late > 0:
		d.Addendum = cloudtrail.Addendum{Reason: "DELIVERY_DELAY"}
	}
	return d
}

func withoutBody(request cloudtrail.Object) cloudtrail.Object {
	var out cloudtrail.Object
	for _, m := range request {
		if m.Key != "httpBody" {
			out = append(out, m)
		}
	}
	return out
}

// command is how the AWS CLI names a call in its user agent:
// identitystore.create-group-membership.
func command(source, call string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(source, ".amazonaws.com"))
	for i, c := range call {
		switch {
		case c >= 'A' && c <= 'Z' && i > 0:
			b.WriteByte('-')
		case i == 0:
			b.WriteByte('.')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}

func (s *Story) action(e *event) cloudtrail.Action {
	switch {
	case e.other != "" && !strings.HasSuffix(e.call, "AccountAssignment"):
		read := strings.HasPrefix(e.call, "Get") || strings.HasPrefix(e.call, "List") || strings.HasPrefix(e.call, "Describe")
		return cloudtrail.OtherAction(e.other+".amazonaws.com", e.call, read, nil)
	case e.actor.kind == "idp":
		return s.scimAction(e)
	case e.call == "AddMemberToGroup", e.call == "RemoveMemberFromGroup", e.call == "EnableUser", e.call == "DisableUser",
		strings.Contains(e.call, "ExternalIdP"), strings.Contains(e.call, "BearerToken"), strings.Contains(e.call, "ProvisioningTenant"):
		return s.consoleAction(e)
	case e.actor.how == "console" && !strings.Contains(e.call, "Membership") && (e.group != nil || e.user != nil) && e.other == "":
		return s.consoleAction(e)
	case strings.HasSuffix(e.call, "Directory"), strings.HasSuffix(e.call, "Instance"), strings.HasSuffix(e.call, "AccountAssignment"):
		return s.ssoAction(e)
	case e.call == "StartSync", e.call == "StopSync", strings.Contains(e.call, "SyncProfile"), strings.Contains(e.call, "SyncFilter"):
		return cloudtrail.OtherAction(awsid.SourceIdentitySync, e.call, false, cloudtrail.Object{})
	}
	return s.apiAction(e)
}

func (s *Story) apiAction(e *event) cloudtrail.Action {
	store, group, user := s.cast.store, idOf(e.group), idOf(e.user)
	if e.arns {
		store = "arn:aws:identitystore::" + s.cast.account + ":identitystore/" + store
		if group != "" {
			group = "arn:aws:identitystore:::group/" + group
		}
		if user != "" {
			user = "arn:aws:identitystore:::user/" + user
		}
	}
	switch e.call {
	case "CreateGroupMembership":
		return cloudtrail.APICreateMembership(store, group, user, s.membership(e.group, e.user, e.time))
	case "DeleteGroupMembership":
		id := s.membership(e.group, e.user, e.time)
		if e.arns {
			id = "arn:aws:identitystore:::membership/" + id
		}
		return cloudtrail.APIDeleteMembership(store, id)
	case "CreateGroup":
		return cloudtrail.APICreateGroup(store, group)
	case "UpdateGroup":
		return cloudtrail.APIUpdateGroup(store, group)
	case "DeleteGroup":
		return cloudtrail.APIDeleteGroup(store, group)
	case "CreateUser":
		return cloudtrail.APICreateUser(store, user)
	case "DeleteUser":
		return cloudtrail.APIDeleteUser(store, user)
	}
	return cloudtrail.APIRead(e.call, store, group, user)
}

func (s *Story) consoleAction(e *event) cloudtrail.Action {
	store := s.cast.store
	switch {
	case e.call == "AddMemberToGroup":
		return cloudtrail.ConsoleAddMember(store, e.group.id, e.user.id)
	case e.call == "RemoveMemberFromGroup":
		return cloudtrail.ConsoleRemoveMember(store, e.group.id, e.user.id)
	case e.call == "CreateGroup":
		return cloudtrail.ConsoleCreateGroup(store, e.group.id, e.account, e.time)
	case e.group != nil:
		return cloudtrail.ConsoleGroup(e.call, store, e.group.id)
	case e.user != nil:
		return cloudtrail.ConsoleUser(e.call, store, e.user.id)
	}
	return cloudtrail.ConsoleStore(e.call, store)
}

func (s *Story) ssoAction(e *event) cloudtrail.Action {
	instance := "ssoins-" + digest("instance", s.cast.store)[:16]
	arn := "arn:aws:sso:::instance/" + instance
	if e.group == nil {
		return cloudtrail.SSOInstance(e.call, arn, s.cast.store)
	}
	set := "arn:aws:sso:::permissionSet/" + instance + "/ps-" + digest("set", s.cast.store)[:16]
	return cloudtrail.SSOAssignment(e.call, arn, set, e.other, "GROUP", e.group.id, eventID("assignment", e.id))
}

func (s *Story) scimAction(e *event) cloudtrail.Action {
	tenant, group, user := e.actor.tenant, idOf(e.group), idOf(e.user)
	switch e.call {
	case "CreateGroup":
		return cloudtrail.SCIMCreateGroup(tenant, group, len(e.members) > 0)
	case "DeleteGroup":
		return cloudtrail.SCIMDeleteGroup(tenant, group)
	case "CreateUser":
		return cloudtrail.SCIMCreateUser(tenant, user, true)
	case "PutUser":
		return cloudtrail.SCIMPutUser(tenant, user, true)
	case "DeleteUser":
		return cloudtrail.SCIMDeleteUser(tenant, user)
	case "PatchUser":
		if !e.active {
			return cloudtrail.SCIMSetActive(tenant, user, false)
		}
		return cloudtrail.SCIMPatchUser(tenant, user, true, cloudtrail.SCIMOperation{Op: "REPLACE", Path: "displayName"})
	case "PatchGroup":
		var ops []cloudtrail.SCIMOperation
		for i, name := range e.ops {
			op := patchOps[name]
			if name != "remove-path" {
				ops = append(ops, op)
				continue
			}
			for _, u := range e.opUsers[i] {
				op.Path = `members[value eq "` + u.id + `"]`
				ops = append(ops, op)
			}
		}
		return cloudtrail.SCIMPatchGroup(tenant, group, ops...)
	}
	return cloudtrail.SCIMRead(e.call, tenant, group+user)
}

func idOf(t *thing) string {
	if t == nil {
		return ""
	}
	return t.id
}

// noise are records of other services, as an unfiltered log is full of them.
func noise(account, region string, at time.Time, n int) []logged {
	calls := []struct{ service, name string }{{"ec2", "DescribeInstances"}, {"sts", "GetCallerIdentity"}, {"s3", "ListBuckets"}, {"kms", "GenerateDataKey"}, {"iam", "CreateGroup"}}
	var out []logged
	for i := range n {
		call := calls[(at.YearDay()+i)%len(calls)]
		p := &performer{alias: "noise", kind: "automation", how: "lambda", account: account, role: "batch", session: "batch", ip: "192.0.2.99"}
		t := at.Add(time.Duration(i) * time.Second)
		id := eventID("noise", account, region, t.Format(time.RFC3339), call.name)
		d := cloudtrail.Draft{
			Time: t, ID: id, RequestID: eventID("request", id), Account: account, Region: region,
			Action: cloudtrail.OtherAction(call.service+".amazonaws.com", call.name, call.name != "CreateGroup", cloudtrail.Object{}),
			Caller: p.caller(newCast(), t), SourceIP: p.ip, UserAgent: agentOf(p, ""),
		}
		out = append(out, logged{account, region, d.Action.Source, d.Action.Name, t, t.Add(5 * time.Minute), d.Record()})
	}
	return out
}
