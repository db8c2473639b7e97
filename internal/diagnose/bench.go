package diagnose

import (
	"slices"
	"sync"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// Bench is a case and its ledger laid out for any number of questions. What does
// not depend on a question is worked out when the first one needs it, once; after
// that a question costs what concerns it. It may be asked by several at a time.
// The case and the ledger must not change meanwhile.
type Bench struct {
	c *casefile.Case
	l *ledger.Ledger

	survey   func() *survey
	listings func() []*listing
	only     func() string // the identity store that everything known belongs to

	mu      sync.Mutex
	grounds map[string]*ground // by identity store
}

// On lays out a case and the ledger that was built of it. It does no work yet.
func On(c *casefile.Case, l *ledger.Ledger) *Bench {
	b := &Bench{c: c, l: l, grounds: map[string]*ground{}}
	b.survey = sync.OnceValue(func() *survey { return surveyOf(c, l) })
	b.listings = sync.OnceValue(func() []*listing { return listingsOf(c) })
	b.only = sync.OnceValue(func() string { return onlyStore(l) })
	return b
}

// Group answers as the function Group does.
func (b *Bench) Group(asked string) (*Answer, error) {
	life, err := one("group", asked, b.l.FindGroup(bare(asked)))
	if err != nil {
		return nil, err
	}
	q := Question{Kind: "group", Asked: asked}
	if b.onlyInVain("group", life) {
		return unknownToAWS(b, q, b.missing("group", asked, nil).inVain(), &ledger.Life{Name: asked}, nil), nil
	}
	if life == nil {
		if x := b.Absence("group"); x != nil {
			return x.Answer(asked, b.names("group")), nil
		}
		return unknownToAWS(b, q, b.missing("group", asked, nil), &ledger.Life{Name: asked}, nil), nil
	}
	q.Group = &ledger.Entity{ID: life.ID, Name: life.Name}
	return answer(b.inquire(q, life, nil)), nil
}

// User answers as the function User does.
func (b *Bench) User(asked, group string) (*Answer, error) {
	life, err := one("user", asked, b.l.FindUser(bare(asked)))
	if err != nil {
		return nil, err
	}
	q := Question{Kind: "user", Asked: asked}
	inVain := b.onlyInVain("user", life)
	if inVain {
		life = nil
	}
	var g *ledger.Life
	if group != "" {
		if g, err = one("group", group, b.l.FindGroup(bare(group))); err != nil {
			return nil, err
		}
		if g == nil || b.onlyInVain("group", g) {
			a := b.missing("group", group, life)
			a.Question.Kind, a.Question.Asked = "user", asked
			if life == nil {
				life = &ledger.Life{Name: asked}
			}
			return unknownToAWS(b, a.Question, a, &ledger.Life{Name: group}, life), nil
		}
		q.Group = &ledger.Entity{ID: g.ID, Name: g.Name}
	}
	if life == nil {
		if x := b.Absence("user"); x != nil && g == nil && !inVain {
			return x.Answer(asked, b.names("user")), nil
		}
		a := b.missing("user", asked, nil)
		if inVain {
			a.inVain()
		}
		a.Question = q
		return unknownToAWS(b, q, a, g, &ledger.Life{Name: asked}), nil
	}
	q.User = &ledger.Entity{ID: life.ID, Name: life.Name}
	return answer(b.inquire(q, g, life)), nil
}

// MatrixOf answers as the function MatrixOf does.
func (b *Bench) MatrixOf(group string) *Matrix {
	life := b.l.Group(group)
	if life == nil {
		return nil
	}
	return b.inquire(Question{Kind: "group", Asked: group}, life, nil).matrix()
}

// Warm works out what most questions need, so that the first of them does not have
// to wait for it: about a second for a million events.
func (b *Bench) Warm() {
	b.inquire(Question{Kind: "group"}, nil, nil).warm()
	seen := map[string]bool{b.only(): true}
	for _, life := range b.l.Groups() {
		if !seen[life.Store] && len(seen) < maxGrounds {
			seen[life.Store] = true
			b.ground(life.Store).ready().warm()
		}
	}
}

// maxGrounds bounds how many identity stores are kept laid out. A company has one
// or two; evidence that names many is worked through one after the other.
const maxGrounds = 8

// ground returns what is known of an identity store; of all for "".
func (b *Bench) ground(store string) *ground {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.grounds[store]
	if g == nil {
		if len(b.grounds) >= maxGrounds {
			clear(b.grounds)
		}
		g = &ground{bench: b, c: b.c, l: b.l, store: store}
		b.grounds[store] = g
	}
	return g
}

// survey is what one walk over all events finds, whatever is asked about.
type survey struct {
	stores []string // those that events are about; the first is "", for not known
	store  []int32  // of each event, an index into stores
	named  []string // the stores that events name themselves, sorted

	tenants map[tenant]*tenancy
	// assigned are the successful makings of account assignments, by principal.
	assigned map[string][]*casefile.Event
}

// tenant is what SCIM calls of one identity store have in common: their tenant,
// or the account where they name none.
type tenant struct{ id, account string }

func tenantOf(ev *casefile.Event) tenant {
	if ev.Subject.Tenant != "" {
		return tenant{id: ev.Subject.Tenant}
	}
	return tenant{account: ev.Account}
}

// tenancy is the stores that SCIM calls of a tenant are about: they name no store,
// but the users and groups that they name are listed in one. accounts are those in
// which the calls are logged.
type tenancy struct {
	stores   map[string]bool
	accounts []string
}

func surveyOf(c *casefile.Case, l *ledger.Ledger) *survey {
	s := &survey{stores: []string{""}, store: make([]int32, len(c.Events)), tenants: map[tenant]*tenancy{}, assigned: map[string][]*casefile.Event{}}
	number := map[string]int32{"": 0}
	named := map[string]bool{}
	for i := range c.Events {
		ev := &c.Events[i]
		store := storeNamed(l, ev)
		n, known := number[store]
		if !known {
			n = int32(len(s.stores))
			number[store], s.stores = n, append(s.stores, store)
		}
		s.store[i] = n
		if own := ev.Subject.Store; own != "" && !named[own] {
			named[own], s.named = true, append(s.named, own)
		}
		if ev.Effect == cloudtrail.AssignmentCreated && succeeded(ev) {
			s.assigned[ev.Subject.Principal] = append(s.assigned[ev.Subject.Principal], ev)
		}
		if ev.Source != awsid.SourceSCIM {
			continue
		}
		key := tenantOf(ev)
		t := s.tenants[key]
		if t == nil {
			t = &tenancy{stores: map[string]bool{}}
			s.tenants[key] = t
		}
		if store != "" {
			t.stores[store] = true
		}
		if ev.Account != "" && !slices.Contains(t.accounts, ev.Account) {
			t.accounts = append(t.accounts, ev.Account)
		}
	}
	slices.Sort(s.named)
	return s
}

// storeNamed returns the store that an event names, or that the user or group it
// names is listed in; "" when neither is known.
func storeNamed(l *ledger.Ledger, ev *casefile.Event) string {
	if ev.Subject.Store != "" {
		return ev.Subject.Store
	}
	if g := l.Group(ev.Subject.Group); g != nil && g.Store != "" {
		return g.Store
	}
	if u := l.User(ev.Subject.User); u != nil {
		return u.Store
	}
	return ""
}

// onlyStore returns the identity store that everything known belongs to, or ""
// when there are several or none.
func onlyStore(l *ledger.Ledger) string {
	only := ""
	for _, lives := range [][]*ledger.Life{l.Groups(), l.Users()} {
		for _, life := range lives {
			switch {
			case life.Store == "" || life.Store == only:
			case only == "":
				only = life.Store
			default:
				return ""
			}
		}
	}
	return only
}
