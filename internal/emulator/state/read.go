package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/delivery"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Note returns what was last put under a name, nil when nothing was.
func (d *Database) Note(name string) ([]byte, error) {
	var value []byte
	err := d.db.QueryRow("SELECT value FROM notes WHERE name = ?", name).Scan(&value)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading %s of the state in %s: %w", name, d.dir, err)
	}
	return value, nil
}

// Changes ranges over everything stored, as changes that make it again. It ends
// after an error. What comes next is read while the caller uses what came before.
func (d *Database) Changes() iter.Seq2[idcenter.Change, error] {
	return func(yield func(idcenter.Change, error) bool) {
		pages, stop := make(chan []idcenter.Change, 4), make(chan struct{})
		var err error // set before pages is closed
		go func() {
			defer close(pages)
			err = d.readChanges(pages, stop)
		}()
		defer func() {
			close(stop)
			for range pages { // until the reader has gone
			}
		}()
		for page := range pages {
			for _, c := range page {
				if !yield(c, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(idcenter.Change{}, d.reading(err))
		}
	}
}

// readChanges sends everything stored in pages.
func (d *Database) readChanges(pages chan<- []idcenter.Change, stop <-chan struct{}) error {
	rows, err := d.db.Query("SELECT kind, id, json FROM things")
	if err != nil {
		return err
	}
	defer rows.Close()
	send := func(page []idcenter.Change) bool {
		select {
		case pages <- page:
			return true
		case <-stop:
			return false
		}
	}
	var page []idcenter.Change
	for rows.Next() {
		var c idcenter.Change
		var json []byte
		if err := rows.Scan(&c.Kind, &c.ID, &json); err != nil {
			return err
		}
		c.JSON = json
		if page = append(page, c); len(page) == mostTogether {
			if !send(page) {
				return nil
			}
			page = nil
		}
	}
	send(page)
	return rows.Err()
}

func (d *Database) reading(err error) error {
	return fmt.Errorf("reading the state in %s: %w", d.dir, err)
}

// mostAtOnce bounds how many records are in memory at a time.
const mostAtOnce = 500

// After implements delivery.Source.
func (d *Database) After(seq int64) iter.Seq2[delivery.Item, error] {
	return func(yield func(delivery.Item, error) bool) {
		for {
			page, err := d.page(seq)
			if err != nil {
				yield(delivery.Item{}, d.reading(err))
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
				seq = item.Seq
			}
			if len(page) < mostAtOnce {
				return
			}
		}
	}
}

// page reads some records; no connection is held while they are used.
func (d *Database) page(after int64) ([]delivery.Item, error) {
	rows, err := d.db.Query("SELECT seq, time, record FROM records WHERE seq > ? ORDER BY seq LIMIT ?", after, mostAtOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []delivery.Item
	for rows.Next() {
		var item delivery.Item
		var at int64
		if err := rows.Scan(&item.Seq, &at, &item.Record); err != nil {
			return nil, err
		}
		item.Time = time.Unix(at, 0).UTC()
		page = append(page, item)
	}
	return page, rows.Err()
}

// fetch reads one record for the log.
func (d *Database) fetch(e idcenter.Event) ([]byte, error) {
	var record []byte
	err := d.db.QueryRow("SELECT r.record FROM events e JOIN records r ON r.seq = e.seq WHERE e.time = ? AND e.id = ?",
		e.Time.Unix(), e.ID).Scan(&record)
	if err != nil {
		return nil, d.reading(fmt.Errorf("the record %s: %w", e.ID, err))
	}
	return record, nil
}

// Log returns the index of events, once those stored before are in it; they are
// loaded when it is first asked for.
func (d *Database) Log(ctx context.Context) (*idcenter.Log, error) {
	d.load()
	select {
	case <-d.loaded:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if d.loadErr != nil {
		return nil, d.loadErr
	}
	if !d.caughtUp.Load() {
		// The committer adds what came meanwhile, with whatever it does next.
		if err := errors.Join(d.enqueue(job{}), d.Settle()); err != nil {
			return nil, err
		}
	}
	return d.log, nil
}

// kept is how far back LookupEvents sees, and so what is worth loading
// (cloudtrail reference 3.4).
const kept = 90 * 24 * time.Hour

// load begins to fill the log with the events that were stored before this start,
// once.
func (d *Database) load() {
	d.loading.Do(func() {
		go func() {
			defer close(d.loaded)
			if err := d.loadEvents(d.first); err != nil {
				d.loadErr = d.reading(err)
			}
		}()
	})
}

type stored struct {
	seq   int64
	event idcenter.Event
}

func (d *Database) loadEvents(upTo int64) error {
	var newest sql.NullInt64
	if err := d.db.QueryRow("SELECT max(time) FROM events").Scan(&newest); err != nil {
		return err
	}
	since := time.Unix(newest.Int64, 0).Add(-kept).Unix()
	rows, err := d.db.Query("SELECT seq, time, id, source, name, read_only, username, key FROM events WHERE time >= ? ORDER BY time", since)
	if err != nil {
		return err
	}
	defer rows.Close()
	// Within a second the rows come in no order that means anything.
	var second []stored
	flush := func() {
		slices.SortFunc(second, func(a, b stored) int { return int(a.seq - b.seq) })
		for _, s := range second {
			d.log.Add(s.event)
		}
		second = second[:0]
	}
	for rows.Next() {
		var s stored
		var at int64
		e := &s.event
		if err := rows.Scan(&s.seq, &at, &e.ID, &e.Source, &e.Name, &e.ReadOnly, &e.Username, &e.AccessKey); err != nil {
			return err
		}
		if s.seq > upTo {
			continue // in the backlog
		}
		e.Time = time.Unix(at, 0).UTC()
		if len(second) > 0 && !second[0].event.Time.Equal(e.Time) {
			flush()
		}
		second = append(second, s)
	}
	flush()
	return rows.Err()
}
