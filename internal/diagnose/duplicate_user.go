package diagnose

import (
	"fmt"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "duplicate-user",
	Title:    "AWS has another user of that name or address already",
	Step:     Before,
	Rank:     56,
	Explains: []string{"user-writes-fail", "created-not-filled"},
	Examine:  duplicateUser,
})

// duplicateUser is C12: AWS refused to make a person because one with the same
// user name, e-mail address or external id is there, made another way.
func duplicateUser(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	var fixes []Fix
	t := c.perPerson(func(p *person) judgement {
		for _, f := range reversed(c.personFailures(p)) {
			if f.is("duplicate-user-name", "duplicate-resource", "conflict", "attribute-not-unique", "entra-duplicate-target") {
				if fixes == nil {
					fixes = f.fixes()
				}
				reasons := []Reason{f.reason()}
				if at, none := c.nobodyLike(p, f.at); none {
					reasons = append(reasons, Reason{Text: fmt.Sprintf("But AWS was asked for %s on %s and has no user of that name or address: the other one has gone since, or only the external id is taken.", p.userName(), when(at))})
					return judgement{Supported, reasons}
				}
				return judgement{Established, reasons}
			}
		}
		if p.provisioned == Yes || p.assigned == No {
			return judgement{status: Refuted}
		}
		if p.appUser == nil {
			return judgement{status: Undetermined}
		}
		for _, id := range c.byName[strings.ToLower(p.userName())] {
			if u := c.users[id]; u != nil && len(u.ExternalIDs) == 0 && p.appUser.Status == "STAGED" {
				return judgement{Supported, []Reason{{Text: fmt.Sprintf("Making %s in AWS is not done (status STAGED), and AWS has a user of that name, %s, without an external id: one that SCIM did not make.", p.name(), id)}}}
			}
		}
		if p.appUser.Status == "STAGED" || p.appUser.SyncState == "ERROR" {
			return judgement{status: Undetermined}
		}
		return judgement{status: Refuted}
	})
	f := t.finding(func(n int) string {
		if n == 1 {
			return "could not be made in AWS, because AWS has another user with the same name or address"
		}
		return "could not be made in AWS, because AWS has other users with the same names or addresses"
	})
	if f.Status == Established || f.Status == Supported || f.Status == Possible {
		f.Fix = append(fixes, Fix{Text: "Once the two are one, retry the task (in Okta: Dashboard > Tasks), then send the members again: " + pushNow + ".", Who: "idp"})
		f.Needs = append(f.Needs, in.usersNeed())
	}
	if f.Status == Undetermined && len(f.Needs) == 0 {
		f.Needs = []Need{c.readNeed()}
	}
	return f
}

// nobodyLike reports whether AWS was asked, after a moment, for a user of the
// person's name and address and had none, and when.
func (c *chain) nobodyLike(p *person, after time.Time) (time.Time, bool) {
	if p.okta == nil {
		return time.Time{}, false // the address is not known
	}
	at, none := c.in.askedInVain(p.userName(), after)
	_, too := c.in.askedInVain(p.okta.Profile.Email, after)
	return at, none && too
}

// usersNeed asks for the identity store's own users.
func (in *inquiry) usersNeed() Need {
	return Need{
		Text:    "List all users of the identity store.",
		Command: fmt.Sprintf("aws identitystore list-users --region %s --identity-store-id %s --output json", safeRegion(in.place.Region), in.safeStore()),
	}
}

// oktaOnly reports whether a cause about Okta's own mechanisms can be examined.
func (c *chain) oktaOnly() (Finding, bool) {
	if !c.okta {
		return unexamined(upstream.ProductOkta), false
	}
	if c.in.group == nil {
		return needsGroup(), false
	}
	return Finding{}, true
}
