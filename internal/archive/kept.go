package archive

import (
	"bytes"
	"context"
	"database/sql"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// document is a listing or a state of a provider on its way into the archive.
type document struct {
	input int
	kind  string // snapshot or upstream
	hash  digest
	store string
	taken int64 // seconds; when timed
	timed bool
	data  []byte // of package kept, compressed
}

const (
	kindSnapshot = "snapshot"
	kindUpstream = "upstream"
)

func snapshotDocument(s directory.Snapshot, p *pack) (document, error) {
	d := document{input: s.Input, kind: kindSnapshot, store: text(s.Store)}
	if taken := s.Taken(); !taken.IsZero() {
		d.taken, d.timed = taken.Unix(), true
	}
	return d.fill(kept.Document{Snapshot: &s}, p)
}

func upstreamDocument(input int, s upstream.State, taken int, p *pack) (document, error) {
	return document{input: input, kind: kindUpstream}.fill(kept.Document{Upstream: &s, Taken: taken}, p)
}

func (d document) fill(doc kept.Document, p *pack) (document, error) {
	var b bytes.Buffer
	if err := doc.Write(&b); err != nil {
		return d, err
	}
	d.hash = digestOf(b.Bytes())
	d.data = p.shrink(b.Bytes())
	return d, nil
}

func (w *Writer) putDocuments(ctx context.Context, tx *sql.Tx, list []document) error {
	for _, d := range list {
		if err := w.fit(d.input); err != nil {
			return err
		}
		var taken any
		if d.timed {
			taken = d.taken
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO documents_kept (hash, input, kind, store, taken, arrived, dictionary, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash, input) DO NOTHING`,
			d.hash[:], w.inputs[d.input], d.kind, d.store, taken, w.a.now().Unix(), w.dict, d.data)
		if err := w.changed(done, err); err != nil {
			return err
		}
	}
	return nil
}
