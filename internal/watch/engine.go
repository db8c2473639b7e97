package watch

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// RuleNames are the rules in the order of rules.yaml.
var RuleNames = []string{
	"scim-silent", "scim-writes-fail", "changed-outside-scim", "group-emptied", "mass-deprovisioning",
	"new-client", "identity-source-changed", "token-expiring", "log-integrity", "nothing-collected",
}

// stateVersion changes when a state of before can't be gone on with.
const stateVersion = 2

// machine is the rules and all they remember of one archive. It is given events
// and listings in order of time and keeps no clock. Its exported fields are its
// state as JSON.
type machine struct {
	At       int64             // of the last event, listing or advance
	Open     map[string]*Alert // by id
	Due      map[string]due    // which of them close by themselves
	Names    map[string]string // of groups and users, by id; shared with copies, since only texts depend on it
	Silent   silentRule
	Fail     failRule
	Outside  outsideRule
	Unnamed  unnamedRule
	Emptied  emptiedRule
	Mass     massRule
	Client   clientRule
	Identity identityRule
	Token    tokenRule
	Nothing  nothingRule
	Latest   map[string]int64 // by event source: the newest event
	Wrote    map[string]int64 // by place: the newest write over SCIM that succeeded

	belongs *belongs // shared with copies
	settled bool     // it is not a copy: what it consumed does not come again
	rules   *Settings
	ground  *Ground
	done    []*Alert // closed since they were last taken
	next    int64    // the first due; 0 when none is
}

type due struct {
	At  int64
	Why string
}

func newMachine(rules *Settings, ground *Ground) *machine {
	return &machine{
		Open: map[string]*Alert{}, Due: map[string]due{}, Names: map[string]string{},
		Silent: silentRule{}, Fail: failRule{}, Outside: newOutside(), Unnamed: unnamedRule{}, Emptied: emptiedRule{}, Mass: massRule{},
		Client: newClient(), Identity: identityRule{}, Token: tokenRule{}, Nothing: nothingRule{},
		Latest: map[string]int64{}, Wrote: map[string]int64{},
		rules: rules, ground: ground, belongs: newBelongs(), settled: true,
	}
}

// clone returns a copy that may go its own way.
func (m *machine) clone() *machine {
	c := *m
	c.Open = make(map[string]*Alert, len(m.Open))
	for id, a := range m.Open {
		c.Open[id] = new(*a)
	}
	c.Due = maps.Clone(m.Due)
	c.Silent, c.Fail, c.Outside, c.Emptied = maps.Clone(m.Silent), maps.Clone(m.Fail), m.Outside.clone(), maps.Clone(m.Emptied)
	c.Mass, c.Client, c.Identity, c.Token, c.Nothing = maps.Clone(m.Mass), m.Client.clone(), maps.Clone(m.Identity), maps.Clone(m.Token), maps.Clone(m.Nothing)
	c.Unnamed = maps.Clone(m.Unnamed)
	c.Latest, c.Wrote = maps.Clone(m.Latest), maps.Clone(m.Wrote)
	c.done, c.settled = nil, false
	return &c
}

// event consumes the next event.
func (m *machine) event(ev *Event) {
	m.settle(ev.At)
	m.At = max(m.At, ev.At)
	ev = m.learn(ev)
	m.silent(ev)
	m.fails(ev)
	m.outside(ev)
	m.unnamed(ev)
	m.emptied(ev)
	m.mass(ev)
	m.client(ev)
	m.identity(ev)
	m.token(ev)
	m.seen(ev)
	m.Latest[ev.What.Source] = ev.At
	if ev.What.Source == awsid.SourceSCIM && ev.Fail == nil && !ev.What.Reads {
		m.Wrote[ev.Who.Place()] = ev.At
	}
}

// listing consumes the next listing.
func (m *machine) listing(l *Listing) {
	m.settle(l.At)
	m.At = max(m.At, l.At)
	m.listed(l)
}

// advance says that it is now at, as far as anybody knows.
func (m *machine) advance(at int64) {
	m.settle(at)
	m.silence(at)
	m.tokens(at)
	m.behind(at)
	m.settle(at)
	m.At = max(m.At, at)
}

// settle closes what closes by itself until at.
func (m *machine) settle(at int64) {
	if m.next == 0 || m.next > at {
		return
	}
	var ids []string
	for id, d := range m.Due {
		if d.At <= at {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		m.close(id, m.Due[id].At, m.Due[id].Why)
	}
	m.schedule()
}

func (m *machine) schedule() {
	m.next = 0
	for _, d := range m.Due {
		if m.next == 0 || d.At < m.next {
			m.next = d.At
		}
	}
}

// raise opens an alert, or returns the open one; say changes it in either case.
func (m *machine) raise(rule, subject string, at int64, say func(*Alert)) *Alert {
	id := idOf(rule, subject)
	a := m.Open[id]
	if a == nil {
		a = m.again(id, at)
	}
	if a == nil {
		a = &Alert{ID: id, Rule: rule, Opened: time.Unix(at, 0).UTC()}
		m.Open[id] = a
	}
	say(a)
	return a
}

// again opens an alert anew that opened and closed within this very second: records
// have whole seconds, and two occurrences that began at once can't be told apart.
func (m *machine) again(id string, at int64) *Alert {
	for i, a := range slices.Backward(m.done) {
		if a.Closed.Unix() < at {
			break
		}
		if a.ID == id && a.Opened.Unix() == at {
			m.done = slices.Delete(m.done, i, i+1)
			a.Closed, a.Mended = time.Time{}, ""
			m.Open[id] = a
			return a
		}
	}
	return nil
}

// closesAt lets an alert close by itself; a later call puts it off.
func (m *machine) closesAt(a *Alert, at int64, why string) {
	m.Due[a.ID] = due{at, why}
	if m.next == 0 || at < m.next {
		m.next = at
	}
}

func (m *machine) isOpen(rule, subject string) bool { return m.Open[idOf(rule, subject)] != nil }

// mend closes the alert of a rule and subject, if one is open.
func (m *machine) mend(rule, subject string, at int64, why string) {
	m.close(idOf(rule, subject), at, why)
}

func (m *machine) close(id string, at int64, why string) {
	a := m.Open[id]
	if a == nil {
		return
	}
	a.Closed, a.Mended = time.Unix(at, 0).UTC(), why
	delete(m.Open, id)
	delete(m.Due, id)
	m.done = append(m.done, a)
}

// take returns the alerts that were closed since the last call, in order.
func (m *machine) take() []*Alert {
	out := m.done
	m.done = nil
	return out
}

// open returns the open alerts in order.
func (m *machine) open() []*Alert {
	out := slices.Collect(maps.Values(m.Open))
	slices.SortFunc(out, compareAlerts)
	return out
}

func compareAlerts(a, b *Alert) int {
	return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
}

// maxNames bounds how many names are remembered.
const maxNames = 500_000

// learn takes names and memberships from an event, and returns it with the group
// of the membership that it takes away.
func (m *machine) learn(ev *Event) *Event {
	if ev.Fail != nil {
		return ev
	}
	m.name(ev.Group, ev.GroupName)
	m.name(ev.User, ev.UserName)
	if ev.Member == (Key{}) {
		return ev
	}
	switch ev.What.Effect {
	case cloudtrail.MemberAdded:
		m.belongs.learn(ev.Member, ev.Group, ev.At)
	case cloudtrail.MemberRemoved:
		if ev.Group == "" {
			if group := m.belongs.group(ev.Member, ev.At); group != "" {
				ev = new(*ev)
				ev.Group = group
			}
		}
		if m.settled {
			m.belongs.forget(ev.Member)
		}
	}
	return ev
}

func (m *machine) name(id, name string) {
	if id != "" && name != "" && m.Names[id] != name && len(m.Names) < maxNames {
		m.Names[id] = name
	}
}

// named returns the name of an id, or the id.
func (m *machine) named(id string) string { return cmp.Or(m.Names[id], id) }

// about puts a group into an alert.
func (m *machine) aboutGroup(a *Alert, id string) { a.Group, a.GroupID = m.named(id), id }

func (m *machine) aboutUser(a *Alert, id string) { a.User, a.UserID = m.named(id), id }

// quoteEvent adds an event to those that an alert quotes: the first few and always
// the latest.
func quoteEvent(a *Alert, ev *Event) {
	key := ev.Key.String()
	if slices.Contains(a.Events, key) {
		return
	}
	if len(a.Events) >= maxQuoted {
		a.Events = append(slices.Clone(a.Events[:maxQuoted-1]), key)
		return
	}
	a.Events = append(slices.Clip(a.Events), key)
}

const maxQuoted = 5

// at puts a place into an alert.
func at(a *Alert, place string) {
	a.Account, a.Region, _ = strings.Cut(place, "/")
}

// where names a place in a sentence.
func where(place string) string {
	account, region, _ := strings.Cut(place, "/")
	switch {
	case account == "" && region == "":
		return "an unknown account"
	case account == "":
		return region
	}
	return "account " + account + ", " + region
}
