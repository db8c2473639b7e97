package web

import (
	"cmp"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// View is one state of the evidence, indexed for looking at. Nothing but its
// alerts changes. It is safe for concurrent use.
type View struct {
	c      *casefile.Case
	l      *ledger.Ledger
	bench  *diagnose.Bench       // c and l, laid out for questions
	survey *report.Investigation // of the whole store, without a question
	asOf   time.Time
	alerts atomic.Pointer[[]Alert] // nil: nobody would have raised any
	tracer Tracer
	now    func() time.Time // nil: nobody can say how old the evidence is

	lines    []line  // one an event, by time; those without a time last
	byKey    []int32 // lines by the event's key
	records  *attic
	actors   []caller
	groups   []*subject // by name, then id
	users    []*subject
	groupAt  map[string]*subject
	userAt   map[string]*subject
	failures []*failure
	days     []day
	pulse    pulse
	coverage coverChart
	chain    []Hop

	working chan struct{} // bounds how many answers are worked out at a time
	mu      sync.Mutex
	answers map[question]*answering
}

// ViewOptions is what a view holds beside the case.
type ViewOptions struct {
	Trace Tracer           // nil: the chain is drawn from what the evidence holds
	Now   func() time.Time // for whether a watcher still looks; nil leaves that out
}

// NewView indexes a case. It takes the case over: the raw records are packed
// away, and the case must not be used by others any more.
func NewView(c *casefile.Case, opts ViewOptions) (*View, error) {
	v := &View{c: c, asOf: c.AsOf(), tracer: opts.Trace, now: opts.Now, answers: map[question]*answering{}, working: make(chan struct{}, 2)}
	v.l = ledger.Build(c)
	surveyed := make(chan struct{})
	go func() {
		defer close(surveyed)
		v.survey = report.Investigate(c, v.l, nil, report.InvestigationOptions{})
	}()
	v.index()
	<-surveyed
	thrift(c)
	var err error
	if v.records, err = pack(c); err != nil {
		return nil, err
	}
	v.bench = diagnose.On(c, v.l)
	go v.bench.Warm() // while the first page is read
	v.failures = v.findFailures()
	v.pulse = v.feelPulse()
	v.coverage = v.drawCoverage()
	if v.chain, err = v.trace("", ""); err != nil {
		return nil, err
	}
	return v, nil
}

// SetAlerts gives the view the alerts that were raised, open and closed; an empty
// list says that somebody watches and raised none, nil that nobody watches. It
// reports whether they differ from those before.
func (v *View) SetAlerts(list []Alert) bool {
	if list == nil {
		return v.alerts.Swap(nil) != nil
	}
	list = append([]Alert{}, list...)
	slices.SortStableFunc(list, urgency)
	old := v.alerts.Swap(&list)
	return old == nil || !reflect.DeepEqual(*old, list)
}

// raised returns the alerts, the most urgent first, and whether anybody watches.
func (v *View) raised() ([]Alert, bool) {
	if list := v.alerts.Load(); list != nil {
		return *list, true
	}
	return []Alert{}, false
}

// news reports whether a view shows more than that one has looked further.
func (v *View) news(old *View) bool {
	now, watched := v.raised()
	before, did := old.raised()
	return v == old || len(v.lines) != len(old.lines) || len(v.c.Snapshots) != len(old.c.Snapshots) || len(v.c.Unreadable) != len(old.c.Unreadable) ||
		len(v.groups) != len(old.groups) || len(v.users) != len(old.users) || len(v.l.Rows) != len(old.l.Rows) ||
		v.pulse.Mood != old.pulse.Mood || v.pulse.Head != old.pulse.Head || v.survey.Finding.Summary != old.survey.Finding.Summary ||
		len(v.coverage.Rows) != len(old.coverage.Rows) || v.coverage.gaps() != old.coverage.gaps() || !slices.Equal(v.beside(), old.beside()) || watched != did || !reflect.DeepEqual(now, before)
}

// event returns the event of a line.
func (v *View) event(i int32) *casefile.Event {
	if n := int32(len(v.c.Events)); i >= n {
		return &v.c.Undated[i-n]
	}
	return &v.c.Events[i]
}

// find returns the line of the event with a key.
func (v *View) find(key string) (int32, bool) {
	at, ok := slices.BinarySearchFunc(v.byKey, key, func(i int32, key string) int { return cmp.Compare(v.event(i).Key, key) })
	if !ok {
		return 0, false
	}
	return v.byKey[at], true
}

// question is what diagnose is asked. A user is asked about within group when both are named.
type question struct{ kind, id, group string }

// answering is an answer that is being worked out or is there.
type answering struct {
	done   chan struct{}
	answer *diagnose.Answer
	err    error
}

// maxAnswers bounds the answers that are remembered: each is about 50 kB.
const maxAnswers = 1000

// ask starts to work an answer out, or finds it remembered.
func (v *View) ask(q question) *answering {
	v.mu.Lock()
	defer v.mu.Unlock()
	if a := v.answers[q]; a != nil {
		return a
	}
	if len(v.answers) >= maxAnswers {
		clear(v.answers)
	}
	a := &answering{done: make(chan struct{})}
	v.answers[q] = a
	go func() {
		defer close(a.done)
		v.working <- struct{}{}
		defer func() { <-v.working }()
		if q.kind == "user" {
			a.answer, a.err = v.bench.User(q.id, q.group)
		} else {
			a.answer, a.err = v.bench.Group(q.id)
		}
	}()
	return a
}

// wait returns the answer if it is there within patience.
func (a *answering) wait(patience time.Duration) (*diagnose.Answer, bool, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-a.done:
		return a.answer, true, a.err
	case <-timer.C:
		return nil, false, nil
	}
}
