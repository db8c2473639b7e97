//go:build unix

package s3_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// servesVariable makes this program a server of the folder that it names, instead
// of running tests.
const servesVariable = "SCIMTRAIL_TEST_SHELF"

// serve is a shelf until its standard input ends: when who started it is gone.
func serve(dir string) int {
	server := httptest.NewServer(newShelf(nil, dir))
	defer server.Close()
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// elsewhere serves a folder from another process and returns the URL.
func elsewhere(tb testing.TB, dir string, times int) string {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servesVariable+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(url)
}
