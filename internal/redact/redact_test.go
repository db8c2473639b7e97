package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/redact"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

const (
	homeAccount = "111122223333"
	homeStore   = "d-9a67000001"
	aGroup      = "9a67000001-84c8d4a8-7061-4d2b-9c3e-0123456789ab"
	aUser       = "94482488-3041-7026-ab52-53c4e2a1b0c9"
	aMembership = "34f8b458-10c1-70d5-8a5b-6f7e8d9c0b1a"
)

// callOf is a CreateGroupMembership by an IAM user of that name.
func callOf(name string) cloudtrail.Draft {
	return cloudtrail.Draft{
		Time: time.Date(2025, 9, 16, 10, 0, 0, 0, time.UTC), ID: "0b7e1c1e-5d5c-4f0a-9d0b-2f6d7c8b9a01", RequestID: "1c8f2d2f-6e6d-4a1b-8e1c-3a7e8d9c0b12",
		Account: homeAccount, Region: "us-east-2", SourceIP: "198.51.100.7", UserAgent: "aws-cli/2.31.3 md/command#identitystore.create-group-membership",
		Action: cloudtrail.APICreateMembership(homeStore, aGroup, aUser, aMembership),
		Caller: cloudtrail.Caller{Type: "IAMUser", Account: homeAccount, RoleID: "AIDAEXAMPLEEXAMPLE00", Session: name, AccessKey: "AKIAEXAMPLEEXAMPLE00"},
	}
}

// caseOf is the case of one file with these records and a snapshot of a user.
func caseOf(t *testing.T, userName string, records ...[]byte) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	input := b.Input(casefile.Input{Path: "AWSLogs/" + homeAccount + "/CloudTrail/us-east-2/log.json.gz", Kind: "cloudtrail-log"})
	for _, raw := range records {
		if err := b.Record(input, raw); err != nil {
			t.Fatal(err)
		}
	}
	b.Snapshot(directory.Snapshot{Input: input, Store: homeStore, Region: "us-east-2", Clock: directory.ClockContent,
		Users:  []directory.User{{ID: aUser, UserName: userName}},
		Groups: []directory.Group{{ID: aGroup, Name: "App-AWS-team-" + homeAccount}}})
	return b.Build()
}

func TestAHostileNameDoesNotWreckTheRecords(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "a", "us", "admin", "root", "user", "us-east-2", "CreateGroupMembership", "CreateGroup", "Create", "eventName", "identitystore",
		"identitystore.amazonaws.com", "AWS Internal", "members", "null", "true", "1.11", "2025", "aws-cli", "aws", "arn", "arn:aws:iam::111122223333:root",
		"d-", "0", "000000000001", "person-001", "group", "App", `"`, `\`, "{}", `{"a":1}`, "[", "\x1b[31m", "<b>", "ASIAREDACTED00000001", "REDACTED",
		"xxxx", strings.Repeat("long", 500), "user@", "@", "a@b", "192.0.2.1", "::1", "Ünïcode Näme", "\u202e", "AWSReservedSSO_", "AWSReservedSSO_admin_0123456789abcdef",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scim := callOf(name)
			scim.ID = "2d9a3e3a-7f7e-4b2c-9f2d-4b8f9e0d1c23"
			scim.Action = cloudtrail.SCIMPatchGroup("aBcDeFgHi12-00000000-0000-4000-8000-000000000000", aGroup, cloudtrail.SCIMOperation{Op: "add", Path: "members"})
			scim.Failure = cloudtrail.Failure{Code: "ValidationException", Message: "Missing path in PATCH request"}
			c := caseOf(t, name, callOf(name).Record(), scim.Record())
			red, _ := redact.Case(c)
			for i, ev := range red.Events {
				was := c.Events[i]
				again, err := cloudtrail.Decode(ev.Raw)
				if err != nil {
					t.Fatalf("%s: %v", ev.Raw, err)
				}
				for what, pair := range map[string][2]any{
					"source": {was.Source, again.Source}, "name": {was.Name, again.Name}, "region": {was.Region, again.Region}, "time": {was.Time, again.Time},
					"type": {was.Type, again.Type}, "effect": {was.Effect, again.Effect}, "error": {was.ErrorCode + was.ErrorMessage, again.ErrorCode + again.ErrorMessage},
					"agent": {was.UserAgent, again.UserAgent}, "version": {was.Version, again.Version}, "problems": {len(was.Problems), len(again.Problems)},
					"identity": {was.Identity.Type, again.Identity.Type}, "kind": {was.Actor.Kind, ev.Actor.Kind}, "client": {was.Actor.Client, ev.Actor.Client},
					"names": {shape(was.Raw), shape(ev.Raw)},
				} {
					if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
						t.Errorf("the %s changed:\n%s", what, diff)
					}
				}
			}
			if got, want := red.Snapshots[0].Groups[0].Name, "App-AWS-team-"; !strings.HasPrefix(got, want) {
				t.Errorf("the group's name became %q", got)
			}
			if name != "" && len(name) >= 4 && !strings.HasPrefix(name, "xx") && red.Snapshots[0].Users[0].UserName == name && !strings.Contains(name, "amazonaws") {
				t.Errorf("the user is still called %q", name)
			}
		})
	}
}

func TestEveryPlaceInARecord(t *testing.T) {
	t.Parallel()
	legacy := "9a67000001-" + aUser
	tests := []struct{ name, field, want string }{
		{"an ARN keeps its type and loses account and name", `"x":"arn:aws:iam::111122223333:user/team/carla"`, `"x":"arn:aws:iam::000000000001:user/team/person-001"`},
		{"a policy of AWS is the same for everybody", `"x":"arn:aws:iam::aws:policy/AdministratorAccess"`, `"x":"arn:aws:iam::aws:policy/AdministratorAccess"`},
		{"an ARN of an unknown service keeps its type only", `"x":"arn:aws:kms:us-east-2:111122223333:key/acme-key"`, `"x":"arn:aws:kms:us-east-2:000000000001:key/resource-001"`},
		{"a bucket is a name of the company's", `"x":"arn:aws:s3:::acme-logs/AWSLogs/111122223333/x"`, `"x":"arn:aws:s3:::bucket-001/AWSLogs/000000000001/x"`},
		{"a legacy id begins with the digits of its store", `"identityStoreId":"d-9a67000001","userId":"` + legacy + `"`,
			`"identityStoreId":"d-0000000001","userId":"0000000001-11111111-0000-4000-8000-000000000001"`},
		{"an account as a number", `"accountId":111122223333`, `"accountId":1`},
		{"an account as a number under any name", `"x":111122223333`, `"x":1`},
		{"an account that lost its zeros", `"x":"000122223333","accountId":122223333`, `"x":"000000000001","accountId":1`},
		{"an object as JSON text", `"x":"{\"userName\": \"carla\", \"n\": 1}"`, `"x":"{\"userName\": \"person-001\", \"n\": 1}"`},
		{"JSON text in JSON text", `"x":"[\"{\\\"userName\\\":\\\"carla\\\"}\"]"`, `"x":"[\"{\\\"userName\\\":\\\"person-001\\\"}\"]"`},
		{"an escaped string", `"userName":"c\u0061rla"`, `"userName":"person-001"`},
		{"what needs no pseudonym keeps its bytes", `"x" : "a\u0062c\/d",  "y":1.50e3`, `"x" : "a\u0062c\/d",  "y":1.50e3`},
		{"a masked value stays", `"userName":"HIDDEN_DUE_TO_SECURITY_REASONS","userId":"xxxx"`, `"userName":"HIDDEN_DUE_TO_SECURITY_REASONS","userId":"xxxx"`},
		{"a SCIM filter keeps its attribute", `"filter":"userName eq \"carla\""`, `"filter":"userName eq \"person-001\""`},
		{"a SCIM path keeps its words", `"path":"members[value eq \"` + aUser + `\"]"`, `"path":"members[value eq \"11111111-0000-4000-8000-000000000001\"]","userId":"?"`},
		{"a name of a field that is an id", `"` + aUser + `":true`, `"00000000-0000-4000-8000-000000000001":true`},
		{"a date and a version are no ids", `"x":"2025-09-16T10:00:00Z 20250916 1.2.3 10:00:00"`, `"x":"2025-09-16T10:00:00Z 20250916 1.2.3 10:00:00"`},
		{"an address in a sentence", `"x":"from 10.20.30.40, then 2001:db8:0::7."`, `"x":"from 192.0.2.1, then 2001:db8::1."`},
		{"a refusal with ARNs in it", `"x":"User: arn:aws:sts::111122223333:assumed-role/acme/carla is not authorized to perform: identitystore:ListGroups on resource: arn:aws:identitystore::111122223333:identitystore/d-9a67000001."`,
			`"x":"User: arn:aws:sts::000000000001:assumed-role/role-001/person-001 is not authorized to perform: identitystore:ListGroups on resource: arn:aws:identitystore::000000000001:identitystore/d-0000000001."`},
		{"a host in a URL", `"x":"see https://acme.okta.com/admin and https://docs.aws.amazon.com/x"`, `"x":"see https://host-001.example.com/admin and https://docs.aws.amazon.com/x"`},
		{"a link in a user agent is a product's", `"userAgent":"x/1 (+https://www.terraform.io) Chrome/128.0.0.0"`, `"userAgent":"x/1 (+https://www.terraform.io) Chrome/128.0.0.0"`},
		{"an address in a user agent", `"sourceIPAddress":"10.20.30.40","userAgent":"x/10.20.30.40 y"`, `"sourceIPAddress":"192.0.2.1","userAgent":"x/192.0.2.1 y"`},
		{"a secret goes", `"accessToken":"abc"`, `"accessToken":"REDACTED"`},
		{"an id without a known form", `"groupId":"team-17"`, `"groupId":"group-0001"`},
		{"a unique id of IAM keeps its prefix", `"x":"AROAJ4XMPL5TUVW6Y7Z2 did"`, `"x":"AROAREDACTED00000001 did"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if field, _, cut := strings.Cut(tt.want, `,"userId":"?"`); cut { // the id's kind is told by another field
				tt.field, tt.want = `"userId":"`+aUser+`",`+tt.field, `"userId":"11111111-0000-4000-8000-000000000001",`+field
			}
			record := func(field string) []byte {
				return []byte(`{"eventSource":"identitystore.amazonaws.com","eventName":"UpdateUser","requestParameters":{` + field + `}}`)
			}
			b := casefile.NewBuilder(actor.Default())
			if err := b.Record(b.Input(casefile.Input{}), record(tt.field)); err != nil {
				t.Fatal(err)
			}
			red, _ := redact.Case(b.Build())
			if diff := cmp.Diff(string(record(tt.want)), string(red.Undated[0].Raw)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNamesOfRolesAndSessionsStayRecognisable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, role, session, wantRole, wantSession string }{
		{"a permission set keeps its name", "AWSReservedSSO_admin_0123456789abcdef", "carla@corp.io", "AWSReservedSSO_admin_0000000000000001", "person-001@example.com"},
		{"a governance product keeps its name", "acme-sailpoint-write", "carla", "sailpoint-role-001", "person-001"},
		{"a service-linked role is AWS's", "AWSServiceRoleForSSO", "x1y2", "AWSServiceRoleForSSO", "person-001"},
		{"a role of nobody in particular is a number", "acme-deploy", "i-0123456789abcdef0", "role-001", "i-00000000000000001"},
		{"a pipeline's session stays", "acme-deploy", "GitHubActions", "role-001", "GitHubActions"},
		{"a pipeline's session loses what is behind the product", "acme-deploy", "gitlab-acme-main", "role-001", "gitlab-person-001"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := callOf("")
			d.Caller = cloudtrail.Caller{Type: "AssumedRole", Account: homeAccount, Role: tt.role, RoleID: "AROAEXAMPLEEXAMPLE00", Session: tt.session, AccessKey: "ASIAEXAMPLEEXAMPLE00"}
			red, _ := redact.Case(caseOf(t, "dora", d.Record()))
			id := red.Events[0].Identity
			if id.Role != tt.wantRole || id.Session != tt.wantSession {
				t.Errorf("role %q, session %q; want %q, %q", id.Role, id.Session, tt.wantRole, tt.wantSession)
			}
			if want := "AROAREDACTED00000001:" + tt.wantSession; id.PrincipalID != want {
				t.Errorf("principalId is %q, want %q", id.PrincipalID, want)
			}
		})
	}
}

func TestTheNamesOfOnePersonShareTheirNumber(t *testing.T) {
	t.Parallel()
	c := caseOf(t, "carla@corp.io")
	c.Snapshots[0].Users[0].DisplayName = "Carla Diaz"
	c.Snapshots[0].Users[0].Email = "c.diaz@corp.io"
	c.Snapshots[0].Groups[0].Description = "asked for by Carla Diaz (CARLA@corp.io), see https://wiki.corp.io/c.diaz"
	red, _ := redact.Case(c)
	u := red.Snapshots[0].Users[0]
	if u.UserName != "person-001@example.com" || u.DisplayName != "Person 001" || u.Email != "person-001-2@example.com" {
		t.Errorf("%q, %q, %q", u.UserName, u.DisplayName, u.Email)
	}
	want := "asked for by Person 001 (Person-001@example.com), see https://host-002.example.com/person-001-2"
	if got := red.Snapshots[0].Groups[0].Description; !strings.EqualFold(got, want) {
		t.Errorf("description is %q, want %q", got, want)
	}
}

func TestGroupsKeepTheirNamesUnlessAskedFor(t *testing.T) {
	t.Parallel()
	c := caseOf(t, "carla", callOf("carla").Record())
	c.Snapshots[0].Groups = []directory.Group{{ID: aGroup, Name: "App-AWS-carla-111122223333"}, {ID: aUser, Name: "App-AWS-other"}, {ID: aMembership, Name: "Sales"}}
	c.Notes = []string{"App-AWS-carla-111122223333 is empty"}
	for _, tt := range []struct {
		name    string
		options redact.Options
		groups  []string
		note    string
	}{
		{"by default people and accounts are taken out", redact.Options{}, []string{"App-AWS-person001-000000000001", "App-AWS-other", "Sales"}, "App-AWS-person-001-000000000001 is empty"},
		{"with Groups the scheme of the names remains", redact.Options{Groups: true}, []string{"group-01-001", "group-01-002", "group-02-003"}, "group-01-001 is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			red, key := tt.options.Case(c)
			for i, want := range tt.groups {
				if got := red.Snapshots[0].Groups[i].Name; got != want {
					t.Errorf("group %d is %q, want %q", i, got, want)
				}
				if got := key.Redact(c.Snapshots[0].Groups[i].Name); got != want {
					t.Errorf("asked, group %d is %q, want %q", i, got, want)
				}
			}
			if red.Notes[0] != tt.note {
				t.Errorf("the note is %q, want %q", red.Notes[0], tt.note)
			}
		})
	}
}

func TestUpstreamTellsPeopleFromGroups(t *testing.T) {
	t.Parallel()
	c := caseOf(t, "carla@corp.io")
	c.Upstream.Okta.Events = []upstream.OktaEvent{{UUID: "e1", EventType: "group.user_membership.add",
		Actor: upstream.OktaActor{ID: "00uABCDEFGHIJKLMNOPQ", Type: "User", AlternateID: "carla@corp.io", DisplayName: "Carla Diaz"},
		Targets: []upstream.OktaTarget{{ID: "00gABCDEFGHIJKLMNOPQ", Type: "UserGroup", DisplayName: "App-AWS-team"},
			{ID: "00uBBCDEFGHIJKLMNOPQ", Type: "User", DisplayName: "Dora Estrada"}}}}
	red, _ := redact.Case(c)
	ev := red.Upstream.Okta.Events[0]
	got := []string{ev.UUID, ev.EventType, ev.Actor.ID, ev.Actor.AlternateID, ev.Actor.DisplayName, ev.Targets[0].ID, ev.Targets[0].DisplayName, ev.Targets[1].DisplayName}
	want := []string{"event-0001", "group.user_membership.add", "00uREDACTED000000001", "person-001@example.com", "Person 002", "00gREDACTED000000001", "App-AWS-team", "Person 003"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBytesThatAreNoRecordAreNotPassedOn(t *testing.T) {
	t.Parallel()
	c := caseOf(t, "carla", callOf("carla").Record())
	c.Events[0].Raw = []byte(`{"userName":"carla"`)
	red, _ := redact.Case(c)
	if got := string(red.Events[0].Raw); got != "null" {
		t.Errorf("the broken bytes became %s", got)
	}
	if got := red.Events[0].Identity.UserName; got != "person-001" {
		t.Errorf("the user is %q", got)
	}
}

func TestTheKeyDoesNotShowItself(t *testing.T) {
	t.Parallel()
	red, key := redact.Case(caseOf(t, "carla", callOf("carla").Record()))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("done", "key", key)
	inJSON, err := json.Marshal(struct{ Key redact.Key }{key})
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %q %d %x", key, key, key, key, key, key, key) + log.String() + string(inJSON) + fmt.Sprintf("%+v", struct{ K redact.Key }{key})
	for _, e := range key.Entries() {
		if len(e.Original) > 3 && strings.Contains(shown, e.Original) || len(e.Pseudonym) > 3 && strings.Contains(shown, e.Pseudonym) {
			t.Errorf("%q shows in %s", e, shown)
		}
	}
	if key.Redact("carla") != red.Events[0].Identity.UserName {
		t.Errorf("the key says %q and the case %q", key.Redact("carla"), red.Events[0].Identity.UserName)
	}
	if empty := (redact.Key{}); empty.Redact("x") != "x" || empty.Entries() != nil || empty.Len() != 0 {
		t.Error("the zero key is not empty")
	}
}

func TestACaseOfNothing(t *testing.T) {
	t.Parallel()
	if red, key := redact.Case(nil); red != nil || key.Len() != 0 {
		t.Error("nothing became something")
	}
	empty := casefile.NewBuilder(nil).Build()
	red, key := redact.Case(empty)
	if diff := cmp.Diff(dump(t, empty), dump(t, red)); diff != "" || key.Len() != 0 {
		t.Error(diff)
	}
}
