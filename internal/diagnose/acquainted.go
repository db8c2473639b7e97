package diagnose

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// acquainted is whom the identity provider knows, by what they are looked up by; names
// and AWS ids are in lower case. Large groups ask for thousands, and lists are long.
type acquainted struct {
	okta      map[string]bool                    // the ids of Okta's users
	oktaNames map[string][]string                // those, by login
	appUsers  map[string][]*upstream.OktaAppUser // by user name
	made      map[string][]*upstream.OktaAppUser // by the AWS id that Okta remembers

	entraUsers map[string][]*upstream.EntraUser
	entraNames map[string][]string                      // the ids of Entra ID's users, by name
	roles      map[string]bool                          // principals that are assigned to the app
	sent       map[string][]*upstream.EntraProvisioning // what was provisioned, by its id in Entra ID
	arrived    map[string][]*upstream.EntraProvisioning // and by the AWS id
}

func acquaint(st *upstream.State) *acquainted {
	a := &acquainted{okta: map[string]bool{}, oktaNames: map[string][]string{}, appUsers: map[string][]*upstream.OktaAppUser{}, made: map[string][]*upstream.OktaAppUser{},
		entraUsers: map[string][]*upstream.EntraUser{}, entraNames: map[string][]string{}, roles: map[string]bool{},
		sent: map[string][]*upstream.EntraProvisioning{}, arrived: map[string][]*upstream.EntraProvisioning{}}
	// Entries of one person follow each other: that keeps lists short.
	name := func(index map[string][]string, name, id string) {
		key := strings.ToLower(name)
		if list := index[key]; len(list) == 0 || list[len(list)-1] != id {
			index[key] = append(list, id)
		}
	}
	for i := range st.Okta.AppUsers {
		u := &st.Okta.AppUsers[i]
		a.okta[u.ID] = true
		key := strings.ToLower(u.Credentials.UserName)
		a.appUsers[key] = append(a.appUsers[key], u)
		if u.ExternalID != "" {
			key := strings.ToLower(u.ExternalID)
			a.made[key] = append(a.made[key], u)
		}
	}
	for i := range st.Okta.Users {
		u := &st.Okta.Users[i]
		a.okta[u.ID] = true
		name(a.oktaNames, u.Profile.Login, u.ID)
	}
	for i := range st.Okta.Members {
		m := &st.Okta.Members[i]
		a.okta[m.User] = true
		name(a.oktaNames, m.Login, m.User)
	}
	for i := range st.Entra.Users {
		u := &st.Entra.Users[i]
		a.entraUsers[u.ID] = append(a.entraUsers[u.ID], u)
		name(a.entraNames, u.UserPrincipalName, u.ID)
	}
	for i := range st.Entra.Members {
		m := &st.Entra.Members[i]
		name(a.entraNames, m.Name, m.ID)
	}
	for i := range st.Entra.AppRoles {
		a.roles[st.Entra.AppRoles[i].PrincipalID] = true
	}
	for i := range st.Entra.Provisioning {
		p := &st.Entra.Provisioning[i]
		a.sent[p.Source.ID] = append(a.sent[p.Source.ID], p)
		if p.Target.ID != "" {
			key := strings.ToLower(p.Target.ID)
			a.arrived[key] = append(a.arrived[key], p)
		}
	}
	return a
}
