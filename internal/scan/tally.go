package scan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// Place is one account and Region that records of a stream come from.
type Place struct {
	Account, Region string
	Records         int
	First, Last     time.Time // of the events; zero when no time could be read
	Sources         []string  // event sources, sorted, at most 32
	// Identity has the same of each source that concerns identities, by name.
	Identity []SourceSpan
}

// SourceSpan is the time between the first and the last record of a source.
type SourceSpan struct {
	Source      string
	Records     int
	First, Last time.Time
}

// Bounds of what is counted, so that no stream can make the count grow.
const (
	maxSources   = 32
	maxPlaces    = 4096
	maxDecisions = 1 << 14
)

// tally counts the records of a stream.
type tally struct {
	records, yielded, other, broken int
	shapes                          map[Shape]int
	sources                         map[string]bool
	more, crowded                   bool
	places                          map[placeKey]*placeTally
	last                            *placeTally // of the record before: nearly always that of the next
	decisions                       map[string]bool
	scratch                         []byte
	latest                          moment

	// For one stream after another.
	spare []*placeTally
	begun int // places, ever
	out   Profile
}

const maxSpare = 8

type placeKey struct{ account, region string }

type placeTally struct {
	placeKey
	number   int // no other place of this tally has it
	out      Place
	records  int
	span     times
	sources  map[string]bool
	identity map[string]*sourceTally
}

type sourceTally struct {
	records int
	span    times
}

func newTally() *tally {
	return &tally{shapes: map[Shape]int{}, sources: map[string]bool{}, places: map[placeKey]*placeTally{}, decisions: map[string]bool{}}
}

// reset begins another stream.
func (in *reading) reset(limits Limits, yield func(Record) error) {
	in.limits, in.yield, in.inner = limits.OrDefaults(), yield, nil
	t := in.tally
	for _, p := range t.places {
		if len(t.spare) < maxSpare {
			t.spare = append(t.spare, p)
		}
	}
	clear(t.shapes)
	clear(t.sources)
	clear(t.places)
	*t = tally{shapes: t.shapes, sources: t.sources, places: t.places, decisions: t.decisions, scratch: t.scratch, spare: t.spare, begun: t.begun, out: t.out}
}

// passOver counts a record of a log file that concerns no identity and was not
// read, by what stands around its source.
func (t *tally) passOver(source *verdict, at, region []byte) {
	t.records++
	p := t.place(head{region: region})
	if p == nil {
		return
	}
	p.records++
	if !p.span.holds(at) {
		m := readMoment(at)
		p.span.add(m)
		t.latest.later(m)
	}
	if source.counted == p.number {
		return
	}
	source.counted = p.number
	if !t.sources[source.text] {
		t.more = !add(t.sources, source.text) || t.more
	}
	add(p.sources, source.lower)
}

// record counts one record and reports whether it concerns identities.
func (t *tally) record(raw []byte, m *found, shape Shape) bool {
	h := readHead(raw, m)
	t.records++
	t.shapes[shape]++
	at := readMoment(h.time)
	t.latest.later(at)
	if !t.sources[string(h.source)] && len(h.source) > 0 {
		t.more = !add(t.sources, string(h.source)) || t.more
	}
	if place := t.place(h); place != nil {
		place.count(h.source, at)
	}
	concerns := m.ambiguous() || t.concerns(h)
	if concerns {
		t.yielded++
	}
	return concerns
}

func add(set map[string]bool, s string) bool {
	if len(set) >= maxSources {
		return set[s]
	}
	set[s] = true
	return true
}

func (t *tally) place(h head) *placeTally {
	if t.last != nil && t.last.account == string(h.account) && t.last.region == string(h.region) {
		return t.last
	}
	key := placeKey{string(h.account), string(h.region)}
	p, ok := t.places[key]
	if !ok {
		if len(t.places) >= maxPlaces {
			t.crowded = true
			return nil
		}
		p = t.newPlace()
		p.placeKey = key
		t.places[key] = p
	}
	t.last = p
	return p
}

func (t *tally) newPlace() *placeTally {
	t.begun++
	n := len(t.spare)
	if n == 0 {
		return &placeTally{number: t.begun, sources: map[string]bool{}, identity: map[string]*sourceTally{}}
	}
	p := t.spare[n-1]
	t.spare = t.spare[:n-1]
	clear(p.sources)
	clear(p.identity)
	*p = placeTally{number: t.begun, sources: p.sources, identity: p.identity, out: p.out}
	return p
}

// identitySources are the sources whose time is counted one by one.
var identitySources = map[string]bool{
	awsid.SourceSCIM: true, awsid.SourceAPI: true, awsid.SourceConsole: true,
	awsid.SourceAssignments: true, awsid.SourceIdentitySync: true,
}

func (p *placeTally) count(source []byte, at moment) {
	p.records++
	p.span.add(at)
	if s := p.identity[string(source)]; s != nil {
		s.records++
		s.span.add(at)
		return
	}
	if len(source) == 0 || p.sources[string(source)] {
		return
	}
	name := strings.ToLower(string(source))
	add(p.sources, name)
	if identitySources[name] {
		s := p.identity[name]
		if s == nil {
			s = &sourceTally{}
			p.identity[name] = s
		}
		s.records++
		s.span.add(at)
	}
}

// concerns asks package cloudtrail once for each pair of source and name.
func (t *tally) concerns(h head) bool {
	t.scratch = append(append(append(t.scratch[:0], h.source...), 0), h.name...)
	if decision, ok := t.decisions[string(t.scratch)]; ok {
		return decision
	}
	decision := cloudtrail.Concerns(string(h.source), string(h.name))
	if len(t.decisions) < maxDecisions {
		t.decisions[string(t.scratch)] = decision
	}
	return decision
}

// profile sums up. Its slices are those of the last profile.
func (t *tally) profile(e Extent) Profile {
	p := Profile{
		Extent: e, Records: t.records + e.Passed, Yielded: t.yielded, Other: t.other, Shapes: t.shapes,
		Sources: sortedInto(t.out.Sources, t.sources), More: t.more, Crowded: t.crowded, Latest: t.latest.time(), Places: t.out.Places[:0],
	}
	for _, place := range t.places {
		out := Place{Account: place.account, Region: place.region, Records: place.records, Sources: sortedInto(place.out.Sources, place.sources), Identity: place.out.Identity[:0]}
		out.First, out.Last = place.span.bounds()
		for name, s := range place.identity {
			span := SourceSpan{Source: name, Records: s.records}
			span.First, span.Last = s.span.bounds()
			out.Identity = append(out.Identity, span)
		}
		slices.SortFunc(out.Identity, func(a, b SourceSpan) int { return cmp.Compare(a.Source, b.Source) })
		place.out = out
		if len(out.Identity) == 0 {
			out.Identity = nil
		}
		p.Places = append(p.Places, out)
	}
	t.out.Sources, t.out.Places = p.Sources, p.Places
	if len(p.Places) == 0 {
		p.Places = nil
	}
	slices.SortFunc(p.Places, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	return p
}

// moment is an eventTime. Nearly all have one form, which sorts as text; so
// times are compared as that text and parsed once at the end.
type moment struct{ text [20]byte }

const momentForm = "0000-00-00T00:00:00Z"

func readMoment(s []byte) (m moment) {
	if len(s) == len(momentForm) && s[19] == 'Z' {
		ok := true
		for i := range momentForm {
			c := s[i]
			if momentForm[i] == '0' {
				ok = ok && '0' <= c && c <= '9'
			} else {
				ok = ok && c == momentForm[i]
			}
		}
		if ok && validDate(s) {
			copy(m.text[:], s)
			return m
		}
	}
	if len(s) == 0 {
		return m
	}
	if at, err := cloudtrail.ParseTime(string(s)); err == nil {
		copy(m.text[:], at.Truncate(time.Second).Format(time.RFC3339))
	}
	return m
}

// validDate checks what the form of digits does not show: the ranges, and in the
// last days of a month the calendar.
func validDate(s []byte) bool {
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	month, day := two(5), two(8)
	if month < 1 || month > 12 || day < 1 || two(11) > 23 || two(14) > 59 || two(17) > 59 {
		return false
	}
	if day <= 28 {
		return true
	}
	_, err := time.Parse(time.RFC3339, string(s))
	return err == nil
}

func (m moment) zero() bool { return m.text[0] == 0 }

func (m moment) before(o moment) bool { return string(m.text[:]) < string(o.text[:]) }

func (m *moment) later(o moment) {
	if !o.zero() && (m.zero() || m.before(o)) {
		*m = o
	}
}

func (m moment) time() time.Time {
	if m.zero() {
		return time.Time{}
	}
	at, _ := time.Parse(time.RFC3339, string(m.text[:])) // readMoment took no other
	return at
}

// times is the first and the last of several moments.
type times struct{ first, last moment }

func (t *times) add(m moment) {
	if m.zero() {
		return
	}
	if t.first.zero() || m.before(t.first) {
		t.first = m
	}
	t.last.later(m)
}

// holds reports whether an eventTime lies inside and so changes nothing.
func (t *times) holds(at []byte) bool {
	return len(at) == len(t.first.text) && !t.first.zero() && string(at) >= string(t.first.text[:]) && string(at) <= string(t.last.text[:])
}

func (t *times) bounds() (first, last time.Time) { return t.first.time(), t.last.time() }
