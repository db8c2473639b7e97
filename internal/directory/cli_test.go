package directory_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// TestOutputOfTheRealCLI runs the AWS CLI against a stand-in of the Identity
// Store API that answers in pages, as the service does on the wire (cloudtrail
// reference 6.1), and reads what the CLI prints.
func TestOutputOfTheRealCLI(t *testing.T) {
	t.Parallel()
	aws, err := exec.LookPath("aws")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the aws command is not installed; CI must have it")
		}
		t.Skip("the aws command is not installed, so its output is not checked")
	}
	server := httptest.NewServer(http.HandlerFunc(standIn))
	t.Cleanup(server.Close)

	created := time.Date(2026, 1, 1, 12, 0, 0, 250e6, time.UTC)
	audit := directory.Audit{CreatedAt: created}
	snapshot := func(s directory.Snapshot) directory.Snapshot {
		s.Store, s.Clock, s.NotBefore = store, directory.ClockContent, created
		return s
	}
	annIn := directory.Membership{ID: "c4d8f4c8-3011-7001-8f00-000000000001", Group: readers, User: ann, Audit: audit}
	boIn := directory.Membership{ID: "c4d8f4c8-3011-7002-8f00-000000000002", Group: readers, User: bo, Audit: audit}
	group := directory.Group{ID: readers, Name: "Readers", Description: "may read",
		ExternalIDs: []directory.ExternalID{{Issuer: "https://idp.example.com", ID: "00g1"}}, Audit: audit}
	for _, row := range []struct {
		name string
		args []string
		kind string
		want directory.Snapshot
	}{
		{"list-users", []string{"list-users"}, directory.KindUsers, snapshot(directory.Snapshot{AllUsers: true,
			Users: []directory.User{{ID: ann, UserName: "ann", Email: "ann@example.com", Status: "ENABLED", Audit: audit}, {ID: bo, UserName: "bo"}}})},
		{"list-groups", []string{"list-groups"}, directory.KindGroups, snapshot(directory.Snapshot{AllGroups: true,
			Groups: []directory.Group{group, {ID: writers, Name: "Writers"}}})},
		{"list-groups, stopped by --max-items", []string{"list-groups", "--max-items", "1"}, directory.KindGroups, snapshot(directory.Snapshot{Truncated: true,
			Groups: []directory.Group{group}})},
		{"list-groups through --query", []string{"list-groups", "--query", "Groups"}, directory.KindGroup, snapshot(directory.Snapshot{
			Groups: []directory.Group{group, {ID: writers, Name: "Writers"}}})},
		{"list-group-memberships", []string{"list-group-memberships", "--group-id", readers}, directory.KindMemberships, snapshot(directory.Snapshot{
			MembersOf: []string{readers}, Memberships: []directory.Membership{annIn, boIn}})},
		{"describe-group", []string{"describe-group", "--group-id", readers}, directory.KindGroup, snapshot(directory.Snapshot{
			Groups: []directory.Group{group}})},
	} {
		for _, format := range []string{"none", "iso8601"} {
			t.Run(row.name+", times "+format, func(t *testing.T) {
				t.Parallel()
				out := runCLI(t, aws, server.URL, format, row.args)
				got, kind, err := directory.Parse(out)
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if kind != row.kind {
					t.Errorf("kind %q, want %q", kind, row.kind)
				}
				if diff := cmp.Diff(row.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("snapshot (-want +got):\n%s\n%s", diff, out)
				}
			})
		}
	}
}

// runCLI runs one operation with a configuration of its own and returns what it
// printed.
func runCLI(t *testing.T, aws, endpoint, timestamps string, args []string) []byte {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[default]\ncli_timestamp_format = "+timestamps+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := []string{"identitystore", args[0], "--identity-store-id", store,
		"--endpoint-url", endpoint, "--region", "us-east-1", "--output", "json"}
	cmd := exec.CommandContext(t.Context(), aws, append(line, args[1:]...)...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=example", "AWS_SESSION_TOKEN=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+config, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"AWS_PAGER=", "AWS_PROFILE=default", "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return out
}

// standIn answers as the Identity Store API, two pages a list.
func standIn(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	page := 0
	if strings.Contains(body.String(), `"page2"`) {
		page = 1
	}
	const group = `{"GroupId":"READERS","DisplayName":"Readers","Description":"may read","IdentityStoreId":"STORE",` +
		`"ExternalIds":[{"Issuer":"https://idp.example.com","Id":"00g1"}],"CreatedAt":1.76726880025E9}`
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	answers := map[string][2]string{
		"ListUsers": {
			`{"Users":[{"UserId":"ANN","UserName":"ann","IdentityStoreId":"STORE","UserStatus":"ENABLED","Emails":[{"Value":"ann@example.com","Primary":true}],"CreatedAt":1767268800.25}],"NextToken":"page2"}`,
			`{"Users":[{"UserId":"BO","UserName":"bo","IdentityStoreId":"STORE"}]}`},
		"ListGroups": {
			`{"Groups":[` + group + `],"NextToken":"page2"}`,
			`{"Groups":[{"GroupId":"WRITERS","DisplayName":"Writers","IdentityStoreId":"STORE"}]}`},
		"ListGroupMemberships": {
			`{"GroupMemberships":[{"MembershipId":"c4d8f4c8-3011-7001-8f00-000000000001","GroupId":"READERS","MemberId":{"UserId":"ANN"},"IdentityStoreId":"STORE","CreatedAt":1767268800.25}],"NextToken":"page2"}`,
			`{"GroupMemberships":[{"MembershipId":"c4d8f4c8-3011-7002-8f00-000000000002","GroupId":"READERS","MemberId":{"UserId":"BO"},"IdentityStoreId":"STORE","CreatedAt":1767268800.25}]}`},
		"DescribeGroup": {group, group},
	}
	answer, ok := answers[operation]
	if !ok {
		http.Error(w, `{"__type":"UnknownOperationException"}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_, _ = w.Write(in(answer[page])) // the CLI reports a broken answer itself
}
