package diagnose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// An id that was asked for in vain is no group and no user: whoever asks about it
// learns that, and not that it was never filled.
func TestAnIDThatWasOnlyAskedForInVain(t *testing.T) {
	t.Parallel()
	const id = "94a8b4c8-1001-70a1-1111-0000000000ff"
	record := func(name, fault string, readOnly bool) string {
		if fault != "" {
			fault = fmt.Sprintf(`"errorCode":%q,`, fault)
		}
		return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"auditor"},"eventTime":"2025-11-14T11:59:00Z","eventSource":"identitystore.amazonaws.com","eventName":%q,%s"awsRegion":"us-east-2","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2","requestParameters":{"identityStoreId":"d-9a67000001","groupId":%q,"userId":%q},"responseElements":null,"requestID":"1","eventID":"c3fa8968-0e84-489d-a696-4a37127ec03d","readOnly":%v,"eventType":"AwsApiCall","recipientAccountId":"111122223333"}`, name, fault, id, id, readOnly)
	}
	for name, row := range map[string]struct {
		record string
		listed bool // an assignment names it
		inVain bool
	}{
		"a read that failed":                    {record("DescribeGroup", "ResourceNotFoundException", true), false, true},
		"a read that succeeded":                 {record("DescribeGroup", "", true), false, false},
		"a write that failed":                   {record("UpdateGroup", "ResourceNotFoundException", false), false, false},
		"a read that failed, and an assignment": {record("DescribeGroup", "ResourceNotFoundException", true), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := casefile.NewBuilder(actor.Default())
			in := b.Input(casefile.Input{Path: "the test", Size: -1})
			if err := b.Record(in, []byte(row.record)); err != nil {
				t.Fatal(err)
			}
			if row.listed {
				b.Snapshot(directory.Snapshot{Store: "d-9a67000001", Input: in, NotBefore: hopNoon, NotAfter: hopNoon, Assignments: []directory.Assignment{{Account: "111122223333", PrincipalType: "GROUP", PrincipalID: id}}})
			}
			c := b.Build()
			l := ledger.Build(c)
			group, err := diagnose.Group(c, l, id)
			if err != nil {
				t.Fatal(err)
			}
			user, err := diagnose.User(c, l, id, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range []*diagnose.Answer{group, user} {
				if got := strings.HasPrefix(a.Verdict.Summary, "Only calls that failed name the "+a.Question.Kind); got != row.inVain || got && (a.Verdict.Status != diagnose.Undetermined || a.Question.Asked != id) {
					t.Errorf("about a %s: %s: %s", a.Question.Kind, a.Verdict.Status, a.Verdict.Summary)
				}
			}
		})
	}
}
