package cli_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// TestAnInterruptedCollectionGoesOn: the program is interrupted in the middle of a
// history with several pages, at an AWS that throttles; it ends with 130, keeps
// what it has, and the next run fetches only the rest.
func TestAnInterruptedCollectionGoesOn(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("two calls a second are allowed, and it keeps to that")
	}
	srv := idcentertest.New(t)
	console := srv.Console("carla@example.com")
	const groups = 130 // three pages
	for range groups {
		console.CreateGroup("Group-" + strings.Repeat("x", len(srv.Events())+1))
	}
	srv.Advance(time.Hour)
	target, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	var calls, pages, throttled atomic.Int64
	third := make(chan struct{})
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "LookupEvents") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			n := calls.Add(1)
			if n%4 == 2 {
				throttled.Add(1)
				w.Header().Set("X-Amzn-ErrorType", "ThrottlingException")
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte(`{"__type":"ThrottlingException","message":"Rate exceeded"}`))
				return
			}
			// The groups are on three pages; the interrupt comes while the third is
			// being answered, which is never.
			if bytes.Contains(body, []byte("sso-directory.amazonaws.com")) && pages.Add(1) == 3 {
				close(third)
				<-r.Context().Done()
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, into := range []string{"case.db", "kept/"} {
		dir := t.TempDir()
		run := func(interrupt <-chan struct{}, args ...string) (int, string) {
			var out bytes.Buffer
			cmd := exec.Command(self)
			cmd.Args = append([]string{"scimtrail"}, args...) // the test binary stands for the program (TestMain)
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
			cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+front.URL, "AWS_ACCESS_KEY_ID="+srv.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+srv.SecretAccessKey,
				"AWS_SESSION_TOKEN=", "AWS_PROFILE=", "AWS_REGION=", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
				"AHEAD="+(2*time.Hour).String())
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if interrupt != nil {
				<-interrupt
				_ = cmd.Process.Signal(syscall.SIGINT)
			}
			_ = cmd.Wait()
			return cmd.ProcessState.ExitCode(), out.String()
		}
		collect := []string{"collect", "--from", "lookup://us-east-1", "--into", into, "--progress", "none"}
		third = make(chan struct{})
		throttled.Store(0)
		calls.Store(0)
		pages.Store(0)
		status, said := run(third, collect...)
		if status != 130 || !strings.Contains(said, "The collection was interrupted. The same command goes on where it stopped.") {
			t.Fatalf("%s: interrupted: status %d\n%s", into, status, said)
		}
		if throttled.Load() == 0 {
			t.Errorf("%s: nothing was throttled", into)
		}
		kept := created(run(nil, "events", "--from", strings.TrimSuffix(into, "/"), "--format", "csv"))
		if kept == 0 || kept >= groups {
			t.Errorf("%s: %d of %d are kept after the interrupt, which was meant to come in the middle", into, kept, groups)
		}
		if status, said := run(nil, collect...); status != 0 {
			t.Fatalf("%s: the second run: status %d\n%s", into, status, said)
		}
		if got := created(run(nil, "events", "--from", strings.TrimSuffix(into, "/"), "--format", "csv")); got != groups {
			t.Errorf("%s: %d groups were made; after both runs %d are known", into, groups, got)
		}
		if _, err := os.Stat(filepath.Join(dir, strings.TrimSuffix(into, "/"))); err != nil {
			t.Error(err)
		}
	}
}

// created counts the groups that a table of events says were made.
func created(_ int, csv string) int { return strings.Count(csv, ",CreateGroup,") }
