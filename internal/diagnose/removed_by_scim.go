package diagnose

import (
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
)

var _ = register(Cause{
	Slug:    "removed-by-scim",
	Title:   "The identity provider removed the members",
	Step:    Mechanism,
	Rank:    8,
	Needs:   []string{awsid.SourceSCIM},
	Examine: removedBySCIM,
})

// removedBySCIM holds when members were there and SCIM took them out (F5). The
// patch hides whom it removed, so without a snapshot afterwards it is only
// supported.
func removedBySCIM(in *inquiry) Finding {
	fix := []Fix{{Text: "Look at the group at the identity provider: who left it there, by which rule, certification or change of assignment? AWS only did as it was told.", Who: "idp"}}
	ends := in.endings(overSCIM)
	if len(ends) > 0 {
		reason, at, actors := in.removal(ends)
		inferred := slices.ContainsFunc(ends, func(e ending) bool { return e.p.Ended.Known == ledger.Inferred })
		if inferred {
			reason.Text += " SCIM hides whom it removes; they were members before and not afterwards, and nothing else in the evidence explains it (inferred)."
		}
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("%s over SCIM by %s.", in.removed(ends), list(actors, 3)),
			Because: []Reason{reason},
			At:      at,
			Fix:     fix,
		}
		if inferred && !in.othersSearched(ends) {
			f.Status = Supported
			f.Because = append(f.Because, Reason{Text: "The Identity Store API and the console were not searched all that time, so somebody may have removed them there."})
			f.Needs = append(f.Needs, in.fetch(in.reachOf(awsid.SourceAPI, awsid.SourceConsole))...)
		}
		return in.unlessReturned(f, ends)
	}
	if in.group != nil {
		patches := where(in.ofGroup, func(ev *casefile.Event) bool { return succeeded(ev) && ev.MayRemove() })
		doubtful := slices.ContainsFunc(in.rows, func(r *ledger.Row) bool { return r.Present == nil })
		if len(patches) > 0 && len(in.members()) == 0 {
			f := Finding{
				Status:  Possible,
				Summary: fmt.Sprintf("SCIM may have removed members of %s; its events hide whom they concern.", in.theGroup()),
				Because: []Reason{because(patches, "%s by %s that can have removed members, the last on %s.", count(len(patches), "successful SCIM write"), list(who(patches), 3), when(last(patches).Time))},
				At:      last(patches).Time,
				Needs:   []Need{in.snapshotNeed()},
				Fix:     fix,
			}
			if doubtful || in.emptyNow() && in.sentBefore(last(patches)) {
				f.Status = Supported
			}
			return f
		}
	}
	return in.noRemoval("SCIM removal", overSCIM, awsid.SourceSCIM)
}

// othersSearched reports whether the other doors were searched while memberships
// ended that only a SCIM write explains: nothing else does, says an inference.
func (in *inquiry) othersSearched(ends []ending) bool {
	r := in.reachOf(awsid.SourceAPI, awsid.SourceConsole)
	for _, e := range ends {
		if e.p.Ended.Known != ledger.Inferred {
			continue
		}
		until := in.end().Add(-slack)
		if at, listed := in.listedAt(); listed && at.Before(until) {
			until = at
		}
		from := later(e.p.From, in.lastListed(e.row))
		if from.IsZero() || !until.After(from) {
			continue
		}
		if _, covered := r.covers(span.Of(from, until)); !covered {
			return false
		}
	}
	return true
}

// lastListed is the last time that a list shows a membership; zero when none does.
func (in *inquiry) lastListed(r *ledger.Row) time.Time {
	var at time.Time
	for _, s := range in.bench.listings() {
		if s.has(r.Group.ID, r.User.ID) {
			at = later(at, s.Taken())
		}
	}
	return at
}

// sentBefore reports whether SCIM sent members for the group before an event.
func (in *inquiry) sentBefore(ev *casefile.Event) bool {
	return slices.ContainsFunc(in.ofGroup, func(x *casefile.Event) bool {
		return succeeded(x) && x.MayAdd() && !x.Time.After(ev.Time) && x != ev
	})
}

func overSCIM(o *ledger.Origin) bool { return o.Via == ledger.SCIM }
