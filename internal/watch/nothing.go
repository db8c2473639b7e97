package watch

import (
	"fmt"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// nothingRule is the part of nothing-collected that the evidence itself shows: by
// place where SCIM was seen, until when it was looked at.
type nothingRule map[string]looking

type looking struct {
	Until  int64
	Raised bool
}

// lag is how far what was looked at may lag behind, 0 when that can't be said. Where
// no source claims anything, as with a queue alone, a silence longer than the
// rhythm allows is what can be noticed.
func (m *machine) lag(place string) int64 {
	if !m.ground.until(place, awsid.SourceSCIM).IsZero() {
		return m.rules.Nothing.Behind.seconds()
	}
	b := m.Silent[place]
	if limit := b.limit(m.rules); limit > 0 {
		return max(limit, m.rules.Nothing.Behind.seconds())
	}
	return 0
}

// seen takes an event of SCIM for a sign that somebody looks.
func (m *machine) seen(ev *Event) {
	if m.rules.Nothing.Off || ev.What.Source != awsid.SourceSCIM {
		return
	}
	place := ev.Who.Place()
	l, known := m.Nothing[place]
	if known && ev.At-l.Until > m.rules.Nothing.Behind.seconds() {
		m.unlooked(place, &l, ev.At)
	}
	if l.Raised {
		m.mend("nothing-collected", place, ev.At, fmt.Sprintf("events of %s were collected", moment(ev.At)))
		l.Raised = false
	}
	l.Until = max(l.Until, ev.At)
	m.Nothing[place] = l
}

func (m *machine) behind(at int64) {
	if m.rules.Nothing.Off {
		return
	}
	for place, l := range m.Nothing {
		m.unlooked(place, &l, at)
		m.Nothing[place] = l
	}
}

// unlooked walks what was looked at from where it was left until a moment.
func (m *machine) unlooked(place string, l *looking, until int64) {
	lag := m.lag(place)
	for _, s := range m.ground.stretches(place, awsid.SourceSCIM, time.Unix(l.Until, 0).UTC(), time.Unix(until, 0).UTC()) {
		from := s.From.Unix()
		m.gap(place, l, from, lag)
		if l.Raised {
			m.mend("nothing-collected", place, from, fmt.Sprintf("SCIM was looked at again from %s on", moment(from)))
			l.Raised = false
		}
		l.Until = s.To.Unix()
	}
	m.gap(place, l, until, lag)
}

func (m *machine) gap(place string, l *looking, until, lag int64) {
	if lag == 0 || until-l.Until <= lag {
		return
	}
	m.raise("nothing-collected", place, l.Until+lag, func(a *Alert) {
		at(a, place)
		a.Severity, a.Title = Critical, "Nobody looks at SCIM"
		a.Summary = fmt.Sprintf("What happened over SCIM in %s was looked at until %s, and not since: whether it is silent, nobody can say.", where(place), moment(l.Until))
		if m.ground.until(place, awsid.SourceSCIM).IsZero() {
			a.Summary = fmt.Sprintf("No event of SCIM came from %s since %s, and no source claims to show all of them: it is silent, or nothing is collected, and which of these, nobody can say.", where(place), moment(l.Until))
		}
		a.Steps = []string{"See whether the sources of watch work (its log, /metrics), and whether one of them claims to show everything: lookup://REGION or s3://BUCKET. A queue shows what comes by and can't show that nothing else did."}
	})
	l.Raised = true
}

// seals is log-integrity: it raises for each place whose signed log files are
// missing or changed.
func (m *machine) seals(list []casefile.Seal, when int64) {
	if m.rules.Integrity.Off {
		return
	}
	type damage struct {
		files []casefile.Tampering
		first time.Time
	}
	broken := map[string]*damage{}
	for _, s := range list {
		place := s.Account + "/" + s.Region
		for _, t := range s.Tampered {
			if repaired(list, s, t) {
				continue
			}
			d := broken[place]
			if d == nil {
				d = &damage{first: t.Span.From}
				broken[place] = d
			}
			d.files = append(d.files, t)
			if t.Span.From.Before(d.first) {
				d.first = t.Span.From
			}
		}
	}
	for place, d := range broken {
		first := d.first.Unix()
		if d.first.IsZero() {
			first = when
		}
		m.raise("log-integrity", place, first, func(a *Alert) {
			at(a, place)
			a.Severity, a.Title, a.Count = Critical, "Log files are missing or were changed", len(d.files)
			bear := "do not bear out their signed digests, the first"
			if len(d.files) == 1 {
				bear = "does not bear out its signed digest,"
			}
			a.Summary = fmt.Sprintf("%s of %s %s of %s: %s (%s).", count(len(d.files), "log file"), where(place), bear,
				d.first.UTC().Format("2006-01-02 15:04 UTC"), brief(d.files[0].What, 200), brief(d.files[0].Object, 200))
			a.Steps = []string{"Find out who may write to or delete from the bucket of the trail; `scimtrail verify` lists the files."}
		})
	}
	for id, a := range m.Open {
		if a.Rule == "log-integrity" && broken[a.Account+"/"+a.Region] == nil {
			m.close(id, when, "the files bear out their digests again")
		}
	}
}

// repaired reports whether a later check proves the time of a damage.
func repaired(list []casefile.Seal, s casefile.Seal, t casefile.Tampering) bool {
	for _, other := range list {
		if other.Account == s.Account && other.Region == s.Region && !t.Span.From.IsZero() && other.Proven.Covers(t.Span) {
			return true
		}
	}
	return false
}
