package archive

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
)

// How many answers are remembered, and how many bytes of them: the oldest go. What is
// prepared for a large company, as package recall does it, is some hundred of some ten
// kB each; the bytes are room for several such.
const (
	maxAnswers     = 4800
	maxAnswerBytes = 256 << 20 // unless Options say
)

// Answer returns what PutAnswer remembered under key for the evidence as it is
// now, nil when it remembers nothing. The key says all else that an answer
// depends on: program version, question, flags.
func (a *Archive) Answer(ctx context.Context, key string) ([]byte, error) {
	var value []byte
	err := a.db.QueryRowContext(ctx, `SELECT value FROM answers WHERE key = $1
		AND generation = (SELECT value FROM numbers WHERE name = 'generation')`, text(key)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, a.explain("reading", err)
}

// PutAnswer remembers an answer that was made of generation. When the evidence
// has changed since it remembers nothing. Where the archive may only be
// read it does nothing.
func (a *Archive) PutAnswer(ctx context.Context, key string, generation int64, value []byte) error {
	_, err := a.PutAnswers(ctx, generation, map[string][]byte{key: value})
	return err
}

// PutAnswers remembers answers by their keys, all or none, as PutAnswer does one. It
// reports whether they were remembered.
func (a *Archive) PutAnswers(ctx context.Context, generation int64, answers map[string][]byte) (bool, error) {
	if a.readOnly {
		return false, nil
	}
	kept := false
	err := a.write(ctx, "remembering an answer in", func(tx *sql.Tx) error {
		now, err := number(ctx, tx, "generation")
		if err != nil || now != generation {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE generation <> $1", generation); err != nil {
			return err
		}
		var used int64
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(used), 0) FROM answers").Scan(&used); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(answers)) {
			used++
			if _, err := tx.ExecContext(ctx, `INSERT INTO answers (key, generation, used, value) VALUES ($1, $2, $3, $4)
				ON CONFLICT (key) DO UPDATE SET generation = excluded.generation, used = excluded.used, value = excluded.value`, text(key), generation, used, answers[key]); err != nil {
				return err
			}
		}
		kept = true
		if _, err := tx.ExecContext(ctx, "DELETE FROM answers WHERE used <= $1", used-maxAnswers); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM answers WHERE used <= (SELECT coalesce(max(used), 0)
			FROM (SELECT used, sum(length(value)) OVER (ORDER BY used DESC) AS bytes FROM answers) AS newest WHERE bytes > $1)`, cmp.Or(a.answerBytes, maxAnswerBytes))
		return err
	})
	if err != nil && a.engine.denied(err) {
		return false, nil // who may only read can't remember, and needs not
	}
	return kept && err == nil, err
}
