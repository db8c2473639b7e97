package idcenter

import (
	"github.com/scimtrail/scimtrail/internal/directory"
)

// Snapshot returns the store as a complete listing of it at this moment would
// show it. Writes wait meanwhile.
func (c *Center) Snapshot() directory.Snapshot {
	c.writer.Lock()
	defer c.writer.Unlock()
	at := c.now()
	s := directory.Snapshot{Store: c.store, Account: c.account, Region: c.region, NotBefore: at, NotAfter: at, Clock: directory.ClockManifest,
		AllUsers: true, AllGroups: true,
		Instances: []directory.Instance{{Store: c.store, ARN: c.instance, Owner: c.account, Status: "ACTIVE"}}}
	for step := range c.steps() {
		switch {
		case step.user != nil:
			s.Users = append(s.Users, c.listedUser(step.user))
		case step.group != nil:
			g := step.group
			s.Groups = append(s.Groups, directory.Group{ID: g.ID, Name: g.Name, Description: g.Description,
				ExternalIDs: c.external(g.ExternalID), Audit: g.audit.listed()})
			s.MembersOf = append(s.MembersOf, g.ID)
		case step.membership != nil:
			m := step.membership
			s.Memberships = append(s.Memberships, directory.Membership{ID: m.ID, Group: m.Group, User: m.User, Audit: m.audit.listed()})
		case step.assignment != nil:
			a := step.assignment
			s.Assignments = append(s.Assignments, directory.Assignment{Account: a.Account, PermissionSet: a.PermissionSet,
				PrincipalType: a.PrincipalType, PrincipalID: a.Principal})
		}
	}
	return s
}

func (c *Center) listedUser(u *user) directory.User {
	status := "ENABLED"
	if !u.active {
		status = "DISABLED"
	}
	return directory.User{ID: u.id, UserName: u.userName, DisplayName: u.attributes().Text("displayName"), Email: u.email, Status: status,
		ExternalIDs: c.external(u.externalID), Audit: u.audit.listed()}
}

func (c *Center) external(id string) []directory.ExternalID {
	if id == "" {
		return nil
	}
	return []directory.ExternalID{{Issuer: c.issuer(), ID: id}}
}

func (a audit) listed() directory.Audit {
	return directory.Audit{CreatedAt: a.CreatedAt, CreatedBy: a.CreatedBy, UpdatedAt: a.UpdatedAt, UpdatedBy: a.UpdatedBy}
}
