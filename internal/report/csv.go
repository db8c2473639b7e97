package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// EventsCSV writes events as CSV (RFC 4180, with a heading), one a line, in the
// order given. The first columns are those of scimtrail/events/v1; a column is
// added at the end, never renamed. Cells are made safe by Cell.
func EventsCSV(w io.Writer, events []*casefile.Event, l *ledger.Ledger) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = Cell(cells[i])
		}
		return out.Write(cells)
	}
	if err := write("time", "id", "account", "region", "source", "name", "actor_kind", "actor_name", "actor_client",
		"group_id", "group_name", "user_id", "user_name", "effect", "error_code", "error_message", "error_meaning", "read_only",
		"via", "membership_id", "source_ip", "user_agent", "superseded"); err != nil {
		return err
	}
	for _, ev := range events {
		doc := eventJSON(ev, l)
		group, user := Subject(ev, l)
		var e errorDoc
		if doc.Error != nil {
			e = *doc.Error
		}
		if err := write(stamp(ev.Time), doc.ID, doc.Account, doc.Region, doc.Source, doc.Name, doc.Actor.Kind, doc.Actor.Name, doc.Actor.Client,
			group.ID, group.Name, user.ID, user.Name, doc.Effect, e.Code, e.Message, e.Meaning, fmt.Sprint(doc.ReadOnly),
			actor.Via(&ev.Record), ev.Subject.Membership, ev.SourceIP, ev.UserAgent, fmt.Sprint(ev.Superseded)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Cell makes a string of the evidence safe as a cell of CSV: what Clean does,
// and an apostrophe before what a spreadsheet would take for a formula, leading
// blanks and control characters left aside, since programs differ in whether
// they skip them.
func Cell(s string) string {
	clean := Clean(s)
	first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !visible(r) })
	if first != "" && strings.ContainsAny(first[:1], "=+-@") || fullWidthFormula(first) || s != "" && strings.ContainsAny(s[:1], "\t\r\n") {
		return "'" + clean
	}
	return clean
}

// fullWidthFormula reports whether s begins with a full-width = + - @, which
// spreadsheets set to East Asian languages read as the plain one.
func fullWidthFormula(s string) bool {
	for _, sign := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, sign) {
			return true
		}
	}
	return false
}
