package diagnose

import (
	"cmp"
	"fmt"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// perGrant weighs a cause of governance: of a person as it stands; of a group over
// those whom governance was to bring in and who are not in the provider's group.
// It explains a group only where that is known to be empty or to lack them.
func (c *chain) perGrant(judge func(*grants) judgement, none func() Finding) (Finding, []*grants) {
	var proven, likely []*grants
	var reasons []Reason
	open, all := 0, 0
	for _, g := range c.grantsByPerson() {
		if g.person != nil && g.person.inGroup == Yes {
			continue // it came through, this way or another
		}
		all++
		j := judge(g)
		switch j.status {
		case Established:
			proven = append(proven, g)
			reasons = append(reasons, j.reasons...)
		case Supported:
			likely = append(likely, g)
			reasons = append(reasons, j.reasons...)
		case Possible, Undetermined:
			open++
		}
	}
	if all == 0 {
		return none(), nil
	}
	f := Finding{Because: reasons[:min(len(reasons), maxReasons)]}
	concerned := append(proven, likely...)
	switch {
	case len(concerned) == 0 && open == 0:
		return Finding{Status: Refuted, Because: []Reason{{Text: "What SailPoint shows of this access does not fit."}}}, nil
	case len(concerned) == 0:
		return Finding{Status: Undetermined, Because: []Reason{{Text: "What SailPoint shows of this access leaves it open."}}}, nil
	case c.in.user != nil && len(proven) > 0:
		f.Status = Established
	case c.in.user != nil:
		f.Status = Supported
	case len(proven) == all && len(c.people) == 0 && c.membersWhole() && c.governanceWhole():
		f.Status = Established // nobody is in the provider's group, and this is why nobody of those asked for is
	case len(c.people) == 0:
		f.Status = Supported
	default:
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The provider's group has other people (%d), whom this does not explain.", len(c.people))})
	}
	return f, concerned
}

// governanceWhole reports whether all requests or all changes of governance were
// read, so that those in the evidence are all that it shows.
func (c *chain) governanceWhole() bool {
	return c.whole(upstream.ProductSailPoint, upstream.ListRequests, upstream.Scope{}) || c.whole(upstream.ProductSailPoint, upstream.ListActivities, upstream.Scope{})
}

// noGrant is the finding when governance shows nothing of this access.
func (c *chain) noGrant() Finding {
	if c.in.group == nil {
		return needsGroup()
	}
	if len(c.people) > 0 && c.people[0].inGroup == Yes && c.in.user != nil {
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s is in %s, so what governance had to do is done.", c.people[0].name(), c.theSource())}}}
	}
	if len(c.people) > 0 && c.in.user == nil && len(c.grantsByPerson()) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "Everybody for whom governance shows this access is in " + c.theSource() + "."}}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: "No request and no change of this access is in what was read of SailPoint. It does not list requests for access that it believes the person to have."}}, Needs: []Need{sailNeed()}}
}

func sailNeed() Need {
	return Need{Text: "Read SailPoint itself for this person: --from sailpoint://TENANT, with a token that may see others' requests (ORG_ADMIN)."}
}

func (g *grants) who() string { return cmp.Or(g.name, g.identity) }

func grantNames(list []*grants) []string {
	var out []string
	for _, g := range list {
		out = append(out, g.who())
	}
	return out
}

// governed returns false with the finding when a cause of governance cannot be
// examined.
func (in *inquiry) governed() (*chain, Finding, bool) {
	c := in.before()
	if !c.sailpoint {
		return c, unexamined(upstream.ProductSailPoint), false
	}
	if in.group == nil {
		return c, needsGroup(), false
	}
	return c, Finding{}, true
}
