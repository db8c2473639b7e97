package watch

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// emptiedRule is group-emptied: by group id, how many are in it. A listing counts;
// events that name a member count on; over SCIM nobody is named, so that the number
// is then unknown until the next listing.
type emptiedRule map[string]filling

type filling struct {
	N      int32 // members; unknownFilling when nobody knows
	Had    int32 // when somebody last knew, and it was more than 0
	Exact  bool  // Had was counted, and is not the least that SCIM must have added
	Raised bool
}

// had says how many there were.
func (f *filling) had() string {
	if f.Exact {
		return fmt.Sprintf("it had %s when they were last counted", count(int(f.Had), "member"))
	}
	return "it had members before"
}

const unknownFilling = -1

// Listing is what the rules need of a listing of an identity store.
type Listing struct {
	At      int64             `json:"at"`
	Place   string            `json:"place"`
	Members map[string]int32  `json:"members"` // of the groups whose members were listed to the end
	Managed []string          `json:"managed"` // groups that a provider made over SCIM
	Names   map[string]string `json:"names"`
	Belongs map[Key]string    `json:"-"` // groups of memberships
}

// ListingOf takes what the rules need of a snapshot, nil when it has no time that
// can be trusted or no group.
func ListingOf(s *directory.Snapshot) *Listing {
	taken := s.Taken()
	if taken.IsZero() || s.Clock == directory.ClockFile || s.Clock == directory.ClockUnknown || len(s.Groups)+len(s.MembersOf) == 0 {
		return nil
	}
	l := &Listing{At: taken.Unix(), Place: s.Account + "/" + s.Region, Members: map[string]int32{}, Names: map[string]string{}, Belongs: map[Key]string{}}
	for _, id := range s.MembersOf {
		l.Members[id] = 0
	}
	for _, one := range s.Memberships {
		if one.ID != "" {
			l.Belongs[KeyOf(one.ID)] = one.Group
		}
		if n, whole := l.Members[one.Group]; whole {
			l.Members[one.Group] = n + 1
		}
	}
	for _, g := range s.Groups {
		l.Names[g.ID] = brief(g.Name, 256)
		if len(g.ExternalIDs) > 0 {
			l.Managed = append(l.Managed, g.ID)
		}
	}
	for _, u := range s.Users {
		l.Names[u.ID] = brief(u.UserName, 256)
	}
	return l
}

func (m *machine) listed(l *Listing) {
	for id, name := range l.Names {
		m.name(id, name)
	}
	for k, group := range l.Belongs {
		m.belongs.learn(k, group, l.At)
	}
	for _, id := range l.Managed {
		if _, known := m.Outside.Managed[id]; !known && len(m.Outside.Managed) < maxGroups {
			m.Outside.Managed[id] = managed{At: l.At}
		}
	}
	if m.rules.Emptied.Off {
		return
	}
	for id, n := range l.Members {
		f, known := m.Emptied[id]
		switch {
		case n == 0 && known && f.N != 0 && f.Had > 0:
			m.empty(&f, id, l.Place, l.At, fmt.Sprintf("The group %s has no members any more: the listing of %s shows none, and %s.", m.named(id), moment(l.At), f.had()), nil)
		case n > 0 && f.Raised:
			m.filled(&f, id, l.At, fmt.Sprintf("the listing of %s shows %s", moment(l.At), count(int(n), "member")))
		}
		if f.N = n; n > 0 {
			f.Had, f.Exact = n, true
		}
		m.fill(id, f)
	}
}

func (m *machine) emptied(ev *Event) {
	if m.rules.Emptied.Off || ev.Fail != nil || ev.Group == "" || ev.What.Reads {
		return
	}
	f, known := m.Emptied[ev.Group]
	if !known {
		f.N = unknownFilling
	}
	switch effect := ev.What.Effect; {
	case effect == cloudtrail.GroupCreated:
		f = filling{}
		if ev.What.Adds {
			f.N = unknownFilling
		}
	case effect == cloudtrail.GroupDeleted:
		if f.N != 0 && f.Had > 0 {
			m.empty(&f, ev.Group, ev.Who.Place(), ev.At, fmt.Sprintf("%s deleted the group %s on %s; %s.",
				ev.Who.Label, m.named(ev.Group), moment(ev.At), f.had()), ev)
		}
		if f.Raised {
			m.closesAt(m.Open[idOf("group-emptied", ev.Group)], ev.At+7*day, "the group was deleted, and a week has passed")
		}
		delete(m.Emptied, ev.Group)
		return
	case effect == cloudtrail.MemberAdded:
		if f.N >= 0 {
			f.N++
			f.Had, f.Exact = f.N, true
		} else {
			f.Had = max(f.Had, 1)
		}
		m.refilled(&f, ev)
	case effect == cloudtrail.MemberRemoved:
		if f.N > 0 {
			f.N--
		}
		if f.N == 0 && f.Had > 0 && !f.Raised {
			m.empty(&f, ev.Group, ev.Who.Place(), ev.At, fmt.Sprintf("%s removed the last member of the group %s on %s.", ev.Who.Label, m.named(ev.Group), moment(ev.At)), ev)
			f.Had = 0
		}
	case ev.What.Source == awsid.SourceSCIM && ev.What.Adds && !ev.What.Removes:
		f.N, f.Had, f.Exact = unknownFilling, max(f.Had, 1), f.Exact && f.Had > 0
		m.refilled(&f, ev)
	case ev.What.Source == awsid.SourceSCIM && ev.What.Removes:
		if f.N > 0 {
			f.Had, f.Exact = f.N, true
		}
		f.N = unknownFilling
	default:
		return
	}
	m.fill(ev.Group, f)
}

func (m *machine) fill(id string, f filling) {
	if _, known := m.Emptied[id]; known || len(m.Emptied) < maxGroups {
		m.Emptied[id] = f
	}
}

func (m *machine) refilled(f *filling, ev *Event) {
	if f.Raised {
		m.filled(f, ev.Group, ev.At, fmt.Sprintf("%s added members on %s", ev.Who.Label, moment(ev.At)))
	}
}

func (m *machine) filled(f *filling, id string, at int64, why string) {
	m.mend("group-emptied", id, at, why)
	f.Raised = false
}

func (m *machine) empty(f *filling, id, place string, when int64, says string, ev *Event) {
	m.raise("group-emptied", id, when, func(a *Alert) {
		at(a, place)
		m.aboutGroup(a, id)
		a.Severity, a.Title, a.Summary, a.Count = Critical, "A group was emptied", says, int(f.Had)
		if ev != nil {
			a.Actor = ev.Who.Label
			quoteEvent(a, ev)
		} else {
			a.Looked = []Looked{{"the members of the group", a.Account, a.Region, time.Unix(when, 0).UTC(), time.Unix(when, 0).UTC()}}
		}
	})
	f.Raised = true
}
