package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:    "assignment-to-old-group",
	Title:   "The account assignments point at an older id of the group",
	Step:    Before,
	Rank:    90,
	Examine: assignmentToOldGroup,
})

// assignmentToOldGroup is C24: the membership may be right and gives nothing,
// since the permission sets are assigned to the id of a group that is gone.
func assignmentToOldGroup(in *inquiry) Finding {
	listing, made := in.assigned(), in.assignments()
	assigned, listed := listing.accounts, listing.some
	if in.group == nil {
		f := needsGroup()
		f.Unexamined = !listed
		return f
	}
	need := Need{
		Text:    "List what the group is assigned to, account by account.",
		Command: fmt.Sprintf("aws sso-admin list-account-assignments-for-principal --region %s --instance-arn <instance-arn> --principal-type GROUP --principal-id %s", safeRegion(in.place.Region), safeID(in.group.ID, "<group-id>")),
	}
	if !listed && len(made) == 0 {
		return Finding{Status: Undetermined, Unexamined: true, Because: []Reason{{Text: "No list of account assignments is among the evidence, so this was not looked at."}}, Needs: []Need{need}}
	}
	var dangling []string
	var old *ledger.Life
	var ofOld []string // accounts
	for id := range assigned {
		life := in.l.Group(id)
		switch {
		case id == in.group.ID || life != nil && !life.Gone():
		case life != nil && life == in.formerBearer():
			old, ofOld = life, assigned[id]
		case in.groupsListed():
			dangling = append(dangling, id)
		}
	}
	var gone []string // deleted since, and assigned to as far as events tell
	for id := range made {
		life := in.l.Group(id)
		switch {
		case id == in.group.ID || life == nil || !life.Gone() || assigned[id] != nil:
		case life == in.formerBearer():
			old, ofOld = life, made[id]
		default:
			gone = append(gone, id)
		}
	}
	slices.Sort(dangling)
	slices.Sort(gone)
	own := assigned[in.group.ID]
	switch {
	case old != nil && len(own) == 0:
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("The account assignments point at %s, the former id of %s; the group of today has none in what was listed, so being in it does not give what those assignments are for.", old.ID, name(in.group)),
			Because: []Reason{
				{Text: fmt.Sprintf("Assigned to the former id, in %s: %s.", count(len(ofOld), "account"), list(ofOld, 5))},
				{Text: fmt.Sprintf("Assigned to %s: nothing in what was listed.", in.group.ID)},
			},
			Fix: []Fix{
				{Text: "Assign the group of today to the same accounts and permission sets, then remove the assignments of the old id. In IAM Identity Center: AWS accounts > the account > Assign users or groups.", Who: "aws", Command: need.Command},
				{Text: "Delete and make groups at the identity provider only, so that ids stay.", Who: "idp"},
			},
			At: ended(old),
		}
	case old != nil:
		return Finding{Status: Possible, Because: []Reason{{Text: fmt.Sprintf("Assignments point at the former id %s and at the present one.", old.ID)}}, Needs: []Need{need}}
	case len(own) > 0:
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("The group of today is assigned in %s.", count(len(own), "account"))}}}
	case len(gone) > 0 && len(made[in.group.ID]) == 0:
		return Finding{Status: Possible, Because: []Reason{{Text: fmt.Sprintf("Accounts were assigned to group ids that were deleted since (%s); whether one was this group is not known, since CloudTrail masks the names of groups.", list(gone, 3))}}, Needs: []Need{need}}
	case len(dangling) > 0:
		return Finding{Status: Possible, Because: []Reason{{Text: fmt.Sprintf("Assignments point at group ids that the identity store does not have (%s); whether one was this group is not known.", list(dangling, 3))}}, Needs: []Need{need}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: "The assignments in the evidence name neither this group nor one that is gone; whether all accounts were listed is not known."}}, Needs: []Need{need}}
}

// grantedTo is which accounts the groups of a store are assigned to, by the id of
// the group; some is true when any assignment was listed.
type grantedTo struct {
	accounts map[string][]string
	some     bool
}

func (g *ground) listedAssignments() grantedTo {
	out := grantedTo{accounts: map[string][]string{}}
	for i := range g.c.Snapshots {
		s := &g.c.Snapshots[i]
		if g.store != "" && s.Store != "" && s.Store != g.store {
			continue
		}
		for _, a := range s.Assignments {
			out.some = true
			if a.PrincipalType == "GROUP" && !slices.Contains(out.accounts[a.PrincipalID], a.Account) {
				out.accounts[a.PrincipalID] = append(out.accounts[a.PrincipalID], a.Account)
			}
		}
	}
	return out
}

// assignedByEvents returns the accounts of assignments that were made in the
// evidence and not taken away again, by the id of the group.
func (g *ground) assignedByEvents() map[string][]string {
	out := map[string][]string{}
	for _, ev := range g.writes {
		if !succeeded(ev) || ev.Subject.Principal == "" || ev.Subject.PrincipalType != "GROUP" {
			continue
		}
		id, account := ev.Subject.Principal, ev.Subject.Target
		switch ev.Effect {
		case cloudtrail.AssignmentCreated:
			if !slices.Contains(out[id], account) {
				out[id] = append(out[id], account)
			}
		case cloudtrail.AssignmentDeleted:
			out[id] = slices.DeleteFunc(out[id], func(a string) bool { return a == account })
			if len(out[id]) == 0 {
				delete(out, id)
			}
		}
	}
	return out
}
