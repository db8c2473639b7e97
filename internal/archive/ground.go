package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// ground is what covers share that differ only in their spans.
type ground struct {
	account, region, source, channel string
	complete                         casefile.Completeness
}

// putCoverage merges ground into what is covered.
func (w *Writer) putCoverage(ctx context.Context, tx *sql.Tx, covers casefile.Coverage) error {
	limit, err := w.limit(ctx, tx)
	if err != nil {
		return err
	}
	add := map[ground][]span.Span{}
	for _, c := range covers {
		if c.Span = since(c.Span, limit); !c.Span.Empty() {
			g := ground{word(c.Account), word(c.Region), word(c.Source), word(c.Channel), c.Complete}
			add[g] = append(add[g], c.Span)
		}
	}
	for g, spans := range add {
		old, err := spansOf(ctx, tx, g)
		if err != nil {
			return err
		}
		before := span.SetOf(old...)
		after := before.Union(span.SetOf(spans...))
		if same(before, after) {
			continue
		}
		w.changing = true
		if err := replace(ctx, tx, g, after); err != nil {
			return err
		}
	}
	return nil
}

// limit returns the time before which nothing may be claimed by this writer: a
// purge has taken evidence away that it counts on having given, now or in the
// collection that it goes on with.
func (w *Writer) limit(ctx context.Context, tx *sql.Tx) (time.Time, error) {
	purges, err := number(ctx, tx, "purges")
	if err != nil || purges == 0 || purges == w.purges && !w.resumed {
		return time.Time{}, err
	}
	purged, err := number(ctx, tx, "purged")
	return time.Unix(purged, 0).UTC(), err
}

// since cuts off what lies before limit; a zero limit cuts nothing.
func since(s span.Span, limit time.Time) span.Span {
	if !limit.IsZero() && s.From.Before(limit) {
		s.From = limit
	}
	return s
}

func same(a, b span.Set) bool {
	x, y := a.Spans(), b.Spans()
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !x[i].From.Equal(y[i].From) || !x[i].To.Equal(y[i].To) {
			return false
		}
	}
	return true
}

func spansOf(ctx context.Context, q querier, g ground) (out []span.Span, err error) {
	err = each(ctx, q, func(r *sql.Rows) error {
		s, err := scanSpan(r)
		out = append(out, s)
		return err
	}, "SELECT begins, ends FROM coverage WHERE account = $1 AND region = $2 AND source = $3 AND channel = $4 AND complete = $5",
		g.account, g.region, g.source, g.channel, int(g.complete))
	return out, err
}

func scanSpan(r *sql.Rows, before ...any) (s span.Span, err error) {
	var from, to string
	if err := r.Scan(append(before, &from, &to)...); err != nil {
		return s, err
	}
	if s.From, err = unstamp(from); err != nil {
		return s, err
	}
	s.To, err = unstamp(to)
	return s, err
}

// replace writes the spans of a ground anew.
func replace(ctx context.Context, tx *sql.Tx, g ground, spans span.Set) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM coverage WHERE account = $1 AND region = $2 AND source = $3 AND channel = $4 AND complete = $5",
		g.account, g.region, g.source, g.channel, int(g.complete)); err != nil {
		return err
	}
	for _, s := range spans.Spans() {
		if _, err := tx.ExecContext(ctx, "INSERT INTO coverage (account, region, source, channel, complete, begins, ends) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			g.account, g.region, g.source, g.channel, int(g.complete), stamp(s.From), stamp(s.To)); err != nil {
			return err
		}
	}
	return nil
}

// coverage returns everything that is covered.
func coverage(ctx context.Context, q querier) (out casefile.Coverage, err error) {
	err = each(ctx, q, func(r *sql.Rows) error {
		var c casefile.Cover
		var complete int
		var err error
		c.Span, err = scanSpan(r, &c.Account, &c.Region, &c.Source, &c.Channel, &complete)
		c.Complete = casefile.Completeness(complete)
		out = append(out, c)
		return err
	}, "SELECT account, region, source, channel, complete, begins, ends FROM coverage ORDER BY account, region, source, channel, complete, begins, ends")
	return out, err
}

// The kinds of facts.
const (
	factHome = "home"
	factSeal = "seal"
	factLoss = "loss"
	factNote = "note"
)

// fact is a small statement about the evidence, as JSON.
type fact struct {
	kind, data string
}

func newFact(kind string, of any) (fact, error) {
	data, err := json.Marshal(of)
	return fact{kind, string(data)}, err
}

func (f fact) hash(source string) digest {
	return digestOf([]byte(f.kind), []byte(source), []byte(f.data))
}

func (w *Writer) putFacts(ctx context.Context, tx *sql.Tx, facts []fact) error {
	limit, err := w.limit(ctx, tx)
	if err != nil {
		return err
	}
	for _, f := range facts {
		if f.kind == factSeal {
			if f, err = f.since(limit); err != nil {
				return err
			}
		}
		hash := f.hash(w.source)
		done, err := tx.ExecContext(ctx, "INSERT INTO facts (hash, kind, source, reading, data) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hash) DO NOTHING",
			hash[:], f.kind, w.source, w.reading, f.data)
		if err := w.changed(done, err); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE facts SET reading = $1 WHERE hash = $2", w.reading, hash[:]); err != nil {
			return err
		}
	}
	return nil
}

// since cuts what a seal proves at limit.
func (f fact) since(limit time.Time) (fact, error) {
	if limit.IsZero() {
		return f, nil
	}
	var s casefile.GatheredSeal
	if err := json.Unmarshal([]byte(f.data), &s); err != nil {
		return f, err
	}
	var proven []span.Span
	for _, p := range s.Proven {
		if p = since(p, limit); !p.Empty() {
			proven = append(proven, p)
		}
	}
	s.Proven = proven
	return newFact(f.kind, s)
}
