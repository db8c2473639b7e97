package idcenter

import (
	"context"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scim"
)

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
// does: under sso-directory.amazonaws.com, or, for memberships and with
// [Behaviour.NewConsole], as an Identity Store API call by "AWS
// Internal". It returns the id of what it made, or "". Any other operation name
// changes nothing and is recorded as a call about the store as a whole, such as
// EnableExternalIdPConfigurationForDirectory. The error is an [*Error].
func (c *Center) Console(ctx context.Context, call Call, op string, r ConsoleRequest) (id string, err error) {
	if err := ctx.Err(); err != nil {
		return "", internal(err)
	}
	if call.RequestID == "" {
		call.RequestID = c.ids.uuid()
	}
	r.Group, r.User = awsid.Bare(r.Group), awsid.Bare(r.User)
	c.writer.Lock()
	defer c.writer.Unlock()
	by := call.Caller.Account
	if by == "" {
		by = c.account
	}
	s := consoleCall{c: c, ConsoleRequest: r, tx: &transaction{c: c, at: c.tick(), by: by}}
	failed := call.Fault
	if failed == nil {
		failed = s.do(op)
	}
	if failed != nil {
		s.tx.steps, s.made = nil, ""
	}
	var event *Event
	if !call.Silent {
		event = s.event(call, op, failed)
	}
	if err := s.tx.commit(event); err != nil {
		return "", err
	}
	if failed != nil {
		return "", failed
	}
	return s.made, nil
}

// consoleCall is one thing done in the console.
type consoleCall struct {
	ConsoleRequest
	c          *Center
	tx         *transaction
	made       string
	membership string // made or ended
}

func (s *consoleCall) do(op string) *Error {
	st := s.c.state
	g, u := st.groups[s.Group], st.users[s.User]
	switch op {
	case "AddMemberToGroup", "RemoveMemberFromGroup", "UpdateGroup", "DeleteGroup":
		if g == nil {
			return notFound("GROUP", s.Group)
		}
	}
	switch op {
	case "AddMemberToGroup", "RemoveMemberFromGroup", "DeleteUser", "EnableUser", "DisableUser":
		if u == nil {
			return notFound("USER", s.User)
		}
	}
	switch op {
	case "AddMemberToGroup":
		if s.tx.member(s.Group, s.User) != nil {
			e := duplicate("")
			e.Detail = "Member and Group relationship already exists."
			return e
		}
		s.membership = s.tx.join(s.Group, s.User).ID
	case "RemoveMemberFromGroup":
		m := s.tx.member(s.Group, s.User)
		if m == nil {
			return notFound("GROUP_MEMBERSHIP", "")
		}
		s.membership = m.ID
		s.tx.leave(s.Group, s.User)
	case "CreateGroup":
		return s.keepGroup(&group{ID: s.c.ids.resource(), Name: s.Name, audit: newAudit(s.tx.at, s.tx.by)})
	case "UpdateGroup":
		renamed := *g.group
		renamed.Name, renamed.audit = s.Name, g.changed(s.tx.at, s.tx.by)
		return s.keepGroup(&renamed)
	case "DeleteGroup":
		s.tx.deleteGroup(g)
	case "CreateUser":
		return s.createUser()
	case "DeleteUser":
		s.tx.deleteUser(u)
	case "EnableUser", "DisableUser":
		attributes := u.attributes()
		attributes.Set("active", op == "EnableUser")
		s.tx.put(step{user: s.c.newUser(u.id, u.changed(s.tx.at, s.tx.by), attributes)})
	}
	return nil
}

func (s *consoleCall) keepGroup(g *group) *Error {
	if found := groupName.checkText("displayName", g.Name, nil); found != nil {
		return apiViolations(found)
	}
	if err := s.c.groupClash(g); err != nil {
		return err
	}
	s.tx.put(step{group: g})
	s.made = g.ID
	return nil
}

// createUser makes a user whose names are all the userName.
func (s *consoleCall) createUser() *Error {
	n := normaliser{api: true}
	attributes, err := n.user(scim.NewObject(member("userName", s.Name), member("displayName", s.Name),
		member("name", scim.NewObject(member("familyName", s.Name), member("givenName", s.Name)))), true)
	if err != nil {
		return err
	}
	u := s.c.newUser(s.c.ids.resource(), newAudit(s.tx.at, s.tx.by), attributes)
	if err := s.c.userClash(u); err != nil {
		return err
	}
	s.tx.put(step{user: u})
	s.made = u.id
	return nil
}

// event records what was done as the console does.
func (s *consoleCall) event(call Call, op string, failed *Error) *Event {
	c := s.c
	if c.be.NewConsole && (op == "AddMemberToGroup" || op == "RemoveMemberFromGroup") {
		action := cloudtrail.APICreateMembership(c.store, s.Group, s.User, s.membership)
		if op == "RemoveMemberFromGroup" {
			action = cloudtrail.APIDeleteMembership(c.store, s.membership)
		}
		call.UserAgent, call.SourceIP = "AWS Internal", "AWS Internal"
		return c.record(call, action, call.Caller, s.tx.at, failed)
	}
	call.FromConsole = true
	return c.record(call, s.action(op, s.tx.at), call.Caller, s.tx.at, failed)
}

func (s *consoleCall) action(op string, at time.Time) cloudtrail.Action {
	store := s.c.store
	switch op {
	case "AddMemberToGroup":
		return cloudtrail.ConsoleAddMember(store, s.Group, s.User)
	case "RemoveMemberFromGroup":
		return cloudtrail.ConsoleRemoveMember(store, s.Group, s.User)
	case "CreateGroup":
		return cloudtrail.ConsoleCreateGroup(store, s.made, s.tx.by, at)
	case "UpdateGroup", "DeleteGroup":
		return cloudtrail.ConsoleGroup(op, store, s.Group)
	case "CreateUser":
		return cloudtrail.ConsoleUser(op, store, s.made)
	case "DeleteUser", "EnableUser", "DisableUser":
		return cloudtrail.ConsoleUser(op, store, s.User)
	}
	return cloudtrail.ConsoleStore(op, store)
}
