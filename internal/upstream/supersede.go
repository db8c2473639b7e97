package upstream

import "time"

// supersede drops from each state what a later reading of the same part of the
// same list did not show any more: who left a group between two readings must not
// stay in it because the first reading is kept too. Of states without Reach
// nothing is dropped, since when they were true is not known.
func supersede(states []State) []State {
	if len(states) < 2 {
		return states
	}
	out := make([]State, len(states))
	for i, s := range states {
		var later []Reach
		for j, o := range states {
			if i != j {
				later = append(later, wholeAfter(s, o)...)
			}
		}
		out[i] = s
		if len(later) > 0 {
			out[i] = s.without(later)
		}
	}
	return out
}

// wholeAfter returns what of o was read whole after s had read some of the same
// list of the same organisation.
func wholeAfter(s, o State) []Reach {
	type place struct{ product, org, list string }
	read := map[place]time.Time{}
	for _, r := range s.Reach {
		at := place{r.Product, r.Org, r.List}
		read[at] = latest(read[at], r.AsOf)
	}
	var later []Reach
	for _, r := range o.Reach {
		at, ok := read[place{r.Product, r.Org, r.List}]
		if ok && r.Whole && r.To.IsZero() && r.AsOf.After(at) {
			later = append(later, r)
		}
	}
	return later
}

// without returns the state without the entries that lie in what was read later.
func (s State) without(later []Reach) State {
	gone := func(product, list string, entry Scope) bool {
		for _, r := range later {
			if r.Product == product && r.List == list && entry.within(r.Scope) {
				return true
			}
		}
		return false
	}
	o := &s.Okta
	o.Users = keep(o.Users, func(u OktaUser) bool { return gone(ProductOkta, ListUsers, Scope{User: u.ID}) })
	o.Groups = keep(o.Groups, func(g OktaGroup) bool { return gone(ProductOkta, ListGroups, Scope{Group: g.ID}) })
	o.Members = keep(o.Members, func(m OktaMember) bool { return gone(ProductOkta, ListMembers, Scope{Group: m.Group, User: m.User}) })
	o.Apps = keep(o.Apps, func(a OktaApp) bool { return gone(ProductOkta, ListApps, Scope{App: a.ID}) })
	o.AppUsers = keep(o.AppUsers, func(u OktaAppUser) bool { return gone(ProductOkta, ListAppUsers, Scope{App: u.App, User: u.ID}) })
	o.AppGroups = keep(o.AppGroups, func(g OktaAppGroup) bool { return gone(ProductOkta, ListAppGroups, Scope{App: g.App, Group: g.ID}) })
	o.Mappings = keep(o.Mappings, func(m OktaMapping) bool {
		return gone(ProductOkta, ListMappings, Scope{App: m.App, Group: m.SourceGroupID})
	})
	o.Rules = keep(o.Rules, func(OktaRule) bool { return gone(ProductOkta, ListRules, Scope{}) })

	e := &s.Entra
	e.Users = keep(e.Users, func(u EntraUser) bool { return gone(ProductEntra, ListUsers, Scope{User: u.ID}) })
	e.Groups = keep(e.Groups, func(g EntraGroup) bool { return gone(ProductEntra, ListGroups, Scope{Group: g.ID}) })
	e.Members = keep(e.Members, func(m EntraMember) bool { return gone(ProductEntra, ListMembers, Scope{Group: m.Group, User: m.ID}) })
	e.Apps = keep(e.Apps, func(a EntraApp) bool { return gone(ProductEntra, ListApps, Scope{App: a.ID}) })
	e.AppRoles = keep(e.AppRoles, func(a EntraAppRole) bool { return gone(ProductEntra, ListAppRoles, Scope{App: a.App}) })
	e.Jobs = keep(e.Jobs, func(EntraJob) bool { return gone(ProductEntra, ListJobs, Scope{}) })

	p := &s.SailPoint
	p.Identities = keep(p.Identities, func(i SailPointIdentity) bool { return gone(ProductSailPoint, ListIdentities, Scope{User: i.ID}) })
	p.Accounts = keep(p.Accounts, func(a SailPointAccount) bool { return gone(ProductSailPoint, ListAccounts, Scope{User: a.IdentityID}) })
	p.Sources = keep(p.Sources, func(SailPointSource) bool { return gone(ProductSailPoint, ListSources, Scope{}) })
	p.Profiles = keep(p.Profiles, func(SailPointProfile) bool { return gone(ProductSailPoint, ListProfiles, Scope{}) })
	p.Entitlements = keep(p.Entitlements, func(SailPointEntitlement) bool { return gone(ProductSailPoint, ListEntitlements, Scope{}) })
	return s
}

// keep returns the entries that are not gone, without touching list.
func keep[T any](list []T, gone func(T) bool) []T {
	var out []T
	for _, v := range list {
		if !gone(v) {
			out = append(out, v)
		}
	}
	return out
}
