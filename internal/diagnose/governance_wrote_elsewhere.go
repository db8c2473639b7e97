package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "governance-wrote-elsewhere",
	Title:    "Governance wrote the change to another place, or believes it done",
	Step:     Before,
	Rank:     30,
	Explains: []string{"idp-group-lacks-user"},
	Examine:  governanceWroteElsewhere,
})

// governanceWroteElsewhere is C20: SailPoint is content and the provider's group
// lacks the person, because SailPoint wrote to a group id or an account that is
// not meant, or believes that the access is there.
func governanceWroteElsewhere(in *inquiry) Finding {
	c, f, ok := in.governed()
	if !ok {
		return f
	}
	none := func() Finding {
		if g, some := c.believed(); some {
			return g
		}
		return c.noGrant()
	}
	f, concerned := c.perGrant(func(g *grants) judgement {
		if g.person == nil {
			return judgement{status: Undetermined}
		}
		if d := g.add; d != nil && d.done() && (g.remove == nil || g.remove.at.Before(d.at)) {
			if j, told := c.wroteWrong(g, d); told {
				return j
			}
		}
		return c.believes(g.person)
	}, none)
	if len(concerned) == 0 {
		if f.Status == Refuted || f.Status == Undetermined {
			if g, some := c.believed(); some {
				return g
			}
		}
		return f
	}
	f.Summary = fmt.Sprintf("SailPoint holds the access of %s to %s as done, and the identity provider's group does not have it.", list(grantNames(concerned), 3), in.theGroup())
	f.Fix = elsewhereFixes
	return f
}

var elsewhereFixes = []Fix{
	{Text: "Read the source anew: in SailPoint, Admin > Connections > Sources > the Okta source > Entitlement Aggregation (full) and Account Aggregation (unoptimised). That replaces the ids of groups that were made anew and what SailPoint believes.", Who: "governance"},
	{Text: "See that the access profile names the present group and that the identity is correlated with the right account, then request the access again.", Who: "governance"},
}

// wroteWrong judges a change that SailPoint calls done.
func (c *chain) wroteWrong(g *grants, d *deed) (judgement, bool) {
	p := g.person
	done := fmt.Sprintf("SailPoint added %s on %s (%s)", g.who(), when(d.at), d.status)
	if strings.HasPrefix(d.value, "00g") && c.groupIn == upstream.ProductOkta && !slices.Contains(c.named, d.value) && d.value != c.groupID {
		r := Reason{Text: fmt.Sprintf("%s to the Okta group with id %s; the group of that name that is pushed has id %s.", done, d.value, c.groupID)}
		if c.whole(upstream.ProductOkta, upstream.ListGroups, upstream.Scope{}) && !c.isOktaGroup(d.value) {
			r.Text += " Okta has no group of the other id: it is one that was deleted."
		}
		if p.inGroup == No {
			return judgement{Established, []Reason{r}}, true
		}
		return judgement{Supported, []Reason{r}}, true
	}
	if strings.HasPrefix(d.native, "00u") && p.product == upstream.ProductOkta && d.native != p.id {
		r := Reason{Text: fmt.Sprintf("%s by writing to the Okta user with id %s; this person's Okta user has id %s.", done, d.native, p.id)}
		if p.inGroup == No && c.inSource[d.native] {
			r.Text += " That other user is in the group."
			return judgement{Established, []Reason{r}}, true
		}
		return judgement{Supported, []Reason{r}}, true
	}
	return judgement{}, false
}

// believes judges what SailPoint holds a person's account to have.
func (c *chain) believes(p *person) judgement {
	if p.inGroup != No {
		return judgement{status: Undetermined}
	}
	for _, a := range c.access().native[p.id] {
		if slices.Contains(a.Attributes.Groups, c.groupID) {
			return judgement{Supported, []Reason{{Text: fmt.Sprintf("SailPoint believes since its last reading of the account%s that %s is in the Okta group, and Okta's list does not have the person. It skips requests for access that it believes to be there.", atTime(a.Modified), p.name())}}}
		}
		if a.Uncorrelated {
			return judgement{Supported, []Reason{{Text: fmt.Sprintf("SailPoint has the Okta account of %s and correlates it with nobody, so it writes to no account or tries to make another.", p.name())}}}
		}
	}
	return judgement{status: Refuted}
}

// believed is the finding of a person whose access SailPoint believes to be there
// without any request or change of it.
func (c *chain) believed() (Finding, bool) {
	if c.in.user == nil || len(c.people) != 1 {
		return Finding{}, false
	}
	j := c.believes(c.people[0])
	if j.status != Supported {
		return Finding{}, false
	}
	return Finding{Status: Supported, Because: j.reasons, Fix: elsewhereFixes,
		Summary: fmt.Sprintf("What SailPoint believes of %s does not fit what Okta has, so it may not carry out the access to %s.", c.people[0].name(), c.in.theGroup())}, true
}

func (c *chain) isOktaGroup(id string) bool {
	return slices.ContainsFunc(c.st.Okta.Groups, func(g upstream.OktaGroup) bool { return g.ID == id })
}
