package watch

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// silentRule is scim-silent: by place, the beat that SCIM wrote in.
//
// A provider that pushes on change has no schedule, so a silence is measured
// against the pauses that SCIM made before, as package diagnose does; unlike
// there, a pause that was itself raised counts no more than what it was measured
// against, so that a tenant does not get used to an outage.
type silentRule map[string]beat

type beat struct {
	First, Last int64
	By          string  // who wrote last
	Read        int64   // when SCIM last read
	Failed      int     // writes that failed since
	Pauses      []pause // between bursts, looked at from end to end, the oldest first
	Longest     int64   // of the pauses that count; 0 before there is a rhythm
	Raised      bool
}

// pause is when it ended and how long it was, in seconds.
type pause struct{ End, Long int64 }

const (
	// burst joins calls that belong together (okta-sailpoint reference 11: a client
	// that polls calls every 40 minutes).
	burst = 60 * 60
	// maxPauses bounds what is remembered of a beat.
	maxPauses = 256
)

// limit returns how long a silence may be, 0 while there is no rhythm.
func (b *beat) limit(s *Settings) int64 {
	o := &s.Silent
	if len(b.Pauses) < o.Pauses || b.Last-b.First < o.SeenFor.seconds() {
		return 0
	}
	return max(int64(o.Times*float64(b.Longest)), o.AtLeast.seconds())
}

func (b *beat) learn(p pause, s *Settings) {
	b.Pauses = append(slices.Clip(b.Pauses), p)
	if n := len(b.Pauses); n > maxPauses {
		b.Pauses = slices.Clone(b.Pauses[n-maxPauses:])
	}
	recent := b.Pauses
	for len(recent) > s.Silent.Pauses && recent[0].End < p.End-s.Silent.Memory.seconds() {
		recent = recent[1:]
	}
	b.Longest = 0
	for _, p := range recent {
		b.Longest = max(b.Longest, p.Long)
	}
}

func (m *machine) silent(ev *Event) {
	if m.rules.Silent.Off || ev.What.Source != awsid.SourceSCIM {
		return
	}
	place := ev.Who.Place()
	b, known := m.Silent[place]
	switch {
	case ev.What.Reads && known && ev.Fail == nil:
		b.Read = ev.At
	case ev.What.Reads:
		return
	case ev.Fail != nil && known:
		b.Failed++
	case ev.Fail != nil:
		return
	default:
		if !known {
			b.First = ev.At
		} else if ev.At-b.Last > burst {
			m.ended(place, &b, ev)
		}
		b.Last, b.By, b.Failed = ev.At, ev.Who.Label, 0
	}
	m.Silent[place] = b
}

// ended closes a silence with the write that ended it, and learns from it.
func (m *machine) ended(place string, b *beat, ev *Event) {
	long, limit := ev.At-b.Last, b.limit(m.rules)
	m.hush(place, b, ev.At)
	if b.Raised {
		m.mend("scim-silent", place, ev.At, fmt.Sprintf("SCIM wrote again on %s: %s", moment(ev.At), ev.Who.Label))
		b.Raised = false
		long = min(long, limit)
	}
	// Where no source claims anything, events that were missed make pauses longer
	// than they were, which errs towards patience.
	if m.ground.until(place, awsid.SourceSCIM).IsZero() || m.ground.covers(place, awsid.SourceSCIM, time.Unix(b.Last, 0).UTC(), ev.Time()) {
		b.learn(pause{ev.At, long}, m.rules)
	}
}

// silence looks at all places without an event.
func (m *machine) silence(at int64) {
	if m.rules.Silent.Off {
		return
	}
	for place, b := range m.Silent {
		m.hush(place, &b, at)
		m.Silent[place] = b
	}
}

// hush raises scim-silent when a stretch without a write, looked at from end to
// end, is longer than the rhythm allows.
func (m *machine) hush(place string, b *beat, until int64) {
	limit := b.limit(m.rules)
	if limit == 0 || until-b.Last <= limit {
		return
	}
	for _, s := range m.ground.stretches(place, awsid.SourceSCIM, time.Unix(b.Last, 0).UTC(), time.Unix(until, 0).UTC()) {
		from, to := s.From.Unix(), s.To.Unix()
		if to-from <= limit {
			continue
		}
		m.raise("scim-silent", place, from+limit, func(a *Alert) { sayHush(a, place, b, from, to) })
		b.Raised = true
		return
	}
}

func sayHush(a *Alert, place string, b *beat, from, to int64) {
	at(a, place)
	a.Severity, a.Title, a.Actor = Critical, "SCIM fell silent", b.By
	a.Looked = []Looked{{awsid.SourceSCIM, a.Account, a.Region, time.Unix(from, 0).UTC(), time.Unix(to, 0).UTC()}}
	since := fmt.Sprintf("No SCIM write succeeded in %s since %s (by %s)", where(place), moment(b.Last), b.By)
	if from != b.Last {
		since = fmt.Sprintf("No SCIM write is known in %s since %s (by %s), and none succeeded since %s, when looking began again", where(place), moment(b.Last), b.By, moment(from))
	}
	a.Summary = fmt.Sprintf("%s: %s were looked at without a gap, until %s. The longest pause before was %s.", since, length(to-from), moment(to), length(b.Longest))
	if b.Failed > 0 {
		a.Summary += fmt.Sprintf(" It is not quiet: %s failed meanwhile.", count(b.Failed, "write"))
	} else if b.Read > b.Last+burst {
		a.Summary += fmt.Sprintf(" It still reads, last on %s, so its token works: it may have had nothing to write.", moment(b.Read))
		a.Severity = Warning
	}
	a.Steps = []string{
		"Look at the provisioning errors at the identity provider; in Entra ID, whether the job is in quarantine or paused.",
		"An expired token is a common reason (they live one year): make a second one in IAM Identity Center > Settings > Identity source > Manage provisioning, enter it at the identity provider, test the connection.",
	}
}

// length writes seconds as people say them.
func length(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	switch {
	case d >= 48*time.Hour:
		return count(int(math.Round(d.Hours()/24)), "day")
	case d >= 2*time.Hour:
		return count(int(math.Round(d.Hours())), "hour")
	}
	return count(max(1, int(math.Round(d.Minutes()))), "minute")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// moment writes a time for a sentence.
func moment(at int64) string { return time.Unix(at, 0).UTC().Format("2006-01-02 15:04 UTC") }
