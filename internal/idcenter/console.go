package idcenter

import "context"

// ConsoleRequest is what a person asks of the console. Which fields an
// operation needs:
//
//	AddMemberToGroup, RemoveMemberFromGroup   Group, User
//	CreateGroup                               Name
//	UpdateGroup                               Group, Name
//	DeleteGroup                               Group
//	CreateUser                                Name (the userName)
//	DeleteUser, EnableUser, DisableUser       User
type ConsoleRequest struct {
	Group, User string // ids
	Name        string
}

// Console does what a person does in the console, and records it as the console
// does: under sso-directory.amazonaws.com, or, for memberships and when
// [Behaviour.OldConsole] is off, as an Identity Store API call by "AWS
// Internal". It returns the id of what it made, or "". Any other operation name
// changes nothing and is recorded as a call about the store as a whole, such as
// EnableExternalIdPConfigurationForDirectory. The error is an [*Error].
func (c *Center) Console(ctx context.Context, call Call, op string, r ConsoleRequest) (id string, err error) {
	panic("todo")
}
