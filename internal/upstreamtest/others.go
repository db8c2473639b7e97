package upstreamtest

import (
	"maps"
	"slices"

	"github.com/scimtrail/scimtrail/internal/push"
)

// pushEntra does what the job of Entra ID does, unless it is in quarantine or paused:
// it brings the assigned groups with their direct members, who are users, and logs it.
// Groups within groups are left out (okta-sailpoint reference 11).
func (s *Stage) pushEntra() {
	s.T.Helper()
	s.together()
	s.Do(func() {
		e := s.Entra
		if e.Job.State != "Active" || e.Job.Code != "Active" {
			return
		}
		var d push.Directory
		in := map[string]bool{}
		for _, role := range e.Roles {
			i := slices.IndexFunc(e.Groups, func(g *EntraGroup) bool { return g.ID == role.PrincipalID })
			if i < 0 {
				continue
			}
			g := push.Group{DisplayName: e.Groups[i].Name}
			for _, id := range e.Groups[i].Members {
				if u := slices.IndexFunc(e.Users, func(u EntraUser) bool { return u.ID == id && u.Enabled }); u >= 0 {
					g.Members = append(g.Members, e.Users[u].UPN)
					in[e.Users[u].UPN] = true
				}
			}
			d.Groups = append(d.Groups, g)
			e.record("update", "success", "", "", role.PrincipalID, role.Name, "Group")
		}
		for _, u := range e.Users {
			if in[u.UPN] {
				d.Users = append(d.Users, person(u.UPN, u.Name))
				e.record("create", "success", "", "", u.ID, u.Name, "User")
			}
		}
		s.act("entra", d, "")
	})
	s.together()
}

// pushGoogle does what Google Workspace does: people, and no groups.
func (s *Stage) pushGoogle() {
	s.T.Helper()
	s.Do(func() {
		var d push.Directory
		for _, login := range slices.Sorted(maps.Keys(s.Okta.Users)) {
			d.Users = append(d.Users, person(login, s.Okta.Users[login].Display))
		}
		s.act("google", d, push.OnlyUsers)
	})
	s.together()
}

func person(login, name string) push.User {
	return push.User{UserName: login, GivenName: name, FamilyName: "Example", DisplayName: name, Email: login, Active: true}
}

// act pushes as a client that package push knows.
func (s *Stage) act(client string, d push.Directory, only string) {
	s.T.Helper()
	if len(d.Users) == 0 {
		only = push.OnlyGroups
	}
	profile, _ := push.Named(client)
	if _, err := push.Run(s.Ctx, push.Options{Endpoint: s.SCIMURL, Token: s.Token, Profile: profile, Input: d, Only: only, Wait: atOnce}); err != nil {
		s.T.Fatalf("pushing as %s: %v", client, err)
	}
}
