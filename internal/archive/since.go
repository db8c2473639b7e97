package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/span"
)

// CollectChanges is Collect without the records that only read, but for those of
// one event source: what watch has a use for, in a fraction of the time.
func (a *Archive) CollectChanges(ctx context.Context, sink casefile.Sink, readsOf string) error {
	return a.collect(ctx, sink, "WHERE reads = 0 OR source IN (SELECT id FROM words WHERE text = $1)", readsOf)
}

// Ground returns what was looked at, and what signed digests say, without reading
// any record: watch asks for it again and again.
func (a *Archive) Ground(ctx context.Context) (covers casefile.Coverage, seals []casefile.Seal, err error) {
	err = a.read(ctx, "reading", func(tx *sql.Tx) error {
		if covers, err = coverage(ctx, tx); err != nil {
			return fmt.Errorf("coverage: %w", err)
		}
		return each(ctx, tx, func(r *sql.Rows) error {
			var data string
			if err := r.Scan(&data); err != nil {
				return err
			}
			var s casefile.GatheredSeal
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				return fmt.Errorf("seals: %w", err)
			}
			seals = append(seals, casefile.Seal{Account: s.Account, Region: s.Region, Proven: span.SetOf(s.Proven...), Tampered: s.Tampered, Limits: s.Limits})
			return nil
		}, "SELECT data FROM facts WHERE kind = $1 ORDER BY data", factSeal)
	})
	return covers, seals, err
}

// SnapshotsAfter gives the listings of identity stores that arrived after the one
// numbered after, in order of arrival, and returns the number of the last one; it is
// after itself when there is none. The input of a snapshot is not told.
func (a *Archive) SnapshotsAfter(ctx context.Context, after int64, give func(directory.Snapshot)) (last int64, err error) {
	last = after
	err = a.read(ctx, "reading", func(tx *sql.Tx) error {
		packs, err := a.allPacks(ctx, tx)
		if err != nil {
			return err
		}
		var text []byte
		document := after
		done := func() error {
			if document == after {
				return nil
			}
			doc, err := kept.Read(text)
			if err != nil {
				return fmt.Errorf("listing %d: %w", document, err)
			}
			text, last = text[:0], document
			if doc.Snapshot != nil {
				give(*doc.Snapshot)
			}
			return nil
		}
		err = each(ctx, tx, func(r *sql.Rows) error {
			var id, dictionary int64
			var data sql.RawBytes
			if err := r.Scan(&id, &dictionary, &data); err != nil {
				return err
			}
			if id != document {
				if err := done(); err != nil {
					return err
				}
				document = id
			}
			from, err := packs.of(dictionary)
			if err != nil {
				return err
			}
			if text, err = from.expand(data, text); err != nil {
				return fmt.Errorf("listing %d can't be unpacked, the archive is damaged: %w", id, err)
			}
			return nil
		}, `SELECT d.id, p.dictionary, p.data FROM documents_kept d JOIN document_pieces dp ON dp.document = d.id JOIN pieces p ON p.id = dp.piece
			WHERE d.id > $1 ORDER BY d.id, dp.n`, after)
		if err != nil {
			return err
		}
		return done()
	})
	return last, err
}

// Rest lets go of the memory that reading left behind: what unpacks keeps the largest
// piece that it unpacked, a connection to a file up to 64 MB of its pages. Whoever reads
// meanwhile goes on undisturbed.
func (a *Archive) Rest() {
	a.db.SetMaxIdleConns(0) // closes those that nobody uses
	a.db.SetMaxIdleConns(a.engine.idle)
	a.packing.Lock()
	defer a.packing.Unlock()
	a.packs = nil // not closed: it may be in use, and holds nothing but memory
}
