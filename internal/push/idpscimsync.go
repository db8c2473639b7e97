package push

import (
	"cmp"
	"net/http"
	"time"
)

// idpSCIMSync acts slashdevops/idp-scim-sync: it asks for the service provider's
// configuration, creates without looking, and on a 409 looks up and replaces what
// differs; it reads memberships by the groups of each user
// (identity-center-scim reference 16.9, scim-clients 4, 9, 34). The real one keeps a
// state file and skips what has not changed; this does not, so that a second push
// is full of conflicts, as after its state was lost.
func idpSCIMSync() Profile {
	return Profile{
		Name: "idp-scim-sync", Title: "idp-scim-sync", UserAgent: "idp-scim-sync/0.20.0",
		Doubt:        "without its state file: what exists is met as a conflict every time; the version is an example",
		contentType:  "application/scim+json",
		headers:      []header{{"Accept", "application/json"}},
		plusForBlank: true,
		retries:      10, firstWait: 500 * time.Millisecond, mostWait: 10 * time.Second,
		begin: func(s *session) error {
			_, err := s.call("the service provider's configuration", http.MethodGet, "/ServiceProviderConfig", "", nil)
			return err
		},
		createFirst: true,
		lookup:      func(s *session, filter string) string { return s.query("filter", filter) },
		userBody: func(u User) object { // no schemas
			return object{{"userName", u.UserName}}.with("displayName", u.DisplayName).
				with("externalId", cmp.Or(u.ExternalID, googleID("user", u.UserName))).
				with("name", nameOf(u)).withEmails(u).with("active", u.Active)
		},
		updateUser: putUser,
		retireUser: deleteUser,
		group: &groupHabits{
			lookup: func(s *session, filter string) string { return s.query("filter", filter) },
			body: func(g Group) object {
				return object{{"displayName", g.DisplayName}, {"externalId", googleGroup(g)}}
			},
			settled: func(s *session, have resource, g Group, made bool) (bool, error) {
				if made || have.ExternalID == googleGroup(g) {
					return false, nil
				}
				_, err := s.call(g.DisplayName, http.MethodPatch, "/Groups/"+have.ID, "",
					patch(object{{"op", "replace"}, {"value", object{{"id", have.ID}, {"externalId", googleGroup(g)}}}}))
				return true, err
			},
			has:     byUser,
			patches: listedMembers,
		},
	}
}
