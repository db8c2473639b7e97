package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/scimtrail/scimtrail/internal/web"
)

// chromium is the one browser of the test binary, started when it is first
// wanted.
var chromium struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	os.Exit(code)
}

// browser returns the running browser. Without one the test is skipped, but not
// where tests are supposed to be complete (CI=true).
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no browser")
	}
	chromium.once.Do(func() {
		var path string
		for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
			if found, err := exec.LookPath(name); err == nil {
				path = found
				break
			}
		}
		if path == "" {
			chromium.err = errors.New("no Chromium is installed (on Debian: apt-get install chromium), so the pages were not opened in a browser")
			return
		}
		alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("force-color-profile", "srgb"))...)
		ctx, stop := chromedp.NewContext(alloc)
		chromium.ctx, chromium.stop = ctx, func() { stop(); stopAlloc() }
		if err := chromedp.Do(ctx); err != nil {
			chromium.err = fmt.Errorf("starting Chromium: %w", err)
		}
	})
	if chromium.err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(chromium.err)
		}
		t.Skip(chromium.err)
	}
	return chromium.ctx
}

// tab is a tab of the browser that is logged in, with what went wrong in it.
type tab struct {
	t      *testing.T
	ctx    context.Context
	base   string
	server *web.Server

	started bool

	mu      sync.Mutex
	wrong   []string // messages of the console, exceptions, violations
	outside []string // requests for other hosts
}

// shifts notes layout shifts from before the page is laid out.
const shifts = `window.shifted = 0; window.shiftedBy = []; window.violated = [];
new PerformanceObserver(l => { for (const e of l.getEntries()) if (!e.hadRecentInput) { window.shifted += e.value;
	for (const s of e.sources) window.shiftedBy.push((s.node?.outerHTML || s.node?.nodeName || "?").slice(0, 60) + " from " + s.previousRect.x + "," + s.previousRect.y + " to " + s.currentRect.x + "," + s.currentRect.y); } }).observe({type: "layout-shift", buffered: true});
document.addEventListener("securitypolicyviolation", e => window.violated.push(e.violatedDirective + " " + e.blockedURI));`

// visit opens the overview of a view.
func visit(t *testing.T, v *web.View, o web.Options) *tab {
	t.Helper()
	s := web.NewServer(o)
	s.Show(v)
	b := blank(t, s.Handler())
	b.server = s
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(b.base+s.Login()), chromedp.WaitVisible(`.cards`))
	b.settle()
	return b
}

// blank is a tab that shows nothing yet, beside a server of pages.
func blank(t *testing.T, pages http.Handler) *tab {
	t.Helper()
	parent := browser(t)
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	// A context of its own has cookies of its own.
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, base: server.URL}
	b.do(chromedp.Navigate("about:blank"))
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: shifts})
	return b
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, cmd, params); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Level == log.EntryLevelWarning {
			b.wrong = append(b.wrong, string(ev.Entry.Level)+": "+ev.Entry.Text+" "+ev.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, "exception: "+ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == "error" || ev.Type == "warning" {
			b.wrong = append(b.wrong, "console: "+string(ev.Type))
		}
	case *network.EventRequestWillBeSent:
		if url := ev.Request.URL; !strings.HasPrefix(url, b.base) && !strings.HasPrefix(url, "data:") && url != "about:blank" {
			b.outside = append(b.outside, url)
		}
	}
}

// patient bounds one step, so that a page that never comes fails its test. It is
// long: a machine that does much else is slow, and that is no fault of a page.
const patient = 2 * time.Minute

// do does what a reader does, in order.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx := b.ctx
	if b.started {
		limited, cancel := context.WithTimeout(b.ctx, patient)
		defer cancel()
		ctx = limited
	}
	b.started = true // the first run starts the tab, whose life its context would end
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.t.Fatalf("%v\n%s", err, strings.Join(b.wrong, "\n"))
	}
}

// get asks the page something.
func get[T any](b *tab, ask chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patient)
	defer cancel()
	out, err := chromedp.Run(ctx, ask)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// open goes to a path and waits until the page is whole, its chart drawn and the
// answer of why there.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base+path), chromedp.WaitReady("main"))
	b.settle()
}

// settle waits for that. A poll does not outlive the page, which is loaded anew when
// an answer comes, so it is begun again and again, for as long as a step may take.
func (b *tab) settle() {
	b.t.Helper()
	const whole = `document.readyState === "complete" && !document.querySelector("[data-ready]") &&
		(!document.getElementById("writes-data") || document.querySelectorAll("#writes-chart canvas").length === 3)`
	var err error
	for began := time.Now(); time.Since(began) < patient; {
		ctx, cancel := context.WithTimeout(b.ctx, patient)
		_, err = chromedp.Run(ctx, chromedp.Poll[bool](whole, chromedp.WithPollingTimeout(patient/4)))
		cancel()
		if err == nil {
			return
		}
	}
	b.t.Fatalf("the page never came to rest: %v", err)
}

// until waits for something to be so, however slow the machine is: nothing here is
// about time.
func (b *tab) until(js string) {
	b.t.Helper()
	b.do(chromedp.Poll[chromedp.Void](js, chromedp.WithPollingTimeout(patient)))
}

func (b *tab) number(js string) float64 { b.t.Helper(); return get(b, chromedp.Evaluate[float64](js)) }
func (b *tab) text(js string) string    { b.t.Helper(); return get(b, chromedp.Evaluate[string](js)) }

// size sets the window, and the colours that the reader prefers.
func (b *tab) size(width, height int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// keep writes a picture of the whole page where pictures are kept, if anywhere:
// into SCIMTRAIL_SCREENSHOTS. They cost more than all else that a browser does here.
func (b *tab) keep(name string) {
	b.t.Helper()
	dir := os.Getenv("SCIMTRAIL_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture := get(b, chromedp.FullScreenshot(100))
	if len(picture) < 2000 {
		b.t.Errorf("the picture %s has %d bytes", name, len(picture))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// clean fails the test if anything went wrong in the tab so far.
func (b *tab) clean(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("%s: %s", where, w)
	}
	for _, o := range b.outside {
		b.t.Errorf("%s: asked for %s", where, o)
	}
	b.wrong, b.outside = nil, nil
}
