package s3_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// These make this program a server of a folder, each log file in it so many times,
// instead of running tests.
const (
	servesVariable = "SCIMTRAIL_TEST_SHELF"
	timesVariable  = "SCIMTRAIL_TEST_TIMES"
)

// serve is a shelf until its standard input ends: when who started it is gone.
func serve(dir string) int {
	shelf, err := shelfOf(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if times, _ := strconv.Atoi(os.Getenv(timesVariable)); times > 1 {
		shelf.multiply(times)
	}
	server := httptest.NewServer(shelf)
	defer server.Close()
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// elsewhere serves a folder from another process. It returns the URL, and what ends
// that and tells how long processors worked for it.
func elsewhere(b *testing.B, dir string, times int) (url string, stop func() time.Duration) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servesVariable+"="+dir, timesVariable+"="+strconv.Itoa(times))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	stop = sync.OnceValue(func() time.Duration {
		_ = in.Close()
		_ = cmd.Wait()
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	})
	b.Cleanup(func() { stop() })
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url), stop
}
