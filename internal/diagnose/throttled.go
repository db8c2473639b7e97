package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:     "throttled",
	Title:    "Writes were throttled and never made good",
	Step:     Mechanism,
	Rank:     3,
	Explains: []string{"mapping-error"},
	Needs:    []string{awsid.SourceSCIM},
	Examine:  throttled,
})

// throttled holds when a membership write of this group was refused for its rate
// and none of its kind succeeded afterwards (C25).
func throttled(in *inquiry) Finding {
	return throttledInAWS(in).with(in.told((*chain).throttled))
}

// throttledInAWS judges by AWS's own evidence.
func throttledInAWS(in *inquiry) Finding {
	own := in.ofGroup
	if in.group == nil {
		own = in.ofUser
	}
	own = where(own, func(ev *casefile.Event) bool {
		return changesMembers(ev) && (in.user == nil || in.group == nil || isSCIM(ev) || ev.Subject.User == in.user.ID)
	})
	var unmended []*casefile.Event
	for i, ev := range own {
		if throttledCall(ev) && !in.madeGood(ev, own[i+1:]) {
			unmended = append(unmended, ev)
		}
	}
	if len(unmended) > 0 {
		final := last(unmended)
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("Writes to the memberships of %s were throttled, the last on %s, and none that repeats them with success is in the evidence.", in.subject(), day(final.Time)),
			Because: []Reason{because(unmended, "%s by %s: AWS refused for the rate of calls, the last on %s, and none of the kind succeeded afterwards.",
				count(len(unmended), "write"), list(who(unmended), 3), when(final.Time))},
			Fix: append(refusalFixes(final), Fix{Text: "Repeat the change now that the rate is low: push the group again, or run the tool again in smaller waves.", Who: "idp"}),
			At:  final.Time,
		}
		if sent := where(own, func(ev *casefile.Event) bool { return succeeded(ev) && ev.MayAdd() && ev.Time.After(final.Time) }); len(sent) > 0 && !in.emptyNow() {
			f.Status = Supported
			f.Because = append(f.Because, because(sent, "SCIM sent members afterwards and hides whom, so they may have come in that way."))
			f.Needs = append(f.Needs, in.snapshotNeed())
		}
		return in.unlessMendedUnseen(f, final)
	}
	if mended := where(own, throttledCall); len(mended) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(mended, "Throttled: %s; what was throttled succeeded when it was repeated.", count(len(mended), "write"))}}
	}
	if others := in.patterns.throttled(); len(others) > 0 {
		return Finding{
			Status:  Possible,
			Because: []Reason{because(others, "Throttled in this identity store: %s; none names what is asked about.", count(len(others), "write"))},
		}
	}
	return in.none("throttled write", awsid.SourceSCIM)
}

// madeGood reports whether a later call did what the throttled one could not: for
// a call that names its user the same again, for a SCIM write any that can add
// or remove as it would have.
func (in *inquiry) madeGood(ev *casefile.Event, later []*casefile.Event) bool {
	for _, next := range later {
		if next.Failed() || next.Subject.Group != ev.Subject.Group {
			continue
		}
		if isSCIM(next) && (ev.MayAdd() && next.MayAdd() || ev.MayRemove() && next.MayRemove()) {
			return true
		}
		if !isSCIM(ev) && next.Effect == ev.Effect && next.Subject.User == ev.Subject.User && next.Subject.Membership == ev.Subject.Membership ||
			!isSCIM(ev) && next.Effect == ev.Effect && ev.Subject.User != "" && next.Subject.User == ev.Subject.User {
			return true
		}
	}
	return false
}
