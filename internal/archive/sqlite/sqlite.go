// Package sqlite opens the file of an archive with SQLite: how it is made, how
// its connections behave, and what its errors mean to a reader. It knows the
// schema only as the migrations that it carries; package archive does the rest.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Migrations are the versions of the schema, one file each.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// ApplicationID stands in the header of every archive ("ScTr"), so that it is
// recognised whatever it is called (https://www.sqlite.org/pragma.html#pragma_application_id).
const ApplicationID = 0x53635472

// What a file can be instead of an archive.
var (
	// ErrForeign says that a file is something else: it is not touched.
	ErrForeign = errors.New("it is not an archive of scimtrail")
	// ErrDamaged says that the file is an archive and can't be read.
	ErrDamaged = errors.New("the archive is damaged")
)

const magic = "SQLite format 3\x00"

// Is reports whether path is a file of ours, by its first 100 bytes
// (https://www.sqlite.org/fileformat2.html#the_database_header).
func Is(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return false
	}
	_, err = header(f)
	return err == nil
}

// header reads the header of a file of ours.
func header(r io.Reader) (head [100]byte, err error) {
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:len(magic)]) != magic || binary.BigEndian.Uint32(head[68:]) != ApplicationID {
		return head, ErrForeign
	}
	return head, nil
}

// Create makes an archive at path, whole or not at all: it is built beside its
// place by prepare and then linked there. When another process was faster, its
// archive stays and Create is content.
func Create(path string, prepare func(*sql.DB) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".scimtrail-new-*") // made with mode 0600
	if err != nil {
		return err
	}
	_ = tmp.Close()
	defer os.Remove(tmp.Name())
	db, err := sql.Open("sqlite", name(tmp.Name(), url.Values{"_pragma": {"busy_timeout(30000)", "journal_mode(DELETE)", "synchronous(OFF)", fmt.Sprintf("application_id(%d)", ApplicationID)}}))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(prepare(db), db.Close()); err != nil {
		return err
	}
	if err := sync(tmp.Name()); err != nil { // once, in place of after each statement
		return err
	}
	err = os.Link(tmp.Name(), path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	// A file system without links: the last to rename wins, and both are empty.
	return os.Rename(tmp.Name(), path)
}

func sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Idle is how many connections are kept for whoever reads next, Cache how much of the
// file each keeps in memory.
const (
	Idle  = 4
	Cache = 64_000_000
)

// Open opens the archive at path, which must be there. It looks at the header
// first, so that a foreign file is never touched. Each connection keeps as many bytes
// of pages as cache says, Cache when it is 0.
func Open(ctx context.Context, path string, readOnly bool, cache int) (*sql.DB, error) {
	if err := look(path); err != nil {
		return nil, err
	}
	query := url.Values{"_pragma": {"busy_timeout(60000)", "temp_store(MEMORY)", fmt.Sprintf("cache_size(-%d)", cmp.Or(cache, Cache)/1000), "foreign_keys(0)"}}
	if readOnly {
		query.Set("mode", "ro")
		query.Add("_pragma", "query_only(1)")
	} else {
		query.Set("mode", "rw")
		query.Set("_txlock", "immediate")
		query.Add("_pragma", "journal_mode(WAL)")
		query.Add("_pragma", "synchronous(NORMAL)") // whole after any kill; after a power cut the last moments may be gone
	}
	db, err := sql.Open("sqlite", name(path, query))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(Idle)
	err = db.PingContext(ctx)
	if err == nil || !readOnly {
		if err != nil {
			db.Close()
			return nil, err
		}
		return db, nil
	}
	db.Close()
	// A folder in which nothing may be made: without a log of unfinished writes
	// beside it the file is whole by itself.
	if _, missing := os.Stat(path + "-wal"); missing == nil {
		return nil, err
	}
	query.Set("immutable", "1")
	if db, err = sql.Open("sqlite", name(path, query)); err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// look judges the file by its header and its length.
func look(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is no regular file", ErrForeign)
	}
	head, err := header(f)
	if err != nil {
		return err
	}
	pageSize, pages := int64(binary.BigEndian.Uint16(head[16:])), int64(binary.BigEndian.Uint32(head[28:]))
	if pageSize == 1 {
		pageSize = 65536
	}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) && info.Size() < pageSize*pages {
		return fmt.Errorf("%w: it is %d bytes long and was %d", ErrDamaged, info.Size(), pageSize*pages)
	}
	return nil
}

// name is the file as the driver wants it.
func name(path string, query url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// Explain says what an error of the engine means and what to do, "" when it has
// nothing to add.
func Explain(err error) string {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
			return "the archive is damaged; take a copy from a backup, or collect again into a new one"
		case lib.SQLITE_FULL:
			return "the disk is full; make room and do the same again, nothing is lost"
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			return "another program has held the archive for a minute; do the same again when it has ended"
		case lib.SQLITE_READONLY, lib.SQLITE_PERM:
			return "the archive may not be written; change the rights of the file and of its folder"
		case lib.SQLITE_CANTOPEN:
			return "the archive can't be opened; look at the rights of the file and of its folder"
		case lib.SQLITE_IOERR:
			return "the disk refuses; look at it, and do the same again"
		}
	}
	return ""
}

// Tidy gives back the space of what was deleted and leaves nothing of it in the
// file: the database is written anew (https://www.sqlite.org/lang_vacuum.html).
func Tidy(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// Check lets the engine look over the whole file.
func Check(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	return nil
}
