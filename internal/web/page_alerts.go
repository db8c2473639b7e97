package web

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// alertRow is an alert on a page.
type alertRow struct {
	Alert
	Href string // of the group or user that it is about
	Name string
	Mark string // where it stands on the page of alerts
}

// alertRows lists alerts, the open ones alone when wanted.
func (v *View) alertRows(open bool) (out []alertRow, watched bool) {
	list, watched := v.raised()
	for _, a := range list {
		if open && !a.Closed.IsZero() {
			continue
		}
		out = append(out, alertRow{Alert: a, Mark: mark(&a)})
	}
	return out, watched
}

// mark names an alert's place on the page. The ids that watch gives are hexadecimal;
// of any other only what is plain is taken.
func mark(a *Alert) string {
	plain := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, a.ID)
	return fmt.Sprintf("%s-%d", plain[:min(len(plain), 64)], a.Occurrence)
}

// aim makes rows lead to the groups and users that they are about. It searches for
// them, so it is for rows that are shown.
func (v *View) aim(rows []alertRow) []alertRow {
	for i := range rows {
		a := &rows[i]
		group, user := cmp.Or(a.GroupID, a.Group), cmp.Or(a.UserID, a.User)
		switch {
		case group != "":
			if found := v.l.FindGroup(group); len(found) == 1 {
				a.Href, a.Name = "/group?id="+urlQuery(found[0].ID), cmp.Or(found[0].Name, found[0].ID)
			}
		case user != "":
			if found := v.l.FindUser(user); len(found) == 1 {
				a.Href, a.Name = "/user?id="+urlQuery(found[0].ID), cmp.Or(found[0].Name, found[0].ID)
			}
		}
	}
	return rows
}

// held returns those of some events that the evidence holds.
func (v *View) held(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		_, ok := v.find(key)
		return !ok
	})
}

// behind is how old the evidence may be before alerts may be missing: as
// nothing-collected in the rules of watch.
const behind = 3 * time.Hour

// stale says that the evidence ends too long ago for the alerts to be trusted; ""
// when it does not, or when nobody watches.
func (v *View) stale() string {
	_, watched := v.raised()
	if !watched || v.now == nil {
		return ""
	}
	if v.asOf.IsZero() {
		return "Nothing was looked at yet, so nothing could raise an alert."
	}
	age := v.now().Sub(v.asOf)
	if age < behind {
		return ""
	}
	return fmt.Sprintf("The evidence ends %s ago. What happened since raised no alert here: see whether scimtrail watch still runs.", lasting(age))
}

func (v *View) showAlerts(r *http.Request) (*answer, error) {
	list, _ := v.raised()
	rows, watched := v.alertRows(false)
	from, to, p, err := cut(r, len(rows), 50, "alerts")
	if err != nil {
		return nil, err
	}
	page := struct {
		Open, Over []alertRow
		Pager      pager
		Watched    bool
		Stale      string
		Now        int // open ones, on all parts of the list
	}{Pager: p, Watched: watched, Stale: v.stale()}
	for i := range rows {
		if rows[i].Closed.IsZero() {
			page.Now++
		}
	}
	for _, row := range v.aim(rows[from:to]) {
		row.Events = v.held(row.Events[:min(len(row.Events), maxProof)])
		if row.Closed.IsZero() {
			page.Open = append(page.Open, row)
		} else {
			page.Over = append(page.Over, row)
		}
	}
	return &answer{template: "alerts", title: "Alerts", here: "/", data: page, json: func() any {
		return struct {
			Schema  string  `json:"schema"`
			Watched bool    `json:"watched"`
			Alerts  []Alert `json:"alerts"`
		}{"scimtrail/alerts/v1", watched, list}
	}, csv: func(w io.Writer) error {
		head := []string{"id", "rule", "title", "group", "opened", "closed", "summary", "occurrence", "severity", "state", "user", "silenced", "answer", "steps"}
		return writeCSV(w, head, func(yield func(...string) error) error {
			for _, a := range list {
				said := ""
				if a.Answer != nil {
					said = a.Answer.Summary
				}
				if err := yield(a.ID, a.Rule, a.Title, a.Group, stamp(a.Opened), stamp(a.Closed), a.Summary, number(int32(a.Occurrence)), a.Severity, a.State(), a.User, a.Silenced, said, strings.Join(a.Steps, " ")); err != nil {
					return err
				}
			}
			return nil
		})
	}}, nil
}
