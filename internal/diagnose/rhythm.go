package diagnose

import (
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// A client that pushes on change has no schedule, so silence is measured
// against its own pauses: how long was it ever silent before, while it worked?
const (
	// burst joins calls that belong together: one change at the identity provider
	// makes several calls within minutes, a polling client calls every 40 minutes
	// (okta-sailpoint reference 11).
	burst = time.Hour
	// fewestPauses is how many pauses make a rhythm. With n of them, a further
	// one longer than all before has a chance of 1 in n+1 if nothing changed.
	fewestPauses = 4
	// unusualTimes is how many times the longest pause a silence must last to
	// count as a stop rather than a long pause.
	unusualTimes = 2
	// week is how long a rhythm must have been seen to hold nights and weekends.
	week = 7 * 24 * time.Hour
)

// rhythm is how a client spread its calls over time.
type rhythm struct {
	first, last time.Time
	pauses      []time.Duration // between bursts, in order
}

func rhythmOf(events []*casefile.Event) rhythm {
	var r rhythm
	for _, ev := range events {
		if r.first.IsZero() {
			r.first = ev.Time
		} else if pause := ev.Time.Sub(r.last); pause > burst {
			r.pauses = append(r.pauses, pause)
		}
		r.last = ev.Time
	}
	return r
}

// longest and usual are the longest and the median pause; 0 without pauses.
func (r rhythm) longest() time.Duration {
	if len(r.pauses) == 0 {
		return 0
	}
	return slices.Max(r.pauses)
}

func (r rhythm) usual() time.Duration {
	if len(r.pauses) == 0 {
		return 0
	}
	sorted := slices.Clone(r.pauses)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
