package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// errClosed says that the state was closed before the entry was stored.
var errClosed = errors.New("the state is closed")

// mostTogether bounds a transaction, and so how long the first of its entries
// waits.
const mostTogether = 256

// job is something to be stored: an entry or notes.
type job struct {
	entry idcenter.Entry
	notes []note
}

type note struct {
	name  string
	value []byte
}

// lasting says that the job may not be lost with the power.
func (j *job) lasting() bool { return len(j.entry.Changes) > 0 || len(j.notes) > 0 }

// Commit implements idcenter.Journal, but for one thing: it returns once the
// entry has its place among those to be stored, which are stored in their order. Who
// answers a call must have [Database.Settle] return first.
func (d *Database) Commit(e idcenter.Entry) error { return d.enqueue(job{entry: e}) }

// Put stores notes, none of them empty, under their names, all or none, and
// returns when they are stored.
func (d *Database) Put(notes map[string][]byte) error {
	var j job
	for name, value := range notes {
		j.notes = append(j.notes, note{name, value})
	}
	if err := d.enqueue(j); err != nil {
		return err
	}
	return d.Settle()
}

func (d *Database) enqueue(j job) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.queue) >= 4*mostTogether && d.refusal() == nil {
		d.stored.Wait()
	}
	if err := d.refusal(); err != nil {
		return err
	}
	d.queue = append(d.queue, j)
	d.tail++
	d.arrived.Signal()
	return nil
}

// refusal is why nothing more is stored; mu is held.
func (d *Database) refusal() error {
	switch {
	case d.failure != nil:
		return d.failure
	case d.closing:
		return errClosed
	}
	return nil
}

// Settle returns when everything is stored that was committed before it was
// called, or with the error why that can't be. After an error nothing more is ever
// stored: what is in memory is then ahead of what is on the disk, and only a restart
// makes them agree.
func (d *Database) Settle() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for until := d.tail; d.settled < until; {
		if d.failure != nil {
			return d.failure
		}
		d.stored.Wait()
	}
	return nil
}

// Broken is closed when something could not be stored; Settle says why.
func (d *Database) Broken() <-chan struct{} { return d.broken }

// run stores jobs until the state is closed and none is left, or until it fails.
func (d *Database) run() {
	defer close(d.finished)
	full := true // what synchronous stands at
	var batch []job
	for {
		batch = d.next(len(batch))
		if len(batch) == 0 {
			return
		}
		err := d.storeAll(batch, &full)
		if err == nil {
			d.index(batch)
		}
		d.mu.Lock()
		if err != nil {
			d.failure = fmt.Errorf("storing in %s: %w", d.dir, err)
			d.queue = nil
			close(d.broken)
		} else {
			d.settled += int64(len(batch))
		}
		d.stored.Broadcast()
		d.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// gathering is how long the first of a batch may wait for others to come, when
// others came the last time. It is short beside a write to the disk, which they
// then share.
const gathering = 200 * time.Microsecond

// next waits for jobs and takes those that are there; none when the state is
// closed. before is how many it took the last time.
func (d *Database) next(before int) []job {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.queue) == 0 && !d.closing {
		d.arrived.Wait()
	}
	if len(d.queue) < before && !d.closing && d.queue[0].lasting() {
		d.mu.Unlock()
		time.Sleep(gathering)
		d.mu.Lock()
	}
	n := min(len(d.queue), mostTogether)
	batch := slices.Clone(d.queue[:n])
	d.queue = slices.Delete(d.queue, 0, n)
	return batch
}

// storeAll stores jobs in one transaction.
func (d *Database) storeAll(batch []job, full *bool) error {
	ctx := context.Background()
	if lasting := slices.ContainsFunc(batch, func(j job) bool { return j.lasting() }); lasting != *full {
		level := "NORMAL"
		if lasting {
			level = "FULL"
		}
		if _, err := d.writer.ExecContext(ctx, "PRAGMA synchronous = "+level); err != nil {
			return err
		}
		*full = lasting
	}
	if _, err := d.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := func() error {
		for i := range batch {
			if err := d.store(ctx, &batch[i]); err != nil {
				return err
			}
		}
		_, err := d.writer.ExecContext(ctx, "COMMIT")
		return err
	}()
	if err != nil {
		// Fails when the commit has undone it all by itself.
		_, _ = d.writer.ExecContext(ctx, "ROLLBACK")
	}
	return err
}

func (d *Database) store(ctx context.Context, j *job) error {
	for _, ch := range j.entry.Changes {
		var err error
		if ch.JSON == nil {
			_, err = d.drop.ExecContext(ctx, string(ch.Kind), ch.ID)
		} else {
			_, err = d.put.ExecContext(ctx, string(ch.Kind), ch.ID, []byte(ch.JSON))
		}
		if err != nil {
			return err
		}
	}
	for _, n := range j.notes {
		if _, err := d.note.ExecContext(ctx, n.name, n.value); err != nil {
			return err
		}
	}
	e := j.entry.Event
	if e == nil {
		return nil
	}
	d.seq++
	at := e.Time.Unix()
	if _, err := d.event.ExecContext(ctx, at, e.ID, d.seq, e.Source, e.Name, e.ReadOnly, e.Username, e.AccessKey); err != nil {
		return err
	}
	_, err := d.record.ExecContext(ctx, d.seq, at, e.Record)
	return err
}

// index makes the stored events of a batch visible to LookupEvents.
func (d *Database) index(batch []job) {
	ready := false
	select {
	case <-d.loaded:
		ready = true
	default:
	}
	if ready && !d.caughtUp.Load() {
		for _, e := range d.backlog {
			d.log.Add(e)
		}
		d.backlog = nil
		d.caughtUp.Store(true)
	}
	for i := range batch {
		if e := batch[i].entry.Event; e != nil {
			if ready {
				d.log.Add(*e)
			} else {
				d.backlog = append(d.backlog, bare(*e))
			}
		}
	}
}

// bare is an event without its record, which can be fetched.
func bare(e idcenter.Event) idcenter.Event {
	e.Record = nil
	return e
}
