package loggen

import (
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// identity writes a record of one of the directory sources: six of ten over SCIM,
// three through the API, one in the console.
func (s *scribe) identity() Identity {
	d := cloudtrail.Draft{
		Time: s.now, ID: s.id(), RequestID: s.id(), Account: s.file.Account, Region: s.file.Region,
		SourceIP: s.text(func() { s.address("203.0.113.", 4) }),
	}
	user, group := s.pick(s.cast.users), s.pick(s.cast.group)
	switch n := s.r.IntN(10); {
	case n < 6:
		d.Action = s.overSCIM(user, group)
		d.UserAgent = "Okta SCIM Client 1.0.0"
		d.Caller = cloudtrail.Caller{Account: s.file.Account, AccessKey: "ASIAEXAMPLESCIMTOKEN"}
		if !d.Action.ReadOnly && s.r.IntN(12) == 0 {
			d.Failure = cloudtrail.Failure{Code: "ValidationException", Message: "List attribute emails exceeds allowed limit of 1"}
		}
	case n < 9:
		d.Action = s.overAPI(user, group)
		d.UserAgent = "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#6.1.119 md/arch#x86_64 lang/python#3.12.8 md/pyimpl#CPython"
		d.Caller = s.administrator("identity-governance")
		if !d.Action.ReadOnly && s.r.IntN(12) == 0 {
			d.Failure = cloudtrail.Failure{Code: "ConflictException", Message: "Member and Group relationship already exists."}
		}
	default:
		d.Action = s.inConsole(user, group)
		d.UserAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
		d.Caller = s.administrator("AWSReservedSSO_AdministratorAccess_0123456789abcdef")
		d.FromConsole = true
	}
	s.b = append(s.b, d.Record()...)
	return Identity{ID: d.ID, Source: d.Action.Source, Name: d.Action.Name}
}

func (s *scribe) administrator(role string) cloudtrail.Caller {
	return cloudtrail.Caller{
		Type: "AssumedRole", Account: s.file.Account, Role: role, RoleID: "AROAEXAMPLE" + s.text(func() { s.random(10, base32) }),
		Session: s.text(func() { s.write(s.cast.email) }), AccessKey: "ASIA" + s.text(func() { s.random(16, base32) }), Since: s.now.Truncate(3600e9),
	}
}

func (s *scribe) overSCIM(user, group string) cloudtrail.Action {
	tenant := s.cast.scim
	switch s.r.IntN(10) {
	case 0, 1, 2:
		return cloudtrail.SCIMPatchGroup(tenant, group, cloudtrail.SCIMOperation{Op: []string{"add", "remove"}[s.r.IntN(2)], Path: "members"})
	case 3:
		return cloudtrail.SCIMCreateUser(tenant, user, true)
	case 4:
		return cloudtrail.SCIMPutUser(tenant, user, true)
	case 5:
		return cloudtrail.SCIMSetActive(tenant, user, false)
	case 6:
		return cloudtrail.SCIMCreateGroup(tenant, group, false)
	case 7:
		return cloudtrail.SCIMRead("ListGroups", tenant, "")
	}
	return cloudtrail.SCIMRead("GetUser", tenant, user)
}

func (s *scribe) overAPI(user, group string) cloudtrail.Action {
	store := s.cast.store
	switch s.r.IntN(8) {
	case 0:
		return cloudtrail.APICreateMembership(store, group, user, s.id())
	case 1:
		return cloudtrail.APIDeleteMembership(store, s.id())
	case 2:
		return cloudtrail.APIRead("DescribeUser", store, "", user)
	case 3:
		return cloudtrail.APIRead("ListUsers", store, "", "")
	}
	return cloudtrail.APIRead("ListGroupMemberships", store, group, "")
}

func (s *scribe) inConsole(user, group string) cloudtrail.Action {
	store := s.cast.store
	switch s.r.IntN(5) {
	case 0:
		return cloudtrail.ConsoleAddMember(store, group, user)
	case 1:
		return cloudtrail.ConsoleRemoveMember(store, group, user)
	case 2:
		return cloudtrail.ConsoleUser("DescribeUser", store, user)
	}
	return cloudtrail.ConsoleGroup("DescribeGroup", store, group)
}

// Sources are the event sources of the records that a tree counts as identity.
var Sources = []string{awsid.SourceSCIM, awsid.SourceAPI, awsid.SourceConsole}
