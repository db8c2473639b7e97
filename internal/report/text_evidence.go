package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// evidence writes what was looked at and what could not be read.
func (p *page) evidence(e *Evidence) {
	p.heading("What was looked at")
	s := e.Statistics
	line := fmt.Sprintf("%s, %s, %s about identities", plural(s.Files, "input"), plural(s.Records, "CloudTrail record"), ofThem(s.IdentityEvents+s.Duplicates, s.Records))
	if s.Duplicates > 0 {
		line += fmt.Sprintf(", %s merged", plural(s.Duplicates, "copy", "copies"))
	}
	p.item(line + ".")
	for _, line := range coverageLines(e.Coverage) {
		p.item(line)
	}
	for _, line := range e.Listings {
		p.item(line)
	}
	for _, line := range e.Providers {
		p.item(line)
	}
	if s.Undated > 0 {
		p.item(fmt.Sprintf("%s no readable time and could not be placed.", plural(s.Undated, "event has", "events have")))
	}
	if e.Unread != "" {
		p.item(e.Unread)
	}
	for _, n := range e.Notes {
		p.item(strings.TrimSuffix(n, ".") + ".")
	}
	if len(e.Unreadable) > 0 {
		p.heading("Not read")
		const shown = 20
		for i, l := range e.Unreadable {
			if i == shown {
				p.item(fmt.Sprintf("and %d more", len(e.Unreadable)-i))
				break
			}
			text := l.Path + ": " + l.Reason
			if l.Lost != "" {
				text += " (lost: " + l.Lost + ")"
			}
			p.item(text)
		}
	}
}

// unreadFields says which fields of the events could not be read, and how often.
func unreadFields(c *casefile.Case) string {
	counts := map[string]int{}
	events := 0
	for _, list := range [][]casefile.Event{c.Events, c.Undated} {
		for i := range list {
			for _, problem := range list[i].Problems {
				counts[problem.Field]++
			}
			if len(list[i].Problems) > 0 {
				events++
			}
		}
	}
	if events == 0 {
		return ""
	}
	fields := slices.Sorted(maps.Keys(counts))
	for i, f := range fields {
		fields[i] = fmt.Sprintf("%s (%d)", f, counts[f])
	}
	return fmt.Sprintf("%s fields that could not be read, each named in the events' JSON: %s.",
		plural(events, "event has", "events have"), strings.Join(fields, ", "))
}

// coverageLines says what was searched, one line an account, Region and grade.
func coverageLines(cov casefile.Coverage) []string {
	type key struct{ place, span, how string }
	var order []key
	sources := map[key][]string{}
	for _, x := range cov {
		place := x.Account
		if place == "" {
			place = "an unknown account"
		}
		if x.Region != "" {
			place += " " + x.Region
		}
		k := key{place, x.Span.From.UTC().Format("2006-01-02 15:04") + " to " + x.Span.To.UTC().Format("2006-01-02 15:04"),
			fmt.Sprintf("%s, completeness %s", x.Channel, x.Complete)}
		if sources[k] == nil {
			order = append(order, k)
		}
		sources[k] = append(sources[k], strings.TrimSuffix(x.Source, ".amazonaws.com"))
	}
	var out []string
	for _, k := range order {
		out = append(out, fmt.Sprintf("%s, %s: %s (%s)", k.place, k.span, strings.Join(sources[k], ", "), k.how))
	}
	return out
}

// ofThem says how many of a number of things are meant.
func ofThem(some, all int) string {
	switch {
	case all == 0 || some == 0:
		return "none"
	case some >= all:
		return "all"
	}
	return fmt.Sprintf("%d of them", some)
}

// clockLines says when the listings were taken and how that is known, one line a
// kind of knowing (design ruling 6).
func clockLines(snapshots []directory.Snapshot) []string {
	type group struct {
		n           int
		first, last time.Time
	}
	by := map[directory.Clock]*group{}
	for i := range snapshots {
		s := &snapshots[i]
		g := by[s.Clock]
		if g == nil {
			g = &group{first: s.Taken()}
			by[s.Clock] = g
		}
		g.n++
		if t := s.Taken(); t.Before(g.first) {
			g.first = t
		}
		if t := s.Taken(); t.After(g.last) {
			g.last = t
		}
	}
	var out []string
	for _, clock := range []directory.Clock{directory.ClockManifest, directory.ClockContent, directory.ClockFile, directory.ClockUnknown} {
		g := by[clock]
		if g == nil {
			continue
		}
		between := moment(g.first)
		if !g.first.Equal(g.last) {
			between += " to " + moment(g.last)
		}
		how := "taken at an unknown time"
		switch clock {
		case directory.ClockManifest:
			how = fmt.Sprintf("taken at the time that the manifest says (%s)", between)
		case directory.ClockContent:
			how = fmt.Sprintf("taken after the newest time inside (%s)", between)
		case directory.ClockFile:
			how = "taken at a time that only the files' own dates tell, which a copy does not keep"
		}
		out = append(out, fmt.Sprintf("%s of an identity store, %s.", plural(g.n, "listing"), how))
	}
	return out
}
