package diagnose

import (
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// late is how late CloudTrail's event history may show an event: about 5 minutes on
// average, up to 15 by older AWS material (cloudtrail reference 3.4).
const late = 15 * time.Minute

// onTheWay is the time before a listing whose events the event history may not have
// shown yet: the look-up ended before the listing, by how late events are at least.
// A change in it is in the listing and in no event, so that finding none of it
// refutes nothing. What was collected in other ways ends where somebody chose.
func (in *inquiry) onTheWay(sources ...string) (span.Span, bool) {
	looked, reaches := in.lately(in.reachOf(sources...), casefile.Claimed)
	if !reaches || in.end().Sub(looked.To) <= seam {
		return span.Span{}, false
	}
	history := slices.ContainsFunc(in.c.Coverage, func(c casefile.Cover) bool {
		return c.Channel == "lookup-events" && c.Span.To.Equal(looked.To) && slices.Contains(sources, c.Source)
	})
	return span.Span{From: looked.To, To: in.end()}, history
}

// changesOnTheWay is onTheWay of all that changes members.
func (in *inquiry) changesOnTheWay() (span.Span, bool) {
	return in.onTheWay(awsid.SourceSCIM, awsid.SourceAPI, awsid.SourceConsole)
}

// waitNeed says when to ask again.
func waitNeed(gap span.Span) Need {
	return Need{Text: "Ask again after " + minute(gap.To.Add(late+time.Minute)) + ": CloudTrail's event history shows calls up to 15 minutes late, and what happened since " + minute(gap.From) + " may still be on its way."}
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
