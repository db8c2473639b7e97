package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "mapping-inactive",
	Title:    "The push of the group is switched off",
	Step:     Before,
	Rank:     61,
	Explains: []string{"created-not-filled", "group-not-pushed", "never-touched"},
	Examine:  mappingInactive,
})

// mappingInactive is C05: a mapping that an admin or a rename switched off leaves
// the AWS group as it was.
func mappingInactive(in *inquiry) Finding {
	c := in.before()
	if f, ok := c.oktaOnly(); !ok {
		return f
	}
	if f, ok := c.mappingIs("INACTIVE"); !ok {
		return f
	}
	m := c.mapping
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("The push of %s is switched off in Okta: the AWS group stays as it was, and members added since do not arrive.", in.theGroup()),
		Because: []Reason{{Text: fmt.Sprintf("Okta shows the push mapping as INACTIVE%s.%s", since(m.LastUpdated), pushedWords(m))}},
		Fix: []Fix{
			{Text: "Switch the push on again. In Okta: Applications > AWS IAM Identity Center > Push Groups > the group > Activate group push; that sends the members at once. If the group was renamed, decide first which name AWS is to have.", Who: "idp"},
		},
		At: m.LastUpdated,
	}
	log := c.pushLog()
	for i := range slices.Backward(log) {
		e := &log[i]
		switch e.EventType {
		case "application.provision.group_push.deactivate_mapping":
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s: switched off on %s by %s.", systemLog, when(e.Published), doer(e))})
		case "application.provision.group_push.mapping.deactivated.source.group.renamed":
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s: switched off on %s, because the group was renamed in Okta.", systemLog, when(e.Published))})
		default:
			continue
		}
		f.At = later(f.At, e.Published)
		break
	}
	return c.contradicted(f, f.At)
}

// mappingIs returns true when the group's mapping has a status, else the finding
// of a cause that asks for it.
func (c *chain) mappingIs(status string) (Finding, bool) {
	switch {
	case c.mapping == nil && c.groupID == "":
		return c.noSource(), false
	case c.mapping == nil && c.whole(upstream.ProductOkta, upstream.ListMappings, upstream.Scope{App: c.appID, Group: c.groupID}):
		return Finding{Status: Refuted, Because: []Reason{{Text: "The group has no push mapping at all; see no-mapping."}}}, false
	case c.mapping == nil:
		return c.notRead(upstream.ProductOkta, upstream.ListMappings, "A push mapping of the group", upstream.Scope{App: c.appID, Group: c.groupID}), false
	case c.mapping.Status != status:
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Okta shows the push mapping of the group as %s.", c.mapping.Status)}}}, false
	}
	return Finding{}, true
}

// pushedWords says when a mapping was last pushed.
func pushedWords(m *upstream.OktaMapping) string {
	if m.LastPush.IsZero() {
		return " It names no push that ever took place."
	}
	return " It was last pushed on " + when(m.LastPush) + "."
}
