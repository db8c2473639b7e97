package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "user-gone-in-aws",
	Title:    "The user whom the identity provider remembers no longer exists in AWS",
	Step:     Before,
	Rank:     57,
	Explains: []string{"group-writes-fail", "mapping-error", "user-writes-fail"},
	Examine:  userGoneInAWS,
})

// userGoneInAWS is C15: the provider holds the id of an AWS user that AWS has not.
// One such member can fail the whole push of a group. Where none of several ids is
// known in AWS, the wrong instance was looked at rather than everybody deleted.
func userGoneInAWS(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	elsewhere := c.allElsewhere()
	t := c.perPerson(func(p *person) judgement {
		if p.appUser == nil || p.appUser.ExternalID == "" {
			if p.provisioned == Unknown {
				return judgement{status: Undetermined}
			}
			return judgement{status: Refuted}
		}
		id := strings.ToLower(p.appUser.ExternalID)
		if c.life(id) != nil && c.in.l.User(id).Listed.IsZero() && !c.usersListed() {
			return judgement{status: Undetermined}
		}
		if c.life(id) != nil {
			return judgement{status: Refuted}
		}
		if r, gone := c.deleted(p.name(), id); gone {
			return judgement{Established, []Reason{r}}
		}
		if at, denied := c.in.askedInVain(id, changedInApp(p)); denied {
			r := Reason{Text: fmt.Sprintf("Okta remembers %s as AWS user %s; AWS was asked for that id on %s and has no such user.", p.name(), id, when(at))}
			if c.servesThisStore() {
				return judgement{Established, []Reason{r}}
			}
			r.Text += " Or the app writes to another instance; see wrong-endpoint."
			return judgement{Supported, []Reason{r}}
		}
		r := Reason{Text: fmt.Sprintf("Okta remembers %s as AWS user %s", p.name(), id)}
		switch {
		case c.usersListed() && elsewhere:
			r.Text += ", and none of the ids that Okta remembers is among the identity store's users; see wrong-endpoint."
			return judgement{Undetermined, []Reason{r}}
		}
		r.Text += "; no list of the identity store's users shows whether that user exists."
		return judgement{Undetermined, []Reason{r}}
	})
	if f, ok := c.refusedForMissingUser(); ok && (in.user == nil || t.proven == 0) {
		return f
	}
	f := t.finding(func(n int) string {
		if n == 1 {
			return "is remembered by Okta under an AWS user id that no longer exists, so nothing reaches this person"
		}
		return "are remembered by Okta under AWS user ids that no longer exist, so nothing reaches them"
	})
	switch f.Status {
	case Undetermined:
		f.Needs = append(f.Needs, in.usersNeed())
	case Established, Supported, Possible:
		f.Fix = goneFixes
	}
	return f
}

// changedInApp is when the provider last touched a person's assignment: before that
// AWS may not have had the user yet.
func changedInApp(p *person) time.Time {
	u := p.appUser
	return slices.MaxFunc([]time.Time{u.Created, u.LastSync, u.LastUpdated, u.StatusChanged}, time.Time.Compare)
}

// servesThisStore reports whether the app is shown to be the one of this identity
// store: its sign-in settings name it, or somebody whom it made is there.
func (c *chain) servesThisStore() bool {
	if c.app != nil && c.in.store != "" && storeOf(c.app) == c.in.store {
		return true
	}
	for _, u := range c.appUsers {
		if u.ExternalID != "" && c.life(strings.ToLower(u.ExternalID)) != nil {
			return true
		}
	}
	return false
}

var goneFixes = []Fix{
	{Text: "Make the person anew in AWS by unassigning and assigning again. In Okta: Applications > AWS IAM Identity Center > Assignments > remove the person (and the group assignment, if it comes from one), then assign again.", Who: "idp"},
	{Text: "When the person shows as provisioned, send the members of each group again: " + pushNow + ".", Who: "idp"},
	{Text: "Delete people at the identity provider only, never in AWS.", Who: "aws"},
}

// refusedForMissingUser is the finding when AWS refused the group's members
// because one of them does not exist: nobody comes in then, whoever it is.
func (c *chain) refusedForMissingUser() (Finding, bool) {
	for _, r := range reversed(c.said) {
		if !r.is("okta-remote-user-missing", "user-not-found") {
			continue
		}
		who, known := "a member", ""
		names, reasons := c.goneMembers()
		if len(names) > 0 {
			known = " Known to be gone: " + list(names, 3) + "."
		}
		if id := r.x.RememberedUserID; awsid.IsResource(id) {
			who = "AWS user " + id
			for _, u := range c.appUsers {
				if strings.EqualFold(u.ExternalID, id) {
					who = fmt.Sprintf("%s, whom Okta remembers as AWS user %s and", u.Credentials.UserName, id)
				}
			}
		}
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("AWS refused the members of %s because %s does not exist there; one such member can fail the whole push.%s", c.in.theGroup(), who, known),
			Because: append([]Reason{r.reason()}, reasons[:min(len(reasons), maxReasons)]...),
			Fix:     goneFixes,
			At:      r.at,
		}
		if c.groupIn == upstream.ProductEntra {
			f.Fix = r.fixes()
		}
		return c.contradicted(f, r.at), true
	}
	return Finding{}, false
}

// deleted reports whether AWS is known not to have a user whom Okta remembers: the
// user was deleted, or is not in the whole list of users while others are.
func (c *chain) deleted(login, id string) (Reason, bool) {
	life := c.in.l.User(id)
	switch {
	case life != nil && life.Deleted != nil && life.Gone():
		return Reason{
			Text:   fmt.Sprintf("Okta remembers %s as AWS user %s, who was deleted by %s over %s on %s.", login, id, life.Deleted.Actor.Label(), doorName(life.Deleted.Via), when(life.Deleted.Time)),
			Events: []string{life.Deleted.Event},
		}, true
	case c.life(id) == nil && c.usersListed() && !c.allElsewhere():
		return Reason{Text: fmt.Sprintf("Okta remembers %s as AWS user %s, and the identity store's whole list of users has none of that id.", login, id)}, true
	}
	return Reason{}, false
}

// goneMembers returns the members of Okta's group who are known to be gone in AWS,
// by name.
func (c *chain) goneMembers() ([]string, []Reason) {
	found := map[string]Reason{}
	for _, u := range c.appUsers {
		if u.ExternalID == "" || !c.inSource[u.ID] {
			continue
		}
		login := cmp.Or(u.Credentials.UserName, u.ID)
		if r, gone := c.deleted(login, strings.ToLower(u.ExternalID)); gone {
			found[login] = r
		}
	}
	var reasons []Reason
	names := slices.Sorted(maps.Keys(found))
	for _, n := range names {
		reasons = append(reasons, found[n])
	}
	return names, reasons
}

// allElsewhere reports whether several ids that the provider remembers were
// compared and AWS has none of them.
func (c *chain) allElsewhere() bool {
	return c.okta && c.side().noneHere()
}

func (c *chain) noneHere() bool {
	compared := 0
	for _, u := range c.appUsers {
		if u.ExternalID == "" {
			continue
		}
		if c.in.l.User(strings.ToLower(u.ExternalID)) != nil {
			return false
		}
		compared++
	}
	return compared >= 3
}
