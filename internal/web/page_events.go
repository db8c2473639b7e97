package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// eventRow is an event in a list.
type eventRow struct {
	Key                   string
	At                    time.Time
	Via, Name             string
	What                  string
	Who, Kind             string
	Group, User           *link
	Failed                bool
	Result                string
	Superseded, Read      bool
	Account, Region, Door string
}

func (v *View) eventRow(i int32) eventRow {
	ev, x := v.event(i), &v.lines[i]
	row := eventRow{Key: ev.Key, At: ev.Time, Via: report.Via(vias[x.via]), Name: ev.Name, What: report.What(ev), Who: ev.Actor.Label(), Kind: ev.Actor.Kind,
		Failed: x.is&failed != 0, Superseded: ev.Superseded, Read: x.is&reads != 0, Account: ev.Account, Region: ev.Region, Door: report.Door(ev.Source)}
	if s := at(v.groups, x.group); s != nil {
		row.Group = new(v.groupLink(s.entity))
	}
	if s := at(v.users, x.user); s != nil {
		row.User = new(v.userLink(s.entity))
	}
	if row.Failed {
		row.Result = v.failures[x.failure-1].code
		if row.Superseded {
			row.Result = ev.ErrorCode
		}
	}
	return row
}

const eventsAPage = 50

// eventsPage is a filtered list of events.
type eventsPage struct {
	*filter
	Rows     []eventRow
	Pager    pager
	Sources  []choice
	Kinds    []choice
	Outcomes []choice
	Callers  []string // to choose from
	About    string   // the meaning that is filtered by, in words
	Turn     string   // the same list the other way round
	Reach    []string
}

func (v *View) showEvents(r *http.Request) (*answer, error) {
	f, err := readFilter(r)
	if err != nil {
		return nil, err
	}
	found := v.match(f)
	from, to, p, err := cut(r, len(found), eventsAPage, "events")
	if err != nil {
		return nil, err
	}
	page := eventsPage{filter: f, Pager: p, Sources: sourceChoices, Kinds: kindChoices, Outcomes: outcomeChoices, Turn: with(r, "order", map[bool]string{true: "", false: "oldest"}[f.Oldest])}
	for _, i := range found[from:to] {
		page.Rows = append(page.Rows, v.eventRow(i))
	}
	page.Callers = v.busiest()
	for _, x := range v.failures {
		if f.Meaning != "" && x.id == f.Meaning {
			page.About = x.meaning
		}
	}
	for _, lane := range v.survey.Timeline.Lanes {
		page.Reach = append(page.Reach, lane.Name+": "+lane.Reach)
	}
	return &answer{template: "events", title: "Events", here: "/events", data: page,
		json: func() any { return report.EventsJSON(v.events(found), v.l) },
		csv:  func(w io.Writer) error { return report.EventsCSV(w, v.events(found), v.l) }}, nil
}

// busiest names those with most writes, for the filter to offer.
func (v *View) busiest() []string {
	list := slices.Clone(v.actors)
	slices.SortFunc(list, func(a, b caller) int { return b.writes - a.writes })
	var out []string
	for _, c := range list[:min(len(list), 30)] {
		if label := report.Clean(c.label); !slices.Contains(out, label) {
			out = append(out, label)
		}
	}
	return out
}

// eventPage is one event with its record.
type eventPage struct {
	eventRow
	Facts   []report.Count
	Refusal string
	Failure *failureRow
	Raw     string
	Cut     int // bytes of the record that are not shown
	Input   string
}

// maxRaw bounds the record on a page; the download has all of it.
const maxRaw = 64 << 10

func (v *View) showEvent(r *http.Request) (*answer, error) {
	key := r.URL.Query().Get("key")
	i, ok := v.find(key)
	if !ok {
		return nil, &errAbsent{"event", key}
	}
	ev := v.event(i)
	raw, err := v.records.record(i)
	if err != nil {
		return nil, err
	}
	p := eventPage{eventRow: v.eventRow(i), Refusal: report.Refusal(ev), Facts: eventFacts(ev, v.l), Input: v.c.Describe(ev.Input)}
	if f := v.lines[i].failure; f > 0 {
		p.Failure = new(v.failureRow(v.failures[f-1]))
	}
	p.Raw, p.Cut = readable(raw)
	return &answer{template: "event", title: "Event: " + report.Clean(ev.Name), here: "/events", data: p, raw: raw,
		csv: func(w io.Writer) error { return report.EventsCSV(w, []*casefile.Event{ev}, v.l) }}, nil
}

// readable lays a record out for reading, a cleaned line each.
func readable(raw []byte) (text string, cut int) {
	var b bytes.Buffer
	shown := raw[:min(len(raw), maxRaw)]
	cut = len(raw) - len(shown)
	if cut > 0 || json.Indent(&b, shown, "", "  ") != nil {
		b.Reset()
		b.Write(shown)
	}
	lines := strings.Split(b.String(), "\n")
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		lines[i] = line[:indent] + report.Clean(line[indent:])
	}
	return strings.Join(lines, "\n"), cut
}

func eventFacts(ev *casefile.Event, l *ledger.Ledger) []report.Count {
	var out []report.Count
	add := func(name, value string) {
		if value != "" {
			out = append(out, report.Count{Name: name, Value: value})
		}
	}
	add("Call", ev.Name)
	add("Event source", ev.Source)
	add("What it does", report.What(ev))
	add("Who", ev.Actor.Label()+", "+strings.ToLower(report.Kind(ev.Actor.Kind)))
	add("Judged by", ev.Actor.Basis)
	add("From address", ev.SourceIP)
	add("User agent", ev.UserAgent)
	add("Account", ev.Account)
	add("Region", ev.Region)
	add("Membership id", ev.Subject.Membership)
	add("Event id", ev.ID)
	if ev.Copies > 0 {
		add("Further copies", report.Counted(ev.Copies, "copy", "copies"))
	}
	if ev.Superseded {
		add("Superseded", "a later record replaces this one")
	}
	for _, p := range ev.Problems {
		add("Could not be read", p.Field+" "+p.Reason)
	}
	return out
}
