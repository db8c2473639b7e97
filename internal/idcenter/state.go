package idcenter

import "time"

// state is what the store holds, with its indexes. Readers hold Center.mu;
// the writer, of which there is one at a time, may read without it and holds it
// to apply steps.
type state struct {
	users      map[string]*userNode
	userList   order[*userNode]
	byUserName map[string]*userNode
	byEmail    map[string]*userNode
	byPerson   map[string]*userNode // externalId

	groups    map[string]*groupNode
	groupList order[*groupNode]
	byGroup   map[string]*groupNode // displayName
	byOutside map[string]*groupNode // externalId

	memberships map[string]*membership

	tokens map[string]*token

	assignments    map[string]*assignment
	assignmentList order[*assignment] // account, permission set, principal
	assignmentsFor map[string]*order[*assignment]
	network        *storedStore
}

type userNode struct {
	*user
	groups order[*membership] // by group id
}

type groupNode struct {
	*group
	members order[*membership] // by user id
}

func newState() *state {
	return &state{
		users: map[string]*userNode{}, byUserName: map[string]*userNode{}, byEmail: map[string]*userNode{}, byPerson: map[string]*userNode{},
		groups: map[string]*groupNode{}, byGroup: map[string]*groupNode{}, byOutside: map[string]*groupNode{},
		memberships: map[string]*membership{}, tokens: map[string]*token{},
		assignments: map[string]*assignment{}, assignmentsFor: map[string]*order[*assignment]{},
	}
}

// step is one change to a state. Exactly one of the pointers is set; gone says
// that the thing is taken away.
type step struct {
	user       *user
	group      *group
	membership *membership
	token      *token
	assignment *assignment
	store      *storedStore
	gone       bool
}

// listKey is where a thing stands in listings.
func (c *Center) listKey(id string, created time.Time) string {
	if c.be.ListByCreation {
		return created.UTC().Format("20060102150405.000000000") + id
	}
	return id
}

// apply carries out a step that is known to fit.
func (c *Center) apply(s step) {
	switch st := c.state; {
	case s.user != nil:
		c.applyUser(s.user, s.gone)
	case s.group != nil:
		c.applyGroup(s.group, s.gone)
	case s.membership != nil:
		m := s.membership
		u, g := st.users[m.User], st.groups[m.Group]
		if s.gone {
			delete(st.memberships, m.ID)
			u.groups.Delete(m.Group)
			g.members.Delete(m.User)
			return
		}
		st.memberships[m.ID] = m
		u.groups.Put(m.Group, m)
		g.members.Put(m.User, m)
	case s.token != nil:
		if s.gone {
			delete(st.tokens, s.token.ID)
			return
		}
		st.tokens[s.token.ID] = s.token
	case s.assignment != nil:
		c.applyAssignment(s.assignment, s.gone)
	case s.store != nil:
		st.network = s.store
	}
}

func (c *Center) applyUser(u *user, gone bool) {
	st := c.state
	node := st.users[u.id]
	if node != nil {
		old := node.user
		delete(st.byUserName, c.folded(old.userName))
		delete(st.byEmail, c.folded(old.email))
		delete(st.byPerson, old.externalID)
	}
	if gone {
		delete(st.users, u.id)
		st.userList.Delete(c.listKey(u.id, u.CreatedAt))
		return
	}
	if node == nil {
		node = &userNode{}
		st.users[u.id] = node
		st.userList.Put(c.listKey(u.id, u.CreatedAt), node)
	}
	node.user = u
	st.byUserName[c.folded(u.userName)] = node
	if u.email != "" {
		st.byEmail[c.folded(u.email)] = node
	}
	if u.externalID != "" {
		st.byPerson[u.externalID] = node
	}
}

func (c *Center) applyGroup(g *group, gone bool) {
	st := c.state
	node := st.groups[g.ID]
	if node != nil {
		delete(st.byGroup, c.folded(node.Name))
		delete(st.byOutside, node.ExternalID)
	}
	if gone {
		delete(st.groups, g.ID)
		st.groupList.Delete(c.listKey(g.ID, g.CreatedAt))
		return
	}
	if node == nil {
		node = &groupNode{}
		st.groups[g.ID] = node
		st.groupList.Put(c.listKey(g.ID, g.CreatedAt), node)
	}
	node.group = g
	if g.Name != "" {
		st.byGroup[c.folded(g.Name)] = node
	}
	if g.ExternalID != "" {
		st.byOutside[g.ExternalID] = node
	}
}

// userClash returns the conflict that a user would make, nil when there is none.
func (c *Center) userClash(u *user) *Error {
	st := c.state
	taken := func(index map[string]*userNode, key string) bool {
		other := index[key]
		return key != "" && other != nil && other.id != u.id
	}
	switch {
	case taken(st.byUserName, c.folded(u.userName)):
		return duplicate("UserName")
	case taken(st.byPerson, u.externalID):
		return duplicate("ExternalId")
	case taken(st.byEmail, c.folded(u.email)):
		return duplicate("Email")
	}
	return nil
}

// groupClash returns the conflict that a group would make, nil when there is
// none.
func (c *Center) groupClash(g *group) *Error {
	st := c.state
	if other := st.byGroup[c.folded(g.Name)]; g.Name != "" && other != nil && other.ID != g.ID {
		return duplicate("GroupDisplayName")
	}
	if other := st.byOutside[g.ExternalID]; g.ExternalID != "" && other != nil && other.ID != g.ID {
		return duplicate("ExternalId")
	}
	return nil
}
