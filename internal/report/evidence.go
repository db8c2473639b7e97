package report

import (
	"io"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
)

// Evidence is what an answer tells of the evidence behind it: it and the answer are
// all that a report of why is made of.
type Evidence struct {
	Statistics casefile.Statistics
	Coverage   casefile.Coverage
	Notes      []string
	Unreadable []casefile.Loss
	Narrowed   string
	Wider      string // how to ask for what was left out; "" when nothing of it is to be had

	// For people.
	Listings  []string // when listings were taken and how that is known
	Providers []string // what was read before AWS, and how far
	Unread    string   // fields of events that could not be read; "" when all could
}

// EvidenceOf returns that of a case. It walks over all events.
func EvidenceOf(c *casefile.Case) *Evidence {
	e := countsOf(c)
	e.Listings, e.Providers, e.Unread = clockLines(c.Snapshots), providerLines(&c.Upstream), unreadFields(c)
	return e
}

// countsOf is EvidenceOf for machines: without the sentences.
func countsOf(c *casefile.Case) *Evidence {
	return &Evidence{Statistics: c.Statistics, Coverage: c.Coverage, Notes: c.Notes, Unreadable: c.Unreadable, Narrowed: c.Narrowed, Wider: c.Wider}
}

// onTheWay returns since when calls may be missing because CloudTrail's event history
// shows them late (cloudtrail reference 3.4): the evidence goes on after the end of
// what was looked up of a source that changes members, by a day at most. Who looked
// longer ago knows that the evidence is of two times.
func (e *Evidence) onTheWay(end time.Time) (time.Time, bool) {
	var since time.Time
	for _, source := range []string{awsid.SourceSCIM, awsid.SourceAPI, awsid.SourceConsole} {
		var last casefile.Cover
		for _, c := range e.Coverage {
			if c.Source == source && c.Complete >= casefile.Claimed && c.Span.To.After(last.Span.To) {
				last = c
			}
		}
		gap := end.Sub(last.Span.To)
		if last.Channel == "lookup-events" && gap > time.Minute && gap < 24*time.Hour && (since.IsZero() || last.Span.To.Before(since)) {
			since = last.Span.To
		}
	}
	return since, !since.IsZero()
}

// WhyJSON returns an answer in the form of the scimtrail/why/v1 contract, ready
// for encoding/json.
func WhyJSON(a *diagnose.Answer, c *casefile.Case) any { return countsOf(c).WhyJSON(a) }

// WhyText writes an answer for a person: the answer itself first, then why, what
// to do, what could not be known, and after that the whole catalogue, the
// memberships and the evidence. It returns the first error of w.
func WhyText(w io.Writer, a *diagnose.Answer, c *casefile.Case, style Style) error {
	return EvidenceOf(c).WhyText(w, a, style)
}
