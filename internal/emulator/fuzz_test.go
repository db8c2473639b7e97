package emulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/emulator"
)

// FuzzRequests: whatever is asked is answered, with the id of the request, with
// JSON, within bounds and without a panic; and everything recorded is JSON.
func FuzzRequests(f *testing.F) {
	for _, seed := range []struct{ method, path, query, target, body string }{
		{"POST", "/TENANT/scim/v2/Users", "", "", user("ann")},
		{"GET", "/TENANT/scim/v2//Users/", `filter=userName+eq+"ann"&cursor`, "", ""},
		{"PATCH", "/TENANT/scim/v2/Groups/x", "", "", `{"Operations":[{"op":"add","path":"members","value":[{"value":"y"}]}]}`},
		{"PUT", "/TENANT/scim/v2/Users/x", "", "", `{"id":"x"}`},
		{"DELETE", "/TENANT/scim/v2/Users/x", "", "", ""},
		{"POST", "/", "", "AWSIdentityStore.CreateUser", `{"IdentityStoreId":"STORE","UserName":"bob","Name":{"GivenName":"B","FamilyName":"B"},"DisplayName":"B"}`},
		{"POST", "/", "", "AWSIdentityStore.ListUsers", `{"IdentityStoreId":"STORE","MaxResults":1,"NextToken":"x"}`},
		{"POST", "/", "", "AWSIdentityStore.UpdateGroup", `{"IdentityStoreId":"STORE","GroupId":"x","Operations":[{"AttributePath":"displayName","AttributeValue":1}]}`},
		{"POST", "/", "", "SWBExternalService.CreateAccountAssignment", `{"InstanceArn":"x"}`},
		{"POST", "/", "", "CloudTrail_20131101.LookupEvents", `{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"CreateUser"}],"StartTime":1e9}`},
		{"POST", "/", "", "CloudTrail_20131101.ListPublicKeys", `{"StartTime":-1}`},
		{"POST", "/_admin/faults", "", "", `{"rate429":0}`},
		{"POST", "/_admin/tokens/x/expire", "", "", ``},
		{"POST", "/_admin/callers", "", "", `{"type":"AssumedRole","role":"r","name":"n"}`},
		{"POST", "/_admin/console", "", "", `{"operation":"AddMemberToGroup","group":"x","user":"y"}`},
		{"GET", "/_admin/../x", "", "", ``},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.target, []byte(seed.body), "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260302/us-east-1/identitystore/aws4_request, SignedHeaders=host, Signature=00")
	}
	panicked := errors.New("")
	e, err := emulator.Open(f.Context(), emulator.Config{Warn: func(err error) { panicked = err }})
	if err != nil {
		f.Fatal(err)
	}
	defer e.Close()
	ready, err := e.Ready("http://127.0.0.1:1", "")
	if err != nil {
		f.Fatal(err)
	}
	fill := strings.NewReplacer("TENANT", ready.TenantID, "STORE", ready.IdentityStoreID)
	f.Fuzz(func(t *testing.T, method, path, query, target string, body []byte, authorization string) {
		path = fill.Replace(path)
		if strings.HasPrefix(path, "/"+ready.TenantID) {
			authorization = "Bearer " + ready.Token
		}
		if strings.Contains(path, "/tokens") && method != "GET" || strings.Contains(path, "clock") || strings.Contains(path, "faults") {
			return // what would end or stop the emulator
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, &http.Request{Method: method, URL: &url.URL{Path: path, RawQuery: query}, Host: "127.0.0.1", RemoteAddr: "127.0.0.1:2",
			Header: http.Header{"X-Amz-Target": {target}, "Authorization": {authorization}}, Body: io.NopCloser(strings.NewReader(fill.Replace(string(body)))),
			ContentLength: -1})
		if panicked.Error() != "" {
			t.Fatalf("warned of: %v", panicked)
		}
		answer := w.Body.Bytes()
		if w.Code < 200 || w.Code > 599 || len(requestIDs(w.Header())) != 1 || len(answer) > 4<<20 {
			t.Errorf("answered %d with %d bytes, %v", w.Code, len(answer), w.Header())
		}
		if len(answer) > 0 && !json.Valid(bytes.TrimSpace(answer)) {
			t.Errorf("answered %d %q", w.Code, answer)
		}
		log, err := e.Log(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range log.From(log.Len() - 1) {
			if !json.Valid(event.Record) || bytes.ContainsRune(event.Record, '\n') || len(event.Record) > 256<<10 {
				t.Errorf("recorded %.500q", event.Record)
			}
		}
	})
}

// requestIDs is what stands in the header as AWS spells it.
func requestIDs(h http.Header) []string {
	name := "x-amzn-RequestId"
	return h[name]
}
