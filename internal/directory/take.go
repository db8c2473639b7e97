package directory

import "time"

func (p *parser) noteStore(it *item) {
	if store := it.store(); store != "" {
		p.stores[store] = true
	}
}

func (p *parser) noteTimes(times ...time.Time) {
	for _, t := range times {
		if t.After(p.newest) {
			p.newest = t
		}
	}
}

// took notes an entry that was read: the file is of this kind.
func (p *parser) took(it *item, kind string) {
	p.kinds[kind] = true
	p.noteStore(it)
	p.noteTimes(it.CreatedAt.Time, it.UpdatedAt.Time, it.CreatedDate.Time)
}

func (p *parser) takeUser(it *item, kind string) (string, error) {
	u, err := it.user()
	if err != nil {
		return "", err
	}
	p.took(it, kind)
	p.snapshot.Users = append(p.snapshot.Users, u)
	return u.ID, nil
}

func (p *parser) takeGroup(it *item, kind string) (string, error) {
	g, err := it.group()
	if err != nil {
		return "", err
	}
	p.took(it, kind)
	p.snapshot.Groups = append(p.snapshot.Groups, g)
	return g.ID, nil
}

func (p *parser) takeMembership(it *item, kind string) (pair, error) {
	m, err := it.membership()
	if err != nil {
		return pair{}, err
	}
	p.took(it, kind)
	p.snapshot.Memberships = append(p.snapshot.Memberships, m)
	return pair{m.Group, m.User}, nil
}

func (p *parser) takeAnswer(it *item) error {
	if !it.MembershipExists.known {
		return errNoAnswer
	}
	m, err := it.membership()
	if err != nil {
		return err
	}
	p.took(it, KindIsMember)
	if it.MembershipExists.value {
		p.snapshot.Memberships = append(p.snapshot.Memberships, m)
	} else {
		p.snapshot.Absent = append(p.snapshot.Absent, m)
	}
	return nil
}

func (p *parser) takeInstance(it *item, kind string) error {
	in, err := it.instance()
	if err != nil {
		return err
	}
	p.took(it, kind)
	p.snapshot.Instances = append(p.snapshot.Instances, in)
	return nil
}

func (p *parser) takeAssignment(it *item) (Assignment, error) {
	a, err := it.assignment()
	if err != nil {
		return Assignment{}, err
	}
	p.took(it, KindAssignments)
	p.snapshot.Assignments = append(p.snapshot.Assignments, a)
	return a, nil
}

// takeAll takes the entries of a list and returns what each was taken as, and
// whether any was left out.
func takeAll[K any](p *parser, l *list[item], take func(*item) (K, error)) (keys []K, gaps bool) {
	gaps = l.strays > 0
	for i := range l.items {
		key, err := take(&l.items[i])
		if err != nil {
			p.skip(err)
			gaps = true
			continue
		}
		keys = append(keys, key)
	}
	return keys, gaps
}

// empty notes the kind of an empty list, which no entry shows.
func (p *parser) empty(l *list[item], kind string) {
	if len(l.items)+l.strays == 0 {
		p.kinds[kind] = true
	}
}

func (p *parser) takeUsers(l *list[item], more bool) {
	p.empty(l, KindUsers)
	ids, gaps := takeAll(p, l, func(it *item) (string, error) { return p.takeUser(it, KindUsers) })
	p.users.add(ids, more, gaps)
}

func (p *parser) takeGroups(l *list[item], more bool) {
	p.empty(l, KindGroups)
	ids, gaps := takeAll(p, l, func(it *item) (string, error) { return p.takeGroup(it, KindGroups) })
	p.groups.add(ids, more, gaps)
}

func (p *parser) takeMemberships(l *list[item], more bool) {
	p.empty(l, KindMemberships)
	pairs, gaps := takeAll(p, l, func(it *item) (pair, error) { return p.takeMembership(it, KindMemberships) })
	if p.memberships.open && !sameListing(p.memberships.last(), pairs) {
		p.memberships.breakOff()
	}
	p.memberships.add(pairs, more, gaps)
}

func (p *parser) takeAnswers(l *list[item], _ bool) {
	takeAll(p, l, func(it *item) (none, error) { return none{}, p.takeAnswer(it) })
}

func (p *parser) takeInstances(l *list[item], more bool) {
	p.snapshot.Truncated = p.snapshot.Truncated || more
	p.empty(l, KindInstances)
	takeAll(p, l, func(it *item) (none, error) { return none{}, p.takeInstance(it, KindInstances) })
}

func (p *parser) takeStores(l *list[item], _ bool) {
	p.empty(l, KindStores)
	takeAll(p, l, func(it *item) (none, error) { return none{}, p.takeInstance(it, KindStores) })
}

func (p *parser) takeAssignments(l *list[item], more bool) {
	p.snapshot.Truncated = p.snapshot.Truncated || more
	p.empty(l, KindAssignments)
	takeAll(p, l, p.takeAssignment)
}

type none struct{}
