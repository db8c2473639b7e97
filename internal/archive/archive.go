package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Options change how an archive is opened. The zero Options is fine.
type Options struct {
	// ReadOnly opens what is there and changes nothing in it: no archive is made,
	// an older one is not migrated, no answer is remembered.
	ReadOnly bool
	// Existing makes it an error when there is no archive.
	Existing bool
	// Now is the clock; time.Now when nil. On PostgreSQL leases go by the clock of
	// the server unless it is set.
	Now func() time.Time
	// Cache is how many bytes of a file each connection keeps in memory, for who reads
	// a little now and then; 64 MB when 0.
	Cache int
	// AnswerBytes bounds the bytes of the answers that are remembered; 256 MiB when 0.
	// The oldest go.
	AnswerBytes int64
}

// Archive is an open archive. It may be used by several goroutines.
type Archive struct {
	name     string // for people: a path, or an address without its secrets
	db       *sql.DB
	engine   engine
	schema   string // on PostgreSQL
	readOnly bool
	existing bool
	now      func() time.Time
	ownClock bool // now was given

	answerBytes int64 // of Options
	cache       int

	packing sync.Mutex
	packs   map[int64]*pack // by dictionary
}

// Name returns what the archive is called: its path, or its address without
// secrets.
func (a *Archive) Name() string { return a.name }

// ReadOnly reports whether the archive can't be written, because of Options or
// because the file may not be.
func (a *Archive) ReadOnly() bool { return a.readOnly }

// Close closes the archive. Writers must be closed before.
func (a *Archive) Close() error {
	a.packing.Lock()
	for _, p := range a.packs {
		p.close()
	}
	a.packs = nil
	a.packing.Unlock()
	return a.explain("closing", a.db.Close())
}

// Generation returns a number that grows with every change of evidence and with
// nothing else.
func (a *Archive) Generation(ctx context.Context) (int64, error) {
	n, err := number(ctx, a.db, "generation")
	return n, a.explain("reading", err)
}

// explain wraps an error of the database for its reader; nil stays nil.
func (a *Archive) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s the archive %s: %w", doing, a.name, err)
	}
	if said, ok := errors.AsType[*Error](err); ok {
		return said
	}
	return &Error{Archive: a.name, Doing: doing, Reason: a.engine.explain(err), Err: err}
}

// Error is what went wrong with an archive, for the reader of the terminal.
type Error struct {
	Archive string // path or address, without secrets
	Doing   string // opening, reading, writing, ...
	Reason  string // what it means and what to do; "" when only Err says
	Err     error
}

// Error is one sentence.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s the archive %s: ", e.Doing, e.Archive)
	if e.Reason == "" {
		return text + e.Err.Error()
	}
	if e.Err == nil {
		return text + e.Reason
	}
	return fmt.Sprintf("%s%s (%s)", text, e.Reason, strings.Join(strings.Fields(e.Err.Error()), " "))
}

// Unwrap returns what the database said.
func (e *Error) Unwrap() error { return e.Err }

// querier is what a database, a connection and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func number(ctx context.Context, q querier, name string) (n int64, err error) {
	err = q.QueryRowContext(ctx, "SELECT value FROM numbers WHERE name = $1", name).Scan(&n)
	return n, err
}

// write runs do in a transaction that no other writer is in. Its error is
// explained.
func (a *Archive) write(ctx context.Context, doing string, do func(tx *sql.Tx) error) error {
	if a.readOnly {
		return &Error{Archive: a.name, Doing: doing, Reason: "it was opened for reading only"}
	}
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return a.explain(doing, err)
	}
	defer tx.Rollback() // after a commit this does nothing
	if a.engine.lock != "" {
		if _, err := tx.ExecContext(ctx, a.engine.lock); err != nil {
			return a.explain(doing, err)
		}
	}
	if err := a.fence(ctx, tx); err != nil {
		return a.explain(doing, err)
	}
	if err := do(tx); err != nil {
		return a.explain(doing, err)
	}
	return a.explain(doing, tx.Commit())
}

// read runs do in a transaction that sees one state of the archive.
func (a *Archive) read(ctx context.Context, doing string, do func(tx *sql.Tx) error) error {
	tx, err := a.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: a.engine.snapshot})
	if err != nil {
		return a.explain(doing, err)
	}
	defer tx.Rollback()
	return a.explain(doing, do(tx))
}

// each runs a query and scan for each of its rows.
func each(ctx context.Context, q querier, scan func(rows *sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
