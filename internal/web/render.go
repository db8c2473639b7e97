package web

import (
	"cmp"
	"embed"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

//go:embed templates
var templateFiles embed.FS

// templates are parsed once; a mistake in them shows at every start.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"clean":     report.Clean, // what the evidence holds, made visible
	"moment":    report.Moment,
	"day":       report.Day,
	"name":      report.Name,
	"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"counted":   report.Counted,
	"thousands": thousands,
	"static":    static,
	"via":       report.Via,
	"kind":      report.Kind,
	"add":       func(a, b int) int { return a + b },
	"dict":      dict,
	"prose":     prose,
	"brief":     brief,
	"words":     func(s string) []string { return strings.Split(s, " ") },
}).ParseFS(templateFiles, "templates/*.tmpl"))

// brief cuts a cleaned name that is too long for a card; all of it stands elsewhere.
func brief(s string) string {
	const most = 64
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// dict lets a template hand several values to another.
func dict(pairs ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// part is a piece of a text, set as code or not.
type part struct {
	Text string
	Code bool
}

// prose cuts a text where `backticks` set code.
func prose(s string) []part {
	pieces := strings.Split(report.Clean(s), "`")
	if len(pieces)%2 == 0 {
		return []part{{Text: report.Clean(s)}} // one is left over, so they mean something else
	}
	out := make([]part, len(pieces))
	for i, p := range pieces {
		out[i] = part{p, i%2 == 1}
	}
	return out
}

// thousands writes a number with blanks that do not break, so that it can be read.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// layout is what every page shows round its content.
type layout struct {
	Title   string
	Menu    []menuEntry
	From    string
	Version string
	AsOf    time.Time
	Number  int
	Live    bool
	Fault   string
	JSON    string // where the page is to be had as JSON; "" when it is not
	CSV     string
	Chart   bool
	Data    any
}

type menuEntry struct {
	Path, Word string
	Here       bool
}

var menu = []menuEntry{
	{"/", "Overview", false}, {"/groups", "Groups", false}, {"/users", "Users", false}, {"/errors", "Errors", false},
	{"/events", "Events", false}, {"/chain", "Chain", false}, {"/coverage", "Coverage", false},
}

func menuAt(here string) []menuEntry {
	out := slices.Clone(menu)
	for i := range out {
		out[i].Here = out[i].Path == here
	}
	return out
}

func (s *Server) layout(r *http.Request, now *shown, a *answer) layout {
	l := layout{
		Title: a.title, Menu: menuAt(a.here), From: s.opts.From, Version: s.opts.Version, AsOf: now.view.asOf,
		Number: now.number, Live: s.opts.Live, Fault: now.fault, Chart: a.chart, Data: a.data,
	}
	if a.json != nil || a.raw != nil {
		l.JSON = with(r, "format", "json")
	}
	if a.csv != nil {
		l.CSV = with(r, "format", "csv")
	}
	return l
}

// with is the path of a request with one parameter set, or taken off when the
// value is "". Paging starts anew unless it is what is set.
func with(r *http.Request, name, value string) string {
	q := url.Values{}
	maps.Copy(q, r.URL.Query())
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	if name != "page" {
		q.Del("page")
	}
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}

// render writes a page that needs no evidence.
func render(w http.ResponseWriter, _ *http.Request, status int, name string, data notice) {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, layout{Title: data.Title, Menu: menuAt(""), Data: data}); err != nil {
		http.Error(w, data.Title, status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Del("Content-Disposition")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String())) // the reader has gone; nothing is to be done
}

// pager leads through a list.
type pager struct {
	First, Last, All int // from 1; 0 when there is none
	Earlier, Later   string
	Noun             string
}

// cut returns the part of a list of n that a request asks for.
func cut(r *http.Request, n, size int, noun string) (from, to int, p pager, err error) {
	number := 1
	if text := r.URL.Query().Get("page"); text != "" {
		if number, err = strconv.Atoi(text); err != nil || number < 1 || number > 1<<30 {
			return 0, 0, p, &errBad{"page is a number from 1."}
		}
	}
	from = min((number-1)*size, n)
	to = min(from+size, n)
	p = pager{All: n, Noun: noun}
	if to > from {
		p.First, p.Last = from+1, to
	}
	if number > 1 {
		p.Earlier = with(r, "page", onePage(min(number-1, (n+size-1)/size)))
	}
	if to < n {
		p.Later = with(r, "page", strconv.Itoa(number+1))
	}
	return from, to, p, nil
}

func onePage(n int) string {
	if n <= 1 {
		return ""
	}
	return strconv.Itoa(n)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// link is a name that leads somewhere.
type link struct{ Name, Href, ID string }

func (v *View) groupLink(e ledger.Entity) link {
	return link{Name: cmp.Or(e.Name, e.ID), Href: "/group?id=" + urlQuery(e.ID), ID: e.ID}
}

func (v *View) userLink(e ledger.Entity) link {
	return link{Name: cmp.Or(e.Name, e.ID), Href: "/user?id=" + urlQuery(e.ID), ID: e.ID}
}
