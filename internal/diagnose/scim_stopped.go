package diagnose

import (
	"fmt"
	"math"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

var _ = register(Cause{
	Slug:    "scim-stopped",
	Title:   "SCIM wrote regularly and stopped",
	Step:    Stopped,
	Rank:    1,
	Needs:   []string{awsid.SourceSCIM},
	Examine: scimStopped,
})

// scimStopped is fingerprint F4: the client wrote in a rhythm of its own and
// then fell silent for longer than that rhythm allows (C08, C27). The silence is
// an absence, so it must be covered. A client that still reads is connected, so
// that it only had nothing to write remains open.
func scimStopped(in *inquiry) Finding {
	r := in.reachOf(awsid.SourceSCIM)
	if _, _, ok := r.best(); !ok {
		return Finding{Status: Undetermined, Because: []Reason{{Text: "Not looked at: SCIM."}}, Needs: in.fetch(r)}
	}
	writes := in.scimDone()
	if len(writes) == 0 {
		return in.none("SCIM write that could have stopped", awsid.SourceSCIM)
	}
	beat := in.beat()
	covered := in.silenceLooked(r, beat.last)
	silence := covered.Length()
	final := last(writes)
	toTheEnd := !covered.To.Before(in.end().Add(-slack))
	if len(beat.pauses) < fewestPauses {
		status := Undetermined
		if silence <= max(beat.longest(), 24*time.Hour) && toTheEnd {
			status = Refuted
		}
		return Finding{Status: status, Because: []Reason{because([]*casefile.Event{final},
			"SCIM wrote on %s, the last on %s: too few to know a rhythm that it could have broken.", count(len(beat.pauses)+1, "occasion"), when(beat.last))}}
	}
	measured := because([]*casefile.Event{final},
		"The last successful SCIM write was on %s by %s. Up to then SCIM wrote on %s; its usual pause was %s, its longest %s.",
		when(beat.last), final.Actor.Label(), count(len(beat.pauses)+1, "occasion"), length(beat.usual()), length(beat.longest()))
	if _, reaches := in.lately(r, casefile.Unknown); !reaches {
		return Finding{Status: Undetermined, Because: []Reason{measured, {Text: in.notLooked(r)}}, Needs: in.fetch(r)}
	}
	if silence <= beat.longest() && !toTheEnd {
		return Finding{Status: Undetermined, Because: []Reason{measured, {Text: fmt.Sprintf("After it SCIM was searched without a gap until %s only; a write may lie in what was not searched.", day(covered.To))}}, Needs: in.fetch(r)}
	}
	if silence <= beat.longest() {
		return Finding{Status: Refuted, Because: []Reason{measured, {Text: fmt.Sprintf("The silence after it was looked at for %s, which is no longer than it paused before.", length(silence))}}}
	}
	grade, whole := r.covers(covered)
	f := Finding{
		At:      beat.last,
		Summary: fmt.Sprintf("SCIM stopped on %s: no write succeeded for %s, and before that the longest pause in the evidence was %s.", day(beat.last), length(silence), length(beat.longest())),
		Because: []Reason{measured, {Text: fmt.Sprintf("The time since then is %.1f times the longest pause before; if nothing had changed, a pause longer than all %d before would come up 1 time in %d.",
			float64(silence)/float64(beat.longest()), len(beat.pauses), len(beat.pauses)+1)}},
		Fix: []Fix{
			{Text: "Look at the provisioning errors at the identity provider. An expired SCIM token (they live one year) is a common reason: make a second one in AWS (IAM Identity Center > Settings > Identity source > Actions > Manage provisioning > Access tokens), enter it at the identity provider, test the connection, delete the old one.", Who: "idp"},
			{Text: "In Entra ID, see whether the provisioning job is in quarantine or paused: Enterprise applications > AWS IAM Identity Center > Provisioning.", Who: "idp"},
		},
	}
	switch {
	case whole && grade >= casefile.Claimed && silence >= unusualTimes*beat.longest() && beat.last.Sub(beat.first) >= week:
		f.Status = Established
	case whole && grade >= casefile.Claimed && silence >= unusualTimes*beat.longest():
		f.Status = Supported
		f.Because = append(f.Because, Reason{Text: "The writes before it span less than a week, so whether SCIM pauses at nights and weekends is not known."})
	case whole && grade >= casefile.Claimed, silence >= unusualTimes*beat.longest():
		f.Status = Supported
	default:
		f.Status = Possible
	}
	if reads := in.readsSince(); len(reads) > 0 {
		if f.Status == Established {
			f.Status = Supported
		}
		f.Because = append(f.Because, because(reads, "SCIM still reads, last on %s, so its token and address work: it had nothing to write, or was set not to write.", when(last(reads).Time)))
		f.Fix = f.Fix[1:]
	}
	if grade < casefile.Claimed {
		f.Needs = in.fetch(r)
	}
	if refused := where(after(in.scimWrites, beat.last), failed); len(refused) > 0 {
		f.Because = append(f.Because, because(refused, "It was not silent: %s after it failed, the last on %s. AWS said: %s", count(len(refused), "SCIM write"), when(last(refused).Time), refusal(last(refused))))
	}
	return f
}

// silenceLooked returns the stretch after the last write that was looked at
// without a gap, with the best grade that reaches furthest.
func (in *inquiry) silenceLooked(r reach, since time.Time) span.Span {
	best := span.Of(since, since)
	for _, grade := range []casefile.Completeness{casefile.Claimed, casefile.Unknown} {
		for _, s := range r.graded(grade).Spans() {
			if s.Contains(since) && s.To.After(best.To) {
				best.To = s.To
			}
		}
		if best.Length() > 0 {
			return best
		}
	}
	return best
}

// length writes a duration as people say it.
func length(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return count(int(math.Round(d.Hours()/24)), "day")
	case d >= 2*time.Hour:
		return count(int(math.Round(d.Hours())), "hour")
	}
	return count(max(1, int(math.Round(d.Minutes()))), "minute")
}

// stillReads returns the SCIM reads by the client that wrote last, from a while
// after that write on.
func (g *ground) stillReads() []*casefile.Event {
	final := last(g.scimDone())
	if final == nil {
		return nil
	}
	return where(after(g.scim, final.Time.Add(burst)), func(ev *casefile.Event) bool {
		return ev.ReadOnly && succeeded(ev) && ev.Actor.Family == final.Actor.Family
	})
}
