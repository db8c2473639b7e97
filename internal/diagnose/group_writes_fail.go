package diagnose

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
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
	sent := where(own, changesMembers)
	refused := trailing(where(sent, func(ev *casefile.Event) bool { return ev.MayAdd() }), failed)
	if len(refused) == 0 {
		refused = trailing(sent, failed)
	}
	if len(refused) == 0 {
		if renames := trailing(own, failed); len(renames) > 0 {
			final := last(renames)
			return Finding{Status: Possible, At: final.Time, Because: []Reason{
				because(renames, "%s by %s failed that would have changed no members, such as a new name; the last on %s.", count(len(renames), "SCIM write"), list(who(renames), 3), when(final.Time)),
				because([]*casefile.Event{final}, "AWS said: %s", refusal(final)),
			}}
		}
		return in.noneRefused(own, "SCIM write of this group")
	}
	final := last(refused)
	f := Finding{
		Status:  Established,
		Summary: refusedLast(refused, "the members of "+in.theGroup()),
		Because: []Reason{
			because(refused, "%s of the group's members by %s failed, the last on %s, and none of the kind succeeded afterwards.", count(len(refused), "SCIM write"), list(who(refused), 3), when(final.Time)),
			because([]*casefile.Event{final}, "AWS said: %s", refusal(final)),
		},
		Fix: refusalFixes(final),
		At:  final.Time,
	}
	return in.unlessMendedUnseen(f, final)
}

// unlessMendedUnseen weakens a refusal that a SCIM write may have mended since,
// where SCIM was not searched and no list shows that it was not (ruling 2).
func (in *inquiry) unlessMendedUnseen(f Finding, final *casefile.Event) Finding {
	if f.Status != Established || in.searchedAfter(final, awsid.SourceSCIM) || in.emptyNow() {
		return f
	}
	f.Status = Supported
	f.Because = append(f.Because, Reason{Text: "SCIM was not searched from then to the end of the evidence, so a later write may have succeeded."})
	f.Needs = append(f.Needs, in.snapshotNeed(), in.lookupNeed(awsid.SourceSCIM))
	return f
}

// searchedAfter reports whether a source was looked at, in whatever grade, from
// an event to the end of the evidence.
func (in *inquiry) searchedAfter(ev *casefile.Event, source string) bool {
	until := in.end().Add(-slack)
	if until.Before(ev.Time) {
		return true
	}
	_, covered := in.reachOf(source).covers(span.Of(ev.Time, until))
	return covered
}

// refusedLast says that the last writes of something were refused.
func refusedLast(refused []*casefile.Event, what string) string {
	final := last(refused)
	if len(refused) == 1 {
		return fmt.Sprintf("AWS refused the last SCIM write of %s, on %s: %s.", what, day(final.Time), errorName(final))
	}
	return fmt.Sprintf("AWS refused the last %s of %s, the latest on %s: %s.", count(len(refused), "SCIM write"), what, day(final.Time), errorName(final))
}

// noneRefused is the finding when no write failed, or a later one succeeded.
func (in *inquiry) noneRefused(own []*casefile.Event, what string) Finding {
	if mended := where(own, failed); len(mended) > 0 {
		return Finding{Status: Refuted, Because: []Reason{because(mended, "%s failed, and a later one succeeded.", count(len(mended), what))}}
	}
	blanked := where(in.undated, func(ev *casefile.Event) bool {
		return failed(ev) && (in.group == nil || ev.Subject.Group == "" || ev.Subject.Group == in.group.ID)
	})
	if len(blanked) > 0 {
		return Finding{Status: Possible, Because: []Reason{because(blanked, "Failed at a time that the evidence blanks: %s; AWS said: %s", count(len(blanked), "SCIM write"), refusal(last(blanked)))}}
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
	return fmt.Sprintf("%q", strings.TrimRight(shorten(ev.ErrorMessage, 120), "."))
}
