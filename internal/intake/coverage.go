package intake

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scan"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Margins of what one delivery can speak for. CloudTrail delivers within minutes,
// and promises nothing (cloudtrail reference 4.2).
const (
	// farthest is how far before its delivery an event may lie and still bring
	// forward the beginning of the ground; what is older was delivered late, and
	// the files around it are not here.
	farthest = 24 * time.Hour
	// usual is how long before its delivery the events of a file may begin that
	// can't be read: the hole that it leaves.
	usual = 15 * time.Minute
)

// enoughSources is how many event sources of one account and Region make a file
// unfiltered.
const enoughSources = 3

// ground gathers what the files of a source cover.
type ground struct {
	mu     sync.Mutex
	trees  map[casefile.Place]*tree
	covers []shown
	other  []string // log files whose records are not from where their name says
	broken bool     // the reading was not finished: nothing may be claimed
}

// shown is ground that the records of a file show by being there.
type shown struct {
	casefile.Cover
	rel string
}

// tree is the log files of one account and Region.
type tree struct {
	deliveries span.Span
	events     span.Span // of events that lie near their delivery; zero when there are none
	days       map[int64]bool
	holes      []span.Span
}

// add takes what one file of records held.
func (g *ground) add(e *Entry, p *scan.Profile, kind string, fit fitness) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.log {
		if (kind == kindLog || kind == kindRecords) && agrees(e.at, p) {
			g.deliver(e.at, e.delivered, p, fit)
			return
		}
		// What CloudTrail delivered under that name is not here.
		g.other = append(g.other, e.Rel)
		g.deliver(e.at, e.delivered, &scan.Profile{}, partial)
	}
	for i := range p.Places {
		for _, one := range coversOf(&p.Places[i], kind, fit, p.Crowded) {
			g.covers = append(g.covers, shown{one, e.Rel})
		}
	}
}

// missing notes a log file that is there and can't be read at all.
func (g *ground) missing(rel string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, delivered, ok := NameOf(rel); ok {
		g.deliver(at, delivered, &scan.Profile{}, partial)
	}
}

// agrees reports whether the records come from the account and Region that the
// name of their file says, as far as they say.
func agrees(at casefile.Place, p *scan.Profile) bool {
	for _, in := range p.Places {
		if in.Account != "" && in.Account != at.Account || in.Region != "" && in.Region != at.Region {
			return false
		}
	}
	return true
}

func (g *ground) deliver(at casefile.Place, delivered time.Time, p *scan.Profile, fit fitness) {
	t := g.trees[at]
	if t == nil {
		t = &tree{deliveries: span.Of(delivered, delivered), days: map[int64]bool{}}
		if g.trees == nil {
			g.trees = map[casefile.Place]*tree{}
		}
		g.trees[at] = t
	}
	t.deliveries = join(t.deliveries, span.Of(delivered, delivered))
	t.days[delivered.Unix()/86400] = true
	last := time.Time{}
	for _, in := range p.Places {
		near := span.Span{From: delivered.Add(-farthest), To: delivered.Add(farthest)}
		seen := span.Of(in.First, in.Last).Intersect(near)
		if in.First.IsZero() || seen.Empty() {
			continue
		}
		if last.Before(seen.To) {
			last = seen.To
		}
		if t.events.From.IsZero() {
			t.events = seen
		}
		t.events = join(t.events, seen)
	}
	if fit != whole {
		hole := span.Span{From: delivered.Add(-usual), To: delivered}
		if !last.IsZero() && last.Before(hole.From) {
			hole.From = last
		}
		t.holes = append(t.holes, hole)
	}
}

func join(a, b span.Span) span.Span {
	if b.From.Before(a.From) {
		a.From = b.From
	}
	if b.To.After(a.To) {
		a.To = b.To
	}
	return a
}

// coversOf is what one account and Region of a file covers that is no log file
// with its own name.
func coversOf(p *scan.Place, kind string, fit fitness, crowded bool) []casefile.Cover {
	if p.First.IsZero() {
		return nil
	}
	var covers []casefile.Cover
	if (kind == kindLog || kind == kindRecords) && unfiltered(p) {
		complete := casefile.Claimed
		if fit != whole || crowded {
			complete = casefile.Unknown
		}
		for _, source := range casefile.ManagementSources {
			covers = append(covers, casefile.Cover{Account: p.Account, Region: p.Region, Source: source, Span: span.Of(p.First, p.Last), Channel: channels[kindLog], Complete: complete})
		}
		return covers
	}
	for _, s := range p.Identity {
		if !s.First.IsZero() {
			covers = append(covers, casefile.Cover{Account: p.Account, Region: p.Region, Source: s.Source, Span: span.Of(s.First, s.Last), Channel: channels[kind], Complete: casefile.Unknown})
		}
	}
	return covers
}

// unfiltered reports whether the records of a place come from so many services
// that nobody can have asked for some of them only.
func unfiltered(p *scan.Place) bool {
	return len(p.Sources) >= enoughSources && slices.ContainsFunc(p.Sources, func(s string) bool { return !slices.Contains(casefile.ManagementSources, s) })
}

var channels = map[string]string{
	kindLog: "log-files", kindRecords: "records", kindLookup: "lookup-events", kindEventBridge: "eventbridge",
	kindMessages: "records", kindAthena: "athena", kindLake: "lake",
}

// cover adds the ground to the case. A whole log covers from its first delivery,
// or its first event where that is earlier, to its last delivery, as far as it was
// looked at. Of a file that collect kept the manifest says what was searched, and where
// that ends its records show nothing more: the last are from within the delivery lag.
func (g *ground) cover(b casefile.Sink, looked *Only, kept func(rel string) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var covers []casefile.Cover
	for _, one := range g.covers {
		if !kept(one.rel) {
			covers = append(covers, one.Cover)
		}
	}
	for at, t := range g.trees {
		all := t.deliveries
		if !t.events.From.IsZero() {
			all = join(all, t.events)
		}
		for _, part := range span.SetOf(t.holes...).Gaps(all) {
			for _, source := range casefile.ManagementSources {
				one := casefile.Cover{Account: at.Account, Region: at.Region, Source: source, Span: part, Channel: channels[kindLog], Complete: casefile.Claimed}
				if looked.clip(&one) {
					covers = append(covers, one)
				}
			}
		}
		if note := t.quietDays(); note != "" {
			b.Note(at.Account + " " + at.Region + ": " + note)
		}
	}
	for i := range covers {
		if g.broken {
			covers[i].Complete = casefile.Unknown
		}
	}
	b.Cover(covers...)
	if len(g.other) > 0 {
		slices.Sort(g.other)
		b.Note(counted(len(g.other), "1 file with the name of a log file does not hold", "%d files with the names of log files do not hold") +
			" the records of the account and Region that the name says (the first is " + g.other[0] + "); only what is seen there is covered")
	}
}

// quietDays says on which days between the first and the last delivery there is
// no log file.
func (t *tree) quietDays() string {
	first, last := t.deliveries.From.Unix()/86400, t.deliveries.To.Unix()/86400
	missing := last - first + 1 - int64(len(t.days))
	if missing <= 0 {
		return ""
	}
	day := func(n int64) string { return time.Unix(n*86400, 0).UTC().Format(time.DateOnly) }
	absent := first
	for t.days[absent] {
		absent++
	}
	return fmt.Sprintf("there is no log file of %s between %s and %s, the first of them %s; CloudTrail writes none when nothing happens, and a copy may leave some out",
		counted(int(missing), "1 day", "%d days"), day(first), day(last), day(absent))
}

// missingUnless notes the hole that a file leaves of which nothing was taken. The
// kind says whether add has seen it.
func (g *ground) missingUnless(rel, kind string) {
	if kind == kindUnreadable || kind == kindForeign {
		g.missing(rel)
	}
}
