package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/scimtrail/scimtrail/internal/archive/postgres"
	"github.com/scimtrail/scimtrail/internal/archive/sqlite"
)

// engine is what differs between the databases.
type engine struct {
	dialect    goose.Dialect
	migrations fs.FS
	options    []goose.ProviderOption
	plain      bool   // parameters may be written without numbers
	lock       string // run first in a transaction that writes; "" when beginning one is enough
	snapshot   sql.IsolationLevel
	idle       int    // connections that are kept for whoever reads next
	clock      string // asks for the milliseconds since 1970; "" when the machine is the only one
	explain    func(error) string
	missing    func(error) bool                     // it says that there are no tables yet
	denied     func(error) bool                     // it says that something may not be done
	tidy       func(context.Context, *sql.DB) error // after much was taken away
	check      func(context.Context, *sql.DB) error // looks over everything
}

// schemaVersion is the newest version of the schema that this program knows: the
// number of the last migration.
const schemaVersion = 1

// versionTable is where the migrations that were made are noted.
const versionTable = "versions"

// Is reports whether path is an archive in a file, by its content.
func Is(path string) bool { return sqlite.Is(path) }

// IsAddress reports whether name is the address of a PostgreSQL database.
func IsAddress(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// Open opens an archive by its path, or by its address postgres://host/database.
// One that is not there is made, one of an older version is brought up to date;
// with Options.ReadOnly both are errors. A file that may be read and not written
// is opened for reading only.
//
// It returns an *Error. A file that is something else, an archive that a newer
// program made and one that is damaged are refused and left as they are.
func Open(ctx context.Context, name string, opts Options) (*Archive, error) {
	a := &Archive{name: name, readOnly: opts.ReadOnly, existing: opts.ReadOnly || opts.Existing, now: opts.Now, ownClock: opts.Now != nil, cache: opts.Cache, answerBytes: opts.AnswerBytes}
	if a.now == nil {
		a.now = time.Now
	}
	var err error
	if IsAddress(name) {
		err = a.openServer(ctx, name)
	} else {
		err = a.openFile(ctx, name)
	}
	if err != nil {
		return nil, a.explain("opening", err)
	}
	if err := a.ready(ctx); err != nil {
		_ = a.db.Close()
		return nil, a.explain("opening", err)
	}
	return a, nil
}

func (a *Archive) openFile(ctx context.Context, path string) error {
	a.engine = engine{
		dialect: goose.DialectSQLite3, plain: true, migrations: sub(sqlite.Migrations), explain: sqlite.Explain, missing: none, denied: none, tidy: sqlite.Tidy, check: sqlite.Check, idle: sqlite.Idle,
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && a.existing:
		return &Error{Archive: path, Doing: "opening", Reason: "there is no such file"}
	case errors.Is(err, fs.ErrNotExist):
		if err := sqlite.Create(path, func(db *sql.DB) error { return a.migrate(ctx, db) }); err != nil {
			return err
		}
	case err != nil:
		return err
	case info.IsDir():
		return &Error{Archive: path, Doing: "opening", Reason: "it is a folder; name a file, such as case.db in it"}
	}
	if !a.readOnly {
		if f, err := os.OpenFile(path, os.O_RDWR, 0); errors.Is(err, fs.ErrPermission) || err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.readOnly = true
		} else if err == nil {
			_ = f.Close()
		}
	}
	a.db, err = sqlite.Open(ctx, path, a.readOnly, a.cache)
	switch {
	case errors.Is(err, sqlite.ErrForeign):
		return &Error{Archive: path, Doing: "opening", Reason: "it is a file of something else, and was left as it is; name another one", Err: err}
	case errors.Is(err, sqlite.ErrDamaged):
		return &Error{Archive: path, Doing: "opening", Reason: "take a copy from a backup, or collect again into a new one", Err: err}
	}
	return err
}

func none(error) bool { return false }

func (a *Archive) openServer(ctx context.Context, address string) error {
	a.name = postgres.Name(address)
	a.engine = engine{
		dialect: goose.DialectPostgres, migrations: sub(postgres.Migrations), lock: postgres.Lock, snapshot: sql.LevelRepeatableRead,
		clock: postgres.Clock, explain: postgres.Explain, missing: postgres.Missing, denied: postgres.Denied, tidy: postgres.Tidy, check: postgres.Check, idle: postgres.Idle,
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	a.engine.options = []goose.ProviderOption{goose.WithSessionLocker(locker)}
	a.db, a.schema, err = postgres.Open(ctx, address, a.readOnly)
	return err
}

func sub(from fs.FS) fs.FS {
	dir, err := fs.Sub(from, "migrations")
	if err != nil {
		return from // can't be: the folder is embedded
	}
	return dir
}

// ready brings the schema up to date, or refuses it.
func (a *Archive) ready(ctx context.Context) error {
	version, err := a.version(ctx)
	missing := err != nil && a.engine.missing(err)
	switch {
	case missing && a.existing:
		return &Error{Archive: a.name, Doing: "opening", Reason: "there is no archive in this database that this user may read; collect something into it first, or ask for the grants that docs/archive.md lists"}
	case missing:
		if err := postgres.MakeSchema(ctx, a.db, a.schema); err != nil {
			return err
		}
	case err != nil:
		return err
	case version > schemaVersion:
		return &Error{Archive: a.name, Doing: "opening", Reason: fmt.Sprintf("a newer version of scimtrail made it (form %d; this one knows %d), and it was left as it is; use that version", version, schemaVersion)}
	case version == schemaVersion:
		return nil
	case a.readOnly:
		return &Error{Archive: a.name, Doing: "opening", Reason: fmt.Sprintf("an older version of scimtrail made it (form %d; this one reads %d), and it may not be changed here; let a collector open it once, which brings it up to date", version, schemaVersion)}
	}
	return a.migrate(ctx, a.db)
}

// version returns the version of the schema.
func (a *Archive) version(ctx context.Context) (n int64, err error) {
	err = a.db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable).Scan(&n)
	return n, err
}

func (a *Archive) migrate(ctx context.Context, db *sql.DB) error {
	options := append([]goose.ProviderOption{goose.WithTableName(versionTable), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true)}, a.engine.options...)
	p, err := goose.NewProvider(a.engine.dialect, db, a.engine.migrations, options...)
	if err != nil {
		return fmt.Errorf("bringing the archive to form %d: %w", schemaVersion, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bringing the archive to form %d: %w", schemaVersion, err)
	}
	return nil
}
