package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "app-inactive",
	Title:    "The AWS app at the identity provider is inactive",
	Step:     Before,
	Rank:     50,
	Explains: []string{"mapping-error", "mapping-inactive", "memberships-never-pushed", "scim-stopped"},
	Examine:  appInactive,
})

// appInactive is C30: an inactive app provisions nothing.
func appInactive(in *inquiry) Finding {
	c := in.before()
	if !c.okta {
		return unexamined(upstream.ProductOkta)
	}
	if c.app == nil {
		return c.noApp()
	}
	if c.app.Status != "INACTIVE" {
		if c.app.Status == "" {
			return Finding{Status: Undetermined, Because: []Reason{{Text: "What was read of the app does not say whether it is active."}}, Needs: []Need{c.readNeed()}}
		}
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Okta shows %s as %s.", c.theApp(), lower(c.app.Status))}}}
	}
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("%s is inactive, so Okta sends nothing to AWS: no people, no groups, no members.", capital(c.theApp())),
		Because: []Reason{{Text: fmt.Sprintf("Okta shows the app with status INACTIVE%s.", since(c.app.LastUpdated))}},
		Fix: []Fix{
			{Text: "Activate the app. In Okta: Applications > AWS IAM Identity Center > Inactive > Activate. Then see under Provisioning > To App that the switches are on, and push the groups: Push Groups > Push now.", Who: "idp"},
		},
		At: c.app.LastUpdated,
	}
	if e := c.lastAppEvent("application.lifecycle.deactivate"); e != nil {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s: deactivated on %s by %s.", systemLog, when(e.Published), doer(e))})
		f.At = e.Published
	}
	return c.contradicted(f, f.At)
}

// noApp is the finding of a cause about the AWS app when it is not known.
func (c *chain) noApp() Finding {
	return Finding{Status: Undetermined, Because: []Reason{{Text: "Which Okta app stands for this Identity Center instance is not known: none was read, or several may be meant."}}, Needs: []Need{c.readNeed()}}
}

// lastAppEvent returns the newest event of a type about the app, nil when there
// is none.
func (c *chain) lastAppEvent(kind string) *upstream.OktaEvent {
	var found *upstream.OktaEvent
	for i := range c.st.Okta.Events {
		e := &c.st.Okta.Events[i]
		if e.EventType == kind && c.ofApp(e) {
			found = e
		}
	}
	return found
}
