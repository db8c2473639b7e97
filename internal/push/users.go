package push

import "net/http"

// user creates or updates one user, in the client's order.
func (s *session) user(u User) error {
	counts := &s.res.Users
	var have resource
	var found bool
	var err error
	if !s.p.createFirst {
		have, found, err = s.findUser(u.UserName)
	}
	if err == nil && !found {
		have, err = s.create(u.UserName, "/Users", s.p.userBody(u))
		if err == nil {
			counts.Created++
			s.people[fold(u.UserName)] = person{have.ID, u.UserName}
			return nil
		}
		if s.p.createFirst && conflict(err) {
			refused := err
			have, found, err = s.findUser(u.UserName)
			if err == nil && !found {
				err = refused // it is another attribute that is taken
			}
		}
	}
	if err != nil {
		s.failed[fold(u.UserName)] = true
		return s.fatal(err, counts)
	}
	s.people[fold(u.UserName)] = person{have.ID, u.UserName}
	if !differs(have, u, s.p.userBody(u)) {
		counts.Unchanged++
		return nil
	}
	if err := s.p.updateUser(s, have, u); err != nil {
		return s.fatal(err, counts)
	}
	counts.Updated++
	return nil
}

func (s *session) findUser(name string) (resource, bool, error) {
	return s.first(name, "/Users", s.p.lookup(s, "userName eq "+quoted(name)))
}

// create posts a body and returns what was made.
func (s *session) create(about, path string, body object) (resource, error) {
	a, err := s.call(about, http.MethodPost, path, "", body)
	if err != nil {
		return resource{}, err
	}
	var made resource
	return made, a.decode(&made)
}

// differs reports whether a user is to be updated. What the client does not send of
// itself (its own ids) is compared only when it sends it.
func differs(have resource, u User, body object) bool {
	return have.active() != u.Active || profileDiffers(have, u, body)
}

func profileDiffers(have resource, u User, body object) bool {
	id := externalID(body)
	return have.UserName != u.UserName || have.Name.GivenName != u.GivenName || have.Name.FamilyName != u.FamilyName ||
		have.DisplayName != u.DisplayName || have.email() != u.Email || u.secondEmail != "" || id != "" && have.ExternalID != id
}

func onlyActiveDiffers(have resource, u User, body object) bool {
	return have.active() != u.Active && !profileDiffers(have, u, body)
}

// externalID is the id that a body carries, "" for none.
func externalID(body object) string {
	for _, m := range body {
		if m.name == "externalId" {
			id, _ := m.value.(string)
			return id
		}
	}
	return ""
}

// locate returns who bears a name at the endpoint, looking him up once.
func (s *session) locate(name string) (person, bool, error) {
	key := fold(name)
	if p, ok := s.people[key]; ok {
		return p, true, nil
	}
	if s.failed[key] {
		return person{}, false, nil
	}
	have, found, err := s.findUser(name)
	if err == nil && found {
		s.people[key] = person{have.ID, name}
		return s.people[key], true, nil
	}
	s.failed[key] = true
	return person{}, false, s.fatal(err, nil)
}

// removeUsers disables or deletes users whom the input lacks.
func (s *session) removeUsers() error {
	wanted := map[string]bool{}
	for _, u := range s.Input.Users {
		wanted[fold(u.UserName)] = true
	}
	list, err := s.all("all users", "/Users", "")
	if err != nil {
		return s.fatal(err, &s.res.Users)
	}
	for _, have := range list {
		if wanted[fold(have.UserName)] {
			continue
		}
		done, err := s.p.retireUser(s, have)
		switch {
		case err != nil:
			if err := s.fatal(err, &s.res.Users); err != nil {
				return err
			}
		case done:
			s.res.Users.Removed++
		}
	}
	return nil
}
