package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:    "emptied-by-deletion",
	Title:   "The members went because users or the group were deleted",
	Step:    Mechanism,
	Rank:    7,
	Needs:   []string{awsid.SourceSCIM, awsid.SourceAPI},
	Examine: emptiedByDeletion,
})

// emptiedByDeletion holds when deletions took memberships with them; AWS logs no
// event for each of those (cloudtrail reference 2.12). A group that was itself
// deleted and not made anew belongs here too.
func emptiedByDeletion(in *inquiry) Finding {
	if g := in.group; g != nil && g.Deleted != nil && g.Gone() {
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("%s no longer exists: %s deleted it over %s on %s.", name(g), g.Deleted.Actor.Label(), doorName(g.Deleted.Via), when(g.Deleted.Time)),
			Because: []Reason{{Text: "The group was deleted, and all its memberships with it.", Events: []string{g.Deleted.Event}}},
			At:      g.Deleted.Time,
			Fix:     []Fix{{Text: "If it should exist: make it again where it is owned, and assign it anew; account assignments keep pointing at the old id.", Who: "idp"}},
		}
	}
	ends := in.endings(byDeletion)
	if len(ends) > 0 {
		reason, at, actors := in.removal(ends)
		users := "the users were"
		if in.user != nil || len(ends) == 1 {
			users = "the user was"
		}
		reason.Text = fmt.Sprintf("%s went when %s deleted by %s, the last on %s.", count(len(ends), "membership"), users, list(actors, 3), when(at))
		return Finding{
			Status:  Established,
			Summary: fmt.Sprintf("%s of %s went because %s deleted by %s.", count(len(ends), "membership"), in.subject(), users, list(actors, 3)),
			Because: []Reason{reason},
			At:      at,
			Fix: []Fix{
				{Text: "If the people should have access: assign them again at the identity provider, wait until they exist in AWS with their new ids, then push the group.", Who: "idp"},
			},
		}
	}
	deletions := in.usersGone()
	if len(deletions) > 0 && in.user == nil && len(in.members()) == 0 {
		return Finding{
			Status:  Possible,
			Because: []Reason{because(deletions, "Deleted: %s; whether any was a member, the evidence does not say.", count(len(deletions), "user"))},
			Needs:   []Need{{Text: "A list of the group's members from before the deletions would tell; a backup or an earlier report may have one."}},
		}
	}
	if len(deletions) > 0 {
		return Finding{Status: Refuted, Because: []Reason{{Text: "No deleted user was a member, as far as the memberships are known."}}}
	}
	return in.noRemoval("deletion of a user", byDeletion, awsid.SourceSCIM, awsid.SourceAPI)
}

func byDeletion(o *ledger.Origin) bool { return o.Via == ledger.Cascade }
