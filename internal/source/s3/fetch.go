package s3

import (
	"context"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/intake"
	"github.com/scimtrail/scimtrail/internal/live"
)

// fetcher downloads objects ahead of those who read them.
type fetcher struct {
	s    *Source
	room *room
	fail context.CancelCauseFunc
	lose func(o object, reason string) // what can't be had, while the rest can

	had    atomic.Int64 // objects of which something arrived
	denied atomic.Int64

	mu     sync.Mutex
	counts *intake.Progress
	seen   struct{ records, identity int64 }
}

func (s *Source) newFetcher(counts *intake.Progress, fail context.CancelCauseFunc, lose func(object, string)) *fetcher {
	return &fetcher{s: s, room: newRoom(s.o.Memory), fail: fail, lose: lose, counts: counts}
}

// tree is the given objects as package intake reads them, in the order in which
// they arrive.
func (f *fetcher) tree(objects []object) *intake.Tree {
	return &intake.Tree{Files: func(outer context.Context, found func(intake.Entry) error, _ func(casefile.Loss)) error {
		ctx, stop := context.WithCancel(outer)
		defer stop() // what is opened is read after that
		arrived := make(chan intake.Entry)
		var next atomic.Int64
		var group sync.WaitGroup
		for range min(f.s.o.Parallel, len(objects)) {
			group.Go(func() {
				for {
					i := int(next.Add(1)) - 1
					if i >= len(objects) || ctx.Err() != nil {
						return
					}
					e, ok := f.entry(ctx, outer, objects[i])
					if !ok {
						f.finished()
						continue
					}
					select {
					case arrived <- e:
					case <-ctx.Done():
						e.Done()
						return
					}
				}
			})
		}
		go func() { group.Wait(); close(arrived) }()
		var err error
		for e := range arrived {
			if err != nil {
				e.Done()
			} else if err = found(e); err != nil {
				e.Done()
				stop()
			}
		}
		if err == nil {
			err = ctx.Err()
		}
		return err
	}}
}

// entry fetches an object, or makes it ready to be read from S3 when it is not
// worth holding; that lasts as long as reading. It returns false when it can't be
// had.
func (f *fetcher) entry(ctx, reading context.Context, o object) (intake.Entry, bool) {
	e := intake.Entry{Path: f.s.b.path(o.key), Rel: o.key, Info: info{o}, Timed: true}
	if !intake.ReadsAtOnce(o.key, o.size) {
		e.Open = func() (io.ReadCloser, error) { return f.open(reading, o) }
		e.Done = f.finished
		return e, true
	}
	buf, err := f.room.take(ctx, o.size)
	if err != nil {
		return e, false
	}
	stored, _, err := f.s.b.load(ctx, o, buf)
	e.Done = func() {
		f.room.give(o.size, stored)
		f.finished()
	}
	if err != nil {
		f.room.give(o.size, stored)
		f.judge(ctx, o, err)
		return e, false
	}
	f.had.Add(1)
	e.Stored = stored
	return e, true
}

// hopeless is after how many denied objects, and none that was not, nothing more
// is asked for.
const hopeless = 20

// judge decides whether an error is of one object or of all, and returns what is
// wrong in words.
func (f *fetcher) judge(ctx context.Context, o object, err error) string {
	if ctx.Err() != nil {
		return "reading was interrupted"
	}
	doing := "reading " + f.s.shown(o.key)
	p := f.s.o.Explain(err, doing)
	code := ""
	if fault, ok := p.Err.(*awsaccess.Fault); ok {
		code = fault.Code
	}
	reason := ""
	switch {
	case code == "InvalidObjectState":
		reason = "it lies in an archive storage class (Glacier) and can't be read before it is restored: aws s3api restore-object"
	case code == "NoSuchKey":
		reason = "it was deleted after it was listed"
	case p.Kind == live.Denied:
		if n := f.denied.Add(1); n >= hopeless && f.had.Load() == 0 {
			f.fail(p)
			return p.Reason
		}
		reason = p.Reason
		if p.Permission != "" {
			reason += "; the permission " + p.Permission + " is missing"
		}
	case p.Kind == live.Refused && code != "" && !strings.HasPrefix(code, "Internal") && code != "ServiceUnavailable":
		reason = p.Reason // of its key, for instance: KMS.DisabledException
	default:
		f.fail(p)
		return p.Reason
	}
	f.lose(o, reason)
	return reason
}

// open begins to read a large object.
func (f *fetcher) open(ctx context.Context, o object) (io.ReadCloser, error) {
	r, err := f.s.b.open(ctx, o)
	if err != nil {
		return nil, &unread{f.judge(ctx, o, err)}
	}
	f.had.Add(1)
	return &watched{r, f, o}, nil
}

// unread is the error of an object, in our words.
type unread struct{ reason string }

func (u *unread) Error() string { return u.reason }

// watched tells the fetcher when a body fails for good.
type watched struct {
	*stream
	f *fetcher
	o object
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.stream.Read(p)
	if err != nil && err != io.EOF && w.ctx.Err() == nil {
		w.f.lose(w.o, "")
		err = &unread{w.f.s.o.Explain(err, "reading").Reason}
	}
	return n, err
}

// finished counts an object that is done with.
func (f *fetcher) finished() {
	p := f.s.o.Query.Progress
	p.Done.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	records, identity := f.counts.Records.Load(), f.counts.Identity.Load()
	p.Records.Add(records - f.seen.records)
	p.Identity.Add(identity - f.seen.identity)
	f.seen.records, f.seen.identity = records, identity
}

// info is the fs.FileInfo of an object.
type info struct{ object }

func (i info) Name() string       { return path.Base(i.key) }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return i.modified }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }
