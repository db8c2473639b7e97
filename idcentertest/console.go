package idcentertest

import (
	"context"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Console is a person at the AWS console, who changes users and groups past SCIM and
// past the Identity Store API. CloudTrail records that under
// sso-directory.amazonaws.com. A refused change ends the test.
type Console struct {
	s      *Server
	person string
}

// Console returns the console of a person, named as Identity Center names its users,
// such as ann@example.com.
func (s *Server) Console(person string) *Console { return &Console{s, person} }

// CreateGroup makes a group and returns its id.
func (c *Console) CreateGroup(name string) (id string) {
	c.s.t.Helper()
	return c.do("CreateGroup", idcenter.ConsoleRequest{Name: name})
}

// RenameGroup gives a group another name.
func (c *Console) RenameGroup(group, name string) {
	c.s.t.Helper()
	c.do("UpdateGroup", idcenter.ConsoleRequest{Group: group, Name: name})
}

// DeleteGroup deletes a group and its memberships.
func (c *Console) DeleteGroup(group string) {
	c.s.t.Helper()
	c.do("DeleteGroup", idcenter.ConsoleRequest{Group: group})
}

// AddMember puts a user into a group.
func (c *Console) AddMember(group, user string) {
	c.s.t.Helper()
	c.do("AddMemberToGroup", idcenter.ConsoleRequest{Group: group, User: user})
}

// RemoveMember takes a user out of a group.
func (c *Console) RemoveMember(group, user string) {
	c.s.t.Helper()
	c.do("RemoveMemberFromGroup", idcenter.ConsoleRequest{Group: group, User: user})
}

// CreateUser makes a user and returns his id.
func (c *Console) CreateUser(userName string) (id string) {
	c.s.t.Helper()
	return c.do("CreateUser", idcenter.ConsoleRequest{Name: userName})
}

// DeleteUser deletes a user and his memberships.
func (c *Console) DeleteUser(user string) {
	c.s.t.Helper()
	c.do("DeleteUser", idcenter.ConsoleRequest{User: user})
}

// EnableUser lets a user sign in again.
func (c *Console) EnableUser(user string) {
	c.s.t.Helper()
	c.do("EnableUser", idcenter.ConsoleRequest{User: user})
}

// DisableUser keeps a user from signing in; memberships stay.
func (c *Console) DisableUser(user string) {
	c.s.t.Helper()
	c.do("DisableUser", idcenter.ConsoleRequest{User: user})
}

// Settings does something else in the console's settings, by the name that CloudTrail
// gives it, such as DisableExternalIdPConfigurationForDirectory. It is recorded and
// changes nothing.
func (c *Console) Settings(operation string) {
	c.s.t.Helper()
	c.do(operation, idcenter.ConsoleRequest{})
}

func (c *Console) do(operation string, r idcenter.ConsoleRequest) string {
	c.s.t.Helper()
	id, err := c.s.e.Console(context.Background(), c.person, operation, r)
	if err != nil {
		c.s.t.Fatalf("%s in the console by %s: %v", operation, c.person, err)
	}
	return id
}
