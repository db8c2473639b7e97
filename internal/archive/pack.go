package archive

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// recordDictionary is what records are compressed against, so that one of a
// thousand bytes takes two hundred. scripts/archivedict makes it. An archive
// keeps the dictionary it was written with under its number; one that is made
// anew gets the next number and this one stays readable.
//
//go:embed records.zdict
var recordDictionary []byte

const recordDictionaryID = 1

// pack compresses and expands small pieces against one dictionary. It may be
// used by several goroutines.
type pack struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// maxPiece bounds what one piece may expand to: a record has at most 16 MiB
// unless somebody allowed more, a listing of a large store some hundred.
const maxPiece = 2 << 30

func newPack(dictionary []byte, level zstd.EncoderLevel) (*pack, error) {
	encoding := []zstd.EOption{zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(4), zstd.WithWindowSize(1 << 20)}
	decoding := []zstd.DOption{zstd.WithDecoderConcurrency(4), zstd.WithDecoderMaxMemory(maxPiece)}
	if dictionary != nil {
		encoding = append(encoding, zstd.WithEncoderDict(dictionary))
		decoding = append(decoding, zstd.WithDecoderDicts(dictionary))
	}
	enc, err := zstd.NewWriter(nil, encoding...)
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, decoding...)
	if err != nil {
		return nil, err
	}
	return &pack{enc: enc, dec: dec}, nil
}

func (p *pack) close() { p.dec.Close() }

func (p *pack) shrink(data []byte) []byte { return p.enc.EncodeAll(data, nil) }

// expand appends what data unpacks to to into. The decoder alone would make room
// for no more than that, so that a text of many pieces would be copied for each.
func (p *pack) expand(data, into []byte) ([]byte, error) {
	if size := expanded(data); size > 0 && cap(into) > 0 {
		into = slices.Grow(into, size)
	}
	return p.dec.DecodeAll(data, into)
}

// expanded returns the room that a small piece needs, as it says itself, or 0.
func expanded(data []byte) int {
	var h zstd.Header
	if h.Decode(data) != nil || !h.HasFCS || h.FrameContentSize > 1<<20 {
		return 0
	}
	return int(h.FrameContentSize) + decoderSlack
}

// decoderSlack is what the decoder wants to have free beyond what it unpacks
// (compressedBlockOverAlloc in github.com/klauspost/compress/zstd).
const decoderSlack = 16

// shelf is room for records of one reader: a thousand bytes at a time taken from
// the heap would waste a tenth and keep the collector busy.
type shelf struct{ free []byte }

const shelfSize = 256 << 10

// expand unpacks data into memory of its own, which nobody else will write to.
func (s *shelf) expand(p *pack, data []byte) ([]byte, error) {
	size := expanded(data)
	if size == 0 || size > shelfSize/16 {
		return p.expand(data, nil)
	}
	if size > len(s.free) {
		s.free = make([]byte, shelfSize)
	}
	out, err := p.dec.DecodeAll(data, s.free[:0:size])
	if err != nil {
		return nil, err
	}
	// Whatever the header says: what does not fit was put elsewhere.
	if n := len(out); n > 0 && n <= size && &out[0] == &s.free[0] {
		s.free = s.free[n:]
	}
	return out[:len(out):len(out)], nil
}

// packFor returns the pack of a dictionary; 0 is none.
func (a *Archive) packFor(ctx context.Context, q querier, id int64) (*pack, error) {
	a.packing.Lock()
	defer a.packing.Unlock()
	if p := a.packs[id]; p != nil {
		return p, nil
	}
	var dictionary []byte
	if id != 0 {
		if err := q.QueryRowContext(ctx, "SELECT data FROM dictionaries WHERE id = $1", id).Scan(&dictionary); err != nil {
			return nil, fmt.Errorf("reading dictionary %d: %w", id, err)
		}
	}
	p, err := newPack(dictionary, zstd.SpeedFastest)
	if err != nil {
		return nil, fmt.Errorf("preparing dictionary %d: %w", id, err)
	}
	if a.packs == nil {
		a.packs = map[int64]*pack{}
	}
	a.packs[id] = p
	return p, nil
}

// allPacks returns the packs of all dictionaries that there are.
func (a *Archive) allPacks(ctx context.Context, q querier) (packs, error) {
	ids := []int64{0}
	err := each(ctx, q, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM dictionaries")
	if err != nil {
		return nil, err
	}
	out := packs{}
	for _, id := range ids {
		if out[id], err = a.packFor(ctx, q, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// writingPack returns the dictionary that new records are compressed against,
// and puts it into the archive first.
func (a *Archive) writingPack(ctx context.Context) (int64, *pack, error) {
	var there int
	if err := a.db.QueryRowContext(ctx, "SELECT count(*) FROM dictionaries WHERE id = $1", recordDictionaryID).Scan(&there); err != nil {
		return 0, nil, err
	}
	if there == 0 {
		err := a.write(ctx, "writing", func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO dictionaries (id, data) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", recordDictionaryID, recordDictionary)
			return err
		})
		if err != nil {
			return 0, nil, err
		}
	}
	p, err := a.packFor(ctx, a.db, recordDictionaryID)
	return recordDictionaryID, p, err
}

// packs are packs by the number of their dictionary.
type packs map[int64]*pack

func (p packs) of(dictionary int64) (*pack, error) {
	if found := p[dictionary]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("dictionary %d is not there, the archive is damaged", dictionary)
}
