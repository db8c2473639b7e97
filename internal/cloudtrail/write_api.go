package cloudtrail

import "github.com/scimtrail/scimtrail/internal/awsid"

// The calls of the public Identity Store API. Parameters have the API's names
// with a lower-case first letter; names and descriptions are masked (cloudtrail
// reference 2.3, 2.10).

func api(name string, readOnly bool, request, response Object) Action {
	return Action{Source: awsid.SourceAPI, Name: name, ReadOnly: readOnly, Request: request, Response: response, Host: "identitystore.REGION.amazonaws.com"}
}

// APICreateMembership is CreateGroupMembership. Ids may be ARNs: they are
// logged as given.
func APICreateMembership(store, group, user, membership string) Action {
	return api("CreateGroupMembership", false,
		Object{{"identityStoreId", store}, {"groupId", group}, {"memberId", Object{{"userId", user}}}},
		Object{{"membershipId", membership}, {"identityStoreId", store}})
}

// APIDeleteMembership is DeleteGroupMembership, which names neither group nor
// user.
func APIDeleteMembership(store, membership string) Action {
	return api("DeleteGroupMembership", false, Object{{"identityStoreId", store}, {"membershipId", membership}}, nil)
}

// APICreateGroup is CreateGroup.
func APICreateGroup(store, group string) Action {
	return api("CreateGroup", false,
		Object{{"identityStoreId", store}, {"displayName", awsid.Masked}, {"description", awsid.Masked}},
		Object{{"groupId", group}, {"identityStoreId", store}})
}

// APIUpdateGroup is UpdateGroup of the display name.
func APIUpdateGroup(store, group string) Action {
	return api("UpdateGroup", false, Object{{"identityStoreId", store}, {"groupId", group},
		{"operations", []Object{{{"attributePath", "displayName"}, {"attributeValue", awsid.Masked}}}}}, nil)
}

// APIDeleteGroup is DeleteGroup.
func APIDeleteGroup(store, group string) Action {
	return api("DeleteGroup", false, Object{{"identityStoreId", store}, {"groupId", group}}, nil)
}

// APICreateUser is CreateUser.
func APICreateUser(store, user string) Action {
	return api("CreateUser", false,
		Object{{"identityStoreId", store}, {"userName", awsid.Masked},
			{"name", Object{{"familyName", awsid.Masked}, {"givenName", awsid.Masked}}}, {"displayName", awsid.Masked}},
		Object{{"userId", user}, {"identityStoreId", store}})
}

// APIDeleteUser is DeleteUser.
func APIDeleteUser(store, user string) Action {
	return api("DeleteUser", false, Object{{"identityStoreId", store}, {"userId", user}}, nil)
}

// APIRead is a call that only reads, such as ListGroups or DescribeGroup; group
// and user may be empty.
func APIRead(name, store, group, user string) Action {
	request := Object{{"identityStoreId", store}}
	if group != "" && name == "IsMemberInGroups" {
		request = append(request, Member{"memberId", Object{{"userId", user}}}, Member{"groupIds", []string{group}})
		return api(name, true, request, nil)
	}
	if group != "" {
		request = append(request, Member{"groupId", group})
	}
	switch {
	case user != "" && name == "DescribeUser":
		request = append(request, Member{"userId", user})
	case user != "":
		request = append(request, Member{"memberId", Object{{"userId", user}}})
	}
	return api(name, true, request, nil)
}
