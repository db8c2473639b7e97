package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// SailPoint says of a whole activity that it failed, be it that an approver said no.
func TestAnActivityThatFailedAsAWhole(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		approval, request string   // of the item; of the request, with its approval
		errors            []string // of the activity
		cause             string
		status            diagnose.Status
	}{
		"by an error":                            {"FINISHED", "PROVISIONING_FAILED", []string{"Timeout waiting for response to message"}, "governance-provisioning-failed", diagnose.Established},
		"without a word why":                     {"FINISHED", "", nil, "governance-provisioning-failed", diagnose.Supported},
		"because the item was turned down":       {"REJECTED", "REJECTED", nil, "request-unfinished", diagnose.Established},
		"because the request was, as it says":    {"", "REJECTED", nil, "request-unfinished", diagnose.Established},
		"because the request expired":            {"EXPIRED", "TERMINATED", nil, "request-unfinished", diagnose.Established},
		"turned down, and of no failure a trace": {"REJECTED", "REJECTED", nil, "governance-provisioning-failed", diagnose.Refuted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := wholeWay()
			e.state.Okta.Members, e.store.Memberships = nil, nil
			sp := &e.state.SailPoint
			ann := upstream.SailPointPerson{ID: "2c91", Name: "ann"}
			sp.Identities = []upstream.SailPointIdentity{{ID: "2c91", Alias: "ann", Email: "ann@example.com"}}
			sp.Activities = []upstream.SailPointActivity{{ID: "2c92", Type: "appRequest", Created: hopNoon.Add(-time.Hour), CompletionStatus: "FAILURE", Target: ann, Errors: row.errors,
				Items: []upstream.SailPointItem{{Name: "Admins", Operation: "ADD", Attribute: "groups", Value: "00g1", NativeIdentity: "00u1", ApprovalStatus: row.approval}}}}
			if row.request != "" {
				sp.Requests = []upstream.SailPointRequest{{ID: "2c92", Name: "Admins", State: row.request, Created: hopNoon.Add(-2 * time.Hour), RequestedFor: ann}}
			}
			for _, list := range []string{upstream.ListIdentities, upstream.ListAccounts, upstream.ListRequests, upstream.ListActivities} {
				e.state.Reach = append(e.state.Reach, upstream.Reach{Product: upstream.ProductSailPoint, Org: "example", List: list, AsOf: hopNoon, Whole: true})
			}
			a := e.trace(t, "ann@example.com", "Admins")
			i := slices.IndexFunc(a.Findings, func(f diagnose.Finding) bool { return f.Cause.Slug == row.cause })
			if f := a.Findings[i]; f.Status != row.status {
				t.Errorf("%s is %s, want %s: %v", row.cause, f.Status, row.status, f.Because)
			}
			if h := hopOf(t, a, "governance"); row.status == diagnose.Established && (h.State != diagnose.HopBroken || strings.Contains(h.Reason, "could not add") != (row.cause != "request-unfinished")) {
				t.Errorf("governance is %s: %s", h.State, h.Reason)
			}
		})
	}
}
