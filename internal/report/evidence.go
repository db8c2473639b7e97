package report

import (
	"io"

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

// WhyJSON returns an answer in the form of the scimtrail/why/v1 contract, ready
// for encoding/json.
func WhyJSON(a *diagnose.Answer, c *casefile.Case) any { return countsOf(c).WhyJSON(a) }

// WhyText writes an answer for a person: the answer itself first, then why, what
// to do, what could not be known, and after that the whole catalogue, the
// memberships and the evidence. It returns the first error of w.
func WhyText(w io.Writer, a *diagnose.Answer, c *casefile.Case, style Style) error {
	return EvidenceOf(c).WhyText(w, a, style)
}
