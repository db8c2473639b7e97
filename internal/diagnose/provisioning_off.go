package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "provisioning-off",
	Title:    "Provisioning to AWS is switched off at the identity provider",
	Step:     Before,
	Rank:     51,
	Explains: []string{"assigned-before-provisioning", "memberships-never-pushed", "scim-stopped", "scim-writes-users-only"},
	Examine:  provisioningOff,
})

// provisioningOff is C10: without the API integration nothing is sent, without
// PUSH_NEW_USERS nobody is made in AWS, without GROUP_PUSH no group is pushed
// (okta-sailpoint reference 3.5).
func provisioningOff(in *inquiry) Finding {
	c := in.before()
	if !c.okta {
		return unexamined(upstream.ProductOkta)
	}
	if c.app == nil {
		return c.noApp()
	}
	features := c.app.Features
	if features == nil {
		return Finding{Status: Undetermined, Because: []Reason{{Text: "What was read of the app does not say which provisioning switches are on."}}, Needs: []Need{c.readNeed()}}
	}
	stated := Reason{Text: fmt.Sprintf("Okta shows these switches of %s as on%s: %s.", c.theApp(), since(c.app.LastUpdated), list(features, 12))}
	if len(features) == 0 {
		stated.Text = fmt.Sprintf("Okta shows no provisioning switch of %s as on%s.", c.theApp(), since(c.app.LastUpdated))
	}
	f := Finding{Status: Established, Because: []Reason{stated}, At: c.app.LastUpdated}
	if e := c.lastAppEvent("application.lifecycle.update"); e != nil {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s: the app's settings were changed on %s by %s; the event's details show from what to what.", systemLog, when(e.Published), doer(e))})
	}
	f.Fix = []Fix{
		{Text: "Switch provisioning on. In Okta: Applications > AWS IAM Identity Center > Provisioning > To App > Edit: Create Users, Update User Attributes, Deactivate Users.", Who: "idp"},
		{Text: "Provision who was assigned meanwhile (Assignments > Provision User), then push the groups: " + pushNow + ".", Who: "idp"},
	}
	creates, pushes := slices.Contains(features, "PUSH_NEW_USERS"), slices.Contains(features, "GROUP_PUSH")
	switch {
	case len(features) == 0:
		f.Summary = fmt.Sprintf("%s has its API integration off, so Okta sends nothing to AWS.", capital(c.theApp()))
		f.Fix[0].Text = "Switch the API integration on and test it. In Okta: Applications > AWS IAM Identity Center > Provisioning > Integration > Enable API integration; then To App: Create Users, Update User Attributes, Deactivate Users."
		return c.contradicted(f, c.app.LastUpdated)
	case !pushes && in.group != nil:
		f.Summary = fmt.Sprintf("%s does not push groups (GROUP_PUSH is off), so no members of %s are sent.", capital(c.theApp()), in.theGroup())
		return c.contradicted(f, c.app.LastUpdated)
	case !creates:
		return c.createsNobody(f)
	}
	return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s is set to make people and to push groups: %s.", capital(c.theApp()), strings.Join(features, ", "))}}}
}

// createsNobody judges who is kept out by the switch for new people.
func (c *chain) createsNobody(f Finding) Finding {
	t := c.perPerson(func(p *person) judgement {
		switch {
		case p.provisioned == Yes:
			return judgement{status: Refuted}
		case p.assigned == Yes:
			return judgement{status: Established}
		case p.assigned == No:
			return judgement{status: Refuted}
		}
		return judgement{status: Undetermined}
	})
	g := t.finding(func(n int) string {
		return fmt.Sprintf("%s assigned to the AWS app, which is set not to create people in AWS", isAre(n))
	})
	if g.Status == Established || g.Status == Supported || g.Status == Possible {
		g.Because, g.Fix, g.At = append(f.Because, g.Because...), f.Fix, f.At
		return g
	}
	g.Because = append(g.Because, Reason{Text: "The app is set not to create people in AWS (PUSH_NEW_USERS is off), which keeps new ones out."})
	if g.Status == Refuted {
		g.Status = Possible
		g.Fix = f.Fix
	}
	return g
}
