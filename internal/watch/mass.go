package watch

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// massRule is mass-deprovisioning: by place, who went last.
type massRule map[string]massing

type massing struct {
	Recent []gone // the last, at most twice as many as the threshold
	Count  int    // while it is raised
	Raised bool
}

type gone struct {
	At   int64
	User string
}

func (m *machine) mass(ev *Event) {
	if m.rules.Mass.Off || ev.Fail != nil || ev.User == "" || ev.What.Effect != cloudtrail.UserDeleted && ev.What.Effect != cloudtrail.UserDisabled {
		return
	}
	o := &m.rules.Mass
	place := ev.Who.Place()
	s := m.Mass[place]
	if s.Raised && !m.isOpen("mass-deprovisioning", place) {
		s.Raised, s.Count = false, 0
	}
	var recent []gone
	users := map[string]bool{ev.User: true}
	for _, g := range s.Recent {
		if ev.At-g.At <= o.Within.seconds() && g.User != ev.User {
			recent = append(recent, g)
			users[g.User] = true
		}
	}
	s.Recent = append(recent, gone{ev.At, ev.User})
	if n := len(s.Recent); n > 2*o.Users {
		s.Recent = s.Recent[n-2*o.Users:]
	}
	switch {
	case s.Raised:
		s.Count++
	case len(users) >= o.Users:
		s.Raised, s.Count = true, len(users)
	}
	m.Mass[place] = s
	if !s.Raised {
		return
	}
	a := m.raise("mass-deprovisioning", place, ev.At, func(a *Alert) {
		at(a, place)
		a.Severity, a.Title, a.Count, a.Actor = Critical, "Many users were deprovisioned at once", s.Count, ev.Who.Label
		a.Summary = fmt.Sprintf("%s were deleted or disabled in %s, %d of them within %s, last on %s by %s. Their memberships go with those who are deleted.",
			count(s.Count, "user"), where(place), o.Users, length(o.Within.seconds()), moment(ev.At), ev.Who.Label)
		quoteEvent(a, ev)
		a.Steps = []string{"If this was not meant: stop provisioning at the identity provider now (Okta: Deactivate the API integration; Entra ID: Stop provisioning), then see why these users lost their assignment there."}
	})
	m.closesAt(a, ev.At+o.Forget.seconds(), "nobody else went for "+length(o.Forget.seconds()))
}
