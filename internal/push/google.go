package push

import (
	"net/http"
	"time"
)

// google acts the automatic provisioning of Google Workspace: users only, plain JSON
// (identity-center-scim reference 16.3).
func google() Profile {
	return Profile{
		Name: "google", Title: "Google Workspace", UserAgent: "Google-Auto-Provisioning",
		Doubt:       "whether it updates and suspends by PUT or by PATCH is not known; here it is PUT",
		contentType: "application/json",
		headers:     []header{{"Accept", "application/json"}},
		retries:     4, firstWait: time.Second, mostWait: 30 * time.Second,
		lookup: func(s *session, filter string) string { return s.query("filter", filter) },
		userBody: func(u User) object {
			return object{{"schemas", []string{userSchema}}, {"userName", u.UserName}, {"name", nameOf(u)}}.
				with("displayName", u.DisplayName).withEmails(u).with("externalId", u.ExternalID).with("active", u.Active)
		},
		updateUser: putUser,
		retireUser: func(s *session, have resource) (bool, error) {
			if !have.active() {
				return false, nil
			}
			u := User{UserName: have.UserName, GivenName: have.Name.GivenName, FamilyName: have.Name.FamilyName,
				DisplayName: have.DisplayName, Email: have.email(), ExternalID: have.ExternalID}
			_, err := s.call(have.UserName, http.MethodPut, "/Users/"+have.ID, "", append(object{{"id", have.ID}}, s.p.userBody(u)...))
			return true, err
		},
	}
}
