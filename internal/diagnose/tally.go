package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// judgement is what a cause that concerns people one by one says of one of them.
type judgement struct {
	status  Status
	reasons []Reason
}

// tally weighs such a cause for a question: of a person as it stands; of a group
// over those who should be in it and are not known to be.
//
// It is established for a group only if it concerns all of them and the
// provider's list of members is whole; what concerns half of them is supported,
// what concerns fewer is possible, since it leaves the rest unexplained.
type tally struct {
	c                           *chain
	lacking                     []*person
	concerned                   []*person // established, then supported
	proven, likely, open, clear int
	reasons                     []Reason
}

// perPerson examines everybody whom the question concerns.
func (c *chain) perPerson(judge func(*person) judgement) *tally {
	t := &tally{c: c}
	for _, p := range c.people {
		if c.in.user == nil && !p.lacks() {
			continue
		}
		t.lacking = append(t.lacking, p)
	}
	var likely []*person
	var more []Reason
	for _, p := range t.lacking {
		j := judge(p)
		switch j.status {
		case Established:
			t.proven++
			t.concerned = append(t.concerned, p)
			t.reasons = append(t.reasons, j.reasons...)
		case Supported:
			t.likely++
			likely = append(likely, p)
			more = append(more, j.reasons...)
		case Refuted:
			t.clear++
		default:
			t.open++
			more = append(more, j.reasons...)
		}
	}
	t.concerned = append(t.concerned, likely...)
	t.reasons = append(t.reasons, more...)
	return t
}

// maxReasons bounds how many people's reasons are told one by one.
const maxReasons = 4

// finding makes the finding of the tally. holds completes "ann@example.com ..."
// or "12 people ..."; they tells one person from several.
func (t *tally) finding(holds func(n int) string) Finding {
	c := t.c
	if len(t.lacking) == 0 {
		return t.nobody()
	}
	f := Finding{Because: t.reasons[:min(len(t.reasons), maxReasons)]}
	n := len(t.concerned)
	names := personNames(t.concerned)
	if c.in.user != nil {
		p := t.lacking[0]
		switch {
		case t.proven == 1:
			f.Status = Established
		case t.likely == 1:
			f.Status = Supported
		case t.clear == 1:
			return Finding{Status: Refuted, Because: []Reason{{Text: "It does not concern " + p.name() + "."}}}
		default:
			f.Status = Undetermined
			if len(f.Because) == 0 {
				f.Because = []Reason{{Text: "Whether it concerns " + p.name() + " is not known."}}
			}
			return f
		}
		f.Summary = fmt.Sprintf("%s %s.", p.name(), holds(1))
		return f
	}
	if n == 0 {
		switch {
		case t.open == 0:
			return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("It concerns none of the %s of %s who are not known to be in AWS.", people(len(t.lacking)), c.theSource())}}}
		default:
			f.Status = Undetermined
			if len(f.Because) == 0 {
				f.Because = []Reason{{Text: fmt.Sprintf("Whether it concerns the %s of %s is not known.", people(len(t.lacking)), c.theSource())}}
			}
		}
		return f
	}
	all := n == len(t.lacking)
	whom := fmt.Sprintf("%s in %s who %s not in the AWS group", people(len(t.lacking)), c.theSource(), isAre(len(t.lacking)))
	if slices.ContainsFunc(t.lacking, func(p *person) bool { return p.inAWS == Unknown }) {
		whom = fmt.Sprintf("%s in %s who %s not known to be in the AWS group", people(len(t.lacking)), c.theSource(), isAre(len(t.lacking)))
	}
	switch {
	case all && n == 1:
		f.Summary = fmt.Sprintf("%s, who is in %s and not in the AWS group, %s.", names[0], c.theSource(), holds(1))
	case all:
		f.Summary = fmt.Sprintf("The %s %s: %s.", whom, holds(n), list(names, 4))
	default:
		f.Summary = fmt.Sprintf("Of the %s, %d %s: %s.", whom, n, holds(n), list(names, 4))
	}
	switch {
	case t.proven == len(t.lacking) && c.membersWhole():
		f.Status = Established
	case t.proven == len(t.lacking):
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "The list of the group's members may not be whole, so there may be others."})
		f.Needs = append(f.Needs, c.readNeed())
	case all, 2*n >= len(t.lacking):
		f.Status = Supported
	default:
		f.Status = Possible
	}
	if rest := len(t.lacking) - n; rest > 0 {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("It does not explain the other %s.", people(rest))})
	}
	return f
}

// nobody is the finding when there is nobody to judge.
func (t *tally) nobody() Finding {
	c := t.c
	switch {
	case c.in.user != nil:
		return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("%s is not found, or not found alone, in what is known of the identity provider.", name(c.in.user))}}, Needs: []Need{c.readNeed()}}
	case c.in.group == nil || c.groupID == "":
		return c.noSource()
	case len(c.people) == 0 && c.membersWhole():
		return Finding{Status: Refuted, Because: []Reason{{Text: c.theSource() + " has no members whom it could concern."}}}
	case len(c.people) == 0:
		return Finding{Status: Undetermined, Because: []Reason{{Text: "Who is in " + c.theSource() + " is not among the evidence."}}, Needs: []Need{c.readNeed()}}
	case c.membersWhole():
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("Everybody in %s is in the AWS group.", c.theSource())}}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("The %s known to be in %s are in the AWS group; the list may not be whole.", people(len(c.people)), c.theSource())}}, Needs: []Need{c.readNeed()}}
}

// noSource is the finding of a cause about a group that cannot be told at the
// provider.
func (c *chain) noSource() Finding {
	if c.in.group == nil {
		return needsGroup()
	}
	if len(c.named) > 1 {
		return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("%d groups of the identity provider bear the name %s, and none of them alone is pushed; which one is meant is not known.", len(c.named), name(c.in.group))}}, Needs: []Need{c.readNeed()}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("No group called %s is in what is known of the identity provider.", name(c.in.group))}}, Needs: []Need{c.readNeed()}}
}

// unexamined is the finding of a cause of whose product nothing is known.
func unexamined(product string) Finding {
	text := "Nothing of the identity provider is among the evidence, so this was not looked at."
	need := Need{Text: "Add what the identity provider knows: its exports in the folder, or --from okta://ORG or --from entra://TENANT."}
	switch product {
	case upstream.ProductSailPoint:
		text = "Nothing of SailPoint is among the evidence, so this was not looked at."
		need = Need{Text: "Add what SailPoint knows: its exports in the folder, or --from sailpoint://TENANT."}
	case upstream.ProductOkta:
		text = "Nothing of Okta is among the evidence, so this was not looked at."
		need = Need{Text: "Add what Okta knows: its exports in the folder, or --from okta://ORG."}
	case upstream.ProductEntra:
		text = "Nothing of Entra ID is among the evidence, so this was not looked at."
		need = Need{Text: "Add what Entra ID knows: its exports in the folder, or --from entra://TENANT."}
	}
	return Finding{Status: Undetermined, Unexamined: true, Because: []Reason{{Text: text}}, Needs: []Need{need}}
}

// readNeed asks to read the provider to the end; one sentence for all lists, so
// that it is told once.
func (c *chain) readNeed() Need {
	if c.entra && !c.okta {
		return Need{Text: "Read Entra ID itself to the end, so that what its lists do not hold is known not to be there: --from entra://TENANT (Synchronization.Read.All, AuditLog.Read.All, Group.Read.All, Application.Read.All)."}
	}
	return Need{Text: "Read Okta itself to the end, so that what its lists do not hold is known not to be there: --from okta://ORG (okta.users.read, okta.groups.read, okta.apps.read, okta.logs.read)."}
}

// notRead says that a list was not read to its end, and why if it is known.
func (c *chain) notRead(product, list, what string, scope upstream.Scope) Finding {
	k := c.st.Known(product, list, scope)
	text := fmt.Sprintf("%s is not in what was read, and whether all was read is not known.", what)
	if k.Why != "" {
		text = fmt.Sprintf("%s is not in what was read: the list could not be read to its end (%s).", what, shorten(k.Why, 200))
		if k.Permission != "" {
			text += " Missing: " + shorten(k.Permission, 80) + "."
		}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: text}}, Needs: []Need{c.readNeed()}}
}

func personNames(list []*person) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.name())
	}
	return out
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
