package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

var _ = register(Cause{
	Slug:    "before-the-coverage",
	Title:   "Members are older than the evidence",
	Step:    Aside,
	Rank:    3,
	Examine: beforeTheCoverage,
})

// beforeTheCoverage holds when members came in before the evidence begins, so
// nothing in it can say how.
func beforeTheCoverage(in *inquiry) Finding {
	window, looked := in.c.Window(casefile.DirectorySources...)
	members := in.members()
	var old, undated []*ledger.Row
	for _, r := range members {
		p := r.Periods[len(r.Periods)-1]
		switch {
		case p.Began != nil && len(p.Began.Events) > 0:
		case p.From.IsZero():
			undated = append(undated, r)
		case !looked || p.From.Before(window.From):
			old = append(old, r)
		}
	}
	switch {
	case len(old) > 0:
		earliest := slices.MinFunc(old, func(a, b *ledger.Row) int {
			return a.Periods[len(a.Periods)-1].From.Compare(b.Periods[len(b.Periods)-1].From)
		})
		f := Finding{
			Status:  Established,
			Summary: fmt.Sprintf("%s came in before the evidence begins.", count(len(old), "member")),
			Because: []Reason{{Text: fmt.Sprintf("%s came in before the evidence begins, the first on %s.", count(len(old), "member"), day(earliest.Periods[len(earliest.Periods)-1].From))}},
			Needs:   []Need{{Text: "Older logs of the trail, from its bucket, would show who put them there; event history holds 90 days."}},
		}
		if looked {
			f.Because[0].Text += fmt.Sprintf(" The evidence begins on %s.", day(window.From))
		}
		return f
	case len(undated) > 0:
		return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("The identity store does not say when %s came in.", count(len(undated), "member"))}}, Needs: []Need{in.snapshotNeed()}}
	case len(members) > 0:
		return Finding{Status: Refuted, Because: []Reason{{Text: "All members came in within the evidence."}}}
	}
	if in.emptyNow() {
		return Finding{Status: Refuted, Because: []Reason{{Text: "There are no members."}}}
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: "Who is a member is not known."}}, Needs: []Need{in.snapshotNeed()}}
}
