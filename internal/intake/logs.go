package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scan"
)

// task is the reading of one file.
type task struct {
	Entry
	c    *collection
	d    *desk
	ctx  context.Context
	size int64 // as stored, -1 when unknown

	input    int // among the inputs of the case, once it is listed
	isListed bool
	counted  int  // records, while it is not
	summed   bool // the hash of the content was told
	print    fingerprint

	mu          sync.Mutex // rows are made and read by two goroutines
	lost        int        // losses named so far
	undecodable int        // records
}

const maxLossesPerFile = 20

// listed enters the file among the inputs of the case, once, and returns its
// index there.
func (t *task) listed() int {
	if !t.isListed {
		t.isListed = true
		t.input = t.c.b.Input(casefile.Input{Path: t.Path, Size: t.size, Time: t.modified()})
		if t.counted > 0 {
			t.c.b.Records(t.input, t.counted)
		}
	}
	return t.input
}

// passes reports whether the file is a log that was read whole and held nothing
// of identities, and nobody asked for its hash: there may be millions of them,
// so they are counted and not listed.
func (t *task) passes(kind string, fit fitness) bool {
	return t.log && t.c.opts.NoCustody && kind == kindLog && fit == whole && !t.isListed
}

// lose names something of this file that could not be used.
func (t *task) lose(reason, lost string) {
	if t.ctx.Err() != nil {
		return // not the file's fault
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lost++; t.lost <= maxLossesPerFile {
		t.c.losses.damage(casefile.Loss{Path: t.Path, Reason: reason, Lost: lost})
	}
}

// keep hands one record to the case.
func (t *task) keep(rec scan.Record) error {
	t.c.opts.Progress.Identity.Add(1)
	if err := t.c.b.Record(t.listed(), rec.Raw); err != nil {
		if t.undecodable++; t.undecodable <= maxLossesPerFile {
			t.lose(fmt.Sprintf("a record at byte %d can't be decoded: %v", rec.Offset, err), "the record")
		}
	}
	return t.ctx.Err()
}

// records reads a stream of records in JSON and returns what it held.
func (t *task) records(r io.Reader) (profile scan.Profile, err error) {
	if t.log {
		profile, err = t.d.logs.Read(r, t.c.opts.Limits, t.keep)
	} else {
		profile, err = scan.Records(r, t.c.opts.Limits, t.keep)
	}
	t.c.opts.Progress.Content.Add(profile.Bytes)
	t.count(&profile)
	return profile, err
}

func (t *task) count(p *scan.Profile) {
	if t.isListed {
		t.c.b.Records(t.input, p.Records)
	} else {
		t.counted += p.Records
	}
	t.c.opts.Progress.Records.Add(int64(p.Records))
}

// logged takes what a lane has read.
func (t *task) logged(profile scan.Profile, err error) (kind string, fit fitness) {
	t.count(&profile)
	return t.streamed(profile, err)
}

// stream reads JSON with records in it.
func (t *task) stream(r io.Reader) (kind string, fit fitness) {
	return t.streamed(t.records(r))
}

// streamed judges what a stream held.
func (t *task) streamed(profile scan.Profile, err error) (kind string, fit fitness) {
	if err != nil || t.ctx.Err() != nil {
		return streamKind(&profile), partial
	}
	for _, d := range profile.Damage {
		lost := d.Lost
		if profile.Ended {
			lost += "; " + profile.String() + " were read"
		}
		t.lose(d.Reason, lost)
	}
	if more := profile.Damages - len(profile.Damage); more > 0 {
		t.lose(fmt.Sprintf("%d more places are damaged", more), "")
	}
	kind = streamKind(&profile)
	fit = whole
	if profile.Damages > 0 || t.lost > 0 {
		fit = partial
	}
	if profile.Records == 0 && profile.Values > 0 && fit == whole {
		t.c.losses.strange(t.Path, "JSON without a CloudTrail record in it")
		return kindForeign, useless
	}
	if !t.log && profile.Records == 0 && fit == whole && profile.Empty > 0 {
		t.isEmpty()
	}
	if profile.Shapes[scan.ShapeSummary] > 0 {
		t.c.mu.Lock()
		t.c.summaries = append(t.c.summaries, t.Path)
		t.c.mu.Unlock()
	}
	t.c.ground.add(&t.Entry, &profile, kind, fit)
	return kind, fit
}

func (t *task) isEmpty() {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	t.c.empty = append(t.c.empty, t.Entry)
}

// streamKind names a stream after what its records were wrapped in.
func streamKind(p *scan.Profile) string {
	if len(p.Shapes) == 0 { // nothing in it: the list tells what was asked
		switch {
		case len(p.Lists) != 1:
		case p.Lists["Records"] > 0:
			return kindLog
		case p.Lists["Events"] > 0:
			return kindLookup
		}
		return kindRecords
	}
	kind := ""
	for shape := range p.Shapes {
		k := kindRecords
		switch shape {
		case scan.ShapeLog:
			k = kindLog
		case scan.ShapeLookup, scan.ShapeSummary:
			k = kindLookup
		case scan.ShapeEventBridge:
			k = kindEventBridge
		case scan.ShapeMessage:
			k = kindMessages
		}
		if kind != "" && kind != k {
			return kindRecords
		}
		kind = k
	}
	return kind
}

// rows reads a table: each yields its rows to a function that takes them as the
// JSON text of records.
func (t *task) rows(kind string, each func(yield func([]byte) error) error) (string, fitness) {
	// The rows pass through the same reading as any other records, so that they
	// are counted, chosen and bounded in the same way.
	pr, pw := io.Pipe()
	result := make(chan error, 1)
	go func() {
		err := each(func(record []byte) error {
			_, err := pw.Write(append(record, '\n'))
			return err
		})
		result <- err
		_ = pw.Close()
	}()
	profile, err := t.records(pr)
	_ = pr.Close()
	broken := <-result
	fit := whole
	switch {
	case err != nil, t.ctx.Err() != nil:
		return kind, partial
	case broken != nil:
		t.lose(broken.Error(), "the rows from there on; "+profile.String()+" were read")
		fit = partial
	case t.lost > 0:
		fit = partial
	}
	for _, d := range profile.Damage {
		t.lose(d.Reason, d.Lost)
		fit = partial
	}
	if profile.Records == 0 && fit == whole {
		t.isEmpty()
	}
	t.c.ground.add(&t.Entry, &profile, kind, fit)
	return kind, fit
}

// csv reads the CSV that Athena, Lake and the console's event history write.
func (t *task) csv(r io.Reader, comma rune, kind string) (string, fitness) {
	var tab *table
	return t.rows(kind, func(yield func([]byte) error) error {
		n := 0
		return csvRows(scan.Capped(r, t.c.opts.Limits.Stream), comma, t.c.opts.Limits.Record, func(cells []string) error {
			n++
			return t.row(&tab, cells, fmt.Sprintf("row %d", n), yield)
		})
	})
}

// row passes on one row; the header, also a repeated one, is taken as such.
func (t *task) row(tab **table, cells []string, where string, yield func([]byte) error) error {
	if *tab == nil || len(cells) > 0 && isHeader(cells) {
		*tab = newTable(cells)
		return nil
	}
	record, err := (*tab).row(nil, cells)
	if err != nil {
		t.lose(fmt.Sprintf("%s: %v", where, err), "the row")
		return nil
	}
	return yield(record)
}

// athena reads what aws athena get-query-results prints, pages one after the
// other too.
func (t *task) athena(r io.Reader) (string, fitness) {
	var tab *table
	foreign := false
	kind, fit := t.rows(kindAthena, func(yield func([]byte) error) error {
		return t.values(r, "Rows", func(raw []byte, where string) error {
			var row struct {
				Data []struct{ VarCharValue string }
			}
			if err := json.Unmarshal(raw, &row); err != nil {
				t.lose(where+" is no row of a result", "the row")
				return nil
			}
			cells := make([]string, len(row.Data))
			for i, cell := range row.Data {
				cells[i] = cell.VarCharValue
			}
			if tab == nil && !isHeader(cells) {
				foreign = true
				return errForeign
			}
			return t.row(&tab, cells, where, yield)
		})
	})
	if foreign {
		t.c.losses.strange(t.Path, "an Athena result without the columns eventsource and eventname")
		return kindForeign, useless
	}
	return kind, fit
}

var errForeign = errors.New("not the result of a query for records")

// lake reads what aws cloudtrail get-query-results prints: rows of objects with
// one column each.
func (t *task) lake(r io.Reader) (string, fitness) {
	return t.rows(kindLake, func(yield func([]byte) error) error {
		return t.values(r, "QueryResultRows", func(raw []byte, where string) error {
			var cells []map[string]string
			if err := json.Unmarshal(raw, &cells); err != nil {
				var one map[string]string
				if json.Unmarshal(raw, &one) != nil {
					t.lose(where+" is no row of a result", "the row")
					return nil
				}
				cells = []map[string]string{one}
			}
			var header, values []string
			for _, cell := range cells {
				for _, name := range sortedKeys(cell) {
					header, values = append(header, name), append(values, cell[name])
				}
			}
			record, err := newTable(header).row(nil, values)
			if err != nil {
				t.lose(fmt.Sprintf("%s: %v", where, err), "the row")
				return nil
			}
			return yield(record)
		})
	})
}

// values calls yield with each element of the lists with the given name.
func (t *task) values(r io.Reader, list string, yield func(raw []byte, where string) error) error {
	extent, err := scan.Values(r, t.c.opts.Limits, func(v *scan.Value) error {
		if v.Within != list {
			return nil
		}
		return yield(v.Raw, fmt.Sprintf("the value at byte %d", v.Offset))
	})
	for _, d := range extent.Damage {
		t.lose(d.Reason, d.Lost)
	}
	if errors.Is(err, io.ErrClosedPipe) || errors.Is(err, errForeign) {
		return nil
	}
	return err
}
