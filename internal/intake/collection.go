package intake

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/manifest"
)

// Collect reads all files of a tree and gives what is in them to b; name is what
// the tree is called in messages. What can't be read becomes a loss of the case.
// It returns the error of ctx; what was read until then is in b and is noted to
// be a part, and no ground is claimed by it.
func Collect(ctx context.Context, name string, from *Tree, opts Options, b casefile.Sink) error {
	c := newCollection(name, from, opts.OrDefaults(), b)
	if err := c.read(ctx, from); err != nil {
		c.interrupted = true
		b.Note(fmt.Sprintf("reading %s was interrupted: what is here is a part of it, and what is not here may well be there", name))
		c.finish(ctx)
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return c.finish(ctx)
}

// collection is one reading of a source.
type collection struct {
	name string
	opts Options
	from *Tree
	b    casefile.Sink

	ground ground
	losses losses

	mu          sync.Mutex
	files       []outcome
	manifests   []foundManifest
	listings    []listing
	documents   []keptDocument
	decoded     []string // paths of UTF-16 files
	summaries   []string // paths of lookup-events output without the records
	empty       []Entry  // empty results
	digests     bool     // there are digest files
	interrupted bool

	unopened [after + 1]int // files, by the reason

	// passed holds the first file of each folder that passed (task.passes), for
	// the manifests that speak of the folder.
	passed map[string]string

	attesting attesting
	judged    map[statement]bool // whether a file differs from what a manifest says
	unfit     map[string]bool    // files that do
	missed    map[string]bool    // what a manifest describes and is not there

	desks []*desk // of the workers, from the first reading on
}

// pass notes a file that is not listed. The caller holds mu.
func (c *collection) pass(rel string) {
	dir := path.Dir(rel)
	if first, known := c.passed[dir]; !known || rel < first {
		c.passed[dir] = rel
	}
}

// outcome is what became of a file, for the manifests that speak of it.
type outcome struct {
	rel   string
	kind  string
	fit   fitness
	print fingerprint
}

type fitness int

const (
	whole   fitness = iota
	partial         // something of it was lost
	useless         // not recognised or not readable
)

func newCollection(name string, from *Tree, opts Options, b casefile.Sink) *collection {
	return &collection{name: name, opts: opts, from: from, b: b, passed: map[string]string{}, missed: map[string]bool{}, judged: map[statement]bool{}, unfit: map[string]bool{}}
}

// batch is files that one worker takes at once: enough that handing them over
// costs nothing beside reading them, and few enough that no worker waits for
// another at the end.
type batch []Entry

const (
	batchFiles = 32
	batchBytes = 256 << 10
	// batchFolders bounds how many folders are held open.
	batchFolders = 4
)

// read goes through all files, several at once. Its error is that of ctx.
func (c *collection) read(ctx context.Context, from *Tree) error {
	work := make(chan batch, c.opts.Workers)
	var wg sync.WaitGroup
	for len(c.desks) < c.opts.Workers {
		c.desks = append(c.desks, newDesk(c))
	}
	for _, d := range c.desks {
		wg.Go(func() { d.work(ctx, work) })
	}
	var next batch
	var bytes int64
	var shelf Shelf
	folders := 0
	send := func() error {
		select {
		case work <- next:
			next, bytes, folders = nil, 0, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := from.Files(ctx, func(e Entry) error {
		c.opts.Progress.Seen.Add(1)
		e.name()
		if from.Only != "" && e.Rel == manifest.Name {
			c.attesting.mu.Lock()
			c.attesting.beside = true
			c.attesting.mu.Unlock()
		}
		if why := c.opts.Only.judge(&e); why != wanted {
			e.release()
			e.done()
			c.leave(e, why)
			return nil
		}
		if shelf != e.Shelf {
			shelf, folders = e.Shelf, folders+1
		}
		next = append(next, e)
		if e.Info != nil {
			bytes += e.Info.Size()
		}
		if len(next) < batchFiles && bytes < batchBytes && folders < batchFolders {
			return nil
		}
		return send()
	}, func(loss casefile.Loss) {
		c.losses.damage(loss)
		c.ground.broken = c.ground.broken || loss.Lost == LostFolder
	})
	if len(next) > 0 && ctx.Err() == nil {
		_ = send()
	}
	c.opts.Progress.Listed.Store(true)
	close(work)
	wg.Wait()
	if err != nil && !errors.Is(err, ctx.Err()) {
		c.losses.damage(casefile.Loss{Path: c.name, Reason: "the folder can't be listed further: " + err.Error(), Lost: "the files that come after"})
		c.ground.broken = true
	}
	return ctx.Err()
}

// leave notes a file that is not opened.
func (c *collection) leave(e Entry, why reason) {
	c.opts.Progress.Unopened.Add(1)
	c.unopened[why]++
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass(e.Rel)
}

// looked is what was looked at: everything, unless files were left unopened.
func (c *collection) looked() *Only {
	if c.unopened == [after + 1]int{} && !c.opts.Narrowed {
		return &Only{}
	}
	return &c.opts.Only
}

// finish adds what could only be said once everything was read.
func (c *collection) finish(ctx context.Context) error {
	for _, rel := range c.passed {
		c.files = append(c.files, outcome{rel: rel, kind: kindLog, fit: whole})
	}
	slices.SortFunc(c.files, func(a, b outcome) int { return cmpText(a.rel, b.rel) })
	said := c.applyManifests()
	c.addListings(said)
	c.addDocuments()
	c.ground.broken = c.ground.broken || c.interrupted
	c.ground.cover(c.b, c.looked(), func(rel string) bool {
		return slices.ContainsFunc(said[rel], func(m *manifest.Entry) bool { return m.Bytes > 0 && len(m.Sources) > 0 })
	})
	c.notes(said)
	c.noteUnopened()
	var err error
	if !c.interrupted {
		err = c.verify(ctx)
	}
	c.losses.report(c.b, c.name)
	return err
}

func (c *collection) notes(said map[string][]*manifest.Entry) {
	note := func(paths []string, one, many string) {
		if len(paths) == 0 {
			return
		}
		slices.Sort(paths)
		if len(paths) == 1 {
			c.b.Note(fmt.Sprintf("%s %s", paths[0], one))
			return
		}
		c.b.Note(fmt.Sprintf("%d files (the first is %s) %s", len(paths), paths[0], many))
	}
	note(c.decoded, "is UTF-16, as PowerShell writes it; it was decoded", "are UTF-16, as PowerShell writes it; they were decoded")
	var empty []string // without those of which a manifest says what they are the answer to
	for _, e := range c.empty {
		if !slices.ContainsFunc(said[e.Rel], func(m *manifest.Entry) bool { return len(m.Sources) > 0 || m.Group != "" || m.Whole != nil }) {
			empty = append(empty, e.Path)
		}
	}
	note(empty, "is an empty result; an empty result does not say what was searched, so it covers nothing by itself", "are empty results; an empty result does not say what was searched, so they cover nothing by themselves")
	note(c.summaries, "has events of lookup-events without their CloudTrailEvent: who and what they were about is not in it", "have events of lookup-events without their CloudTrailEvent: who and what they were about is not in them")
}

// noteUnopened says what was not looked into, and what might be in it after all.
func (c *collection) noteUnopened() {
	if n := c.unopened[elsewhere]; n > 0 {
		c.b.Note(c.name + ": " + counted(n, "1 log file of another account or Region was not opened", "%d log files of other accounts or Regions were not opened"))
	}
	if n := c.unopened[before]; n > 0 {
		c.b.Note(c.name + ": " + counted(n, "1 log file delivered before the span that is asked about was not opened", "%d log files delivered before the span that is asked about were not opened"))
	}
	if n := c.unopened[after]; n > 0 {
		c.b.Note(fmt.Sprintf("%s: %s; CloudTrail can deliver an event up to 30 days late, and one that came so late would be in such a file",
			c.name, counted(n, "1 log file delivered more than a day after the span that is asked about was not opened", "%d log files delivered more than a day after the span that is asked about were not opened")))
	}
}
