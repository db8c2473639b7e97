package report_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/scimtrail/scimtrail/internal/report"
)

// browser returns Chromium. Without it the test is skipped, but not where tests
// are supposed to be complete (CI=true).
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "no Chromium is installed (on Debian: apt-get install chromium), so the report was not opened in a browser"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// open runs Chromium without a window on a file. Every request for another host
// goes to the proxy.
func open(t *testing.T, path, proxy string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	all := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
		"--user-data-dir=" + t.TempDir(), "--proxy-server=" + proxy, "--virtual-time-budget=2000",
	}, args...)
	cmd := exec.CommandContext(ctx, browser(t), append(all, "file://"+path)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("opening the report in Chromium: %v\n%s", err, errs.String())
	}
	return out.Bytes()
}

// witness is a proxy that counts who was asked for.
func witness(t *testing.T) (address string, asked *atomic.Int64, hosts func() string) {
	t.Helper()
	asked = &atomic.Int64{}
	seen := make(chan string, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Chromium asks for its own services, whatever page it shows.
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !strings.HasSuffix(host, ".google.com") && !strings.HasSuffix(host, ".googleapis.com") && !strings.HasSuffix(host, ".gvt1.com") {
			asked.Add(1)
			select {
			case seen <- r.Method + " " + r.Host + r.URL.Path:
			default:
			}
		}
		http.Error(w, "no", http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked, func() string {
		var out []string
		for len(seen) > 0 {
			out = append(out, <-seen)
		}
		return strings.Join(out, ", ")
	}
}

func write(t *testing.T, in *report.Investigation) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, render(t, in.HTML), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReportOpensInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the report is not opened in a browser")
	}
	proxy, asked, hosts := witness(t)
	for name, in := range map[string]*report.Investigation{
		"a group":            about(t, incident(t), "Finance"),
		"a hostile evidence": about(t, poisoned(t, poisons["script"]+poisons["a closing style"]), analysts),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, in)
			dom := open(t, path, proxy, "--dump-dom")
			doc, err := html.Parse(bytes.NewReader(dom))
			if err != nil {
				t.Fatal(err)
			}
			sections, pictures := 0, 0
			for _, n := range elements(doc) {
				switch n.Data {
				case "section":
					sections++
				case "svg":
					pictures++
				case "script", "iframe", "img", "object", "embed", "link":
					t.Errorf("the browser made an element %s of the report", n.Data)
				}
			}
			if sections < 10 || pictures < 2 {
				t.Errorf("the browser shows %d sections and %d pictures", sections, pictures)
			}
			if name != "a group" {
				return // to print is the browser's work, whatever the text
			}
			pdf := filepath.Join(t.TempDir(), "report.pdf")
			open(t, path, proxy, "--no-pdf-header-footer", "--print-to-pdf="+pdf)
			printed, err := os.ReadFile(pdf)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(printed, []byte("%PDF-")) || len(printed) < 10_000 {
				t.Errorf("the printed report has %d bytes and is no PDF of it", len(printed))
			}
		})
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the report asked for %d things outside: %s", n, hosts())
	}
}

// The test above is worth something only if the witness would have seen a
// request.
func TestWitnessSeesWhatAPageLoads(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no browser")
	}
	proxy, asked, _ := witness(t)
	path := filepath.Join(t.TempDir(), "loads.html")
	if err := os.WriteFile(path, []byte(`<img src="http://outside.example.org/x.png">`), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, path, proxy, "--dump-dom")
	if asked.Load() == 0 {
		t.Error("a page that loads an image from outside went unnoticed")
	}
}
