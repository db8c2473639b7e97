package diagnose

import (
	"fmt"
	"strings"
)

var _ = register(Cause{
	Slug:    "username-mismatch",
	Title:   "The identity provider and AWS mean different users by one person",
	Step:    Before,
	Rank:    80,
	Examine: usernameMismatch,
})

// usernameMismatch is C23: the AWS user whom the provider remembers by id is not
// the one who bears the person's user name, or bears another name. Both have to be
// in the evidence; a difference of case alone is none.
func usernameMismatch(in *inquiry) Finding {
	c := in.before()
	if !c.okta {
		return unexamined("okta")
	}
	t := c.perPerson(func(p *person) judgement {
		if p.appUser == nil || p.appUser.ExternalID == "" {
			if p.provisioned == Unknown {
				return judgement{status: Undetermined}
			}
			return judgement{status: Refuted}
		}
		id, want := strings.ToLower(p.appUser.ExternalID), strings.ToLower(p.userName())
		linked := c.users[id]
		if linked == nil || linked.UserName == "" || want == "" {
			return judgement{status: Undetermined}
		}
		if strings.ToLower(linked.UserName) == want {
			return c.otherByLogin(p, id)
		}
		r := []Reason{{Text: fmt.Sprintf("Okta remembers %s as AWS user %s, whose user name there is %s.", p.name(), id, linked.UserName)}}
		for _, other := range c.byName[want] {
			if other == id {
				continue
			}
			r = append(r, Reason{Text: fmt.Sprintf("The user name belongs to another AWS user, %s. Whoever signs in as %s is that one.", other, p.userName())})
			mine, theirs := c.rows[id], c.rows[other]
			if c.in.group != nil && (mine != nil && mine.Is()) != (theirs != nil && theirs.Is()) && c.listed {
				r = append(r, Reason{Text: "One of the two is in the AWS group and the other is not."})
				return judgement{Established, r}
			}
			return judgement{Supported, r}
		}
		return judgement{Supported, r}
	})
	f := t.finding(func(n int) string {
		if n == 1 {
			return "is linked in Okta to an AWS user of another name"
		}
		return "are linked in Okta to AWS users of other names"
	})
	switch f.Status {
	case Undetermined:
		f.Needs = append(f.Needs, in.usersNeed())
	case Established, Supported, Possible:
		f.Fix = []Fix{
			{Text: "Correct the user name that the app sends. In Okta: Applications > AWS IAM Identity Center > Sign On > Credentials Details > Application username format; the AWS user name must equal the sign-in name.", Who: "idp"},
			{Text: "Then delete the AWS user that is not the person's, at the identity provider if it knows that user, and assign the person again.", Who: "idp"},
		}
	}
	return f
}

// otherByLogin judges whether another AWS user than the linked one bears the
// person's login, under which people sign in or look for the person.
func (c *chain) otherByLogin(p *person, linked string) judgement {
	for _, other := range c.byName[strings.ToLower(p.login)] {
		if other == linked {
			continue
		}
		r := []Reason{{Text: fmt.Sprintf("Okta sends %s to AWS as %s, user %s; another AWS user, %s, bears the name %s.", p.login, p.userName(), linked, other, p.login)}}
		mine, theirs := c.rows[linked], c.rows[other]
		if c.in.group != nil && mine != nil && mine.Is() && (theirs == nil || !theirs.Is()) {
			return judgement{Established, append(r, Reason{Text: "The first is in the AWS group; the second is the one that was looked at."})}
		}
		return judgement{Supported, r}
	}
	return judgement{status: Refuted}
}
