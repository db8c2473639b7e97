package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

func userAnswer(t testing.TB, c *casefile.Case, l *ledger.Ledger, user, group string) *diagnose.Answer {
	t.Helper()
	a, err := diagnose.User(c, l, user, group)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func eventsOf(c *casefile.Case) []*casefile.Event {
	var out []*casefile.Event
	for i := range c.Events {
		out = append(out, &c.Events[i])
	}
	return out
}

func TestEventFormats(t *testing.T) {
	t.Parallel()
	c := incident(t)
	l := ledger.Build(c)
	events := eventsOf(c)
	golden(t, "events.csv", render(t, func(w io.Writer) error { return report.EventsCSV(w, events, l) }))
	golden(t, "events.ocsf.jsonl", render(t, func(w io.Writer) error { return report.EventsOCSF(w, events, l, "0.0.0-test") }))
	golden(t, "events-wide.txt", render(t, func(w io.Writer) error { return report.EventsTable(w, events, l, report.Style{Width: 200}) }))
	golden(t, "events-narrow.txt", render(t, func(w io.Writer) error { return report.EventsTable(w, events, l, report.Style{Width: 80}) }))
}

func TestADeletionByMembershipIDIsResolved(t *testing.T) {
	t.Parallel()
	c := incident(t)
	rows, err := csv.NewReader(bytes.NewReader(render(t, func(w io.Writer) error { return report.EventsCSV(w, eventsOf(c), ledger.Build(c)) }))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	found := 0
	for _, row := range rows {
		if row[column("name")] != "DeleteGroupMembership" {
			continue
		}
		found++
		want := [2]string{engineers, "blake@example.com"}
		if row[column("membership_id")] == membership(99) {
			want = [2]string{}
		}
		if got := [2]string{row[column("group_id")], row[column("user_name")]}; got != want {
			t.Errorf("%s removed %v, want %v", row[column("id")], got, want)
		}
	}
	if found != 2 {
		t.Errorf("%d deletions, want 2", found)
	}
}

// ocsfRequired are the required attributes, and of which at least one is
// required, of the classes and objects that are written: ocsf-schema at tag
// 1.4.0, events/ and objects/.
var (
	ocsfRequired = map[string][]string{
		"event":    {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "cloud"},
		"6003":     {"actor", "api", "src_endpoint"},
		"3006":     {"group"},
		"3001":     {"user"},
		"metadata": {"product", "version"},
		"api":      {"operation"},
		"request":  {"uid"},
		"cloud":    {"provider"},
	}
	ocsfOneOf = map[string][]string{
		"actor":        {"process", "user", "invoked_by", "session", "app_name", "app_uid"},
		"user":         {"account", "name", "uid"},
		"group":        {"name", "uid"},
		"product":      {"name", "uid"},
		"feature":      {"name", "uid"},
		"service":      {"name", "uid"},
		"account":      {"name", "uid"},
		"idp":          {"name", "uid"},
		"src_endpoint": {"ip", "uid", "name", "hostname", "svc_name", "domain"},
	}
	ocsfActivities = map[float64][]float64{6003: {0, 1, 2, 3, 4, 99}, 3006: {0, 1, 2, 3, 4, 5, 6, 99}, 3001: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99}}
)

func checkOCSF(t *testing.T, where string, doc map[string]any) {
	t.Helper()
	for key, v := range doc {
		if child, ok := v.(map[string]any); ok && key != "unmapped" {
			checkOCSF(t, key, child)
		}
	}
	for _, name := range ocsfRequired[where] {
		if doc[name] == nil {
			t.Errorf("%s has no %s: %v", where, name, doc)
		}
	}
	one := ocsfOneOf[where]
	if one != nil && !slices.ContainsFunc(one, func(name string) bool { return doc[name] != nil }) {
		t.Errorf("%s has none of %v", where, one)
	}
}

func TestOCSFHoldsWhatTheSchemaAsksFor(t *testing.T) {
	t.Parallel()
	cases := map[string]*casefile.Case{"the incident": incident(t)}
	for name, poison := range poisons {
		cases[name] = poisoned(t, poison)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := render(t, func(w io.Writer) error { return report.EventsOCSF(w, eventsOf(c), ledger.Build(c), "") })
			for line := range bytes.Lines(out) {
				var doc map[string]any
				if err := json.Unmarshal(line, &doc); err != nil {
					t.Fatal(err)
				}
				class, activity := doc["class_uid"].(float64), doc["activity_id"].(float64)
				checkOCSF(t, "event", doc)
				for _, name := range ocsfRequired[fmt.Sprint(class)] {
					if doc[name] == nil {
						t.Errorf("class %v has no %s", class, name)
					}
				}
				if doc["type_uid"] != class*100+activity || doc["category_uid"] != math.Floor(class/1000) || !slices.Contains(ocsfActivities[class], activity) {
					t.Errorf("type %v, category %v, activity %v do not belong to class %v", doc["type_uid"], doc["category_uid"], activity, class)
				}
			}
		})
	}
}

func TestOCSFClassOfEachKindOfEvent(t *testing.T) {
	t.Parallel()
	op := func(what string) cloudtrail.SCIMOperation { return cloudtrail.SCIMOperation{Op: what, Path: "members"} }
	for _, c := range []struct {
		name   string
		action cloudtrail.Action
		want   float64
	}{
		{"a membership made over the API is Add User", cloudtrail.APICreateMembership(store, analysts, user(1), membership(1)), 300603},
		{"a click in the console is Add User", cloudtrail.ConsoleAddMember(store, analysts, user(1)), 300603},
		{"a removal in the console is Remove User", cloudtrail.ConsoleRemoveMember(store, analysts, user(1)), 300604},
		{"a removal whose group nobody knows is an API call", cloudtrail.APIDeleteMembership(store, membership(9)), 600304},
		{"a SCIM patch that adds is Add User without a user", cloudtrail.SCIMPatchGroup(tenant, analysts, op("add")), 300603},
		{"a SCIM patch that removes is Remove User", cloudtrail.SCIMPatchGroup(tenant, analysts, op("remove")), 300604},
		{"a SCIM patch that does both is of another kind", cloudtrail.SCIMPatchGroup(tenant, analysts, op("add"), op("remove")), 300699},
		{"a group made is Create", cloudtrail.SCIMCreateGroup(tenant, analysts, false), 300606},
		{"a group deleted is Delete", cloudtrail.SCIMDeleteGroup(tenant, analysts), 300605},
		{"a user made is Create", cloudtrail.SCIMCreateUser(tenant, user(1), true), 300101},
		{"a user disabled is Disable", cloudtrail.SCIMSetActive(tenant, user(1), false), 300105},
		{"a user deleted is Delete", cloudtrail.APIDeleteUser(store, user(1)), 300106},
		{"a user changed is an API call", cloudtrail.SCIMPutUser(tenant, user(1), true), 600303},
		{"a read is an API call", cloudtrail.APIRead("DescribeGroup", store, analysts, ""), 600302},
		{"a token made is an API call", cloudtrail.ConsoleStore("CreateBearerToken", store), 600301},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			if c.action.Source == awsid.SourceSCIM {
				s.scim(day(1), c.action)
			} else {
				s.person(day(1), "riley@example.com", home, cliUA, c.action)
			}
			built := s.b.Build()
			out := render(t, func(w io.Writer) error { return report.EventsOCSF(w, eventsOf(built), ledger.Build(built), "") })
			var doc map[string]any
			if err := json.Unmarshal(out, &doc); err != nil {
				t.Fatal(err)
			}
			if doc["type_uid"] != c.want {
				t.Errorf("type_uid is %v, want %v", doc["type_uid"], c.want)
			}
		})
	}
}

func TestTableFitsEveryWidth(t *testing.T) {
	t.Parallel()
	c := incident(t)
	l := ledger.Build(c)
	for width := 70; width <= 240; width++ {
		out := render(t, func(w io.Writer) error { return report.EventsTable(w, eventsOf(c), l, report.Style{Width: width}) })
		for line := range bytes.Lines(out) {
			if n := report.Width(string(bytes.TrimSuffix(line, []byte("\n")))); n > width {
				t.Fatalf("at %d columns a line takes %d: %s", width, n, line)
			}
			if !bytes.HasPrefix(line, []byte("2025-09-")) && !bytes.HasPrefix(line, []byte("TIME")) {
				t.Fatalf("at %d columns a time is cut: %s", width, line)
			}
		}
	}
}
