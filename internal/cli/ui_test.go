package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/cli"
)

// The page is there after the link was printed, shows evidence that comes later,
// and ends quietly.
func TestUIShowsEvidenceAndWhatComesLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	record := func(name, id string) {
		text := `{"Records":[{"eventVersion":"1.11","eventTime":"2025-09-01T10:00:00Z","eventSource":"identitystore.amazonaws.com","eventName":"CreateGroup",` +
			`"awsRegion":"us-east-2","recipientAccountId":"111122223333","eventID":"` + id + `","userIdentity":{"type":"IAMUser","userName":"ann"},` +
			`"requestParameters":{"displayName":"Auditors","identityStoreId":"d-9a67000001"},"responseElements":{"groupId":"64a8b4c8-1001-70a1-1111-000000000001"}}]}`
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	record("a.json", "0000000e-0000-4000-8000-000000000001")
	ctx, stop := context.WithCancel(t.Context())
	out, w := io.Pipe()
	var errs strings.Builder
	status := make(chan int, 1)
	go func() {
		status <- cli.Main(ctx, []string{"ui", "--from", dir, "--every", "1s"}, cli.Streams{Out: w, Err: &errs})
		_ = w.Close()
	}()
	link := ""
	for lines := bufio.NewScanner(out); link == "" && lines.Scan(); {
		if at := strings.Index(lines.Text(), "http://127.0.0.1:"); at >= 0 {
			link = lines.Text()[at:]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if link == "" {
		t.Fatalf("no link was printed; status %d\n%s", <-status, errs.String())
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	get := func(url string) string {
		t.Helper()
		res, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v\n%s", url, res.StatusCode, err, body)
		}
		return string(body)
	}
	get(link)
	base, _, _ := strings.Cut(link, "/login")
	if body := get(base + "/groups"); !strings.Contains(body, "Auditors") {
		t.Errorf("the group is not on the page\n%s", body)
	}
	record("b.json", "0000000e-0000-4000-8000-000000000002")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		var doc struct{ Events []any }
		if err := json.Unmarshal([]byte(get(base+"/events?format=json")), &doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Events) == 2 {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatal("evidence that came later is not shown within a minute")
		}
	}
	stop()
	if got := <-status; got != 0 {
		t.Errorf("interrupted, it ends with %d\n%s", got, errs.String())
	}
	if strings.Contains(errs.String(), "token=") {
		t.Error("the link is on standard error, where it may be logged")
	}
}
