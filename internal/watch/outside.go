package watch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// outsideRule is changed-outside-scim: the groups that SCIM manages, and what was
// done to them by others.
type outsideRule struct {
	Managed map[string]managed // by group id
	Changes map[string]changes // by group id, while the alert is open
	Others  map[string]other   // by group id, of those that SCIM manages
}

// other is what is remembered of changes outside SCIM when no alert is open. A group
// that they come back to has two writers: that is one condition, which a write of SCIM
// does not end, and one alert.
type other struct {
	Last  int64 // change
	Times int   // how often an alert opened, none of them long after the last change
}

// managed is a group that SCIM made or writes the members of.
type managed struct {
	At    int64 // when SCIM last made it or wrote its members
	Fills bool  // SCIM wrote members; else it only made the group
	Told  bool  // of a group that SCIM only made, somebody else's members were told of once
}

type changes struct {
	Added, Removed int
	By             []string
	First          int64
}

func newOutside() outsideRule {
	return outsideRule{Managed: map[string]managed{}, Changes: map[string]changes{}, Others: map[string]other{}}
}

func (r outsideRule) clone() outsideRule {
	return outsideRule{maps.Clone(r.Managed), maps.Clone(r.Changes), maps.Clone(r.Others)}
}

// maxGroups bounds how many groups the rules remember: hostile evidence can name
// any number, an identity store holds 100,000 (identity-center-scim reference 8).
const maxGroups = 300_000

func (m *machine) outside(ev *Event) {
	if m.rules.Outside.Off || ev.Fail != nil || ev.Group == "" {
		return
	}
	r := &m.Outside
	if ev.What.Source == awsid.SourceSCIM {
		if ev.What.Adds || ev.What.Removes || ev.What.Effect == cloudtrail.GroupCreated {
			if g, known := r.Managed[ev.Group]; known || len(r.Managed) < maxGroups {
				r.Managed[ev.Group] = managed{ev.At, g.Fills || ev.What.Name == "PatchGroup" && (ev.What.Adds || ev.What.Removes), false}
			}
			if _, open := r.Changes[ev.Group]; open && (ev.What.Adds || ev.What.Removes) && !r.shared(ev.Group) {
				m.mend("changed-outside-scim", ev.Group, ev.At, fmt.Sprintf("SCIM wrote the members of the group again on %s", moment(ev.At)))
				delete(r.Changes, ev.Group)
			}
		}
		return
	}
	if ev.What.Effect == cloudtrail.GroupDeleted {
		delete(r.Managed, ev.Group)
		delete(r.Changes, ev.Group)
		delete(r.Others, ev.Group)
		return
	}
	added, removed := ev.What.Effect == cloudtrail.MemberAdded, ev.What.Effect == cloudtrail.MemberRemoved
	g, isManaged := r.Managed[ev.Group]
	if !added && !removed || !isManaged {
		return
	}
	c, open := r.Changes[ev.Group]
	if open && !m.isOpen("changed-outside-scim", ev.Group) {
		c, open = changes{}, false // it closed by itself
	}
	if !open && !g.Fills {
		// Who fills a group that SCIM made and leaves empty is its writer from then
		// on: that is said once.
		if g.Told {
			return
		}
		g.Told = true
		r.Managed[ev.Group] = g
	}
	o := r.Others[ev.Group]
	if !open {
		c.First = ev.At
		if ev.At-o.Last > m.rules.Outside.Shared.seconds() {
			o.Times = 0
		}
		if g.Fills {
			o.Times++
		}
	}
	o.Last = ev.At
	r.Others[ev.Group] = o
	shared := r.shared(ev.Group)
	if added {
		c.Added++
	} else {
		c.Removed++
	}
	if !slices.Contains(c.By, ev.Who.Label) && len(c.By) < 5 {
		c.By = append(slices.Clip(c.By), ev.Who.Label)
	}
	r.Changes[ev.Group] = c
	a := m.raise("changed-outside-scim", ev.Group, ev.At, func(a *Alert) {
		at(a, ev.Who.Place())
		m.aboutGroup(a, ev.Group)
		if ev.User != "" {
			m.aboutUser(a, ev.User)
		}
		a.Severity, a.Title, a.Actor, a.Count = Warning, "Members changed outside SCIM", strings.Join(c.By, ", "), c.Added+c.Removed
		door := "over the API"
		if ev.Who.Via == "console" {
			door = "in the console"
		}
		does := "whose members SCIM writes"
		if !g.Fills {
			does = "which SCIM made"
		}
		a.Summary = fmt.Sprintf("%s of the group %s, %s (last on %s), %s %s by %s, last on %s.",
			changed(c), a.Group, does, moment(g.At), was(c.Added+c.Removed), door, a.Actor, moment(ev.At))
		if shared {
			a.Title = "A group has two writers"
			a.Summary += fmt.Sprintf(" It is not the first time within %s: SCIM is not the only writer of this group, and each may undo what the other did.", length(m.rules.Outside.Shared.seconds()))
			a.Steps = []string{"Let one of them write the group: take it out of what the identity provider pushes, or leave it out of what the other fills. If both are meant to, silence this rule for the group, with the reason."}
		}
		quoteEvent(a, ev)
	})
	forget, why := m.rules.Outside.Forget.seconds(), "no further change was seen for "
	if shared {
		forget, why = m.rules.Outside.Shared.seconds(), "nobody but SCIM was seen to change the members for "
	}
	m.closesAt(a, ev.At+forget, why+length(forget))
}

// shared reports whether a group has another writer beside SCIM.
func (r *outsideRule) shared(group string) bool { return r.Others[group].Times > 1 }

func changed(c changes) string {
	var parts []string
	if c.Added > 0 {
		parts = append(parts, count(c.Added, "addition"))
	}
	if c.Removed > 0 {
		parts = append(parts, count(c.Removed, "removal"))
	}
	return strings.Join(parts, " and ")
}

func was(n int) string {
	if n == 1 {
		return "was made"
	}
	return "were made"
}
