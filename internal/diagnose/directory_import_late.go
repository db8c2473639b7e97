package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "directory-import-late",
	Title:    "The identity provider has not imported the directory since",
	Step:     Before,
	Rank:     35,
	Explains: []string{"idp-group-lacks-user"},
	Examine:  directoryImportLate,
})

// The events of an import from Active Directory (okta-sailpoint reference 5.3).
var (
	importDone = []string{"system.import.group_membership.complete", "system.import.membership_processing.complete", "system.import.complete"}
	importStop = []string{"system.agent.ad.deactivate", "system.import.roadblock"}
)

// directoryImportLate is C21: the group comes from a directory, the change was
// made there, and no import has run since.
func directoryImportLate(in *inquiry) Finding {
	c := in.before()
	if !c.okta {
		return unexamined(upstream.ProductOkta)
	}
	if in.group == nil {
		return needsGroup()
	}
	if c.source == nil {
		return c.noSource()
	}
	if c.source.Type != "APP_GROUP" {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Okta's group is no imported one (type %s).", c.source.Type)}}}
	}
	if in.user != nil && len(c.people) == 1 && c.people[0].inGroup == Yes {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s is in the imported group.", c.people[0].name())}}}
	}
	var written *deed
	for _, g := range c.grantsByPerson() {
		if d := g.add; d != nil && d.done() && strings.Contains(d.value, "=") && (g.person == nil || g.person.inGroup != Yes) && (written == nil || d.at.After(written.at)) {
			written = d
		}
	}
	imported, stopped := c.lastOf(importDone), c.lastOf(importStop)
	f := Finding{
		Status:  Possible,
		Because: []Reason{{Text: "Okta imported the group from a directory, so a change there arrives with the next import only."}},
		Fix: []Fix{
			{Text: "Run the import and read what it says. In Okta: Directory > Directory Integrations > the directory > Import > Import Now; see also that its agent is up and that the organisational unit of the group is in scope.", Who: "idp"},
		},
	}
	if stopped != nil && (imported == nil || stopped.Published.After(imported.Published)) {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s: %s on %s, and no import was completed since.", systemLog, stopped.EventType, when(stopped.Published))})
	}
	switch {
	case written == nil && in.user == nil && len(c.people) > 0:
		f.Because = append(f.Because, Reason{Text: "No change in the directory that has not arrived is in the evidence."})
		return f
	case written == nil:
		return f
	case imported != nil && imported.Published.After(written.at):
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("SailPoint wrote the change to the directory on %s; %s has an import completed after it, on %s, which did not bring it.", when(written.at), systemLog, when(imported.Published))})
		return f
	}
	f.Because = append(f.Because, Reason{Text: fmt.Sprintf("SailPoint wrote the membership of %s to the directory on %s.", written.person, when(written.at))})
	f.At = written.at
	f.Summary = fmt.Sprintf("The membership of %s is written in the directory since %s and has not been imported into Okta.", written.person, day(written.at))
	logged := c.logCovers(written.at)
	switch {
	case stopped != nil && stopped.Published.After(timeOf(imported)) && logged && c.missingUpstream():
		f.Status = Established
	case stopped != nil || logged:
		f.Status = Supported
	default:
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "Whether an import has run since is not known."})
		f.Needs = []Need{c.readNeed()}
	}
	if logged {
		f.Because = append(f.Because, Reason{Text: systemLog + " was read in whole since then and has no completed import."})
	}
	return f
}

// missingUpstream reports whether the person asked about, or anybody at all, is
// known not to be in the provider's group.
func (c *chain) missingUpstream() bool {
	if c.in.user != nil {
		return len(c.people) == 1 && c.people[0].inGroup == No
	}
	return len(c.people) == 0 && c.membersWhole()
}

func (c *chain) lastOf(kinds []string) *upstream.OktaEvent {
	var found *upstream.OktaEvent
	for i := range c.st.Okta.Events {
		if e := &c.st.Okta.Events[i]; slices.Contains(kinds, e.EventType) && !e.Failed() {
			found = e
		}
	}
	return found
}

func timeOf(e *upstream.OktaEvent) time.Time {
	if e == nil {
		return time.Time{}
	}
	return e.Published
}
