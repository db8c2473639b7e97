package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/kept"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Collect gives everything that is kept to sink, as one state of the archive,
// whoever writes meanwhile. On an error part of it has been given.
func (a *Archive) Collect(ctx context.Context, sink casefile.Sink) error {
	return a.collect(ctx, sink, "")
}

// collect is Collect for the records that a WHERE clause picks.
func (a *Archive) collect(ctx context.Context, sink casefile.Sink, where string, args ...any) error {
	return a.read(ctx, "reading", func(tx *sql.Tx) error {
		inputs, err := a.giveInputs(ctx, tx, sink)
		if err != nil {
			return fmt.Errorf("inputs: %w", err)
		}
		if err := a.giveEvents(ctx, tx, sink, inputs, where, args...); err != nil {
			return fmt.Errorf("records: %w", err)
		}
		if err := a.giveDocuments(ctx, tx, sink, inputs); err != nil {
			return fmt.Errorf("listings: %w", err)
		}
		covers, err := coverage(ctx, tx)
		if err != nil {
			return fmt.Errorf("coverage: %w", err)
		}
		sink.Cover(covers...)
		if err := giveFacts(ctx, tx, sink); err != nil {
			return fmt.Errorf("notes: %w", err)
		}
		return nil
	})
}

// Inputs returns what the evidence was read from, as Collect gives it.
func (a *Archive) Inputs(ctx context.Context) (all []casefile.Input, err error) {
	err = each(ctx, a.db, func(r *sql.Rows) error {
		var id int64
		in, _, err := scanInput(r, &id)
		all = append(all, in)
		return err
	}, selectInputs)
	return all, a.explain("reading", err)
}

const selectInputs = "SELECT id, path, size, sha256, kind, time, records FROM inputs ORDER BY id"

func scanInput(r *sql.Rows, id *int64) (in casefile.Input, records int, err error) {
	var at string
	if err := r.Scan(id, &in.Path, &in.Size, &in.SHA256, &in.Kind, &at, &records); err != nil {
		return in, 0, err
	}
	in.Time, err = unstamp(at)
	return in, records, err
}

// giveInputs returns the sink's index of each input.
func (a *Archive) giveInputs(ctx context.Context, q querier, sink casefile.Sink) (map[int64]int, error) {
	index := map[int64]int{}
	err := each(ctx, q, func(r *sql.Rows) error {
		var id int64
		in, records, err := scanInput(r, &id)
		if err != nil {
			return err
		}
		index[id] = sink.Input(in)
		if records > 0 {
			sink.Records(index[id], records)
		}
		return nil
	}, selectInputs)
	if err != nil {
		return nil, err
	}
	var p casefile.Passed
	err = each(ctx, q, func(r *sql.Rows) error {
		var one casefile.Passed
		err := r.Scan(&one.Files, &one.Bytes, &one.Records)
		p.Files, p.Bytes, p.Records = p.Files+one.Files, p.Bytes+one.Bytes, p.Records+one.Records
		return err
	}, "SELECT files, bytes, records FROM passed")
	if p != (casefile.Passed{}) {
		sink.Passed(p)
	}
	return index, err
}

// Passing is a sink that keeps nothing of the bytes of a record: the next one is
// written over them once Record has returned.
type Passing interface{ Passing() }

// piece is a compressed record on its way out.
type piece struct {
	seq        int64
	dictionary int64
	data       []byte
	input      int // of the sink
	copies     int // how often it is there again
}

// pieces are some at a time, and the room of their data.
type pieces struct {
	list []piece
	data []byte
}

const portion = 512

var emptied = sync.Pool{New: func() any { return &pieces{list: make([]piece, 0, portion)} }}

func (p *pieces) giveBack() {
	if cap(p.data) <= 4<<20 {
		p.list, p.data = p.list[:0], p.data[:0]
		emptied.Put(p)
	}
}

// giver unpacks records for one goroutine.
type giver struct {
	packs   packs
	further map[int64][]int
	sink    casefile.Sink
	passing bool
	room    shelf
	lent    []byte
}

// giveEvents reads in one goroutine and decodes in as many as there are
// processors.
func (a *Archive) giveEvents(ctx context.Context, tx *sql.Tx, sink casefile.Sink, inputs map[int64]int, where string, args ...any) error {
	further, err := furtherInputs(ctx, tx, inputs)
	if err != nil {
		return err
	}
	packs, err := a.allPacks(ctx, tx)
	if err != nil {
		return err
	}
	_, passing := sink.(Passing)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan *pieces, 4)
	var wg sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			g := giver{packs: packs, further: further, sink: sink, passing: passing}
			for some := range work {
				for i := range some.list {
					if ctx.Err() != nil {
						break
					}
					if err := g.give(&some.list[i]); err != nil {
						cancel(err)
					}
				}
				some.giveBack()
			}
		})
	}
	next := emptied.Get().(*pieces)
	send := func() error {
		select {
		case work <- next:
			next = emptied.Get().(*pieces)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	err = each(ctx, tx, func(r *sql.Rows) error {
		var p piece
		var input int64
		var data sql.RawBytes
		if err := r.Scan(&p.seq, &input, &p.copies, &p.dictionary, &data); err != nil {
			return err
		}
		index, known := inputs[input]
		if !known {
			return fmt.Errorf("record %d is of an input that is not there", p.seq)
		}
		p.input = index
		begin := len(next.data)
		next.data = append(next.data, data...)
		p.data = next.data[begin:len(next.data):len(next.data)]
		if next.list = append(next.list, p); len(next.list) == portion {
			return send()
		}
		return nil
	}, "SELECT seq, input, copies, dictionary, raw FROM events "+where+" ORDER BY seq", args...)
	if err == nil {
		err = send()
	}
	close(work)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (g *giver) give(p *piece) error {
	raw, err := g.expand(p)
	if err != nil {
		return err
	}
	for range p.copies + 1 {
		if err := g.sink.Record(p.input, raw); err != nil {
			return fmt.Errorf("record %d: %w", p.seq, err)
		}
	}
	for _, input := range g.further[p.seq] {
		if err := g.sink.Record(input, raw); err != nil {
			return fmt.Errorf("record %d: %w", p.seq, err)
		}
	}
	return nil
}

func (g *giver) expand(p *piece) (raw []byte, err error) {
	from, err := g.packs.of(p.dictionary)
	if err != nil {
		return nil, err
	}
	if g.passing {
		if raw, err = from.expand(p.data, g.lent[:0]); cap(raw) <= shelfSize {
			g.lent = raw
		}
	} else {
		raw, err = g.room.expand(from, p.data)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d can't be unpacked, the archive is damaged: %w", p.seq, err)
	}
	return raw, nil
}

// furtherInputs returns where else records are, by their number.
func furtherInputs(ctx context.Context, q querier, inputs map[int64]int) (map[int64][]int, error) {
	further := map[int64][]int{}
	err := each(ctx, q, func(r *sql.Rows) error {
		var seq, input int64
		var n int
		if err := r.Scan(&seq, &input, &n); err != nil {
			return err
		}
		index, known := inputs[input]
		if !known {
			return fmt.Errorf("a copy of record %d is of an input that is not there", seq)
		}
		for range n {
			further[seq] = append(further[seq], index)
		}
		return nil
	}, "SELECT event, input, n FROM copies ORDER BY event, input")
	return further, err
}

func (a *Archive) giveDocuments(ctx context.Context, tx *sql.Tx, sink casefile.Sink, inputs map[int64]int) error {
	packs, err := a.allPacks(ctx, tx)
	if err != nil {
		return err
	}
	var text []byte
	var document, of int64
	give := func() error {
		if document == 0 {
			return nil
		}
		index, known := inputs[of]
		if !known {
			return fmt.Errorf("listing %d is of an input that is not there", document)
		}
		doc, err := kept.Read(text)
		if err != nil {
			return fmt.Errorf("listing %d: %w", document, err)
		}
		text = text[:0]
		if doc.Snapshot != nil {
			s := *doc.Snapshot
			s.Input = index
			sink.Snapshot(s)
		}
		if doc.Upstream != nil {
			sink.Upstream(index, *doc.Upstream, doc.Taken)
		}
		return nil
	}
	err = each(ctx, tx, func(r *sql.Rows) error {
		var id, input, dictionary int64
		var data sql.RawBytes
		if err := r.Scan(&id, &input, &dictionary, &data); err != nil {
			return err
		}
		if id != document {
			if err := give(); err != nil {
				return err
			}
			document, of = id, input
		}
		from, err := packs.of(dictionary)
		if err != nil {
			return err
		}
		if text, err = from.expand(data, text); err != nil {
			return fmt.Errorf("listing %d can't be unpacked, the archive is damaged: %w", id, err)
		}
		return nil
	}, `SELECT d.id, d.input, p.dictionary, p.data FROM documents_kept d JOIN document_pieces dp ON dp.document = d.id JOIN pieces p ON p.id = dp.piece
		ORDER BY d.id, dp.n`)
	if err != nil {
		return err
	}
	return give()
}

func giveFacts(ctx context.Context, q querier, sink casefile.Sink) error {
	return each(ctx, q, func(r *sql.Rows) error {
		var kind, data string
		if err := r.Scan(&kind, &data); err != nil {
			return err
		}
		return giveFact(kind, []byte(data), sink)
	}, "SELECT kind, data FROM facts ORDER BY kind, data")
}

func giveFact(kind string, data []byte, sink casefile.Sink) error {
	switch kind {
	case factHome:
		var h casefile.Home
		if err := json.Unmarshal(data, &h); err != nil {
			return err
		}
		sink.Home(h)
	case factSeal:
		var s casefile.GatheredSeal
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		sink.Seal(casefile.Seal{Account: s.Account, Region: s.Region, Proven: span.SetOf(s.Proven...), Tampered: s.Tampered, Limits: s.Limits})
	case factLoss:
		var l casefile.Loss
		if err := json.Unmarshal(data, &l); err != nil {
			return err
		}
		sink.Unreadable(l)
	case factNote:
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		sink.Note(text)
	default:
		return fmt.Errorf("a fact of kind %.40q is not known to this version", kind)
	}
	return nil
}
