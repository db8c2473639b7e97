package identitystore_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/flaky"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/identitystore"
)

func TestAWholeStoreIsListedWithItsTimes(t *testing.T) {
	t.Parallel()
	w := populate(t, 250, 250, 0, 3)
	w.assign(t, "Group 2", "444455556666")
	progress := &live.Progress{}
	heard, c, err := w.collect(t, w.srv.URL, identitystore.Options{Query: live.Query{Progress: progress}})
	if err != nil {
		t.Fatal(err)
	}
	if len(heard.snapshots) != 1 {
		t.Fatalf("%d snapshots", len(heard.snapshots))
	}
	s := heard.snapshots[0]
	if diff := gocmp.Diff(w.memberships, pairs(s)); diff != "" {
		t.Errorf("memberships (-made +listed):\n%s", diff)
	}
	if len(s.Users) != 250 || !s.AllUsers || len(s.Groups) != 3 || !s.AllGroups || len(s.MembersOf) != 3 || len(s.AssignmentsOf) != 3 || s.Truncated {
		t.Errorf("%d users %v, %d groups %v, members of %v, assignments of %v", len(s.Users), s.AllUsers, len(s.Groups), s.AllGroups, s.MembersOf, s.AssignmentsOf)
	}
	want := []directory.Assignment{{Account: "444455556666", PermissionSet: set, PrincipalType: "GROUP", PrincipalID: w.groups["Group 2"]}}
	if diff := gocmp.Diff(want, s.Assignments); diff != "" {
		t.Errorf("assignments:\n%s", diff)
	}
	if s.Store != "d-9a67000001" || s.Account != w.srv.Account || s.Region != "us-east-2" || s.Clock != directory.ClockManifest ||
		!s.NotBefore.Before(s.NotAfter) || s.NotAfter.Sub(s.NotBefore) != c.slept {
		t.Errorf("of %s in %s of %s, from %s to %s after %s", s.Store, s.Region, s.Account, s.NotBefore, s.NotAfter, c.slept)
	}
	if m := s.Memberships[0]; m.CreatedAt.IsZero() || m.CreatedBy == "" || m.ID == "" {
		t.Errorf("a membership without its making: %+v", m)
	}
	if calls := progress.Calls.Load(); c.slept < time.Duration(calls/2-2)*time.Second/20 {
		t.Errorf("%d calls of two APIs within %s", calls, c.slept)
	}
}

// TestWhatBearsOnOnePersonAndOneGroupCostsEightCalls: whoever is asked for, by
// whatever name, and whether or not he is in the group of 200.
func TestWhatBearsOnOnePersonAndOneGroupCostsEightCalls(t *testing.T) {
	t.Parallel()
	w := populate(t, 210, 200)
	w.assign(t, "Group 0", "444455556666")
	group := w.groups["Group 0"]
	for _, row := range []struct {
		name, user, group, store string
		in                       bool
	}{
		{"a member by user name", "user-7", "Group 0", "", true},
		{"a member by e-mail address", "user-7@example.com", "Group 0", "", true},
		{"ids, and the store is named", w.users["user-7"], group, "d-9a67000001", true},
		{"ARNs", "arn:aws:identitystore:::user/" + w.users["user-7"], "arn:aws:identitystore:::group/" + group, "", true},
		{"nobody of the group", "user-205@example.com", "Group 0", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			proxy := flaky.New(t, w.srv.URL, nil)
			heard, _, err := w.collect(t, proxy.URL, identitystore.Options{Store: row.store, Query: live.Query{User: row.user, Group: row.group}})
			if err != nil {
				t.Fatal(err)
			}
			if n := proxy.Requests.Load(); n > 8 {
				t.Errorf("%d calls", n)
			}
			s := heard.snapshots[0]
			if len(s.Users) != 1 || len(s.Groups) != 1 || len(s.GroupsOf) != 1 || len(s.MembersOf) != 0 || s.AllUsers || s.AllGroups {
				t.Errorf("snapshot: %+v", s)
			}
			if got := len(s.Memberships) == 1; got != row.in {
				t.Errorf("is a member: %v", got)
			}
			if row.in && (s.Memberships[0].CreatedAt.IsZero() || s.Memberships[0].Group != group) {
				t.Errorf("membership: %+v", s.Memberships[0])
			}
			if len(s.Assignments) != 1 || !slices.Equal(s.AssignmentsOf, []string{group}) {
				t.Errorf("assignments %v of %v", s.Assignments, s.AssignmentsOf)
			}
		})
	}
}

func TestWhoIsInVeryManyGroupsIsAskedForDirectly(t *testing.T) {
	t.Parallel()
	sizes := make([]int, 130)
	for i := range sizes {
		sizes[i] = 1
	}
	w := populate(t, 2, append(sizes, 0)...)
	var seen []string
	for name := range w.groups {
		heard, _, err := w.collect(t, w.srv.URL, identitystore.Options{Query: live.Query{User: "user-0", Group: name}})
		if err != nil {
			t.Fatal(err)
		}
		s := heard.snapshots[0]
		switch in := slices.ContainsFunc(s.Memberships, func(m directory.Membership) bool { return m.Group == w.groups[name] && !m.CreatedAt.IsZero() }); {
		case in && name != "Group 130":
			seen = append(seen, name)
		case !in && name == "Group 130" && len(s.Absent) == 1 && s.Absent[0].Group == w.groups[name]:
			seen = append(seen, name)
		default:
			t.Errorf("%s: in %v, absent %v", name, in, s.Absent)
		}
		if len(s.GroupsOf) != 0 {
			t.Errorf("%s: one page of two, and the list is called whole", name)
		}
	}
	if len(seen) != 131 {
		t.Errorf("%d of 131", len(seen))
	}
}

func TestOnlyAPersonOrOnlyAGroup(t *testing.T) {
	t.Parallel()
	w := populate(t, 5, 5, 2, 0)
	w.assign(t, "Group 1", "444455556666")
	heard, _, err := w.collect(t, w.srv.URL, identitystore.Options{Query: live.Query{User: "user-0"}})
	if err != nil {
		t.Fatal(err)
	}
	s := heard.snapshots[0]
	if len(s.Users) != 1 || len(s.Groups) != 2 || len(s.Memberships) != 2 || len(s.GroupsOf) != 1 || len(s.AssignmentsOf) != 2 || len(s.Assignments) != 1 {
		t.Errorf("a person: %+v", s)
	}
	heard, _, err = w.collect(t, w.srv.URL, identitystore.Options{Query: live.Query{Group: "Group 0"}})
	if err != nil {
		t.Fatal(err)
	}
	s = heard.snapshots[0]
	if len(s.Users) != 5 || len(s.Groups) != 1 || len(s.Memberships) != 5 || len(s.MembersOf) != 1 || len(s.AssignmentsOf) != 1 || len(s.Assignments) != 0 {
		t.Errorf("a group: %+v", s)
	}
}

func TestANameThatTheStoreDoesNotKnowIsAnAnswer(t *testing.T) {
	t.Parallel()
	w := populate(t, 1, 1)
	heard, _, err := w.collect(t, w.srv.URL, identitystore.Options{Query: live.Query{User: "nobody@example.com", Group: "Group 0"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(heard.notes) != 1 || !strings.Contains(heard.notes[0], `no user "nobody@example.com"`) || len(heard.snapshots[0].AssignmentsOf) != 1 {
		t.Errorf("notes %q, snapshot %+v", heard.notes, heard.snapshots[0])
	}
}

// TestFaultsLoseNothing: 500 of them over whole listings.
func TestFaultsLoseNothing(t *testing.T) {
	t.Parallel()
	w := populate(t, 230, 230, 120, 0, 1, 7, 101)
	rnd := rand.New(rand.NewPCG(7, 500))
	row := map[string]int{}
	proxy := flaky.New(t, w.srv.URL, func(r *http.Request, body []byte) flaky.Fault {
		call := r.Header.Get("X-Amz-Target") + string(body)
		if row[call] < 3 && rnd.IntN(100) < 80 {
			row[call]++
			return flaky.Passing[rnd.IntN(len(flaky.Passing))]
		}
		row[call] = 0
		return flaky.None
	})
	for round := 0; proxy.Injected.Load() < 500; round++ {
		heard, _, err := w.collect(t, proxy.URL, identitystore.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		s := heard.snapshots[0]
		if diff := gocmp.Diff(w.memberships, pairs(s)); diff != "" {
			t.Fatalf("memberships (-made +listed):\n%s", diff)
		}
		if len(s.Users) != 230 || len(s.Groups) != 6 || len(s.MembersOf) != 6 || len(s.AssignmentsOf) != 6 || !s.AllUsers || !s.AllGroups {
			t.Fatalf("%d users, %d groups, %d lists", len(s.Users), len(s.Groups), len(s.MembersOf))
		}
	}
	t.Logf("%d faults in %d requests", proxy.Injected.Load(), proxy.Requests.Load())
}

// TestWhateverHappensOnlyWholeListsAreCalledWhole: any faults, also deadly ones.
func TestWhateverHappensOnlyWholeListsAreCalledWhole(t *testing.T) {
	t.Parallel()
	w := populate(t, 120, 120, 0, 3, 101)
	w.assign(t, "Group 2", "444455556666")
	proxy := flaky.New(t, w.srv.URL, nil)
	all := append([]flaky.Fault{flaky.Expired, flaky.None, flaky.None, flaky.None, flaky.None}, flaky.Passing...)
	members := map[string]int{}
	for _, m := range w.memberships {
		members[m[:36]]++
	}
	rapid.Check(t, func(t *rapid.T) {
		schedule := rapid.SliceOfN(rapid.SampledFrom(all), 0, 60).Draw(t, "faults")
		then := rapid.SampledFrom([]flaky.Fault{flaky.None, flaky.Expired, flaky.Throttle, flaky.Empty}).Draw(t, "for ever after")
		i := 0
		proxy.Weather(func(*http.Request, []byte) flaky.Fault {
			if i < len(schedule) {
				i++
				return schedule[i-1]
			}
			return then
		})
		heard, _, err := w.collect(t, proxy.URL, identitystore.Options{Store: "d-9a67000001"})
		if err != nil {
			if _, ok := errors.AsType[*live.Problem](err); !ok || strings.Contains(err.Error(), "session-token") {
				t.Errorf("error: %v", err)
			}
		}
		for _, s := range heard.snapshots {
			if s.AllUsers && len(s.Users) != 120 || s.AllGroups && len(s.Groups) != 4 {
				t.Errorf("%d users, %d groups", len(s.Users), len(s.Groups))
			}
			got := map[string]int{}
			for _, m := range s.Memberships {
				got[m.Group]++
			}
			for _, g := range s.MembersOf {
				if got[g] != members[g] {
					t.Errorf("group %s has %d of %d members and is called whole", g, got[g], members[g])
				}
			}
			if slices.Contains(s.AssignmentsOf, w.groups["Group 2"]) && len(s.Assignments) != 1 {
				t.Errorf("assignments: %v", s.Assignments)
			}
			if err == nil && then == flaky.None && len(s.MembersOf) != 4 {
				t.Errorf("no error, and %d lists", len(s.MembersOf))
			}
			if err != nil && !s.Truncated {
				t.Error("an error, and the listing is not called cut short")
			}
		}
	})
}

// TestAListWithAStrangeEntryIsNotWhole: what could not be read may be anybody.
func TestAListWithAStrangeEntryIsNotWhole(t *testing.T) {
	t.Parallel()
	const group = "64a8b4c8-1001-70a1-1111-000000000001"
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		_, _ = fmt.Fprint(rw, map[string]string{
			"ListInstances": `{"Instances":[]}`, "ListUsers": `{"Users":[{"IdentityStoreId":"d-9a67000001","UserName":"ann"}]}`,
			"ListGroups":           `{"Groups":[{"IdentityStoreId":"d-9a67000001","GroupId":"` + group + `"}]}`,
			"ListGroupMemberships": `{"GroupMemberships":[{"IdentityStoreId":"d-9a67000001","GroupId":"` + group + `"}]}`}[op])
	}))
	t.Cleanup(web.Close)
	w := populate(t, 0)
	heard, _, err := w.collect(t, web.URL, identitystore.Options{Store: "d-9a67000001"})
	if err != nil {
		t.Fatal(err)
	}
	s := heard.snapshots[0]
	if s.AllUsers || !s.AllGroups || len(s.MembersOf) != 0 || s.Skipped != 2 || len(s.Problems) != 2 || len(heard.notes) != 1 {
		t.Errorf("snapshot %+v, notes %q", s, heard.notes)
	}
}

func TestTwoListingsGiveADifference(t *testing.T) {
	t.Parallel()
	w := populate(t, 3, 2)
	before, _, err := w.collect(t, w.srv.URL, identitystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	group := w.groups["Group 0"]
	w.srv.Console("ann@example.com").AddMember(group, w.users["user-2"])
	w.srv.Console("ann@example.com").RemoveMember(group, w.users["user-0"])
	after, _, err := w.collect(t, w.srv.URL, identitystore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := directory.Diff(&before.snapshots[0], &after.snapshots[0])
	who := func(list []directory.Membership) []string {
		out := []string{}
		for _, m := range list {
			out = append(out, m.User)
		}
		return out
	}
	want := [][]string{{w.users["user-2"]}, {w.users["user-0"]}, {}}
	if diff := gocmp.Diff(want, [][]string{who(d.Added), who(d.Removed), who(d.Unknown)}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("added, removed, unknown:\n%s", diff)
	}
}

func TestNamesOfTheSource(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"identitystore://us-east-2/d-9a67000001": "us-east-2 d-9a67000001", "identitystore://us-east-2": "us-east-2 ",
		"identitystore://": " ", "identitystore:///d-9a67000001": " d-9a67000001"} {
		region, store, err := identitystore.ParseName(name)
		if got := region + " " + store; err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"identitystore://us-east-2/x", "identitystore://d-9a67000001", "lookup://us-east-2"} {
		if _, _, err := identitystore.ParseName(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestThePlanNamesThePermissionsOnce(t *testing.T) {
	t.Parallel()
	w := populate(t, 1, 1)
	c := &clock{now: w.srv.Now()}
	for _, q := range []live.Query{{}, {User: "user-0"}, {Group: "Group 0"}, {User: "user-0", Group: "Group 0"}} {
		q.Now = c.Now
		plan, err := identitystore.New(identitystore.Options{Accesses: []awsaccess.Access{w.access(w.srv.URL)}, Query: q, Sleep: c.Sleep}).Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sorted := slices.SortedFunc(slices.Values(plan.Permissions), func(a, b live.Permission) int { return cmp.Compare(a.Action, b.Action) })
		if len(slices.CompactFunc(sorted, func(a, b live.Permission) bool { return a.Action == b.Action })) != len(plan.Permissions) || plan.Calls == 0 {
			t.Errorf("plan: %+v", plan)
		}
	}
}
