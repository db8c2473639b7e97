package archive

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Purged counts what a purge took away.
type Purged struct {
	Events     int // identity records
	Listings   int // of identity stores, and states of providers
	Inputs     int // of which nothing is left
	Generation int64
}

// Purge takes away what is older than before: records by the time of the event,
// listings by when they were taken, states of providers by when they arrived.
// What has no time stays. The ground that was covered before that time is
// withdrawn, and so is what digests proved of it, so that what is gone is never
// taken for what did not happen. Nothing that is older can be claimed again by a
// collection that counts on having fetched it.
//
// The space is given back to the disk, and what stood there is overwritten.
func (a *Archive) Purge(ctx context.Context, before time.Time) (Purged, error) {
	var p Purged
	limit := before.UTC().Truncate(time.Second)
	if limit.Before(before) {
		limit = limit.Add(time.Second) // times of events are whole seconds
	}
	err := a.write(ctx, "purging", func(tx *sql.Tx) error {
		p = Purged{}
		at := limit.Unix()
		del := func(count *int, query string, args ...any) error {
			done, err := tx.ExecContext(ctx, query, args...)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if count != nil {
				*count += int(n)
			}
			return err
		}
		if err := del(nil, "DELETE FROM copies WHERE event IN (SELECT seq FROM events WHERE time < $1)", at); err != nil {
			return err
		}
		if err := del(&p.Events, "DELETE FROM events WHERE time < $1", at); err != nil {
			return err
		}
		if err := del(&p.Listings, "DELETE FROM documents_kept WHERE kind = 'snapshot' AND taken < $1 OR kind <> 'snapshot' AND arrived < $1", at); err != nil {
			return err
		}
		for _, statement := range forgetPieces {
			if err := del(nil, statement); err != nil {
				return err
			}
		}
		if err := withdraw(ctx, tx, limit); err != nil {
			return err
		}
		if err := del(nil, "DELETE FROM answers"); err != nil {
			return err
		}
		if err := del(nil, forgetWords); err != nil {
			return err
		}
		if err := del(nil, "UPDATE numbers SET value = value + 1 WHERE name = 'purges'"); err != nil {
			return err
		}
		if err := del(nil, "UPDATE numbers SET value = $1 WHERE name = 'purged' AND value < $1", at); err != nil {
			return err
		}
		if err := advance(ctx, tx); err != nil {
			return err
		}
		var err error
		p.Generation, err = number(ctx, tx, "generation")
		return err
	})
	if err != nil {
		return p, err
	}
	return p, a.explain("purging", a.engine.tidy(ctx, a.db))
}

// forgetWords takes away the words that no record has any more.
const forgetWords = `DELETE FROM words WHERE id NOT IN (
	SELECT source FROM events WHERE source IS NOT NULL UNION SELECT name FROM events WHERE name IS NOT NULL UNION
	SELECT account FROM events WHERE account IS NOT NULL UNION SELECT region FROM events WHERE region IS NOT NULL UNION
	SELECT store FROM events WHERE store IS NOT NULL UNION SELECT grp FROM events WHERE grp IS NOT NULL UNION
	SELECT usr FROM events WHERE usr IS NOT NULL UNION SELECT caller FROM events WHERE caller IS NOT NULL UNION
	SELECT error FROM events WHERE error IS NOT NULL)`

// withdraw cuts what is covered and proven at limit.
func withdraw(ctx context.Context, tx *sql.Tx, limit time.Time) error {
	all, err := coverage(ctx, tx)
	if err != nil {
		return err
	}
	left := map[ground][]span.Span{}
	for _, c := range all {
		g := ground{c.Account, c.Region, c.Source, c.Channel, c.Complete}
		left[g] = append(left[g], since(c.Span, limit))
	}
	for g, spans := range left {
		if err := replace(ctx, tx, g, span.SetOf(spans...)); err != nil {
			return err
		}
	}
	type sealed struct {
		hash         []byte
		source, data string
	}
	var seals []sealed
	err = each(ctx, tx, func(r *sql.Rows) error {
		var s sealed
		err := r.Scan(&s.hash, &s.source, &s.data)
		seals = append(seals, s)
		return err
	}, "SELECT hash, source, data FROM facts WHERE kind = $1", factSeal)
	if err != nil {
		return err
	}
	for _, s := range seals {
		cut, err := fact{factSeal, s.data}.since(limit)
		if err != nil {
			return err
		}
		if cut.data == s.data {
			continue
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM facts WHERE hash = $1", s.hash); err != nil {
			return err
		}
		var left casefile.GatheredSeal
		if err := json.Unmarshal([]byte(cut.data), &left); err != nil {
			return err
		}
		if len(left.Proven) == 0 && len(left.Tampered) == 0 {
			continue
		}
		hash := cut.hash(s.source)
		if _, err := tx.ExecContext(ctx, "INSERT INTO facts (hash, kind, source, reading, data) VALUES ($1, $2, $3, 0, $4) ON CONFLICT (hash) DO NOTHING", hash[:], cut.kind, s.source, cut.data); err != nil {
			return err
		}
	}
	return nil
}
