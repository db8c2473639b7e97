package diagnose

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/scimerror"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Cell is a fact about a person at one hop. What no evidence shows is Unknown,
// never No.
type Cell string

// The values of a Cell.
const (
	Yes     Cell = "yes"
	No      Cell = "no"
	Unknown Cell = "unknown"
)

// chain is what the evidence shows before AWS of the group and the people that
// a question is about, joined to the identity store (okta-sailpoint reference 1).
// Where a name has several bearers, nothing is joined.
type chain struct {
	in *inquiry
	st *upstream.State

	okta, entra, sailpoint bool // anything of it is known, be it that it could not be read

	app      *upstream.OktaApp // the AWS app; nil when it is not known or several may be meant
	foreign  *upstream.OktaApp // an AWS app whose sign-in settings name another identity store
	appID    string            // its id, known also where only mappings and app users name it
	groupIn  string            // product that has the source group: okta, entra or ""
	groupID  string            // the provider's id of the group that is pushed, "" when not known
	source   *upstream.OktaGroup
	entraOf  *upstream.EntraGroup
	named    []string               // ids of all of the provider's groups that may be meant
	mapping  *upstream.OktaMapping  // of the group in the app
	mappings []upstream.OktaMapping // of the group in whatever app
	folded   bool                   // the names are the same but for case
	people   []*person              // who is in the provider's group, or the person asked about
	said     []failure              // refusals that concern the group, by time, after the last known success

	users    map[string]*directory.User // AWS users by id, as last listed
	byName   map[string][]string        // AWS user ids by user name, in lower case
	byOrigin map[string][]string        // AWS user ids by the provider's id
	rows     map[string]*ledger.Row     // of the AWS group, by user id
	listed   bool                       // the AWS group's members were listed to the end

	oktaUsers map[string]*upstream.OktaUser
	appUsers  map[string]*upstream.OktaAppUser // of the AWS app
	inSource  map[string]bool                  // ids of who is in the provider's group
	explained map[string]scimerror.Explanation

	pushes  *[]upstream.OktaEvent            // answer of pushLog
	perUser map[string][]*upstream.OktaEvent // events about a person's provisioning and life, by Okta id
	granted *[]*grants                       // answer of grantsByPerson
	catalog *accessCatalogue
}

// before returns the chain of the inquiry, made when it is first asked for.
func (in *inquiry) before() *chain {
	if in.chain == nil {
		st := &in.c.Upstream
		in.chain = &chain{in: in, st: st, explained: map[string]scimerror.Explanation{}}
		c := in.chain
		asked := st.Asked
		c.okta = asked(upstream.ProductOkta) || len(st.Okta.Events)+len(st.Okta.Users)+len(st.Okta.Groups)+len(st.Okta.Members)+len(st.Okta.MembersOf)+
			len(st.Okta.Apps)+len(st.Okta.AppUsers)+len(st.Okta.AppGroups)+len(st.Okta.Rules)+len(st.Okta.Mappings) > 0
		c.entra = asked(upstream.ProductEntra) || len(st.Entra.Jobs)+len(st.Entra.Provisioning)+len(st.Entra.Users)+len(st.Entra.Groups)+
			len(st.Entra.Members)+len(st.Entra.Apps)+len(st.Entra.AppRoles) > 0
		c.sailpoint = asked(upstream.ProductSailPoint) || len(st.SailPoint.Activities)+len(st.SailPoint.Requests)+len(st.SailPoint.Changes)+len(st.SailPoint.Events)+
			len(st.SailPoint.Accounts)+len(st.SailPoint.Entitlements)+len(st.SailPoint.Identities)+len(st.SailPoint.Sources)+len(st.SailPoint.Profiles) > 0
		if c.okta || c.entra || c.sailpoint {
			o := in.outlook()
			c.users, c.byName, c.byOrigin = o.users, o.byName, o.byOrigin
		}
		if c.okta {
			found := in.outlook().awsApp()
			c.app, c.foreign, c.appID = found.app, found.foreign, found.appID
			c.findGroup()
		}
		if c.entra && c.groupIn == "" {
			c.findEntraGroup()
		}
		if c.okta || c.entra {
			c.index()
			c.findPeople()
			c.said = c.refusals()
		}
	}
	return in.chain
}

// provider reports whether anything of an identity provider is known.
func (c *chain) provider() bool { return c.okta || c.entra }

// index makes what is asked once for each person quick to find.
func (c *chain) index() {
	o := c.in.outlook()
	c.oktaUsers, c.perUser, c.appUsers = o.oktaUsers, o.perUser, c.side().users
	c.rows, c.inSource = map[string]*ledger.Row{}, map[string]bool{}
	if g := c.in.group; g != nil && g.ID != "" {
		for _, r := range c.in.l.Of(g.ID, "") {
			c.rows[r.User.ID] = r
		}
		c.listed = slices.ContainsFunc(c.in.bench.listings(), func(s *listing) bool { return s.membersOf[g.ID] })
	}
	if c.groupID == "" {
		return
	}
	for _, m := range o.oktaMembers[c.groupID] {
		c.inSource[m.User] = true
	}
	for _, m := range o.entraMembers[c.groupID] {
		c.inSource[m.ID] = true
	}
}

// usersListed reports whether a list in the evidence has all users of the store.
func (c *chain) usersListed() bool {
	return slices.ContainsFunc(c.in.c.Snapshots, func(s directory.Snapshot) bool {
		return s.AllUsers && (c.in.store == "" || s.Store == "" || s.Store == c.in.store)
	})
}

// awsAppKind is the name of Okta's catalogue app for IAM Identity Center
// (okta-sailpoint reference 3.4).
const awsAppKind = "amazon_aws_sso"

// findApp picks the AWS app: by the identity store that its sign-in settings
// name, by the mapping of the group, or because there is only one.
func (c *chain) findApp() {
	var apps []*upstream.OktaApp
	ids := map[string]bool{}
	for i := range c.st.Okta.Apps {
		if a := &c.st.Okta.Apps[i]; a.Name == awsAppKind {
			apps = append(apps, a)
		}
	}
	for _, m := range c.st.Okta.Mappings {
		ids[m.App] = !c.notAWS(m.App)
	}
	for _, u := range c.st.Okta.AppUsers {
		ids[u.App] = !c.notAWS(u.App)
	}
	maps.DeleteFunc(ids, func(id string, may bool) bool { return id == "" || !may })
	own := slices.DeleteFunc(slices.Clone(apps), func(a *upstream.OktaApp) bool { return c.in.store == "" || storeOf(a) != c.in.store })
	switch {
	case len(own) == 1:
		c.app = own[0]
	case len(apps) == 1 && c.in.store != "" && awsid.IsStore(storeOf(apps[0])):
		c.foreign = apps[0]
	case len(apps) == 1:
		c.app = apps[0]
	case len(apps) == 0 && len(ids) == 1:
		for id := range ids {
			c.appID = id
		}
	}
	if c.app != nil {
		c.appID = c.app.ID
	}
}

// notAWS reports whether an app is known to be for something else: neither the
// catalogue app for Identity Center nor one that is named for AWS.
func (c *chain) notAWS(id string) bool {
	for i := range c.st.Okta.Apps {
		if a := &c.st.Okta.Apps[i]; a.ID == id {
			label := strings.ToLower(a.Label + " " + a.Name)
			return a.Name != awsAppKind && storeOf(a) == "" && !strings.Contains(label, "aws") && !strings.Contains(label, "identity center")
		}
	}
	return false
}

// appKnown reports whether the evidence shows that the app is the one of this
// identity store: its kind says so, or people whom it made are in the store.
func (c *chain) appKnown() bool {
	if c.app != nil && (c.app.Name == awsAppKind || c.in.store != "" && storeOf(c.app) == c.in.store) {
		return true
	}
	for _, u := range c.appUsers {
		if u.ExternalID != "" && c.in.l.User(strings.ToLower(u.ExternalID)) != nil {
			return true
		}
	}
	return false
}

// ofThisApp weakens what rests on the app's state when nothing shows that the app
// is the one of this identity store.
func (c *chain) ofThisApp(f Finding) Finding {
	if f.Status != Established || c.groupIn == upstream.ProductEntra || c.appKnown() {
		return f
	}
	f.Status = Supported
	f.Because = append(f.Because, Reason{Text: "That the Okta app is the one for this Identity Center instance is not shown: what was read does not have the app itself."})
	f.Needs = append(f.Needs, c.readNeed())
	return f
}

// storeOf is the identity store that an app's sign-in settings name, "" when
// they name none.
func storeOf(a *upstream.OktaApp) string {
	at := strings.LastIndex(a.Settings.App.EntityID, "/d-")
	if at < 0 {
		return ""
	}
	return a.Settings.App.EntityID[at+1:]
}

// findGroup finds the Okta group that people edit and the mapping that pushes
// it. The group that a push makes in Okta's own books bears the same name and is
// not it.
func (c *chain) findGroup() {
	if c.in.group == nil || c.in.group.Name == "" {
		return
	}
	if c.foreign != nil {
		c.appID = c.foreign.ID // until the group is found: its mappings are of that app
		defer func() { c.app, c.appID, c.mapping = nil, "", nil }()
	}
	ofApp := func(m *upstream.OktaMapping) bool {
		return (m.App == c.appID || m.App == "" || c.appID == "") && !c.notAWS(m.App)
	}
	shadow, sources := map[string]string{}, map[string]bool{}
	for i := range c.st.Okta.Mappings {
		m := &c.st.Okta.Mappings[i]
		shadow[m.TargetGroupID], sources[m.SourceGroupID] = m.SourceGroupID, true
	}
	var found []string
	add := func(id string) {
		if id != "" && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	for _, g := range c.st.GroupsNamed(c.in.group.Name) {
		c.folded = c.folded || g.Profile.Name != c.in.group.Name
		switch {
		case sources[g.ID]:
			add(g.ID)
		case shadow[g.ID] != "":
			add(shadow[g.ID])
		case g.Source != "" && g.Source == c.appID: // imported from the AWS app itself
		default:
			add(g.ID)
		}
	}
	c.named = found
	var mapped []string
	for _, id := range found {
		for i := range c.st.Okta.Mappings {
			if m := &c.st.Okta.Mappings[i]; m.SourceGroupID == id {
				c.mappings = append(c.mappings, *m)
				if ofApp(m) && !slices.Contains(mapped, id) {
					mapped = append(mapped, id)
				}
			}
		}
	}
	switch {
	case len(mapped) == 1:
		c.groupID = mapped[0]
	case len(mapped) == 0 && len(found) == 1:
		c.groupID = found[0]
	}
	if c.groupID == "" {
		return
	}
	c.groupIn = upstream.ProductOkta
	for i := range c.st.Okta.Groups {
		if g := &c.st.Okta.Groups[i]; g.ID == c.groupID {
			c.source = g
		}
	}
	if c.appID == "" && severalApps(c.mappings) {
		return // which of them is AWS's is not known
	}
	rank := func(m *upstream.OktaMapping) int {
		return slices.Index([]string{"", "INACTIVE", "ERROR", "ACTIVE"}, m.Status)
	}
	for i := range c.mappings {
		m := &c.mappings[i]
		if m.SourceGroupID == c.groupID && ofApp(m) && (c.mapping == nil || rank(m) > rank(c.mapping)) {
			c.mapping = m
		}
	}
	if c.mapping != nil && c.appID == "" {
		c.appID = c.mapping.App
		for i := range c.st.Okta.Apps {
			if a := &c.st.Okta.Apps[i]; a.ID == c.appID {
				c.app = a
			}
		}
	}
}

func severalApps(list []upstream.OktaMapping) bool {
	apps := map[string]bool{}
	for _, m := range list {
		apps[m.App] = true
	}
	return len(apps) > 1
}

func (c *chain) findEntraGroup() {
	if c.in.group == nil || c.in.group.Name == "" {
		return
	}
	var exact, folded []*upstream.EntraGroup
	for i := range c.st.Entra.Groups {
		g := &c.st.Entra.Groups[i]
		switch {
		case g.DisplayName == c.in.group.Name:
			exact = append(exact, g)
		case strings.EqualFold(g.DisplayName, c.in.group.Name):
			folded = append(folded, g)
		}
	}
	if len(exact) == 0 {
		exact, c.folded = folded, len(folded) > 0
	}
	for _, g := range exact {
		c.named = append(c.named, g.ID)
	}
	// The provisioning log names both sides by id: a better join than the name.
	for _, p := range c.st.Entra.Provisioning {
		if c.in.group.ID != "" && strings.EqualFold(p.Target.ID, c.in.group.ID) && p.Source.ID != "" {
			c.groupID = p.Source.ID
		}
	}
	if c.groupID == "" && len(exact) == 1 {
		c.groupID = exact[0].ID
	}
	if c.groupID == "" {
		return
	}
	c.groupIn = upstream.ProductEntra
	for i := range c.st.Entra.Groups {
		if g := &c.st.Entra.Groups[i]; g.ID == c.groupID {
			c.entraOf = g
		}
	}
}

// whole reports whether an absence from a part of a list is a fact.
func (c *chain) whole(product, list string, scope upstream.Scope) bool {
	return c.st.Known(product, list, scope).Whole
}

// membersWhole reports whether everybody in the provider's group is known.
func (c *chain) membersWhole() bool {
	return c.groupID != "" && c.whole(c.groupIn, upstream.ListMembers, upstream.Scope{Group: c.groupID})
}

// readAt is when a list of the provider was read, as far as that is known.
func (c *chain) readAt(product, list string, scope upstream.Scope) time.Time {
	return c.st.Known(product, list, scope).AsOf
}

// theSource names the provider's group for the middle of a sentence.
func (c *chain) theSource() string {
	name := c.in.theGroup()
	switch {
	case c.source != nil && c.source.Profile.Name != "":
		name = c.source.Profile.Name
	case c.entraOf != nil && c.entraOf.DisplayName != "":
		name = c.entraOf.DisplayName
	}
	return productName(c.groupIn) + "'s group " + name
}

func productName(product string) string {
	switch product {
	case upstream.ProductOkta:
		return "Okta"
	case upstream.ProductEntra:
		return "Entra ID"
	case upstream.ProductSailPoint:
		return "SailPoint"
	}
	return "the identity provider"
}

// theApp names the AWS app.
func (c *chain) theApp() string {
	if c.app != nil {
		return "the Okta app " + cmp.Or(c.app.Label, c.app.ID)
	}
	return "the AWS app in Okta"
}
