package integrity

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/span"
)

// DefaultLateness is how long after an event its delivery may be and still be
// allowed for by EventTime. CloudTrail delivers typically within 15 minutes and
// promises no limit (a bucket that refuses is tried again for 30 days,
// cloudtrail reference 4.2).
const DefaultLateness = time.Hour

// Report is the result of Verify.
type Report struct {
	// Chains has one entry for each account, Region and trail of which a digest
	// was proven, in that order.
	Chains []Chain
	// Findings are in order of account, Region, trail and time. There are at most
	// Options.MaxFindings of them; Kinds counts all.
	Findings []Finding
	Kinds    map[Kind]int
	Digests  Count
	Logs     Count
}

// Count counts digests or log files. Invalid is what the AWS CLI calls INVALID
// for a reason that lies in the file: changed, missing, moved. Unchecked is what
// could not be decided: no signature, no key, not readable, or never copied.
type Count struct{ Valid, Invalid, Unchecked int }

// Tampered reports whether any finding means tampering.
func (r Report) Tampered() bool {
	for kind, n := range r.Kinds {
		if n > 0 && kind.Tampering() {
			return true
		}
	}
	return false
}

// EventTime returns the event times that some trail of this account and Region
// covers by proof; see Chain.EventTime.
func (r Report) EventTime(account, region string, lateness time.Duration) span.Set {
	var all span.Set
	for _, c := range r.Chains {
		if c.Account == account && c.Region == region {
			all = all.Union(c.EventTime(lateness))
		}
	}
	return all
}

// Chain is what was proven of one trail's deliveries from one account and Region.
type Chain struct {
	Account, Region string
	Trail, Home     string // the trail's name and its home Region; empty when the digests' names do not tell
	// Proven holds the windows of delivery whose digest has a valid signature, is
	// not contradicted by the digest after it, and whose every log file is here
	// with the signed hash. It says when files were delivered, not when events
	// happened; use EventTime for that.
	Proven span.Set
}

// EventTime turns windows of delivery into event times, carefully: an event
// time is covered when every delivery from that moment until lateness later is
// proven. A lateness below zero counts as DefaultLateness.
//
// The result rests on that margin and on the trail's settings. An event that
// CloudTrail delivered later than that is missed, and digests say nothing about
// which events the trail was told to log. See also the package comment.
func (c Chain) EventTime(lateness time.Duration) span.Set {
	if lateness < 0 {
		lateness = DefaultLateness
	}
	var covered []span.Span
	for _, s := range c.Proven.Spans() {
		covered = append(covered, span.Span{From: s.From, To: s.To.Add(-lateness)})
	}
	return span.SetOf(covered...)
}
