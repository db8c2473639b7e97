package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/scimtrail/scimtrail/internal/web"
)

// everyPage are the pages of the house by a short name.
func everyPage(s *site) map[string]string {
	platform, refused, ann := s.groupID("App-AWS-AA-platform-prod-444455556666-poweruser"), s.groupID("App-AWS-AA-data-prod-444455556666-engineer"), s.id("user", "ann@example.com")
	events := s.json("/events?outcome=failed&format=json")["events"].([]any)
	key := events[0].(map[string]any)["id"].(string)
	return map[string]string{
		"overview": "/", "groups": "/groups", "groups-filtered": "/groups?q=prod&show=filled&sort=members", "users": "/users",
		"group": "/group?id=" + platform, "group-refused": "/group?id=" + refused, "user": "/user?id=" + ann,
		"errors": "/errors", "events": "/events", "events-filtered": "/events?source=api&outcome=done&from=2025-09-01&to=2025-10-01", "events-none": "/events?actor=nobody-of-this-name",
		"event": "/event?key=" + key, "chain": "/chain", "chain-group": "/chain?group=" + platform, "chain-person": "/chain?group=" + platform + "&user=" + ann, "coverage": "/coverage", "alerts": "/alerts",
	}
}

var someAlerts = []web.Alert{
	{ID: "a1", Occurrence: 1, Rule: "scim-writes-fail", Severity: "warning", Title: "SCIM writes fail for App-AWS-AA-data-prod-444455556666-engineer", Opened: time.Date(2025, 9, 20, 4, 5, 0, 0, time.UTC),
		Summary: "56 writes were refused: replacing group memberships is not supported.", Group: "App-AWS-AA-data-prod-444455556666-engineer",
		Answer: &web.AlertAnswer{Status: "established", Cause: "group-writes-fail", Summary: "Every write of its members fails.",
			Do: []web.AlertDo{{Text: "Send changes of members one by one.", Command: "scimtrail explain replace-members", Who: "idp"}}}},
	{ID: "a2", Occurrence: 3, Rule: "changed-outside", Title: "Members were changed past SCIM", Opened: time.Date(2025, 9, 3, 9, 2, 0, 0, time.UTC), Closed: time.Date(2025, 9, 4, 0, 0, 0, 0, time.UTC)},
}

// Every page, narrow and wide, light and dark: nothing moves, nothing sticks
// out, nothing is refused by the policy, nothing comes from elsewhere.
func TestEveryPageInABrowser(t *testing.T) {
	v := view(t, house(t))
	v.SetAlerts(someAlerts)
	pages := everyPage(open(t, v, web.Options{}))
	b := visit(t, v, web.Options{From: "./evidence", Version: "1.0.0", Live: true})
	b.inspect(pages, windows)
}

// A machine that is slow shows a page in pieces. What is shown stays where it is
// nevertheless.
func TestNothingMovesOnASlowMachine(t *testing.T) {
	v := view(t, house(t))
	v.SetAlerts(someAlerts)
	pages := everyPage(open(t, v, web.Options{}))
	b := visit(t, v, web.Options{From: "./evidence", Live: true})
	call(b, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 12})
	b.size(1280, 900, "light")
	for _, name := range []string{"overview", "groups", "users", "chain", "chain-group", "alerts"} {
		b.open(pages[name])
		if n := b.number(`window.shifted`); n > 0 {
			t.Errorf("%s: the layout shifts by %.4f: %s", name, n, b.text(`window.shiftedBy.join("; ")`))
		}
	}
}

// window is how somebody looks.
type window struct {
	width, height int64
	scheme        string
	axe           bool // the markup is the same in all of them, and axe takes its time
}

var windows = []window{{1280, 900, "light", true}, {360, 740, "dark", true}, {768, 1024, "light", false}, {2560, 1300, "dark", false}}

// inspect opens each page in each window and holds it against what all pages owe.
func (b *tab) inspect(pages map[string]string, windows []window) {
	b.t.Helper()
	axe, err := os.ReadFile("testdata/axe-core-4.14.1/axe.min.js")
	if err != nil {
		b.t.Fatal(err)
	}
	for _, w := range windows {
		b.size(w.width, w.height, w.scheme)
		for name, path := range pages {
			where := fmt.Sprintf("%s at %d, %s", name, w.width, w.scheme)
			b.open(path)
			if n := b.number(`window.shifted`); n > 0 {
				b.t.Errorf("%s: the layout shifts by %.3f: %s", where, n, b.text(`window.shiftedBy.join("; ")`))
			}
			if n := b.number(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); n > 0 {
				b.t.Errorf("%s: the page is %v px wider than the window: %s", where, n, b.text(widest))
			}
			if s := b.text(cutOff); s != "" {
				b.t.Errorf("%s: text is cut off: %s", where, s)
			}
			if s := b.text(`window.violated.join("; ")`); s != "" {
				b.t.Errorf("%s: the policy was violated: %s", where, s)
			}
			if n := b.number(weight); n > 300_000 || n < 5_000 {
				b.t.Errorf("%s: the page weighs %.0f bytes", where, n)
			} else {
				b.t.Logf("%s: %.0f bytes", where, n)
			}
			b.clean(where)
			b.keep(fmt.Sprintf("%s-%d-%s", name, w.width, w.scheme))
			if !w.axe {
				continue
			}
			for _, fault := range b.axe(axe) {
				b.t.Errorf("%s: %s", where, fault)
			}
			b.mu.Lock()
			b.wrong = nil // what axe itself says
			b.mu.Unlock()
		}
	}
}

// cutOff names elements whose text does not fit into them, those aside that scroll
// and those that only a screen reader is to find.
const cutOff = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && e.childElementCount === 0 && e.textContent.trim() &&
	getComputedStyle(e).overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1 && !e.closest(".away, thead, noscript, .u-wrap")).slice(0, 3).map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 40)).join(", ")`

// widest names the elements that stick out of the window.
const widest = `[...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 3).map(e => e.tagName + "." + e.className).join(", ")`

// weight is the bytes of a page with all that it loads, as if nothing were kept.
const weight = `(() => { let n = performance.getEntriesByType("navigation")[0].decodedBodySize; for (const e of performance.getEntriesByType("resource")) n += e.decodedBodySize; return n; })()`

// axe checks the page as it is for accessibility, WCAG 2.2 AA and best practice.
func (b *tab) axe(source []byte) []string {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](string(source)))
	out := get(b, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help,
		nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " | " + (n.any[0]?.message || ""))}))))`, chromedp.EvalAwaitPromise))
	var faults []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(out), &faults); err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, f := range faults {
		list = append(list, f.ID+": "+f.Help+"\n\t"+strings.Join(f.Nodes, "\n\t"))
	}
	return list
}

// A reader clicks from a question to its proof.
func TestClickingFromTheOverviewToARecord(t *testing.T) {
	b := visit(t, view(t, house(t)), web.Options{})
	b.do(chromedp.Click(`//nav//a[text()="Groups"]`), chromedp.WaitVisible(`#q`),
		chromedp.SendKeys(`#q`, "platform\r"), chromedp.WaitVisible(`//p[@class="found"][contains(., "1 group")]`),
		chromedp.Click(`table.subjects tbody a`), chromedp.WaitVisible(`#why`))
	b.settle()
	if got := b.text(`document.querySelector("#why .summary").textContent`); !strings.Contains(got, "App-AWS-AA-platform-prod") {
		t.Errorf("the answer of the group is %q", got)
	}
	b.do(chromedp.Click(`#members ~ .scroll a.proof`), chromedp.WaitVisible(`pre.raw`))
	if got := b.text(`document.querySelector("pre.raw").textContent`); !strings.Contains(got, "GroupMembership") {
		t.Errorf("the record behind the proof is %.200q", got)
	}
	b.do(chromedp.Click(`//nav//a[text()="Events"]`), chromedp.WaitVisible(`#outcome`),
		chromedp.SetValue(`#outcome`, "failed"), chromedp.SetValue(`#source`, "scim"), chromedp.Click(`button[type=submit]`), chromedp.WaitVisible(`tr.failed`))
	if got := b.text(`location.search`); !strings.Contains(got, "outcome=failed") || !strings.Contains(got, "source=scim") {
		t.Errorf("the filter is not in the address: %q", got)
	}
	if n := b.number(`document.querySelectorAll("table.events tbody tr:not(.failed)").length`); n != 0 {
		t.Errorf("%v rows that did not fail are among the failed", n)
	}
	b.do(chromedp.Click(`a[rel=next]`), chromedp.WaitVisible(`a[rel=prev]`))
	b.clean("clicking through")
}

// A drag over the chart leads to the events of that stretch.
func TestZoomingIntoTheChart(t *testing.T) {
	b := visit(t, view(t, house(t)), web.Options{})
	b.settle()
	box := `document.querySelector("#writes-chart .u-over").getBoundingClientRect()`
	x, y, w := b.number(box+".left"), b.number(box+".top"), b.number(box+".width")
	b.do(chromedp.MouseEvent(chromedp.MousePressed, x+w*0.25, y+20, chromedp.ButtonLeft), chromedp.MouseEvent(chromedp.MouseMoved, x+w*0.5, y+20, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseReleased, x+w*0.5, y+20, chromedp.ButtonLeft))
	b.until(`document.getElementById("writes-events").textContent.startsWith("Events from")`)
	href := b.text(`document.getElementById("writes-events").getAttribute("href")`)
	u, err := url.Parse(href)
	if err != nil || u.Query().Get("from") < "2025-09-15" || u.Query().Get("to") > "2025-10-20" {
		t.Errorf("the stretch leads to %q", href)
	}
	b.do(chromedp.Click(`#writes-events`), chromedp.WaitVisible(`table.events`))
	b.clean("zooming")
}

// focus is where the focus is.
type focus struct {
	Name    string `json:"name"`
	Outline string `json:"outline"`
	Path    string `json:"path"`
	Seen    bool   `json:"seen"`
}

// Whoever uses no mouse gets everywhere: the skip link first, then the menu,
// each with a mark that can be seen.
func TestKeyboardWalk(t *testing.T) {
	v := view(t, house(t))
	pages := everyPage(open(t, v, web.Options{}))
	b := visit(t, v, web.Options{})
	v.SetAlerts(someAlerts)
	for _, name := range []string{"overview", "groups", "group", "errors", "events", "event", "chain", "chain-person", "coverage", "alerts"} {
		b.open(pages[name])
		want := b.number(`[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")].filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest("details:not([open]) > :not(summary)")).length`)
		seen := map[string]bool{}
		b.do(chromedp.KeyEvent("\t"))
		if got := b.text(`document.activeElement.className`); got != "skip" {
			t.Errorf("%s: the first stop is %q, not the skip link", name, b.text(`document.activeElement.outerHTML.slice(0, 80)`))
		}
		if n := b.number(`document.activeElement.getBoundingClientRect().left`); n < 0 {
			t.Errorf("%s: the skip link can't be seen while it has the focus", name)
		}
		for range int(want) - 1 {
			b.do(chromedp.KeyEvent("\t"))
			stop := get(b, chromedp.Evaluate[focus](`(() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
				let path = "", n = e; while (n && n.parentElement) { path = [...n.parentElement.children].indexOf(n) + "/" + path; n = n.parentElement; }
				return {name: e.outerHTML.slice(0, 90), outline: s.outlineStyle + " " + s.outlineWidth, path,
				seen: r.width > 0 && r.height > 0 && r.top < innerHeight && r.bottom > 0}; })()`))
			if stop.Outline == "none 0px" || strings.HasPrefix(stop.Outline, "none") {
				t.Errorf("%s: the focus can't be seen on %s (%s)", name, stop.Name, stop.Outline)
			}
			if !stop.Seen {
				t.Errorf("%s: the focus is out of sight on %s", name, stop.Name)
			}
			seen[stop.Path] = true
		}
		if len(seen) < int(want)-1 {
			t.Errorf("%s: %d stops are reached of %v", name, len(seen)+1, want)
		}
		// The skip link works.
		b.open(pages[name])
		b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
		b.until(`document.activeElement.id === "main"`)
	}
	b.clean("walking by keyboard")
}

// The tests above are worth something only if what they look for would be found.
func TestPlantedFaultsAreFound(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe-core-4.14.1/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := visit(t, view(t, house(t)), web.Options{})
	b.do(chromedp.Evaluate[chromedp.Void](`const p = document.createElement("p"); p.setAttribute("style", "color: red"); const i = document.createElement("img"); i.src = "http://192.0.2.1/x.png";
		document.querySelector("main").prepend(p, i); console.error("planted")`))
	b.until(`window.violated.length >= 2 && window.shifted >= 0`)
	if faults := strings.Join(b.axe(axe), "\n"); !strings.Contains(faults, "image-alt") {
		t.Errorf("axe does not see an image without a text: %s", faults)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.Contains(strings.Join(b.wrong, "\n"), "Content Security Policy") {
		t.Errorf("a violation of the policy goes unnoticed: %q", b.wrong)
	}
}
