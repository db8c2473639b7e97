package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Lag is how long before its newest record a table speaks for all: CloudTrail
// delivers every five minutes or so, in no order (cloudtrail reference 4.2).
const Lag = 15 * time.Minute

// enoughSources is how many event sources make the records of an account and
// Region unfiltered, as in a folder of log files.
const enoughSources = 3

// answer takes the rows of statements and keeps what ground they show.
type answer struct {
	sink    casefile.Sink
	input   int
	query   live.Query
	channel string
	path    string
	places  map[casefile.Place]*ground
	damaged int64 // rows that hold no record
	lost    int   // identity records that could not be read
}

// ground is what a table holds of one account and Region.
type ground struct {
	seen    span.Span // of all records
	days    map[day]bool
	foreign int // sources of other services, at least
	sources map[string]span.Span
}

var errAnswer = errors.New("the answer has not the columns that were asked for")

// row takes one row, whose cells are those of Columns; null is "".
func (a *answer) row(cells []string) error {
	if len(cells) != len(Columns) {
		return errAnswer
	}
	account, region, on, source, record := cells[0], cells[1], cells[2], cells[3], cells[4]
	n, err := strconv.ParseInt(cells[7], 10, 64)
	if err != nil || n < 1 {
		return errAnswer
	}
	foreign, err := strconv.Atoi(cells[8])
	if err != nil {
		return errAnswer
	}
	if source == noRecord {
		a.damaged += n
		return nil
	}
	a.sink.Records(a.input, int(n))
	if p := a.query.Progress; p != nil {
		p.Records.Add(n)
	}
	first, _ := cloudtrail.ParseTime(cells[5])
	last, _ := cloudtrail.ParseTime(cells[6])
	a.ground(casefile.Place{Account: account, Region: region}, source, foreign, span.Span{From: first, To: last})
	if record == "" {
		return nil
	}
	rec, err := cloudtrail.Decode([]byte(record))
	switch {
	case err == nil && !cloudtrail.Concerns(rec.Source, rec.Name), err == nil && !rec.Time.IsZero() && !a.asked(rec.Time):
		return nil // the SQL asks for a little more than is wanted
	case err == nil:
		err = a.sink.Record(a.input, rec.Raw)
	}
	if err != nil {
		a.lost++
		a.sink.Unreadable(casefile.Loss{Path: a.path, Reason: fmt.Sprintf("a row of %s: %v", cmp.Or(on, "an unknown day"), err), Lost: "the record"})
		return nil
	}
	if p := a.query.Progress; p != nil {
		p.Identity.Add(1)
	}
	return nil
}

func (a *answer) asked(t time.Time) bool {
	during := a.query.Span
	return !t.Before(during.From.Truncate(time.Second)) && (during.To.IsZero() || !t.After(during.To))
}

func (a *answer) ground(at casefile.Place, source string, foreign int, seen span.Span) {
	if seen.From.IsZero() || seen.To.IsZero() {
		return
	}
	g := a.places[at]
	if g == nil {
		g = &ground{seen: seen, days: map[day]bool{}, sources: map[string]span.Span{}}
		a.places[at] = g
	}
	g.seen = join(g.seen, seen)
	g.days[dayOf(seen.From)] = true // a row is of one day
	g.foreign = max(g.foreign, foreign)
	if source != "" {
		if known, ok := g.sources[source]; ok {
			seen = join(known, seen)
		}
		g.sources[source] = seen
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

// finish states the ground, once everything asked for was read. registered is
// [Table.Registered].
func (a *answer) finish(registered bool) {
	complete := casefile.Claimed
	if a.damaged > 0 {
		a.sink.Unreadable(casefile.Loss{Path: a.path, Reason: "rows of the table hold no record", Lost: counted(a.damaged, "1 row", "%d rows")})
	}
	if a.damaged > 0 || a.lost > 0 {
		complete = casefile.Unknown
	}
	var filtered []string
	for _, at := range a.sorted() {
		g := a.places[at]
		if at.Account == "" || at.Region == "" {
			continue
		}
		if g.foreign < 1 || g.foreign+len(g.sources) < enoughSources {
			filtered = append(filtered, at.Account+" "+at.Region)
			for source, seen := range g.sources {
				if part := seen.Intersect(span.Span{From: a.query.Span.From, To: a.query.Until()}); !part.Empty() {
					a.sink.Cover(casefile.Cover{Account: at.Account, Region: at.Region, Source: source, Span: part, Channel: a.channel, Complete: casefile.Unknown})
				}
			}
			continue
		}
		for _, part := range a.walked(g, registered) {
			for _, source := range casefile.ManagementSources {
				a.sink.Cover(casefile.Cover{Account: at.Account, Region: at.Region, Source: source, Span: part, Channel: a.channel, Complete: complete})
			}
		}
		if note := g.quiet(registered); note != "" {
			a.sink.Note(at.Account + " " + at.Region + ": " + note)
		}
	}
	if len(filtered) > 0 {
		a.sink.Note(a.path + " holds records of so few services from " + strings.Join(shorten(filtered), ", ") + " that they may have been chosen; only what is seen there is covered")
	}
	a.absent()
}

// walked returns the spans of the asked time that the table speaks for: from the
// first record, or the asked beginning where that is later, to Lag before the
// newest.
func (a *answer) walked(g *ground, registered bool) []span.Span {
	asked := span.Span{From: a.query.Span.From, To: a.query.Until()}
	if lag := a.query.Clock().Add(-Lag); lag.Before(asked.To) {
		asked.To = lag
	}
	all := span.Span{From: g.seen.From, To: g.seen.To.Add(-Lag)}.Intersect(asked)
	if all.Empty() {
		return nil
	}
	if !registered {
		return []span.Span{all}
	}
	var holes []span.Span
	for d := dayOf(all.From); d <= dayOf(all.To); d++ {
		if !g.days[d] {
			holes = append(holes, span.Span{From: d.start().Add(-time.Second), To: (d + 1).start()})
		}
	}
	if len(holes) == 0 {
		return []span.Span{all}
	}
	return span.SetOf(holes...).Gaps(all)
}

// quiet says on which days between the first and the last record there is none.
func (g *ground) quiet(registered bool) string {
	first, last := dayOf(g.seen.From), dayOf(g.seen.To)
	missing := int64(last-first) + 1 - int64(len(g.days))
	if missing <= 0 {
		return ""
	}
	absent := first
	for g.days[absent] {
		absent++
	}
	why := "an account may be quiet for a day, and a table may lack one"
	if registered {
		why = "the table's partitions are registered one by one, so these days count as not searched"
	}
	return fmt.Sprintf("the table holds no record of %s between %s and %s, the first of them %s; %s", counted(missing, "1 day", "%d days"), first, last, absent, why)
}

// absent says when nothing is there of what was asked.
func (a *answer) absent() {
	want := a.query.Place
	for at := range a.places {
		if (want.Account == "" || at.Account == want.Account) && (want.Region == "" || at.Region == want.Region) {
			return
		}
	}
	where := ""
	if want.Account != "" {
		where += " of account " + want.Account
	}
	if want.Region != "" {
		where += " in " + want.Region
	}
	a.sink.Note(a.path + " holds no record at all" + where + " in the asked time, so nothing is covered by it")
}

func (a *answer) sorted() []casefile.Place {
	return slices.SortedFunc(maps.Keys(a.places), func(x, y casefile.Place) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Region, y.Region))
	})
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

func shorten(list []string) []string {
	if len(list) <= 5 {
		return list
	}
	return append(slices.Clone(list[:5]), fmt.Sprintf("and %d more", len(list)-5))
}
