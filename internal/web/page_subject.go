package web

import (
	"cmp"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// subjectPage is one group or user.
type subjectPage struct {
	Kind    string
	Name    string
	ID      string
	Gone    bool
	Why     *whyCard
	Ready   string // where a script asks whether the answer is there; "" when it is
	Again   string // the page once more
	Facts   []report.Count
	Row     subjectRow
	Members []memberRow
	Pager   pager
	Changes []changeRow
	More    int // changes that are left out
	Picture template.HTML
	Left    int // memberships that the picture leaves out
	Calls   []eventRow
	Events  string // all of them
	Chain   string
}

// peopleTable is how far the people of a group came, hop by hop.
type peopleTable struct {
	Caption string
	Head    []string
	Rows    [][]string
}

// whyCard is the answer of why.
type whyCard struct {
	Status  diagnose.Status
	Title   string
	Cause   string
	Summary string
	Meaning []string
	Because []report.Statement
	Steps   []report.Step
	Others  []causeRow
	Unseen  int    // causes of products of which nothing was given
	Command string // that gives the same answer
	People  *peopleTable
}

type causeRow struct {
	Title, Cause string
	Status       diagnose.Status
	Because      string
}

type memberRow struct {
	Other             link
	State, Came, Went string
	Periods           int
	Proof             []string
	MoreProof         int
}

// changeRow is somebody's joining or leaving.
type changeRow struct {
	At    time.Time
	Joins bool
	Other link
	Via   string
	Known string
	By    string
	Event string
	Note  string
}

const (
	membersAPage = 50
	maxChanges   = 50
	maxCalls     = 15
	maxProof     = 3
	patience     = 60 * time.Millisecond // for an answer that is not remembered
)

func (v *View) showGroup(r *http.Request) (*answer, error) { return v.show(r, "group") }
func (v *View) showUser(r *http.Request) (*answer, error)  { return v.show(r, "user") }

// subjectFor returns the group or user that a question is about, nil when the
// evidence knows none.
func (v *View) subjectFor(q question) *subject {
	switch q.kind {
	case "group":
		return v.groupAt[q.id]
	case "user":
		return v.userAt[q.id]
	}
	return nil
}

func (v *View) show(r *http.Request, kind string) (*answer, error) {
	id := r.URL.Query().Get("id")
	s := v.subjectFor(question{kind: kind, id: id})
	if s == nil {
		return nil, &errAbsent{kind, id}
	}
	format := r.URL.Query().Get("format")
	asking := v.ask(question{kind: kind, id: id})
	wait := patience
	if format == "json" {
		wait = longestWait
	}
	why, ready, err := asking.wait(wait)
	if err != nil {
		return nil, err
	}
	if format == "json" && !ready {
		return nil, &errBad{"The answer takes longer than usual. Ask again in a moment."}
	}
	from, _, pager, err := cut(r, len(s.rows), membersAPage, map[string]string{"group": "memberships", "user": "memberships"}[kind])
	if err != nil {
		return nil, err
	}
	p := subjectPage{Kind: kind, Name: report.Name(s.entity), ID: id, Gone: s.life.Gone(), Facts: report.Facts(s.life), Row: v.subjectRow(kind, s), Pager: pager,
		Events: "/events?" + kind + "=" + urlQuery(id), Chain: "/chain?" + kind + "=" + urlQuery(id), Again: with(r, "page", r.URL.Query().Get("page"))}
	if ready {
		p.Why = card(why, v)
	} else {
		p.Ready = "/ready?kind=" + kind + "&id=" + urlQuery(id)
	}
	said := report.Memberships(kind, s.rows, from, membersAPage)
	for i := range said.Members {
		p.Members = append(p.Members, v.memberRow(kind, &said.Members[i]))
	}
	p.Changes, p.More = v.changes(kind, s)
	if p.Picture, err = report.MembersPicture(said, &v.survey.Timeline, v.asOf); err != nil {
		return nil, err
	}
	p.Left = max(0, len(said.Members)-40)
	for _, i := range slices.Backward(s.lines) {
		if v.lines[i].is&reads == 0 {
			p.Calls = append(p.Calls, v.eventRow(i))
			if len(p.Calls) == maxCalls {
				break
			}
		}
	}
	a := &answer{template: "subject", title: strings.ToUpper(kind[:1]) + kind[1:] + " " + report.Clean(p.Name), here: "/" + kind + "s", data: p}
	a.json = func() any { return report.WhyJSON(why, v.c) }
	a.csv = func(w io.Writer) error { return report.LedgerCSV(w, s.rows) }
	return a, nil
}

// card puts an answer in words.
func card(a *diagnose.Answer, v *View) *whyCard {
	lead := a.Lead()
	c := &whyCard{Status: a.Verdict.Status, Title: lead.Cause.Title, Cause: a.Verdict.Cause, Summary: a.Verdict.Summary, Meaning: report.Meaning(a),
		Command: "scimtrail why " + a.Question.Kind + " " + quoted(a.Question.Asked) + " --from ..."}
	for _, reason := range lead.Because {
		c.Because = append(c.Because, report.Statement{Text: reason.Text, Events: reason.Events[:min(len(reason.Events), maxProof)]})
	}
	if a.Matrix != nil && len(a.Matrix.Rows) > 0 {
		c.People = new(peopleTable)
		c.People.Caption, c.People.Head, c.People.Rows = report.MatrixTable(a.Matrix)
	}
	if a.Verdict.Status != diagnose.Healthy {
		steps := report.Steps(v.c, a)
		c.Steps = steps[:min(len(steps), 4)]
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Unexamined {
			c.Unseen++
			continue
		}
		row := causeRow{Title: f.Cause.Title, Cause: f.Cause.Slug, Status: f.Status}
		if len(f.Because) > 0 {
			row.Because = f.Because[0].Text
		}
		c.Others = append(c.Others, row)
	}
	return c
}

// quoted makes a word safe to be copied into a shell.
func quoted(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@") == "" && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(report.Clean(s), "'", `'\''`) + "'"
}

func (v *View) memberRow(kind string, m *report.MemberLine) memberRow {
	group, user := m.Names()
	row := memberRow{Other: v.userLink(user), State: m.State, Came: m.Came, Went: m.Went, Periods: m.Periods, Proof: m.Proof()}
	if kind == "user" {
		row.Other = v.groupLink(group)
	}
	if n := len(row.Proof) - maxProof; n > 0 {
		row.Proof, row.MoreProof = row.Proof[:maxProof], n
	}
	return row
}

// changes lists joins and leaves whose time is known, the latest first.
func (v *View) changes(kind string, s *subject) (rows []changeRow, more int) {
	for _, r := range s.rows {
		other := v.userLink(r.User)
		if kind == "user" {
			other = v.groupLink(r.Group)
		}
		for _, p := range r.Periods {
			for _, x := range []struct {
				at     time.Time
				origin *ledger.Origin
				joins  bool
			}{{p.From, p.Began, true}, {p.To, p.Ended, false}} {
				if x.at.IsZero() {
					continue
				}
				row := changeRow{At: x.at, Joins: x.joins, Other: other, Known: "not known"}
				if x.origin != nil {
					row.Via, row.Known, row.Note = string(x.origin.Via), string(x.origin.Known), x.origin.Note
					if x.origin.Known != ledger.Unexplained && x.origin.Known != ledger.Predates {
						row.By = x.origin.Actor.Label()
					}
					if len(x.origin.Events) > 0 {
						row.Event = x.origin.Events[0]
					}
				}
				rows = append(rows, row)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b changeRow) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Other.Name, b.Other.Name))
	})
	shown := min(len(rows), maxChanges)
	return rows[:shown], len(rows) - shown
}
