package push

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

// ssosync acts awslabs/ssosync: a doubled slash in every path, a content type on reads
// too, members null in a new group, lists of at most 100 members
// (identity-center-scim reference 16.8, scim-clients 1, 3, 6 to 8). The real one reads
// memberships by the Identity Store API; here they are tested by filter, as its older
// versions did (scim-clients 11).
func ssosync() Profile {
	return Profile{
		Name: "ssosync", Title: "ssosync", UserAgent: "Go-http-client/2.0",
		Doubt:        "it reads users, groups and memberships by the Identity Store API, which this does not",
		contentType:  "application/scim+json",
		typeOnReads:  true,
		plusForBlank: true,
		doubledSlash: true,
		retries:      4, firstWait: time.Second, mostWait: 30 * time.Second,
		lookup:     func(s *session, filter string) string { return s.query("filter", filter) },
		userBody:   ssosyncUser,
		updateUser: putUser,
		retireUser: deleteUser,
		group: &groupHabits{
			lookup: func(s *session, filter string) string { return s.query("filter", filter) },
			body: func(g Group) object {
				return object{{"schemas", []string{groupSchema}}, {"displayName", g.DisplayName}, {"externalId", googleGroup(g)}, {"members", nil}}
			},
			settled: func(s *session, have resource, g Group, made bool) (bool, error) {
				if made || have.ExternalID == googleGroup(g) {
					return false, nil
				}
				_, err := s.call(g.DisplayName, http.MethodPatch, "/Groups/"+have.ID, "", patch(
					object{{"op", "replace"}, {"path", "displayName"}, {"value", g.DisplayName}},
					object{{"op", "replace"}, {"path", "externalId"}, {"value", googleGroup(g)}}))
				return true, err
			},
			has:     byTest,
			patches: listedMembers,
		},
	}
}

func ssosyncUser(u User) object {
	return object{{"schemas", []string{userSchema}}, {"userName", u.UserName}, {"name", nameOf(u)}}.
		with("displayName", u.DisplayName).with("active", u.Active).withEmails(u).
		with("addresses", []object{{{"type", "work"}}}).with("externalId", cmp.Or(u.ExternalID, googleID("user", u.UserName)))
}

func googleGroup(g Group) string { return cmp.Or(g.ExternalID, googleID("group", g.DisplayName)) }

// listedMembers adds and removes by lists of ids, 100 a PATCH.
func listedMembers(add, remove []person) []*change {
	body := func(op string, list []person) object {
		return patch(object{{"op", op}, {"path", "members"}, {"value", values(ids(list))}})
	}
	var changes []*change
	for chunk := range slices.Chunk(remove, maxChanges) {
		changes = append(changes, &change{body: body("remove", chunk), remove: len(chunk)})
	}
	for chunk := range slices.Chunk(add, maxChanges) {
		changes = append(changes, &change{body: body("add", chunk), add: len(chunk)})
	}
	return changes
}
