package web_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/web"
)

func TestOverviewAnswersTheFirstQuestions(t *testing.T) {
	t.Parallel()
	v := view(t, house(t))
	body := open(t, v, web.Options{}).page("/")
	for _, want := range []string{
		"alive", "The last success lies 9 hours before the end", "Since then 2 writes failed", // of 14 November
		">85<", ">6<", "membership changes by 2 people", "Nobody keeps watch over this evidence",
		"bob@example.com", "sailpoint", "not looked at",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the overview does not say %q", want)
		}
	}
	v.SetAlerts([]web.Alert{})
	if body := open(t, v, web.Options{}).page("/"); strings.Contains(body, "Nobody keeps watch") {
		t.Error("somebody watches and raised nothing, and the page says that nobody watches")
	}
	v.SetAlerts(someAlerts)
	if body := open(t, v, web.Options{}).page("/"); !strings.Contains(body, someAlerts[0].Title) || strings.Contains(body, someAlerts[1].Title) {
		t.Error("the overview must show the open alert, and not the closed one")
	}
}

// Alerts are there to be acted on: the worst first, each with what why said, what to
// do, and where to look; those that were not meant for anybody say so.
func TestAlertsAreInTheOrderOfUrgencyWithWhatToDo(t *testing.T) {
	t.Parallel()
	v := view(t, house(t))
	at := func(day int) time.Time { return time.Date(2025, 11, day, 0, 0, 0, 0, time.UTC) }
	v.SetAlerts([]web.Alert{
		{ID: "over", Rule: "scim-silent", Severity: "critical", Title: "It was silent", Opened: at(9), Closed: at(10), Mended: "SCIM wrote again"},
		{ID: "never", Rule: "scim-silent", Severity: "critical", Title: "It never was", Opened: at(8), Closed: at(9), Withdrawn: true},
		{ID: "hush", Rule: "scim-silent", Severity: "critical", Title: "Hushed", Opened: at(7), Silenced: "the move of the test groups"},
		{ID: "small", Rule: "new-client", Severity: "info", Title: "Small", Opened: at(6)},
		{ID: "warn", Rule: "new-client", Severity: "warning", Title: "Warned", Opened: at(5), Steps: []string{"Compare the tokens."}, User: "eve@example.com"},
		{ID: "bad", Rule: "group-emptied", Severity: "critical", Title: "Emptied", Opened: at(1), Group: "Auditors",
			Answer: &web.AlertAnswer{Status: "established", Cause: "removed-outside-scim", Summary: "olga removed them.", Do: []web.AlertDo{{Text: "Ask olga.", Command: "scimtrail why group Auditors"}}}},
		{ID: "five", Rule: "new-client", Severity: "info", Title: "Fifth", Opened: at(4)},
	})
	s := open(t, v, web.Options{})
	inOrder := func(body string, words ...string) {
		t.Helper()
		for _, word := range words {
			_, after, ok := strings.Cut(body, word)
			if !ok {
				t.Errorf("%q is not there, or not after what goes before it", word)
				continue
			}
			body = after
		}
	}
	overview := s.page("/")
	inOrder(overview, "Open alerts", ">5<", "Emptied", "critical", "Warned", "Small", "Fifth", "1 more, and those that are over")
	if strings.Contains(overview, "Hushed") || strings.Contains(overview, "It was silent") {
		t.Error("what is silenced or over stands before what is urgent")
	}
	inOrder(s.page("/alerts"), "5 alerts are open", "Emptied", "(at the time; established)", "olga removed them.", "What to do", "Ask olga.", "scimtrail why group Auditors",
		"Warned", "Compare the tokens.", "/user?id=", "Small", "Hushed", "Sent to nobody: the move of the test groups",
		"Over", "It was silent", "closed", "SCIM wrote again", "It never was", "withdrawn")
	if csv := s.page("/alerts?format=csv"); !strings.Contains(csv, "olga removed them.") || !strings.Contains(csv, "withdrawn") {
		t.Errorf("the export leaves out what the page shows:\n%s", csv)
	}
	if doc := s.json("/alerts?format=json"); doc["watched"] != true || len(doc["alerts"].([]any)) != 7 {
		t.Errorf("the JSON is %v", doc)
	}
}

// Alerts of evidence that ends long ago are not those of today.
func TestAlertsOfOldEvidenceSaySo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		now   time.Time
		watch []web.Alert
		want  string
	}{
		"an hour later":             {time.Date(2025, 11, 14, 13, 0, 0, 0, time.UTC), []web.Alert{}, ""},
		"a month later":             {time.Date(2025, 12, 14, 12, 0, 0, 0, time.UTC), []web.Alert{}, "The evidence ends 30 days ago."},
		"nobody watches, long gone": {time.Date(2025, 12, 14, 12, 0, 0, 0, time.UTC), nil, ""},
	} {
		v, err := web.NewView(house(t), web.ViewOptions{Now: func() time.Time { return c.now }})
		if err != nil {
			t.Fatal(err)
		}
		v.SetAlerts(c.watch)
		s := open(t, v, web.Options{})
		for _, path := range []string{"/", "/alerts"} {
			body := s.page(path)
			if got := strings.Contains(body, "The evidence ends"); got != (c.want != "") || !strings.Contains(body, c.want) {
				t.Errorf("%s, %s: the page must say %q", name, path, c.want)
			}
			if nobody := strings.Contains(body, "Nobody keeps watch"); nobody != (c.watch == nil) {
				t.Errorf("%s, %s: that nobody watches is said: %v", name, path, nobody)
			}
		}
	}
}

// The chain of a person begins with where it breaks, in the names that people use.
func TestTheChainOfAPersonBeginsWithWhereItBreaks(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	group, ann := s.groupID("App-AWS-AA-platform-prod-444455556666-poweruser"), s.id("user", "ann@example.com")
	for range 100 {
		if s.page("/ready?kind=user&id="+ann+"&group="+group) == "{\"ready\":true}\n" {
			break
		}
	}
	body := s.page("/chain?group=" + group + "&user=" + ann)
	for _, want := range []string{
		"ann@example.com is in App-AWS-AA-platform-prod-444455556666-poweruser, and still the way there breaks at", `value="ann@example.com"`,
		`value="App-AWS-AA-platform-prod-444455556666-poweruser"`, "Nothing of it is among the evidence.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the chain does not say %q", want)
		}
	}
	doc := s.json("/chain?format=json&group=" + group + "&user=" + ann)
	if doc["group"] != group || !strings.Contains(doc["says"].(string), "breaks at") {
		t.Errorf("the JSON names %v and says %v", doc["group"], doc["says"])
	}
}

func TestGroupShowsItsAnswerMembersAndProof(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	body := s.settled("/group?id=" + s.groupID("App-AWS-AA-platform-prod-444455556666-poweruser"))
	for _, want := range []string{
		"has 3 members", "ann@example.com", "cara@example.com", "no longer", "over the API by bob@example.com (aws-cli) (recorded)",
		"2025-10-05 08:00:00", `href="/event?key=`, "Every cause that was weighed",
	} {
		if !strings.Contains(strings.ReplaceAll(body, `</span> <span class="t">`, " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	why := s.json("/group?format=json&id=" + s.groupID("App-AWS-AA-data-prod-444455556666-engineer"))
	established := map[string]bool{}
	for _, x := range why["causes"].([]any) {
		cause := x.(map[string]any)
		established[cause["id"].(string)] = cause["status"] == "established"
	}
	if why["schema"] != "scimtrail/why/v1" || !established["group-writes-fail"] || established["not-empty"] {
		t.Errorf("the export of a group is %v with these causes: %v", why["schema"], established)
	}
	body = s.settled("/user?id=" + s.id("user", "cara@example.com"))
	if !strings.Contains(body, "App-AWS-AA-platform-prod-444455556666-poweruser") || !strings.Contains(body, "no longer") {
		t.Error("the page of a user who left does not say which group")
	}
}

func TestErrorsAreSortedByMeaningWithTheFix(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	body := s.page("/errors")
	for _, want := range []string{"AWS does not replace a group&#39;s members as a whole", ">56<", "App-AWS-AA-data-prod-444455556666-engineer", "What to do", "Replacing group memberships is not supported."} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of errors does not say %q", want)
		}
	}
	if body := s.page("/events?reads=1&meaning=replace-members"); !strings.Contains(body, ">56 events fit") && !strings.Contains(body, "56 events fit") {
		t.Error("the link of a meaning does not lead to its 56 events")
	}
}

func TestChainSaysWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	state := map[string]string{}
	for _, h := range s.json("/chain?format=json")["hops"].([]any) {
		hop := h.(map[string]any)
		state[hop["name"].(string)] = hop["state"].(string)
	}
	want := map[string]string{"Governance": "unknown", "Identity provider": "unknown", "SCIM": "works", "Identity store": "works", "Access": "unknown"}
	for name, state2 := range want {
		if state[name] != state2 {
			t.Errorf("%s: %q, want %q", name, state[name], state2)
		}
	}
	for _, h := range s.json("/chain?format=json&group=" + s.groupID("App-AWS-AA-data-prod-444455556666-engineer"))["hops"].([]any) {
		if hop := h.(map[string]any); hop["name"] == "SCIM" && hop["state"] != "fails" {
			t.Errorf("every SCIM write of the group failed, and its hop says %v", hop["state"])
		}
	}
}

// With the provider's state the page of a group says how far its people came.
func TestGroupShowsHowFarItsPeopleCame(t *testing.T) {
	t.Parallel()
	text := strings.Replace(string(houseText(t)), "-- snapshot", "-- okta 2025-11-14T11:00:00Z --\napp\nuser ann ACTIVE\nuser ben ACTIVE\ngroup sandbox\nmembers sandbox: ann, ben\n"+
		"assigned ann PROVISIONED SYNCHRONIZED external own\nmapping sandbox INACTIVE pushed 2025-09-01T00:00:00Z\n-- snapshot", 1)
	s := open(t, view(t, tell(t, text)), web.Options{})
	body := s.settled("/group?id=" + s.groupID("App-AWS-AA-database-sandbox-444455556666-admin"))
	for _, want := range []string{"Hop by hop, from Okta to AWS: 2 people", "In the provider&#39;s group", "ben@example.com"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	chain := s.json("/chain?format=json&group=" + s.groupID("App-AWS-AA-database-sandbox-444455556666-admin") + "&user=" + s.id("user", "ben@example.com"))
	broken := 0
	for _, h := range chain["hops"].([]any) {
		if h.(map[string]any)["state"] == "fails" {
			broken++
		}
	}
	if len(chain["hops"].([]any)) != 10 || broken == 0 {
		t.Errorf("the way of a person who is not assigned is %v", chain["hops"])
	}
}

func TestCoverageShowsWhatNobodyLookedAt(t *testing.T) {
	t.Parallel()
	body := open(t, view(t, house(t)), web.Options{}).page("/coverage")
	for _, want := range []string{"2025-09-01 00:00:00 UTC to 2025-09-10 00:00:00 UTC", "all of the time", `class="unsearched"`, "aws cloudtrail lookup-events --region us-east-2"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestWhatIsAskedWronglyIsSaid(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	for path, want := range map[string]int{
		"/events?from=yesterday": 400, "/events?source=smtp": 400, "/events?outcome=maybe": 400, "/events?page=0": 400, "/events?page=x": 400,
		"/groups?show=odd": 400, "/groups?format=xml": 400, "/group?id=none": 404, "/user": 404, "/event?key=none": 404, "/chain?group=nobody": 404,
		"/events?page=900": 200, "/groups?q=%00%ff": 200,
	} {
		if code, body := s.get(path); code != want || !strings.Contains(body, "<h1>") {
			t.Errorf("%s: status %d, want %d\n%.300s", path, code, want, body)
		}
	}
}

// A spreadsheet must not calculate what a stranger wrote.
func TestExportsAreSafeForSpreadsheets(t *testing.T) {
	t.Parallel()
	const formula = `=HYPERLINK("https://evil.example.org")`
	v := view(t, hostile(t, formula))
	v.SetAlerts([]web.Alert{{ID: formula, Rule: formula, Severity: formula, Title: formula, Group: formula, User: formula, Summary: formula, Silenced: formula, Steps: []string{formula}, Answer: &web.AlertAnswer{Summary: formula}}})
	s := open(t, v, web.Options{})
	for _, path := range []string{"/", "/groups", "/users", "/errors", "/events?reads=1", "/chain", "/coverage", "/alerts", "/group?id=64a8b4c8-1001-70a1-1111-000000000001"} {
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		records, err := csv.NewReader(strings.NewReader(s.page(path + sep + "format=csv"))).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, r := range records {
			for _, cell := range r {
				if strings.HasPrefix(strings.TrimSpace(cell), "=") {
					t.Errorf("%s: a cell is a formula: %q", path, cell)
				}
			}
		}
		if path != "/group?id=64a8b4c8-1001-70a1-1111-000000000001" && !json.Valid([]byte(s.page(path+sep+"format=json"))) {
			t.Errorf("%s: the JSON is none", path)
		}
	}
}

// Whatever the evidence holds, it makes no element and no attribute, and nothing
// that a reader does not see.
func TestPagesOfHostileEvidenceHoldItAsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`"><script>alert(1)</script><img src=x onerror=alert(1)>`, `</style></title></svg></textarea></script><script>alert(1)</script>`, `javascript:alert(1)`,
		"user\u202egnp.exe\u2066\u200b", "\x1b]0;owned\x07\x1b[2J", `' onmouseover=alert(1) x='`, "{{.}}`${alert(1)}`", strings.Repeat("W", 5000),
	} {
		v := view(t, hostile(t, text))
		alert := web.Alert{ID: text, Rule: text, Severity: text, Title: text, Summary: text, Group: text, User: text, Events: []string{text}, Steps: []string{text}, Silenced: text,
			Answer: &web.AlertAnswer{Status: text, Cause: text, Summary: text, Because: []string{text}, Do: []web.AlertDo{{Text: text, Command: text, Who: text}}, Ask: text}}
		over := alert
		over.Closed, over.Mended = time.Date(2025, 9, 9, 0, 0, 0, 0, time.UTC), text
		v.SetAlerts([]web.Alert{alert, over})
		s := open(t, v, web.Options{From: text})
		for _, path := range []string{"/", "/alerts", "/chain?group=64a8b4c8-1001-70a1-1111-000000000001&user=64a8b4c8-2001-70a1-1111-000000000001", "/groups", "/users", "/errors", "/events?reads=1", "/coverage", "/chain",
			"/group?id=64a8b4c8-1001-70a1-1111-000000000001", "/event?key=0000000e-0000-4000-8000-000000000001", "/event?key=0000000e-0000-4000-8000-000000000002"} {
			body := s.page(path)
			for _, r := range []rune{'\u202e', '\u2066', '\u200b', '\x1b', '\x07'} {
				if strings.ContainsRune(body, r) {
					t.Errorf("%s: %q holds %U", path, text, r)
				}
			}
			doc, err := html.Parse(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			for n := range doc.Descendants() {
				if n.Type != html.ElementNode {
					continue
				}
				switch n.Data {
				case "img", "iframe", "object", "embed", "style", "base":
					t.Errorf("%s: %q makes an element %s", path, text, n.Data)
				}
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "href" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
						t.Errorf("%s: %q makes an attribute %s=%q", path, text, a.Key, a.Val)
					}
				}
			}
		}
	}
}

// A filter finds exactly what reading every event would find.
func TestFiltersFindWhatReadingEverythingFinds(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	type event struct {
		Time   time.Time
		ID     string
		Source string
		Actor  struct{ Kind, Name, Client string }
		Group  *struct{ ID, Name string }
		User   *struct{ ID, Name string }
		Error  *struct{ Code string }
	}
	read := func(query string) []event {
		var doc struct{ Events []event }
		if err := json.Unmarshal([]byte(s.page("/events?format=json&reads=1&"+query)), &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Events
	}
	all := read("")
	if len(all) != 169 {
		t.Fatalf("the house has %d events", len(all))
	}
	groups := []string{"", "prod", "Auditors", "nobody"}
	rapid.Check(t, func(r *rapid.T) {
		from := rapid.SampledFrom([]string{"", "2025-09-10", "2025-10-05T08:00:00Z"}).Draw(r, "from")
		to := rapid.SampledFrom([]string{"", "2025-10-05", "2025-11-14T03:00:00Z"}).Draw(r, "to")
		source := rapid.SampledFrom([]string{"", "scim", "api", "console"}).Draw(r, "source")
		outcome := rapid.SampledFrom([]string{"", "done", "failed"}).Draw(r, "outcome")
		kind := rapid.SampledFrom([]string{"", "person", "idp", "connector"}).Draw(r, "kind")
		group := rapid.SampledFrom(groups).Draw(r, "group")
		q := url.Values{"from": {from}, "to": {to}, "source": {source}, "outcome": {outcome}, "kind": {kind}, "group": {group}}
		got := map[string]bool{}
		for _, e := range read(q.Encode()) {
			got[e.ID] = true
		}
		for _, e := range all {
			want := outcome == "" || (outcome == "failed") == (e.Error != nil)
			want = want && (kind == "" || e.Actor.Kind == kind)
			want = want && (source == "" || e.Source == map[string]string{"scim": "identitystore-scim.amazonaws.com", "api": "identitystore.amazonaws.com", "console": "sso-directory.amazonaws.com"}[source])
			want = want && (group == "" || e.Group != nil && strings.Contains(strings.ToLower(e.Group.Name), strings.ToLower(group)))
			want = want && (from == "" || e.Time.Format(time.RFC3339) >= from)
			want = want && (to == "" || e.Time.Format(time.RFC3339)[:len(to)] <= to)
			if want != got[e.ID] {
				r.Fatalf("%s at %v: found %v, want %v", e.ID, e.Time, got[e.ID], want)
			}
		}
	})
}

// Paging shows every event once.
func TestPagingLosesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, view(t, house(t)), web.Options{})
	seen, rows := map[string]bool{}, 0
	for n := 1; n <= 4; n++ {
		doc, err := html.Parse(strings.NewReader(s.page("/events?page=" + strconv.Itoa(n))))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Data != "a" {
				continue
			}
			for _, a := range n.Attr {
				if key, ok := strings.CutPrefix(a.Val, "/event?key="); ok && a.Key == "href" {
					seen[key] = true
					rows++
				}
			}
		}
	}
	if rows != 169 || len(seen) != 169 {
		t.Errorf("four pages show %d rows with %d events; there are 169", rows, len(seen))
	}
}

// The record behind a row is the one that stood in the evidence, byte for byte.
func TestRecordsComeBackByteForByte(t *testing.T) {
	t.Parallel()
	c := house(t)
	want := map[string]string{}
	for i := range c.Events {
		want[c.Events[i].Key] = string(c.Events[i].Raw)
	}
	s := open(t, view(t, c), web.Options{})
	for key, raw := range want {
		if got := s.page("/event?format=json&key=" + url.QueryEscape(key)); got != raw {
			t.Fatalf("%s: the record is %s, was %s", key, got, raw)
		}
	}
	if len(want) != 169 {
		t.Errorf("%d records were compared", len(want))
	}
}

func TestNewEvidenceAndTroubleAreTold(t *testing.T) {
	t.Parallel()
	v := view(t, house(t))
	s := open(t, v, web.Options{Live: true})
	before := s.json("/state")["number"].(float64)
	s.server.Show(view(t, house(t)))
	if after := s.json("/state")["number"].(float64); after != before {
		t.Errorf("nothing new came, and the state goes from %v to %v", before, after)
	}
	// It was looked at for an hour more, and nothing came.
	longer := strings.ReplaceAll(string(houseText(t)), "..2025-11-14T12:00Z", "..2025-11-14T13:00Z")
	s.server.Show(view(t, tell(t, longer)))
	if after := s.json("/state")["number"].(float64); after != before {
		t.Errorf("nothing but time came, and the state goes from %v to %v", before, after)
	}
	if body := s.page("/coverage"); !strings.Contains(body, "2025-11-14 13:00:00 UTC: complete") {
		t.Error("what was looked at since is not shown")
	}
	for name, change := range map[string][2]string{
		"an event":  {"2025-10-02T14:30:00Z olga", "2025-10-02T14:00:00Z olga RemoveMemberFromGroup audit dan\n2025-10-02T14:30:00Z olga"},
		"a silence": {"..2025-11-14T13:00Z", "..2025-11-24T13:00Z"},
	} {
		before := s.json("/state")["number"].(float64)
		s.server.Show(view(t, tell(t, strings.Replace(longer, change[0], change[1], 1))))
		if after := s.json("/state")["number"].(float64); after != before+1 {
			t.Errorf("%s came, and the state goes from %v to %v", name, before, after)
		}
	}
	s.server.Stale("the disk is gone")
	if got := s.json("/state")["fault"]; got != "the disk is gone" {
		t.Errorf("the fault is %v", got)
	}
	if body := s.page("/"); !strings.Contains(body, "could not be read again: the disk is gone") {
		t.Error("the page does not say that the evidence could not be read again")
	}
	s.server.Stale("")
	number := s.json("/state")["number"].(float64)
	s.server.Alert(someAlerts)
	s.server.Alert(someAlerts)
	if got := s.json("/state")["number"].(float64); got != number+1 {
		t.Errorf("alerts that came once changed the state by %v", got-number)
	}
	if code, _ := s.get("/alerts"); code != http.StatusOK {
		t.Errorf("the alerts answer %d", code)
	}
}

func TestParseAlert(t *testing.T) {
	t.Parallel()
	a, err := web.ParseAlert([]byte(`{"id":"a","rule":"r","title":"t","opened":"2025-09-01T00:00:00Z","summary":"s","group":"g","later":{"x":1}}`))
	if err != nil || a.ID != "a" || a.Group != "g" || !a.Closed.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"id":""}`, `{"id":"a","opened":"soon"}`} {
		if _, err := web.ParseAlert([]byte(bad)); err == nil {
			t.Errorf("%s was taken for an alert", bad)
		}
	}
}
