package diagnose

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

var _ = register(Cause{
	Slug:    "group-writes-fail",
	Title:   "AWS refuses what SCIM sends for this group",
	Step:    Mechanism,
	Rank:    6,
	Needs:   []string{awsid.SourceSCIM},
	Examine: groupWritesFail,
})

// groupWritesFail is fingerprint F2: the last SCIM writes to the group failed
// (C15, C16). A later success would have mended it.
func groupWritesFail(in *inquiry) Finding {
	if in.group == nil {
		return needsGroup()
	}
	own := where(in.ofGroup, isSCIM)
	refused := trailing(own, failed)
	if len(refused) == 0 {
		return in.noneRefused(own, "SCIM write of this group")
	}
	final := last(refused)
	return Finding{
		Status:  Established,
		Summary: fmt.Sprintf("AWS has refused what SCIM sends for %s since %s: %s.", in.theGroup(), day(first(refused).Time), errorName(final)),
		Because: []Reason{
			because(refused, "The last %s to the group by %s failed, from %s to %s.", count(len(refused), "SCIM write"), list(who(refused), 3), when(first(refused).Time), when(final.Time)),
			because([]*casefile.Event{final}, "AWS said: %s", refusal(final)),
		},
		Fix: refusalFixes(final),
		At:  final.Time,
	}
}

// noneRefused is the finding when no write failed, or a later one succeeded.
func (in *inquiry) noneRefused(own []*casefile.Event, what string) Finding {
	if mended := where(own, failed); len(mended) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(mended, "%s failed, and a later one succeeded.", count(len(mended), what))}}
	}
	return in.none(what+" that failed", awsid.SourceSCIM)
}

// trailing returns the events at the end of a list that all are so.
func trailing(events []*casefile.Event, is func(*casefile.Event) bool) []*casefile.Event {
	i := len(events)
	for i > 0 && is(events[i-1]) {
		i--
	}
	return events[i:]
}

// errorName names an error in two or three words.
func errorName(ev *casefile.Event) string {
	if ev.ErrorMessage == "" {
		return ev.ErrorCode
	}
	return fmt.Sprintf("%q", shorten(ev.ErrorMessage, 120))
}
