package s3

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/intake"
)

// portionBytes ends a portion early: what is read again after an interruption.
const portionBytes = 512 << 20

// Collect reads what is asked for and gives it to the sink. Its error is a
// *live.Problem, or that of ctx or of the journal.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	l, err := s.explore(ctx)
	if err != nil {
		return err
	}
	areas, err := s.areas(ctx, l, sink.Note)
	if err != nil {
		return err
	}
	c, err := s.newCollection(ctx, areas, sink)
	if err != nil {
		return err
	}
	err = c.run(ctx)
	if err == nil && c.read == 0 && len(c.before) == 0 {
		if areas[0].flat {
			return s.nothing(l)
		}
		sink.Note(s.name() + ": no log file was delivered in the span that is asked about")
	}
	return err
}

// areas are what is walked, when something is there.
func (s *Source) areas(ctx context.Context, l *layout, note func(string)) ([]area, error) {
	var areas []area
	chosen, err := s.choose(ctx, l, note)
	if err != nil {
		return nil, err
	}
	for _, t := range l.trees {
		if chosen[t.place] {
			areas = append(areas, area{tree: t})
		}
	}
	if len(areas) > 0 {
		s.noteLayout(l, note)
		return areas, nil
	}
	for _, folder := range l.plain {
		areas = append(areas, area{tree: tree{within: folder}, flat: true})
	}
	if len(areas) == 0 || len(l.pruned) > 0 {
		return nil, s.nothing(l)
	}
	return areas, nil
}

// noteLayout says what was not looked into.
func (s *Source) noteLayout(l *layout, note func(string)) {
	if n := len(l.plain); n > 0 {
		note(fmt.Sprintf("%s: objects outside the folders of a trail were not read (%s); name their folder to have them read", s.name(), s.shown(l.plain[0])))
	}
	if len(l.passed) > 0 {
		note(fmt.Sprintf("%s: there are too many folders to look into all of them (%s is one); name a prefix further down to have it read", s.name(), s.shown(l.passed[0])))
	}
	if n := len(l.pruned); n > 0 {
		note(fmt.Sprintf("%s: as the flags ask, nothing was read of %s", s.name(), list(some(placeNames(l.pruned), 10))))
	}
}

// collection is one run of Collect.
type collection struct {
	s       *Source
	areas   []area
	only    intake.Only
	reading *intake.Reading
	fetch   *fetcher
	sums    *sums // nil without Verify

	ctx  context.Context // ends when nothing more can be had
	fail context.CancelCauseFunc

	began  time.Time
	before []intake.Ground // of earlier runs
	ground []intake.Ground // after the last whole portion
	read   int             // objects

	sink casefile.Sink

	mu    sync.Mutex
	stuck map[string]bool // areas, by within, whose journal stays where it is
}

// portion is objects of one area.
type portion struct {
	area    int
	objects []object
}

func (s *Source) newCollection(ctx context.Context, areas []area, sink casefile.Sink) (*collection, error) {
	c := &collection{s: s, areas: areas, only: s.only(), sink: sink, began: s.o.Query.Clock(), stuck: map[string]bool{}}
	var err error
	if c.before, err = s.resume(ctx, areas); err != nil {
		return nil, err
	}
	counts := new(intake.Progress)
	opts := intake.Options{Limits: s.o.Limits, NoCustody: !s.o.Custody, NoVerify: true, Progress: counts, Narrowed: true}
	if s.o.Verify {
		c.only = widened(c.only)
		c.sums = &sums{of: map[string]sum{}}
		opts.Content = c.sums.add
	}
	opts.Only = c.only
	c.reading = intake.Begin(s.name(), opts, sink)
	c.reading.Restore(c.before)
	c.ground = c.before
	c.ctx, c.fail = context.WithCancelCause(ctx)
	c.fetch = s.newFetcher(counts, c.fail, c.lose)
	if !s.o.Query.Span.To.IsZero() && c.only.Deliveries().To.Before(s.o.Query.Clock()) {
		sink.Note(fmt.Sprintf("%s: log files delivered after %s were not looked for; CloudTrail can deliver an event up to 30 days late, and one that came so late would be in such a file",
			s.name(), c.only.Deliveries().To.UTC().Format(time.RFC3339)))
	}
	return c, nil
}

// lose notes an object that could not be had; without a reason it is named
// already.
func (c *collection) lose(o object, reason string) {
	c.mu.Lock()
	for i := range c.areas {
		if within := c.areas[i].within; len(o.key) >= len(within) && o.key[:len(within)] == within {
			c.stuck[within] = true
		}
	}
	c.mu.Unlock()
	if reason != "" {
		c.reading.Lose(o.key, casefile.Loss{Path: c.s.b.path(o.key), Reason: reason, Lost: "all of it"})
		c.sums.fail(o.key)
	}
}

// run reads everything.
func (c *collection) run(ctx context.Context) error {
	defer c.fail(nil)
	c.s.o.Query.Progress.Doing("reading " + c.s.name())
	var next []portion
	count, bytes := 0, int64(0)
	err := c.s.walk(c.ctx, c.areas, &c.only, func(i int, o object) error {
		if len(next) == 0 || next[len(next)-1].area != i {
			next = append(next, portion{area: i})
		}
		last := &next[len(next)-1]
		last.objects = append(last.objects, o)
		count, bytes = count+1, bytes+o.size
		c.s.o.Query.Progress.Total.Add(1)
		if count < c.s.o.Portion && bytes < portionBytes {
			return nil
		}
		done := next
		next, count, bytes = nil, 0, 0
		return c.take(done)
	})
	if err == nil && len(next) > 0 {
		err = c.take(next)
	}
	if err == nil {
		err = c.settle()
	}
	if err != nil {
		// Only what was read to the end of a portion is claimed.
		if c.fetch.had.Load() == 0 {
			c.ground = c.before // not one object could be read
		}
		c.reading.Restore(c.ground)
		c.sink.Note(fmt.Sprintf("reading %s was not finished: what is here is a part of it, and what is not here may well be there", c.s.name()))
	}
	if err == nil && c.sums != nil {
		err = c.verify(c.ctx)
	}
	cause := context.Cause(c.ctx)
	if finishing := c.reading.Finish(context.WithoutCancel(ctx)); err == nil {
		err = finishing
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("reading %s: %w", c.s.name(), ctx.Err())
	case cause != nil:
		return cause
	}
	return err
}

// take reads a portion, and notes in the journal that it was read.
func (c *collection) take(parts []portion) error {
	var objects []object
	for _, p := range parts {
		objects = append(objects, p.objects...)
	}
	if err := c.reading.Read(c.ctx, c.fetch.tree(objects)); err != nil {
		return err
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	c.read += len(objects)
	c.ground = c.reading.Ground()
	for _, p := range parts {
		a := &c.areas[p.area]
		c.mu.Lock()
		stuck := c.stuck[a.within]
		c.mu.Unlock()
		if stuck || !c.s.resumes(a) {
			continue
		}
		done := ""
		for _, o := range p.objects {
			if o.key > a.done && !c.s.isSettled(o) {
				c.mu.Lock()
				c.stuck[a.within] = true // what follows is not settled either
				c.mu.Unlock()
				break
			}
			done = o.key
		}
		if done <= a.done {
			a.late = a.late || done != "" // and more of that kind may follow
			continue
		}
		a.late = false
		if err := c.s.save(c.ctx, a, done, c.began, c.ground); err != nil {
			return err
		}
	}
	return nil
}

// settle notes that late files were read where nothing else was.
func (c *collection) settle() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.areas {
		if a := &c.areas[i]; a.late && !c.stuck[a.within] {
			if err := c.s.save(c.ctx, a, a.done, c.began, c.ground); err != nil {
				return err
			}
		}
	}
	return nil
}
