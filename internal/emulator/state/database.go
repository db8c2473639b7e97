package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/scimtrail/scimtrail/internal/idcenter"

	_ "modernc.org/sqlite" // the engine behind database/sql
)

// fileName is the database within its folder.
const fileName = "emulator.db"

// ErrNone says that a folder holds no state.
var ErrNone = errors.New("there is no emulator's state here")

// Database is state in a folder. It may be used by many goroutines at once.
type Database struct {
	dir  string
	lock *os.File

	db     *sql.DB   // readers
	writer *sql.Conn // the committer's alone
	seq    int64     // of the last event; the committer's

	put, drop, event, record, note *sql.Stmt

	mu       sync.Mutex
	arrived  *sync.Cond // something is in the queue, or the state is closing
	stored   *sync.Cond // something was stored, or failed
	queue    []job
	tail     int64 // how many jobs were ever queued
	settled  int64 // how many of them are stored
	failure  error // why no more are
	closing  bool
	broken   chan struct{} // closed with failure
	finished chan struct{} // the committer has ended
	once     sync.Once
	closeErr error

	log      *idcenter.Log
	first    int64 // seq at this start
	loading  sync.Once
	loaded   chan struct{} // the log holds what was stored before
	loadErr  error
	backlog  []idcenter.Event // what came meanwhile; the committer's
	caughtUp atomic.Bool      // the backlog is in the log
}

// Exists reports whether a folder holds a state.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil && info.Mode().IsRegular()
}

// Open opens the state in a folder, and makes both if they are not there. The
// folder is for its owner alone, since it holds secrets.
//
// It fails with [ErrLocked] when another process has it open, and with an error
// that names the folder when it can't be used.
func Open(dir string) (*Database, error) {
	d, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the state in %s: %w", dir, err)
	}
	return d, nil
}

// OpenExisting is [Open] for a folder that must hold a state; it fails with
// [ErrNone] otherwise, and makes nothing.
func OpenExisting(dir string) (*Database, error) {
	if !Exists(dir) {
		return nil, fmt.Errorf("opening the state in %s: %w", dir, ErrNone)
	}
	return Open(dir)
}

func open(dir string) (_ *Database, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) || isNotDir(dir) {
			return nil, errors.New("it is not a folder")
		}
		return nil, err
	}
	d := &Database{dir: dir, broken: make(chan struct{}), finished: make(chan struct{}), loaded: make(chan struct{})}
	d.arrived, d.stored = sync.NewCond(&d.mu), sync.NewCond(&d.mu)
	if d.lock, err = lock(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			d.release()
		}
	}()
	if err := d.connect(); err != nil {
		return nil, err
	}
	if err := d.prepare(); err != nil {
		return nil, err
	}
	d.log = idcenter.NewLog()
	d.log.Fetch = d.fetch
	d.first = d.seq
	go d.run()
	return d, nil
}

func isNotDir(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && !info.IsDir()
}

func (d *Database) connect() error {
	file, err := filepath.Abs(filepath.Join(d.dir, fileName))
	if err != nil {
		return err
	}
	// Made here, so that it is never readable for others.
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_ = f.Close()
	path := filepath.ToSlash(file)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	query := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)", "checkpoint_fullfsync(1)",
		"wal_autocheckpoint(8000)", "temp_store(MEMORY)", "cache_size(-8000)"}}
	d.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String())
	if err != nil {
		return err
	}
	d.db.SetMaxOpenConns(4)
	d.db.SetMaxIdleConns(2)
	d.writer, err = d.db.Conn(context.Background())
	return err
}

func (d *Database) prepare() error {
	ctx := context.Background()
	var found int
	if err := d.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return err
	}
	switch {
	case found == 0:
		if _, err := d.writer.ExecContext(ctx, "BEGIN IMMEDIATE;"+schema+fmt.Sprintf("PRAGMA user_version = %d; COMMIT", version)); err != nil {
			return err
		}
	case found != version:
		return fmt.Errorf("it was made by another version of the program (layout %d; this one knows %d)", found, version)
	}
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{{&d.put, putThing}, {&d.drop, deleteThing}, {&d.event, putEvent}, {&d.record, putRecord}, {&d.note, putNote}} {
		s, err := d.writer.PrepareContext(ctx, p.text)
		if err != nil {
			return err
		}
		*p.stmt = s
	}
	return d.writer.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM records").Scan(&d.seq)
}

// Dir returns the folder.
func (d *Database) Dir() string { return d.dir }

// Close stores what was handed over before, closes the database and lets the
// folder go. Commits that come later fail. Its error may be that of something that
// could not be stored.
func (d *Database) Close() error {
	d.once.Do(func() {
		d.mu.Lock()
		d.closing = true
		d.arrived.Broadcast()
		d.stored.Broadcast()
		d.mu.Unlock()
		<-d.finished
		d.loading.Do(func() { close(d.loaded) }) // nobody asked
		<-d.loaded
		d.closeErr = errors.Join(d.failure, d.release())
	})
	return d.closeErr
}

// release closes what is open, in whatever state.
func (d *Database) release() error {
	var errs []error
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.db != nil {
		errs = append(errs, d.db.Close())
	}
	errs = append(errs, d.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the state in %s: %w", d.dir, err)
	}
	return nil
}
