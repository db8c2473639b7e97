// Package postgres opens the database of an archive that a team shares: how its
// connections behave, where its tables lie, and what the server's errors mean to
// a reader. It knows the schema only as the migrations that it carries; package
// archive does the rest.
//
// The tables lie in a schema of their own, "scimtrail" unless the address has
// another search_path.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// Migrations are the versions of the schema, one file each.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Schema is where the tables lie when the address does not say.
const Schema = "scimtrail"

// Why an address is not used.
var (
	ErrAddress = errors.New("it is no address of the form postgres://HOST/DATABASE")
	ErrSecret  = errors.New("it holds a password, which others on this machine could see; set PGPASSWORD, or name the file in PGPASSFILE")
)

// Name returns an address without its secrets: host and database.
func Name(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "postgres://..."
	}
	return (&url.URL{Scheme: "postgres", Host: u.Host, Path: u.Path}).String()
}

// Idle is how many connections are kept for whoever asks next.
const Idle = 2

// Open connects to the database at address. What the address leaves out comes
// from the environment (PGHOST, PGUSER, PGPASSWORD, PGPASSFILE, PGSSLMODE, ...),
// as with PostgreSQL's own tools. Its errors hold no secret.
func Open(ctx context.Context, address string, readOnly bool) (*sql.DB, string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", ErrAddress
	}
	query := u.Query()
	if _, has := u.User.Password(); has || query.Has("password") || query.Has("sslpassword") {
		return nil, "", ErrSecret
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, "", ErrAddress // the library's error repeats the address
	}
	schema := config.RuntimeParams["search_path"]
	if schema == "" {
		schema = Schema
	}
	config.RuntimeParams["search_path"] = quote(schema)
	config.RuntimeParams["application_name"] = "scimtrail"
	config.RuntimeParams["timezone"] = "UTC"
	if readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(Idle)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, "", err
	}
	return db, schema, nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// MakeSchema makes the schema if it is not there, whoever does the same.
func MakeSchema(ctx context.Context, db *sql.DB, schema string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var there bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", schema).Scan(&there); err != nil || there {
		return err
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(1398952050)"); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(schema)); err != nil {
		return err
	}
	return tx.Commit()
}

// Lock is run first by a transaction that writes: one writes at a time, so that
// records get their numbers in the order in which they can be seen.
const Lock = "SELECT pg_advisory_xact_lock(1398952050, hashtext(current_schema()))"

// Clock asks for the server's time in milliseconds since 1970.
const Clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"

// Missing reports whether err says that a table or a schema is not there.
func Missing(err error) bool {
	code := codeOf(err)
	return code == "42P01" || code == "3F000" // undefined_table, invalid_schema_name
}

// Denied reports whether err says that the role lacks a grant.
func Denied(err error) bool {
	code := codeOf(err)
	return code == "42501" || code == "25006" // insufficient_privilege, read_only_sql_transaction
}

// codeOf returns the server's code for an error
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func codeOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// Explain says what an error means and what to do, "" when it has nothing to
// add.
func Explain(err error) string {
	switch code := codeOf(err); {
	case errors.Is(err, ErrAddress):
		return "name it as postgres://HOST/DATABASE"
	case code == "28P01" || code == "28000":
		return "the server refuses the user; set PGUSER, and PGPASSWORD or PGPASSFILE"
	case code == "3D000":
		return "there is no such database; make it first, with createdb"
	case Denied(err):
		return "the role lacks a grant; docs/archive.md lists what each kind of user needs"
	case code == "53100":
		return "the server's disk is full; make room and do the same again, nothing is lost"
	case strings.HasPrefix(code, "XX"):
		return "the database is damaged, says the server; take it from a backup"
	case code != "":
		return ""
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return "the server can't be reached; look at the host and the port, and whether it runs"
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return "the server can't be reached; look at the address, and whether it runs"
	}
	return ""
}

// Tidy does nothing: the server's own vacuum gives the space back.
func Tidy(context.Context, *sql.DB) error { return nil }

// Check does nothing: what the server hands out it has checked.
func Check(context.Context, *sql.DB) error { return nil }
