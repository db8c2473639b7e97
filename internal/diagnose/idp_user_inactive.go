package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "idp-user-inactive",
	Title:    "The person is not active at the identity provider",
	Step:     Before,
	Rank:     42,
	Explains: []string{"removed-by-scim", "members-not-assigned"},
	Examine:  idpUserInactive,
})

// inactive are the statuses of an Okta user whom a push leaves out, and of an app
// user who is one no more (okta-sailpoint reference 3.1, 3.7, 6.2).
var (
	inactive    = []string{"STAGED", "PROVISIONED", "SUSPENDED", "DEPROVISIONED"}
	inactiveApp = []string{"INACTIVE", "SUSPENDED", "DEPROVISIONED"}
)

// idpUserInactive is C22: a push leaves out whoever is not active. Who was made
// active again is missing until each group is pushed again.
func idpUserInactive(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	away, again := 0, 0
	t := c.perPerson(func(p *person) judgement {
		if p.away() {
			away++
		}
		switch {
		case p.entra != nil && p.entra.Enabled == "false":
			return judgement{Established, []Reason{{Text: fmt.Sprintf("Entra ID shows the account of %s as disabled.", p.name())}}}
		case p.entra != nil && p.entra.Enabled == "true":
			return judgement{status: Refuted}
		case p.okta != nil && slices.Contains(inactive, p.okta.Status):
			return judgement{Established, []Reason{{Text: fmt.Sprintf("Okta shows %s as %s%s.%s", p.name(), p.okta.Status, since(p.okta.StatusChanged), c.lifecycle(p))}}}
		case p.appUser != nil && slices.Contains(inactiveApp, p.appUser.Status):
			return judgement{Established, []Reason{{Text: fmt.Sprintf("Okta shows the assignment of %s to the AWS app as %s%s.", p.name(), p.appUser.Status, since(p.appUser.StatusChanged))}}}
		case p.okta != nil && p.okta.Status == "ACTIVE":
			if at := c.reactivated(p); c.mapping != nil && !at.IsZero() && !c.mapping.LastPush.IsZero() && at.Published.After(c.mapping.LastPush) {
				again++
				return judgement{Supported, []Reason{{Text: fmt.Sprintf("%s: %s was made active again on %s, after the group was last pushed (%s); until the next push such a person stays out.", systemLog, p.name(), when(at.Published), when(c.mapping.LastPush))}}}
			}
			return judgement{status: Refuted}
		}
		return judgement{Undetermined, []Reason{{Text: fmt.Sprintf("Whether %s is active at the identity provider is not among the evidence.", p.name())}}}
	})
	f := t.finding(func(n int) string {
		switch {
		case away == 0 && again > 0:
			return fmt.Sprintf("%s made active again after the group was last pushed, and the next push alone brings them back", wasWere(n))
		case away == 1 && len(c.people) == 1:
			return c.people[0].awayHow() + ", and a push leaves out whoever is not active"
		}
		return fmt.Sprintf("%s not active at the identity provider or for the AWS app, and a push leaves out whoever is not", isAre(n))
	})
	switch f.Status {
	case Undetermined:
		f.Needs = append(f.Needs, c.readNeed())
	case Established, Supported, Possible:
		f.Fix = []Fix{
			{Text: "Ask why the person is not active before anything else: it may be meant so (a leaver, a suspension). In SailPoint: the identity's lifecycle state, and whether its Okta account was made with activate off.", Who: "governance"},
			{Text: "If the person should be active: activate in Okta (Directory > People > the person > Activate), then push each of the groups again: " + pushNow + ".", Who: "idp"},
		}
		if !c.okta {
			f.Fix[1].Text = "If the person should be active: enable the account in Entra ID (Users > the person > Properties > Account enabled); the next cycle, about 40 minutes later, brings it over."
		}
	}
	return f
}

// away reports whether a person is known not to be active, so that a push leaves
// the person out.
func (p *person) away() bool {
	return p.okta != nil && slices.Contains(inactive, p.okta.Status) || p.appUser != nil && slices.Contains(inactiveApp, p.appUser.Status) ||
		p.entra != nil && p.entra.Enabled == "false"
}

// awayHow completes "ann@example.com ..." with how a person is not active.
func (p *person) awayHow() string {
	switch {
	case p.okta != nil && slices.Contains(inactive, p.okta.Status):
		return "is " + p.okta.Status + " in Okta"
	case p.appUser != nil && slices.Contains(inactiveApp, p.appUser.Status):
		return "is " + p.appUser.Status + " as a user of the AWS app in Okta"
	}
	return "is disabled in Entra ID"
}

// lifecycle says who changed the person's status last.
func (c *chain) lifecycle(p *person) string {
	var final *upstream.OktaEvent
	for _, e := range c.perUser[p.id] {
		if slices.Contains([]string{"user.lifecycle.suspend", "user.lifecycle.deactivate"}, e.EventType) {
			final = e
		}
	}
	if final == nil {
		return ""
	}
	return fmt.Sprintf(" %s: %s on %s by %s.", systemLog, final.EventType, when(final.Published), doer(final))
}

// oktaMoment is a moment of the System Log.
type oktaMoment struct{ *upstream.OktaEvent }

// IsZero reports whether there is no such moment.
func (m oktaMoment) IsZero() bool { return m.OktaEvent == nil }

// reactivated returns when the person was last made active again.
func (c *chain) reactivated(p *person) oktaMoment {
	var found oktaMoment
	for _, e := range c.perUser[p.id] {
		if slices.Contains([]string{"user.lifecycle.reactivate", "user.lifecycle.activate", "user.lifecycle.unsuspend"}, e.EventType) {
			found = oktaMoment{e}
		}
	}
	return found
}
