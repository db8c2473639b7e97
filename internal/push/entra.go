package push

import (
	"cmp"
	"net/http"
	"slices"
	"time"
)

const entraGroupSchema = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

// entra acts the gallery app of Microsoft Entra ID in its default mode: capitalised
// operations, one a changed attribute, "False" as text, members with $ref null,
// and reference checks by filter (identity-center-scim reference 16.2).
func entra() Profile {
	return Profile{
		Name: "entra", Title: "Microsoft Entra ID", UserAgent: "microsoft azure ad scim provisioning",
		Doubt:       "its user agent towards AWS was never seen; this one was seen towards another vendor's server",
		contentType: "application/scim+json; charset=utf-8",
		headers:     []header{{"Accept", "application/scim+json"}},
		retries:     4, firstWait: time.Second, mostWait: 30 * time.Second,
		begin: func(s *session) error {
			nobody := entraID("connection test", s.base)
			_, err := s.call("test of the connection", http.MethodGet, "/Users", s.query("filter", "userName eq "+quoted(nobody)), nil)
			return err
		},
		lookup:     func(s *session, filter string) string { return s.query("filter", filter) },
		userBody:   entraUser,
		updateUser: entraUpdate,
		retireUser: func(s *session, have resource) (bool, error) {
			if !have.active() {
				return false, nil
			}
			_, err := s.call(have.UserName, http.MethodPatch, "/Users/"+have.ID, "", patch(entraActive(false)))
			return true, err
		},
		group: &groupHabits{
			lookup: func(s *session, filter string) string {
				return s.query("excludedAttributes", "members", "filter", filter)
			},
			body: func(g Group) object {
				return object{
					{"schemas", []string{groupSchema, entraGroupSchema}}, {"externalId", cmp.Or(g.ExternalID, entraID("group", g.DisplayName))},
					{"displayName", g.DisplayName}, {"meta", object{{"resourceType", "Group"}}},
				}
			},
			settled: func(s *session, have resource, g Group, made bool) (bool, error) {
				if made {
					return false, nil
				}
				_, err := s.call(g.DisplayName, http.MethodGet, "/Groups/"+have.ID, s.query("excludedAttributes", "members"), nil)
				return false, err
			},
			has: byTest,
			patches: func(add, remove []person) []*change {
				var changes []*change
				for chunk := range slices.Chunk(remove, maxChanges) {
					changes = append(changes, &change{body: entraMembers("Remove", chunk), remove: len(chunk)})
				}
				for chunk := range slices.Chunk(add, maxChanges) {
					changes = append(changes, &change{body: entraMembers("Add", chunk), add: len(chunk)})
				}
				return changes
			},
		},
	}
}

func entraUser(u User) object {
	return object{
		{"schemas", []string{userSchema, enterpriseSchema}}, {"externalId", cmp.Or(u.ExternalID, entraID("user", u.UserName))},
		{"userName", u.UserName}, {"active", u.Active},
	}.with("displayName", u.DisplayName).withEmails(u).with("meta", object{{"resourceType", "User"}}).
		with("name", nameOf(u)).with("roles", []object{})
}

func entraActive(active bool) object {
	text := "False"
	if active {
		text = "True"
	}
	return object{{"op", "Replace"}, {"path", "active"}, {"value", text}}
}

func entraUpdate(s *session, have resource, u User) error {
	var ops []object
	set := func(path, has, wants string) {
		switch {
		case has == wants:
		case has == "":
			ops = append(ops, object{{"op", "Add"}, {"path", path}, {"value", wants}})
		default:
			ops = append(ops, object{{"op", "Replace"}, {"path", path}, {"value", wants}})
		}
	}
	set("displayName", have.DisplayName, u.DisplayName)
	set("name.givenName", have.Name.GivenName, u.GivenName)
	set("name.familyName", have.Name.FamilyName, u.FamilyName)
	set("externalId", have.ExternalID, externalID(entraUser(u)))
	switch {
	case u.secondEmail != "":
		ops = append(ops, object{{"op", "Replace"}, {"path", "emails"}, {"value", emailsOf(u)}})
	case u.Email == "" && have.email() != "":
		ops = append(ops, object{{"op", "Remove"}, {"path", `emails[type eq "work"].value`}})
	case u.Email != have.email() && have.email() == "":
		ops = append(ops, object{{"op", "Add"}, {"path", "emails"}, {"value", emailsOf(u)}})
	default:
		set(`emails[type eq "work"].value`, have.email(), u.Email)
	}
	if have.active() != u.Active {
		ops = append(ops, entraActive(u.Active))
	}
	_, err := s.call(u.UserName, http.MethodPatch, "/Users/"+have.ID, "", patch(ops...))
	return err
}

func entraMembers(op string, list []person) object {
	refs := make([]object, len(list))
	for i, p := range list {
		refs[i] = object{{"$ref", nil}, {"value", p.id}}
	}
	return patch(object{{"op", op}, {"path", "members"}, {"value", refs}})
}
