package diagnose

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/scimerror"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// outlook is what lies before AWS whatever group or person of a store is asked
// about: the chain of a question takes its own out of it.
type outlook struct {
	users    map[string]*directory.User // AWS users by id, as last listed
	byName   map[string][]string        // AWS user ids by user name, in lower case
	byOrigin map[string][]string        // AWS user ids by the provider's id

	known        *acquainted
	oktaUsers    map[string]*upstream.OktaUser
	oktaMembers  map[string][]*upstream.OktaMember  // by group
	entraMembers map[string][]*upstream.EntraMember // by group
	perUser      map[string][]*upstream.OktaEvent   // events about a person's provisioning and life, by Okta id

	accounts   map[string][]*upstream.SailPointAccount // by identity
	native     map[string][]*upstream.SailPointAccount // by the id on the provider
	identities map[string][]*upstream.SailPointIdentity

	awsApp func() *chain // one that has found the AWS app and nothing else

	mu   sync.Mutex
	apps map[string]*appSide // by the app's id
}

// appSide is what concerns the AWS app as a whole, whoever is asked about. Which
// app is AWS's may differ from group to group, where the evidence lacks the app.
type appSide struct {
	users    map[string]*upstream.OktaAppUser
	through  map[string]bool  // groups by which users are assigned to it
	noneHere func() bool      // several ids that it remembers were compared and AWS has none of them
	failures func() []failure // by time
	accepted func() accepted
}

// accepted is the last moment at which AWS is known to have accepted a call of the
// provider, and what shows it.
type accepted struct {
	at  time.Time
	how string
}

func (g *ground) lookOut() *outlook {
	st := &g.c.Upstream
	o := &outlook{oktaUsers: map[string]*upstream.OktaUser{}, oktaMembers: map[string][]*upstream.OktaMember{}, entraMembers: map[string][]*upstream.EntraMember{},
		perUser: map[string][]*upstream.OktaEvent{}, accounts: map[string][]*upstream.SailPointAccount{}, native: map[string][]*upstream.SailPointAccount{},
		identities: map[string][]*upstream.SailPointIdentity{}, apps: map[string]*appSide{}, known: acquaint(st)}
	o.listUsers(g)
	o.awsApp = sync.OnceValue(func() *chain {
		own := &chain{in: &inquiry{ground: g}, st: st}
		own.findApp()
		return own
	})
	for i := range st.Okta.Users {
		o.oktaUsers[st.Okta.Users[i].ID] = &st.Okta.Users[i]
	}
	for i := range st.Okta.Members {
		m := &st.Okta.Members[i]
		o.oktaMembers[m.Group] = append(o.oktaMembers[m.Group], m)
	}
	for i := range st.Entra.Members {
		m := &st.Entra.Members[i]
		o.entraMembers[m.Group] = append(o.entraMembers[m.Group], m)
	}
	for i := range st.Okta.Events {
		e := &st.Okta.Events[i]
		if !strings.HasPrefix(e.EventType, "application.provision.user.") && !strings.HasPrefix(e.EventType, "user.lifecycle.") {
			continue
		}
		for j := range e.Targets {
			if id := e.Targets[j].ID; id != "" && !strings.HasPrefix(id, "0oa") && (len(o.perUser[id]) == 0 || o.perUser[id][len(o.perUser[id])-1] != e) {
				o.perUser[id] = append(o.perUser[id], e)
			}
		}
	}
	for i := range st.SailPoint.Accounts {
		a := &st.SailPoint.Accounts[i]
		o.accounts[a.IdentityID] = append(o.accounts[a.IdentityID], a)
		o.native[a.NativeIdentity] = append(o.native[a.NativeIdentity], a)
	}
	for i := range st.SailPoint.Identities {
		x := &st.SailPoint.Identities[i]
		o.identities[x.ID] = append(o.identities[x.ID], x)
	}
	return o
}

// listUsers indexes the identity store's own users.
func (o *outlook) listUsers(g *ground) {
	o.users, o.byName, o.byOrigin = map[string]*directory.User{}, map[string][]string{}, map[string][]string{}
	for i := range g.c.Snapshots {
		s := &g.c.Snapshots[i]
		if g.store != "" && s.Store != "" && s.Store != g.store {
			continue
		}
		for j := range s.Users {
			o.users[s.Users[j].ID] = &s.Users[j] // snapshots are in order of time
		}
	}
	var ids []string
	for id := range o.users {
		if life := g.l.User(id); life == nil || life.Gone() {
			delete(o.users, id)
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		u := o.users[id]
		if u.UserName != "" {
			key := strings.ToLower(u.UserName)
			o.byName[key] = append(o.byName[key], id)
		}
		for _, x := range u.ExternalIDs {
			o.byOrigin[x.ID] = append(o.byOrigin[x.ID], id)
		}
	}
}

// side returns what concerns the app of the chain as a whole.
func (c *chain) side() *appSide {
	o := c.in.outlook()
	o.mu.Lock()
	defer o.mu.Unlock()
	a := o.apps[c.appID]
	if a == nil {
		if len(o.apps) >= maxGrounds {
			clear(o.apps)
		}
		a = &appSide{users: map[string]*upstream.OktaAppUser{}, through: map[string]bool{}}
		for i := range c.st.Okta.AppUsers {
			if u := &c.st.Okta.AppUsers[i]; c.appID != "" && (u.App == c.appID || u.App == "") {
				a.users[u.ID] = u
			}
		}
		for _, u := range a.users {
			a.through[u.Group] = true
		}
		// A chain of its own: what it holds of the question must not be kept.
		own := &chain{in: &inquiry{ground: c.in.ground}, st: c.st, okta: c.okta, entra: c.entra, appID: c.appID, appUsers: a.users, explained: map[string]scimerror.Explanation{}}
		a.failures, a.accepted, a.noneHere = sync.OnceValue(own.readAppFailures), sync.OnceValue(own.readAccepted), sync.OnceValue(own.noneHere)
		o.apps[c.appID] = a
	}
	return a
}
