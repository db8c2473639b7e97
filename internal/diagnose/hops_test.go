package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// The way of Ann into Admins, all of it whole, as services show it.
const (
	hopStore = "d-9a67000001"
	hopUser  = "64a8b4c8-1001-70a1-1111-000000000001"
	hopGroup = "94a8b4c8-1001-70a1-1111-000000000001"
	hopApp   = "0oaAWS000000000001"
)

var hopNoon = time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)

type hopEvidence struct {
	state   upstream.State
	store   directory.Snapshot
	records []string // of CloudTrail
}

func wholeWay() *hopEvidence {
	e := &hopEvidence{}
	okta := &e.state.Okta
	var ann upstream.OktaUser
	ann.ID, ann.Status, ann.Profile.Login, ann.Created = "00u1", "ACTIVE", "ann@example.com", hopNoon.Add(-100*24*time.Hour)
	var group upstream.OktaGroup
	group.ID, group.Type, group.Profile.Name = "00g1", "OKTA_GROUP", "Admins"
	app := upstream.OktaApp{ID: hopApp, Name: "amazon_aws_sso", Label: "AWS", Status: "ACTIVE", Features: []string{"PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "GROUP_PUSH"}}
	app.Settings.App.EntityID = "https://us-east-2.signin.aws.amazon.com/platform/saml/" + hopStore
	assigned := upstream.OktaAppUser{App: hopApp, ID: "00u1", ExternalID: hopUser, Status: "PROVISIONED", SyncState: "SYNCHRONIZED", Scope: "USER"}
	assigned.Credentials.UserName = "ann@example.com"
	okta.Users, okta.Groups, okta.Members = []upstream.OktaUser{ann}, []upstream.OktaGroup{group}, []upstream.OktaMember{{Group: "00g1", User: "00u1", Login: "ann@example.com"}}
	okta.Apps, okta.AppUsers = []upstream.OktaApp{app}, []upstream.OktaAppUser{assigned}
	okta.Mappings = []upstream.OktaMapping{{App: hopApp, ID: "gPm1", Status: "ACTIVE", SourceGroupID: "00g1", Created: hopNoon.Add(-90 * 24 * time.Hour), LastPush: hopNoon.Add(-time.Hour)}}
	for _, list := range []string{upstream.ListUsers, upstream.ListGroups, upstream.ListMembers, upstream.ListApps, upstream.ListAppUsers, upstream.ListMappings} {
		e.state.Reach = append(e.state.Reach, upstream.Reach{Product: upstream.ProductOkta, Org: "example.okta.com", List: list, AsOf: hopNoon, Whole: true})
	}
	e.store = directory.Snapshot{
		Store: hopStore, Region: "us-east-2", NotBefore: hopNoon, NotAfter: hopNoon, Clock: directory.ClockManifest,
		Users: []directory.User{{ID: hopUser, UserName: "ann@example.com"}}, Groups: []directory.Group{{ID: hopGroup, Name: "Admins"}},
		Memberships: []directory.Membership{{ID: "34a8b4c8-1001-70a1-1111-000000000001", Group: hopGroup, User: hopUser}},
		MembersOf:   []string{hopGroup}, GroupsOf: []string{hopUser}, AllUsers: true, AllGroups: true,
		Assignments:   []directory.Assignment{{Account: "111122223333", PermissionSet: "arn:aws:sso:::permissionSet/ssoins-0000000000000001/ps-0000000000000001", PrincipalType: "GROUP", PrincipalID: hopGroup}},
		AssignmentsOf: []string{hopGroup},
	}
	return e
}

// unread takes a list out, as if the service had refused it.
func (e *hopEvidence) unread(list string) {
	for i := range e.state.Reach {
		if r := &e.state.Reach[i]; r.List == list {
			r.Whole, r.Failed = false, "the token may not"
		}
	}
}

func (e *hopEvidence) trace(t *testing.T, user, group string) *diagnose.Answer {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	in := b.Input(casefile.Input{Path: "the test", Size: -1})
	b.Upstream(in, e.state, 1)
	e.store.Input = in
	b.Snapshot(e.store)
	for _, r := range e.records {
		if err := b.Record(in, []byte(r)); err != nil {
			t.Fatal(err)
		}
	}
	c := b.Build()
	a, err := diagnose.User(c, ledger.Build(c), user, group)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func hopOf(t *testing.T, a *diagnose.Answer, id string) diagnose.Hop {
	t.Helper()
	i := slices.IndexFunc(a.Hops, func(h diagnose.Hop) bool { return h.ID == id })
	if i < 0 {
		t.Fatalf("no hop %s among %d", id, len(a.Hops))
	}
	return a.Hops[i]
}

func TestHops(t *testing.T) {
	t.Parallel()
	const ok, broken, unknown, skipped = diagnose.HopOK, diagnose.HopBroken, diagnose.HopUnknown, diagnose.HopSkipped
	notThere := func(e *hopEvidence) {
		e.store.Users, e.store.Memberships, e.store.GroupsOf = nil, nil, nil
		e.state.Okta.AppUsers[0].ExternalID = ""
	}
	gone := func(e *hopEvidence) { e.state.Okta.Members = nil }
	for name, row := range map[string]struct {
		hop   string
		state diagnose.HopState
		says  string
		with  func(*hopEvidence)
	}{
		"governance has done its part once the person is in the group": {"governance", skipped, "has done its part", nil},
		"governance of which nothing was given is no break":            {"governance", skipped, "nothing of a governance product", gone},
		"governance that shows no request may not show all": {"governance", unknown, "neither a request nor a grant", func(e *hopEvidence) {
			gone(e)
			e.state.SailPoint.Identities = []upstream.SailPointIdentity{{ID: "2c91", Alias: "ann@example.com"}}
		}},

		"an active person": {"person", ok, "is ACTIVE in Okta", nil},
		"whoever is locked out keeps what is assigned": {"person", ok, "LOCKED_OUT", func(e *hopEvidence) { e.state.Okta.Users[0].Status = "LOCKED_OUT" }},
		"a suspended person":                           {"person", broken, "SUSPENDED", func(e *hopEvidence) { e.state.Okta.Users[0].Status = "SUSPENDED" }},
		"a person who could not be read":               {"person", unknown, "could not be read: the token may not", func(e *hopEvidence) { e.state.Okta.Users = nil; e.unread(upstream.ListUsers) }},

		"in the group":                               {"group", ok, "in Okta's group Admins", nil},
		"not on a list of members that is whole":     {"group", broken, "not in Okta's group Admins", gone},
		"not on a list of members that is not whole": {"group", unknown, "could not be read", func(e *hopEvidence) { gone(e); e.unread(upstream.ListMembers) }},
		"two groups of the name, neither of them pushed": {"group", unknown, "", func(e *hopEvidence) {
			twin := e.state.Okta.Groups[0]
			twin.ID = "00g2"
			e.state.Okta.Groups = append(e.state.Okta.Groups, twin)
			e.state.Okta.Mappings = nil
		}},

		"an app with its switches on":          {"app", ok, "is active, creates people and pushes groups", nil},
		"an app that is off":                   {"app", broken, "", func(e *hopEvidence) { e.state.Okta.Apps[0].Status = "INACTIVE" }},
		"an app whose switches are not stated": {"app", unknown, "not known, or not all on", func(e *hopEvidence) { e.state.Okta.Apps[0].Features = nil }},
		"an app that could not be read": {"app", unknown, "could not be read", func(e *hopEvidence) {
			e.state.Okta.Apps, e.state.Okta.AppUsers, e.state.Okta.Mappings = nil, nil, nil
			e.unread(upstream.ListApps)
		}},

		"assigned": {"assignment", ok, "assigned to the AWS app", nil},
		"not on a list of the app's users that is whole": {"assignment", broken, "not assigned", func(e *hopEvidence) { e.state.Okta.AppUsers = nil }},
		"not on a list of the app's users that is not":   {"assignment", unknown, "could not be read", func(e *hopEvidence) { e.state.Okta.AppUsers = nil; e.unread(upstream.ListAppUsers) }},

		"there in AWS":                       {"provisioning", ok, "the user exists in AWS", nil},
		"not on a list of all users of AWS":  {"provisioning", broken, "no such user in AWS", notThere},
		"not on a list of some users of AWS": {"provisioning", unknown, "no list of its users", func(e *hopEvidence) { notThere(e); e.store.AllUsers = false }},
		"AWS was asked for the person and has none": {"provisioning", broken, "AWS was asked for ann@example.com", func(e *hopEvidence) {
			notThere(e)
			e.store.AllUsers, e.store.NoUsers = false, []string{"Ann@example.com"}
		}},
		"AWS was asked for the person by one of two names": {"provisioning", unknown, "no list of its users", func(e *hopEvidence) {
			notThere(e)
			e.store.AllUsers, e.store.NoUsers = false, []string{"ann@example.com"}
			e.state.Okta.AppUsers[0].Credentials.UserName = "ann.stone"
		}},

		"pushed":                      {"push", ok, "ACTIVE, last pushed on", nil},
		"a push that is switched off": {"push", broken, "switched off", func(e *hopEvidence) { e.state.Okta.Mappings[0].Status = "INACTIVE" }},
		"a push that says not when it was last": {"push", unknown, "does not say that it ever pushed", func(e *hopEvidence) {
			e.state.Okta.Mappings[0].LastPush = time.Time{}
			e.state.Okta.Mappings[0].Created = hopNoon
		}},
		"no mapping on a list that is not whole": {"push", unknown, "could not be read", func(e *hopEvidence) { e.state.Okta.Mappings = nil; e.unread(upstream.ListMappings) }},

		"writes that nobody looked for are unknown": {"delivery", unknown, "was not searched", nil},

		"a member": {"membership", ok, "in the AWS group", nil},
		"not on a list of members of AWS that is whole": {"membership", broken, "not in the AWS group", func(e *hopEvidence) { e.store.Memberships = nil }},
		"not on a list of members of AWS that is not":   {"membership", unknown, "were not listed", func(e *hopEvidence) { e.store.Memberships, e.store.MembersOf, e.store.GroupsOf = nil, nil, nil }},

		"a group that gives access":              {"grant", ok, "access to 1 account", nil},
		"a group without an account":             {"grant", broken, "no account assignment", func(e *hopEvidence) { e.store.Assignments = nil }},
		"a group whose accounts were not listed": {"grant", unknown, "not among the evidence", func(e *hopEvidence) { e.store.Assignments, e.store.AssignmentsOf = nil, nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := wholeWay()
			if row.with != nil {
				row.with(e)
			}
			h := hopOf(t, e.trace(t, "ann@example.com", "Admins"), row.hop)
			if h.State != row.state || !strings.Contains(h.Reason, row.says) {
				t.Errorf("%s is %s (%s): %q, want %s with %q", row.hop, h.State, h.Cause, h.Reason, row.state, row.says)
			}
			if h.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
}

func TestAGroupThatIsNotInAWS(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		member, grant diagnose.HopState
		with          func(*hopEvidence)
	}{
		"is not there when all groups were listed": {diagnose.HopBroken, diagnose.HopSkipped, func(*hopEvidence) {}},
		"is not there when AWS was asked for it":   {diagnose.HopBroken, diagnose.HopSkipped, func(e *hopEvidence) { e.store.AllGroups, e.store.NoGroups = false, []string{"nowhere"} }},
		"may be there when neither was done":       {diagnose.HopUnknown, diagnose.HopUnknown, func(e *hopEvidence) { e.store.AllGroups = false }},
		"may be there when another was asked for":  {diagnose.HopUnknown, diagnose.HopUnknown, func(e *hopEvidence) { e.store.AllGroups, e.store.NoGroups = false, []string{"Other"} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := wholeWay()
			row.with(e)
			a := e.trace(t, "ann@example.com", "Nowhere")
			if m, g := hopOf(t, a, "membership"), hopOf(t, a, "grant"); m.State != row.member || g.State != row.grant {
				t.Errorf("membership %s (%s), grant %s (%s)", m.State, m.Reason, g.State, g.Reason)
			}
		})
	}
}

func TestWhereItBreaks(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		want string
		with func(*hopEvidence)
	}{
		"nowhere on a whole way":                              {"", func(*hopEvidence) {}},
		"at the one hop that is broken":                       {"assignment", func(e *hopEvidence) { e.state.Okta.AppUsers = nil; e.store.Memberships = nil }},
		"at the end when all before it is whole but delivery": {"", func(e *hopEvidence) { e.store.Memberships = nil }},
		"not at the end when the provider could not be read": {"", func(e *hopEvidence) {
			e.store.Memberships, e.state.Okta = nil, upstream.OktaState{}
			for i := range e.state.Reach {
				e.state.Reach[i].Whole, e.state.Reach[i].Failed = false, "it is out of order"
			}
		}},
		"at the grant when the person has arrived": {"grant", func(e *hopEvidence) { e.store.Assignments = nil }},
		"before the grant when the person has not": {"push", func(e *hopEvidence) {
			e.store.Assignments, e.store.Memberships = nil, nil
			e.state.Okta.Mappings[0].Status = "INACTIVE"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := wholeWay()
			row.with(e)
			got, reason := "", ""
			if h := e.trace(t, "ann@example.com", "Admins").BreaksAt(); h != nil {
				got, reason = h.ID, h.Reason
			}
			if got != row.want {
				t.Errorf("at %q (%s), want %q", got, reason, row.want)
			}
		})
	}
}

// What AWS was asked for in vain is known, and says more than that nobody listed it.
func TestAskedForInVain(t *testing.T) {
	t.Parallel()
	const old = "64a8b4c8-1001-70a1-1111-00000000000f" // whom Okta remembers in place of Ann
	narrow := func(e *hopEvidence) {
		e.store.AllUsers, e.store.Memberships, e.store.NoUsers = false, nil, []string{old}
		e.state.Okta.AppUsers[0].ExternalID = old
	}
	conflict := func(e *hopEvidence) {
		e.store.AllUsers, e.store.Memberships, e.store.GroupsOf, e.store.Users = false, nil, nil, nil
		e.store.NoUsers = []string{"ann@example.com"}
		u := &e.state.Okta.AppUsers[0]
		u.ExternalID, u.Status, u.SyncState = "", "STAGED", "ERROR"
		u.Task = upstream.OktaTask{Status: "PROVISIONING_FAILED", LastUpdate: hopNoon.Add(-time.Hour), Error: "Error while creating user ann@example.com: Conflict. Errors reported by remote server: Refused to create a new, duplicate resource"}
		e.state.Okta.Users[0].Profile.Email = "ann@example.com"
	}
	for name, row := range map[string]struct {
		cause  string
		status diagnose.Status
		with   func(*hopEvidence)
	}{
		"the user whom the provider remembers is not there": {"user-gone-in-aws", diagnose.Established, narrow},
		"the app may be for another instance": {"user-gone-in-aws", diagnose.Supported, func(e *hopEvidence) {
			narrow(e)
			e.state.Okta.Apps[0].Settings.App.EntityID = ""
		}},
		"the person was made after AWS was asked": {"user-gone-in-aws", diagnose.Undetermined, func(e *hopEvidence) {
			narrow(e)
			e.state.Okta.AppUsers[0].LastSync = hopNoon.Add(time.Minute)
		}},
		"AWS was asked for somebody else": {"user-gone-in-aws", diagnose.Undetermined, func(e *hopEvidence) {
			narrow(e)
			e.store.NoUsers = []string{hopGroup}
		}},
		"a conflict with somebody who is there no longer":   {"duplicate-user", diagnose.Supported, conflict},
		"a conflict with somebody who may have the address": {"duplicate-user", diagnose.Established, func(e *hopEvidence) { conflict(e); e.state.Okta.Users[0].Profile.Email = "ann.stone@example.com" }},
		"a conflict after AWS was asked": {"duplicate-user", diagnose.Established, func(e *hopEvidence) {
			conflict(e)
			e.state.Okta.AppUsers[0].Task.LastUpdate = hopNoon.Add(time.Hour)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := wholeWay()
			row.with(e)
			a := e.trace(t, "ann@example.com", "Admins")
			i := slices.IndexFunc(a.Findings, func(f diagnose.Finding) bool { return f.Cause.Slug == row.cause })
			if i < 0 || a.Findings[i].Status != row.status {
				t.Errorf("%s: %+v, want %s", row.cause, a.Findings[i], row.status)
			}
		})
	}
	t.Run("and the answer says so", func(t *testing.T) {
		t.Parallel()
		e := wholeWay()
		conflict(e)
		e.state = upstream.State{}
		a := e.trace(t, "ann@example.com", "Admins")
		if !strings.Contains(a.Verdict.Summary, `AWS was asked for the user "ann@example.com" on 2025-11-14`) {
			t.Errorf("it says: %s", a.Verdict.Summary)
		}
	})
}

// A call that failed shows nobody, least of all our own that asked for somebody.
func TestAFailedCallShowsNobody(t *testing.T) {
	t.Parallel()
	const old = "64a8b4c8-1001-70a1-1111-00000000000f"
	e := wholeWay()
	e.store.AllUsers, e.store.Memberships, e.store.NoUsers = false, nil, []string{old}
	e.state.Okta.AppUsers[0].ExternalID = old
	e.records = []string{`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"auditor"},"eventTime":"2025-11-14T11:59:00Z","eventSource":"identitystore.amazonaws.com","eventName":"DescribeUser","awsRegion":"us-east-2","sourceIPAddress":"192.0.2.1","userAgent":"aws-sdk-go-v2","errorCode":"ResourceNotFoundException","errorMessage":"USER not found.","requestParameters":{"identityStoreId":"d-9a67000001","userId":"` + old + `"},"responseElements":null,"requestID":"1","eventID":"c3fa8968-0e84-489d-a696-4a37127ec03d","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`}
	a := e.trace(t, "ann@example.com", "Admins")
	if h := hopOf(t, a, "provisioning"); h.State != diagnose.HopBroken || h.Cause != "user-gone-in-aws" {
		t.Errorf("provisioning is %s (%s): %s", h.State, h.Cause, h.Reason)
	}
}
