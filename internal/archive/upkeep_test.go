package archive_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

func TestALeaseIsHeldByOne(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	clock := archive.Options{Now: func() time.Time { return now }}
	run := func(t *testing.T, name string) {
		a, b := openFile(t, name, clock), openFile(t, name, clock)
		lead := func(a *archive.Archive, who string, ttl time.Duration, want bool, why string) {
			t.Helper()
			if got, err := a.Lead(t.Context(), "watch", who, ttl); err != nil || got != want {
				t.Errorf("%s: %v (%v), want %v", why, got, err, want)
			}
		}
		lead(a, "one", time.Minute, true, "the first gets it")
		lead(b, "two", time.Minute, false, "the second does not")
		now = now.Add(50 * time.Second)
		lead(a, "one", time.Minute, true, "the first renews it")
		now = now.Add(50 * time.Second)
		lead(b, "two", time.Minute, false, "it was renewed")
		now = now.Add(11 * time.Second)
		lead(b, "two", time.Minute, true, "it ran out")
		lead(a, "one", time.Minute, false, "the first has lost it")
		lead(a, "one", 0, false, "it can't give up what it has not")
		lead(b, "two", 0, false, "the second gives it up")
		lead(a, "one", time.Minute, true, "it is free")
	}
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "case.db")) })
	t.Run("postgres", func(t *testing.T) { run(t, address(t)) })
}

func TestDocumentsAndAnswers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(a.PutDocument(ctx, "alert", "b", []byte("2")))
		must(a.PutDocument(ctx, "alert", "a", []byte("1")))
		must(a.PutDocument(ctx, "alert", "a", []byte("one")))
		must(a.PutDocument(ctx, "silence", "a", []byte{}))
		list, err := a.Documents(ctx, "alert")
		must(err)
		got := ""
		for _, d := range list {
			got += fmt.Sprintf("%s=%s ", d.Key, d.Value)
		}
		if got != "a=one b=2 " {
			t.Errorf("documents: %s", got)
		}
		must(a.PutDocument(ctx, "alert", "b", nil))
		if v, err := a.Document(ctx, "alert", "b"); v != nil || err != nil {
			t.Errorf("taken away: %q, %v", v, err)
		}
		if v, err := a.Document(ctx, "silence", "a"); v == nil || len(v) != 0 || err != nil {
			t.Errorf("an empty document: %v, %v", v, err)
		}

		before, err := a.Generation(ctx)
		must(err)
		must(a.PutAnswer(ctx, "q", before, []byte("answer")))
		if v, err := a.Answer(ctx, "q"); string(v) != "answer" || err != nil {
			t.Errorf("answer %q, %v", v, err)
		}
		write(t, a, small.Give)
		after, err := a.Generation(ctx)
		must(err)
		if after <= before {
			t.Errorf("generation %d after %d", after, before)
		}
		if v, err := a.Answer(ctx, "q"); v != nil || err != nil {
			t.Errorf("a stale answer: %q, %v", v, err)
		}
		must(a.PutAnswer(ctx, "q", before, []byte("too late")))
		if v, err := a.Answer(ctx, "q"); v != nil || err != nil {
			t.Errorf("an answer of older evidence was remembered: %q, %v", v, err)
		}
		many := map[string][]byte{}
		for i := range 4800 {
			many[fmt.Sprint("q", i)] = []byte("answer")
		}
		must(a.PutAnswer(ctx, "the oldest", after, []byte("answer")))
		if kept, err := a.PutAnswers(ctx, before, many); kept || err != nil {
			t.Errorf("answers of older evidence were remembered: %v, %v", kept, err)
		}
		if kept, err := a.PutAnswers(ctx, after, many); !kept || err != nil {
			t.Errorf("remembered: %v, %v", kept, err)
		}
		if v, err := a.Answer(ctx, "q4799"); v == nil || err != nil {
			t.Errorf("the newest answer is gone: %v", err)
		}
		if v, err := a.Answer(ctx, "the oldest"); v != nil || err != nil {
			t.Errorf("answers grow without bound: %q, %v", v, err)
		}
	})
}

func TestAPurgeWithdrawsWhatItTookAway(t *testing.T) {
	t.Parallel()
	begin := time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC) // of a company
	limit := begin.AddDate(0, 0, 10)
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		old, err := a.Writer(t.Context()) // has begun before the purge and goes on after it
		if err != nil {
			t.Fatal(err)
		}
		if err := small.Give(old); err != nil {
			t.Fatal(err)
		}
		old.Seal(casefile.Seal{Account: "111122223333", Region: "us-east-2", Proven: span.SetOf(span.Of(begin, begin.AddDate(0, 0, 20)))})
		if err := old.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := collected(t, a)
		p, err := a.Purge(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, ev := range before.Events {
			if ev.Time.Before(limit) {
				want++
			}
		}
		if p.Events != want || want == 0 {
			t.Errorf("%d records were purged, want %d", p.Events, want)
		}
		check := func(when string) {
			t.Helper()
			after := collected(t, a)
			if len(after.Events) != len(before.Events)-want {
				t.Errorf("%s: %d records are left of %d", when, len(after.Events), len(before.Events))
			}
			for _, c := range after.Coverage {
				if c.Span.From.Before(limit) {
					t.Errorf("%s: %s is still %s from %v", when, c.Source, c.Complete, c.Span.From)
				}
			}
			if len(after.Coverage) == 0 {
				t.Errorf("%s: nothing is covered", when)
			}
		}
		check("after the purge")
		// It claims at its end what it has walked, which is no longer there.
		old.Cover(casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: casefile.ManagementSources[0], Span: span.Of(begin, begin.AddDate(0, 0, 30)), Complete: casefile.Claimed})
		old.Seal(casefile.Seal{Account: "111122223333", Region: "us-east-2", Proven: span.SetOf(span.Of(begin, begin.AddDate(0, 0, 25)))})
		if err := old.Save(t.Context(), "walk", []byte("day 30")); err != nil {
			t.Fatal(err)
		}
		check("after the claim of a collector that had begun before")
		// One that goes on where a journal says has not walked that ground itself.
		next, err := a.Writer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v, err := next.Load(t.Context(), "walk"); string(v) != "day 30" || err != nil {
			t.Fatalf("journal: %q, %v", v, err)
		}
		next.Cover(casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: casefile.ManagementSources[0], Span: span.Of(begin, begin.AddDate(0, 0, 31)), Complete: casefile.Claimed})
		if err := errors.Join(next.Close(), old.Close()); err != nil {
			t.Fatal(err)
		}
		check("after the claim of a resumed collector")
		if err := a.Check(t.Context()); err != nil {
			t.Error(err)
		}
		// Whoever fetches it again has it again.
		write(t, a, small.Give)
		if c := collected(t, a); len(c.Events) != len(before.Events) || !c.Coverage.Of(casefile.ManagementSources[0], casefile.Place{}, casefile.Claimed).Contains(begin) {
			t.Errorf("fetched again: %d records of %d", len(c.Events), len(before.Events))
		}
	})
}

func TestWhatWasMadeGoodIsNoLongerMissing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		read := func(source string, say func(*archive.Writer)) {
			t.Helper()
			w, err := a.WriterFor(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			w.Input(casefile.Input{Path: source})
			say(w)
			if err := errors.Join(w.Complete(t.Context()), w.Close()); err != nil {
				t.Fatal(err)
			}
		}
		read("logs", func(w *archive.Writer) {
			w.Unreadable(casefile.Loss{Path: "logs/1.json.gz", Reason: "is cut short"})
			w.Note("something about the logs")
		})
		read("other", func(w *archive.Writer) { w.Note("something else") })
		read("logs", func(w *archive.Writer) { w.Note("something about the logs") })
		c := collected(t, a)
		if len(c.Unreadable) != 0 {
			t.Errorf("still missing: %v", c.Unreadable)
		}
		if diff := cmp.Diff([]string{"something about the logs", "something else"}, c.Notes); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnswersAreBoundedByTheirBytes(t *testing.T) {
	t.Parallel()
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "case.db"), archive.Options{AnswerBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	generation, err := a.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		if err := a.PutAnswer(t.Context(), fmt.Sprint("q", i), generation, make([]byte, 300)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 7 {
		v, err := a.Answer(t.Context(), fmt.Sprint("q", i))
		if err != nil || (v != nil) != (i >= 4) { // three times 300
			t.Errorf("answer %d: %d bytes, %v", i, len(v), err)
		}
	}
}
