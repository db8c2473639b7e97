package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// person is somebody whom the identity provider knows, joined to AWS.
type person struct {
	product string // okta or entra; "" when only AWS knows the person
	id      string // the provider's
	login   string

	inGroup     Cell // in the provider's group
	assigned    Cell // to the AWS app
	provisioned Cell // made in AWS by the provider, as far as it knows
	inAWS       Cell // in the AWS group

	okta    *upstream.OktaUser
	entra   *upstream.EntraUser
	appUser *upstream.OktaAppUser
	life    *ledger.Life // the AWS user; nil when none can be told
}

func (p *person) name() string {
	switch {
	case p.login != "":
		return p.login
	case p.life != nil:
		return name(p.life)
	}
	return p.id
}

// lacks reports whether the person should be in the AWS group and is not known
// to be.
func (p *person) lacks() bool { return p.inGroup == Yes && p.inAWS != Yes }

// findPeople gathers the members of the provider's group or, when a person is
// asked about, that person.
func (c *chain) findPeople() {
	if c.in.user != nil {
		if p := c.personOf(c.in.user); p != nil {
			c.people = []*person{p}
		}
		return
	}
	if c.groupID == "" {
		return
	}
	switch c.groupIn {
	case upstream.ProductOkta:
		for _, m := range c.in.outlook().oktaMembers[c.groupID] {
			c.people = append(c.people, c.oktaPerson(m.User, m.Login))
		}
	case upstream.ProductEntra:
		for _, m := range c.in.outlook().entraMembers[c.groupID] {
			if m.Type == "user" || m.Type == "" {
				c.people = append(c.people, c.entraPerson(m.ID, m.Name))
			}
		}
	}
	slices.SortStableFunc(c.people, func(a, b *person) int { return cmp.Or(cmp.Compare(a.login, b.login), cmp.Compare(a.id, b.id)) })
}

// oktaPerson gathers what is known of an Okta user.
func (c *chain) oktaPerson(id, login string) *person {
	p := &person{product: upstream.ProductOkta, id: id, login: login, okta: c.oktaUsers[id], appUser: c.appUsers[id], inGroup: c.memberOf(id)}
	if p.okta != nil && p.okta.Profile.Login != "" {
		p.login = p.okta.Profile.Login
	}
	switch {
	case p.appUser != nil && slices.Contains(unassigned, p.appUser.Status):
		p.assigned, p.provisioned = No, No
	case p.appUser != nil:
		p.assigned, p.provisioned = Yes, No
		if p.appUser.ExternalID != "" {
			p.provisioned = Yes
		}
	case c.appID != "" && c.whole(upstream.ProductOkta, upstream.ListAppUsers, upstream.Scope{App: c.appID, User: id}):
		p.assigned, p.provisioned = No, No
	default:
		p.assigned, p.provisioned = Unknown, Unknown
	}
	p.life = c.joined(p)
	p.inAWS = c.inGroup(p)
	return p
}

// unassigned are the statuses of an app user that is none any more.
var unassigned = []string{"UNASSIGNED", "REVOKED"}

func (c *chain) entraPerson(id, login string) *person {
	p := &person{product: upstream.ProductEntra, id: id, login: login, assigned: Unknown, provisioned: Unknown}
	known := c.in.outlook().known
	for _, u := range known.entraUsers[id] {
		p.entra = u
		if u.UserPrincipalName != "" {
			p.login = u.UserPrincipalName
		}
	}
	p.inGroup = c.memberOf(id)
	if known.roles[id] || known.roles[c.groupID] && p.inGroup == Yes {
		p.assigned = Yes
	}
	for _, log := range known.sent[id] {
		if log.Status.Status == "success" && (log.ProvisioningAction == "create" || log.ProvisioningAction == "update") {
			p.provisioned = Yes
			if life := c.life(strings.ToLower(log.Target.ID)); life != nil {
				p.life = life
			}
		}
	}
	if p.life == nil {
		p.life = c.joined(p)
	}
	p.inAWS = c.inGroup(p)
	return p
}

func (c *chain) memberOf(id string) Cell {
	switch {
	case c.groupID == "":
		return Unknown
	case c.inSource[id]:
		return Yes
	case c.whole(c.groupIn, upstream.ListMembers, upstream.Scope{Group: c.groupID, User: id}):
		return No
	}
	return Unknown
}

// joined finds the AWS user of a person: by the id that the provider remembers,
// by the provider's id that AWS keeps, by the user name (okta-sailpoint
// reference 1). A name with several bearers joins nobody.
func (c *chain) joined(p *person) *ledger.Life {
	if p.appUser != nil && p.appUser.ExternalID != "" {
		if life := c.life(strings.ToLower(p.appUser.ExternalID)); life != nil {
			return life
		}
	}
	if ids := c.byOrigin[p.id]; len(ids) == 1 {
		return c.life(ids[0])
	}
	if ids := c.byName[strings.ToLower(p.userName())]; len(ids) == 1 {
		return c.life(ids[0])
	}
	return nil
}

// userName is the name that the provider gives to AWS.
func (p *person) userName() string {
	if p.appUser != nil && p.appUser.Credentials.UserName != "" {
		return p.appUser.Credentials.UserName
	}
	return p.login
}

// inGroup says whether a person is in the AWS group at the end of the evidence.
func (c *chain) inGroup(p *person) Cell {
	if c.in.group == nil {
		return Unknown
	}
	if c.in.group.ID == "" { // AWS shows no such group
		if c.in.groupsListed() {
			return No
		}
		return Unknown
	}
	if p.life == nil {
		if c.listed && (!c.anybody() || c.usersListed()) {
			return No
		}
		return Unknown
	}
	switch r := c.rows[p.life.ID]; {
	case r != nil && r.Is():
		return Yes
	case r != nil && r.Present == nil:
		return Unknown
	case r != nil || c.listed:
		return No
	}
	return Unknown
}

// anybody reports whether somebody may be in the AWS group.
func (c *chain) anybody() bool {
	for _, r := range c.rows {
		if r.Present == nil || *r.Present {
			return true
		}
	}
	return false
}

// personOf finds whom an AWS user, or a name that AWS has not, is at the
// provider.
func (c *chain) personOf(life *ledger.Life) *person {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	known := c.in.outlook().known
	ofApp := func(list []*upstream.OktaAppUser) {
		for _, u := range list {
			if u.App == c.appID || u.App == "" {
				add(u.ID)
			}
		}
	}
	if life.ID != "" {
		ofApp(known.made[strings.ToLower(life.ID)])
		if u := c.users[life.ID]; u != nil && len(ids) == 0 {
			for _, x := range u.ExternalIDs {
				if known.okta[x.ID] {
					add(x.ID)
				}
			}
		}
	}
	// An AWS user may be found by an address that is the person's login at the
	// provider, and bear another name himself.
	names := []string{strings.ToLower(life.Name)}
	if asked := strings.ToLower(c.in.question.Asked); c.in.question.Kind == "user" && asked != names[0] {
		names = append(names, asked)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	if len(ids) == 0 {
		for _, name := range names {
			ofApp(known.appUsers[name])
			for _, id := range known.oktaNames[name] {
				add(id)
			}
		}
	}
	if len(ids) == 1 && c.okta {
		return c.oktaPerson(ids[0], life.Name)
	}
	if len(ids) > 1 {
		return nil // several bear the name
	}
	for _, name := range names {
		for _, id := range known.entraNames[name] {
			add(id)
		}
	}
	if life.ID != "" {
		for _, log := range known.arrived[strings.ToLower(life.ID)] {
			add(log.Source.ID)
		}
	}
	if len(ids) == 1 {
		return c.entraPerson(ids[0], life.Name)
	}
	return nil
}

// life returns the AWS user of an id that exists, nil when none is known. A call
// that failed names an id and shows nobody: it may be ours, asking for it in vain.
func (c *chain) life(id string) *ledger.Life {
	if life := c.in.l.User(id); life != nil && !life.Gone() && c.shown(life) {
		return life
	}
	return nil
}

// shown reports whether the evidence shows that a user exists, or did.
func (c *chain) shown(life *ledger.Life) bool {
	if !life.Listed.IsZero() || life.Created != nil || life.Deleted != nil {
		return true
	}
	if list := c.in.byUser[life.ID]; list != nil && slices.ContainsFunc(*list, succeeded) {
		return true
	}
	return slices.ContainsFunc(c.in.l.Of("", life.ID), func(r *ledger.Row) bool { return len(r.Periods) > 0 })
}
