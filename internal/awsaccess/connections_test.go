package awsaccess_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
)

// TestConnectionsAreUsedAgain: as many calls as a source makes at once leave as many
// connections for the next ones.
func TestConnectionsAreUsedAgain(t *testing.T) {
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, filepath.Join(t.TempDir(), "none"))
	}
	for _, name := range []string{"AWS_PROFILE", "HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, "")
	}
	const together = 64
	var here sync.WaitGroup // every request of a round
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		here.Done()
		here.Wait()
		_, _ = io.WriteString(w, "an answer")
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	access, err := awsaccess.Open(t.Context(), awsaccess.Options{Region: "us-east-2"})
	if err != nil {
		t.Fatal(err)
	}
	client := access[0].Config.HTTPClient
	for range 3 {
		here.Add(together)
		var round sync.WaitGroup
		for range together {
			round.Go(func() {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				answer, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			})
		}
		round.Wait()
	}
	if n := opened.Load(); n != together {
		t.Errorf("%d connections for %d calls at once", n, together)
	}
}
