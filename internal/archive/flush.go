package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// flush writes the pending batch in one transaction, with what a journal saves.
// Counts of records are written only when all is, so that a collection which is
// resumed from its journal counts nothing twice. The caller holds mu.
func (w *Writer) flush(ctx context.Context, all bool, j *saved) error {
	b := &w.pending
	counts := all || !w.journal
	if b.empty(counts) && j == nil {
		return nil
	}
	inputs := append([]int64(nil), w.inputs...)
	reading, purges := w.reading, w.purges
	err := w.a.write(ctx, "writing", func(tx *sql.Tx) error {
		w.changing = false
		return w.apply(ctx, tx, counts, j)
	})
	if err != nil {
		w.inputs, w.reading, w.purges = inputs, reading, purges
		clear(w.words)
		return err
	}
	kept, passed := b.counts, b.passed
	b.reset()
	if !counts {
		b.counts, b.passed = kept, passed
	}
	return nil
}

func (b *batch) empty(counts bool) bool {
	return len(b.news) == 0 && len(b.kinds) == 0 && len(b.seals) == 0 && len(b.rows) == 0 && len(b.documents) == 0 &&
		len(b.covers) == 0 && len(b.facts) == 0 && (!counts || len(b.counts) == 0 && b.passed.Files == 0 && b.passed.Records == 0)
}

// apply writes the batch within a transaction.
func (w *Writer) apply(ctx context.Context, tx *sql.Tx, counts bool, j *saved) error {
	b := &w.pending
	if err := w.begin(ctx, tx); err != nil {
		return err
	}
	if err := w.putInputs(ctx, tx); err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	if err := w.putRows(ctx, tx, b.rows); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	if err := w.putDocuments(ctx, tx, b.documents); err != nil {
		return fmt.Errorf("listings: %w", err)
	}
	if err := w.putSeals(ctx, tx); err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	if err := w.putCoverage(ctx, tx, b.covers); err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	if err := w.putFacts(ctx, tx, b.facts); err != nil {
		return fmt.Errorf("notes: %w", err)
	}
	if counts {
		if err := w.putCounts(ctx, tx); err != nil {
			return fmt.Errorf("counts: %w", err)
		}
	}
	if j != nil {
		if _, err := tx.ExecContext(ctx, "INSERT INTO journal (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", text(j.key), orEmpty(j.value)); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	if w.changing {
		return advance(ctx, tx)
	}
	return nil
}

// advance notes that evidence changed.
func advance(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE numbers SET value = value + 1 WHERE name = 'generation'")
	return err
}

// begin gives the reading its number and looks whether there was a purge since.
func (w *Writer) begin(ctx context.Context, tx *sql.Tx) error {
	purges, err := number(ctx, tx, "purges")
	if err != nil {
		return err
	}
	if purges != w.seen {
		clear(w.words) // their numbers may be gone
		w.seen = purges
	}
	if w.reading != 0 {
		return nil
	}
	w.purges = purges
	return tx.QueryRowContext(ctx, "UPDATE numbers SET value = value + 1 WHERE name = 'readings' RETURNING value").Scan(&w.reading)
}

// orEmpty tells nothing from something empty, which engines do not.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// journalled returns what a journal saved.
func (a *Archive) journalled(ctx context.Context, key string) ([]byte, error) {
	var value []byte
	err := a.db.QueryRowContext(ctx, "SELECT value FROM journal WHERE key = $1", text(key)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, a.explain("reading", err)
	}
	return orEmpty(value), nil
}

// groups writes n groups of width parameters, numbered in order: ($1,$2),($3,$4).
// SQLite looks numbered ones up in a list, which takes the square of their
// number, and has a form without numbers: (?,?),(?,?).
func (e *engine) groups(n, width int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range width {
			if j > 0 {
				b.WriteByte(',')
			}
			if e.plain {
				b.WriteByte('?')
			} else {
				fmt.Fprintf(&b, "$%d", i*width+j+1)
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}

// list writes n parameters: ($1,$2,$3).
func (e *engine) list(n int) string { return e.groups(1, n) }
