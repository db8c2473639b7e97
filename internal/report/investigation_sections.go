package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func sortTimes(list []time.Time) { slices.SortFunc(list, time.Time.Compare) }

func (w *writer) people() []block {
	people := w.in.People
	if len(people.List) == 0 {
		return []block{{Para: text("The evidence holds no event that changes a membership. What that is worth depends on what was looked at: see " +
			"Expected against observed.")}}
	}
	var out []block
	for i := range people.List {
		h := &people.List[i]
		out = append(out, block{Sub: Clean(h.Label)})
		p := text(fmt.Sprintf("%s, with %s: %s, from %s to %s.", kindTitle(h.Kind), orUnknown(strings.Join(h.Clients, ", ")), h.counts(), dayOf(h.First), dayOf(h.Last)))
		if h.Basis != "" {
			p = append(p, text(sentence(" Judged by this: "+h.Basis))...)
		}
		out = append(out, block{Para: p}, block{Table: w.eventTable("Membership changes by "+h.Label, h.Events, "Who")})
		if h.More > 0 {
			out = append(out, block{Para: text(fmt.Sprintf("And %d earlier; evidence/membership-events.json holds all.", h.More))})
		}
	}
	if people.More > 0 {
		out = append(out, block{Para: text(fmt.Sprintf("And %d further callers.", people.More))})
	}
	return out
}

func kindTitle(kind string) string {
	switch kind {
	case "idp":
		return "Identity provider"
	case "person":
		return "A person"
	case "automation":
		return "Automation"
	case "connector":
		return "Governance connector"
	case "aws":
		return "AWS itself"
	}
	return "A caller that can't be told"
}

func orUnknown(s string) string {
	if s == "" {
		return "a client that the record does not name"
	}
	return s
}

// eventTable has one row an event. Columns named in without are left out: they
// would say the same in every row.
func (w *writer) eventTable(caption string, rows []EventRow, without ...string) *table {
	t := &table{Caption: Clean(caption)}
	head := []string{"Time", "What", "Who", "Group", "User", "Result", "Where", "Event"}
	keep := func(i int) bool { return !slices.Contains(without, head[i]) }
	for i := range head {
		if keep(i) {
			t.Head = append(t.Head, head[i])
		}
	}
	for _, r := range rows {
		moment := text("unknown")
		if r.Time != nil {
			moment = at(*r.Time)
		}
		result := text("done")
		if r.Error != nil {
			result = text(sentence("refused: " + strings.Trim(r.Error.Code+": "+r.Error.Message, ": ")))
			if r.Error.Meaning != "" {
				result = append(result, text(" "+r.Error.Meaning)...)
			}
		}
		by := r.Actor.Name
		if by == "" {
			by = kindWords(r.Actor.Kind)
		}
		if c := r.Actor.Client; c != "" {
			by += " (" + c + ")"
		}
		where := append(text(viaShort(r.Via)+" "), run{Text: Clean(r.Account), Kind: "place"}, run{Text: " "}, run{Text: Clean(r.Region), Kind: "place"})
		cells := []phrase{moment, append(text(r.What+" "), run{Text: Clean(r.Name), Kind: "id"}), text(by),
			entityPhrase(r.Group), entityPhrase(r.User), result, where, code(r.ID)}
		var row tableRow
		for i := range cells {
			if keep(i) {
				row.Cells = append(row.Cells, cells[i])
			}
		}
		if a := w.anchors[r.ID]; a != "" && !w.placed[a] {
			w.placed[a] = true
			row.ID = a
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// viaShort names a way in a table.
func viaShort(via string) string {
	switch via {
	case "scim":
		return "SCIM"
	case "api":
		return "API"
	case "console":
		return "console"
	case "sync":
		return "directory sync"
	}
	return "other"
}

func (w *writer) scim() []block {
	s := &w.in.SCIM
	out := []block{{Para: text("SCIM: " + s.words())}}
	if len(s.Calls) == 0 {
		return out
	}
	t := &table{Caption: "Calls over SCIM, reads included", Head: []string{"Call", "Client", "Token", "Succeeded", "Failed", "First", "Last"}}
	for _, c := range s.Calls {
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{code(c.Name), text(c.Client), code(c.Credential), number(c.Done), number(c.Failed), at(c.First), at(c.Last)}})
	}
	out = append(out, block{Table: t})
	if s.More > 0 {
		out = append(out, block{Para: text(fmt.Sprintf("And %d further kinds of calls.", s.More))})
	}
	return out
}

func (w *writer) sample() []block {
	s := w.in.Sample
	if s == nil {
		return nil
	}
	out := []block{{Para: w.events(text("This is "+s.Why+"; the rest was read in the same way."), []string{s.Event.ID})}}
	t := &table{Caption: "Key indicators", Facts: true, Head: []string{"Field", "Value", "What it tells"}}
	for _, m := range s.Marks {
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{code(m.Field), code(m.Value), text(m.Tells)}})
	}
	out = append(out, block{Table: t})
	if s.event != nil {
		out = append(out, block{Para: text("The record as it was logged:")}, block{Code: s.text()})
	}
	return out
}

func (w *writer) recentRows() []block {
	if len(w.in.Recent) == 0 {
		return nil
	}
	return []block{{Table: w.eventTable("The latest writes, newest first", w.in.Recent)}}
}

func (w *writer) causes() []block {
	if len(w.in.Causes) == 0 {
		return nil
	}
	t := &table{Caption: "Every cause that was weighed", Head: []string{"Status", "Cause", "Why", "What would settle it"}}
	for _, c := range w.in.Causes {
		var why phrase
		for i, r := range c.Because {
			if i > 0 {
				why = append(why, run{Text: " "})
			}
			why = append(why, w.events(text(r.Text), r.Events[:min(len(r.Events), 1)])...)
		}
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{status(c.Status), append(text(c.Title+" "), code(c.ID)...), why, text(strings.Join(c.Needs, " "))}})
	}
	return []block{{Table: t}}
}

func (w *writer) expected() []block {
	t := &table{Caption: "What a working chain shows, and what this evidence shows", Facts: true, Head: []string{"Step", "Expected", "Observed", "Result"}}
	for _, e := range w.in.Expected {
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{text(e.Step), text(e.Expected), w.events(text(sentence(e.Observed)), e.Events), status(e.Result)}})
	}
	return []block{{Table: t}}
}

func (w *writer) desired() []block {
	d := w.in.Desired
	if d == nil {
		return nil
	}
	t := &table{Caption: "Who should be in the group against who is", Facts: true, Head: []string{"Which", "How many", "Who"}}
	for _, row := range []struct {
		name string
		who  []string
	}{{"Wanted and there", d.There}, {"Wanted and missing", d.Missing}, {"Wanted, not known", d.Doubt}, {"There and not wanted", d.Extra}} {
		const shown = 25
		names := strings.Join(row.who[:min(len(row.who), shown)], ", ") + moreWords(len(row.who)-shown)
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{text(row.name), number(len(row.who)), text(names)}})
	}
	return []block{{Para: text(fmt.Sprintf("A table in the evidence says who should be in the group: %s.", plural(d.Wanted, "person", "people")))}, {Table: t}}
}

func (w *writer) groups() []block {
	g := w.in.Groups
	if len(g.List) == 0 {
		return []block{{Para: text(fmt.Sprintf("No other group is known to have members; %s known in all.", plural(g.Known, "group is", "groups are")))}}
	}
	t := &table{Caption: "Groups with members known to exist, the largest first", Head: []string{"Group", "Members", "How they came in"}}
	for _, x := range g.List {
		var ways []string
		for i, way := range x.How {
			if i == 5 {
				ways = append(ways, fmt.Sprintf("%d further ways", len(x.How)-i))
				break
			}
			ways = append(ways, way.words())
		}
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{entityPhrase(&x.Group), number(x.Members), text(strings.Join(ways, "; "))}})
	}
	out := []block{{Table: t}}
	if g.More > 0 {
		out = append(out, block{Para: text(fmt.Sprintf("And %d further groups.", g.More))})
	}
	return out
}

func (w *writer) steps(steps []Step) []block {
	if len(steps) == 0 {
		return []block{{Para: text("No step follows from this evidence.")}}
	}
	const shown = 30
	var out []block
	for i, s := range steps {
		if i == shown {
			out = append(out, block{Para: text(fmt.Sprintf("And %d more in report.json.", len(steps)-i))})
			break
		}
		lead := "Fetch: "
		if s.Kind == "fix" {
			lead = "Do " + whose(s.Who) + ": "
			if s.Who == "" {
				lead = "Do: "
			}
		}
		p := append(strong(fmt.Sprintf("%d. %s", i+1, lead)), text(s.Text)...)
		if s.For != "" {
			p = append(p, run{Text: " For "}, run{Text: Clean(s.For), Kind: "code"}, run{Text: "."})
		}
		out = append(out, block{Para: p})
		if s.Command != "" {
			out = append(out, block{Code: s.Command})
		}
	}
	return out
}

func (w *writer) queries() []block {
	in := w.in
	var out []block
	out = append(out, block{Sub: "What was searched"})
	if len(in.Queries) == 0 {
		out = append(out, block{Para: text("Nothing in the evidence says what was searched.")})
	} else {
		const shown = 60
		t := &table{Caption: "Ground that was looked at", Head: []string{"Account", "Region", "Event source", "From", "To", "Channel", "Complete"}}
		var commands []string
		for i, q := range in.Queries {
			if i == shown {
				t.Caption += fmt.Sprintf("; %d more in report.json", len(in.Queries)-i)
				break
			}
			account := q.Account
			if account == "" {
				account = "unknown"
			}
			t.Rows = append(t.Rows, tableRow{Cells: []phrase{text(account), text(q.Region), code(q.EventSource), at(q.From), at(q.To), text(q.Channel), status(q.Complete)}})
			if q.Command != "" && len(commands) < 20 {
				commands = append(commands, q.Command)
			}
		}
		out = append(out, block{Table: t})
		if len(commands) > 0 {
			out = append(out, block{Para: text("The same searches as commands:")}, block{Code: strings.Join(commands, "\n")})
		}
	}
	out = append(out, block{Sub: "What would close the gaps"})
	if len(in.Closing) == 0 {
		return append(out, block{Para: text("None is missing: SCIM, the API and the console were looked at over the whole time of the evidence, completely as far as their sources say.")})
	}
	return append(out, w.steps(in.Closing)...)
}

func (w *writer) accounts() []block {
	t := &table{Caption: "Writes and searches by account", Facts: true,
		Head: []string{"Account", "Regions", "SCIM", "API", "Console", "Other", "Failed", "Reads", "First and last", "Searched", "Callers"}}
	for _, a := range w.in.Accounts {
		account, times := a.Account, ""
		if account == "" {
			account = "unknown"
		}
		if a.First != nil {
			times = dayOf(*a.First) + " to " + dayOf(*a.Last)
		}
		searched := strings.Join(a.Searched, ", ")
		if searched == "" {
			searched = "nothing"
		}
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{code(account), text(strings.Join(a.Regions, ", ")), number(a.SCIM), number(a.API), number(a.Console),
			number(a.Other), number(a.Failed), number(a.Reads), text(times), text(searched), text(strings.Join(a.Callers, ", ") + moreWords(a.More))}})
	}
	return []block{{Table: t}}
}

func (w *writer) custody() []block {
	c := w.in.Custody
	const shown = 200
	t := &table{Caption: "What was read, as it was stored", Head: []string{"Path", "Kind", "Bytes", "SHA-256", "Taken"}}
	for i, in := range c.Inputs {
		if i == shown {
			t.Caption += fmt.Sprintf("; %d more in evidence/manifest.json", len(c.Inputs)-i)
			break
		}
		size, sum := "unknown", in.SHA256
		if in.Size != nil {
			size = fmt.Sprint(*in.Size)
		}
		var taken []string
		for _, k := range slices.Sorted(maps.Keys(in.Taken)) {
			taken = append(taken, fmt.Sprintf("%s %d", k, in.Taken[k]))
		}
		t.Rows = append(t.Rows, tableRow{Cells: []phrase{code(in.Path), text(in.Kind), text(size), code(sum), text(strings.Join(taken, ", "))}})
	}
	out := []block{{Table: t}}
	for _, s := range c.Seals {
		words := fmt.Sprintf("Signed digests of %s %s: ", s.Account, s.Region)
		if len(s.Proven) > 0 {
			words += "proven complete for " + strings.Join(s.Proven, ", ") + ". "
		} else {
			words += "nothing is proven. "
		}
		if n := len(s.Tampered); n > 0 {
			words += fmt.Sprintf("%s: %s%s. ", plural(n, "file is missing or not what was signed", "files are missing or not what was signed"), strings.Join(s.Tampered[:min(n, 5)], "; "), moreWords(n-5))
		}
		if len(s.Limits) > 0 {
			words += "Limits: " + strings.Join(s.Limits, "; ") + "."
		}
		out = append(out, block{Para: text(words)})
	}
	for _, n := range c.Notes {
		out = append(out, block{Para: text(n)})
	}
	if len(c.Unreadable) > 0 {
		t := &table{Caption: "What could not be read", Head: []string{"Path", "Why", "Lost"}}
		for i, l := range c.Unreadable {
			if i == shown {
				t.Caption += fmt.Sprintf("; %d more in evidence/manifest.json", len(c.Unreadable)-i)
				break
			}
			t.Rows = append(t.Rows, tableRow{Cells: []phrase{code(l.Path), text(l.Reason), text(l.Lost)}})
		}
		out = append(out, block{Table: t})
	}
	return append(out, block{Para: text("The records themselves stand in the folder evidence beside this report, byte for byte as they were read; evidence/manifest.json holds the SHA-256 of every input and of every file of the report.")})
}
