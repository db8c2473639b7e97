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

// uiPage is a ui that runs, and a browser of sorts that is logged in.
type uiPage struct {
	t      *testing.T
	base   string
	client *http.Client
	cancel context.CancelFunc
	status chan int
	errs   *strings.Builder
}

// startUI runs ui until stop is called, and uses the link that it prints.
func startUI(t *testing.T, args ...string) *uiPage {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &uiPage{t: t, cancel: cancel, status: make(chan int, 1), errs: new(strings.Builder)}
	out, w := io.Pipe()
	go func() {
		p.status <- cli.Main(ctx, append([]string{"ui"}, args...), cli.Streams{Out: w, Err: p.errs})
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
		t.Fatalf("no link was printed; status %d\n%s", <-p.status, p.errs)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.client = &http.Client{Jar: jar}
	base, token, _ := strings.Cut(link, "/login")
	p.base = base
	p.get("/login" + token)
	return p
}

func (p *uiPage) get(path string) string {
	p.t.Helper()
	res, err := p.client.Get(p.base + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: status %d, %v\n%s", path, res.StatusCode, err, body)
	}
	return string(body)
}

// until asks again and again, for a minute at most.
func (p *uiPage) until(what string, is func() bool) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !is(); <-tick.C {
		if time.Since(began) > time.Minute {
			p.t.Fatalf("not within a minute: %s", what)
		}
	}
}

// stop interrupts the command, which must end well and have kept its link.
func (p *uiPage) stop() {
	p.t.Helper()
	p.cancel()
	if got := <-p.status; got != 0 {
		p.t.Errorf("interrupted, it ends with %d\n%s", got, p.errs)
	}
	if strings.Contains(p.errs.String(), "token=") {
		p.t.Error("the link is on standard error, where it may be logged")
	}
}

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
	page := startUI(t, "--from", dir, "--every", "1s")
	if body := page.get("/groups"); !strings.Contains(body, "Auditors") {
		t.Errorf("the group is not on the page\n%s", body)
	}
	record("b.json", "0000000e-0000-4000-8000-000000000002")
	page.until("evidence that came later is shown", func() bool {
		var doc struct{ Events []any }
		if err := json.Unmarshal([]byte(page.get("/events?format=json")), &doc); err != nil {
			t.Fatal(err)
		}
		return len(doc.Events) == 2
	})
	page.stop()
}
