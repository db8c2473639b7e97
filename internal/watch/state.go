package watch

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
)

// The documents of an archive in which watch keeps what it knows: the alerts are
// of the kind that the page reads.
const (
	kindState   = "watch"
	keyState    = "state"
	keyBelongs  = "memberships"
	keyBegan    = "began"
	kindAlert   = "alert"
	maxStateLen = 512 << 20 // unpacked; a damaged document must not fill the memory
)

// state is all that a watcher needs to go on: what it consumed, up to where, and
// what it has consumed and may have to consume again. It is put down in one transaction, so that it is
// written whole or not at all.
type state struct {
	Version   int
	Print     string // of the rules it was made with
	Cursor    int64  // the last event that was read
	Listings  int64  // the last listing
	Watermark int64
	Machine   *machine
	Window    []*Event
	Pending   []*Listing
	Recent    map[Key]int64 // settled not long ago, so that a copy is known
}

// loadState returns nil when there is none that can be gone on with.
func (w *Watcher) loadState(ctx context.Context) (*state, error) {
	data, err := w.pieced(ctx, keyState)
	if err != nil || data == nil {
		return nil, err
	}
	var s state
	s.Machine = newMachine(&w.o.Rules.Rules, w.ground)
	if err := unpack(data, &s); err != nil || s.Version != stateVersion || s.Print != w.o.Rules.print() || s.Machine == nil {
		return nil, nil // of another version or other rules: everything is read anew
	}
	data, err = w.pieced(ctx, keyBelongs)
	if err != nil {
		return nil, err
	}
	if data != nil {
		raw, err := inflate(data)
		if err != nil || s.Machine.belongs.UnmarshalBinary(raw) != nil {
			return nil, nil
		}
	}
	s.Machine.restore()
	return &s, nil
}

// restore makes good what JSON leaves nil or out.
func (m *machine) restore() {
	fresh := newMachine(m.rules, m.ground)
	if m.Open == nil {
		m.Open = fresh.Open
	}
	if m.Due == nil {
		m.Due = fresh.Due
	}
	if m.Names == nil {
		m.Names = fresh.Names
	}
	if m.Outside.Managed == nil {
		m.Outside.Managed = fresh.Outside.Managed
	}
	if m.Outside.Changes == nil {
		m.Outside.Changes = fresh.Outside.Changes
	}
	if m.Outside.Others == nil {
		m.Outside.Others = fresh.Outside.Others
	}
	if m.Client.Calls == nil {
		m.Client.Calls = fresh.Client.Calls
	}
	if m.Client.Seen == nil {
		m.Client.Seen = fresh.Client.Seen
	}
	for _, nothing := range []bool{m.Silent == nil, m.Fail == nil, m.Emptied == nil, m.Mass == nil, m.Identity == nil, m.Token == nil, m.Nothing == nil} {
		if nothing {
			m.fillNil(fresh)
			break
		}
	}
	m.schedule()
}

func (m *machine) fillNil(fresh *machine) {
	if m.Silent == nil {
		m.Silent = fresh.Silent
	}
	if m.Fail == nil {
		m.Fail = fresh.Fail
	}
	if m.Emptied == nil {
		m.Emptied = fresh.Emptied
	}
	if m.Mass == nil {
		m.Mass = fresh.Mass
	}
	if m.Identity == nil {
		m.Identity = fresh.Identity
	}
	if m.Token == nil {
		m.Token = fresh.Token
	}
	if m.Nothing == nil {
		m.Nothing = fresh.Nothing
	}
}

// saveState writes what there is to go on with. The memberships come first: what they
// know further does no harm to an older state.
func (w *Watcher) saveState(ctx context.Context) error {
	if b := w.settled.belongs; b.news > 0 {
		raw, err := b.MarshalBinary()
		if err != nil {
			return err
		}
		if err := w.putPieced(ctx, keyBelongs, deflate(raw)); err != nil {
			return err
		}
		b.news = 0
	}
	data, err := json.Marshal(state{stateVersion, w.o.Rules.print(), w.cursor, w.listings, w.watermark, w.settled, w.window, w.pending, w.recent})
	if err != nil {
		return fmt.Errorf("writing down the state of watch: %w", err)
	}
	return w.putPieced(ctx, keyState, deflate(data))
}

// piece is how long a part of a document is: the engine of a file holds a document
// several times while it is written, and keeps the room for large ones.
const piece = 32 << 10

// pieceKey names a part; the document under the key itself is how many there are, as
// text.
func pieceKey(key string, n int) string { return fmt.Sprintf("%s %d", key, n) }

// pieced reads what putPieced wrote, nil when there is nothing whole.
func (w *Watcher) pieced(ctx context.Context, key string) ([]byte, error) {
	head, err := w.o.Archive.Document(ctx, kindState, key)
	if err != nil || head == nil {
		return nil, err
	}
	n, err := strconv.Atoi(string(head))
	if err != nil || n < 0 || n > maxStateLen/piece {
		return nil, nil // of another version
	}
	var all []byte
	for i := range n {
		part, err := w.o.Archive.Document(ctx, kindState, pieceKey(key, i))
		if err != nil || part == nil {
			return nil, err
		}
		all = append(all, part...)
	}
	w.pieces[key] = n
	return all, nil
}

// putPieced writes a document in parts, all or none.
func (w *Watcher) putPieced(ctx context.Context, key string, data []byte) error {
	parts := map[string][]byte{}
	n := 0
	for part := range slices.Chunk(data, piece) {
		parts[pieceKey(key, n)] = part
		n++
	}
	for i := n; i < w.pieces[key]; i++ {
		parts[pieceKey(key, i)] = nil // of a longer one
	}
	parts[key] = []byte(strconv.Itoa(n))
	if err := w.o.Archive.PutDocuments(ctx, kindState, parts); err != nil {
		return err
	}
	w.pieces[key] = n
	return nil
}

// deflaters are writers to be used again: making one takes half a megabyte.
var deflaters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // the level is one that there is
	return z
}}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	z := deflaters.Get().(*gzip.Writer)
	defer deflaters.Put(z)
	z.Reset(&b)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

func inflate(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxStateLen+1))
	if err == nil && len(out) > maxStateLen {
		err = fmt.Errorf("it is larger than %d bytes", maxStateLen)
	}
	return out, err
}

func unpack(data []byte, into any) error {
	raw, err := inflate(data)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// cut takes from the window what a watermark has passed, in order and each event
// once, and returns it. Copies of what stays are taken out of the window too.
func (w *Watcher) cut(watermark int64) (events []*Event, listings []*Listing) {
	slices.SortFunc(w.window, func(a, b *Event) int {
		if c := compareEvents(a, b); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(b.Tie, a.Tie))
	})
	w.window = dedupe(w.window)
	n, _ := slices.BinarySearchFunc(w.window, watermark+1, func(ev *Event, at int64) int { return cmp.Compare(ev.At, at) })
	events, w.window = w.window[:n:n], slices.Clone(w.window[n:])
	slices.SortStableFunc(w.pending, func(a, b *Listing) int { return cmp.Compare(a.At, b.At) })
	n, _ = slices.BinarySearchFunc(w.pending, watermark+1, func(l *Listing, at int64) int { return cmp.Compare(l.At, at) })
	listings, w.pending = w.pending[:n:n], slices.Clone(w.pending[n:])
	return events, listings
}
