package archive_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/scimtrail/scimtrail/internal/archive"
)

// server is a PostgreSQL of the tests' own: a new cluster in a temporary folder,
// reached through a Unix socket only, gone at the end.
type server struct {
	dir  string // of the socket
	user string
	stop func()
	err  error
}

var (
	serving sync.Once
	pg      server
)

var errNoServer = errors.New("PostgreSQL is not installed: no initdb in PATH nor below /usr/lib/postgresql")

// binaries returns the folder of the newest installed server.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errNoServer
	}
	return filepath.Dir(slices.Max(found)), nil
}

// start makes a cluster and starts it. The server refuses to run as root, so it
// runs as nobody then.
func start() (s server) {
	bin, err := binaries()
	if err != nil {
		return server{err: err}
	}
	dir, err := os.MkdirTemp("", "pg") // short: the path of a socket has 107 bytes at most
	if err != nil {
		return server{err: err}
	}
	remove := func() { os.RemoveAll(dir) }
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return server{err: err}
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return server{err: err}
		}
	}
	run := func(name string, args ...string) error {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.SysProcAttr, cmd.Dir = attr, dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		return nil
	}
	data := filepath.Join(dir, "data")
	if err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"); err != nil {
		remove()
		return server{err: err}
	}
	options := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off -c max_connections=60", dir)
	// Its output goes to a file: pg_ctl leaves the server behind, which would keep a
	// pipe of ours open.
	if err := run("pg_ctl", "-D", data, "-o", options, "-w", "-l", filepath.Join(dir, "log"), "start"); err != nil {
		remove()
		return server{err: err}
	}
	return server{dir: dir, user: "postgres", stop: func() {
		_ = run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
		remove()
	}}
}

func TestMain(m *testing.M) {
	if child() {
		return
	}
	status := m.Run()
	if pg.stop != nil {
		pg.stop()
	}
	os.Exit(status)
}

// address returns an address with a schema of its own, not yet made; the test is skipped where no
// server is installed, unless CI says that one must be.
func address(t *testing.T) string {
	t.Helper()
	serving.Do(func() { pg = start() })
	if errors.Is(pg.err, errNoServer) && os.Getenv("CI") != "true" {
		t.Skip(pg.err)
	}
	if pg.err != nil {
		t.Fatal(pg.err)
	}
	schema := fmt.Sprintf("case%d", schemas.next())
	return (&url.URL{Scheme: "postgres", User: url.User(pg.user), Path: "/postgres", RawQuery: url.Values{"host": {pg.dir}, "search_path": {schema}}.Encode()}).String()
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

var schemas counter

func onServer(t *testing.T) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), address(t), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}
