package diagnose

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "created-not-filled",
	Title:   "SCIM made the group and never sent its members",
	Step:    Pattern,
	Rank:    2,
	Needs:   []string{awsid.SourceSCIM},
	Examine: createdNotFilled,
})

// round is how long an identity provider may take between a group and its
// members: Okta some seconds, Entra ID a cycle of about 40 minutes
// (okta-sailpoint reference 6.1, 11).
const round = time.Hour

// createdNotFilled is fingerprint F1: SCIM made the group and never patched its
// members (C01, C02, C04, C10). A rename is no membership; a refused patch is
// group-writes-fail.
func createdNotFilled(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	made := in.pushed()
	r := in.reachOf(awsid.SourceSCIM)
	if made == nil {
		switch {
		case in.group.Created != nil && in.group.Created.Event != "":
			return Finding{Status: Refuted, Because: []Reason{{
				Text:   fmt.Sprintf("The group was made by %s over %s, not by SCIM.", in.group.Created.Actor.Label(), doorName(in.group.Created.Via)),
				Events: []string{in.group.Created.Event},
			}}}
		case in.group.External:
			f := in.none("SCIM call that made the group", awsid.SourceSCIM)
			if f.Status == Refuted {
				f.Status = Possible
			}
			f.Because = append(f.Because, Reason{Text: "The group has an external id, so SCIM made it before the evidence begins; whether it ever sent members is not known."})
			return f
		}
		return in.none("SCIM call that made the group", awsid.SourceSCIM)
	}
	patches := where(in.ofGroup, func(ev *casefile.Event) bool { return isSCIM(ev) && ev != made && (ev.MayAdd() || ev.MayRemove()) })
	if len(patches) > 0 {
		f := Finding{Status: Refuted, Because: []Reason{because(patches, "SCIM sent %s of members for it.", count(len(patches), "write"))}}
		if refused := where(patches, failed); len(refused) == len(patches) {
			f.Because = []Reason{because(refused, "SCIM did send members, and AWS refused them.")}
		}
		return f
	}
	f := Finding{
		Status: Undetermined,
		At:     made.Time,
		Because: []Reason{
			because([]*casefile.Event{made}, "SCIM (%s) made the group on %s.", made.Actor.Label(), when(made.Time)),
		},
	}
	status, looked := in.absence(r, Supported)
	f.Status = status
	if stretch, reaches := in.lately(r, casefile.Claimed); status == Established && (!reaches || !stretch.Contains(made.Time)) {
		f.Status = Supported
	}
	if status == Undetermined {
		f.Because = append(f.Because, Reason{Text: in.notLooked(r)})
		f.Needs = in.fetch(r)
		return f
	}
	if f.Status == Supported {
		f.Needs = []Need{in.lookupNeed(awsid.SourceSCIM)}
	}
	f.Because = append(f.Because, Reason{Text: "No SCIM call after it sends members. Looked at: " + looked + "."})
	if f.Status == Established && in.end().Sub(made.Time) < round {
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "That is less than an hour before the evidence ends, so the identity provider may not have come round to the members."})
	}
	if made.MayAdd() && !in.emptyNow() {
		// Okta always sends a list of members with the group, an empty one, and
		// CloudTrail masks it (identity-center-scim reference 16.1).
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "The call that made the group carried a list of members, which CloudTrail masks; it may have been empty or not."})
		f.Needs = append(f.Needs, in.snapshotNeed())
	}
	if doubt := in.faceless(isSCIM); len(doubt) > 0 {
		f.Status = Possible
		f.Because = append(f.Because, because(doubt, "May be about this group, since the group or the time is blanked: %s.", count(len(doubt), "SCIM write")))
	}
	f.Summary = fmt.Sprintf("SCIM made %s on %s and sent no members up to %s.", in.theGroup(), day(made.Time), day(in.end()))
	f.Fix = []Fix{
		{Text: "See that the group's members are assigned to the AWS application, not only to the group, and provisioned there; then push the group's members. In Okta: Applications > AWS IAM Identity Center > Assignments > Provision User for those assigned before provisioning was on; then Push Groups > Push now.", Who: "idp"},
		{Text: "See that the identity provider's own group has members: SCIM has nothing to send for an empty one.", Who: "governance"},
	}
	return f
}
