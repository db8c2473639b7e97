package watch

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// Options are what a watcher works with.
type Options struct {
	Archive   *archive.Archive
	Rules     Rules
	Catalogue *actor.Catalogue
	Now       func() time.Time // time.Now when nil
	Log       *slog.Logger     // of what happens; nil for none
	Meter     Meter            // counts events; may be nil
	Rebuilt   func()           // called when the archive was read from its beginning; may be nil
	// Tell is given each transition before it is written down that it happened,
	// and keeps it until it is delivered. A transition that it is told again, after a
	// crash, has the same ID.
	Tell func(context.Context, Transition, Delivery) error
	// Explain answers why for alerts that were raised; nil for none.
	Explain func(context.Context, []*Alert) error
}

// Delivery says whom a transition is meant for.
type Delivery int

// The deliveries.
const (
	Send  Delivery = iota // to everybody
	Print                 // to standard output alone: it is silenced
	Past                  // to standard output alone, and not worth remembering: it was over before this archive was watched
)

// Watcher holds what an archive is given against the rules. It is used by one
// goroutine at a time.
type Watcher struct {
	o      Options
	reader *Reader

	cursor, listings int64
	watermark        int64
	settled          *machine // has consumed all until the watermark
	current          *machine // a copy that has consumed everything; nil when it must be made
	window           []*Event
	pending          []*Listing
	recent           map[Key]int64

	pieces     map[string]int // of how many parts what is written down consists
	generation int64
	ground     *Ground
	seals      []casefile.Seal
	book       *book
	standing   map[string]*Alert // of the watcher itself: sources that fail
	began      time.Time         // when this archive was first watched
	dirty      bool              // there is something to save
	rebuilt    time.Time
	took       time.Duration
	late       bool  // something came after its time and was not put in its place yet
	compared   int64 // the watermark when alerts were last held against the book
	broken     bool  // the last look failed half-way
	scattered  bool  // the archive was read from its beginning in this look
	heavy      int   // after how many looks memory is given back: much was read that the next one lets go of
}

// Open returns a watcher that goes on where the last one of the archive stopped.
func Open(ctx context.Context, o Options) (*Watcher, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tell == nil {
		o.Tell = func(context.Context, Transition, Delivery) error { return nil }
	}
	w := &Watcher{o: o, reader: NewReader(o.Catalogue)}
	return w, w.resume(ctx)
}

// resume takes up what the archive has.
func (w *Watcher) resume(ctx context.Context) error {
	w.recent, w.standing, w.generation, w.ground = map[Key]int64{}, map[string]*Alert{}, -1, GroundOf(nil)
	w.pieces = map[string]int{}
	w.settled, w.current, w.window, w.pending, w.dirty, w.broken = nil, nil, nil, nil, false, false
	w.heavy = 2
	var err error
	if w.book, err = openBook(ctx, w.o.Archive); err != nil {
		return err
	}
	if w.began, err = w.begin(ctx); err != nil {
		return err
	}
	for _, a := range w.book.open() {
		if a.Source != "" {
			w.standing[a.Source] = new(*a) // until it is known to work
		}
	}
	if err := w.lookAround(ctx); err != nil {
		return err
	}
	s, err := w.loadState(ctx)
	if err != nil {
		return err
	}
	if s == nil {
		w.late = true
		return nil
	}
	w.cursor, w.listings, w.watermark, w.compared = s.Cursor, s.Listings, s.Watermark, s.Watermark
	w.settled, w.window, w.pending, w.late = s.Machine, s.Window, s.Pending, false
	if s.Recent != nil {
		w.recent = s.Recent
	}
	return nil
}

// begin returns when this archive was first watched, and writes it down: what was
// over by then is told to nobody but standard output.
func (w *Watcher) begin(ctx context.Context) (time.Time, error) {
	data, err := w.o.Archive.Document(ctx, kindState, keyBegan)
	if err != nil {
		return time.Time{}, err
	}
	if at, err := time.Parse(time.RFC3339, string(data)); err == nil {
		return at, nil
	}
	at := w.o.Now().UTC().Truncate(time.Second)
	return at, w.o.Archive.PutDocument(ctx, kindState, keyBegan, []byte(at.Format(time.RFC3339)))
}

// lookAround reads the ground anew when the evidence has changed.
func (w *Watcher) lookAround(ctx context.Context) error {
	n, err := w.o.Archive.Generation(ctx)
	if err != nil || n == w.generation {
		return err
	}
	covers, seals, err := w.o.Archive.Ground(ctx)
	if err != nil {
		return err
	}
	w.generation, w.ground, w.seals = n, GroundOf(withSeals(covers, seals)), seals
	for _, m := range []*machine{w.settled, w.current} {
		if m != nil {
			m.ground = w.ground
		}
	}
	return nil
}

// withSeals adds what digests prove to a coverage.
func withSeals(covers casefile.Coverage, seals []casefile.Seal) casefile.Coverage {
	for _, s := range seals {
		for _, proven := range s.Proven.Spans() {
			for _, source := range casefile.ManagementSources {
				covers = append(covers, casefile.Cover{Account: s.Account, Region: s.Region, Source: source, Span: proven, Complete: casefile.Proven})
			}
		}
	}
	return covers
}

// Look consumes what the archive was given since the last time, and tells what
// opened and closed by it. After an error it may be called again,
// and goes on from what was written down.
func (w *Watcher) Look(ctx context.Context) error {
	if w.broken {
		if err := w.resume(ctx); err != nil {
			return err
		}
	}
	w.broken = true
	now := w.o.Now().UTC()
	if err := w.look(ctx, now); err != nil {
		return err
	}
	if w.scattered {
		// What is remembered lies between what is not any more, which keeps the memory of
		// both. Taken up anew from what was written down it lies together.
		w.scattered = false
		if err := w.resume(ctx); err != nil {
			w.broken = true
			return err
		}
		if w.settled != nil {
			w.present(now)
		}
	}
	w.broken = false
	if w.heavy > 0 {
		w.heavy--
		rest(w.o.Archive)
	}
	return nil
}

func (w *Watcher) look(ctx context.Context, now time.Time) error {
	if err := w.lookAround(ctx); err != nil {
		return err
	}
	if !w.late {
		if err := w.consume(ctx); err != nil {
			return err
		}
	}
	if w.late && now.Sub(w.rebuilt) >= rebuildsApart*w.took {
		if err := w.rebuild(ctx, now); err != nil {
			return err
		}
	}
	if w.settled == nil {
		return nil
	}
	return w.judge(ctx, now)
}

// rebuildsApart is how many times its own duration reading everything anew must lie
// back before it is done again.
const rebuildsApart = 20

// portion is how many events are read at once.
const portion = 2000

// consume reads what is new into the window.
func (w *Watcher) consume(ctx context.Context) error {
	for {
		list, err := w.o.Archive.EventsAfter(ctx, w.cursor, portion)
		if err != nil {
			return err
		}
		for i := range list {
			rec, err := cloudtrail.Decode(list[i].Raw)
			if err != nil {
				w.o.Log.Warn("a record of the archive can't be read", "seq", list[i].Seq, "error", err)
				continue
			}
			ev := w.reader.Event(&rec)
			if w.o.Meter != nil {
				w.o.Meter.Event(&rec, ev)
			}
			if ev != nil {
				w.take(ev)
			}
		}
		if n := len(list); n > 0 {
			w.cursor = list[n-1].Seq
			w.dirty = true
		}
		if len(list) < portion {
			break
		}
	}
	last, err := w.o.Archive.SnapshotsAfter(ctx, w.listings, func(s directory.Snapshot) {
		if l := ListingOf(&s); l != nil && l.At > w.watermark {
			w.pending = append(w.pending, l)
			w.current = nil
		}
	})
	if err != nil {
		return err
	}
	if last != w.listings {
		w.listings, w.dirty = last, true
	}
	return nil
}

// take puts an event into the window, or notes that its time has passed.
func (w *Watcher) take(ev *Event) {
	if ev.At <= w.watermark {
		if _, known := w.recent[ev.Key]; !known {
			w.late = true
		}
		return
	}
	w.window = append(w.window, ev)
	w.current = nil
}

// rebuild reads the whole archive: the first time, and when something came too
// late to be put in its place.
func (w *Watcher) rebuild(ctx context.Context, now time.Time) error {
	began := time.Now()
	cursor, err := w.o.Archive.LastSeq(ctx)
	if err != nil {
		return err
	}
	var meter Meter
	if w.settled == nil {
		meter = w.o.Meter
	}
	g := NewGather(w.reader, meter)
	if err := w.o.Archive.CollectChanges(ctx, g, awsid.SourceSCIM); err != nil {
		return err
	}
	listings, err := w.o.Archive.SnapshotsAfter(ctx, w.listings, func(directory.Snapshot) {})
	if err != nil {
		return err
	}
	if w.book, err = openBook(ctx, w.o.Archive); err != nil {
		return err
	}
	w.settled, w.current = newMachine(&w.o.Rules.Rules, w.ground), nil
	w.window, w.pending = g.ordered()
	w.watermark, w.compared = 0, 0
	w.recent = map[Key]int64{}
	w.cursor, w.listings, w.late, w.dirty = cursor, listings, false, true
	records, events := g.Len()
	g = nil
	w.settle(now.Add(-time.Duration(w.o.Rules.Lateness)).Unix())
	w.reader.mu.Lock()
	w.reader.forget()
	w.reader.mu.Unlock()
	w.heavy, w.scattered = 2, true
	w.rebuilt, w.took = now, time.Since(began)
	if w.o.Rebuilt != nil {
		w.o.Rebuilt()
	}
	w.o.Log.Info("read the archive from its beginning", "records", records, "events", events, "seconds", w.took.Seconds())
	return nil
}

// settle moves the watermark.
func (w *Watcher) settle(watermark int64) {
	if watermark <= w.watermark {
		return
	}
	events, listings := w.cut(watermark)
	feed(w.settled, events, listings)
	w.settled.advance(watermark)
	horizon := watermark - 2*w.o.Rules.Lateness.seconds()
	for _, ev := range events {
		if ev.At > horizon {
			w.recent[ev.Key] = ev.At
		}
	}
	for key, at := range w.recent {
		if at <= horizon {
			delete(w.recent, key)
		}
	}
	w.watermark = watermark
	w.dirty = w.dirty || len(events)+len(listings) > 0
}

// judge brings alerts to what they are now, and tells what changed.
func (w *Watcher) judge(ctx context.Context, now time.Time) error {
	w.settle(now.Add(-time.Duration(w.o.Rules.Lateness)).Unix())
	w.present(now)
	changes := w.book.compare(w.alerts(), w.compared, now, &w.o.Rules)
	if w.o.Explain != nil {
		if fresh := opened(changes); len(fresh) > 0 {
			if err := w.o.Explain(ctx, fresh); err != nil {
				w.o.Log.Warn("the answer of why could not be given", "error", err)
			}
		}
	}
	for _, c := range changes {
		for _, t := range c.transitions {
			t = t.as(c.alert)
			to := Send
			switch {
			case !c.alert.Open() && c.alert.Closed.Before(w.began):
				to = Past
			case t.Silenced != "":
				to = Print
			}
			if err := w.o.Tell(ctx, t, to); err != nil {
				return fmt.Errorf("keeping what is to be told: %w", err)
			}
		}
		if err := w.book.write(ctx, w.o.Archive, c.alert); err != nil {
			return err
		}
	}
	w.compared = w.watermark
	w.book.settle(w.compared)
	if w.dirty || len(changes) > 0 {
		if err := w.saveState(ctx); err != nil {
			return err
		}
		w.dirty = false
	}
	return nil
}

// present brings the copy that has consumed everything to now.
func (w *Watcher) present(now time.Time) {
	if w.current == nil {
		w.cut(w.watermark) // puts it in order
		w.current = w.settled.clone()
		feed(w.current, w.window, w.pending)
	}
	w.current.advance(now.Unix())
	w.current.seals(w.seals, now.Unix())
}

// alerts returns what the rules say now, each alert once: what closed since the
// alerts were last compared, and what is open.
func (w *Watcher) alerts() (out []*Alert) {
	type occurrence struct {
		id string
		at int64
	}
	have := map[occurrence]bool{}
	add := func(list []*Alert) {
		for _, a := range list {
			o := occurrence{a.ID, a.Opened.Unix()}
			if have[o] || !a.Open() && a.Closed.Unix() <= w.compared {
				continue
			}
			have[o] = true
			out = append(out, new(*a))
		}
	}
	add(w.settled.take())
	add(w.current.done)
	add(w.current.open())
	for _, a := range w.standing {
		out = append(out, new(*a))
	}
	return out
}

// Failing says that a source of evidence fails, since when and why; a nil error
// says that it works. It opens an alert at the next Look once that has lasted.
func (w *Watcher) Failing(source string, since time.Time, err error) {
	if err == nil || w.o.Rules.Rules.Nothing.Off {
		if a := w.standing[source]; a != nil {
			delete(w.standing, source)
		}
		return
	}
	limit := time.Duration(w.o.Rules.Rules.Nothing.Failing)
	if w.o.Now().Sub(since) < limit {
		return
	}
	since = since.UTC().Truncate(time.Second)
	if was := w.standing[source]; was != nil && was.Opened.Before(since.Add(limit)) {
		since = was.Opened.Add(-limit)
	}
	w.standing[source] = &Alert{
		ID: idOf("nothing-collected", "source|"+source), Rule: "nothing-collected", Severity: Critical, Title: "A source of evidence fails", Source: source,
		Opened:  since.Add(limit),
		Summary: fmt.Sprintf("Nothing could be fetched from %s since %s: %s", source, since.Format("2006-01-02 15:04 UTC"), brief(err.Error(), 500)),
		Steps:   []string{"The reason says what is missing. What happens meanwhile is fetched once the source works again, as far as it reaches back (LookupEvents: 90 days)."},
	}
}

// OpenAlerts returns the open alerts, in order.
func (w *Watcher) OpenAlerts() []*Alert { return w.book.open() }

// Ground returns what was looked at.
func (w *Watcher) Ground() *Ground { return w.ground }
