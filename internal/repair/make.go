package repair

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// Options say what is planned and what the user allowed.
type Options struct {
	Groups []string // names or ids of groups: only these, and Control Tower's among them; nil for all
	Empty  []string // names or ids of groups that may be left without members
	Now    time.Time
	// Pushed reports whether the evidence shows that a provider pushes a group, by its
	// id; nil when nothing is known.
	Pushed func(group string) bool
	// Stale is how old a listing may be before the plan warns; a day when zero.
	Stale time.Duration
}

// maker is one plan in the making.
type maker struct {
	w      *World
	o      Options
	p      *Plan
	sought int
	meant  []string        // ids of the users whom the last one not resolved may be
	named  map[string]bool // of o.Groups: which were met
	pushed []string
}

// Make sets who should be in which group against who is. It fails when a group that
// the user named is nowhere to be found.
func Make(w *World, wanted []Wanted, o Options) (*Plan, error) {
	m := newMaker(w, o)
	for _, want := range wanted {
		m.compare(want)
	}
	for _, name := range o.Groups {
		if !m.named[fold(name)] {
			return nil, fmt.Errorf("--group %s: nothing says who should be in a group of this name", name)
		}
	}
	return m.finish(), nil
}

// One plans a single membership, for one person in a hurry: who is added to a
// group, or removed from it.
func One(w *World, op Op, user, group string, o Options) (*Plan, error) {
	m := newMaker(w, o)
	found := w.group(group, strings.ToLower(group))
	switch {
	case len(found) == 0 && (w.AllGroups || w.noGroups[fold(group)]):
		return nil, fmt.Errorf("there is no group %s in the identity store%s", group, m.nearGroup(group))
	case len(found) == 0:
		return nil, fmt.Errorf("there is no group %s in the evidence, which does not list all groups", group)
	case len(found) > 1:
		return nil, fmt.Errorf("several groups bear the name %s: name one by its id", group)
	}
	g := found[0]
	c := m.change(g, "the command line")
	c.Named = true
	if ControlTower(g.Name) {
		m.p.Warnings = append(m.p.Warnings, g.Name+" is a group of AWS Control Tower; it is changed because it was named")
	}
	p, ok := m.resolve(g.Name, Person{Name: user, ID: strings.ToLower(user)})
	if !ok {
		if op == Remove { // who does not exist is in no group
			c := m.p.CannotAdd[0]
			return nil, fmt.Errorf("%s cannot be removed from %s: %s", user, g.Name, c.Why)
		}
		return m.finish(), nil
	}
	present := w.members[g.ID][p.ID]
	if !w.whole[g.ID] {
		if !w.knows(g.ID, p.ID) {
			return nil, fmt.Errorf("the evidence does not show whether %s is in %s: read it live with --from identitystore://REGION/STORE", p.Name, g.Name)
		}
		c.OnlyThese, c.Members = true, []string{}
		if present {
			c.Members = []string{p.ID}
		}
		c.Fingerprint = Fingerprint(c.Members)
	}
	m.p.Present = len(c.Members)
	switch {
	case op == Add && !present:
		c.Add = []Person{p}
	case op == Remove && present:
		c.Remove = []Person{p}
	default:
		why := p.Name + " is in it already"
		if op == Remove {
			why = p.Name + " is not in it"
		}
		m.p.Untouched = append(m.p.Untouched, Untouched{g.Name, g.ID, why})
		return m.finish(), nil
	}
	m.p.Groups = append(m.p.Groups, c)
	m.keptByProvider(c)
	return m.finish(), nil
}

func newMaker(w *World, o Options) *maker {
	return &maker{w: w, o: o, named: map[string]bool{}, p: &Plan{
		Schema: Schema, Made: o.Now.UTC().Truncate(time.Second), Store: w.Store, Region: w.Region, Account: w.Account,
		Taken: w.Oldest, Clock: string(w.Clock), Groups: []Change{},
	}}
}

// compare plans one group.
func (m *maker) compare(want Wanted) {
	name := cmp.Or(want.Name, want.ID)
	found := m.w.group(want.Name, want.ID)
	var g directory.Group
	if len(found) == 1 {
		g = found[0]
	}
	named := m.isNamed(m.o.Groups, name, g)
	if len(m.o.Groups) > 0 && !named {
		return
	}
	leave := func(why string) { m.p.Untouched = append(m.p.Untouched, Untouched{cmp.Or(g.Name, name), g.ID, why}) }
	switch {
	case want.Doubt != "":
		leave(want.Doubt)
		return
	case len(found) == 0:
		m.missing(name)
		return
	case len(found) > 1:
		leave("several groups in AWS bear this name")
		return
	case ControlTower(g.Name) && !named:
		leave("it is a group of AWS Control Tower, which is changed only when it is named with --group")
		return
	case !m.w.whole[g.ID]:
		leave("the evidence does not show all its members; read it live with --from identitystore://REGION/STORE")
		return
	}
	c := m.change(g, want.From)
	c.Named, c.Pushed = named, c.Pushed || want.Pushed
	m.p.Present += len(c.Members)
	if len(want.People) == 0 && len(c.Members) > 0 && !m.isNamed(m.o.Empty, name, g) {
		leave(fmt.Sprintf("nobody should be in it by %s, and %d are: an empty list is more often a failure than a wish; if it is meant, name it with --empty", want.From, len(c.Members)))
		return
	}
	keep := map[string]bool{}
	var spared []string
	unresolved := 0
	for _, p := range want.People {
		p, ok := m.resolve(g.Name, p)
		switch {
		case !ok:
			unresolved++
			spared = append(spared, m.meant...)
		case keep[p.ID]:
		default:
			keep[p.ID] = true
			if !m.w.members[g.ID][p.ID] {
				c.Add = append(c.Add, p)
			}
		}
	}
	nameless := 0
	for _, id := range c.Members {
		switch {
		case keep[id]:
		case slices.Contains(spared, id): // may be the one who was meant
		case m.w.users[id].UserName == "":
			nameless++
		default:
			c.Remove = append(c.Remove, m.w.named(id))
		}
	}
	if nameless > 0 {
		m.p.Warnings = append(m.p.Warnings, fmt.Sprintf("%d members of %s are not among the users of the evidence; they are left in, since nobody knows who they are", nameless, g.Name))
	}
	if unresolved == len(want.People) && len(c.Members) > 0 && len(want.People) > 0 {
		leave(fmt.Sprintf("none of the %d people who should be in it is a user in AWS: the names may be of another kind, and nobody is removed on that ground", unresolved))
		return
	}
	if len(c.Add)+len(c.Remove) == 0 {
		return
	}
	byName := func(a, b Person) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }
	slices.SortFunc(c.Add, byName)
	slices.SortFunc(c.Remove, byName)
	m.p.Groups = append(m.p.Groups, c)
	m.keptByProvider(c)
}

func (m *maker) change(g directory.Group, from string) Change {
	members := m.w.present(g.ID)
	pushed := len(g.ExternalIDs) > 0 || m.o.Pushed != nil && m.o.Pushed(g.ID)
	return Change{ID: g.ID, Name: g.Name, From: from, Members: members, Fingerprint: Fingerprint(members), Pushed: pushed}
}

// isNamed reports whether a group is in a list of names and ids, and remembers which
// of o.Groups were met.
func (m *maker) isNamed(list []string, name string, g directory.Group) bool {
	for _, n := range list {
		if strings.EqualFold(n, name) || g.ID != "" && (strings.EqualFold(n, g.ID) || strings.EqualFold(n, g.Name)) {
			m.named[fold(n)] = true
			return true
		}
	}
	return false
}

// missing notes a group that is not in AWS.
func (m *maker) missing(name string) {
	why := "there is no such group in AWS" + m.nearGroup(name)
	switch fault := groupFault(name); {
	case fault != "":
		why = "there is no such group in AWS, and can't be: " + fault
	case !m.w.AllGroups && !m.w.noGroups[fold(name)]:
		why = "it is not in the evidence, which does not list all groups"
	}
	m.p.Missing = append(m.p.Missing, Untouched{Group: name, Why: why})
}

func (m *maker) nearGroup(name string) string {
	best, found := 3, ""
	for _, g := range m.w.groups {
		if d := distance(fold(name), fold(g.Name), 2); d < best || d == best && d < 3 && g.Name < found {
			best, found = d, g.Name
		}
	}
	if found == "" {
		return ""
	}
	return "; the nearest name is " + found
}

// resolve finds the user of a person, or notes why he can't be added.
func (m *maker) resolve(group string, p Person) (Person, bool) {
	ids, _ := m.w.person(p)
	m.meant = nil
	switch {
	case len(ids) == 1:
		return m.w.named(ids[0]), true
	case len(ids) > 1:
		m.meant = ids
		m.p.CannotAdd = append(m.p.CannotAdd, CannotAdd{Group: group, User: p.Name, Why: fmt.Sprintf("%d users in AWS fit this name", len(ids))})
		return Person{}, false
	}
	c := CannotAdd{Group: group, User: cmp.Or(p.Name, p.ID), Why: "there is no such user in AWS"}
	if !m.w.AllUsers && !m.w.noUsers[fold(p.Name)] {
		c.Why = "not in the evidence, which does not list all users"
	}
	if faults := p.faults(); len(faults) > 0 {
		c.Why += ", and AWS would refuse to make one: " + strings.Join(faults, "; ")
		c.Attribute, _, _ = strings.Cut(faults[0], " ")
	}
	if m.sought < mostSought {
		m.sought++
		if c.Nearest = m.w.nearest(p.Name); c.Nearest != "" {
			c.Why += "; the nearest name is " + c.Nearest
			m.meant = m.w.byName[fold(c.Nearest)]
		}
	}
	m.p.CannotAdd = append(m.p.CannotAdd, c)
	return Person{}, false
}

// keptByProvider remembers that a change is made past the identity provider.
func (m *maker) keptByProvider(c Change) {
	if c.Pushed {
		m.pushed = append(m.pushed, c.Name)
	}
}

// shownNames is how many groups a warning names.
const shownNames = 3

func (m *maker) finish() *Plan {
	slices.SortFunc(m.p.Groups, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	if n := len(m.pushed); n > 0 {
		slices.Sort(m.pushed)
		names := strings.Join(m.pushed[:min(n, shownNames)], ", ")
		if n > shownNames {
			names += fmt.Sprintf(" and %d more", n-shownNames)
		}
		m.p.Warnings = append(m.p.Warnings, "an identity provider pushes "+names+
			": it does not learn of this change, overwrites it at its next full push, and drifts from AWS until then; mend it there too")
	}
	stale := cmp.Or(m.o.Stale, 24*time.Hour)
	switch {
	case len(m.p.Groups) == 0:
	case m.p.Taken.IsZero():
		m.p.Warnings = append(m.p.Warnings, "when the members in AWS were listed is not known; apply compares them with the world before it begins")
	case m.o.Now.Sub(m.p.Taken) > stale:
		m.p.Warnings = append(m.p.Warnings, fmt.Sprintf("the members in AWS are as of %s; apply compares them with the world before it begins", m.p.Taken.UTC().Format(time.RFC3339)))
	}
	return m.p
}
