package lookup_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/flaky"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/lookup"
	"github.com/scimtrail/scimtrail/internal/span"
)

// truth fails unless every event within a claim was handed on, and no event of the
// history was when the case must be whole.
func (w world) truth(t interface {
	Helper()
	Errorf(string, ...any)
}, whole bool, sinks ...*sink) {
	t.Helper()
	got := map[string]int{}
	for _, s := range sinks {
		for id, n := range s.times {
			if n > 1 {
				t.Errorf("event %s was handed on %d times in one run", id, n)
			}
			got[id] += n
		}
	}
	for _, ev := range w.srv.Events() {
		if got[ev.ID] > 0 {
			continue
		}
		if whole {
			t.Errorf("event %s of %s at %s is missing", ev.Name, ev.Source, ev.Time)
		}
		for _, s := range sinks {
			for _, c := range s.covers {
				if c.Source == ev.Source && c.Span.Contains(ev.Time) {
					t.Errorf("%s of %s at %s lies in a claim (%s to %s) and was not handed on", ev.Name, ev.Source, ev.Time, c.Span.From, c.Span.To)
				}
			}
		}
	}
}

func TestTheWholeHistoryComesOnceAndIsClaimed(t *testing.T) {
	t.Parallel()
	w := history(t, 400, 10*time.Minute)
	c := &clock{now: w.at}
	progress := &live.Progress{}
	s := newSink()
	src := lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(w.srv.URL)}, Query: live.Query{Now: c.Now, Progress: progress}, Sleep: c.Sleep})
	if err := src.Collect(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.truth(t, true, s)
	for _, source := range casefile.ManagementSources {
		at := casefile.Place{Account: w.srv.Account, Region: w.srv.Region}
		grade := casefile.Claimed
		if source == awsid.SourceIdentitySync {
			grade = casefile.Unknown
		}
		claimed := casefile.Coverage(s.covers).Of(source, at, grade)
		bounds, ok := claimed.Bounds()
		if !ok || len(claimed.Spans()) != 1 {
			t.Fatalf("%s: claimed %v", source, claimed.Spans())
		}
		if want := c.Now().Add(-lookup.Lag); bounds.To.After(want) || want.Sub(bounds.To) > time.Minute {
			t.Errorf("%s: claimed until %s, the lag begins at %s", source, bounds.To, want)
		}
		if want := w.at.Add(-lookup.Retention); bounds.From.Before(want) || bounds.From.Sub(want) > 10*time.Minute {
			t.Errorf("%s: claimed from %s, kept from %s", source, bounds.From, want)
		}
		if source == awsid.SourceIdentitySync && !casefile.Coverage(s.covers).Of(source, at, casefile.Claimed).Empty() {
			t.Errorf("%s is claimed, and its name is only inferred", source)
		}
	}
	if n := progress.Records.Load(); n != int64(len(w.srv.Events())) {
		t.Errorf("counted %d records of %d", n, len(w.srv.Events()))
	}
	if d, total := progress.Done.Load(), progress.Total.Load(); d != total || total == 0 || progress.Bytes.Load() == 0 {
		t.Errorf("progress: %d of %d, %d bytes", d, total, progress.Bytes.Load())
	}
	// Two calls a second, all walks together.
	if calls := progress.Calls.Load(); c.slept < time.Duration(calls-2)*time.Second/2 {
		t.Errorf("%d calls within %s", calls, c.slept)
	}
}

// TestWhatIsNotVisibleYetIsNotClaimed: LookupEvents shows events late.
func TestWhatIsNotVisibleYetIsNotClaimed(t *testing.T) {
	t.Parallel()
	w := history(t, 60, 10*time.Minute, idcentertest.LookupDelay(14*time.Minute))
	w.srv.Console("ann@example.com").CreateGroup("a moment ago")
	w.srv.Advance(5 * time.Minute)
	c := &clock{now: w.srv.Now()}
	s := newSink()
	if err := lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(w.srv.URL)}, Query: live.Query{Now: c.Now}, Sleep: c.Sleep}).Collect(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.truth(t, false, s)
	if n := len(w.srv.Events()) - len(s.times); n != 1 {
		t.Errorf("%d events are not visible, and one was made a moment ago", n)
	}
}

var eventSource = regexp.MustCompile(`[a-z-]+\.amazonaws\.com`)

// TestFiveHundredFaults: nothing lost, nothing twice, the coverage true.
func TestFiveHundredFaults(t *testing.T) {
	t.Parallel()
	w := history(t, 700, 10*time.Minute)
	rnd := rand.New(rand.NewPCG(5, 500))
	inARow := map[string]int{}
	proxy := flaky.New(t, w.srv.URL, func(_ *http.Request, body []byte) flaky.Fault {
		// Never so many in a row for one walk that patience ends, also when the machine
		// adds a fault of its own: a page is asked for 8 times, and 4 times where a web
		// page answers.
		walk := string(eventSource.Find(body))
		if inARow[walk] < 2 && rnd.IntN(100) < 85 {
			inARow[walk]++
			return flaky.Passing[rnd.IntN(len(flaky.Passing))]
		}
		inARow[walk] = 0
		return flaky.None
	})
	injected := int64(0)
	for round := 0; injected < 500; round++ {
		c := &clock{now: w.at}
		s := newSink()
		src := lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(proxy.URL)}, Query: live.Query{Now: c.Now}, Sleep: c.Sleep})
		if err := src.Collect(t.Context(), s); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		w.truth(t, true, s)
		if len(s.losses) != 0 {
			t.Errorf("losses: %v", s.losses)
		}
		injected = proxy.Injected.Load()
		if round > 50 {
			t.Fatalf("only %d faults in 50 rounds", injected)
		}
	}
	t.Logf("%d faults in %d requests", injected, proxy.Requests.Load())
}

// TestWhateverTheWeatherTheClaimIsTrue: any schedule of faults, also one that ends
// the run; and the next run brings the rest.
func TestWhateverTheWeatherTheClaimIsTrue(t *testing.T) {
	t.Parallel()
	w := history(t, 180, 10*time.Minute)
	proxy := flaky.New(t, w.srv.URL, nil)
	all := append([]flaky.Fault{flaky.Expired, flaky.BadNextToken, flaky.None, flaky.None, flaky.None, flaky.None, flaky.None, flaky.None}, flaky.Passing...)
	rapid.Check(t, func(t *rapid.T) {
		schedule := rapid.SliceOfN(rapid.SampledFrom(all), 0, 120).Draw(t, "faults")
		then := rapid.SampledFrom([]flaky.Fault{flaky.None, flaky.Expired, flaky.PageBroken, flaky.Reset, flaky.BadNextToken, flaky.Throttle}).Draw(t, "for ever after")
		from := w.at.Add(-time.Duration(rapid.IntRange(1, 3000).Draw(t, "minutes")) * time.Minute)
		i := 0
		proxy.Weather(func(*http.Request, []byte) flaky.Fault {
			if i < len(schedule) {
				i++
				return schedule[i-1]
			}
			return then
		})
		j := &memory{}
		c := &clock{now: w.at}
		query := live.Query{Now: c.Now, Journal: j, Span: span.Span{From: from}}
		first := newSink()
		err := lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(proxy.URL)}, Query: query, Sleep: c.Sleep}).Collect(t.Context(), first)
		if err != nil {
			if _, ok := errors.AsType[*live.Problem](err); !ok {
				t.Errorf("not an error for the reader: %v", err)
			}
			if strings.Contains(err.Error(), "session-token") || strings.Contains(err.Error(), w.srv.SecretAccessKey) {
				t.Errorf("a secret in %q", err)
			}
		}
		w.truth(t, false, first)

		proxy.Weather(nil)
		query.Now = (&clock{now: w.at}).Now
		second := newSink()
		if err := lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(proxy.URL)}, Query: query, Sleep: c.Sleep}).Collect(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		w.truth(t, false, first, second)
		together := append(casefile.Coverage(first.covers), second.covers...)
		want := span.Span{From: from.Truncate(time.Second).Add(time.Second), To: w.at.Add(-lookup.Lag).Truncate(time.Second)}
		for _, source := range casefile.DirectorySources {
			if got := together.Of(source, casefile.Place{Account: w.srv.Account}, casefile.Claimed); !got.Covers(want) {
				t.Errorf("%s: after both runs %v is claimed, and not all of %v", source, got.Spans(), want)
			}
		}
	})
}

func TestAnInterruptedWalkGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	w := history(t, 700, 10*time.Minute)
	n := 0
	proxy := flaky.New(t, w.srv.URL, func(*http.Request, []byte) flaky.Fault {
		if n++; n > 6 {
			return flaky.Expired
		}
		return flaky.None
	})
	j := &memory{}
	c := &clock{now: w.at}
	run := func(s *sink) (calls int64, err error) {
		p := &live.Progress{}
		err = lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(proxy.URL)}, Sources: []string{awsid.SourceAPI},
			Query: live.Query{Now: func() time.Time { return w.at }, Journal: j, Progress: p}, Sleep: c.Sleep}).Collect(t.Context(), s)
		return p.Calls.Load(), err
	}
	first, second, third := newSink(), newSink(), newSink()
	_, err := run(first)
	p, ok := errors.AsType[*live.Problem](err)
	if !ok || p.Kind != live.Credentials || !strings.Contains(p.Error(), "have expired; sign in again") {
		t.Fatalf("error: %v", err)
	}
	kept := len(first.times)
	if kept == 0 || len(first.covers) == 0 {
		t.Fatalf("kept %d events and %d claims", kept, len(first.covers))
	}
	proxy.Weather(nil)
	if _, err := run(second); err != nil {
		t.Fatal(err)
	}
	again := 0
	for id := range second.times {
		again += first.times[id]
	}
	if again > 50 {
		t.Errorf("%d of %d events were fetched again", again, kept)
	}
	for _, ev := range w.srv.Events() {
		if ev.Source == awsid.SourceAPI && first.times[ev.ID]+second.times[ev.ID] == 0 {
			t.Errorf("%s is missing", ev.ID)
		}
	}
	if calls, err := run(third); err != nil || len(third.times) > 50 || calls > 4 {
		t.Errorf("a third run: %v, %d calls, %d events; only what lay in the lag is left", err, calls, len(third.times))
	}
}

func TestNamesOfTheSource(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"lookup://us-east-2": "us-east-2", "lookup://": "", "lookup://us-gov-west-1/": "us-gov-west-1"} {
		if got, err := lookup.ParseName(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"lookup:us-east-2", "lookup://us-east-2/x", "lookup://example.com", "s3://us-east-2"} {
		if got, err := lookup.ParseName(name); err == nil {
			t.Errorf("%s was read as %q", name, got)
		}
	}
}

func TestThePlanSaysHowManyCallsAndWhatIsNeeded(t *testing.T) {
	t.Parallel()
	w := history(t, 700, 10*time.Minute)
	c := &clock{now: w.at}
	src := lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(w.srv.URL)},
		Query: live.Query{Now: c.Now, Span: span.Span{From: w.at.Add(-25 * time.Hour)}}, Sleep: c.Sleep})
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &live.Progress{}
	src = lookup.New(lookup.Options{Accesses: []awsaccess.Access{w.access(w.srv.URL)},
		Query: live.Query{Now: c.Now, Progress: p, Span: span.Span{From: w.at.Add(-25 * time.Hour)}}, Sleep: c.Sleep})
	if err := src.Collect(t.Context(), newSink()); err != nil {
		t.Fatal(err)
	}
	if calls := int(p.Calls.Load()); plan.Calls < calls/2 || plan.Calls > calls*2 {
		t.Errorf("planned %d calls, made %d", plan.Calls, calls)
	}
	if plan.Duration <= 0 || len(plan.What) != len(casefile.ManagementSources) || plan.Permissions[0].Action != "cloudtrail:LookupEvents" {
		t.Errorf("plan: %+v", plan)
	}
}
