package archive

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Lead reports whether holder has role to itself for the next ttl: because
// nobody had it, because it ran out, or because holder has it already, which
// renews it. Of several that ask at once one gets it. Who leads asks again well
// before ttl is over, and stops when it is told false or can't ask.
//
// A ttl of 0 or less gives the role up; the answer is then false.
func (a *Archive) Lead(ctx context.Context, role, holder string, ttl time.Duration) (bool, error) {
	leads := false
	err := a.write(ctx, "writing", func(tx *sql.Tx) error {
		leads = false
		now, err := a.clock(ctx, tx)
		if err != nil {
			return err
		}
		var has string
		var ends int64
		err = tx.QueryRowContext(ctx, "SELECT holder, ends FROM leases WHERE role = $1", text(role)).Scan(&has, &ends)
		free := errors.Is(err, sql.ErrNoRows)
		if err != nil && !free {
			return err
		}
		mine := !free && has == text(holder)
		switch {
		case ttl <= 0 && mine:
			_, err := tx.ExecContext(ctx, "DELETE FROM leases WHERE role = $1", text(role))
			return err
		case ttl <= 0 || !free && !mine && ends > now.UnixMilli():
			return nil
		}
		leads = true
		_, err = tx.ExecContext(ctx, "INSERT INTO leases (role, holder, ends) VALUES ($1, $2, $3) ON CONFLICT (role) DO UPDATE SET holder = excluded.holder, ends = excluded.ends",
			text(role), text(holder), now.Add(ttl).UnixMilli())
		return err
	})
	return leads && err == nil, err
}

// clock returns the time that all who use the archive agree on.
func (a *Archive) clock(ctx context.Context, q querier) (time.Time, error) {
	if a.ownClock || a.engine.clock == "" {
		return a.now(), nil
	}
	var ms int64
	err := q.QueryRowContext(ctx, a.engine.clock).Scan(&ms)
	return time.UnixMilli(ms), err
}
