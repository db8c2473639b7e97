package diagnose

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// ground is what is known of one identity store, or of all where it is not known
// which one a question is about: the evidence that bears on every question to it,
// sorted once.
type ground struct {
	bench *Bench
	c     *casefile.Case
	l     *ledger.Ledger
	store string

	laid  sync.Once
	place casefile.Place // where the identity store lives; empty fields are not known
	// ownerShown is true when more than a listing shows that the account of place
	// owns the store.
	ownerShown bool

	writes     []*casefile.Event // every identity write of this store, attempts included, by time
	scim       []*casefile.Event // SCIM calls, reads included
	scimWrites []*casefile.Event
	undated    []*casefile.Event             // SCIM writes whose time is blanked
	byGroup    map[string]*[]*casefile.Event // writes that name a group, attempts included
	byUser     map[string]*[]*casefile.Event // writes that name a user

	blank    map[string][]*casefile.Event // writes whose time is blanked, by source
	accounts map[string][]string          // those that wrote to the store past SCIM, by source, in order of appearance

	patterns

	mu      sync.Mutex
	reaches map[string]reach
	blanks  map[string][]*casefile.Event // of several sources
}

// patterns are what the causes ask of all events of a store, each gathered when
// it is first asked for.
type patterns struct {
	scimDone    func() []*casefile.Event // SCIM writes that succeeded
	scimRefused func() []*casefile.Event // SCIM calls that failed, reads included
	beat        func() rhythm            // of scimDone
	readsSince  func() []*casefile.Event // SCIM reads after the last of scimDone, by its client
	faceless    func() []*casefile.Event // successful writes of members whose group is blanked
	blankFaces  func() []*casefile.Event // successful writes of members whose time is blanked, of whatever store
	usersGone   func() []*casefile.Event // successful deletions of users
	throttled   func() []*casefile.Event // throttled writes that do not name both a group and a user
	switches    func() []*casefile.Event // changes of the identity source or of provisioning
	groupMakes  func() []*casefile.Event // SCIM calls to make a group
	groupCalls  func() []*casefile.Event // SCIM writes of groups, attempts included
	pushes      func() *roll             // successful SCIM writes that name their group
	userPushes  func() lot               // successful SCIM writes of users
	google      func() []*casefile.Event // successful SCIM writes by Google's provisioning
	entra       func() []*casefile.Event // successful SCIM writes by Entra ID's
	filling     func() lot               // successful SCIM writes that make groups or change members
	byPeople    func() *roll             // successful additions of members past SCIM, by people
	byMachines  func() *roll             // and by connectors and other automation
	userCalls   func() userCalls
	callers     func() callers
	callNames   func() []string // of SCIM calls
	withoutLog  func() []*ledger.Life
	nameless    func() nameless
	assigned    func() grantedTo           // account assignments as listed
	assignments func() map[string][]string // and as made in the evidence and not taken away again
	outlook     func() *outlook
	bounds      func() (span.Span, bool)
	logsEnd     func() time.Time // when any directory source was looked at last
}

// ready sorts the evidence when the first question about the store is asked.
func (g *ground) ready() *ground {
	g.laid.Do(g.lay)
	return g
}

func (g *ground) lay() {
	g.locate()
	g.byGroup, g.byUser = map[string]*[]*casefile.Event{}, map[string]*[]*casefile.Event{}
	g.blank, g.accounts, g.reaches = map[string][]*casefile.Event{}, map[string][]string{}, map[string]reach{}
	g.blanks = map[string][]*casefile.Event{}
	note := func(index map[string]*[]*casefile.Event, id string, ev *casefile.Event) {
		if id == "" {
			return
		}
		if list := index[id]; list != nil {
			*list = append(*list, ev)
		} else {
			index[id] = &[]*casefile.Event{ev}
		}
	}
	for i := range g.c.Events {
		ev := &g.c.Events[i]
		if ev.Superseded || g.elsewhere(i) {
			continue
		}
		if ev.Source == awsid.SourceSCIM {
			g.scim = append(g.scim, ev)
			if !ev.ReadOnly {
				g.scimWrites = append(g.scimWrites, ev)
			}
		}
		if ev.ReadOnly {
			continue
		}
		g.writes = append(g.writes, ev)
		if ev.Source != awsid.SourceSCIM && ev.Account != "" && cloudtrail.DirectorySource(ev.Source) && !slices.Contains(g.accounts[ev.Source], ev.Account) {
			g.accounts[ev.Source] = append(g.accounts[ev.Source], ev.Account)
		}
		note(g.byGroup, ev.Subject.Group, ev)
		note(g.byUser, ev.Subject.User, ev)
		if pair, ok := g.l.Resolve(ev.Key); ok {
			if pair.Group != ev.Subject.Group {
				note(g.byGroup, pair.Group, ev)
			}
			if pair.User != ev.Subject.User {
				note(g.byUser, pair.User, ev)
			}
		}
	}
	for i := range g.c.Undated {
		if ev := &g.c.Undated[i]; !ev.ReadOnly && !ev.Superseded && !g.isElsewhere(ev, storeNamed(g.l, ev)) {
			g.blank[ev.Source] = append(g.blank[ev.Source], ev)
		}
	}
	g.undated = g.blank[awsid.SourceSCIM]
	g.patterns = g.gather()
}

// of returns the writes that name a group or user by an id, in order of time.
func of(index map[string]*[]*casefile.Event, id string) []*casefile.Event {
	if list := index[id]; list != nil {
		return *list
	}
	return nil
}

// gather lays out what the causes ask of all events, to be worked out on demand.
func (g *ground) gather() patterns {
	list := func(from func() []*casefile.Event, is func(*casefile.Event) bool) func() []*casefile.Event {
		return sync.OnceValue(func() []*casefile.Event { return where(from(), is) })
	}
	writes := func() []*casefile.Event { return g.writes }
	scim := func() []*casefile.Event { return g.scim }
	scimWrites := func() []*casefile.Event { return g.scimWrites }
	lot := func(from func() []*casefile.Event, is func(*casefile.Event) bool) func() lot {
		return sync.OnceValue(func() lot { return lotOf(where(from(), is)) })
	}
	roll := func(from func() []*casefile.Event, is func(*casefile.Event) bool) func() *roll {
		return sync.OnceValue(func() *roll { return rollOf(where(from(), is)) })
	}
	var p patterns
	p.scimDone = list(scimWrites, succeeded)
	p.scimRefused = list(scim, failed)
	p.beat = sync.OnceValue(func() rhythm { return rhythmOf(p.scimDone()) })
	p.readsSince = sync.OnceValue(g.stillReads)
	p.faceless = list(writes, func(ev *casefile.Event) bool {
		resolvable := ev.Subject.Membership != "" // never-touched and not-empty ask for unresolved ones by themselves
		return succeeded(ev) && ev.Subject.Group == "" && !resolvable && changesMembers(ev)
	})
	p.blankFaces = sync.OnceValue(func() []*casefile.Event {
		var out []*casefile.Event
		for i := range g.c.Undated {
			if ev := &g.c.Undated[i]; succeeded(ev) && !ev.ReadOnly && changesMembers(ev) {
				out = append(out, ev)
			}
		}
		return out
	})
	p.usersGone = list(writes, func(ev *casefile.Event) bool { return succeeded(ev) && ev.Effect == cloudtrail.UserDeleted })
	p.throttled = list(writes, func(ev *casefile.Event) bool {
		return throttledCall(ev) && (ev.Subject.Group == "" || ev.Subject.User == "")
	})
	p.switches = list(writes, func(ev *casefile.Event) bool {
		return succeeded(ev) && (ev.Effect == cloudtrail.SourceChanged || ev.Effect == cloudtrail.TokenChanged) && !benign(ev.Name)
	})
	p.groupMakes = list(scimWrites, func(ev *casefile.Event) bool { return ev.Name == "CreateGroup" })
	p.groupCalls = list(scimWrites, isGroupWrite)
	p.pushes = roll(p.scimDone, func(ev *casefile.Event) bool { return isGroupWrite(ev) && ev.Subject.Group != "" })
	p.userPushes = lot(p.scimDone, isUserWrite)
	p.google = list(p.scimDone, func(ev *casefile.Event) bool { return ev.Actor.Client == googleClient })
	p.entra = list(p.scimDone, func(ev *casefile.Event) bool { return ev.Actor.Client == upstream.ProductEntra })
	p.filling = lot(p.scimDone, func(ev *casefile.Event) bool { return ev.Effect == cloudtrail.GroupCreated || changesMembers(ev) })
	p.byPeople = roll(writes, addedBy("person"))
	p.byMachines = roll(writes, addedBy("connector", "automation"))
	p.userCalls = sync.OnceValue(func() userCalls { return userCallsOf(g.scim) })
	p.callers = sync.OnceValue(func() callers { return callersOf(g.scim, g.scimWrites) })
	p.callNames = sync.OnceValue(func() []string { return namesOf(g.scim) })
	p.withoutLog = sync.OnceValue(g.madeWithoutLog)
	p.nameless = sync.OnceValue(g.namelessDeletions)
	p.assigned = sync.OnceValue(g.listedAssignments)
	p.assignments = sync.OnceValue(g.assignedByEvents)
	p.outlook = sync.OnceValue(g.lookOut)
	p.bounds = sync.OnceValues(g.coverBounds)
	p.logsEnd = sync.OnceValue(func() time.Time { w, _ := g.c.Window(casefile.DirectorySources...); return w.To })
	return p
}

// warm gathers all that takes a walk over many events.
func (g *ground) warm() {
	for _, list := range []func() []*casefile.Event{g.scimDone, g.scimRefused, g.readsSince, g.faceless, g.blankFaces, g.usersGone, g.throttled, g.switches, g.groupMakes, g.groupCalls, g.google, g.entra} {
		list()
	}
	for _, roll := range []func() *roll{g.pushes, g.byPeople, g.byMachines} {
		roll().portions()
	}
	g.beat()
	g.userPushes()
	g.filling()
	g.userCalls()
	g.callers()
	g.callNames()
	g.withoutLog()
	g.nameless()
	g.assigned()
	g.assignments()
	if !g.c.Upstream.Empty() {
		g.outlook()
	}
	for _, s := range g.bench.listings() {
		s.byGroup()
	}
}

// elsewhere reports whether an event of the case is certainly about another
// identity store.
func (g *ground) elsewhere(i int) bool {
	s := g.bench.survey()
	return g.isElsewhere(&g.c.Events[i], s.stores[s.store[i]])
}

// isElsewhere is elsewhere for an event that is about a store, "" when not known.
// SCIM is logged in the one account that owns the store (cloudtrail reference 2.2).
func (g *ground) isElsewhere(ev *casefile.Event, about string) bool {
	if g.store == "" {
		return false
	}
	if about != "" {
		return about != g.store
	}
	if ev.Source != awsid.SourceSCIM {
		return false
	}
	if t := g.bench.survey().tenants[tenantOf(ev)]; t != nil && len(t.stores) > 0 {
		return !t.stores[g.store]
	}
	return g.place.Account != "" && ev.Account != "" && ev.Account != g.place.Account
}

// nameless are the deletions of memberships by an id that nothing knows, which
// may concern anybody of the store, in order of time.
type nameless struct {
	events []*casefile.Event
	keys   []string
}

func (g *ground) namelessDeletions() nameless {
	var n nameless
	for _, ev := range g.l.Unresolved() {
		if g.store == "" || ev.Subject.Store == "" || ev.Subject.Store == g.store {
			n.events, n.keys = append(n.events, ev), append(n.keys, ev.Key)
		}
	}
	return n
}

// madeWithoutLog returns the groups and users of the store that an identity
// provider made and no event did.
func (g *ground) madeWithoutLog() []*ledger.Life {
	var out []*ledger.Life
	for _, lives := range [][]*ledger.Life{g.l.Groups(), g.l.Users()} {
		for _, life := range lives {
			own := g.store == "" || life.Store == "" || life.Store == g.store
			if own && life.External && life.Created != nil && life.Created.Event == "" {
				out = append(out, life)
			}
		}
	}
	return out
}

// coverBounds is the time that the logs are about: from the first to the last
// moment that any directory source was looked at in its place.
func (g *ground) coverBounds() (span.Span, bool) {
	var all span.Set
	for _, grade := range []casefile.Completeness{casefile.Claimed, casefile.Unknown} {
		for _, source := range casefile.DirectorySources {
			all = all.Union(g.c.Coverage.Of(source, casefile.Place{Region: g.place.Region}, grade))
		}
		if !all.Empty() {
			break
		}
	}
	return all.Bounds()
}

// reachOf judges the coverage of sources (reach.go), once for each.
func (g *ground) reachOf(sources ...string) reach {
	key := strings.Join(sources, " ")
	g.mu.Lock()
	defer g.mu.Unlock()
	r, known := g.reaches[key]
	if !known {
		r = g.judge(sources)
		g.reaches[key] = r
	}
	return r
}
