package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/scimtrail/scimtrail/internal/web"
)

// What strangers wrote into user agents, names and messages stays text.
func TestHostileEvidenceStaysText(t *testing.T) {
	const script = `"><script>window.owned=1</script><img src=x onerror="window.owned=1"><svg onload=window.owned=1></svg></title></textarea></script>`
	v := view(t, hostile(t, script))
	s := open(t, v, web.Options{})
	pages := []string{"/", "/groups", "/users", "/errors", "/events?reads=1", "/coverage", "/chain", "/group?id=" + url.QueryEscape(strings.ToLower(script)),
		"/group?id=64a8b4c8-1001-70a1-1111-000000000001", "/user?id=64a8b4c8-2001-70a1-1111-000000000001", "/event?key=0000000e-0000-4000-8000-000000000001",
		"/event?key=" + url.QueryEscape(script), "/groups?q=" + url.QueryEscape(script), "/events?actor=" + url.QueryEscape(script), "/chain?group=" + url.QueryEscape(script)}
	b := visit(t, v, web.Options{From: script})
	shown := 0
	for _, path := range pages {
		if code, _ := s.get(path); code >= 500 {
			t.Errorf("%s: status %d", path, code)
		}
		b.do(chromedp.Navigate(b.base+path), chromedp.WaitReady("main"))
		if n := b.number(`(window.owned ? 1 : 0) + document.querySelectorAll("main script:not([type='application/json']), img, main svg[onload], [onerror], main :not(.chart *):not(.chart)[style], iframe").length`); n != 0 {
			t.Errorf("%s: the evidence was interpreted", path)
		}
		if strings.Contains(b.text(`document.body.textContent`), "<script>window.owned=1") {
			shown++
		}
		if s := b.text(`window.violated.join("; ")`); s != "" {
			t.Errorf("%s: the policy was violated: %s", path, s)
		}
	}
	if shown < 8 {
		t.Errorf("only %d pages show the text at all", shown)
	}
}

// Without a script everything is there: the picture in place of the chart, and
// the answer after a link.
func TestWithoutScript(t *testing.T) {
	v := view(t, house(t))
	s := open(t, v, web.Options{})
	if body := s.page("/"); !strings.Contains(body, "<noscript><figure>") || !strings.Contains(body, "looked at") {
		t.Error("the overview has no picture for those without scripts")
	}
	group := s.groupID("Auditors")
	if body := s.settled("/group?id=" + group); !strings.Contains(body, `class="summary"`) || !strings.Contains(body, "<svg") {
		t.Error("the page of a group has no answer or no picture without scripts")
	}
}
