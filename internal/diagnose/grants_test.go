package diagnose_test

import (
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// TestWhatAGroupGrants: a member of a group that no assignment names has no
// access, and that is said only when the assignments were listed to the end.
func TestWhatAGroupGrants(t *testing.T) {
	t.Parallel()
	const (
		admins = "64a8b4c8-1001-70a1-1111-000000000001"
		ann    = "a4f8c478-2001-70b2-2222-000000000002"
		set    = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
	)
	at := time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)
	assigned := []directory.Assignment{{Account: "444455556666", PermissionSet: set, PrincipalType: "GROUP", PrincipalID: admins}}
	made := `{"eventVersion":"1.11","eventTime":"2026-11-01T10:00:02Z","eventSource":"sso.amazonaws.com","eventName":"CreateAccountAssignment","awsRegion":"us-east-2",
"recipientAccountId":"111122223333","eventID":"0d0c5a3e-0000-4000-8000-000000000002","userIdentity":{"type":"IAMUser","accountId":"111122223333"},
"requestParameters":{"targetId":"444455556666","targetType":"AWS_ACCOUNT","principalType":"GROUP","principalId":"` + admins + `","permissionSetArn":"` + set + `"}}`
	for _, row := range []struct {
		name    string
		listed  []directory.Assignment
		of      []string
		event   string
		summary string // what the summary says of it; "" is nothing
		because string
	}{
		{"no assignment, and all were listed", nil, []string{admins}, "", "ann is a member of Admins, but the group gives access to no AWS account.", "No account assignment names Admins"},
		{"no assignment, and nobody listed them", nil, nil, "", "", ""},
		{"one assignment", assigned, []string{admins}, "", "", "Admins gives access to 1 account: 444455556666"},
		{"one assignment of a list that may go on", assigned, nil, "", "", "Admins gives access to 1 account: 444455556666"},
		{"none, and one was made while they were listed", nil, []string{admins}, made, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := casefile.NewBuilder(actor.Default())
			in := b.Input(casefile.Input{Path: "identitystore://us-east-2/d-9a67000001"})
			b.Snapshot(directory.Snapshot{Store: "d-9a67000001", Region: "us-east-2", Account: "111122223333", Input: in,
				NotBefore: at, NotAfter: at.Add(5 * time.Second), Clock: directory.ClockManifest, AllUsers: true, AllGroups: true,
				Users: []directory.User{{ID: ann, UserName: "ann"}}, Groups: []directory.Group{{ID: admins, Name: "Admins"}},
				Memberships: []directory.Membership{{ID: "24d8e4f8-3001-70c3-3333-000000000003", Group: admins, User: ann}}, MembersOf: []string{admins},
				Assignments: row.listed, AssignmentsOf: row.of})
			if row.event != "" {
				if err := b.Record(in, []byte(row.event)); err != nil {
					t.Fatal(err)
				}
			}
			c := b.Build()
			a, err := diagnose.User(c, ledger.Build(c), "ann", "Admins")
			if err != nil {
				t.Fatal(err)
			}
			if a.Verdict.Cause != "not-empty" || (row.summary != "") != strings.Contains(a.Verdict.Summary, "gives access") || row.summary != "" && a.Verdict.Summary != row.summary {
				t.Errorf("verdict %s: %s", a.Verdict.Cause, a.Verdict.Summary)
			}
			var said []string
			for _, f := range a.Findings {
				if f.Cause.Slug == "not-empty" {
					for _, r := range f.Because {
						said = append(said, r.Text)
					}
				}
			}
			text := strings.Join(said, "\n")
			if !strings.Contains(text, row.because) || row.because == "" && strings.Contains(text, "access") {
				t.Errorf("it is said:\n%s", text)
			}
		})
	}
}
