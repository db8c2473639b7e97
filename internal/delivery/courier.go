package delivery

import (
	"cmp"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/integrity"
)

const (
	logEvery    = 5 * time.Minute // cloudtrail reference 4.2
	digestEvery = time.Hour
	// mostWaiting is how many records wait until they are delivered before their
	// time, as CloudTrail closes a file that is full.
	mostWaiting = 20_000
	// jump is from when on empty time is signed in long windows.
	jump       = 48 * time.Hour
	longWindow = 24 * time.Hour
)

// Trail names whose deliveries they are.
type Trail struct {
	Account, Region string
	Name, Bucket    string // default emulator and emulator-trail
}

// Options make a [Courier].
type Options struct {
	Dir    string // where AWSLogs lies; made if it is not there
	Trail  Trail
	Source Source
	Notes  Notes
	// Key returns the RSA key that digests are signed with, always the same; it
	// is called when the first digest is due.
	Key func() (*rsa.PrivateKey, error)
	// Begin is when the trail began, which is taken for the start of the first
	// digest's window unless the notes know better.
	Begin time.Time
	// Lax writes files where they belong at once, and leaves it to the operating
	// system when they come onto the disk: for a folder that nobody reads yet and
	// that need not outlive the process.
	Lax bool
}

// Courier delivers the records of one trail. It may be used by many goroutines
// at once.
type Courier struct {
	mu     sync.Mutex
	folder *folder
	trail  Trail
	source Source
	notes  Notes
	key    func() (*rsa.PrivateKey, error)
	signer *integrity.Signer // nil before the first digest
	names  *integrity.Signer // knows the names of log files
	book   book
	faults Faults
	keys   bool // the public keys lie in the folder
	unsaid bool // the book could not be kept: what it says is not to be acted on yet
}

// New opens the folder and the book, and writes what a crash kept from being
// written. Its errors are of the folder and of the notes.
func New(o Options) (*Courier, error) {
	o.Trail.Name, o.Trail.Bucket = cmp.Or(o.Trail.Name, "emulator"), cmp.Or(o.Trail.Bucket, "emulator-trail")
	c := &Courier{trail: o.Trail, source: o.Source, notes: o.Notes, key: o.Key}
	c.names = integrity.NewSigner(nil, o.Trail.Account, o.Trail.Region, o.Trail.Name, o.Trail.Bucket)
	data, err := o.Notes.Note(noteName)
	if err != nil {
		return nil, fmt.Errorf("reading what was delivered: %w", err)
	}
	begin := o.Begin.UTC().Truncate(time.Second)
	c.book = book{Logs: begin, Window: begin}
	if data != nil {
		if err := json.Unmarshal(data, &c.book); err != nil {
			return nil, fmt.Errorf("reading what was delivered: %w", err)
		}
	}
	for _, f := range c.book.Files {
		if len(f.SHA256) != sha256.Size {
			return nil, fmt.Errorf("reading what was delivered: the hash of %s is not one", f.Object)
		}
	}
	if c.folder, err = openFolder(o.Dir); err != nil {
		return nil, err
	}
	c.folder.lax = o.Lax
	if err := c.mend(); err != nil {
		return nil, errors.Join(err, c.folder.close())
	}
	return c, nil
}

// Close closes the folder. It delivers nothing; see [Courier.Flush].
func (c *Courier) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.folder.close()
}

// Tick does what is due at the given time: log files for the five minutes that
// are over and digests for the hours that are. ctx is looked at between files;
// what was not done then is done by the next call. Errors are of the folder, the
// source, the notes and the key; a later call tries again.
func (c *Courier) Tick(ctx context.Context, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tick(ctx, now.UTC().Truncate(time.Second))
}

// Flush is Tick, and then delivers everything else that happened until now and
// signs it. What faults hold back stays so.
func (c *Courier) Flush(ctx context.Context, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.flush(ctx, now.UTC().Truncate(time.Second))
}

// Finish is Flush, and delivers what was held back as well.
func (c *Courier) Finish(ctx context.Context, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now = now.UTC().Truncate(time.Second)
	for i := range c.book.Held {
		if c.book.Held[i].Due.After(now) {
			c.book.Held[i].Due = now
		}
	}
	late := c.faults.Late
	c.faults.Late = 0
	defer func() { c.faults.Late = late }()
	return c.flush(ctx, now)
}

func (c *Courier) flush(ctx context.Context, now time.Time) error {
	if err := c.tick(ctx, now); err != nil {
		return err
	}
	// An event of the future is one from before the system's clock was put back.
	if err := c.deliver(ctx, now, func(Item) bool { return true }); err != nil {
		return err
	}
	end := now
	if !end.After(c.book.Window) {
		if len(c.book.Files) == 0 && c.book.Last != nil {
			return nil
		}
		end = c.book.Window.Add(time.Second) // digests are named for their ends
	}
	return c.sign(end, true)
}

// tick carries out what was due, in its order.
func (c *Courier) tick(ctx context.Context, now time.Time) error {
	if err := c.mend(); err != nil {
		return err
	}
	logs, err := c.nextDelivery(now)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		window := c.nextWindow(now, logs)
		switch {
		case logs.After(now) && window.After(now):
			return nil
		case logs.After(window):
			err = c.sign(window, now.Sub(window) < jump)
		default:
			err = c.deliver(ctx, logs, func(i Item) bool { return !i.Time.After(logs) })
			if err == nil {
				logs, err = c.nextDelivery(now)
			}
		}
		if err != nil {
			return err
		}
	}
}

// nextDelivery returns when records are next delivered; it passes over the
// times at which there is nothing.
func (c *Courier) nextDelivery(now time.Time) (time.Time, error) {
	next := c.book.Logs.Add(logEvery)
	if next.After(now) {
		full, err := c.full(now)
		if full {
			next = now
		}
		return next, err
	}
	first, err := c.firstDue()
	if err != nil {
		return time.Time{}, err
	}
	if first.IsZero() || first.After(now) {
		first = now
	}
	if skip := first.Sub(next); skip > 0 {
		next = next.Add((skip + logEvery - 1).Truncate(logEvery))
		c.book.Logs = next.Add(-logEvery)
	}
	return next, nil
}

// full says that so many records wait that they are a file of their own. Those
// of the future, which the system's clock left behind when it was put back, wait.
func (c *Courier) full(now time.Time) (bool, error) {
	for _, err := range c.source.After(c.book.Delivered + mostWaiting) {
		if err != nil {
			return false, fmt.Errorf("looking for records to deliver: %w", err)
		}
		first, err := c.firstDue()
		return !first.After(now), err
	}
	return false, nil
}

// firstDue returns when the first record that waits could be delivered, zero
// when none does.
func (c *Courier) firstDue() (time.Time, error) {
	var first time.Time
	for item, err := range c.source.After(c.book.Delivered) {
		if err != nil {
			return first, fmt.Errorf("looking for records to deliver: %w", err)
		}
		first = item.Time
		break
	}
	for _, h := range c.book.Held {
		if first.IsZero() || h.Due.Before(first) {
			first = h.Due
		}
	}
	return first, nil
}

// nextWindow returns when the next digest's window ends. Long ago and empty, it
// is a day; but it never passes over a delivery.
func (c *Courier) nextWindow(now, logs time.Time) time.Time {
	start := c.book.Window
	if len(c.book.Files) == 0 && now.Sub(start) > jump && logs.Sub(start) > longWindow {
		return start.Add(longWindow)
	}
	return start.Add(digestEvery)
}

// save keeps the book.
func (c *Courier) save() error {
	data, err := json.Marshal(c.book)
	if err == nil {
		err = c.notes.Put(map[string][]byte{noteName: data})
	}
	c.unsaid = err != nil
	if err != nil {
		return fmt.Errorf("noting what was delivered: %w", err)
	}
	return nil
}

// share decides whether something that goes wrong with this share of things
// goes wrong now.
func share(part float64) bool { return part > 0 && rand.Float64() < part }

// openFolder makes the folder and opens it.
func openFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder for log files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder for log files: %w", err)
	}
	return &folder{root: root}, nil
}
