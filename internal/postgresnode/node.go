// Package postgresnode starts a PostgreSQL server of a test's own: a new cluster in a
// temporary folder, reached through a Unix socket only. It is no part of the program.
package postgresnode

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
	"syscall"
	"testing"
)

// ErrNotInstalled says that this machine has no PostgreSQL server.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: no initdb in PATH nor below /usr/lib/postgresql")

// Node is a running server.
type Node struct {
	dir string // of the cluster and its socket
	bin string // the folder of PostgreSQL's programs
}

// Start makes a cluster and starts its server, which [Node.Stop] ends. It returns
// [ErrNotInstalled] where there is none to start.
func Start() (*Node, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short: the path of a socket has 107 bytes at most
	if err != nil {
		return nil, err
	}
	n := &Node{dir: dir, bin: bin}
	options := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off -c max_connections=60", dir)
	err = n.handOver()
	if err == nil {
		err = n.run("initdb", "-D", n.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
	}
	if err == nil {
		// Its output goes to a file: pg_ctl leaves the server behind, which would keep a
		// pipe of ours open.
		err = n.run("pg_ctl", "-D", n.data(), "-o", options, "-w", "-l", filepath.Join(dir, "log"), "start")
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return n, nil
}

// binaries returns the folder of the newest installed server.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", ErrNotInstalled
	}
	return filepath.Dir(slices.Max(found)), nil
}

func (n *Node) data() string { return filepath.Join(n.dir, "data") }

// handOver gives the folder to whom the server runs as. It refuses to run as root,
// so it runs as nobody then.
func (n *Node) handOver() error {
	who, err := n.runsAs()
	if err != nil || who == nil {
		return err
	}
	return os.Chown(n.dir, int(who.Uid), int(who.Gid))
}

func (n *Node) runsAs() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(nobody.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

func (n *Node) run(name string, args ...string) error {
	who, err := n.runsAs()
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(n.bin, name), args...)
	cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: who}, n.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// Stop ends the server and removes the cluster.
func (n *Node) Stop() error {
	return errors.Join(n.run("pg_ctl", "-D", n.data(), "-m", "immediate", "-w", "stop"), os.RemoveAll(n.dir))
}

// Address returns the postgres:// address of a schema, which need not be there yet.
func (n *Node) Address(schema string) string {
	query := url.Values{"host": {n.dir}, "search_path": {schema}}
	return (&url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: query.Encode()}).String()
}

// Must returns what [Start] returned. A test is skipped where no server is installed,
// unless CI says that one must be, and fails for any other reason.
func Must(t testing.TB, n *Node, err error) *Node {
	t.Helper()
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
