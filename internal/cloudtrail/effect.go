package cloudtrail

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Effect is what a successful call does to the directory.
type Effect string

// The effects. A failed call has the effect it was meant to have; ask Failed.
const (
	None               Effect = "none"
	MemberAdded        Effect = "member-added"    // one user, one group, both named
	MemberRemoved      Effect = "member-removed"  // one membership
	MembersAdded       Effect = "members-added"   // by SCIM: who is hidden
	MembersRemoved     Effect = "members-removed" // by SCIM: who is hidden
	MembersChanged     Effect = "members-changed" // by SCIM: added, removed or both
	GroupCreated       Effect = "group-created"
	GroupUpdated       Effect = "group-updated"
	GroupDeleted       Effect = "group-deleted"
	UserCreated        Effect = "user-created"
	UserUpdated        Effect = "user-updated"
	UserDisabled       Effect = "user-disabled"
	UserEnabled        Effect = "user-enabled"
	UserDeleted        Effect = "user-deleted"
	TokenChanged       Effect = "scim-token-changed"      // a SCIM tenant or bearer token made or deleted
	SourceChanged      Effect = "identity-source-changed" // external identity provider, directory or sync
	AssignmentCreated  Effect = "assignment-created"
	AssignmentDeleted  Effect = "assignment-deleted"
	AdministrationOnly Effect = "administration" // permission sets, applications, instance settings
)

// Membership changes by event name: cloudtrail reference 2.9.
var byName = map[string]Effect{
	"CreateGroupMembership": MemberAdded,
	"AddMemberToGroup":      MemberAdded,
	"DeleteGroupMembership": MemberRemoved,
	"RemoveMemberFromGroup": MemberRemoved,

	"CreateGroup": GroupCreated, "UpdateGroup": GroupUpdated, "UpdateGroupDisplayName": GroupUpdated, "DeleteGroup": GroupDeleted,
	"CreateUser": UserCreated, "UpdateUser": UserUpdated, "UpdateUserName": UserUpdated, "PutUser": UserUpdated, "PatchUser": UserUpdated,
	"DeleteUser": UserDeleted, "EnableUser": UserEnabled, "DisableUser": UserDisabled,

	"CreateAccountAssignment": AssignmentCreated, "CreateApplicationAssignment": AssignmentCreated, "AssociateProfile": AssignmentCreated,
	"DeleteAccountAssignment": AssignmentDeleted, "DeleteApplicationAssignment": AssignmentDeleted, "DisassociateProfile": AssignmentDeleted,

	"AssociateDirectory": SourceChanged, "DisassociateDirectory": SourceChanged, "UpdateDirectoryAssociation": SourceChanged,
	"DeleteInstance": SourceChanged, "CreateInstance": SourceChanged,
}

func effectOf(r *Record) Effect {
	if r.ReadOnly {
		return None
	}
	switch {
	case speaksOf(r.Name, "bearertoken"), speaksOf(r.Name, "provisioningtenant"):
		return TokenChanged
	case speaksOf(r.Name, "externalidp"), r.Source == awsid.SourceIdentitySync:
		return SourceChanged
	case !DirectorySource(r.Source) && r.Source != awsid.SourceAssignments:
		return None
	case r.Source == awsid.SourceSCIM && r.Name == "PatchGroup":
		return patchEffect(r)
	case r.Subject.Active != nil && (r.Name == "PatchUser" || r.Name == "PutUser"):
		if *r.Subject.Active {
			if r.Name == "PatchUser" {
				return UserEnabled
			}
			return UserUpdated
		}
		return UserDisabled
	}
	if e, ok := byName[r.Name]; ok {
		return e
	}
	if r.Source == awsid.SourceAssignments {
		return AdministrationOnly
	}
	return None
}

// speaksOf reports whether a name holds word, which is in lower case, whatever
// the case of its own letters.
func speaksOf(name, word string) bool {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return strings.Contains(strings.ToLower(name), word)
		}
	}
	for ; len(name) >= len(word); name = name[1:] {
		if name[0]|0x20 == word[0] && strings.EqualFold(name[:len(word)], word) {
			return true
		}
	}
	return false
}

func patchEffect(r *Record) Effect {
	switch add, remove := r.MayAdd(), r.MayRemove(); {
	case add && remove:
		return MembersChanged
	case add:
		return MembersAdded
	case remove:
		return MembersRemoved
	}
	return GroupUpdated
}

// touchesMembers reports whether a PATCH path addresses the member list.
func touchesMembers(path string) bool {
	path = strings.ToLower(strings.TrimSpace(path))
	path = strings.TrimPrefix(path, "urn:ietf:params:scim:schemas:core:2.0:group:")
	return path == "members" || strings.HasPrefix(path, "members[") || strings.HasPrefix(path, "members.")
}

// Adds reports whether the operation, if AWS took it, can have added members. A
// path-less REPLACE is a rename: its value may hold one attribute, and AWS
// refuses to replace members (identity-center-scim reference 7.4); a path-less
// ADD can be of members.
func (o Operation) Adds() bool {
	members := touchesMembers(o.Path)
	return o.Op == "ADD" && (members || o.Path == "") || o.Op == "REPLACE" && members
}

// Removes reports whether the operation, if AWS took it, can have removed
// members. Before 2025 AWS also took a REPLACE of members.
func (o Operation) Removes() bool {
	members := touchesMembers(o.Path)
	return o.Op == "REMOVE" && (members || o.Path == "") || o.Op == "REPLACE" && members
}

// MayAdd reports whether a SCIM write to a group, if it succeeded, can have
// added members. A body that is not there can be anything.
func (r *Record) MayAdd() bool {
	return r.scimGroupWrite() && (r.Subject.Hidden || slices.ContainsFunc(r.Subject.Operations, Operation.Adds))
}

// MayRemove reports whether a SCIM PATCH of a group, if it succeeded, can have
// removed members.
func (r *Record) MayRemove() bool {
	return r.scimGroupWrite() && r.Name == "PatchGroup" &&
		(r.Subject.Hidden || slices.ContainsFunc(r.Subject.Operations, Operation.Removes))
}

func (r *Record) scimGroupWrite() bool {
	return r.Source == awsid.SourceSCIM && (r.Name == "PatchGroup" || r.Name == "CreateGroup")
}
