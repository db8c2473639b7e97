package state

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	done  chan error // holds one
}

type note struct {
	name  string
	value []byte
}

// lasting says that the job may not be lost with the power.
func (j *job) lasting() bool { return len(j.entry.Changes) > 0 || len(j.notes) > 0 }

// Commit implements idcenter.Journal.
func (d *Database) Commit(e idcenter.Entry) error { return d.do(&job{entry: e}) }

// Put stores notes, none of them empty, under their names, all or none.
func (d *Database) Put(notes map[string][]byte) error {
	j := &job{}
	for name, value := range notes {
		j.notes = append(j.notes, note{name, value})
	}
	return d.do(j)
}

func (d *Database) do(j *job) error {
	j.done = make(chan error, 1)
	select {
	case <-d.closing:
		return errClosed
	default:
	}
	select {
	case d.jobs <- j:
	case <-d.closing:
		return errClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-d.finished:
	}
	select {
	case err := <-j.done: // among the last
		return err
	default:
		return errClosed
	}
}

// run stores jobs until the state is closed.
func (d *Database) run() {
	defer close(d.finished)
	full := true // what synchronous stands at
	batch := make([]*job, 0, mostTogether)
	for {
		batch = batch[:0]
		select {
		case j := <-d.jobs:
			batch = append(batch, j)
		case <-d.closing:
			select {
			case j := <-d.jobs:
				batch = append(batch, j)
			default:
				return
			}
		}
		batch = d.gather(batch)
		err := d.storeAll(batch, &full)
		if err != nil {
			err = fmt.Errorf("storing in %s: %w", d.dir, err)
		} else {
			d.index(batch)
		}
		for _, j := range batch {
			j.done <- err
		}
		clear(batch)
	}
}

// gather adds the jobs that wait already.
func (d *Database) gather(batch []*job) []*job {
	for len(batch) < mostTogether {
		select {
		case j := <-d.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// storeAll stores jobs in one transaction.
func (d *Database) storeAll(batch []*job, full *bool) error {
	ctx := context.Background()
	if lasting := slices.ContainsFunc(batch, (*job).lasting); lasting != *full {
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
	seq := d.seq
	err := func() error {
		for _, j := range batch {
			if err := d.store(ctx, j); err != nil {
				return err
			}
		}
		_, err := d.writer.ExecContext(ctx, "COMMIT")
		return err
	}()
	if err != nil {
		d.seq = seq
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
func (d *Database) index(batch []*job) {
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
	for _, j := range batch {
		if e := j.entry.Event; e != nil {
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
