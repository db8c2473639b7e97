package archive_test

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/postgresnode"
)

// server is one for all tests of this package; each has a schema of its own.
var server = sync.OnceValues(func() (*postgresnode.Node, error) {
	n, err := postgresnode.Start()
	started = n
	return n, err
})

var (
	started *postgresnode.Node
	schemas atomic.Int64
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	status := m.Run()
	if started != nil {
		_ = started.Stop()
	}
	os.Exit(status)
}

// address returns an address with a schema of its own, not yet made.
func address(t *testing.T) string {
	t.Helper()
	n, err := server()
	return postgresnode.Must(t, n, err).Address(fmt.Sprintf("case%d", schemas.Add(1)))
}

func onServer(t *testing.T) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), address(t), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}
