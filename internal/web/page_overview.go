package web

import (
	"html/template"
	"io"
	"net/http"
	"time"

	"encoding/csv"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/report"
)

// overviewPage is the answers that somebody wants first.
type overviewPage struct {
	Pulse      pulse
	Failures   []failureRow // the latest
	Failed     int          // failed writes
	Kinds      int          // of failures
	Hands      []handRow
	ByHand     int // membership changes by people
	People     int
	Still      int        // kinds that stand: the latest write failed so
	Blind      bool       // there is no call, and nobody says to have looked for one: a count says nothing
	Alerts     []alertRow // the most urgent that are open
	MoreAlerts int
	Open       int // alerts
	Watched    bool
	Stale      string // why the alerts may be behind; "" when they are not
	Finding    string
	Chart      *writesChart
	Picture    template.HTML
	Unsaid     []report.Statement // what the evidence does not say
	MoreUnsaid int
	Statistics []report.Count
	Losses     int
}

// NoMood is that of what nobody would have seen.
func (overviewPage) NoMood() mood { return open }

type handRow struct {
	report.Hand
	Href string
}

func (h handRow) Counts() string { return h.Said() }

// hands, statements of what is not said, and open alerts that are shown.
const (
	maxHands  = 8
	maxUnsaid = 6
	maxUrgent = 4
)

func (v *View) overview(r *http.Request) (*answer, error) {
	p := overviewPage{Pulse: v.pulse, Finding: v.survey.Finding.Summary, Kinds: len(v.failures), Losses: len(v.c.Unreadable), Blind: len(v.lines) == 0 && len(v.c.Coverage) == 0}
	for _, f := range v.failures {
		p.Failed += f.writes
		if f.open {
			p.Still++
		}
	}
	for _, f := range v.failures[:min(len(v.failures), 5)] {
		p.Failures = append(p.Failures, v.failureRow(f))
	}
	for i := range v.survey.People.List {
		h := &v.survey.People.List[i]
		if h.Kind == actor.Person {
			p.People++
			p.ByHand += h.Added + h.Removed
		}
		if len(p.Hands) < maxHands && h.Kind != actor.IDP {
			p.Hands = append(p.Hands, handRow{*h, "/events?kind=" + urlQuery(h.Kind) + "&actor=" + urlQuery(h.Label)})
		}
	}
	urgent, watched := v.alertRows(true)
	p.Watched, p.Open, p.Stale = watched, len(urgent), v.stale()
	p.Alerts = v.aim(urgent[:min(len(urgent), maxUrgent)])
	p.MoreAlerts = len(urgent) - len(p.Alerts)
	p.Chart = v.writesChart()
	picture, err := report.TimelinePicture(&v.survey.Timeline)
	if err != nil {
		return nil, err
	}
	p.Picture = picture
	p.Unsaid = v.survey.Open[:min(len(v.survey.Open), maxUnsaid)]
	p.MoreUnsaid = len(v.survey.Open) - len(p.Unsaid)
	p.Statistics = v.survey.Statistics
	return &answer{template: "overview", title: "Overview", here: "/", data: p, chart: p.Chart != nil, json: func() any { return v.overviewJSON() }, csv: v.daysCSV}, nil
}

// overviewJSON is scimtrail/overview/v1.
func (v *View) overviewJSON() any {
	type dayDoc struct {
		Day    string         `json:"day"`
		Done   map[string]int `json:"done"`
		Failed map[string]int `json:"failed"`
	}
	days := make([]dayDoc, len(v.days))
	for i, d := range v.days {
		days[i] = dayDoc{time.Unix(d.at, 0).UTC().Format(time.DateOnly), map[string]int{}, map[string]int{}}
		for via := 1; via < 4; via++ {
			days[i].Done[vias[via]], days[i].Failed[vias[via]] = int(d.done[via]), int(d.fail[via])
		}
	}
	errors := []any{}
	for _, f := range v.failures {
		errors = append(errors, v.failureDoc(f))
	}
	alerts, watched := v.raised()
	doc := struct {
		Schema     string              `json:"schema"`
		AsOf       *time.Time          `json:"asOf,omitempty"`
		SCIM       report.SCIMActivity `json:"scim"`
		State      mood                `json:"scimState"`
		Says       string              `json:"scimSays"`
		Errors     []any               `json:"errors"`
		People     report.Hands        `json:"people"`
		Alerts     []Alert             `json:"alerts"`
		Watched    bool                `json:"watched"`
		Days       []dayDoc            `json:"days"`
		Open       []report.Statement  `json:"notEstablished"`
		Statistics []report.Count      `json:"statistics"`
	}{
		"scimtrail/overview/v1", moment(v.asOf), v.survey.SCIM, v.pulse.Mood, v.pulse.Head + " " + v.pulse.Says, errors, v.survey.People, alerts, watched,
		days, v.survey.Open, v.survey.Statistics,
	}
	return doc
}

// moment is a time for JSON, nil when it is not known.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// daysCSV writes the timeline, a line a day.
func (v *View) daysCSV(w io.Writer) error {
	return writeCSV(w, []string{"day", "scim_done", "scim_failed", "api_done", "api_failed", "console_done", "console_failed"}, func(yield func(...string) error) error {
		for _, d := range v.days {
			if err := yield(time.Unix(d.at, 0).UTC().Format(time.DateOnly), number(d.done[1]), number(d.fail[1]), number(d.done[2]), number(d.fail[2]), number(d.done[3]), number(d.fail[3])); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeCSV writes lines whose cells are made safe for spreadsheets.
func writeCSV(w io.Writer, head []string, lines func(func(...string) error) error) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(head); err != nil {
		return err
	}
	err := lines(func(cells ...string) error {
		for i := range cells {
			cells[i] = report.Cell(cells[i])
		}
		return out.Write(cells)
	})
	if err != nil {
		return err
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
