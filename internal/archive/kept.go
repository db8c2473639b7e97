package archive

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"hash/fnv"

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
	parts []part // of the text of package kept
}

// part is a piece of a document's text.
type part struct {
	hash digest
	data []byte // compressed
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
	for text := range split(b.Bytes()) {
		d.parts = append(d.parts, part{digestOf(text), p.shrink(text)})
	}
	return d, nil
}

// size is about how many bytes the document takes.
func (d *document) size() (n int) {
	for _, p := range d.parts {
		n += len(p.data)
	}
	return n
}

// Pieces end behind a line whose hash says so, so that a line which is added to or
// taken from a listing changes the piece that it is in and no other.
const (
	linesInPiece = 512 // on average
	maxPieceText = 256 << 10
)

// split yields a text in pieces.
func split(text []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		start := 0
		for at := 0; at < len(text); {
			end := len(text)
			if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
				end = at + i + 1
			}
			h := fnv.New32a()
			h.Write(text[at:end])
			at = end
			if h.Sum32()%linesInPiece == 0 || at-start >= maxPieceText || at == len(text) {
				if !yield(text[start:at]) {
					return
				}
				start = at
			}
		}
	}
}

func (w *Writer) putDocuments(ctx context.Context, tx *sql.Tx, list []document) error {
	for i := range list {
		if err := w.putDocument(ctx, tx, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) putDocument(ctx context.Context, tx *sql.Tx, d *document) error {
	if err := w.fit(d.input); err != nil {
		return err
	}
	var taken any
	if d.timed {
		taken = d.taken
	}
	var id int64
	err := tx.QueryRowContext(ctx, `INSERT INTO documents_kept (hash, input, kind, store, taken, arrived)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash, input) DO NOTHING RETURNING id`,
		d.hash[:], w.inputs[d.input], d.kind, d.store, taken, w.a.now().Unix()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it is there
	}
	if err != nil {
		return err
	}
	w.changing = true
	for n, p := range d.parts {
		if _, err := tx.ExecContext(ctx, "INSERT INTO pieces (hash, dictionary, data) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING", p.hash[:], w.dict, p.data); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO document_pieces (document, n, piece) SELECT $1, $2, id FROM pieces WHERE hash = $3", id, n, p.hash[:]); err != nil {
			return err
		}
	}
	return nil
}

// forgetPieces takes away what belongs to no document any more.
var forgetPieces = []string{
	"DELETE FROM document_pieces WHERE NOT EXISTS (SELECT 1 FROM documents_kept WHERE documents_kept.id = document_pieces.document)",
	"DELETE FROM pieces WHERE NOT EXISTS (SELECT 1 FROM document_pieces WHERE document_pieces.piece = pieces.id)",
}
