package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:    "members-not-assigned",
	Title:   "Members of the group are not assigned to the AWS app",
	Step:    Before,
	Rank:    52,
	Examine: membersNotAssigned,
})

// membersNotAssigned is C01: a push sends only those members who are assigned to
// the app as well. That somebody is not assigned is an absence: the list of the
// app's users has to be whole.
func membersNotAssigned(in *inquiry) Finding {
	c := in.before()
	if !c.okta {
		return c.entraAssignment()
	}
	if c.appID == "" {
		return c.noApp()
	}
	ignored := c.ignored()
	t := c.perPerson(func(p *person) judgement {
		switch {
		case p.product != upstream.ProductOkta:
			return judgement{status: Undetermined}
		case p.assigned == Yes:
			return judgement{status: Refuted}
		case p.assigned == No && p.appUser != nil:
			return judgement{Established, []Reason{{Text: fmt.Sprintf("Okta shows the assignment of %s to the AWS app as %s%s.", p.name(), p.appUser.Status, since(p.appUser.StatusChanged))}}}
		case p.assigned == No:
			return judgement{status: Established}
		}
		k := c.notRead(upstream.ProductOkta, upstream.ListAppUsers, "An assignment of "+p.name()+" to the AWS app", upstream.Scope{App: c.appID, User: p.id})
		if ignored != nil {
			return judgement{Supported, k.Because}
		}
		return judgement{Undetermined, k.Because}
	})
	f := t.finding(func(n int) string {
		if n == 1 {
			return "is not assigned to the AWS app in Okta, and a push leaves out whoever is not"
		}
		return "are not assigned to the AWS app in Okta, and a push leaves out whoever is not"
	})
	if t.proven > 0 {
		at := c.readAt(upstream.ProductOkta, upstream.ListAppUsers, upstream.Scope{App: c.appID})
		text := "Okta's list of the app's users was read to its end" + atTime(at) + " and does not have them"
		if in.user != nil {
			text = "Okta's list of the app's users was read to its end" + atTime(at) + " and does not have this person"
		}
		if t.proven > len(t.reasons) {
			f.Because = append([]Reason{{Text: text + "."}}, f.Because...)
		}
	}
	if ignored != nil {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s: on %s the push left out members who are no users of the app; it does not name them.", systemLog, when(ignored.Published))})
	}
	if f.Status == Undetermined || f.Status == Refuted {
		if f.Status == Undetermined && len(f.Needs) == 0 {
			f.Needs = []Need{c.readNeed()}
		}
		return f
	}
	f = c.ofThisApp(f)
	f.Fix = []Fix{
		{Text: "Assign these people to the AWS app through a group of its own for assignment, not the one that is pushed. In Okta: Applications > AWS IAM Identity Center > Assignments > Assign > Assign to Groups.", Who: "idp"},
		{Text: "Wait until they show as provisioned, then send the members again: " + pushNow + ".", Who: "idp"},
	}
	return f
}

// ignored returns the newest event that says that a push of the group left
// members out, unless members were pushed after it.
func (c *chain) ignored() *upstream.OktaEvent {
	if c.in.group == nil {
		return nil
	}
	var found *upstream.OktaEvent
	log := c.pushLog()
	for i := range log {
		if log[i].EventType == "app.user_management.grouppush.mapping.okta.users.ignored" {
			found = &log[i]
		}
	}
	return found
}

// entraAssignment judges the assignment in Entra ID: who is a direct member of an
// assigned group needs none. That nothing is assigned stops a job only if it is set
// to bring assigned users and groups alone, which no list shows.
func (c *chain) entraAssignment() Finding {
	if !c.entra {
		return unexamined(upstream.ProductOkta)
	}
	if c.in.group == nil {
		return needsGroup()
	}
	if c.groupID == "" {
		return c.noSource()
	}
	app := ""
	for _, r := range c.st.Entra.AppRoles {
		app = r.App
		if r.PrincipalID == c.groupID {
			return Finding{Status: Refuted, Because: []Reason{{Text: "The group is assigned to the AWS app in Entra ID, and its direct members with it."}}}
		}
	}
	if app == "" && len(c.st.Entra.Apps) == 1 {
		app = c.st.Entra.Apps[0].ID
	}
	if app == "" || !c.whole(upstream.ProductEntra, upstream.ListAppRoles, upstream.Scope{App: app}) {
		return c.notRead(upstream.ProductEntra, upstream.ListAppRoles, "An assignment of the group to the AWS app", upstream.Scope{App: app})
	}
	return Finding{
		Status:  Supported,
		Summary: fmt.Sprintf("%s is not assigned to the AWS app in Entra ID; a job that is set to bring assigned users and groups alone leaves it out.", capital(c.theSource())),
		Because: []Reason{{Text: "The app's assignments were read to their end and do not have the group."}},
		Fix:     []Fix{{Text: "Assign the group to the app. In Entra ID: Enterprise applications > AWS IAM Identity Center > Users and groups > Add user/group; see the scope under Provisioning > Settings.", Who: "idp"}},
	}
}
