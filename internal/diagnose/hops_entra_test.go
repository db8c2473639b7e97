package diagnose_test

import (
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// entraWay is the whole way of Ann by Entra ID, whose job is at work.
func entraWay() (*hopEvidence, *upstream.EntraState) {
	e := wholeWay()
	e.state = upstream.State{}
	entra := &e.state.Entra
	job := upstream.EntraJob{ID: "aWSSingleSignon.1", TemplateID: "aWSSingleSignon"}
	job.Schedule.State, job.Status.Code = "Active", "Active"
	made := upstream.EntraProvisioning{ID: "l1", JobID: job.ID, ActivityDateTime: hopNoon.Add(-48 * time.Hour), ProvisioningAction: "create",
		Source: upstream.EntraIdentity{ID: "u1", IdentityType: "User"}, Target: upstream.EntraIdentity{ID: hopUser, IdentityType: "User"}}
	made.Status.Status = "success"
	entra.Jobs, entra.Provisioning = []upstream.EntraJob{job}, []upstream.EntraProvisioning{made}
	entra.Users = []upstream.EntraUser{{ID: "u1", UserPrincipalName: "ann@example.com", Enabled: "true"}}
	entra.Groups = []upstream.EntraGroup{{ID: "g1", DisplayName: "Admins", Security: "true"}}
	entra.Members, entra.MembersOf = []upstream.EntraMember{{Group: "g1", ID: "u1", Type: "user", Name: "ann@example.com"}}, []string{"g1"}
	entra.AppRoles = []upstream.EntraAppRole{{ID: "r1", PrincipalID: "g1", PrincipalType: "Group"}}
	for _, list := range []string{upstream.ListUsers, upstream.ListGroups, upstream.ListMembers, upstream.ListApps, upstream.ListJobs, upstream.ListAppRoles, upstream.ListLog} {
		e.state.Reach = append(e.state.Reach, upstream.Reach{Product: upstream.ProductEntra, Org: "example.com", List: list, AsOf: hopNoon, Whole: true})
	}
	return e, entra
}

// What Entra ID's job does not do is broken at the job, and whom a job that runs
// leaves out at the assignment: an established cause is at some hop.
func TestHopsOfEntra(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		with            func(*upstream.EntraState)
		app, assignment diagnose.HopState
		at              string
	}{
		"a job that runs": {func(*upstream.EntraState) {}, diagnose.HopOK, diagnose.HopOK, ""},
		"a job in quarantine": {func(s *upstream.EntraState) {
			s.Jobs[0].Status.Code = "Quarantine"
		}, diagnose.HopBroken, diagnose.HopOK, "app"},
		"a schedule that is paused": {func(s *upstream.EntraState) {
			s.Jobs[0].Schedule.State = "Paused"
		}, diagnose.HopBroken, diagnose.HopOK, "app"},
		"somebody out of scope": {func(s *upstream.EntraState) {
			left := s.Provisioning[0]
			left.ID, left.ActivityDateTime, left.ProvisioningAction, left.Status.Status = "l2", hopNoon.Add(-time.Hour), "other", "skipped"
			left.Status.Error.Code, left.Status.Error.Reason = "SkippedNotInScope", "not in scope"
			s.Provisioning = append(s.Provisioning, left)
		}, diagnose.HopOK, diagnose.HopBroken, "assignment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, entra := entraWay()
			e.store.Memberships = nil
			row.with(entra)
			a := e.trace(t, "ann@example.com", "Admins")
			if app, as := hopOf(t, a, "app"), hopOf(t, a, "assignment"); app.State != row.app || as.State != row.assignment {
				t.Errorf("app %s (%s), assignment %s (%s)", app.State, app.Reason, as.State, as.Reason)
			}
			got := ""
			if h := a.BreaksAt(); h != nil {
				got = h.ID
			}
			if got != row.at {
				t.Errorf("it breaks at %q, want %q", got, row.at)
			}
		})
	}
}

// A member whom AWS has not fails the push of everybody; whoever is there himself is
// not held up at being made.
func TestAMissingMemberHoldsUpTheOthersAtTheDelivery(t *testing.T) {
	t.Parallel()
	e := wholeWay()
	e.store.Memberships = nil
	m := &e.state.Okta.Mappings[0]
	m.Status, m.LastUpdated = "ERROR", hopNoon.Add(-10*time.Minute)
	m.ErrorSummary = "Unable to update Group Push mapping target App group Admins: No user returned for user 64a8b4c8-1001-70a1-1111-00000000000f"
	a := e.trace(t, "ann@example.com", "Admins")
	if h := hopOf(t, a, "provisioning"); h.State != diagnose.HopOK {
		t.Errorf("provisioning is %s: %s", h.State, h.Reason)
	}
	if h := hopOf(t, a, "delivery"); h.State != diagnose.HopBroken || h.Cause != "user-gone-in-aws" {
		t.Errorf("delivery is %s (%s): %s", h.State, h.Cause, h.Reason)
	}
}
