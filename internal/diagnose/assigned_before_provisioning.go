package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:    "assigned-before-provisioning",
	Title:   "They were assigned before provisioning was switched on",
	Step:    Before,
	Rank:    53,
	Examine: assignedBeforeProvisioning,
})

// assignedBeforeProvisioning is C02: an app user that is active, without sync and
// without an id in AWS was assigned for sign-in only and never made there
// (okta-sailpoint reference 3.7). The same looks come of the switch for new
// people being off, so that has to be known to be on.
func assignedBeforeProvisioning(in *inquiry) Finding {
	c := in.before()
	if !c.okta {
		return unexamined(upstream.ProductOkta)
	}
	if c.appID == "" {
		return c.noApp()
	}
	on := c.app != nil && slices.Contains(c.app.Features, "PUSH_NEW_USERS")
	off := c.app != nil && c.app.Features != nil && !on
	t := c.perPerson(func(p *person) judgement {
		u := p.appUser
		if u == nil {
			if p.assigned == No {
				return judgement{status: Refuted}
			}
			return judgement{status: Undetermined}
		}
		if u.ExternalID != "" {
			return judgement{status: Refuted}
		}
		if u.Task.Status != "COMPLETED" {
			if f := c.failure(u.Task.LastUpdate, u.Task.Error, appTask); u.Task.Error != "" && f.is("okta-assigned-before-provisioning") {
				return judgement{Established, []Reason{f.reason()}}
			}
		}
		for _, f := range c.personFailures(p) {
			if f.is("okta-assigned-before-provisioning") {
				return judgement{Established, []Reason{f.reason()}}
			}
		}
		if u.Status != "ACTIVE" || u.SyncState != "DISABLED" {
			return judgement{status: Refuted}
		}
		r := Reason{Text: fmt.Sprintf("Okta shows %s as assigned (status ACTIVE), not synchronised (DISABLED) and without an id in AWS.", p.name())}
		switch {
		case len(c.byOrigin[p.id]) > 0:
			return judgement{Undetermined, []Reason{r, {Text: "Yet AWS has a user with this person's Okta id, whom SCIM must have made."}}}
		case on:
			return judgement{Established, []Reason{r}}
		case off:
			return judgement{Undetermined, []Reason{r, {Text: "The app is set not to create people, which looks the same; see provisioning-off."}}}
		}
		return judgement{Supported, []Reason{r, {Text: "Whether the app is set to create people is not known; if it is not, this looks the same."}}}
	})
	f := t.finding(func(n int) string {
		return fmt.Sprintf("%s assigned to the AWS app for sign-in only and %s never made in AWS; the assignment is older than provisioning", isAre(n), wasWere(n))
	})
	if f.Status == Established || f.Status == Supported || f.Status == Possible {
		f.Fix = []Fix{
			{Text: "Provision them. In Okta: Applications > AWS IAM Identity Center > Assignments > Provision User. Or unassign and assign them again; Force Sync does not make them.", Who: "idp"},
			{Text: "When they show as provisioned, send the members of each of their groups again: " + pushNow + ".", Who: "idp"},
		}
	}
	return f
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
