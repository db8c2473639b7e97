package archive

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Stored is a record as the archive keeps it.
type Stored struct {
	Seq     int64  // grows in the order of arrival; never used twice
	Raw     []byte // byte for byte as it was given
	Path    string // of the input that it was first read from
	Arrived time.Time
}

// EventsAfter returns at most limit records that arrived after the one numbered
// seq, in order of arrival. A record is seen only once all that arrived before
// it can be seen, so who remembers the last number misses none.
func (a *Archive) EventsAfter(ctx context.Context, seq int64, limit int) ([]Stored, error) {
	return a.stored(ctx, "WHERE e.seq > $1 ORDER BY e.seq LIMIT $2", seq, limit)
}

// LastSeq returns the number of the last record that arrived, 0 when there is
// none.
func (a *Archive) LastSeq(ctx context.Context) (n int64, err error) {
	err = a.db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM events").Scan(&n)
	return n, a.explain("reading", err)
}

func (a *Archive) stored(ctx context.Context, where string, args ...any) ([]Stored, error) {
	var out []Stored
	err := a.read(ctx, "reading", func(tx *sql.Tx) error {
		packs, err := a.allPacks(ctx, tx)
		if err != nil {
			return err
		}
		return each(ctx, tx, func(r *sql.Rows) error {
			var s Stored
			var arrived, dictionary int64
			var data sql.RawBytes
			if err := r.Scan(&s.Seq, &s.Path, &arrived, &dictionary, &data); err != nil {
				return err
			}
			p, err := packs.of(dictionary)
			if err != nil {
				return err
			}
			if s.Raw, err = p.expand(data, nil); err != nil {
				return fmt.Errorf("record %d can't be unpacked, the archive is damaged: %w", s.Seq, err)
			}
			s.Arrived = time.Unix(arrived, 0).UTC()
			out = append(out, s)
			return nil
		}, "SELECT e.seq, i.path, e.arrived, e.dictionary, e.raw FROM events e JOIN inputs i ON i.id = e.input "+where, args...)
	})
	return out, err
}
