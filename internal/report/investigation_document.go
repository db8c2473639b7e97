package report

import (
	"fmt"
	"strings"
	"time"
)

// A document is the report laid out for reading: sections of blocks. Markdown
// and HTML are both made from it, so they say the same. Every text in it has
// been through Clean.
type (
	document struct {
		Title, Lead string // Lead is the finding's summary
		Status      string
		StatusWord  string
		Stamp       []Count
		Sections    []docSection
	}
	docSection struct {
		ID, Title string
		Blocks    []block
	}
	// block has one field set.
	block struct {
		Para    phrase
		Sub     string
		List    []phrase
		Ordered bool
		Table   *table
		Code    string
		Picture *picture
	}
	table struct {
		Caption string
		Head    []string
		Rows    []tableRow
		Facts   bool // the first column heads its row
	}
	tableRow struct {
		ID    string
		Cells []phrase
	}
	phrase []run
	run    struct {
		Text string
		Kind string // "", code, id, place, strong, status, time or link
		Ref  string // of a link: the id of the row that it leads to
	}
)

// writer lays a report out.
type writer struct {
	in      *Investigation
	anchors map[string]string // event id to the id of its row
	placed  map[string]bool
}

// document lays the report out in the order in which a person reads it: the
// answer, what it means, what it rests on, and what to do; the apparatus last.
func (in *Investigation) document() *document {
	w := &writer{in: in, anchors: map[string]string{}, placed: map[string]bool{}}
	anchor := func(rows []EventRow) {
		for _, r := range rows {
			if w.anchors[r.ID] == "" {
				w.anchors[r.ID] = fmt.Sprintf("event-%d", len(w.anchors)+1)
			}
		}
	}
	for _, h := range in.People.List {
		anchor(h.Events)
	}
	anchor(in.Recent)
	for _, s := range in.Subjects {
		anchor(s.Calls)
	}

	d := &document{Title: Clean(in.Title), Lead: Clean(in.Finding.Summary), Status: in.Finding.Status}
	if d.Status != "" {
		d.StatusWord = strings.ToUpper(d.Status[:1]) + d.Status[1:]
	}
	d.Stamp = w.stamp()
	add := func(id, title string, blocks ...[]block) {
		s := docSection{ID: id, Title: title}
		for _, b := range blocks {
			s.Blocks = append(s.Blocks, b...)
		}
		if len(s.Blocks) > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	add("finding", "The finding", w.finding())
	add("meaning", "What it means", paragraphs(in.Meaning))
	for i := range in.Subjects {
		s := &in.Subjects[i]
		add(s.Kind+"-in-question", "The "+s.Kind+" in question", w.subject(s))
	}
	add("hops", "Hop by hop", w.matrix())
	add("timeline", "Writes over time", w.timeline())
	add("evidence", "Evidence by event: who changed memberships", w.people())
	add("scim", "SCIM activity", w.scim())
	add("sample", "One event, read field by field", w.sample())
	add("recent", "Recent activity", w.recentRows())
	add("causes", "Causes", w.causes())
	add("expected", "Expected against observed", w.expected(), w.desired())
	add("groups", "Groups that do have members", w.groups())
	add("established", "What is established", w.statements(in.Established))
	add("not-established", "What is not established", w.statements(in.Open))
	add("next-steps", "Next steps", w.steps(in.Steps))
	add("queries", "Queries", w.queries())
	if len(in.Accounts) > 1 {
		add("accounts", "Account by account", w.accounts())
	}
	add("statistics", "Statistics", []block{{Table: facts("What was read and what is known", in.Statistics)}})
	add("inputs", "Inputs and chain of custody", w.custody())
	return d
}

func (w *writer) stamp() []Count {
	in := w.in
	var out []Count
	if in.Finding.Asked != "" {
		out = append(out, Count{"Asked", Clean(in.Finding.Asked)})
	}
	if in.AsOf != nil {
		out = append(out, Count{"Evidence ends", moment(*in.AsOf)})
	}
	if in.Generated != nil {
		out = append(out, Count{"Report made", moment(*in.Generated)})
	}
	if in.Program != "" {
		out = append(out, Count{"scimtrail", Clean(in.Program)})
	}
	if in.Redacted {
		out = append(out, Count{"Redacted", "people, addresses and ids are pseudonyms"})
	}
	return out
}

func text(s string) phrase   { return phrase{{Text: Clean(s)}} }
func code(s string) phrase   { return phrase{{Text: Clean(s), Kind: "code"}} }
func strong(s string) phrase { return phrase{{Text: Clean(s), Kind: "strong"}} }
func status(s string) phrase { return phrase{{Text: Clean(s), Kind: "status"}} }
func at(t time.Time) phrase  { return phrase{{Text: moment(t), Kind: "time"}} }
func on(t time.Time) phrase  { return phrase{{Text: dayOf(t), Kind: "time"}} }

// sentence ends text with a full stop unless it ends a sentence already.
func sentence(s string) string {
	s = strings.TrimRight(s, " ")
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…") || strings.HasSuffix(s, ":") {
		return s
	}
	return s + "."
}

func paragraphs(texts []string) []block {
	var out []block
	for _, t := range texts {
		out = append(out, block{Para: text(t)})
	}
	return out
}

func facts(caption string, counts []Count) *table {
	t := &table{Caption: caption, Facts: true, Head: []string{"What", "Value"}}
	for _, c := range counts {
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{text(c.Name), text(c.Value)}})
	}
	return t
}

// events appends the ids of events, linked to their rows.
func (w *writer) events(p phrase, keys []string) phrase {
	const shown = 3
	for i, k := range keys {
		if i == shown {
			return append(p, run{Text: fmt.Sprintf(" and %d more", len(keys)-i)})
		}
		lead := ", "
		if i == 0 {
			lead = " Events: "
			if len(keys) == 1 {
				lead = " Event: "
			}
			if len(p) == 0 {
				lead = ""
			}
		}
		p = append(p, run{Text: lead}, w.event(k))
	}
	return p
}

func (w *writer) event(key string) run {
	if a := w.anchors[key]; a != "" {
		return run{Text: Clean(key), Kind: "link", Ref: a}
	}
	return run{Text: Clean(key), Kind: "code"}
}

func (w *writer) statements(list []Statement) []block {
	if len(list) == 0 {
		return []block{{Para: text("Nothing.")}}
	}
	var items []phrase
	for _, s := range list {
		var p phrase
		if s.Status != "" {
			p = append(p, run{Text: s.Status, Kind: "status"}, run{Text: " "})
		}
		if s.Cause != "" {
			p = append(p, run{Text: Clean(s.Cause), Kind: "code"}, run{Text: ": "})
		}
		items = append(items, w.events(append(p, text(s.Text)...), s.Events))
	}
	return []block{{List: items}}
}

func (w *writer) finding() []block {
	f := w.in.Finding
	out := []block{{Para: strong(f.Summary)}}
	if f.Status != "" {
		out = append(out, block{Para: phrase{{Text: f.Status, Kind: "status"}, {Text: " "}, {Text: Clean(f.Cause), Kind: "code"}, {Text: ": " + Clean(f.Title) + "."}}})
	}
	if len(f.Near) > 0 {
		out = append(out, block{Para: text("Names like it in the evidence: " + strings.Join(f.Near, ", ") + ".")})
	}
	if len(f.Because) > 0 {
		out = append(out, w.statements(f.Because)...)
	}
	if f.First != nil {
		out = append(out, block{Para: append(strong("Do this first. "), text(f.First.Text)...)})
		if f.First.Command != "" {
			out = append(out, block{Code: f.First.Command})
		}
	}
	return out
}

func (w *writer) subject(s *Subjected) []block {
	out := []block{{Table: facts("What is known of the "+s.Kind, s.Facts)}}
	if len(s.Events) > 0 {
		out = append(out, block{Para: w.events(text("Made or deleted by these calls."), s.Events)})
	}
	if s.Snapshot != "" {
		out = append(out, block{Para: text(s.Snapshot)})
	}
	other, same := "User", "Group"
	if s.Kind == "user" {
		other, same = same, other
	}
	if len(s.Calls) > 0 {
		out = append(out, block{Table: w.eventTable("The latest writes that name this "+s.Kind+", newest first", s.Calls, same)})
	} else {
		out = append(out, block{Para: text("No write in the evidence names this " + s.Kind + ".")})
	}
	if len(s.Members) == 0 {
		return append(out, block{Para: text("The evidence names no membership of this " + s.Kind + ", past or present.")})
	}
	if p := drawMembers(s, &w.in.Timeline, w.in.AsOf); p != nil {
		out = append(out, block{Picture: p})
		if n := len(s.Members) + s.More - maxBars; n > 0 {
			out = append(out, block{Para: text(fmt.Sprintf("And %d more that the picture leaves out.", n))})
		}
	}
	t := &table{Caption: "Memberships, present ones first", Head: []string{other, "State", "Came in", "Went", "Events"}}
	for _, m := range s.Members {
		went := m.Went
		if m.Periods > 1 {
			came := plural(m.Periods-1, "earlier time", "earlier times")
			went = strings.TrimSpace(went + " (" + came + " in report.json)")
		}
		var keys []string
		for _, p := range m.Spans {
			for _, o := range []*originDoc{p.Began, p.Ended} {
				if o != nil {
					keys = append(keys, o.Events...)
				}
			}
		}
		e := m.User
		if s.Kind == "user" {
			e = m.Group
		}
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{entityPhrase(&e), status(m.State), text(m.Came), text(went), w.events(nil, keys)}})
	}
	out = append(out, block{Table: t})
	if s.More > 0 {
		out = append(out, block{Para: text(fmt.Sprintf("And %d more; scimtrail ledger lists all.", s.More))})
	}
	return out
}

func entityPhrase(e *entityDoc) phrase {
	switch {
	case e == nil || e.ID == "" && e.Name == "":
		return nil
	case e.Name == "" || e.Name == e.ID:
		return code(e.ID)
	case e.ID == "":
		return text(e.Name)
	}
	return append(text(e.Name+" "), run{Text: Clean(e.ID), Kind: "id"})
}

func (w *writer) timeline() []block {
	t := &w.in.Timeline
	p := drawTimeline(t)
	if p == nil {
		return nil
	}
	out := []block{{Picture: p}}
	sums := &table{Caption: "The same in words", Head: []string{"Way", "Succeeded", "Failed", "First", "Last", "Looked at"}}
	for _, l := range t.Lanes {
		var first, last phrase
		if l.First != nil && l.Last != nil {
			first, last = on(*l.First), on(*l.Last)
		}
		sums.Rows = append(sums.Rows, tableRow{Cells: []phrase{text(l.Name), number(l.Done), number(l.Failed), first, last, text(l.Reach)}})
	}
	caption := "Writes by day, reads left out"
	if t.Days > 1 {
		caption = fmt.Sprintf("Writes by stretches of %d days, reads left out", t.Days)
	}
	out = append(out, block{Table: sums})
	if days := w.days(caption, t); len(days.Rows) > 0 {
		out = append(out, block{Table: days})
	}
	return out
}

// days is the picture's table of numbers: one row a mark, at most thirty.
func (w *writer) days(caption string, t *Timeline) *table {
	const shown = 30
	out := &table{Caption: caption, Head: []string{"From"}}
	type counts struct{ done, failed int }
	by := map[time.Time][]counts{}
	var order []time.Time
	for i, l := range t.Lanes {
		out.Head = append(out.Head, l.Name)
		for _, k := range l.Ticks {
			if by[k.From] == nil {
				by[k.From] = make([]counts, len(t.Lanes))
				order = append(order, k.From)
			}
			by[k.From][i] = counts{k.Done, k.Failed}
		}
	}
	sortTimes(order)
	if n := len(order) - shown; n > 0 {
		out.Caption += fmt.Sprintf("; the latest %d of %d, all in report.json", shown, len(order))
		order = order[n:]
	}
	for _, from := range order {
		row := tableRow{Cells: []phrase{on(from)}}
		for _, c := range by[from] {
			cell := fmt.Sprint(c.done)
			if c.failed > 0 {
				cell += fmt.Sprintf(" and %d failed", c.failed)
			}
			row.Cells = append(row.Cells, text(cell))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func number(n int) phrase { return text(fmt.Sprint(n)) }
