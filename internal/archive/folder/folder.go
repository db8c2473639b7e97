// Package folder keeps collected evidence as files that people can read, hand on
// and give to scimtrail again: records as JSON lines, one file an event source;
// what else was shown as documents of package kept; and a manifest that says what
// was searched (design ruling 4).
//
// Each collection writes a folder of its own below the one that was named, so two
// may run at once and neither changes what is there. What digests prove can't be
// said in a manifest: ground that was proven is kept as claimed, and evidence that
// was tampered with is refused. For that, and for millions of events, use an archive.
//
// Whatever moment a collection ends at, the folder is whole: the manifest claims no
// ground whose records are not in it, and the journal (of the folder that was named)
// no ground that the manifest does not claim.
package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Folder is where one collection is written. It is a casefile.Sink and a
// live.Journal, and may be used by several goroutines.
type Folder struct {
	root, dir, from string
	now             func() time.Time

	mu      sync.Mutex
	made    bool
	files   map[string]*records // by name
	covers  casefile.Coverage
	inputs  []casefile.Input
	docs    []stored
	kept    int
	journal map[string]json.RawMessage
	empty   map[string]stored // files that were made for a claim alone
	saved   map[string]bool   // keys of journal that this collection wrote
	altered []casefile.Tampering
	losses  []casefile.Loss
	notes   []string
	err     error // the first that a method without a result met
}

var (
	_ casefile.Sink = (*Folder)(nil)
	_ live.Journal  = (*Folder)(nil)
)

// Open prepares a folder for one collection from the source that from names.
// now is the clock; time.Now when nil. Nothing is written before there is
// something to keep. The journal of earlier collections into root is read; one
// that is damaged is an error, since going on without it would fetch all again.
func Open(root, from string, now func() time.Time) (*Folder, error) {
	if now == nil {
		now = time.Now
	}
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("keeping evidence in %s: that is a file, not a folder", root)
	}
	f := &Folder{root: root, from: from, now: now, files: map[string]*records{}, empty: map[string]stored{}, saved: map[string]bool{}}
	var err error
	f.journal, err = readJournal(root)
	return f, err
}

// Dir returns the folder that this collection wrote, "" when it wrote none.
func (f *Folder) Dir() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dir
}

// Kept returns how many records were written.
func (f *Folder) Kept() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept
}

// Losses returns what could not be read; Notes what must be known of the rest.
func (f *Folder) Losses() []casefile.Loss { return f.losses }

// Notes returns the sentences about the evidence.
func (f *Folder) Notes() []string { return f.notes }

// Coverage returns the ground that was looked at.
func (f *Folder) Coverage() casefile.Coverage { return f.covers }

// place makes the folder of this collection: its time and source, so that a
// listing of the parent tells what is there.
func (f *Folder) place() error {
	if f.made {
		return nil
	}
	name := f.now().UTC().Format("20060102T150405Z") + "-" + plainName(f.from)
	for n := 0; ; n++ {
		dir := filepath.Join(f.root, name)
		if n > 0 {
			dir = fmt.Sprintf("%s-%d", dir, n+1)
		}
		if err := os.MkdirAll(f.root, 0o700); err != nil {
			return fmt.Errorf("making the folder for the evidence: %w", err)
		}
		err := os.Mkdir(dir, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue // another collection of the same second
		}
		if err != nil {
			return fmt.Errorf("making the folder for the evidence: %w", err)
		}
		f.dir, f.made = dir, true
		return nil
	}
}

// plainName makes a file name of what --from said.
func plainName(from string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, from)
	for strings.Contains(out, "--") {
		out = strings.ReplaceAll(out, "--", "-")
	}
	return strings.Trim(out[:min(len(out), 60)], "-")
}

// Input implements casefile.Sink.
func (f *Folder) Input(in casefile.Input) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inputs = append(f.inputs, in)
	return len(f.inputs) - 1
}

// Recognised implements casefile.Sink; the files say themselves what they are.
func (f *Folder) Recognised(int, string) {}

// Sealed implements casefile.Sink; the files are hashed when they are read.
func (f *Folder) Sealed(int, int64, string) {}

// Records implements casefile.Sink; records of other services are not kept.
func (f *Folder) Records(int, int) {}

// Passed implements casefile.Sink; files without identities are not kept.
func (f *Folder) Passed(casefile.Passed) {}

// Record writes an identity record to the file of its event source: records of
// several sources in one file could be mistaken for a log that nobody filtered.
func (f *Folder) Record(_ int, raw []byte) error {
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		return err
	}
	if !cloudtrail.Concerns(rec.Source, rec.Name) {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.open(rec.Source)
	if err != nil {
		f.fail(err)
		return nil // no fault of the record
	}
	line := make([]byte, 0, len(raw)+1)
	for _, c := range raw { // a record may be laid out over lines
		if c != '\n' && c != '\r' {
			line = append(line, c)
		}
	}
	_, err = w.gz.Write(append(line, '\n'))
	if err == nil && w.member.Len() > memberSize {
		err = w.end()
	}
	if err != nil {
		f.fail(err)
	}
	f.kept++
	return nil
}

func (f *Folder) open(source string) (*records, error) {
	if err := f.place(); err != nil {
		return nil, err
	}
	name := fileOf(source)
	w := f.files[name]
	if w == nil {
		file, err := os.OpenFile(filepath.Join(f.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // the manifest may have made it, empty
		if err != nil {
			return nil, fmt.Errorf("keeping records: %w", err)
		}
		begun, ok := f.empty[name]
		if !ok {
			begun = newStored(name)
		}
		w = &records{file: file, stored: begun}
		f.files[name] = w
	}
	if w.gz == nil {
		w.gz = gzip.NewWriter(&w.member)
	}
	return w, nil
}

func fileOf(source string) string {
	return "events-" + strings.TrimSuffix(plainName(source), "-amazonaws-com") + ".jsonl.gz"
}

func (f *Folder) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// Snapshot writes a snapshot of an identity store.
func (f *Folder) Snapshot(s directory.Snapshot) {
	f.document("snapshot", kept.Document{Snapshot: &s, Source: f.from})
}

// Upstream writes what a provider showed.
func (f *Folder) Upstream(_ int, s upstream.State, taken int) {
	f.document("upstream", kept.Document{Upstream: &s, Taken: taken, Source: f.from})
}

func (f *Folder) document(what string, doc kept.Document) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.place(); err != nil {
		f.fail(err)
		return
	}
	written, err := f.writeWhole(fmt.Sprintf("%s-%d.json", what, len(f.docs)+1), doc.Write)
	if err != nil {
		f.fail(err)
		return
	}
	f.docs = append(f.docs, written)
}

// Cover notes ground that was looked at, for the manifest.
func (f *Folder) Cover(covers ...casefile.Cover) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.covers = append(f.covers, covers...)
}

// Seal keeps proven ground as claimed; see the package comment.
func (f *Folder) Seal(s casefile.Seal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, proven := range s.Proven.Spans() {
		for _, source := range casefile.ManagementSources {
			f.covers = append(f.covers, casefile.Cover{Account: s.Account, Region: s.Region, Source: source, Span: proven, Channel: "log-files", Complete: casefile.Claimed})
		}
	}
	f.altered = append(f.altered, s.Tampered...)
}

// Home is not kept by itself: records and snapshots tell where a store lives.
func (f *Folder) Home(casefile.Home) {}

// Unreadable notes something that could not be read.
func (f *Folder) Unreadable(l casefile.Loss) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.losses = append(f.losses, l)
}

// Note keeps a sentence about the evidence.
func (f *Folder) Note(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// flush ends the compressed members, so that the files are whole as they are.
func (f *Folder) flush() error {
	for _, w := range f.files {
		if err := w.end(); err != nil {
			f.fail(fmt.Errorf("keeping records: %w", err))
		}
	}
	return f.err
}

// Close ends the files and writes the manifest. It returns the first error that
// keeping the evidence met.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flush()
	for _, w := range f.files {
		if err := w.file.Close(); err != nil {
			f.fail(err)
		}
	}
	if len(f.altered) > 0 {
		// Without a word of it, what was kept would be taken for sound.
		if f.made {
			f.fail(os.RemoveAll(f.dir))
		}
		if len(f.saved) > 0 { // else a later run would leave it out as fetched
			for key := range f.saved {
				delete(f.journal, key)
			}
			if err := f.writeJournal(); err != nil {
				f.fail(err)
			}
		}
		return fmt.Errorf("keeping evidence in %s: %s: %s; a folder cannot say so to those who read it, and nothing of it was kept; collect into an archive (--into case.db)",
			f.root, f.altered[0].Object, f.altered[0].What)
	}
	if f.err != nil {
		return f.err
	}
	return f.writeManifest()
}
