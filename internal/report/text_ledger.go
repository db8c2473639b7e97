package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/ledger"
)

// LedgerTable writes memberships for a person: a heading a group, a line a
// member.
func LedgerTable(w io.Writer, rows []*ledger.Row, l *ledger.Ledger, style Style) error {
	p := &page{w: w, style: style}
	if len(rows) == 0 {
		p.text("", "", "No membership is known from this evidence.")
		return p.err
	}
	group := ""
	for i, r := range rows {
		if i == 0 || r.Group.ID != group {
			group = r.Group.ID
			if i > 0 {
				p.blank()
			}
			p.painted(bold, "", "", fmt.Sprintf("%s (%s)", nameOf(r.Group), r.Group.ID))
		}
		p.item(fmt.Sprintf("%s: %s", nameOf(r.User), rowText(r)))
	}
	if n := len(l.Unresolved()); n > 0 {
		p.blank()
		p.text("", "", fmt.Sprintf("%s a membership id that no other evidence knows; whom it concerned can't be known.",
			plural(n, "deletion names only", "deletions name only")))
	}
	return p.err
}

// LedgerCSV writes memberships as CSV, a line a period. Cells that a spreadsheet
// would take for formulas are defused.
func LedgerCSV(w io.Writer, rows []*ledger.Row) error {
	out := csv.NewWriter(w)
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = Cell(cells[i])
		}
		return out.Write(cells)
	}
	if err := write("group_id", "group", "user_id", "user", "membership_id", "present", "from", "to",
		"began_via", "began_known", "began_by", "began_events", "ended_via", "ended_known", "ended_by", "ended_events"); err != nil {
		return err
	}
	for _, r := range rows {
		present := ""
		if r.Present != nil {
			present = fmt.Sprint(*r.Present)
		}
		for _, p := range r.Periods {
			cells := []string{r.Group.ID, r.Group.Name, r.User.ID, r.User.Name, r.MembershipID, present, stamp(p.From), stamp(p.To)}
			for _, o := range []*ledger.Origin{p.Began, p.Ended} {
				if o == nil {
					cells = append(cells, "", "", "", "")
					continue
				}
				cells = append(cells, string(o.Via), string(o.Known), o.Actor.Label(), strings.Join(o.Events, " "))
			}
			if err := write(cells...); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
