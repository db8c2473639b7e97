package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "idp-group-lacks-user",
	Title:    "The identity provider's own group lacks them",
	Step:     Before,
	Rank:     40,
	Explains: []string{"removed-by-scim", "created-not-filled", "memberships-never-pushed"},
	Examine:  idpGroupLacksUser,
})

// idpGroupLacksUser is C17: who is not in the provider's group can't come through
// it. That is an absence: the group's members have to be listed to the end, or an
// event has to tell of the removal.
func idpGroupLacksUser(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	if in.group == nil {
		return needsGroup()
	}
	if c.groupID == "" {
		return c.noSource()
	}
	if in.user != nil {
		return c.groupLacks()
	}
	if n := len(c.people); n > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s has %s.", capital(c.theSource()), count(n, "member"))}}}
	}
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("%s is empty itself, so there is nobody to send to AWS.", capital(c.theSource())),
		Fix:     c.fillFixes(),
	}
	scope := upstream.Scope{Group: c.groupID}
	switch {
	case c.membersWhole():
		f.Because = []Reason{{Text: fmt.Sprintf("The list of its members was read to its end%s and is empty.", atTime(c.readAt(c.groupIn, upstream.ListMembers, scope)))}}
	case c.source != nil && c.source.Stats.Known && c.source.Stats.Users == 0:
		f.Because = []Reason{{Text: "Okta's own count of its members is 0."}}
	case c.nested() > 0:
		return Finding{Status: Refuted, Because: []Reason{{Text: "It has members, groups; see nested-group."}}}
	default:
		return c.notRead(c.groupIn, upstream.ListMembers, "A member of "+c.theSource(), scope)
	}
	if c.nested() > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "It has members, groups; see nested-group."}}}
	}
	f.Because = append(f.Because, c.removalsUpstream("")...)
	f.Because = append(f.Because, c.ruleReasons("")...)
	f.Because = append(f.Because, c.namesakes()...)
	return c.contradicted(f, c.readAt(c.groupIn, upstream.ListMembers, scope))
}

func (c *chain) groupLacks() Finding {
	if len(c.people) == 0 {
		p := c.in.user
		if c.membersWhole() && p.Name != "" && len(c.inSource) == 0 {
			return Finding{
				Status:  Established,
				Summary: fmt.Sprintf("%s is empty, so %s is not in it and cannot come to AWS through it.", capital(c.theSource()), name(p)),
				Because: []Reason{{Text: "The list of its members was read to its end and is empty."}},
				Fix:     c.fillFixes(),
			}
		}
		return (&tally{c: c}).nobody()
	}
	p := c.people[0]
	removed := c.removalsUpstream(p.id)
	f := Finding{
		Summary: fmt.Sprintf("%s is not in %s, so nothing of the membership can come to AWS.", p.name(), c.theSource()),
		Fix:     c.fillFixes(),
	}
	switch {
	case p.inGroup == Yes:
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s is in %s.", p.name(), c.theSource())}}}
	case p.inGroup == No:
		f.Status = Established
		f.Because = []Reason{{Text: fmt.Sprintf("The list of its members was read to its end%s and does not have %s.", atTime(c.readAt(c.groupIn, upstream.ListMembers, upstream.Scope{Group: c.groupID, User: p.id})), p.name())}}
		f.Because = append(f.Because, removed...)
	case len(removed) > 0:
		f.Status = Established
		f.Because = removed
	default:
		return c.notRead(c.groupIn, upstream.ListMembers, p.name()+" as a member of "+c.theSource(), upstream.Scope{Group: c.groupID, User: p.id})
	}
	f.Because = append(f.Because, c.ruleReasons(p.id)...)
	f.Because = append(f.Because, c.namesakes()...)
	return f
}

// removalsUpstream tells of the last change of the person's membership in the
// provider's group, or of anybody's for "", when that was a removal.
func (c *chain) removalsUpstream(user string) []Reason {
	var final *upstream.OktaEvent
	for i := range c.st.Okta.Events {
		e := &c.st.Okta.Events[i]
		if e.EventType != "group.user_membership.add" && e.EventType != "group.user_membership.remove" || e.Failed() {
			continue
		}
		hits := func(id string) bool {
			return slices.ContainsFunc(e.Targets, func(t upstream.OktaTarget) bool { return t.ID == id })
		}
		if hits(c.groupID) && (user == "" || hits(user)) {
			final = e
		}
	}
	if final == nil || final.EventType != "group.user_membership.remove" {
		return nil
	}
	return []Reason{{Text: fmt.Sprintf("%s: removed from the Okta group on %s by %s, and not added again since.", systemLog, when(final.Published), doer(final))}}
}

// ruleReasons tells of group rules that should fill the group and do not.
func (c *chain) ruleReasons(user string) []Reason {
	var out []Reason
	for _, r := range c.st.Okta.Rules {
		if !slices.Contains(r.Actions.Assign.GroupIDs, c.groupID) {
			continue
		}
		switch {
		case user != "" && slices.Contains(r.Conditions.People.Users.Exclude, user):
			out = append(out, Reason{Text: fmt.Sprintf("The group rule %q excludes this person by name; whoever was taken out by hand is excluded so.", shorten(r.Name, 80))})
		case r.Status == "INVALID" || r.Status == "INACTIVE":
			out = append(out, Reason{Text: fmt.Sprintf("The group rule %q, which fills the group, is %s and adds nobody.", shorten(r.Name, 80), lower(r.Status))})
		}
	}
	return out
}

// namesakes says that other groups of the provider bear the same name.
func (c *chain) namesakes() []Reason {
	if len(c.named) < 2 {
		return nil
	}
	return []Reason{{Text: fmt.Sprintf("%d groups there bear the name; this is about %s, the one that is pushed.", len(c.named), c.groupID)}}
}

func (c *chain) fillFixes() []Fix {
	fix := []Fix{{Text: "Add them where the membership is decided: by an access request or role in governance, by the group rule, or by hand. Taking part in a rule again needs its exclusion removed (in Okta: Directory > Groups > Rules).", Who: "governance"}}
	if c.source != nil && c.source.Type == "APP_GROUP" {
		fix[0].Text = "Okta imported this group, so its members cannot be changed there: add them in the directory that it comes from (mostly Active Directory), then import."
	}
	return fix
}
