package ledger

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// what a fact says of a membership.
type what int

const (
	added what = iota
	removed
	seen   // in a snapshot
	absent // from a whole list in a snapshot
	cascaded
)

// fact is one statement about one membership at one time.
type fact struct {
	what       what
	time       time.Time
	event      *casefile.Event       // of added, removed, cascaded
	membership string                // id, where known
	listed     *directory.Membership // of seen
	snapshot   *directory.Snapshot   // of seen, absent
}

// facts are all statements, by membership.
type facts struct {
	of     map[Pair][]fact
	ledger *Ledger
	ended  map[string][]fact // deletions of groups and users, by id
}

// viaOf returns the door of a call (design ruling 10).
func viaOf(ev *casefile.Event) Via { return Via(actor.Via(&ev.Record)) }

// gather reads all facts out of the case: adds and removals that name the user,
// snapshots, deletions; and lays aside the SCIM writes that hide theirs.
func gather(c *casefile.Case, l *Ledger) *facts {
	f := &facts{of: map[Pair][]fact{}, ledger: l, ended: map[string][]fact{}}
	byID := memberships(c)
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Superseded || ev.Failed() {
			continue
		}
		s := &ev.Subject
		switch ev.Effect {
		case cloudtrail.MemberAdded:
			f.add(Pair{s.Group, s.User}, fact{what: added, time: ev.Time, event: ev, membership: s.Membership})
		case cloudtrail.MemberRemoved:
			pair := Pair{s.Group, s.User}
			if pair.Group == "" || pair.User == "" {
				known, ok := byID[s.Membership]
				if !ok {
					l.unresolved = append(l.unresolved, ev)
					continue
				}
				pair = known
				l.resolved[ev.Key] = pair
			}
			f.add(pair, fact{what: removed, time: ev.Time, event: ev, membership: s.Membership})
		case cloudtrail.GroupDeleted:
			f.ended[s.Group] = append(f.ended[s.Group], fact{what: cascaded, time: ev.Time, event: ev})
		case cloudtrail.UserDeleted:
			f.ended[s.User] = append(f.ended[s.User], fact{what: cascaded, time: ev.Time, event: ev})
		case cloudtrail.MembersAdded, cloudtrail.MembersRemoved, cloudtrail.MembersChanged, cloudtrail.GroupCreated:
			f.scim(ev)
		}
	}
	for i := range c.Snapshots {
		f.snapshot(&c.Snapshots[i], c.AsOf())
	}
	f.absences(c)
	return f
}

// memberships indexes membership ids by what create events and snapshots say
// of them; it is what resolves a DeleteGroupMembership (cloudtrail reference 0, 3).
func memberships(c *casefile.Case) map[string]Pair {
	byID := map[string]Pair{}
	for i := range c.Events {
		s := &c.Events[i].Subject
		if s.Membership != "" && s.Group != "" && s.User != "" && !c.Events[i].Failed() {
			byID[s.Membership] = Pair{s.Group, s.User}
		}
	}
	for i := range c.Snapshots {
		for _, m := range c.Snapshots[i].Memberships {
			if m.ID != "" {
				byID[m.ID] = Pair{m.Group, m.User}
			}
		}
	}
	return byID
}

func (f *facts) add(p Pair, x fact) {
	if p.Group == "" || p.User == "" {
		return // blanked ids: kept as evidence, of no use here
	}
	f.of[p] = append(f.of[p], x)
}

// scim takes a SCIM write of a group apart: operations that reveal their users
// are facts, the others go to the joiner.
func (f *facts) scim(ev *casefile.Event) {
	s := &ev.Subject
	if s.Group == "" || !ev.MayAdd() && !ev.MayRemove() {
		return
	}
	p := &patch{event: ev, free: maxChanges}
	p.hidesAdd = s.Hidden
	p.hidesRemove = s.Hidden && ev.Name == "PatchGroup"
	for _, op := range s.Operations {
		add, remove := op.Adds(), op.Removes()
		if len(op.Users) == 0 {
			p.hidesAdd = p.hidesAdd || add
			p.hidesRemove = p.hidesRemove || remove
			continue
		}
		p.free -= len(op.Users)
		for _, user := range op.Users {
			switch {
			case add && !remove:
				f.add(Pair{s.Group, user}, fact{what: added, time: ev.Time, event: ev})
			case remove && !add:
				f.add(Pair{s.Group, user}, fact{what: removed, time: ev.Time, event: ev})
			}
		}
	}
	if p.hidesAdd || p.hidesRemove {
		f.ledger.patches[s.Group] = append(f.ledger.patches[s.Group], p)
	}
}

func (f *facts) snapshot(s *directory.Snapshot, fallback time.Time) {
	at := cmp.Or(s.NotBefore, notLater(s.NotAfter, fallback))
	for i := range s.Memberships {
		m := &s.Memberships[i]
		f.add(Pair{m.Group, m.User}, fact{what: seen, time: at, membership: m.ID, listed: m, snapshot: s})
	}
}

// notLater bounds the time of a file, which a copy made later does not keep, by
// the end of all other evidence.
func notLater(t, end time.Time) time.Time {
	if t.IsZero() || !end.IsZero() && t.After(end) {
		return end
	}
	return t
}

// absences turns whole member lists into statements that everybody else known
// to the group is not in it. It runs last, when everybody is known.
func (f *facts) absences(c *casefile.Case) {
	pairsOf := map[string][]Pair{}
	for p := range f.of {
		pairsOf[p.Group] = append(pairsOf[p.Group], p)
		pairsOf[p.User] = append(pairsOf[p.User], p)
	}
	for i := range c.Snapshots {
		s := &c.Snapshots[i]
		there := map[Pair]bool{}
		for _, m := range s.Memberships {
			there[Pair{m.Group, m.User}] = true
		}
		deny := func(p Pair) {
			if there[p] {
				return
			}
			there[p] = true // once per snapshot
			f.of[p] = append(f.of[p], fact{what: absent, time: f.absenceTime(p, s, c.AsOf()), snapshot: s})
		}
		for _, whole := range slices.Concat(s.MembersOf, s.GroupsOf) {
			for _, p := range pairsOf[whole] {
				deny(p)
			}
		}
		for _, m := range s.Absent {
			deny(Pair{m.Group, m.User})
		}
	}
}

// absenceTime places a snapshot whose moment is only bounded: an add within the
// bounds came after it, since it does not show it.
func (f *facts) absenceTime(p Pair, s *directory.Snapshot, fallback time.Time) time.Time {
	late := cmp.Or(notLater(cmp.Or(s.NotAfter, s.NotBefore), fallback), fallback)
	if s.NotBefore.IsZero() {
		return late
	}
	for _, x := range f.of[p] {
		if x.what == added && x.time.After(s.NotBefore) && !x.time.After(late) {
			return s.NotBefore
		}
	}
	return late
}

// pairs returns all memberships that anything is known of, in order.
func (f *facts) pairs() []Pair {
	out := make([]Pair, 0, len(f.of))
	for p := range f.of {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.User, b.User)) })
	return out
}

// ordered returns the facts of a membership by time. Within one second, the
// resolution of CloudTrail, what a membership id joins goes add before remove;
// otherwise an end comes before a beginning, and what a snapshot denies before
// what is added.
func (f *facts) ordered(p Pair) []fact {
	list := slices.Concat(f.of[p], f.ended[p.Group], f.ended[p.User])
	rank := map[what]int{removed: 1, cascaded: 2, absent: 3, added: 4, seen: 6}
	made := map[string]time.Time{}
	for _, x := range list {
		if x.what == added && x.membership != "" {
			made[x.membership] = x.time
		}
	}
	rankOf := func(x fact) int {
		if x.what == removed && x.membership != "" && made[x.membership].Equal(x.time) {
			return rank[added] + 1
		}
		return rank[x.what]
	}
	key := func(x fact) string {
		if x.event != nil {
			return x.event.Key
		}
		return ""
	}
	slices.SortStableFunc(list, func(a, b fact) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(rankOf(a), rankOf(b)), cmp.Compare(key(a), key(b)))
	})
	return list
}
