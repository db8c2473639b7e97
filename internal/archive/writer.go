package archive

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Writer keeps what a source finds. It is a casefile.Sink and a live.Journal, and
// may be used by several goroutines. What it was given is in the archive once
// Flush, Save or Close has returned without an error; until then some of it may
// be. An error of a method that returns none comes with the next that does.
type Writer struct {
	a      *Archive
	ctx    context.Context
	source string
	pack   *pack
	dict   int64

	mu       sync.Mutex
	err      error
	closed   bool
	reading  int64   // number of this reading; 0 before the first transaction
	purges   int64   // how many there had been then
	seen     int64   // how many there had been at the last transaction
	resumed  bool    // a journal said where to go on
	inputs   []int64 // by index: id in the archive, 0 while it is not there
	words    map[string]int64
	pending  batch
	journal  bool // Save is used: counts wait for it
	changing bool // this transaction changes evidence
}

var (
	_ casefile.Sink = (*Writer)(nil)
	_ live.Journal  = (*Writer)(nil)
)

// batch is what the next transaction writes.
type batch struct {
	news      []newInput
	kinds     map[int]string
	seals     map[int]sealed
	counts    map[int]int
	rows      []row
	bytes     int
	documents []document
	covers    casefile.Coverage
	facts     []fact
	passed    casefile.Passed
}

type newInput struct {
	index int
	in    casefile.Input
}

type sealed struct {
	size int64
	sum  string
}

// A batch is written when it has so many events, or so many bytes of them and of
// documents: large enough that a transaction costs little beside it.
const (
	batchRows  = 4000
	batchBytes = 8 << 20
)

// Writer returns a writer for one collection. The context is that of everything
// it writes without being given another.
func (a *Archive) Writer(ctx context.Context) (*Writer, error) { return a.WriterFor(ctx, "") }

// WriterFor is Writer for a source that has a name, such as its --from. What
// could not be read and what was noted in an earlier reading of the same name is
// dropped by Complete, unless it was said again.
func (a *Archive) WriterFor(ctx context.Context, source string) (*Writer, error) {
	if a.readOnly {
		return nil, &Error{Archive: a.name, Doing: "writing", Reason: "it was opened for reading only"}
	}
	w := &Writer{a: a, ctx: ctx, source: text(source), words: map[string]int64{}}
	w.pending.reset()
	var err error
	if w.dict, w.pack, err = a.writingPack(ctx); err != nil {
		return nil, a.explain("writing", err)
	}
	return w, nil
}

func (b *batch) reset() {
	clear(b.rows)
	*b = batch{kinds: map[int]string{}, seals: map[int]sealed{}, counts: map[int]int{}, rows: b.rows[:0]}
}

// Input registers a source of evidence; the index goes with all taken from it.
func (w *Writer) Input(in casefile.Input) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	index := len(w.inputs)
	w.inputs = append(w.inputs, 0)
	w.pending.news = append(w.pending.news, newInput{index, in})
	return index
}

// Recognised says what an input turned out to be.
func (w *Writer) Recognised(input int, kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending.kinds[input] = kind
}

// Sealed notes the size and SHA-256 of an input once it has been read.
func (w *Writer) Sealed(input int, size int64, sha256Hex string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending.seals[input] = sealed{size, sha256Hex}
	if len(w.pending.seals) >= batchRows {
		w.flushOnce()
	}
}

// Record keeps one identity record; raw must not change afterwards. Its error
// says that raw is no record, or that what came before could not be written.
func (w *Writer) Record(input int, raw []byte) error {
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		return err
	}
	if !cloudtrail.Concerns(rec.Source, rec.Name) {
		return nil
	}
	r := newRow(input, &rec, raw)
	r.raw = w.pack.shrink(raw)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.fit(input); err != nil {
		return err
	}
	w.pending.rows = append(w.pending.rows, r)
	w.grow(len(r.raw))
	return w.err
}

// Records counts CloudTrail records of any service that an input held.
func (w *Writer) Records(input, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending.counts[input] += n
}

// Passed counts files that hold nothing of identities.
func (w *Writer) Passed(p casefile.Passed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending.passed.Files += p.Files
	w.pending.passed.Bytes += p.Bytes
	w.pending.passed.Records += p.Records
}

// Snapshot keeps a listing of an identity store.
func (w *Writer) Snapshot(s directory.Snapshot) {
	d, err := snapshotDocument(s, w.pack)
	w.keep(d, err)
}

// Upstream keeps what an identity provider or a governance product shows.
func (w *Writer) Upstream(input int, s upstream.State, taken int) {
	d, err := upstreamDocument(input, s, taken, w.pack)
	w.keep(d, err)
}

func (w *Writer) keep(d document, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || w.err != nil {
		w.fail(err)
		return
	}
	w.pending.documents = append(w.pending.documents, d)
	w.grow(d.size())
}

// Cover adds ground that was looked at.
func (w *Writer) Cover(covers ...casefile.Cover) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending.covers = append(w.pending.covers, covers...)
	if len(w.pending.covers) >= batchRows {
		w.flushOnce()
	}
}

// Home adds where an identity store lives.
func (w *Writer) Home(h casefile.Home) { w.state(factHome, h) }

// Seal adds what signed digests say.
func (w *Writer) Seal(s casefile.Seal) {
	w.state(factSeal, casefile.GatheredSeal{Account: s.Account, Region: s.Region, Proven: s.Proven.Spans(), Tampered: s.Tampered, Limits: s.Limits})
}

// Unreadable notes something that could not be read.
func (w *Writer) Unreadable(l casefile.Loss) { w.state(factLoss, l) }

// Note adds a sentence about the evidence.
func (w *Writer) Note(text string) { w.state(factNote, text) }

func (w *Writer) state(kind string, of any) {
	f, err := newFact(kind, of)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || w.err != nil {
		w.fail(err)
		return
	}
	w.pending.facts = append(w.pending.facts, f)
	w.grow(len(f.data))
}

// fit says whether something may be added to an input. The caller holds mu.
func (w *Writer) fit(input int) error {
	switch {
	case w.err != nil:
		return w.err
	case w.closed:
		return &Error{Archive: w.a.name, Doing: "writing", Reason: "the writer is closed"}
	case input < 0 || input >= len(w.inputs):
		return fmt.Errorf("writing the archive %s: input %d of %d", w.a.name, input, len(w.inputs))
	}
	return nil
}

// fail keeps the first error. The caller holds mu.
func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// grow counts what came in and writes the batch when it is full. The caller
// holds mu.
func (w *Writer) grow(n int) {
	w.pending.bytes += n
	if len(w.pending.rows) >= batchRows || w.pending.bytes >= batchBytes || len(w.pending.facts) >= batchRows {
		w.flushOnce()
	}
}

// flushOnce writes the batch before the collection ends. The caller holds mu.
func (w *Writer) flushOnce() {
	if w.err == nil {
		w.fail(w.flush(w.ctx, false, nil))
	}
}

// Flush writes everything that was given so far.
func (w *Writer) Flush(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.fail(w.flush(ctx, true, nil))
	}
	return w.err
}

// Close writes everything that was given and ends the writer. It returns the
// first error that the writer met.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.err
	}
	if w.err == nil {
		// What was fetched before an interrupt is kept.
		w.fail(w.flush(context.WithoutCancel(w.ctx), true, nil))
	}
	w.closed = true
	return w.err
}

// Complete writes everything that was given and says that the source was read to
// its end. What an earlier reading of the same named source could not read or
// noted, and this one did not say again, is then made good and dropped; not so
// when this reading went on where a journal said, since it did not see the rest.
func (w *Writer) Complete(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.fail(w.flush(ctx, true, nil))
	}
	if w.err != nil || w.source == "" || w.resumed || w.reading == 0 {
		return w.err
	}
	w.fail(w.a.write(ctx, "writing", func(tx *sql.Tx) error {
		w.changing = false
		done, err := tx.ExecContext(ctx, "DELETE FROM facts WHERE source = $1 AND reading <> $2 AND kind IN ('loss', 'note')", w.source, w.reading)
		if err := w.changed(done, err); err != nil || !w.changing {
			return err
		}
		return advance(ctx, tx)
	}))
	return w.err
}

// Load returns what was saved under key, nil when nothing was.
func (w *Writer) Load(ctx context.Context, key string) ([]byte, error) {
	value, err := w.a.journalled(ctx, key)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal = true
	w.resumed = w.resumed || value != nil
	return value, nil
}

// Save writes everything that was given so far together with value, in one
// transaction.
func (w *Writer) Save(ctx context.Context, key string, value []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal = true
	if w.err == nil {
		w.fail(w.flush(ctx, true, &saved{key, value}))
	}
	return w.err
}

// saved is what a journal keeps.
type saved struct {
	key   string
	value []byte
}
