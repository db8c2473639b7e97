package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

var _ = register(Cause{
	Slug:     "nested-group",
	Title:    "The people are in a group inside the group",
	Step:     Before,
	Rank:     41,
	Explains: []string{"created-not-filled", "idp-group-lacks-user"},
	Examine:  nestedGroup,
})

// nestedGroup is C26: only direct members are provisioned, so the people of a
// group that is a member of the group stay out (okta-sailpoint reference 11).
func nestedGroup(in *inquiry) Finding {
	c := in.before()
	if !c.provider() {
		return unexamined("")
	}
	if in.group == nil {
		return needsGroup()
	}
	if c.groupIn == upstream.ProductOkta {
		return Finding{Status: Refuted, Because: []Reason{{Text: "Groups of Okta hold people only."}}}
	}
	if c.groupID == "" {
		return c.noSource()
	}
	nested := c.nested()
	if nested == 0 {
		if c.membersWhole() {
			return Finding{Status: Refuted, Because: []Reason{{Text: "None of its direct members is a group."}}}
		}
		return c.notRead(upstream.ProductEntra, upstream.ListMembers, "A group as a member of "+c.theSource(), upstream.Scope{Group: c.groupID})
	}
	f := Finding{
		Because: []Reason{{Text: fmt.Sprintf("Direct members of %s: %s and %s.", c.theSource(), count(len(c.inSource)-nested, "user"), count(nested, "group"))}},
		Fix: []Fix{
			{Text: "Assign the inner groups to the AWS app themselves, or make the people direct members, for example by a dynamic group. In Entra ID: Enterprise applications > AWS IAM Identity Center > Users and groups. Identity Center's groups hold no groups.", Who: "idp"},
		},
	}
	direct := len(c.inSource) - nested
	switch {
	case in.user != nil && (len(c.people) == 0 || c.people[0].inGroup != No):
		if len(c.people) > 0 && c.people[0].inGroup == Yes {
			return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("%s is a direct member.", name(in.user))}}}
		}
		f.Status = Possible
		f.Because = append(f.Because, Reason{Text: "Whether the person is in one of the inner groups is not among the evidence."})
	case in.user != nil:
		f.Status = Possible
		for _, m := range c.st.Entra.Members {
			if m.ID == c.people[0].id && c.isNested(m.Group) {
				f.Status = Established
				f.Summary = fmt.Sprintf("%s is in %s only through a group inside it, and Entra ID provisions direct members only.", c.people[0].name(), c.theSource())
			}
		}
	case direct == 0 && c.membersWhole():
		f.Status = Established
		f.Summary = fmt.Sprintf("%s has groups as members and no people of its own, and Entra ID provisions direct members only.", capital(c.theSource()))
	default:
		f.Status = Possible
	}
	return f
}

// nested counts the groups among the direct members of the provider's group.
func (c *chain) nested() int {
	n := 0
	for _, m := range c.st.Entra.Members {
		if m.Group == c.groupID && m.Type == "group" {
			n++
		}
	}
	return n
}

// isNested reports whether a group is a direct member of the provider's group.
func (c *chain) isNested(group string) bool {
	for _, m := range c.st.Entra.Members {
		if m.Group == c.groupID && m.Type == "group" && m.ID == group {
			return true
		}
	}
	return false
}
