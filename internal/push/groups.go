package push

import (
	"net/http"
	"slices"
	"strings"
)

// groups pushes every group and its members.
func (s *session) groups() error {
	var known map[string]map[string]bool // by group, for byUser
	if s.p.group.has == byUser && s.Break.Name != CreateGroupsEmpty && s.Break.Name != DuplicateGroup {
		var err error
		if known, err = s.groupsOfUsers(); err != nil {
			return err
		}
	}
	missing := 0
	for _, g := range s.Input.Groups {
		have, ok, err := s.group(g)
		if err != nil {
			return err
		}
		if !ok || s.Break.Name == CreateGroupsEmpty {
			continue
		}
		n, err := s.members(have.ID, g, known[have.ID])
		if err != nil {
			return err
		}
		missing += n
	}
	if missing > 0 {
		s.note("%d memberships are left out: their users are not at the endpoint.", missing)
	}
	return nil
}

// group creates or settles one group; ok is false when its members cannot be pushed.
func (s *session) group(g Group) (have resource, ok bool, err error) {
	counts, habits := &s.res.Groups, s.p.group
	find := func() (resource, bool, error) {
		return s.first(g.DisplayName, "/Groups", habits.lookup(s, "displayName eq "+quoted(g.DisplayName)))
	}
	if s.Break.Name == DuplicateGroup {
		return resource{}, false, s.duplicate(g)
	}
	var found bool
	if !s.p.createFirst {
		have, found, err = find()
	}
	made := false
	if err == nil && !found {
		have, err = s.create(g.DisplayName, "/Groups", habits.body(g))
		made = err == nil
		if s.p.createFirst && conflict(err) {
			refused := err
			have, found, err = find()
			if err == nil && !found {
				err = refused
			}
		}
	}
	if err != nil {
		return resource{}, false, s.fatal(err, counts)
	}
	if made {
		counts.Created++
	}
	changed := false
	if habits.settled != nil {
		if changed, err = habits.settled(s, have, g, made); err != nil {
			return resource{}, false, s.fatal(err, counts)
		}
	}
	switch {
	case made:
	case changed:
		counts.Updated++
	default:
		counts.Unchanged++
	}
	return have, true, nil
}

// duplicate creates a group without looking; if that goes well, once more.
func (s *session) duplicate(g Group) error {
	for range 2 {
		if _, err := s.create(g.DisplayName, "/Groups", s.p.group.body(g)); err != nil {
			return s.fatal(err, &s.res.Groups)
		}
		s.res.Groups.Created++
	}
	return nil
}

// change is one PATCH of members and how many it adds and removes.
type change struct {
	body        object
	add, remove int
}

// members brings one group's members to what the input says, and returns how many of
// them are not at the endpoint.
func (s *session) members(id string, g Group, known map[string]bool) (missing int, err error) {
	var want []person
	for _, name := range g.Members {
		p, ok, err := s.locate(name)
		if err != nil {
			return 0, err
		}
		if !ok {
			missing++
			continue
		}
		want = append(want, p)
	}
	if len(want) > 0 {
		if broken := s.Break.members(want); broken != nil {
			return missing, s.change(id, g.DisplayName, broken)
		}
	}
	add, remove, err := s.difference(id, g.DisplayName, want, known)
	if err != nil {
		return missing, s.fatal(err, nil)
	}
	s.res.Memberships.Unchanged += len(want) - len(add)
	for _, c := range s.p.group.patches(add, remove) {
		if err := s.change(id, g.DisplayName, c); err != nil {
			return missing, err
		}
	}
	return missing, nil
}

// change sends one PATCH of members, with what the client sends before it.
func (s *session) change(id, name string, c *change) error {
	counts := &s.res.Memberships
	if before := s.p.group.before; before != nil {
		if err := before(s, id, name); err != nil {
			counts.Refused += c.add + c.remove - 1 // fatal counts one
			return s.fatal(err, counts)
		}
	}
	if _, err := s.call(name, http.MethodPatch, "/Groups/"+id, "", c.body); err != nil {
		counts.Refused += c.add + c.remove - 1
		return s.fatal(err, counts)
	}
	counts.Created += c.add
	counts.Removed += c.remove
	return nil
}

// difference returns whom to add and, with Remove, whom to take out.
func (s *session) difference(id, name string, want []person, known map[string]bool) (add, remove []person, err error) {
	how := s.p.group.has
	if s.Remove && how == byTest {
		how = byGroup // strangers are found by no test
	}
	present := map[string]bool{}
	switch how {
	case byGroup:
		list, err := s.all(name, "/Users", "groups.value eq "+quoted(id))
		if err != nil {
			return nil, nil, err
		}
		for _, u := range list {
			present[u.ID] = true
			if s.Remove {
				remove = append(remove, person{u.ID, u.UserName})
			}
		}
	case byTest:
		for _, p := range want {
			_, in, err := s.first(name, "/Groups", s.query("filter", "id eq "+quoted(id)+" and members eq "+quoted(p.id), "attributes", "id"))
			if err != nil {
				return nil, nil, err
			}
			present[p.id] = in
		}
	case byUser:
		present = known
		if s.Remove {
			for _, p := range s.people {
				if known[p.id] {
					remove = append(remove, p)
				}
			}
			slices.SortFunc(remove, func(a, b person) int { return strings.Compare(a.name, b.name) })
		}
	}
	wanted := map[string]bool{}
	for _, p := range want {
		wanted[p.id] = true
		if !present[p.id] {
			add = append(add, p)
		}
	}
	return add, slices.DeleteFunc(remove, func(p person) bool { return wanted[p.id] }), nil
}

// groupsOfUsers reads the groups of every user of the input: who is in which, by
// the group's id.
func (s *session) groupsOfUsers() (map[string]map[string]bool, error) {
	in := map[string]map[string]bool{}
	names := make([]string, 0, len(s.Input.Users))
	for _, u := range s.Input.Users {
		names = append(names, u.UserName)
	}
	for _, g := range s.Input.Groups {
		names = append(names, g.Members...)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[fold(name)] {
			continue
		}
		seen[fold(name)] = true
		p, ok, err := s.locate(name)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		list, err := s.all(name, "/Groups", "members.value eq "+quoted(p.id))
		if err != nil {
			if err := s.fatal(err, nil); err != nil {
				return nil, err
			}
			continue
		}
		for _, g := range list {
			if in[g.ID] == nil {
				in[g.ID] = map[string]bool{}
			}
			in[g.ID][p.id] = true
		}
	}
	return in, nil
}

// removeGroups deletes groups that the input lacks.
func (s *session) removeGroups() error {
	wanted := map[string]bool{}
	for _, g := range s.Input.Groups {
		wanted[fold(g.DisplayName)] = true
	}
	list, err := s.all("all groups", "/Groups", "")
	if err != nil {
		return s.fatal(err, &s.res.Groups)
	}
	for _, have := range list {
		if wanted[fold(have.DisplayName)] {
			continue
		}
		if _, err := s.call(have.DisplayName, http.MethodDelete, "/Groups/"+have.ID, "", nil); err != nil {
			if err := s.fatal(err, &s.res.Groups); err != nil {
				return err
			}
			continue
		}
		s.res.Groups.Removed++
	}
	return nil
}
