package actor

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// When a rhythm is steady. All four must hold. The numbers are ours and lean to
// no: a person with a script who is taken for a connector turns an answer
// round, a connector that is taken for a script only makes it vaguer.
const (
	// minCalls: fewer writes are one afternoon's clean-up.
	minCalls = 20
	// minDays: a clean-up by hand is over within a working week of five days
	// at most; a connector has no last day.
	minDays = 5
	// maxDayShare: when one day has more than half of all writes, the rest is
	// the tail of one event.
	maxDayShare = 0.5
	// restDays: the longest silence between two active days, in days: a weekend
	// with a holiday on each side. A job that runs once a week is regular too,
	// so the silence may also be as long as twice the usual one.
	restDays = 5
)

// Rhythm is how each principal spreads its writes over days. It holds one Pace
// for each principal and client, whatever the number of records, and does not
// change.
type Rhythm struct {
	paces map[writer]Pace
}

// writer is who writes with what: one role may be used by a product and, with
// the AWS CLI, by the people who look after it.
type writer struct {
	account, principal, token string
}

// LearnRhythm reads all records once. Only dated writes to the three directory
// sources count, refused ones included: a program that is refused is still a
// program. Sessions that bear a person's name and roles of Identity Center are
// left out. The order of the records makes no difference.
func LearnRhythm(records iter.Seq[cloudtrail.Record]) *Rhythm {
	r := &Rhythm{paces: map[writer]Pace{}}
	if records == nil {
		return r
	}
	days := map[writer]map[int64]int{} // day since 1970 in UTC → writes
	for rec := range records {
		if rec.ReadOnly || rec.Time.IsZero() || !cloudtrail.DirectorySource(rec.Source) {
			continue
		}
		w, ok := writerOf(&rec)
		if !ok {
			continue
		}
		if days[w] == nil {
			days[w] = map[int64]int{}
		}
		days[w][dayOf(rec.Time)]++
	}
	for w, active := range days {
		r.paces[w] = paceOf(active)
	}
	return r
}

func writerOf(rec *cloudtrail.Record) (writer, bool) {
	c := callerOf(rec)
	if c.principal == "" || c.class != role && c.class != iamUser {
		return writer{}, false
	}
	token, _ := product(rec.UserAgent)
	// A user and a role of one name are two.
	return writer{c.owner, strconv.Itoa(int(c.class)) + " " + c.principal, token}, true
}

// Of returns the pace of the principal and client behind a call; the zero Pace
// when nothing is known of it.
func (r *Rhythm) Of(rec *cloudtrail.Record) Pace {
	if r == nil || rec == nil {
		return Pace{}
	}
	w, ok := writerOf(rec)
	if !ok {
		return Pace{}
	}
	return r.paces[w]
}

// Pace measures the writes of one principal with one client.
type Pace struct {
	Calls   int       // writes
	Days    int       // days (UTC) with at least one
	First   time.Time // the first of them, at midnight
	Last    time.Time
	Busiest int // most writes on one day
	Silence int // days from one active day to the next: the longest
	Usual   int // and the usual (median, the lower of two)
}

func paceOf(days map[int64]int) Pace {
	active := slices.Sorted(maps.Keys(days))
	p := Pace{Days: len(active), First: midnight(active[0]), Last: midnight(active[len(active)-1])}
	for _, n := range days {
		p.Calls += n
		p.Busiest = max(p.Busiest, n)
	}
	var gaps []int
	for i := 1; i < len(active); i++ {
		gaps = append(gaps, int(active[i]-active[i-1]))
	}
	if len(gaps) > 0 {
		slices.Sort(gaps)
		p.Silence, p.Usual = gaps[len(gaps)-1], gaps[(len(gaps)-1)/2]
	}
	return p
}

// Steady reports whether the writes are spread as a program's that runs day
// after day (or week after week): at least 20 writes on at least 5 days, no day
// with more than half of them, and no silence longer than 5 days or twice the
// usual one.
func (p Pace) Steady() bool {
	return p.Calls >= minCalls &&
		p.Days >= minDays &&
		float64(p.Busiest) <= maxDayShare*float64(p.Calls) &&
		p.Silence <= max(restDays, 2*p.Usual)
}

// String says it in words: "50 writes on 8 days from 2025-11-07 to 2025-11-14".
func (p Pace) String() string {
	switch {
	case p.Calls == 0:
		return "no dated write"
	case p.Days == 1:
		return fmt.Sprintf("%s on %s", count(p.Calls, "write"), p.First.Format(time.DateOnly))
	}
	return fmt.Sprintf("%s on %s from %s to %s", count(p.Calls, "write"), count(p.Days, "day"), p.First.Format(time.DateOnly), p.Last.Format(time.DateOnly))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

const day = 24 * 60 * 60 // seconds

func dayOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= day - 1 // round down, not towards 1970
	}
	return s / day
}

func midnight(n int64) time.Time { return time.Unix(n*day, 0).UTC() }
