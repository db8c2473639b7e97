package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
	"github.com/scimtrail/scimtrail/internal/web"
)

// phoneAndDesk are the windows in which something breaks first.
var phoneAndDesk = []window{{360, 740, "dark", false}, {1280, 900, "light", true}}

func nth(kind, n int) string { return fmt.Sprintf("64a8b4c8-%04d-70a1-1111-%012d", kind, n) }

// crowd is a store of many groups, the first of which has many members; names are
// long, or from right to left.
func crowd(groups, members int) *casefile.Case {
	const store, account, region = "d-9a67000001", "111122223333", "us-east-2"
	at := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: "members.json", Kind: "list-group-memberships"})
	s := directory.Snapshot{Store: store, Region: region, Input: in, NotBefore: at, NotAfter: at, Clock: directory.ClockManifest}
	names := []string{
		strings.Repeat("W", 200), // what cannot be broken at a blank or a dash
		"App-AWS-" + strings.Repeat("extremely-long-department-", 8) + "end",
		"\u05de\u05e0\u05d4\u05dc\u05d9\u05dd (AWS) 2025", // from right to left, with what is not
		"\u0645\u0633\u0624\u0648\u0644\u0648 \u0627\u0644\u0646\u0638\u0627\u0645",
		"\u7ba1\u7406\u8005" + strings.Repeat("\u7ba1", 60),
		"=HYPERLINK(\"http://example.com\")",
	}
	for i := range groups {
		name := fmt.Sprintf("App-AWS-%05d", i)
		if i < len(names) {
			name = names[i]
		}
		s.Groups = append(s.Groups, directory.Group{ID: nth(1001, i), Name: name})
		s.MembersOf = append(s.MembersOf, nth(1001, i))
	}
	for i := range members {
		name := fmt.Sprintf("user-%05d@example.com", i)
		if i < len(names) {
			name = names[i]
		}
		s.Users = append(s.Users, directory.User{ID: nth(2001, i), UserName: name, DisplayName: name})
		for g := range min(groups, 3) {
			if g == 0 || i < 40 {
				s.Memberships = append(s.Memberships, directory.Membership{ID: nth(3001+g, i), Group: nth(1001, g), User: nth(2001, i)})
			}
		}
	}
	b.Snapshot(s)
	b.Cover(casefile.Cover{Account: account, Region: region, Source: awsid.SourceSCIM, Span: span.Of(at.AddDate(0, -2, 0), at), Channel: "lookup", Complete: casefile.Claimed})
	return b.Build()
}

func TestCrowdsAndLongNamesInABrowser(t *testing.T) {
	v := view(t, crowd(10_000, 5_000))
	many := []web.Alert{}
	for i := range 60 {
		many = append(many, web.Alert{ID: fmt.Sprintf("a%d", i), Occurrence: 1, Rule: "group-emptied", Severity: []string{"critical", "warning", "info"}[i%3],
			Title: "A group was emptied", Group: strings.Repeat("W", 200), Summary: strings.Repeat("W", 300), Opened: time.Date(2025, 11, 1, 0, i, 0, 0, time.UTC)})
	}
	v.SetAlerts(many)
	b := visit(t, v, web.Options{From: strings.Repeat("W", 300)})
	pages := map[string]string{
		"crowd-overview": "/", "crowd-groups": "/groups", "crowd-users": "/users?sort=members", "crowd-alerts": "/alerts",
		"crowd-chain": "/chain?group=" + nth(1001, 0) + "&user=" + nth(2001, 1), "crowd-user": "/user?id=" + nth(2001, 0),
	}
	for i := range 3 {
		pages[fmt.Sprintf("crowd-group-%d", i)] = "/group?id=" + nth(1001, i)
	}
	b.inspect(pages, phoneAndDesk)
}

// Whoever comes with nothing, or with half of it, is told so on every page.
func TestEmptyHandsInABrowser(t *testing.T) {
	nothing := casefile.NewBuilder(actor.Default()).Build()
	half := casefile.NewBuilder(actor.Default())
	in := half.Input(casefile.Input{Path: "okta-groups.json", Kind: "okta-groups"})
	state := upstream.State{Okta: upstream.OktaState{
		Mappings: []upstream.OktaMapping{{ID: "gPm1", Status: "ERROR", SourceGroupID: "00g1"}},
	}}
	group := upstream.OktaGroup{ID: "00g1", Type: "OKTA_GROUP"}
	group.Profile.Name = "App-AWS-Admins"
	state.Okta.Groups = append(state.Okta.Groups, group)
	half.Upstream(in, state, 2)
	entra := casefile.NewBuilder(actor.Default())
	entra.Upstream(entra.Input(casefile.Input{Path: "entra-groups.json", Kind: "entra-groups"}), upstream.State{Entra: upstream.EntraState{Groups: []upstream.EntraGroup{{}}}}, 1)
	given := map[string]string{"upstream": "Identity provider (Okta)", "directory": "Identity provider (Entra)"}
	for name, c := range map[string]*casefile.Case{"nothing": nothing, "upstream": half.Build(), "directory": entra.Build()} {
		b := visit(t, view(t, c), web.Options{From: "./evidence"})
		pages := map[string]string{}
		for _, path := range []string{"/", "/chain", "/coverage", "/groups", "/users", "/errors", "/events", "/alerts"} {
			if name == "nothing" || len(pages) < 3 {
				pages[name+"-"+strings.ReplaceAll(path, "/", "_")] = path
			}
		}
		b.inspect(pages, phoneAndDesk)
		if text := b.page("/chain"); !strings.Contains(text, given[name]) || strings.Contains(text, "Nothing of the identity provider itself was given") != (given[name] == "") {
			t.Errorf("%s: what was given of the identity provider is not in\n%s", name, text)
		}
		for _, path := range pages {
			text := b.page(path)
			for _, word := range []string{"alive\n", "No alert is open", "0\n\nfailed writes", "by 0 people", "Nobody but"} {
				if strings.Contains(text, word) {
					t.Errorf("%s, %s: %q is said of what nobody looked at:\n%s", name, path, word, text)
				}
			}
		}
	}
}

// page is the text of a page.
func (b *tab) page(path string) string {
	b.t.Helper()
	b.open(path)
	return b.text(`document.querySelector("main").innerText`)
}

// everyState is a tracer whose hops are in every state.
type everyState struct{}

func (everyState) Trace(string, string) (hops []web.Hop, err error) {
	for _, state := range []string{"works", "fails", "quiet", "unknown", "skipped", "of a later version"} {
		hops = append(hops, web.Hop{Name: "Hop " + state, What: "what happens there", State: state, Says: "What it rests on.", Facts: []string{"a fact"}, Last: time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC), Link: "/events"})
	}
	return hops, nil
}

func TestEveryStateOfAHopInABrowser(t *testing.T) {
	v, err := web.NewView(house(t), web.ViewOptions{Trace: everyState{}})
	if err != nil {
		t.Fatal(err)
	}
	b := visit(t, v, web.Options{})
	b.inspect(map[string]string{"chain-states": "/chain"}, windows)
	for _, scheme := range []string{"light", "dark"} {
		b.size(1280, 900, scheme)
		text := b.page("/chain")
		for _, word := range []string{"works", "fails", "silent", "not known", "skipped"} {
			if !strings.Contains(text, word) {
				t.Errorf("no hop says %q, and a colour alone says nothing", word)
			}
		}
	}
}

// The page that trace --format html writes owes what the others do. A person and a
// group of the house whose hops are whole, broken, unknown and left out.
func TestTracePagesInABrowser(t *testing.T) {
	c := house(t)
	l := ledger.Build(c)
	bench := diagnose.On(c, l)
	pages, states := map[string]string{}, map[diagnose.HopState]bool{}
	mux := http.NewServeMux()
	add := func(name string, trace *report.Trace) {
		t.Helper()
		var b bytes.Buffer
		if err := report.TraceHTML(&b, trace); err != nil {
			t.Fatal(err)
		}
		path := "/" + strings.ReplaceAll(name, " ", "-")
		pages["trace-"+path[1:]] = path
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(b.Bytes())
		})
		for _, h := range trace.Answer.Hops {
			states[h.State] = true
		}
	}
	user := l.FindUser("ann@example.com")[0].ID
	for _, name := range []string{"App-AWS-AA-platform-prod-444455556666-poweruser", "App-AWS-AA-data-prod-444455556666-engineer", "Auditors"} {
		a, err := bench.User(user, l.FindGroup(name)[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		add("ann and "+name, &report.Trace{Answer: a, Group: name, Check: "scimtrail trace --user ann@example.com --group " + name + " --from ./evidence",
			Failed: []string{"okta://example.okta.com: the token was refused"}})
	}
	// All states side by side, with long words of strangers.
	word := strings.Repeat("W", 200)
	all := &diagnose.Answer{Question: diagnose.Question{Kind: "user", Asked: word}, Verdict: diagnose.Verdict{Status: diagnose.Undetermined}, Findings: []diagnose.Finding{{Cause: &diagnose.Cause{Slug: "unknown"}}}}
	for i, state := range []diagnose.HopState{diagnose.HopOK, diagnose.HopBroken, diagnose.HopUnknown, diagnose.HopSkipped, diagnose.HopOK, diagnose.HopUnknown, diagnose.HopOK} {
		all.Hops = append(all.Hops, diagnose.Hop{ID: fmt.Sprint("hop", i), Title: "Member of the AWS group", Where: "the identity provider", State: state, Reason: word, Because: []diagnose.Reason{{Text: word + " " + word, Events: []string{word}}}})
	}
	add("every state", &report.Trace{Answer: all, Group: word, Check: "scimtrail trace --user " + word})
	for _, want := range []diagnose.HopState{diagnose.HopOK, diagnose.HopBroken, diagnose.HopUnknown, diagnose.HopSkipped} {
		if !states[want] {
			t.Errorf("no hop is %s, so its colours were not looked at", want)
		}
	}
	// The page brings its policy along; its icon is asked for by the browser alone.
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	b := blank(t, mux)
	b.inspect(pages, windows)
	for _, path := range slices.Sorted(func(yield func(string) bool) {
		for _, p := range pages {
			if !yield(p) {
				return
			}
		}
	}) {
		b.open(path)
		if n := b.number(`document.querySelectorAll("svg.chain").length - [...document.querySelectorAll("svg.chain")].filter(e => getComputedStyle(e).display === "none").length`); n != 1 {
			t.Errorf("%s: %v pictures of the chain are seen, and one is wanted", path, n)
		}
	}
}
