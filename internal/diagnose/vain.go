package diagnose

import (
	"fmt"
	"slices"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// onlyInVain reports whether a group or user is known by nothing but an id in reads
// that failed: somebody asked for it, maybe we ourselves, and AWS did not have it or
// did not say. That shows nothing that exists. A write that failed is another thing:
// its writer means something, which was there once.
func (b *Bench) onlyInVain(kind string, life *ledger.Life) bool {
	if life == nil || len(life.Names) > 0 || !life.Listed.IsZero() || life.Created != nil || life.Deleted != nil {
		return false
	}
	rows := b.l.Of("", life.ID)
	if kind == "group" {
		rows = b.l.Of(life.ID, "")
	}
	if len(rows) > 0 {
		return false
	}
	for i := range b.c.Snapshots {
		if slices.ContainsFunc(b.c.Snapshots[i].Assignments, func(x directory.Assignment) bool { return x.PrincipalID == life.ID }) {
			return false
		}
	}
	inVain := false
	names := func(ev *casefile.Event) bool {
		id := ev.Subject.User
		if kind == "group" {
			id = ev.Subject.Group
		}
		inVain = inVain || id == life.ID
		return id == life.ID && (!ev.Failed() || !ev.ReadOnly)
	}
	for _, list := range [][]casefile.Event{b.c.Events, b.c.Undated} {
		for i := range list {
			if names(&list[i]) {
				return false
			}
		}
	}
	return inVain
}

// inVain says of the answer about an unknown name that calls which failed have it.
func (a *Answer) inVain() *Answer {
	said := fmt.Sprintf("Only calls that failed name the %s %q, so nothing shows that there is one.", a.Question.Kind, a.Question.Asked)
	a.Verdict.Summary, a.Findings[0].Summary = said, said
	return a
}
