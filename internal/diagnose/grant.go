package diagnose

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// deed is one change of somebody's membership in the group that governance made
// or tried to make.
type deed struct {
	at        time.Time
	identity  string // governance's id of the person
	person    string // name
	op        string // ADD, REMOVE
	value     string // what was written: the id of an Okta group, a distinguished name
	native    string // whom it was written to: the id of an Okta user
	status    string // FINISHED, COMMITED, FAILED, RETRY, PENDING, ...
	kind      string // appRequest, Certification, LifecycleStateChange, ...
	removes   time.Time
	errors    []string
	id        string
	concludes bool // the failure is that of the whole activity; its item names none
}

func (d *deed) done() bool {
	return slices.Contains([]string{"FINISHED", "COMMITED", "UNVERIFIABLE"}, d.status)
}
func (d *deed) failed() bool { return d.status == "FAILED" }

// grants is what governance knows of one person and the group.
type grants struct {
	identity string
	name     string
	person   *person                    // nil when not joined to the provider
	request  *upstream.SailPointRequest // the newest that asks for the group
	add      *deed                      // the newest
	remove   *deed
}

// meansGroup reports whether a value that governance writes stands for the group:
// by the id of the provider's group, by its name, or by the common name of a
// distinguished name (okta-sailpoint reference 8.6).
func (c *chain) meansGroup(value string) bool {
	if value == "" {
		return false
	}
	if value == c.groupID || slices.Contains(c.named, value) {
		return true
	}
	return c.sameName(value) || c.sameName(commonName(value))
}

func (c *chain) sameName(name string) bool {
	return name != "" && c.in.group != nil && (strings.EqualFold(name, c.in.group.Name) || c.source != nil && strings.EqualFold(name, c.source.Profile.Name))
}

// commonName returns the CN at the beginning of a distinguished name.
func commonName(dn string) string {
	first, _, _ := strings.Cut(dn, ",")
	if len(first) > 3 && strings.EqualFold(first[:3], "CN=") {
		return first[3:]
	}
	return ""
}

// grantsByPerson gathers requests and deeds about the group by person, in a fixed
// order.
func (c *chain) grantsByPerson() []*grants {
	if c.granted == nil {
		c.granted = new(c.readGrants())
	}
	return *c.granted
}

func (c *chain) readGrants() []*grants {
	by := map[string]*grants{}
	of := func(id, name string) *grants {
		if by[id] == nil {
			by[id] = &grants{identity: id, name: name}
		}
		by[id].name = cmp.Or(by[id].name, name)
		return by[id]
	}
	for _, d := range c.deeds() {
		g := of(d.identity, d.person)
		switch {
		case d.op == "ADD" && (g.add == nil || !d.at.Before(g.add.at)):
			g.add = &d
		case d.op == "REMOVE" && (g.remove == nil || !d.at.Before(g.remove.at)):
			g.remove = &d
		}
	}
	for i := range c.st.SailPoint.Requests {
		r := &c.st.SailPoint.Requests[i]
		if r.RequestType != "REVOKE_ACCESS" && c.requestsGroup(r) {
			of(cmp.Or(r.RequestedFor.ID, r.RequestedFor.IdentityID), r.RequestedFor.Name).request = r // by time
		}
	}
	for _, g := range by {
		if g.add != nil && g.add.concludes && g.request != nil && (g.request.ID == g.add.id || g.request.ID == "") && turnedDown(g.request) {
			g.add.status = "" // it was never tried
		}
	}
	var out []*grants
	for id, g := range by {
		g.person = c.personOfIdentity(id)
		if c.in.user != nil && !c.isAsked(g) {
			continue
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *grants) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.identity, b.identity))
	})
	return out
}

// turnedDown reports whether a request ended before anything was written.
func turnedDown(r *upstream.SailPointRequest) bool {
	if slices.Contains([]string{"REJECTED", "CANCELLED"}, r.State) {
		return true
	}
	for _, a := range r.Approvals {
		if a.Status == "REJECTED" || a.Status == "EXPIRED" || a.Status == "CANCELLED" {
			return r.State != "REQUEST_COMPLETED"
		}
	}
	return false
}

// isAsked reports whether grants are those of the person asked about.
func (c *chain) isAsked(g *grants) bool {
	if len(c.people) == 1 && g.person != nil {
		return g.person.id == c.people[0].id
	}
	return c.identityNamed(g.identity, c.in.user.Name)
}

// personOfIdentity joins a person of governance to the provider: by the account on
// it, by the address.
func (c *chain) personOfIdentity(identity string) *person {
	ids := map[string]bool{}
	for _, a := range c.access().accounts[identity] {
		if !a.Uncorrelated && strings.HasPrefix(a.NativeIdentity, "00u") {
			ids[a.NativeIdentity] = true
		}
	}
	if len(c.people) > 0 && c.in.user != nil {
		p := c.people[0]
		if c.identityNamed(identity, p.login) || len(ids) == 1 && ids[p.id] {
			return p
		}
		return nil
	}
	x := c.access()
	if len(ids) == 1 {
		for id := range ids {
			if p := x.people[id]; p != nil {
				return p
			}
		}
	}
	for _, i := range x.identities[identity] {
		if p := cmp.Or(x.logins[strings.ToLower(i.Email)], x.logins[strings.ToLower(i.Alias)]); p != nil {
			return p
		}
	}
	for _, a := range x.accounts[identity] {
		if p := x.logins[strings.ToLower(a.Name)]; p != nil {
			return p
		}
	}
	if len(ids) == 1 && c.okta {
		for id := range ids {
			return c.oktaPerson(id, "")
		}
	}
	return nil
}

func (c *chain) identityNamed(identity, login string) bool {
	if login == "" {
		return false
	}
	for _, i := range c.access().identities[identity] {
		if strings.EqualFold(i.Email, login) || strings.EqualFold(i.Alias, login) {
			return true
		}
	}
	for _, a := range c.access().accounts[identity] {
		if strings.EqualFold(a.Name, login) {
			return true
		}
	}
	return false
}

// deeds are all changes that governance made or tried to make to the group, by
// time.
func (c *chain) deeds() []deed {
	var out []deed
	for i := range c.st.SailPoint.Activities {
		a := &c.st.SailPoint.Activities[i]
		for j := range a.Items {
			item := &a.Items[j]
			if !c.meansGroup(item.Value) && !c.grantNamed(item) {
				continue
			}
			d := deed{at: later(a.Completed, later(a.Modified, a.Created)), identity: cmp.Or(a.Target.ID, a.Target.IdentityID), person: a.Target.Name, op: item.Operation,
				value: item.Value, native: item.NativeIdentity, status: item.ProvisioningStatus, kind: a.Type, removes: item.RemoveDate, errors: a.Errors, id: a.ID}
			// An activity fails as a whole when it was turned down, too.
			if d.status == "" && a.CompletionStatus == "FAILURE" && (item.ApprovalStatus == "" || item.ApprovalStatus == "FINISHED") {
				d.status, d.concludes = "FAILED", true
			}
			out = append(out, d)
		}
	}
	for i := range c.st.SailPoint.Changes {
		ch := &c.st.SailPoint.Changes[i]
		for j := range ch.Writes {
			w := &ch.Writes[j]
			for _, at := range w.Attributes {
				if !c.meansGroup(at.Value) {
					continue
				}
				d := deed{at: later(ch.Modified, ch.Created), identity: cmp.Or(ch.Recipient.ID, ch.Recipient.IdentityID), person: ch.Recipient.Name, op: strings.ToUpper(at.Operation),
					value: at.Value, native: w.AccountID, kind: ch.Action, errors: append(slices.Clone(w.Result.Errors), ch.Errors...), id: cmp.Or(ch.TrackingNumber, ch.ID)}
				switch strings.ToLower(w.Result.Status) {
				case "committed":
					d.status = "COMMITED"
				case "failed":
					d.status = "FAILED"
				default:
					d.status = strings.ToUpper(w.Result.Status)
				}
				out = append(out, d)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b deed) int { return a.at.Compare(b.at) })
	return out
}

// grantNamed reports whether an item is the grant of an entitlement of the group's
// name, whatever value it wrote: that may be the id of a group that is gone.
func (c *chain) grantNamed(item *upstream.SailPointItem) bool {
	return c.access().values[item.Value] || c.sameName(item.Name)
}

// requestsGroup reports whether a request asks for the group: by its name, by the
// entitlement or the access profile, or by the activity that it became.
func (c *chain) requestsGroup(r *upstream.SailPointRequest) bool {
	if c.sameName(r.Name) {
		return true
	}
	x := c.access()
	return x.grants[r.ObjectID] || x.activities[r.ID]
}

// accessCatalogue is what of governance stands for the group, found once.
type accessCatalogue struct {
	values     map[string]bool // what entitlements of the group's name write
	grants     map[string]bool // ids of entitlements and access profiles that grant it
	activities map[string]bool // ids of activities that change it
	accounts   map[string][]*upstream.SailPointAccount
	identities map[string][]*upstream.SailPointIdentity
	native     map[string][]*upstream.SailPointAccount // by the id on the provider
	people     map[string]*person                      // of the provider's group, by id
	logins     map[string]*person                      // the same by login, in lower case
}

func (c *chain) access() *accessCatalogue {
	if c.catalog != nil {
		return c.catalog
	}
	sp := &c.st.SailPoint
	x := &accessCatalogue{values: map[string]bool{}, grants: map[string]bool{}, activities: map[string]bool{},
		accounts: c.in.outlook().accounts, identities: c.in.outlook().identities, native: c.in.outlook().native, people: map[string]*person{}, logins: map[string]*person{}}
	c.catalog = x
	for _, p := range c.people {
		x.people[p.id], x.logins[strings.ToLower(p.login)] = p, p
	}
	delete(x.logins, "")
	for _, e := range sp.Entitlements {
		named := c.sameName(e.Name)
		x.values[e.Value] = x.values[e.Value] || named
		if named || c.meansGroup(e.Value) {
			x.grants[e.ID] = true
		}
	}
	for _, p := range sp.Profiles {
		if slices.ContainsFunc(p.Entitlements, func(g upstream.SailPointGrant) bool { return x.grants[g.ID] || c.sameName(g.Name) }) {
			x.grants[p.ID] = true
		}
	}
	for _, a := range sp.Activities {
		if slices.ContainsFunc(a.Items, func(i upstream.SailPointItem) bool { return c.meansGroup(i.Value) }) {
			x.activities[a.ID] = true
		}
	}
	delete(x.values, "")
	delete(x.grants, "")
	delete(x.activities, "")
	return x
}

// asOf is the moment that the evidence is of.
func (c *chain) asOf() time.Time {
	at := later(c.in.c.Now, c.in.end())
	for _, r := range c.st.Reach {
		at = later(at, r.AsOf)
	}
	return at
}
