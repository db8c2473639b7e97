package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:     "name-taken",
	Title:    "The push was refused because the name was taken",
	Step:     Mechanism,
	Rank:     2,
	Explains: []string{"mapping-error"},
	Needs:    []string{awsid.SourceSCIM, awsid.SourceAPI},
	Examine:  nameTaken,
})

// nameTaken holds when a SCIM CreateGroup was refused as a duplicate and a group
// of that name was made another way (C13). CloudTrail masks the refused name, so
// which group it was is certain only where one group alone can be meant.
func nameTaken(in *inquiry) Finding {
	return nameTakenInAWS(in).with(in.told((*chain).nameTaken))
}

// nameTakenInAWS judges by AWS's own evidence.
func nameTakenInAWS(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	creates := in.groupMakes()
	refused := where(creates, func(ev *casefile.Event) bool {
		named := ev.Subject.GroupName
		return failed(ev) && (named == "" || strings.EqualFold(named, in.group.Name)) &&
			(strings.Contains(ev.ErrorCode, "Conflict") || pointsTo(ev, "name-taken"))
	})
	if len(refused) == 0 {
		return in.noneRefused(creates, "SCIM create of a group")
	}
	final := last(refused)
	f := Finding{
		Summary: fmt.Sprintf("SCIM tried to make %s and AWS refused it, because a group of that name was made another way.", in.theGroup()),
		Because: []Reason{because(refused, "%s by %s failed, the last on %s: %s", count(len(refused), "SCIM CreateGroup"), list(who(refused), 3), when(final.Time), refusal(final))},
		Fix:     refusalFixes(final),
		At:      final.Time,
	}
	if linked := where(in.ofGroup, func(ev *casefile.Event) bool { return isSCIM(ev) && succeeded(ev) && ev.Time.After(final.Time) }); len(linked) > 0 {
		f.Status = Refuted
		f.Because = append(f.Because, because(linked, "SCIM wrote to this group afterwards, so it has been linked since."))
		return f
	}
	if in.pushed() != nil {
		f.Status = Refuted
		f.Because = append(f.Because, because([]*casefile.Event{in.pushed()}, "SCIM made this group itself, so the refused name is another's."))
		return f
	}
	if made := in.group.Created; made != nil && made.Event != "" && made.Via != ledger.SCIM {
		f.Because = append(f.Because, Reason{
			Text:   fmt.Sprintf("This group was made by %s over %s on %s.", made.Actor.Label(), doorName(made.Via), when(made.Time)),
			Events: []string{made.Event},
		})
		if made.Time.After(final.Time) {
			f.Status = Refuted
			f.Because = append(f.Because, Reason{Text: "It was made after the refused call, so it was not in the way."})
			return f
		}
	}
	candidates := in.takenNames(final.Time)
	switch {
	case final.Subject.GroupName != "":
		f.Status = Established
		f.Because = append(f.Because, Reason{Text: "The event shows the name."})
	case len(candidates) == 1 && !in.groupsListed():
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "CloudTrail masks the refused name. This is the only group known to have been made another way, but no list in the evidence has all groups, so it may have been another's."})
		f.Needs = append(f.Needs, in.groupsNeed())
	case len(candidates) == 1:
		f.Status = Established
		f.Because = append(f.Because, Reason{Text: "CloudTrail masks the refused name; this is the only group in the evidence that was made another way and that SCIM never wrote to."})
	default:
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: fmt.Sprintf("CloudTrail masks the refused name, and %s were made another way and never written to by SCIM; this is one of them.", count(len(candidates), "group"))})
		f.Needs = []Need{{Text: "See at the identity provider which group failed to be pushed, and when. In Okta: Reports, System Log, event application.provision.group.add."}}
	}
	return in.unlessMendedUnseen(f, final)
}

// groupsListed reports whether a list in the evidence has all groups of the store.
func (in *inquiry) groupsListed() bool {
	return slices.ContainsFunc(in.c.Snapshots, func(s directory.Snapshot) bool {
		return s.AllGroups && (in.store == "" || s.Store == "" || s.Store == in.store)
	})
}

func (in *inquiry) groupsNeed() Need {
	return Need{
		Text:    "List all groups of the identity store.",
		Command: fmt.Sprintf("aws identitystore list-groups --region %s --identity-store-id %s --output json", safeRegion(in.place.Region), in.safeStore()),
	}
}

// takenNames returns the groups that can have been the one in SCIM's way at a
// moment: they were there, SCIM did not make them and never wrote to them.
func (in *inquiry) takenNames(at time.Time) []*ledger.Life {
	var out []*ledger.Life
	for _, g := range in.l.Groups() {
		there := !g.Gone() || ended(g).After(at)
		if made := g.Created; made != nil && made.Time.After(at) {
			there = false
		}
		if there && !g.External && !in.wroteOverSCIM(g.ID) && (in.store == "" || g.Store == "" || g.Store == in.store) {
			out = append(out, g)
		}
	}
	return out
}

// wroteOverSCIM reports whether a successful SCIM write names the group.
func (in *inquiry) wroteOverSCIM(group string) bool {
	is := func(ev *casefile.Event) bool { return isSCIM(ev) && succeeded(ev) && ev.Subject.Group == group }
	if group == "" {
		return slices.ContainsFunc(in.scimDone(), is)
	}
	return slices.ContainsFunc(of(in.byGroup, group), is)
}
