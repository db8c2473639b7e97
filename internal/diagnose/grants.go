package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// grant is what a group gave access to when its account assignments were listed
// last.
type grant struct {
	accounts []string
	whole    bool // they were listed to the end, and nothing was assigned since
	at       time.Time
}

// grantOf returns what a group gives access to, and false when no list says.
func (in *inquiry) grantOf(group string) (grant, bool) {
	for _, s := range slices.Backward(in.bench.listings()) {
		g := grant{whole: s.assignmentsOf[group], at: s.Taken(), accounts: slices.Clone(s.assigned()[group])}
		if !g.whole && len(g.accounts) == 0 {
			continue
		}
		since := earliest(s.Snapshot)
		g.whole = g.whole && !slices.ContainsFunc(in.bench.survey().assigned[group], func(ev *casefile.Event) bool { return !ev.Time.Before(since) })
		slices.Sort(g.accounts)
		return g, true
	}
	return grant{}, false
}

// earliest is the first moment that a listing may speak of.
func earliest(s *directory.Snapshot) time.Time {
	if s.NotBefore.IsZero() {
		return s.NotAfter
	}
	return s.NotBefore
}

// butGrantsNothing says of the groups of some memberships what they give access
// to, as far as lists of account assignments show it, and returns what belongs
// into the summary: that none of them gives any.
func (in *inquiry) butGrantsNothing(f *Finding, members []*ledger.Row) string {
	var groups []*ledger.Row
	for _, r := range members {
		if !slices.ContainsFunc(groups, func(other *ledger.Row) bool { return other.Group.ID == r.Group.ID }) {
			groups = append(groups, r)
		}
	}
	var nothing []string
	var at time.Time
	for _, r := range groups {
		g, known := in.grantOf(r.Group.ID)
		of := r.Group.Name
		if of == "" {
			of = r.Group.ID
		}
		switch {
		case !known:
		case len(g.accounts) > 0:
			f.Because = append(f.Because, Reason{Text: fmt.Sprintf("%s gives access to %s: %s (account assignments as listed%s).",
				of, count(len(g.accounts), "account"), list(g.accounts, 4), atTime(g.at))})
		case g.whole:
			nothing = append(nothing, of)
			at = later(at, g.at)
		}
	}
	if len(nothing) == 0 {
		return ""
	}
	f.Because = append(f.Because, Reason{Text: fmt.Sprintf("No account assignment names %s%s: membership there gives access to no AWS account. Access to applications was not looked at.",
		list(nothing, 4), atTime(at))})
	f.Fix = append(f.Fix, Fix{Text: fmt.Sprintf("If the membership should give access: assign %s to the account with a permission set.", strings.Join(nothing[:min(len(nothing), 4)], ", ")), Who: "aws"})
	switch {
	case len(nothing) < len(groups):
		return ""
	case len(groups) == 1:
		return ", but the group gives access to no AWS account"
	}
	return ", but none of the groups gives access to an AWS account"
}
