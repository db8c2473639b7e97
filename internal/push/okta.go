package push

import (
	"cmp"
	"net/http"
	"time"
)

// okta acts the app "AWS IAM Identity Center" of Okta's catalogue: it looks before
// it creates, updates by GET and PUT, changes active by a PATCH without a path,
// and renames a group before every change of its members
// (identity-center-scim reference 16.1, okta-sailpoint reference 6.1).
func okta() Profile {
	return Profile{
		Name: "okta", Title: "Okta", UserAgent: "Okta SCIM Client 1.0.0",
		Doubt:       "how the app splits more than 100 changes is not known; here it is 100 a PATCH",
		contentType: "application/scim+json; charset=utf-8",
		headers:     []header{{"Accept", "application/scim+json"}, {"Accept-Charset", "utf-8"}},
		retries:     5, firstWait: time.Second, mostWait: 30 * time.Second,
		begin: func(s *session) error {
			_, err := s.call("test of the credentials", http.MethodGet, "/Users", s.query("startIndex", "1", "count", "2"), nil)
			return err
		},
		lookup:   oktaLookup,
		userBody: oktaUser,
		updateUser: func(s *session, have resource, u User) error {
			if onlyActiveDiffers(have, u, oktaUser(u)) {
				return oktaActive(s, have.ID, u.UserName, u.Active)
			}
			if _, err := s.call(u.UserName, http.MethodGet, "/Users/"+have.ID, "", nil); err != nil {
				return err
			}
			return putUser(s, have, u)
		},
		retireUser: func(s *session, have resource) (bool, error) {
			if !have.active() {
				return false, nil // it never deletes a user
			}
			return true, oktaActive(s, have.ID, have.UserName, false)
		},
		group: &groupHabits{
			lookup: oktaLookup,
			body: func(g Group) object {
				return object{{"schemas", []string{groupSchema}}, {"displayName", g.DisplayName}}.with("externalId", g.ExternalID).with("members", []object{})
			},
			settled: func(s *session, have resource, g Group, made bool) (bool, error) {
				_, err := s.call(g.DisplayName, http.MethodGet, "/Groups/"+have.ID, "", nil)
				return false, err
			},
			has: byGroup,
			before: func(s *session, id, name string) error {
				_, err := s.call(name, http.MethodPatch, "/Groups/"+id, "", patch(object{{"op", "replace"}, {"value", object{{"id", id}, {"displayName", name}}}}))
				return err
			},
			patches: oktaMembers,
		},
	}
}

func oktaLookup(s *session, filter string) string {
	return s.query("filter", filter, "startIndex", "1", "count", "100")
}

func oktaUser(u User) object {
	return object{
		{"schemas", []string{userSchema}}, {"userName", u.UserName}, {"name", nameOf(u)},
	}.withEmails(u).with("displayName", u.DisplayName).with("locale", "en-US").
		with("externalId", cmp.Or(u.ExternalID, oktaID("00u", u.UserName))).
		with("groups", []object{}).with("password", "placeholder-Not-A-Secret-1").with("active", u.Active)
}

func oktaActive(s *session, id, name string, active bool) error {
	_, err := s.call(name, http.MethodPatch, "/Users/"+id, "", patch(object{{"op", "replace"}, {"value", object{{"active", active}}}}))
	return err
}

// oktaMembers removes one member an operation and adds them in one.
func oktaMembers(add, remove []person) []*change {
	var changes []*change
	for len(add)+len(remove) > 0 {
		var ops []object
		n := min(len(remove), maxChanges)
		for _, p := range remove[:n] {
			ops = append(ops, object{{"op", "remove"}, {"path", "members[value eq " + quoted(p.id) + "]"}})
		}
		remove = remove[n:]
		room := min(len(add), maxChanges-n)
		if room > 0 {
			var list []object
			for _, p := range add[:room] {
				list = append(list, object{{"value", p.id}, {"display", p.name}})
			}
			ops = append(ops, object{{"op", "add"}, {"path", "members"}, {"value", list}})
			add = add[room:]
		}
		changes = append(changes, &change{patch(ops...), room, n})
	}
	return changes
}
