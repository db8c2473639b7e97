package idcenter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// sound checks what holds after any call: the answer is JSON, there is at most
// one record more, which can be read, and the store can be stored and restored.
func sound(t *testing.T, w *world, before int, named, failed bool, body []byte) {
	t.Helper()
	if body != nil && !json.Valid(body) {
		t.Errorf("the answer is not JSON: %q", body)
	}
	wanted := 0
	if named {
		wanted = 1
	}
	if got := w.log.Len() - before; got != wanted {
		t.Fatalf("%d records, want %d", got, wanted)
	}
	for _, e := range w.log.From(before) {
		if bytes.ContainsRune(e.Record, '\n') || !utf8.Valid(e.Record) || len(e.Record) > 300<<10 {
			t.Errorf("the record is not one line of text: %q", e.Record)
		}
		r, err := cloudtrail.Decode(e.Record)
		if err != nil || r.Failed() != failed || r.ID != e.ID {
			t.Errorf("the record can't be read or says otherwise (%v): %s", err, e.Record)
		}
	}
	again := newWorldWith(t, func(o *idcenter.Options) { o.Instance = w.Instance() })
	if err := again.DeleteToken(context.Background(), admin, again.Tokens()[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := again.Restore(w.Changes()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w.Snapshot(), again.Snapshot(), cmpopts.IgnoreFields(directory.Snapshot{}, "NotBefore", "NotAfter")); diff != "" {
		t.Errorf("what is restored differs:\n%s", diff)
	}
}

func FuzzSCIM(f *testing.F) {
	w := newWorld(f, idcenter.Behaviour{})
	u := w.user("ann")
	g := w.group("g", u)
	for _, seed := range []struct{ method, target, query, body string }{
		{"POST", "/Users", "", fullUser},
		{"PUT", "/Users/" + u, "", withID(u, userBody("ben"))},
		{"PATCH", "/Users/" + u, "", patch(`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a@example.com"}`, `{"op":"add","value":{"active":"False"}}`)},
		{"PATCH", "/Users/" + u, "", patch(`{"op":"remove","path":"name.middleName"}`)},
		{"PATCH", "/Groups/" + g, "", patch(`{"op":"add","path":"members","value":[{"value":"`+u+`"}]}`, `{"op":"remove","path":"members[value eq \"`+u+`\"]"}`)},
		{"POST", "/Groups", "", `{"displayName":"h","members":[{"value":"` + u + `"}]}`},
		{"GET", "/Users", `filter=id+eq+"` + u + `"+and+manager+eq+"x"&count=3`, ""},
		{"GET", "/Groups", `cursor&filter=members.value+eq+"` + u + `"`, ""},
		{"DELETE", "//Users/" + u + "/", "", ""},
		{"GET", "/Schemas", "", ""},
	} {
		f.Add(seed.method, seed.target, seed.query, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, method, target, query string, body []byte) {
		w := newWorld(t, idcenter.Behaviour{})
		// The ids are those of the seeds, since the world's seed is the same.
		w.group("g", w.user("ann"))
		before := w.log.Len()
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		r := w.SCIM(context.Background(), scimClient, idcenter.SCIMRequest{Tenant: testTenant, Method: method, Path: target, Query: q,
			Authorization: "Bearer " + w.token, Body: body})
		if r.Status >= 500 && r.Status != 501 || r.Status < 200 {
			t.Errorf("status %d: %v", r.Status, r.Err)
		}
		sound(t, w, before, r.Operation != "", r.Err != nil, r.Body)
	})
}

func FuzzAPI(f *testing.F) {
	w := newWorld(f, idcenter.Behaviour{})
	u := w.user("ann")
	g := w.group("g", u)
	for op, request := range map[string]string{
		"CreateUser":            apiUser,
		"UpdateUser":            `{"UserId":"` + u + `","Operations":[{"AttributePath":"name.familyName","AttributeValue":"x"},{"AttributePath":"aws:identitystore:enterprise.manager.value","AttributeValue":"m"}]}`,
		"UpdateGroup":           `{"GroupId":"` + g + `","Operations":[{"AttributePath":"displayName","AttributeValue":"x"}]}`,
		"CreateGroup":           `{"DisplayName":"h","Description":"d"}`,
		"CreateGroupMembership": `{"GroupId":"` + g + `","MemberId":{"UserId":"` + u + `"}}`,
		"IsMemberInGroups":      `{"GroupIds":["` + g + `"],"MemberId":{"UserId":"` + u + `"}}`,
		"GetUserId":             `{"AlternateIdentifier":{"UniqueAttribute":{"AttributePath":"userName","AttributeValue":"ann"}}}`,
		"ListUsers":             `{"MaxResults":3,"NextToken":"x","Filters":[{"AttributePath":"UserName","AttributeValue":"ann"}],"Extensions":["aws:identitystore:enterprise"]}`,
		"UpdateIdentityStore":   `{"NetworkConfiguration":{"VpceAccessRequired":true,"ApiAllowSourceIps":["203.0.113.0/24"]}}`,
		"CreateAccountAssignment": `{"InstanceArn":"` + w.Instance() + `","TargetId":"444455556666","TargetType":"AWS_ACCOUNT","PrincipalType":"GROUP","PrincipalId":"` + g + `",` +
			`"PermissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"}`,
	} {
		f.Add(op, []byte(w.inStore(request)))
	}
	f.Fuzz(func(t *testing.T, op string, request []byte) {
		w := newWorld(t, idcenter.Behaviour{})
		w.group("g", w.user("ann"))
		before := w.log.Len()
		serve := w.API
		if strings.Contains(op, "Assignment") || op == "ListInstances" {
			serve = w.SSO
		}
		body, err := serve(context.Background(), admin, op, request)
		e, _ := err.(*idcenter.Error)
		if e != nil {
			body = e.APIBody("r")
			if e.Status >= 500 {
				t.Errorf("status %d: %v", e.Status, e)
			}
		}
		sound(t, w, before, e == nil || e.Name != "UnknownOperationException", e != nil, body)
	})
}

func FuzzLookupEvents(f *testing.F) {
	f.Add([]byte(`{"LookupAttributes":[{"AttributeKey":"EventSource","AttributeValue":"`+awsid.SourceSCIM+`"}],"StartTime":1793528000,"EndTime":1793529000.5,"MaxResults":2}`), int64(0))
	f.Add([]byte(`{"NextToken":"abc","EventCategory":"insight"}`), int64(5))
	w := newWorld(f, idcenter.Behaviour{})
	w.group("g", w.user("ann"))
	f.Fuzz(func(t *testing.T, request []byte, delay int64) {
		body, err := w.log.LookupEvents(request, w.clock(), time.Duration(delay))
		if err != nil {
			if e, ok := err.(*idcenter.Error); !ok || e.Status != 400 {
				t.Errorf("the error is %v", err)
			}
			return
		}
		var page lookupPage
		if err := json.Unmarshal(body, &page); err != nil || len(page.Events) > w.log.Len() {
			t.Errorf("%v: %s", err, body)
		}
	})
}

func FuzzRestore(f *testing.F) {
	w := newWorld(f, idcenter.Behaviour{})
	w.scim("POST", "/Users", fullUser)
	w.api("CreateUser", strings.ReplaceAll(apiUser, "avery", "other"))
	w.group("g", w.user("ann"))
	for c := range w.Changes() {
		f.Add(string(c.Kind), []byte(c.JSON))
	}
	f.Fuzz(func(t *testing.T, kind string, stored []byte) {
		w := newWorld(t, idcenter.Behaviour{})
		err := w.Restore(func(yield func(idcenter.Change, error) bool) {
			yield(idcenter.Change{Kind: idcenter.Kind(kind), ID: "x", JSON: stored}, nil)
		})
		if err != nil {
			return
		}
		// What was taken can be listed, stored and taken again.
		if a := w.scim("GET", "/Users", ""); a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		again := newWorld(t, idcenter.Behaviour{})
		if err := again.DeleteToken(context.Background(), admin, again.Tokens()[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := again.Restore(w.Changes()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.Snapshot(), again.Snapshot(), cmpopts.IgnoreFields(directory.Snapshot{}, "NotBefore", "NotAfter", "Instances")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestARecordIsBounded: whatever a client sends, its record stays of a size that
// CloudTrail would keep, and says who did what.
func TestARecordIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	g := w.group("g")
	huge := strings.Repeat("x", 1<<20)
	before := w.log.Len()
	a := w.scim("PATCH", "/Groups/"+g, patch(`{"op":"add","path":"`+huge+`","value":"v"}`))
	if a.Status != 400 {
		t.Errorf("status %d", a.Status)
	}
	w.api("DescribeGroup", `{"GroupId":"`+huge+`"}`)
	for _, e := range w.log.From(before) {
		if len(e.Record) > 256<<10 {
			t.Errorf("the record of %s has %d bytes", e.Name, len(e.Record))
		}
	}
	if r := w.records(before)[0]; r.Name != "PatchGroup" || r.Identity.AccessKey == "" {
		t.Errorf("the record is %s", r.Raw)
	}
}
