//go:build unix

package cli_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAFolderOfTraps: what cannot be read is named, without being waited for or
// interpreted, and the rest is answered.
func TestAFolderOfTraps(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "traps") // short: the path of a socket is at most 100 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.CopyFS(dir, os.DirFS(removed)); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(syscall.Mkfifo(in("fifo"), 0o600))
	socket, err := net.Listen("unix", in("socket"))
	must(err)
	defer socket.Close()
	must(os.Symlink(".", in("loop")))
	must(os.Symlink("b", in("a")))
	must(os.Symlink("a", in("b")))
	must(os.Symlink("/etc/passwd", in("outside")))
	odd := []string{"-o", "--from", "two\nlines.json", "\x1b[31mred.json", "\x1b]52;c;eA==\x07.json", "rtl\u202egnp.json", "$(touch pwned).json", "`touch pwned`", "=1+1.csv"}
	for _, name := range odd {
		must(os.WriteFile(in(name), []byte(`{"Records":[{"x":`), 0o600))
	}

	r := run(t.Context(), nil, "why", "group", group, "--from", dir, "--exit-code")
	if r.Status != 3 || !strings.Contains(r.Out, "Established (removed-outside-scim)") {
		t.Errorf("status %d, %.300s", r.Status, r.Out+r.Err)
	}
	mustBePlain(t, nil, r.Out)
	_, lost, _ := strings.Cut(r.Out, "\nNot read\n")
	for _, name := range []string{"/fifo: it is a device", "/socket: it is a device", "/a: it is a link", "/b: it is a link", "/outside: it is a link", "/-o: ", "/--from: ",
		"/two lines.json: ", `/\u001b[31mred.json: `, `/rtl\u202egnp.json: `, "/$(touch pwned).json: "} {
		if !strings.Contains(lost, name) {
			t.Errorf("%s is not named in\n%s", name, lost)
		}
	}
	if r := run(t.Context(), nil, "events", "--from", dir, "--exit-code"); r.Status != 4 {
		t.Errorf("events: status %d, want 4", r.Status)
	}
}
