package watch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// unnamedRule is the part of changed-outside-scim that can't name a group: by place,
// the memberships that were removed by their ids alone. DeleteGroupMembership names
// nothing else (cloudtrail reference 2.3), and no listing nor event before it said
// whose group that was.
type unnamedRule map[string]changes

func (m *machine) unnamed(ev *Event) {
	place := ev.Who.Place()
	if m.rules.Outside.Off || ev.Fail != nil || ev.Group != "" || ev.What.Effect != cloudtrail.MemberRemoved ||
		ev.What.Source == awsid.SourceSCIM || m.Wrote[place] == 0 {
		return
	}
	c := m.Unnamed[place]
	if !m.isOpen("changed-outside-scim", place) {
		c = changes{First: ev.At}
	}
	c.Removed++
	if !slices.Contains(c.By, ev.Who.Label) && len(c.By) < 5 {
		c.By = append(slices.Clip(c.By), ev.Who.Label)
	}
	m.Unnamed[place] = c
	a := m.raise("changed-outside-scim", place, ev.At, func(a *Alert) {
		at(a, place)
		a.Severity, a.Title, a.Actor, a.Count = Warning, "Members changed outside SCIM", strings.Join(c.By, ", "), c.Removed
		a.Summary = fmt.Sprintf("%s of groups in %s, where SCIM writes, %s outside SCIM by %s, last on %s. The records name only memberships, and no earlier listing or event says of which groups and people.",
			count(c.Removed, "removal"), where(place), was(c.Removed), a.Actor, moment(ev.At))
		a.Steps = []string{"Keep listings of the identity store (--from identitystore://REGION): a listing from before a removal says whose membership it was."}
		quoteEvent(a, ev)
	})
	forget := m.rules.Outside.Forget.seconds()
	m.closesAt(a, ev.At+forget, "no further removal of that kind was seen for "+length(forget))
}
