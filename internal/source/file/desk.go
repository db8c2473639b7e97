package file

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
	"path"

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
	stored []byte // all of the file
	sieve  *scan.Sieve
	task   *task // nil: the lane is free
}

// wholeFile is the largest log file, as it is stored, that is read into memory.
// CloudTrail's own hold some megabytes.
const wholeFile = 8 << 20

func newDesk(c *collection) *desk {
	d := &desk{
		c: c, stored: bufio.NewReaderSize(nil, headSize), content: bufio.NewReaderSize(nil, headSize),
		sum: sha256.New(), logs: scan.NewLogs(), pair: inflate.NewPair(),
	}
	for i, s := range d.pair.Streams() {
		d.lanes[i] = lane{stream: s, sieve: scan.NewSieve()}
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
func (d *desk) start(ctx context.Context, l *lane, e entry) {
	if ctx.Err() != nil {
		e.dir.release()
		return
	}
	size := int64(-1)
	if e.info != nil && e.info.Mode().IsRegular() {
		size = e.info.Size()
	}
	t := &task{entry: e, c: d.c, d: d, ctx: ctx}
	t.size = size
	if !t.log {
		t.listed() // what is read in two goroutines must not enter itself twice
	}
	if !t.log || size < 0 || size > wholeFile {
		e.dir.release()
		t.finish(t.read())
		return
	}
	if err := l.load(&e, int(size)); err != nil {
		t.lose(err.Error(), "all of it")
		t.finish(kindUnreadable, useless)
		return
	}
	if !bytes.HasPrefix(l.stored, []byte{0x1f, 0x8b}) || len(l.stored) > wholeFile {
		// What was read may be all or the beginning; the general way reads it anew.
		t.finish(t.read())
		return
	}
	l.task = t
	l.stream.Reset(l.stored, d.c.opts.Limits.Stream)
	l.sieve.Reset(d.c.opts.Limits, t.keep)
}

// load reads a file whole, or somewhat more than wholeFile of it.
func (l *lane) load(e *entry, size int) (err error) {
	if size+1 > cap(l.stored) {
		l.stored = make([]byte, 0, size+size/4+4<<10)
	}
	l.stored = l.stored[:0]
	if e.dir != nil {
		l.stored, err = e.dir.read(path.Base(e.rel), l.stored, size, wholeFile)
		e.dir.release()
	} else {
		l.stored, err = readFrom(e.open, l.stored)
	}
	failed, opening := errors.AsType[*openError](err)
	switch {
	case opening:
		return fmt.Errorf("it can't be opened: %s", plainError(failed.err))
	case err != nil && !errors.Is(err, io.ErrShortBuffer):
		return fmt.Errorf("reading it failed: %s", plainError(err))
	}
	return nil
}

// openError is the error of a file that can't be opened.
type openError struct{ err error }

func (e *openError) Error() string { return e.err.Error() }

func readFrom(open func() (io.ReadCloser, error), b []byte) ([]byte, error) {
	r, err := open()
	if err != nil {
		return b, &openError{err}
	}
	defer r.Close()
	for len(b) <= wholeFile {
		b = grown(b)
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

// grown returns b with room behind it.
func grown(b []byte) []byte {
	if len(b) == cap(b) {
		return append(b, 0)[:len(b)]
	}
	return b
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
		l.end(t.logged(l.sieve.Profile(), err))
		return
	}
	told := l.sieve.Window(s.Behind(window, scan.History), len(window), errors.Is(err, io.EOF))
	d.c.opts.Progress.Content.Add(int64(len(window)))
	switch {
	case told == nil && err == nil:
	case l.sieve.Done() == 0 && (told == nil || errors.Is(told, scan.ErrUnlike)):
		// It is something else under a log's name, or there is nothing.
		t.open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(l.stored)), nil }
		l.end(t.read())
	case told == nil && err == io.EOF:
		l.end(t.logged(l.sieve.Profile(), nil))
	case told == nil:
		l.sieve.Broken()
		told = l.sieve.Rest(io.MultiReader(bytes.NewReader(l.sieve.Held()), failed{inPlainWords(err, d.c.opts.Limits.Stream)}))
		l.end(t.logged(l.sieve.Profile(), told))
	case errors.Is(told, scan.ErrUnlike):
		told = l.sieve.Rest(d.again(l))
		l.end(t.logged(l.sieve.Profile(), told))
	default: // by keep
		l.end(t.logged(l.sieve.Profile(), told))
	}
}

// end frees the lane.
func (l *lane) end(kind string, fit fitness) {
	t := l.task
	l.task = nil
	l.stream.Reset(nil, 0)
	if !t.c.opts.NoCustody && t.ctx.Err() == nil {
		sum := sha256.Sum256(l.stored)
		t.c.b.Sealed(t.listed(), int64(len(l.stored)), hex.EncodeToString(sum[:]))
	}
	t.finish(kind, fit)
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
