package intake

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/scimtrail/scimtrail/internal/inflate"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// desk is one worker and the memory with which it reads file after file.
//
// It unpacks two log files at once, since that takes less time than one after the
// other (package inflate); all other files it reads one by one.
type desk struct {
	c *collection

	// For any file.
	stored  *bufio.Reader
	content *bufio.Reader
	gzip    *gzip.Reader
	sum     hash.Hash
	logs    *scan.Logs

	// For log files that fit into memory as they are stored.
	pair  *inflate.Pair
	lanes [2]lane
	spare *inflate.Stream // reads again what the Sieve gives back
}

// lane is a log file that is being read.
type lane struct {
	stream *inflate.Stream
	stored []byte    // all of the file
	own    []byte    // memory to read a file into
	sum    hash.Hash // of the content, when it is asked for; else nil
	summed bool      // all of it is in sum
	sieve  *scan.Sieve
	task   *task // nil: the lane is free
}

// wholeFile is the largest log file, as it is stored, that is read into memory.
// CloudTrail's own hold some megabytes.
const wholeFile = 8 << 20

// ReadsAtOnce reports whether a file of that name and size, as it is stored, is
// read into memory as a whole: then a Shelf, or Stored, is of use.
func ReadsAtOnce(name string, size int64) bool {
	return size >= 0 && size <= wholeFile && strings.Contains(name, product)
}

func newDesk(c *collection) *desk {
	d := &desk{
		c: c, stored: bufio.NewReaderSize(nil, headSize), content: bufio.NewReaderSize(nil, headSize),
		sum: sha256.New(), logs: scan.NewLogs(), pair: inflate.NewPair(),
	}
	for i, s := range d.pair.Streams() {
		d.lanes[i] = lane{stream: s, sieve: scan.NewSieve()}
		if c.opts.Content != nil {
			d.lanes[i].sum = sha256.New()
		}
	}
	return d
}

// work reads files until there are no more.
func (d *desk) work(ctx context.Context, work <-chan batch) {
	var files batch
	for {
		for i := range d.lanes {
			for d.lanes[i].task == nil {
				if len(files) == 0 {
					files = take(work, d.lanes[1-i].task == nil)
				}
				if len(files) == 0 {
					break
				}
				d.start(ctx, &d.lanes[i], files[0])
				files = files[1:]
			}
		}
		if d.lanes[0].task == nil && d.lanes[1].task == nil {
			return
		}
		d.step()
	}
}

// take gets more files; when it need not wait for them it does not.
func take(work <-chan batch, wait bool) batch {
	if wait {
		return <-work
	}
	select {
	case files := <-work:
		return files
	default:
		return nil
	}
}

// start begins a file in a lane, or reads all of it otherwise.
func (d *desk) start(ctx context.Context, l *lane, e Entry) {
	if ctx.Err() != nil {
		e.release()
		e.done()
		return
	}
	size := int64(-1)
	if e.Info != nil && e.Info.Mode().IsRegular() {
		size = e.Info.Size()
	}
	if e.Stored != nil {
		size = int64(len(e.Stored))
	}
	t := &task{Entry: e, c: d.c, d: d, ctx: ctx}
	if t.Stored != nil {
		t.Open = t.openStored
	}
	t.size = size
	if !t.log {
		t.listed() // what is read in two goroutines must not enter itself twice
	}
	if !t.log || e.Stored == nil && (size < 0 || size > wholeFile) {
		e.release()
		t.finish(t.read())
		return
	}
	if err := l.load(&e, int(size)); err != nil {
		t.lose(err.Error(), "all of it")
		t.sumUp(nil, err)
		t.finish(kindUnreadable, useless)
		return
	}
	if !bytes.HasPrefix(l.stored, []byte{0x1f, 0x8b}) || len(l.stored) > wholeFile {
		// What was read may be all or the beginning; the general way reads it anew.
		t.finish(t.read())
		return
	}
	l.task = t
	if l.sum != nil {
		l.sum.Reset()
		l.summed = false
	}
	l.stream.Reset(l.stored, d.c.opts.Limits.Stream)
	l.sieve.Reset(d.c.opts.Limits, t.keep)
}

func (t *task) openStored() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(t.Stored)), nil
}

// load reads a file whole, or somewhat more than wholeFile of it.
func (l *lane) load(e *Entry, size int) (err error) {
	if e.Stored != nil {
		l.stored = e.Stored
		return nil
	}
	if size+1 > cap(l.own) {
		l.own = make([]byte, 0, size+size/4+4<<10)
	}
	l.stored = l.own[:0]
	defer func() { l.own = l.stored }()
	if e.Shelf != nil {
		l.stored, err = e.Shelf.Read(path.Base(e.Rel), l.stored, size, wholeFile)
		e.release()
	} else {
		l.stored, err = readFrom(e.Open, l.stored)
	}
	failed, opening := errors.AsType[*OpenError](err)
	switch {
	case opening:
		return fmt.Errorf("it can't be opened: %s", PlainError(failed.Err))
	case err != nil && !errors.Is(err, io.ErrShortBuffer):
		return fmt.Errorf("reading it failed: %s", PlainError(err))
	}
	return nil
}

// OpenError is the error of a Shelf for a file that can't be opened.
type OpenError struct{ Err error }

// Error is that of Err.
func (e *OpenError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *OpenError) Unwrap() error { return e.Err }

func readFrom(open func() (io.ReadCloser, error), b []byte) ([]byte, error) {
	r, err := open()
	if err != nil {
		return b, &OpenError{err}
	}
	defer r.Close()
	for len(b) <= wholeFile {
		b = slices.Grow(b, 1)
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		} else if err != nil {
			return b, err
		}
	}
	return b, io.ErrShortBuffer
}

// step unpacks one window of either lane and searches it.
func (d *desk) step() {
	s, window, err := d.pair.Next()
	l := &d.lanes[0]
	if s != l.stream {
		l = &d.lanes[1]
	}
	t := l.task
	if t == nil {
		return
	}
	if err := t.ctx.Err(); err != nil {
		d.logged(l, err)
		return
	}
	if l.sum != nil {
		l.sum.Write(window)
		l.summed = err == io.EOF
	}
	told := l.sieve.Window(s.Behind(window, scan.History), len(window), errors.Is(err, io.EOF))
	d.c.opts.Progress.Content.Add(int64(len(window)))
	switch {
	case told == nil && err == nil:
	case l.sieve.Done() == 0 && (told == nil || errors.Is(told, scan.ErrUnlike)):
		// It is something else under a log's name, or there is nothing.
		t.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(l.stored)), nil }
		kind, fit := t.read()
		d.end(l, kind, fit)
	case told == nil && err == io.EOF:
		d.logged(l, nil)
	case told == nil:
		l.sieve.Broken()
		d.logged(l, l.sieve.Rest(io.MultiReader(bytes.NewReader(l.sieve.Held()), failed{inPlainWords(err, d.c.opts.Limits.Stream)})))
	case errors.Is(told, scan.ErrUnlike):
		d.logged(l, l.sieve.Rest(d.again(l)))
	default: // by keep
		d.logged(l, told)
	}
}

// logged ends a lane whose sieve has read the file.
func (d *desk) logged(l *lane, err error) {
	kind, fit := l.task.logged(l.sieve.Profile(), err)
	d.end(l, kind, fit)
}

// end frees the lane.
func (d *desk) end(l *lane, kind string, fit fitness) {
	t := l.task
	if t.ctx.Err() == nil {
		if !t.c.opts.NoCustody {
			sum := sha256.Sum256(l.stored)
			t.c.b.Sealed(t.listed(), int64(len(l.stored)), hex.EncodeToString(sum[:]))
		}
		if l.sum != nil && !t.summed {
			d.sumContent(l)
		}
	}
	l.task, l.stored = nil, nil
	l.stream.Reset(nil, 0)
	t.finish(kind, fit)
}

// sumContent tells the hash of a lane's content: as the windows gave it, or, where
// they were not all looked at, of the content read anew.
func (d *desk) sumContent(l *lane) {
	if l.summed {
		l.task.sumUp(l.sum, nil)
		return
	}
	if d.spare == nil {
		d.spare = inflate.NewStream()
	}
	l.sum.Reset()
	d.spare.Reset(l.stored, d.c.opts.Limits.Stream)
	_, err := io.Copy(l.sum, &unpacked{stream: d.spare, limit: d.c.opts.Limits.Stream})
	l.task.sumUp(l.sum, damaged(err))
}

// again reads a lane's content anew, from where the Sieve is done.
func (d *desk) again(l *lane) io.Reader {
	if d.spare == nil {
		d.spare = inflate.NewStream()
	}
	d.spare.Reset(l.stored, d.c.opts.Limits.Stream)
	return &unpacked{stream: d.spare, skip: l.sieve.Done(), limit: d.c.opts.Limits.Stream}
}

// unpacked reads the windows of a Stream.
type unpacked struct {
	stream *inflate.Stream
	window []byte
	skip   int64
	limit  int64
	err    error
}

func (u *unpacked) Read(p []byte) (int, error) {
	for len(u.window) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		window, err := u.stream.Next()
		if err != nil {
			u.err = err
			if err != io.EOF {
				u.err = inPlainWords(err, u.limit)
			}
			continue
		}
		n := min(int64(len(window)), u.skip)
		u.skip -= n
		u.window = window[n:]
	}
	n := copy(p, u.window)
	u.window = u.window[n:]
	return n, nil
}

// failed is a reader that can't be read further.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// PlainError is the reason of a file error, without the path: the loss has it.
func PlainError(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err.Error()
	}
	return err.Error()
}
