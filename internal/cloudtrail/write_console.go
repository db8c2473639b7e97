package cloudtrail

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// The calls of the private directory API behind the Identity Center console
// (cloudtrail reference 2.4).

func console(name string, readOnly bool, request, response Object) Action {
	return Action{Source: awsid.SourceConsole, Name: name, ReadOnly: readOnly, Request: request, Response: response,
		Host: "up.sso.REGION.amazonaws.com", Version: "1.08"}
}

// ConsoleAddMember is AddMemberToGroup. It answers with nothing, not even the
// id of the membership.
func ConsoleAddMember(store, group, user string) Action {
	return console("AddMemberToGroup", false,
		Object{{"identityStoreId", store}, {"groupId", group}, {"member", Object{{"memberId", user}}}}, nil)
}

// ConsoleRemoveMember is RemoveMemberFromGroup.
func ConsoleRemoveMember(store, group, user string) Action {
	return console("RemoveMemberFromGroup", false,
		Object{{"identityStoreId", store}, {"groupId", group}, {"member", Object{{"memberId", user}}}}, nil)
}

// ConsoleCreateGroup is CreateGroup; by is the account id that the console
// notes as the maker.
func ConsoleCreateGroup(store, group, by string, at time.Time) Action {
	return console("CreateGroup", false,
		Object{{"identityStoreId", store}, {"displayName", awsid.Masked}},
		Object{{"group", Object{{"groupId", group}, {"displayName", awsid.Masked}, {"groupAttributes", Object{}},
			{"meta", Object{{"createdAt", at.UTC().Format("Jan 2, 2006 3:04:05 PM")}, {"updatedAt", at.UTC().Format("Jan 2, 2006 3:04:05 PM")},
				{"createdBy", by}, {"updatedBy", by}}}}}})
}

// ConsoleGroup is another call about one group: UpdateGroup, DeleteGroup.
func ConsoleGroup(name, store, group string) Action {
	return console(name, readName(name), Object{{"identityStoreId", store}, {"groupId", group}}, nil)
}

// ConsoleUser is a call about one user: CreateUser, UpdateUser, DeleteUser,
// EnableUser, DisableUser. CreateUser answers with the id; the others are given
// it.
func ConsoleUser(name, store, user string) Action {
	if name == "CreateUser" {
		return console(name, false, Object{{"identityStoreId", store}, {"userName", awsid.Masked}},
			Object{{"user", Object{{"userId", user}, {"userName", awsid.Masked}}}})
	}
	return console(name, readName(name), Object{{"identityStoreId", store}, {"userId", user}}, nil)
}

// ConsoleStore is a call about the store as a whole: the external identity
// provider (EnableExternalIdPConfigurationForDirectory, ...), the SCIM tenant
// and its tokens (CreateProvisioningTenant, CreateBearerToken, ...), searches.
func ConsoleStore(name, store string) Action {
	return console(name, readName(name), Object{{"identityStoreId", store}}, nil)
}
