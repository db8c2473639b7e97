package web

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/report"
)

// subjectRow is a group or user in a list.
type subjectRow struct {
	link
	Present, Doubt, Past int
	Bar                  []segment
	Ways                 []string
	Changed              time.Time
	Failing              int
	Gone                 bool
	Store                string
}

// segment is a part of a bar of 100 units.
type segment struct {
	Class string
	X, W  float64
	Words string
}

// listPage is a list of groups or users.
type listPage struct {
	Kind   string // group or user
	Asked  string
	Show   string
	Sort   string
	Rows   []subjectRow
	Pager  pager
	Shows  []choice
	Sorts  []choice
	Origin []choice
}

var (
	groupShows = []choice{{"", "all"}, {"filled", "with members"}, {"empty", "without known members"}, {"failing", "with failed writes"}, {"gone", "deleted"}}
	userShows  = []choice{{"", "all"}, {"filled", "in a group"}, {"empty", "in no known group"}, {"failing", "with failed writes"}, {"gone", "deleted"}}
	sorts      = []choice{{"", "name"}, {"members", "most members"}, {"changed", "last change"}}
	userSorts  = []choice{{"", "name"}, {"members", "most groups"}, {"changed", "last change"}}
)

const subjectsAPage = 50

func (v *View) listGroups(r *http.Request) (*answer, error) { return v.list(r, "group", v.groups) }
func (v *View) listUsers(r *http.Request) (*answer, error)  { return v.list(r, "user", v.users) }

func (v *View) list(r *http.Request, kind string, all []*subject) (*answer, error) {
	q := r.URL.Query()
	p := listPage{Kind: kind, Asked: strings.TrimSpace(q.Get("q")), Show: q.Get("show"), Sort: q.Get("sort"), Shows: groupShows, Sorts: sorts}
	if kind == "user" {
		p.Shows, p.Sorts = userShows, userSorts
	}
	is := func(list []choice, value string) bool {
		return slices.ContainsFunc(list, func(c choice) bool { return c.Value == value })
	}
	if !is(p.Shows, p.Show) || !is(p.Sorts, p.Sort) {
		return nil, &errBad{"There is no such choice."}
	}
	want := folded(p.Asked)
	var found []*subject
	for _, s := range all {
		if (want == "" || strings.Contains(s.search, want)) && s.shows(p.Show) {
			found = append(found, s)
		}
	}
	switch p.Sort {
	case "members":
		slices.SortStableFunc(found, func(a, b *subject) int { return cmp.Compare(b.present, a.present) })
	case "changed":
		slices.SortStableFunc(found, func(a, b *subject) int { return b.changed.Compare(a.changed) })
	}
	from, to, pager, err := cut(r, len(found), subjectsAPage, kind+"s")
	if err != nil {
		return nil, err
	}
	p.Pager = pager
	for _, s := range found[from:to] {
		p.Rows = append(p.Rows, v.subjectRow(kind, s))
	}
	title := strings.ToUpper(kind[:1]) + kind[1:] + "s"
	return &answer{template: "list", title: title, here: "/" + kind + "s", data: p,
		json: func() any { return listJSON(kind, found) },
		csv:  func(w io.Writer) error { return listCSV(w, kind, found) }}, nil
}

func (s *subject) shows(what string) bool {
	switch what {
	case "filled":
		return s.present > 0
	case "empty":
		return s.present == 0 && !s.life.Gone()
	case "failing":
		return s.failing > 0
	case "gone":
		return s.life.Gone()
	}
	return true
}

func (v *View) subjectRow(kind string, s *subject) subjectRow {
	row := subjectRow{link: v.groupLink(s.entity), Present: s.present, Doubt: s.doubt, Past: len(s.rows) - s.present - s.doubt, Changed: s.changed,
		Failing: s.failing, Gone: s.life.Gone(), Store: s.life.Store}
	ways := s.ways
	if kind == "user" {
		row.link = v.userLink(s.entity)
		ways = report.Ways(s.rows)
	}
	row.Bar = bar(ways)
	const shown = 2
	for i, way := range ways {
		if i == shown {
			row.Ways = append(row.Ways, report.Counted(len(ways)-shown, "further way"))
			break
		}
		row.Ways = append(row.Ways, way.Said())
	}
	return row
}

// bar cuts a bar of 100 units by the ways in which members came in.
func bar(ways []report.Way) []segment {
	total := 0
	for _, way := range ways {
		total += way.Members
	}
	var out []segment
	x := 0.0
	for _, way := range ways {
		w := 100 * float64(way.Members) / float64(total)
		class := "via-unknown"
		if way.Via == "scim" || way.Via == "api" || way.Via == "console" {
			class = "via-" + way.Via
		}
		if way.Known != "recorded" {
			class += " guess"
		}
		out = append(out, segment{class, x, w, way.Said()})
		x += w
	}
	return out
}

type subjectDoc struct {
	ID      string       `json:"id"`
	Name    string       `json:"name,omitempty"`
	Store   string       `json:"identityStore,omitempty"`
	Members int          `json:"present"`
	Doubt   int          `json:"notKnown"`
	Past    int          `json:"past"`
	How     []report.Way `json:"how"`
	Changed *time.Time   `json:"lastChange,omitempty"`
	Failing int          `json:"failedWrites"`
	Gone    bool         `json:"gone"`
}

func listJSON(kind string, found []*subject) any {
	docs := make([]subjectDoc, len(found))
	for i, s := range found {
		docs[i] = subjectDoc{s.life.ID, s.life.Name, s.life.Store, s.present, s.doubt, len(s.rows) - s.present - s.doubt, report.Ways(s.rows), moment(s.changed), s.failing, s.life.Gone()}
	}
	return map[string]any{"schema": "scimtrail/" + kind + "s/v1", kind + "s": docs}
}

func listCSV(w io.Writer, kind string, found []*subject) error {
	return writeCSV(w, []string{kind + "_id", kind, "identity_store", "present", "not_known", "past", "last_change", "failed_writes", "gone"}, func(yield func(...string) error) error {
		for _, s := range found {
			gone := "false"
			if s.life.Gone() {
				gone = "true"
			}
			if err := yield(s.life.ID, s.life.Name, s.life.Store, number(int32(s.present)), number(int32(s.doubt)), number(int32(len(s.rows)-s.present-s.doubt)), stamp(s.changed), number(int32(s.failing)), gone); err != nil {
				return err
			}
		}
		return nil
	})
}
