package upstream_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

func TestPushEventsOfAGroup(t *testing.T) {
	t.Parallel()
	const objects = `[{"id":"00g1","type":"OKTA_GROUP","profile":{"name":"Readers"}},{"id":"00g9","type":"OKTA_GROUP","profile":{"name":"Readers-EU"}},
		{"id":"gPm1","sourceGroupId":"00g1","targetGroupId":"00g2","status":"ACTIVE"}]`
	event := func(kind, outcome, targets string) string {
		return fmt.Sprintf(`{"uuid":"e","published":"2026-03-04T11:22:33Z","eventType":%q,"outcome":%s,"target":[%s]}`, kind, outcome, targets)
	}
	const push, failed = "application.provision.group_push.push_memberships", "application.provision.group.add"
	const ok, failure = `{"result":"SUCCESS"}`, `{"result":"FAILURE","reason":"Error while creating group \"Readers\": Conflict"}`
	const app = `{"id":"0oa1","type":"AppInstance","displayName":"AWS"}`
	for _, row := range []struct {
		name, event string
		want        bool
	}{
		{"the group by its name", event(push, ok, app+`,{"id":"00gX","type":"UserGroup","displayName":"Readers"}`), true},
		{"the group by its name in another case", event(push, ok, `{"id":"00gX","displayName":"READERS"}`), true},
		{"the group by its id, first in the list", event(push, ok, `{"id":"00g1","displayName":"old name"},`+app), true},
		{"the group downstream, last in the list", event(push, ok, app+`,{"id":"00g2"}`), true},
		{"the mapping by its id", event(push, ok, app+`,{"id":"gPm1"}`), true},
		{"the older family of types", event("app.user_management.grouppush.mapping.okta.users.ignored", ok, `{"id":"00g1"}`), true},
		{"a failure that names it in its reason only", event(failed, failure, app), true},
		{"a success that has its name in the reason", event(failed, `{"result":"SUCCESS","reason":"Readers"}`, app), false},
		{"a failure of another group that mentions it", event(failed, failure, `{"id":"00g9","displayName":"Readers-EU"}`), false},
		{"a failure of a group whose name begins alike", event(failed, `{"result":"FAILURE","reason":"group Readers-EU is missing"}`, app), false},
		{"an app of the same name", event(push, ok, `{"id":"0oa2","type":"AppInstance","displayName":"Readers"}`), false},
		{"another group", event(push, ok, `{"id":"00g9","displayName":"Readers-EU"}`), false},
		{"a change of members within Okta", event("group.user_membership.add", ok, `{"id":"00g1","displayName":"Readers"}`), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			state, _, _, err := upstream.Parse([]byte(objects + row.event))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(state.PushEvents("Readers")) == 1; got != row.want {
				t.Errorf("found %v, want %v", got, row.want)
			}
			if got := state.PushEvents(""); len(got) > 0 {
				t.Errorf("a group without a name has %d events", len(got))
			}
		})
	}
}

func TestGroupsOfOneNameAreAllReturned(t *testing.T) {
	t.Parallel()
	state, _, _, err := upstream.Parse([]byte(`[{"id":"00g2","type":"APP_GROUP","profile":{"name":"Readers"}},{"id":"00g1","type":"OKTA_GROUP","profile":{"name":"Readers"}},
		{"id":"00g3","type":"OKTA_GROUP","profile":{"name":"READERS"}}]`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"Readers": {"00g1", "00g2"}, "READERS": {"00g3"}, "readers": {"00g1", "00g2", "00g3"}, "x": nil} {
		var got []string
		for _, g := range state.GroupsNamed(name) {
			got = append(got, g.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMergeKeepsTheNewestVersionOfAnEntry(t *testing.T) {
	t.Parallel()
	parse := func(s string) upstream.State {
		state, _, _, err := upstream.Parse([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	older := parse(`{"id":"gPm1","sourceGroupId":"00g1","status":"ACTIVE","lastUpdated":"2026-01-01T00:00:00Z"}`)
	newer := parse(`{"id":"gPm1","sourceGroupId":"00g1","status":"ERROR","lastUpdated":"2026-02-01T00:00:00Z"}`)
	for _, got := range []upstream.State{upstream.Merge(older, newer), upstream.Merge(newer, older), upstream.Merge(newer, upstream.State{}, newer, older)} {
		if diff := cmp.Diff(newer, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if !upstream.Merge().Empty() || older.Empty() {
		t.Error("nothing merged must be empty, and a mapping must not be")
	}
}

func TestEventsComeInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	state, _, _, err := upstream.Parse([]byte(`[{"uuid":"a","published":"2026-03-02T00:00:00Z","eventType":"x"},{"uuid":"b","published":"2026-03-01T00:00:00Z","eventType":"x"},{"uuid":"a","published":"2026-03-02T00:00:00Z","eventType":"x"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(state.Okta.Events); n != 2 || state.Okta.Events[0].UUID != "b" || !state.Okta.Events[1].Published.Equal(at("2026-03-02T00:00:00Z")) {
		t.Errorf("%d events: %+v", n, state.Okta.Events)
	}
}
