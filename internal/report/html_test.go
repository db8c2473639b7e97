package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/scimtrail/scimtrail/internal/report"
)

// page parses a report as a browser does.
func page(t testing.TB, in *report.Investigation) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(string(render(t, in.HTML))))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func elements(doc *html.Node) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// allowed are the only elements of a report: none that runs, embeds, submits or
// loads.
var allowed = map[string]bool{}

func init() {
	for tag := range strings.FieldsSeq("html head meta title style body a header h1 h2 h3 dl div dt dd main section nav ol ul li p strong span code pre " +
		"table caption thead tbody tr th td figure figcaption svg desc defs pattern rect line g polygon text") {
		allowed[tag] = true
	}
}

// checkPage asserts what holds for every report, whatever the evidence says.
func checkPage(t *testing.T, in *report.Investigation) {
	t.Helper()
	doc := page(t, in)
	checkPictures(t, doc)
	ids := map[string]bool{}
	for _, n := range elements(doc) {
		if id, ok := attribute(n, "id"); ok {
			if ids[id] {
				t.Errorf("the id %q stands twice", id)
			}
			ids[id] = true
		}
	}
	for _, n := range elements(doc) {
		if !allowed[n.Data] {
			t.Errorf("the page holds an element %s", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "href":
				if !strings.HasPrefix(a.Val, "#") || !ids[a.Val[1:]] {
					t.Errorf("a link leads to %q, which is not on the page", a.Val)
				}
			case a.Key == "fill":
				if !strings.HasPrefix(a.Val, "url(#") {
					t.Errorf("an element is filled with %q", a.Val)
				}
			case a.Key == "src" || a.Key == "srcset" || a.Key == "style" || a.Key == "action" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s has the attribute %s=%q", n.Data, a.Key, a.Val)
			case a.Key == "aria-labelledby":
				for id := range strings.FieldsSeq(a.Val) {
					if !ids[id] {
						t.Errorf("%s is labelled by %q, which is not there", n.Data, id)
					}
				}
			}
		}
	}
}

// checkPictures asserts that every shape lies within its drawing.
func checkPictures(t *testing.T, doc *html.Node) {
	t.Helper()
	number := func(n *html.Node, name string) float64 {
		s, ok := attribute(n, name)
		if !ok {
			return 0
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Errorf("%s=%q is no number", name, s)
		}
		return v
	}
	for _, svg := range elements(doc) {
		if class, _ := attribute(svg, "class"); svg.Data != "svg" || class != "drawing" {
			continue
		}
		box, _ := attribute(svg, "viewBox")
		var w, h float64
		if _, err := fmt.Sscanf(box, "0 0 %g %g", &w, &h); err != nil || w <= 0 || h <= 0 {
			t.Fatalf("viewBox is %q", box)
		}
		inside := func(n *html.Node, x, y float64) {
			if !(x >= 0 && x <= w && y >= 0 && y <= h) {
				t.Errorf("a %s reaches to %g,%g outside of %g by %g", n.Data, x, y, w, h)
			}
		}
		for _, n := range elements(svg) {
			switch n.Data {
			case "rect":
				if n.Parent.Data != "pattern" {
					inside(n, number(n, "x"), number(n, "y"))
					inside(n, number(n, "x")+number(n, "width"), number(n, "y")+number(n, "height"))
				}
			case "line":
				if n.Parent.Data != "pattern" {
					inside(n, number(n, "x1"), number(n, "y1"))
					inside(n, number(n, "x2"), number(n, "y2"))
				}
			case "text":
				inside(n, number(n, "x"), number(n, "y"))
			}
		}
	}
}

func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]*report.Investigation{
		"a group": about(t, incident(t), "Analysts"), "a group with members": about(t, incident(t), "Finance"), "the whole store": about(t, incident(t), ""),
	} {
		t.Run(name, func(t *testing.T) { checkPage(t, in) })
	}
}

func TestPolicyAllowsTheOwnStyleAlone(t *testing.T) {
	t.Parallel()
	doc := page(t, about(t, incident(t), "Analysts"))
	policy, style := "", ""
	for _, n := range elements(doc) {
		if equiv, _ := attribute(n, "http-equiv"); equiv == "Content-Security-Policy" {
			policy, _ = attribute(n, "content")
		}
		if n.Data == "style" {
			style = n.FirstChild.Data
		}
	}
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if policy != want {
		t.Errorf("the policy is %q, want %q", policy, want)
	}
	for _, bad := range []string{"@import", "url(", "//"} {
		if strings.Contains(style, bad) {
			t.Errorf("the style sheet holds %q", bad)
		}
	}
}

func TestPageCanBeReadAloud(t *testing.T) {
	t.Parallel()
	doc := page(t, about(t, incident(t), "Finance"))
	tables, pictures := 0, 0
	for _, n := range elements(doc) {
		switch n.Data {
		case "html":
			if lang, _ := attribute(n, "lang"); lang != "en" {
				t.Error("the page does not say its language")
			}
		case "table":
			tables++
			if n.FirstChild.NextSibling.Data != "caption" {
				t.Error("a table has no caption")
			}
		case "th":
			if scope, _ := attribute(n, "scope"); scope != "col" && scope != "row" {
				t.Error("a heading of a table has no scope")
			}
		case "svg":
			if hidden, _ := attribute(n, "aria-hidden"); hidden == "true" {
				continue
			}
			pictures++
			role, _ := attribute(n, "role")
			names := map[string]bool{}
			for c := range n.ChildNodes() {
				names[c.Data] = true
			}
			if role != "img" || !names["title"] || !names["desc"] {
				t.Error("a picture has no role, title or description")
			}
		}
	}
	if tables < 8 || pictures != 2 {
		t.Errorf("the page holds %d tables and %d pictures", tables, pictures)
	}
}
