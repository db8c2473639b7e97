package archive

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// stamp writes a time for a column; a zero time is "".
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func unstamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

// inputKey is what an input is known by before it has been read.
func inputKey(in casefile.Input) []byte {
	sum := digestOf([]byte(in.Path), []byte(strconv.FormatInt(in.Size, 10)), []byte(stamp(in.Time)))
	return sum[:]
}

// putInputs registers new inputs and what they were recognised as.
func (w *Writer) putInputs(ctx context.Context, tx *sql.Tx) error {
	for _, n := range w.pending.news {
		if err := w.putInput(ctx, tx, n); err != nil {
			return err
		}
	}
	for index, kind := range w.pending.kinds {
		if err := w.fit(index); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE inputs SET kind = $1 WHERE id = $2 AND kind <> $1", text(kind), w.inputs[index])
		if err := w.changed(done, err); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) putInput(ctx context.Context, tx *sql.Tx, n newInput) error {
	key := inputKey(n.in)
	var id int64
	err := tx.QueryRowContext(ctx, "SELECT id FROM inputs WHERE key = $1", key).Scan(&id)
	switch {
	case err == nil:
		w.inputs[n.index] = id
		return nil
	case err != sql.ErrNoRows:
		return err
	}
	w.changing = true
	records := n.in.Taken["records"]
	return tx.QueryRowContext(ctx, `INSERT INTO inputs (key, path, size, sha256, kind, time, records, reading, seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0) RETURNING id`,
		key, text(n.in.Path), n.in.Size, text(n.in.SHA256), text(n.in.Kind), stamp(n.in.Time), records).Scan(&w.inputs[n.index])
}

// changed notes that a statement changed evidence if it touched a row.
func (w *Writer) changed(done sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	w.changing = w.changing || n > 0
	return err
}

// putCounts adds up the records of inputs. A reading counts for itself, and the
// largest count of all readings holds, since a repeated reading sees the same; a
// reading that a journal resumed goes on where the last one ended.
func (w *Writer) putCounts(ctx context.Context, tx *sql.Tx) error {
	for index, n := range w.pending.counts {
		if err := w.fit(index); err != nil {
			return err
		}
		base := "0"
		if w.resumed {
			base = "records"
		}
		id := w.inputs[index]
		if _, err := tx.ExecContext(ctx, "UPDATE inputs SET reading = $1, seen = "+base+" WHERE id = $2 AND reading <> $1", w.reading, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE inputs SET seen = seen + $1 WHERE id = $2", n, id); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "UPDATE inputs SET records = seen WHERE id = $1 AND records < seen", id)
		if err := w.changed(done, err); err != nil {
			return err
		}
	}
	return w.putPassed(ctx, tx)
}

func (w *Writer) putPassed(ctx context.Context, tx *sql.Tx) error {
	p := w.pending.passed
	if p.Files == 0 && p.Records == 0 && p.Bytes == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO passed (source, files, bytes, records, reading, seen_files, seen_bytes, seen_records)
		VALUES ($1, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT (source) DO NOTHING`, w.source); err != nil {
		return err
	}
	base := "seen_files = 0, seen_bytes = 0, seen_records = 0"
	if w.resumed {
		base = "seen_files = files, seen_bytes = bytes, seen_records = records"
	}
	if _, err := tx.ExecContext(ctx, "UPDATE passed SET reading = $1, "+base+" WHERE source = $2 AND reading <> $1", w.reading, w.source); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE passed SET seen_files = seen_files + $1, seen_bytes = seen_bytes + $2, seen_records = seen_records + $3 WHERE source = $4",
		p.Files, p.Bytes, p.Records, w.source); err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, "UPDATE passed SET files = seen_files, bytes = seen_bytes, records = seen_records WHERE source = $1 AND files <= seen_files AND records <= seen_records AND (files < seen_files OR records < seen_records)", w.source)
	return w.changed(done, err)
}

// putSeals notes sizes and hashes. An input that turns out to be one that was
// there before, read from another copy of the same file, becomes that one.
func (w *Writer) putSeals(ctx context.Context, tx *sql.Tx) error {
	for index, s := range w.pending.seals {
		if err := w.fit(index); err != nil {
			return err
		}
		id := w.inputs[index]
		if s.sum != "" {
			var twin int64
			err := tx.QueryRowContext(ctx, `SELECT min(t.id) FROM inputs t, inputs mine WHERE mine.id = $1 AND t.sha256 = $2 AND t.path = mine.path AND t.id <> mine.id
				HAVING min(t.id) IS NOT NULL`, id, s.sum).Scan(&twin)
			if err != nil && err != sql.ErrNoRows {
				return err
			}
			if err == nil {
				if err := w.become(ctx, tx, id, twin); err != nil {
					return fmt.Errorf("joining two readings of one file: %w", err)
				}
				for i := range w.inputs {
					if w.inputs[i] == id {
						w.inputs[i] = twin
					}
				}
				continue
			}
		}
		done, err := tx.ExecContext(ctx, "UPDATE inputs SET size = $1, sha256 = $2 WHERE id = $3 AND (size <> $1 OR sha256 <> $2)", s.size, text(s.sum), id)
		if err := w.changed(done, err); err != nil {
			return err
		}
	}
	return nil
}

// become moves everything of input id to its twin and forgets id.
func (w *Writer) become(ctx context.Context, tx *sql.Tx, id, twin int64) error {
	for _, statement := range []string{
		// What the twin has already is no copy.
		"DELETE FROM copies WHERE input = $1 AND (EXISTS (SELECT 1 FROM events WHERE events.seq = copies.event AND events.input = $2) OR EXISTS (SELECT 1 FROM copies c WHERE c.event = copies.event AND c.input = $2))",
		"UPDATE copies SET input = $2 WHERE input = $1",
		"DELETE FROM copies WHERE input = $2 AND EXISTS (SELECT 1 FROM events WHERE events.seq = copies.event AND events.input = $1)",
		"UPDATE events SET input = $2 WHERE input = $1",
		"DELETE FROM documents_kept WHERE input = $1 AND EXISTS (SELECT 1 FROM documents_kept d WHERE d.hash = documents_kept.hash AND d.input = $2)",
		"UPDATE documents_kept SET input = $2 WHERE input = $1",
		forgetPieces[0],
		forgetPieces[1],
		"UPDATE inputs SET records = (SELECT max(records) FROM inputs WHERE id IN ($1, $2)) WHERE id = $2",
	} {
		var args []any
		if strings.Contains(statement, "$1") {
			args = []any{id, twin}
		}
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return err
		}
	}
	w.changing = true
	_, err := tx.ExecContext(ctx, "DELETE FROM inputs WHERE id = $1", id)
	return err
}
