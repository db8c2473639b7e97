package archive

import (
	"context"
	"database/sql"
)

// How many rows one statement asks for or writes. SQLite takes 32,766
// parameters, PostgreSQL 65,535 (https://www.sqlite.org/limits.html#max_variable_number).
const (
	askRows = 500
	putRows = 100
)

// standing is an event that the archive holds.
type standing struct {
	seq, input, reading int64
}

// putRows writes records. One that is there by its bytes is not written again:
// seen in another input it is a copy, seen again in one reading of the same input
// it is there twice, and seen in a later reading it is what was there.
func (w *Writer) putRows(ctx context.Context, tx *sql.Tx, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	there := make(map[digest]standing, len(rows))
	for part := range chunks(rows, askRows) {
		args := make([]any, len(part))
		for i := range part {
			args[i] = part[i].hash[:]
		}
		err := each(ctx, tx, func(r *sql.Rows) error {
			var hash []byte
			var s standing
			if err := r.Scan(&hash, &s.seq, &s.input, &s.reading); err != nil {
				return err
			}
			there[digest(hash)] = s
			return nil
		}, "SELECT hash, seq, input, reading FROM events WHERE hash IN "+w.a.engine.list(len(args)), args...)
		if err != nil {
			return err
		}
	}
	var fresh, again []*row
	first := map[digest]bool{}
	for i := range rows {
		r := &rows[i]
		if err := w.fit(r.input); err != nil {
			return err
		}
		if _, known := there[r.hash]; known || first[r.hash] {
			again = append(again, r)
			continue
		}
		first[r.hash] = true
		fresh = append(fresh, r)
	}
	if err := w.learn(ctx, tx, fresh); err != nil {
		return err
	}
	arrived := w.a.now().Unix()
	for part := range chunks(fresh, putRows) {
		if err := w.insert(ctx, tx, part, arrived, there, len(again) > 0); err != nil {
			return err
		}
	}
	for _, r := range again {
		if err := w.repeat(ctx, tx, there[r.hash], w.inputs[r.input]); err != nil {
			return err
		}
	}
	return nil
}

const eventColumns = "hash, input, copies, reading, arrived, dictionary, raw, id, time, source, name, account, region, store, grp, usr, caller, error, reads"

// insert writes new records, and says where they are when asked.
func (w *Writer) insert(ctx context.Context, tx *sql.Tx, rows []*row, arrived int64, there map[digest]standing, where bool) error {
	const width = 19
	args := make([]any, 0, len(rows)*width)
	for _, r := range rows {
		var id, at any
		if r.id != nil {
			id = r.id
		}
		if r.timed {
			at = r.time
		}
		reads := 0
		if r.reads {
			reads = 1
		}
		args = append(args, r.hash[:], w.inputs[r.input], 0, w.reading, arrived, w.dict, r.raw, id, at)
		for _, text := range r.words {
			if text == "" {
				args = append(args, nil)
			} else {
				args = append(args, w.words[text])
			}
		}
		args = append(args, reads)
	}
	w.changing = true
	query := "INSERT INTO events (" + eventColumns + ") VALUES " + w.a.engine.groups(len(rows), width)
	if !where {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	return each(ctx, tx, func(r *sql.Rows) error {
		var hash []byte
		s := standing{reading: w.reading}
		if err := r.Scan(&hash, &s.seq, &s.input); err != nil {
			return err
		}
		there[digest(hash)] = s
		return nil
	}, query+" RETURNING hash, seq, input", args...)
}

// repeat notes that a record which is there was seen in input.
func (w *Writer) repeat(ctx context.Context, tx *sql.Tx, s standing, input int64) error {
	if s.input != input {
		done, err := tx.ExecContext(ctx, `INSERT INTO copies (event, input, n, reading) VALUES ($1, $2, 1, $3)
			ON CONFLICT (event, input) DO UPDATE SET n = copies.n + 1 WHERE copies.reading = excluded.reading`, s.seq, input, w.reading)
		return w.changed(done, err)
	}
	if s.reading != w.reading {
		return nil
	}
	done, err := tx.ExecContext(ctx, "UPDATE events SET copies = copies + 1 WHERE seq = $1", s.seq)
	return w.changed(done, err)
}

// maxWords bounds how many words a writer remembers.
const maxWords = 50_000

// learn finds the numbers of the words of rows, and gives new ones theirs.
func (w *Writer) learn(ctx context.Context, tx *sql.Tx, rows []*row) error {
	if len(w.words) > maxWords {
		clear(w.words)
	}
	unknown := map[string]bool{}
	var ask []string
	for _, r := range rows {
		for _, text := range r.words {
			if _, known := w.words[text]; text != "" && !known && !unknown[text] {
				unknown[text] = true
				ask = append(ask, text)
			}
		}
	}
	take := func(r *sql.Rows) error {
		var id int64
		var text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		w.words[text] = id
		delete(unknown, text)
		return nil
	}
	for part := range chunks(ask, askRows) {
		args := make([]any, len(part))
		for i, text := range part {
			args[i] = text
		}
		if err := each(ctx, tx, take, "SELECT id, text FROM words WHERE text IN "+w.a.engine.list(len(args)), args...); err != nil {
			return err
		}
		var news []any
		for _, text := range part {
			if unknown[text] {
				news = append(news, text)
			}
		}
		if len(news) == 0 {
			continue
		}
		if err := each(ctx, tx, take, "INSERT INTO words (text) VALUES "+w.a.engine.groups(len(news), 1)+" RETURNING id, text", news...); err != nil {
			return err
		}
	}
	return nil
}

// chunks yields list in parts of at most n.
func chunks[T any](list []T, n int) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			part := list[:min(n, len(list))]
			list = list[len(part):]
			if !yield(part) {
				return
			}
		}
	}
}
