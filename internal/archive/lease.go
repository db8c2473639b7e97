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

// ErrNotLeading says that nothing was written, because of Fenced.
var ErrNotLeading = errors.New("the lease has run out or somebody else has it now, so nothing was written")

// Fenced returns a context in which nothing is written to an archive unless holder has
// role: it is looked at in the transaction that writes, and of two transactions that
// write one waits for the other. So who hangs for longer than its lease and then goes
// on writes nothing over what another has written meanwhile; its error is ErrNotLeading.
func Fenced(ctx context.Context, role, holder string) context.Context {
	return context.WithValue(ctx, fenced{}, fenced{role, holder})
}

// fenced is a fence, and its key in a context.
type fenced struct{ role, holder string }

func (a *Archive) fence(ctx context.Context, tx *sql.Tx) error {
	f, ok := ctx.Value(fenced{}).(fenced)
	if !ok {
		return nil
	}
	now, err := a.clock(ctx, tx)
	if err != nil {
		return err
	}
	var ends int64
	err = tx.QueryRowContext(ctx, "SELECT ends FROM leases WHERE role = $1 AND holder = $2", text(f.role), text(f.holder)).Scan(&ends)
	if errors.Is(err, sql.ErrNoRows) || err == nil && ends <= now.UnixMilli() {
		return &Error{Archive: a.name, Doing: "writing", Reason: ErrNotLeading.Error(), Err: ErrNotLeading}
	}
	return err
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
