package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Timeline sets the writes over SCIM, the API and the console side by side, with
// where each was looked at. Reads are left out.
type Timeline struct {
	From  *time.Time `json:"from,omitempty"`
	To    *time.Time `json:"to,omitempty"`
	Days  int        `json:"daysPerMark"`
	Lanes []Lane     `json:"lanes"`
}

// Lane is one way of writing.
type Lane struct {
	Via    string     `json:"via"`
	Name   string     `json:"name"`
	Reach  string     `json:"reach"`
	Done   int        `json:"done"`
	Failed int        `json:"failed"`
	First  *time.Time `json:"first,omitempty"`
	Last   *time.Time `json:"last,omitempty"`
	Bands  []Band     `json:"coverage"` // without overlap, by time; what none covers was not looked at
	Ticks  []Tick     `json:"marks"`
}

// Band is a stretch of time that was looked at.
type Band struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Complete string    `json:"complete"`
}

// Tick counts the writes of some days.
type Tick struct {
	From   time.Time `json:"from"` // midnight UTC
	Done   int       `json:"done"`
	Failed int       `json:"failed"`
}

// maxTicks bounds the marks of a lane.
const maxTicks = 72

var bucketDays = []int{1, 2, 3, 7, 14, 28, 91, 182, 364, 1820, 18200, 182000}

func (q *inquest) timeline() Timeline {
	t := Timeline{Days: 1, Lanes: []Lane{}}
	w, ok := q.window()
	if ok {
		t.From, t.To = new(midnightOf(w.From)), new(w.To.UTC())
		days := (w.To.Unix()-t.From.Unix())/daySeconds + 1
		for _, n := range bucketDays {
			t.Days = n
			if days <= int64(n*maxTicks) {
				break
			}
		}
	}
	// The console's clicks are logged under its own source and, by the newer
	// console, under the Identity Store's (cloudtrail reference 2.4).
	for _, lane := range []struct {
		via     ledger.Via
		name    string
		sources []string
	}{
		{ledger.SCIM, "SCIM", []string{awsid.SourceSCIM}},
		{ledger.API, "API", []string{awsid.SourceAPI}},
		{ledger.Console, "Console", []string{awsid.SourceConsole, awsid.SourceAPI}},
	} {
		t.Lanes = append(t.Lanes, q.lane(lane.via, lane.name, lane.sources))
	}
	for _, ev := range q.writes {
		if !cloudtrail.DirectorySource(ev.Source) {
			continue
		}
		via := actor.Via(&ev.Record)
		if i := slices.IndexFunc(t.Lanes, func(l Lane) bool { return l.Via == via }); i >= 0 {
			t.Lanes[i].note(ev, t.bucket(ev.Time))
		}
	}
	return t
}

// note counts a write; writes come by time.
func (l *Lane) note(ev *casefile.Event, bucket time.Time) {
	if n := len(l.Ticks); n == 0 || !l.Ticks[n-1].From.Equal(bucket) {
		l.Ticks = append(l.Ticks, Tick{From: bucket})
	}
	if l.First == nil {
		l.First = when(ev.Time)
	}
	l.Last = when(ev.Time)
	tick := &l.Ticks[len(l.Ticks)-1]
	if ev.Failed() {
		tick.Failed++
		l.Failed++
	} else {
		tick.Done++
		l.Done++
	}
}

// lane makes a lane without writes.
func (q *inquest) lane(via ledger.Via, name string, sources []string) Lane {
	l := Lane{Via: string(via), Name: name, Reach: q.reachWords(sources[0]), Bands: []Band{}, Ticks: []Tick{}}
	l.Bands = bandsOf(func(grade casefile.Completeness) span.Set {
		set := q.looked(sources[0], grade)
		for _, s := range sources[1:] {
			set = set.Intersect(q.looked(s, grade))
		}
		return set
	})
	return l
}

// bandsOf cuts what was looked at into stretches without overlap, each with the
// best grade that it has.
func bandsOf(looked func(casefile.Completeness) span.Set) []Band {
	bands := []Band{}
	var better span.Set
	for _, grade := range []casefile.Completeness{casefile.Proven, casefile.Claimed, casefile.Unknown} {
		set := looked(grade)
		for _, s := range set.Spans() {
			for _, part := range better.Gaps(s) {
				bands = append(bands, Band{part.From.UTC(), part.To.UTC(), grade.String()})
			}
		}
		better = better.Union(set)
	}
	slices.SortFunc(bands, func(a, b Band) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Complete, b.Complete))
	})
	return bands
}

// bucket returns the first midnight of the days that an instant belongs to.
func (t *Timeline) bucket(at time.Time) time.Time {
	if t.From == nil {
		return midnightOf(at)
	}
	size := int64(t.Days) * daySeconds
	n := (at.Unix() - t.From.Unix()) / size
	return time.Unix(t.From.Unix()+n*size, 0).UTC()
}

const daySeconds = 24 * 60 * 60

func midnightOf(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
