package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// Options change how a Source reads. The zero Options is fine.
type Options struct {
	Limits scan.Limits
	// Document is the size of the largest file that has to be read whole (a
	// listing, an export), after decompression; 64 MB when 0.
	Document int64
	// Workers is how many files are read at once; 0 means one for each processor.
	Workers int
	// Stdin is what the path "-" reads; os.Stdin when nil.
	Stdin io.Reader
	// Only leaves log files unopened that hold nothing of what is asked about.
	Only Only
	// NoCustody leaves the files unhashed: inputs have no SHA-256.
	NoCustody bool
	// NoVerify leaves digests unchecked: nothing is proven and no tampering seen.
	NoVerify bool
	// Progress, when not nil, is kept up to date while files are read.
	Progress *Progress
}

// Source is a place on this machine that evidence is read from. Get one from New
// or NewFS.
type Source struct {
	name string // as the user named it, with slashes
	path string // on disk; "" for standard input and trees in memory
	opts Options
	open func() (*folder, error)
}

// folder is the files to read. fsys is nil when the source is a single file.
type folder struct {
	fsys  fs.FS
	files func(ctx context.Context, found func(entry) error, lost func(casefile.Loss)) error
	close func() error
	only  string // the single file that manifests beside it are asked about
}

// entry is one file that is to be read.
type entry struct {
	path  string // for people
	rel   string // relative to the folder
	info  fs.FileInfo
	open  func() (io.ReadCloser, error)
	timed bool     // info has a modification time that says something
	dir   *openDir // to open the file from, once; may be nil

	// What a log file's name says, once name was called.
	log       bool
	at        place
	delivered time.Time
}

func (e *entry) name() { e.at, e.delivered, e.log = nameOf(e.rel) }

func (e *entry) modified() time.Time {
	if !e.timed || e.info == nil {
		return time.Time{}
	}
	return e.info.ModTime().UTC()
}

// New returns the source of a file, a folder or, for "-", standard input.
// Nothing is opened before Collect.
func New(name string, opts Options) *Source {
	s := &Source{name: filepath.ToSlash(filepath.Clean(name)), opts: opts.orDefaults()}
	if name != "-" {
		s.path = filepath.Clean(name)
	}
	s.open = func() (*folder, error) {
		if name == "-" {
			s.name = "-"
			return standardInput(s.opts.Stdin), nil
		}
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("opening evidence: %w", err)
		}
		if !info.IsDir() {
			return singleFile(name, s.name, info), nil
		}
		// A root keeps links from leading out of the folder.
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, fmt.Errorf("opening evidence: %w", err)
		}
		return &folder{fsys: root.FS(), files: walk(root.FS(), s.name, &holder{root: root}), close: root.Close}, nil
	}
	return s
}

// NewFS returns the source of everything in fsys; name is what it is called in
// messages and paths, and may be empty.
func NewFS(fsys fs.FS, name string, opts Options) *Source {
	s := &Source{name: name, opts: opts.orDefaults()}
	s.open = func() (*folder, error) {
		return &folder{fsys: fsys, files: walk(fsys, name, nil), close: func() error { return nil }}, nil
	}
	return s
}

func (o Options) orDefaults() Options {
	o.Limits = o.Limits.OrDefaults()
	if o.Document <= 0 {
		o.Document = 64 << 20
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	return o
}

func standardInput(r io.Reader) *folder {
	return &folder{close: func() error { return nil }, files: func(_ context.Context, found func(entry) error, _ func(casefile.Loss)) error {
		return found(entry{path: "-", rel: "-", open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }})
	}}
}

// singleFile reads the file, and the manifest beside it for what it says of it.
func singleFile(name, shown string, info fs.FileInfo) *folder {
	rel := filepath.Base(name)
	return &folder{close: func() error { return nil }, only: rel, files: func(_ context.Context, found func(entry) error, _ func(casefile.Loss)) error {
		note := filepath.Join(filepath.Dir(name), manifest.Name)
		if noteInfo, err := os.Stat(note); err == nil && noteInfo.Mode().IsRegular() && rel != manifest.Name && info.Mode().IsRegular() {
			err := found(entry{path: path.Join(path.Dir(shown), manifest.Name), rel: manifest.Name, info: noteInfo, timed: true, open: func() (io.ReadCloser, error) { return os.Open(note) }})
			if err != nil {
				return err
			}
		}
		return found(entry{path: shown, rel: rel, info: info, timed: info.Mode().IsRegular(), open: func() (io.ReadCloser, error) { return os.Open(name) }})
	}}
}

// Collect reads everything and adds it to b. What can't be read becomes a loss
// of the case. It returns an error when the source itself can't be opened, or
// the error of ctx; what was read until then is in b and is noted to be a part,
// and no ground is claimed by it.
func (s *Source) Collect(ctx context.Context, b casefile.Sink) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.close()
	c := newCollection(s, f, b)
	if err := c.read(ctx); err != nil {
		c.interrupted = true
		b.Note(fmt.Sprintf("reading %s was interrupted: what is here is a part of it, and what is not here may well be there", s.name))
		c.finish(ctx)
		return fmt.Errorf("reading %s: %w", s.name, err)
	}
	return c.finish(ctx)
}

// collection is one reading of a source.
type collection struct {
	name string
	opts Options
	from *folder
	b    casefile.Sink

	ground ground
	losses losses

	mu          sync.Mutex
	files       []outcome
	manifests   []foundManifest
	listings    []listing
	decoded     []string // paths of UTF-16 files
	summaries   []string // paths of lookup-events output without the records
	empty       []entry  // empty results
	digests     bool     // there are digest files
	interrupted bool

	unopened [after + 1]int // files, by the reason

	// passed holds the first file of each folder that passed (task.passes), for
	// the manifests that speak of the folder.
	passed map[string]string
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
	rel  string
	kind string
	fit  fitness
}

type fitness int

const (
	whole   fitness = iota
	partial         // something of it was lost
	useless         // not recognised or not readable
)

func newCollection(s *Source, f *folder, b casefile.Sink) *collection {
	return &collection{name: s.name, opts: s.opts, from: f, b: b, passed: map[string]string{}}
}

// batch is files that one worker takes at once: enough that handing them over
// costs nothing beside reading them, and few enough that no worker waits for
// another at the end.
type batch []entry

const (
	batchFiles = 32
	batchBytes = 256 << 10
	// batchFolders bounds how many folders are held open.
	batchFolders = 4
)

// read goes through all files, several at once. Its error is that of ctx.
func (c *collection) read(ctx context.Context) error {
	work := make(chan batch, c.opts.Workers)
	var wg sync.WaitGroup
	for range c.opts.Workers {
		wg.Go(func() { newDesk(c).work(ctx, work) })
	}
	var next batch
	var bytes int64
	var dir *openDir
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
	err := c.from.files(ctx, func(e entry) error {
		c.opts.Progress.Seen.Add(1)
		e.name()
		if why := c.opts.Only.judge(&e); why != wanted {
			e.dir.release()
			c.leave(e, why)
			return nil
		}
		if dir != e.dir {
			dir, folders = e.dir, folders+1
		}
		next = append(next, e)
		if e.info != nil {
			bytes += e.info.Size()
		}
		if len(next) < batchFiles && bytes < batchBytes && folders < batchFolders {
			return nil
		}
		return send()
	}, func(loss casefile.Loss) {
		c.losses.damage(loss)
		c.ground.broken = c.ground.broken || loss.Lost == lostFolder
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
func (c *collection) leave(e entry, why reason) {
	c.opts.Progress.Unopened.Add(1)
	c.unopened[why]++
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass(e.rel)
}

// looked is what was looked at: everything, unless files were left unopened.
func (c *collection) looked() *Only {
	if c.unopened == [after + 1]int{} {
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
	c.ground.broken = c.ground.broken || c.interrupted
	c.ground.cover(c.b, c.looked())
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
		if !slices.ContainsFunc(said[e.rel], func(m *manifest.Entry) bool { return len(m.Sources) > 0 || m.Group != "" || m.Whole != nil }) {
			empty = append(empty, e.path)
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
