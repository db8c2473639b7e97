package idcenter_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// TestSwitches shows what each switch does that no other test shows, beside what
// happens without it.
func TestSwitches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		with    idcenter.Behaviour
		look    func(w *world) any
		off, on any
	}{
		{name: "PUT of a group is a bad request", with: idcenter.Behaviour{PutGroup400: true}, off: 501, on: 400,
			look: func(w *world) any { return w.scim("PUT", "/Groups/"+w.group("g"), `{"displayName":"n"}`).Status }},
		{name: "a group has no members key", with: idcenter.Behaviour{OmitMembers: true}, off: true, on: false,
			look: func(w *world) any {
				_, there := w.scim("GET", "/Groups/"+w.group("g"), "").body["members"]
				return there
			}},
		{name: "count is checked", with: idcenter.Behaviour{CountOutOfRange400: true}, off: 200, on: 400,
			look: func(w *world) any { return w.scim("GET", "/Users?count=101", "").Status }},
		{name: "users are inactive unless it is said", with: idcenter.Behaviour{InactiveByDefault: true}, off: true, on: false,
			look: func(w *world) any {
				return w.scim("POST", "/Users", `{"userName":"a","name":{"familyName":"F","givenName":"G"},"displayName":"D"}`).body["active"]
			}},
		{name: "profileUrl is shown", with: idcenter.Behaviour{ReturnProfileURL: true}, off: nil, on: "https://login.example.com/avery",
			look: func(w *world) any { return w.scim("POST", "/Users", fullUser).body["profileUrl"] }},
		{name: "totals are true", with: idcenter.Behaviour{TrueTotals: true}, off: 2.0, on: 3.0,
			look: func(w *world) any {
				for i := range 3 {
					w.user(fmt.Sprint("u", i))
				}
				return w.scim("GET", "/Users?count=2", "").body["totalResults"]
			}},
		{name: "totals of members are true", with: idcenter.Behaviour{TrueTotals: true}, off: 1.0, on: 3.0,
			look: func(w *world) any {
				g := w.group("g", w.user("a"), w.user("b"), w.user("c"))
				return w.scim("GET", `/Users?count=1&filter=groups.value eq "`+g+`"`, "").body["totalResults"]
			}},
		{name: "pages are those of before 2025", with: idcenter.Behaviour{LegacyPaging: true}, off: "60 <nil>", on: "50 50",
			look: func(w *world) any {
				for i := range 60 {
					w.user(fmt.Sprint("u", i))
				}
				a := w.scim("GET", "/Users?cursor", "")
				return fmt.Sprint(len(ids(a)), a.body["totalResults"])
			}},
		{name: "errors of the API have the status of the model", with: idcenter.Behaviour{ModelStatus: true}, off: 400, on: 404,
			look: func(w *world) any {
				_, err := w.api("DescribeGroup", `{"GroupId":"`+nobody+`"}`)
				return w.APIStatus(err)
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.look(newWorld(t, idcenter.Behaviour{})); got != test.off {
				t.Errorf("without it: %v, want %v", got, test.off)
			}
			if got := test.look(newWorld(t, test.with)); got != test.on {
				t.Errorf("with it: %v, want %v", got, test.on)
			}
		})
	}
}

func TestListingInOrderOfCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{ListByCreation: true})
	var want []string
	for i := range 30 {
		want = append(want, w.user(fmt.Sprint("u", i)))
	}
	w.scim("PUT", "/Users/"+want[3], withID(want[3], userBody("renamed")))
	if got := ids(w.scim("GET", "/Users", "")); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{Throttle: true})
	burst := func(call func() int) (passed int) {
		for range 60 {
			if call() != 429 {
				passed++
			}
		}
		return passed
	}
	list := func() int { return w.scim("GET", "/Users", "").Status }
	drop := func() int { return w.scim("DELETE", "/Users/"+nobody, "").Status }
	if n := burst(list); n != 40 {
		t.Errorf("%d reads passed, want 40", n)
	}
	if n := burst(drop); n != 25 {
		t.Errorf("%d writes passed, want 25", n)
	}
	if a := w.scim("DELETE", "/Users/"+nobody, ""); a.Err.RetryAfter != time.Second || w.last().ErrorCode != "ThrottlingException" {
		t.Errorf("answered %s, after %v", a.Body, a.Err.RetryAfter)
	}
	if a := w.scim("DELETE", "/Groups/"+nobody, ""); a.Status != 404 {
		t.Errorf("another operation is throttled with it: %d", a.Status)
	}
	w.advance(time.Second / 5)
	if n := burst(drop); n != 5 {
		t.Errorf("after a fifth of a second %d writes passed, want 5", n)
	}
	if n := burst(func() int { _, err := w.api("ListUsers", "{}"); return statusOf(err) }); n != 20 {
		t.Errorf("%d calls of the API passed, want 20", n)
	}
}

func TestTheConsole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, idcenter.Behaviour{})
	do := func(op string, r idcenter.ConsoleRequest) string {
		t.Helper()
		id, err := w.Console(ctx, admin, op, r)
		if err != nil {
			t.Fatalf("%s: %v", op, err)
		}
		return id
	}
	u := do("CreateUser", idcenter.ConsoleRequest{Name: "ann"})
	g := do("CreateGroup", idcenter.ConsoleRequest{Name: "g"})
	do("AddMemberToGroup", idcenter.ConsoleRequest{Group: g, User: u})
	if got := w.members(g); len(got) != 1 {
		t.Errorf("members are %v", got)
	}
	do("DisableUser", idcenter.ConsoleRequest{User: u})
	if got := w.scim("GET", "/Users/"+u, "").body["active"]; got != false {
		t.Errorf("active is %v", got)
	}
	do("EnableUser", idcenter.ConsoleRequest{User: u})
	do("UpdateGroup", idcenter.ConsoleRequest{Group: g, Name: "h"})
	do("RemoveMemberFromGroup", idcenter.ConsoleRequest{Group: g, User: u})
	do("EnableExternalIdPConfigurationForDirectory", idcenter.ConsoleRequest{})
	do("DeleteUser", idcenter.ConsoleRequest{User: u})
	do("DeleteGroup", idcenter.ConsoleRequest{Group: g})
	for op, r := range map[string]idcenter.ConsoleRequest{
		"AddMemberToGroup": {Group: g, User: u}, "RemoveMemberFromGroup": {Group: g, User: u}, "UpdateGroup": {Group: g, Name: "x"}, "DeleteGroup": {Group: g},
		"DeleteUser": {User: u}, "CreateGroup": {}, "CreateUser": {Name: "a b"},
	} {
		_, err := w.Console(ctx, admin, op, r)
		if e, ok := errors.AsType[*idcenter.Error](err); !ok || e.Status != 404 && e.Status != 400 {
			t.Errorf("%s of what is not there: %v", op, err)
		}
		if last := w.last(); !last.Failed() || last.Name != op {
			t.Errorf("the record is %s", last.Raw)
		}
	}
	var got []cloudtrail.Effect
	for _, r := range w.records(0) {
		if r.Source == "sso-directory.amazonaws.com" && !r.Failed() {
			if !r.FromConsole {
				t.Errorf("not from the console: %s", r.Raw)
			}
			got = append(got, r.Effect)
		}
	}
	want := []cloudtrail.Effect{cloudtrail.UserCreated, cloudtrail.GroupCreated, cloudtrail.MemberAdded, cloudtrail.UserDisabled, cloudtrail.UserEnabled,
		cloudtrail.GroupUpdated, cloudtrail.MemberRemoved, cloudtrail.SourceChanged, cloudtrail.UserDeleted, cloudtrail.GroupDeleted}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("recorded %v\nwant     %v", got, want)
	}
}

func TestTheConsoleSince2025(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newWorld(t, idcenter.Behaviour{NewConsole: true})
	u := w.user("ann")
	g := w.group("g")
	for _, op := range []string{"AddMemberToGroup", "RemoveMemberFromGroup"} {
		if _, err := w.Console(ctx, admin, op, idcenter.ConsoleRequest{Group: g, User: u}); err != nil {
			t.Fatal(err)
		}
		r := w.last()
		want := map[string]string{"AddMemberToGroup": "CreateGroupMembership", "RemoveMemberFromGroup": "DeleteGroupMembership"}[op]
		if r.Name != want || r.Source != "identitystore.amazonaws.com" || r.UserAgent != "AWS Internal" || r.Subject.Membership == "" {
			t.Errorf("%s is recorded as %s", op, r.Raw)
		}
	}
}
