package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:    "one-group-for-both",
	Title:   "One group serves for assignment and for push",
	Step:    Before,
	Rank:    64,
	Examine: oneGroupForBoth,
})

// oneGroupForBoth is C03: where one group is assigned to the app and pushed to it,
// the making of people and the push of members race, and members get lost. That a
// group serves for both is a fact; that this is why somebody is missing is only
// shown where people were made after their group's members were pushed.
func oneGroupForBoth(in *inquiry) Finding {
	c := in.before()
	if f, ok := c.oktaOnly(); !ok {
		return f
	}
	if c.groupID == "" {
		return c.noSource()
	}
	how := ""
	for _, g := range c.st.Okta.AppGroups {
		if g.ID == c.groupID && (g.App == c.appID || g.App == "") {
			how = "Okta lists the group among those assigned to the app"
		}
	}
	if how == "" {
		if c.side().through[c.groupID] {
			how = "Okta shows app users who are assigned through the group"
		}
	}
	scope := upstream.Scope{App: c.appID, Group: c.groupID}
	if how == "" {
		if c.appID != "" && c.whole(upstream.ProductOkta, upstream.ListAppGroups, scope) {
			return Finding{Status: Refuted, Because: []Reason{{Text: "The group is not among those assigned to the app."}}}
		}
		return c.notRead(upstream.ProductOkta, upstream.ListAppGroups, "An assignment of the group to the app", scope)
	}
	if c.mapping == nil {
		if c.appID != "" && c.whole(upstream.ProductOkta, upstream.ListMappings, scope) {
			return Finding{Status: Refuted, Because: []Reason{{Text: "The group is assigned to the app and not pushed."}}}
		}
		return c.notRead(upstream.ProductOkta, upstream.ListMappings, "A push mapping of the group", scope)
	}
	f := Finding{
		Status:  Possible,
		Because: []Reason{{Text: fmt.Sprintf("%s, and it has a push mapping to it (%s).", how, lower(c.mapping.Status))}},
		Fix: []Fix{
			{Text: "Use two groups: one that is assigned to the app and makes the people, one that is pushed and has the members. Until then, when members are missing: " + pushNow + ".", Who: "idp"},
			{Text: "Take people out of the pushed group first and out of the assigned one after that; the other way round leaves them in the AWS group.", Who: "idp"},
		},
	}
	var lost, late []*person
	for _, p := range c.people {
		if !p.lacks() {
			continue
		}
		if p.provisioned == Yes && p.life != nil {
			lost = append(lost, p)
			if c.madeAfterPush(p) {
				late = append(late, p)
			}
		}
	}
	switch {
	case c.mapping.Status != "ACTIVE" || len(lost) == 0:
		f.Because = append(f.Because, Reason{Text: "Nothing shows that it lost anybody here."})
	case len(late) > 0:
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("Made in AWS only after the members had been pushed, and missing: %s.", list(personNames(late), 4))})
	default:
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("In the group, provisioned in AWS and missing from the AWS group: %s.", list(personNames(lost), 4))})
		if !c.mapping.LastPush.IsZero() {
			f.Status = Supported
		}
	}
	if f.Status == Supported {
		f.Summary = fmt.Sprintf("Okta uses one group, %s, for assignment and for push; the two race and lose members: %s missing though provisioned.", in.theGroup(), people(len(lost)))
	}
	return f
}

// madeAfterPush reports whether the evidence shows that a person was made in AWS
// after the group's members were last pushed.
func (c *chain) madeAfterPush(p *person) bool {
	pushed := c.pushedAt()
	if pushed.IsZero() {
		return false
	}
	if p.life != nil && p.life.Created != nil && p.life.Created.Time.After(pushed) {
		return true
	}
	if p.life == nil {
		return false
	}
	made := where(of(c.in.byUser, p.life.ID), func(ev *casefile.Event) bool {
		return succeeded(ev) && ev.Effect == cloudtrail.UserCreated && ev.Subject.User == p.life.ID
	})
	return len(made) > 0 && last(made).Time.After(pushed)
}
