package archive

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"
)

// Document is something small that watch or the page remembers; it is no
// evidence and does not change the generation.
type Document struct {
	Key     string
	Value   []byte
	Updated time.Time // UTC, whole seconds
}

// Document returns what was put under kind and key, nil when nothing was.
func (a *Archive) Document(ctx context.Context, kind, key string) ([]byte, error) {
	var value []byte
	err := a.db.QueryRowContext(ctx, "SELECT value FROM documents WHERE kind = $1 AND key = $2", text(kind), text(key)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, a.explain("reading", err)
	}
	return orEmpty(value), nil
}

// PutDocument puts value under kind and key; a nil value takes away what is
// there. It is in the archive when it returns.
func (a *Archive) PutDocument(ctx context.Context, kind, key string, value []byte) error {
	return a.PutDocuments(ctx, kind, map[string][]byte{key: value})
}

// PutDocuments is PutDocument for several of one kind by their keys, all or none.
func (a *Archive) PutDocuments(ctx context.Context, kind string, values map[string][]byte) error {
	return a.write(ctx, "writing", func(tx *sql.Tx) error {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if err := a.putDocument(ctx, tx, kind, key, values[key]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *Archive) putDocument(ctx context.Context, tx *sql.Tx, kind, key string, value []byte) error {
	if value == nil {
		_, err := tx.ExecContext(ctx, "DELETE FROM documents WHERE kind = $1 AND key = $2", text(kind), text(key))
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO documents (kind, key, value, updated) VALUES ($1, $2, $3, $4)
		ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, updated = excluded.updated`, text(kind), text(key), value, a.now().Unix())
	return err
}

// Documents returns all of one kind, by key.
func (a *Archive) Documents(ctx context.Context, kind string) ([]Document, error) {
	var out []Document
	err := each(ctx, a.db, func(r *sql.Rows) error {
		var d Document
		var updated int64
		err := r.Scan(&d.Key, &d.Value, &updated)
		d.Value = orEmpty(d.Value)
		d.Updated = time.Unix(updated, 0).UTC()
		out = append(out, d)
		return err
	}, "SELECT key, value, updated FROM documents WHERE kind = $1 ORDER BY key", text(kind))
	return out, a.explain("reading", err)
}
