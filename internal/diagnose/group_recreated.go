package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:     "group-recreated",
	Title:    "The group was deleted and made anew",
	Step:     Mechanism,
	Rank:     1,
	Explains: []string{"mapping-error"},
	Needs:    casefile.DirectorySources,
	Examine:  groupRecreated,
})

// groupRecreated holds when a group of the same name was there before under
// another id (C14, C24): memberships and assignments belonged to the old id.
func groupRecreated(in *inquiry) Finding {
	return groupRecreatedInAWS(in).with(in.told((*chain).groupRecreated))
}

// groupRecreatedInAWS judges by AWS's own evidence.
func groupRecreatedInAWS(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	old := in.formerBearer()
	if old == nil {
		return in.notRecreated()
	}
	f := Finding{
		Status:  Established,
		Summary: fmt.Sprintf("%s was deleted and made anew; members and assignments of the old id %s did not come along.", name(in.group), old.ID),
		Fix: []Fix{
			{Text: "Unlink and push the group again at the identity provider, so that it fills the new id.", Who: "idp"},
			{Text: "Assign the new group to the accounts of the old one, and remove the assignments that point at the old id.", Who: "aws",
				Command: fmt.Sprintf("aws sso-admin list-account-assignments-for-principal --region %s --instance-arn <instance-arn> --principal-type GROUP --principal-id %s", safeRegion(in.place.Region), safeID(old.ID, "<old-group-id>"))},
		},
	}
	if d := old.Deleted; d != nil {
		f.At = d.Time
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The group with id %s was deleted by %s over %s on %s.", old.ID, d.Actor.Label(), doorName(d.Via), when(d.Time)), Events: []string{d.Event}})
	} else {
		f.At = old.Missing
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The group with id %s was listed under this name on %s and is no longer on %s.", old.ID, when(old.Listed), when(old.Missing))})
	}
	if made := in.group.Created; made != nil {
		r := Reason{Text: fmt.Sprintf("The group with id %s was made on %s.", in.group.ID, when(made.Time))}
		if made.Event != "" {
			r.Events = []string{made.Event}
			r.Text = fmt.Sprintf("The group with id %s was made by %s over %s on %s.", in.group.ID, made.Actor.Label(), doorName(made.Via), when(made.Time))
		}
		f.Because = append(f.Because, r)
	}
	if rows := in.l.Of(old.ID, ""); len(rows) > 0 {
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("The old id had %s that the evidence knows.", count(len(rows), "membership"))})
	}
	if sent := where(in.ofGroup, func(ev *casefile.Event) bool { return succeeded(ev) && changesMembers(ev) }); len(sent) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(sent, "The new group's members were written since, so the change of id alone does not explain it."))
	}
	return f
}

// formerBearer returns the group that bore the name before and is gone.
func (in *inquiry) formerBearer() *ledger.Life {
	if in.sought {
		return in.former
	}
	var found *ledger.Life
	for _, g := range in.l.Groups() {
		if g.ID == in.group.ID || !g.Gone() || in.sideBySide(g) || in.store != "" && g.Store != "" && g.Store != in.store {
			continue
		}
		// The name that it had when it went: an earlier one was given up.
		same := g.Name != "" && slices.ContainsFunc(in.group.Names, func(m string) bool { return strings.EqualFold(g.Name, m) })
		if same && (found == nil || ended(g).After(ended(found))) {
			found = g
		}
	}
	in.former, in.sought = found, true
	return found
}

// sideBySide reports whether a group is known to have existed together with the
// one asked about: then this one was not made in its place.
func (in *inquiry) sideBySide(g *ledger.Life) bool {
	made := in.group.Created
	if made == nil {
		return false
	}
	if g.Deleted != nil {
		return made.Time.Before(g.Deleted.Time)
	}
	return made.Time.Before(g.Listed)
}

func ended(g *ledger.Life) time.Time {
	if g.Deleted != nil {
		return g.Deleted.Time
	}
	return g.Missing
}

func (in *inquiry) notRecreated() Finding {
	var gone []*ledger.Life
	for _, g := range in.l.Groups() {
		unnamed := g.Deleted != nil && g.Name == "" && (in.store == "" || g.Store == "" || g.Store == in.store)
		before := in.group.Created == nil || unnamed && !in.group.Created.Time.Before(g.Deleted.Time)
		if unnamed && before {
			gone = append(gone, g)
		}
	}
	if len(gone) > 0 {
		r := Reason{Text: fmt.Sprintf("Deleted before this one was made, without a known name: %s. Whether one bore the same name is not known.", count(len(gone), "group"))}
		for _, g := range gone[:min(len(gone), maxQuoted)] {
			r.Events = append(r.Events, g.Deleted.Event)
		}
		return Finding{Status: Possible, Because: []Reason{r}, Needs: []Need{{Text: "An older list of groups, or the account assignments that point at unknown group ids, would tell."}}}
	}
	return in.none("deletion of a group of this name", casefile.DirectorySources...)
}
