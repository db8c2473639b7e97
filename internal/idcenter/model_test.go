package idcenter_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/idcenter"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// model is what a Center should hold, as maps.
type model struct {
	users   map[string]string // id to userName
	active  map[string]bool
	groups  map[string]string // id to displayName
	members map[[2]string]bool
}

// player makes random calls to a Center and to the model beside it.
type player struct {
	*rapid.T
	w *world
	m model
	// wrote counts calls that succeeded and changed something, by event source.
	records int
}

// names are few, so that they clash, and differ in case.
var names = []string{"ann", "Ann", "ben", "carol", "dora"}

// some draws an id of those in use, or one of nobody.
func (p *player) some(what string, ids map[string]string) string {
	return rapid.SampledFrom(append(slices.Sorted(maps.Keys(ids)), nobody)).Draw(p.T, what)
}

func taken(in map[string]string, name, besides string) bool {
	for id, n := range in {
		if id != besides && strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// want checks the status of a call and that it left one record which says
// whether it failed.
func (p *player) want(call string, status, want int) {
	p.Helper()
	if status != want {
		p.Fatalf("%s: status %d, want %d", call, status, want)
	}
	p.records++
	// Records have whole seconds, and nothing else tells what came first.
	p.w.advance(time.Second)
	if got := p.w.log.Len(); got != p.records {
		p.Fatalf("%s: %d records, want %d", call, got, p.records)
	}
	last := p.w.last()
	if last.Name != call || last.Failed() != (want >= 400) {
		p.Fatalf("the record of %s is of %s and failed: %v", call, last.Name, last.Failed())
	}
}

func statusOf(err *idcenter.Error) int {
	if err == nil {
		return 200
	}
	return err.Status
}

func (p *player) moves() map[string]func(*rapid.T) {
	w, m := p.w, p.m
	return map[string]func(*rapid.T){
		"CreateUser by SCIM": func(*rapid.T) {
			name := rapid.SampledFrom(names).Draw(p.T, "name")
			a := w.scim("POST", "/Users", userBody(name))
			if taken(m.users, name, "") {
				p.want("CreateUser", a.Status, 409)
				return
			}
			p.want("CreateUser", a.Status, 201)
			id := a.body["id"].(string)
			m.users[id], m.active[id] = name, true
		},
		"CreateUser by API": func(*rapid.T) {
			name := rapid.SampledFrom(names).Draw(p.T, "name")
			out, err := w.api("CreateUser", fmt.Sprintf(`{"UserName":%q,"DisplayName":"d","Name":{"FamilyName":"f","GivenName":"g"}}`, name))
			if taken(m.users, name, "") {
				p.want("CreateUser", statusOf(err), 409)
				return
			}
			p.want("CreateUser", statusOf(err), 200)
			id := out["UserId"].(string)
			m.users[id], m.active[id] = name, true
		},
		"PutUser": func(*rapid.T) {
			id, name := p.some("user", m.users), rapid.SampledFrom(names).Draw(p.T, "name")
			a := w.scim("PUT", "/Users/"+id, withID(id, userBody(name)))
			switch {
			case m.users[id] == "":
				p.want("PutUser", a.Status, 404)
			case taken(m.users, name, id):
				p.want("PutUser", a.Status, 409)
			default:
				p.want("PutUser", a.Status, 200)
				m.users[id], m.active[id] = name, true
			}
		},
		"PatchUser": func(*rapid.T) {
			id := p.some("user", m.users)
			a := w.scim("PATCH", "/Users/"+id, patch(`{"op":"replace","value":{"active":false}}`))
			if m.users[id] == "" {
				p.want("PatchUser", a.Status, 404)
				return
			}
			p.want("PatchUser", a.Status, 200)
			m.active[id] = false
		},
		"DeleteUser": func(*rapid.T) {
			id := p.some("user", m.users)
			var status, good int
			if rapid.Bool().Draw(p.T, "by SCIM") {
				status, good = w.scim("DELETE", "/Users/"+id, "").Status, 204
			} else {
				_, err := w.api("DeleteUser", fmt.Sprintf(`{"UserId":%q}`, id))
				status, good = statusOf(err), 200
			}
			if m.users[id] == "" {
				p.want("DeleteUser", status, 404)
				return
			}
			p.want("DeleteUser", status, good)
			delete(m.users, id)
			delete(m.active, id)
			maps.DeleteFunc(m.members, func(k [2]string, _ bool) bool { return k[1] == id })
		},
		"CreateGroup": func(*rapid.T) {
			name, member := rapid.SampledFrom(names).Draw(p.T, "name"), p.some("member", m.users)
			a := w.scim("POST", "/Groups", fmt.Sprintf(`{"displayName":%q,"members":%s}`, name, memberList(member)))
			switch {
			case m.users[member] == "":
				p.want("CreateGroup", a.Status, 404)
			case taken(m.groups, name, ""):
				p.want("CreateGroup", a.Status, 409)
			default:
				p.want("CreateGroup", a.Status, 201)
				id := a.body["id"].(string)
				m.groups[id] = name
				m.members[[2]string{id, member}] = true
			}
		},
		"DeleteGroup": func(*rapid.T) {
			id := p.some("group", m.groups)
			status := w.scim("DELETE", "/Groups/"+id, "").Status
			if m.groups[id] == "" {
				p.want("DeleteGroup", status, 404)
				return
			}
			p.want("DeleteGroup", status, 204)
			delete(m.groups, id)
			maps.DeleteFunc(m.members, func(k [2]string, _ bool) bool { return k[0] == id })
		},
		"UpdateGroup": func(*rapid.T) {
			id, name := p.some("group", m.groups), rapid.SampledFrom(names).Draw(p.T, "name")
			_, err := w.api("UpdateGroup", fmt.Sprintf(`{"GroupId":%q,"Operations":[{"AttributePath":"displayName","AttributeValue":%q}]}`, id, name))
			switch {
			case m.groups[id] == "":
				p.want("UpdateGroup", statusOf(err), 404)
			case taken(m.groups, name, id):
				p.want("UpdateGroup", statusOf(err), 409)
			default:
				p.want("UpdateGroup", statusOf(err), 200)
				m.groups[id] = name
			}
		},
		"PatchGroup": func(*rapid.T) {
			id, in, out := p.some("group", m.groups), p.some("joins", m.users), p.some("leaves", m.users)
			a := w.scim("PATCH", "/Groups/"+id, patch(
				fmt.Sprintf(`{"op":"Remove","path":"members[value eq \"%s\"]"}`, out), `{"op":"Add","path":"members","value":`+memberList(in)+`}`))
			if m.groups[id] == "" || m.users[in] == "" {
				p.want("PatchGroup", a.Status, 404)
				return
			}
			p.want("PatchGroup", a.Status, 204)
			delete(m.members, [2]string{id, out})
			m.members[[2]string{id, in}] = true
		},
		"CreateGroupMembership": func(*rapid.T) {
			g, u := p.some("group", m.groups), p.some("user", m.users)
			_, err := w.api("CreateGroupMembership", fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":%q}}`, g, u))
			switch {
			case m.groups[g] == "" || m.users[u] == "":
				p.want("CreateGroupMembership", statusOf(err), 404)
			case m.members[[2]string{g, u}]:
				p.want("CreateGroupMembership", statusOf(err), 409)
			default:
				p.want("CreateGroupMembership", statusOf(err), 200)
				m.members[[2]string{g, u}] = true
			}
		},
		"DeleteGroupMembership": func(*rapid.T) {
			g, u := p.some("group", m.groups), p.some("user", m.users)
			out, err := w.api("GetGroupMembershipId", fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":%q}}`, g, u))
			if !m.members[[2]string{g, u}] {
				p.want("GetGroupMembershipId", statusOf(err), 404)
				return
			}
			p.want("GetGroupMembershipId", statusOf(err), 200)
			_, err = w.api("DeleteGroupMembership", fmt.Sprintf(`{"MembershipId":%q}`, out["MembershipId"]))
			p.want("DeleteGroupMembership", statusOf(err), 200)
			delete(m.members, [2]string{g, u})
		},
		"the console": func(*rapid.T) {
			g, u := p.some("group", m.groups), p.some("user", m.users)
			op := rapid.SampledFrom([]string{"AddMemberToGroup", "RemoveMemberFromGroup"}).Draw(p.T, "op")
			_, err := w.Console(context.Background(), admin, op, idcenter.ConsoleRequest{Group: g, User: u})
			e, _ := errors.AsType[*idcenter.Error](err)
			in := m.members[[2]string{g, u}]
			switch {
			case m.groups[g] == "" || m.users[u] == "" || op == "RemoveMemberFromGroup" && !in:
				p.want(op, statusOf(e), 404)
			case op == "AddMemberToGroup" && in:
				p.want(op, statusOf(e), 409)
			case op == "AddMemberToGroup":
				p.want(op, statusOf(e), 200)
				m.members[[2]string{g, u}] = true
			default:
				p.want(op, statusOf(e), 200)
				delete(m.members, [2]string{g, u})
			}
		},
		"time": func(*rapid.T) {
			w.advance(time.Duration(rapid.IntRange(1, 100).Draw(p.T, "seconds")) * time.Second)
		},
		"": func(*rapid.T) { p.check(w.Center) },
	}
}

// check holds a Center against the model, by index and by listing.
func (p *player) check(c *idcenter.Center) {
	p.Helper()
	got := model{users: map[string]string{}, active: map[string]bool{}, groups: map[string]string{}, members: map[[2]string]bool{}}
	s := c.Snapshot()
	for _, u := range s.Users {
		got.users[u.ID], got.active[u.ID] = u.UserName, u.Status == "ENABLED"
	}
	for _, g := range s.Groups {
		got.groups[g.ID] = g.Name
	}
	for _, m := range s.Memberships {
		got.members[[2]string{m.Group, m.User}] = true
	}
	if diff := cmp.Diff(p.m, got, cmp.AllowUnexported(model{})); diff != "" {
		p.Fatalf("the Center differs (-model +Center):\n%s", diff)
	}
}

// play makes calls at random.
func play(t *rapid.T) *player {
	w := newWorld(t, idcenter.Behaviour{})
	p := &player{T: t, w: w, m: model{users: map[string]string{}, active: map[string]bool{}, groups: map[string]string{}, members: map[[2]string]bool{}}}
	t.Repeat(p.moves())
	return p
}

// TestTheCenterDoesWhatTheModelSays: every call ends as the model says, leaves
// one record, and the store afterwards is the model's.
func TestTheCenterDoesWhatTheModelSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := play(t)
		for id, name := range p.m.users {
			a := p.w.scim("GET", `/Users?filter=userName eq "`+strings.ToUpper(name)+`"`, "")
			if got := ids(a); !slices.Equal(got, []string{id}) {
				t.Fatalf("looking up %s found %v, want %s", name, got, id)
			}
		}
		for g := range p.m.groups {
			var want []string
			for m := range p.m.members {
				if m[0] == g {
					want = append(want, m[1])
				}
			}
			slices.Sort(want)
			if got := p.w.members(g); !slices.Equal(got, want) {
				t.Fatalf("the members of %s are %v, want %v", g, got, want)
			}
		}
	})
}

// TestTheRecordsTellTheMemberships: whoever has the records and one listing of
// the store, and nothing else, finds exactly the memberships that there are, and
// an origin for each.
func TestTheRecordsTellTheMemberships(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := play(t)
		p.w.advance(time.Minute)
		b := casefile.NewBuilder(actor.Default())
		in := b.Input(casefile.Input{Path: "log"})
		for _, e := range p.w.log.From(0) {
			if err := b.Record(in, e.Record); err != nil {
				t.Fatal(err)
			}
		}
		b.Snapshot(p.w.Snapshot())
		got := map[[2]string]bool{}
		for _, row := range ledger.Build(b.Build()).Rows {
			if !row.Is() {
				continue
			}
			got[[2]string{row.Group.ID, row.User.ID}] = true
			began := row.Periods[len(row.Periods)-1].Began
			if began == nil || began.Known != ledger.Recorded && began.Known != ledger.Inferred {
				t.Fatalf("nothing says how %s came into %s: %+v", row.User.ID, row.Group.ID, began)
			}
		}
		if diff := cmp.Diff(p.m.members, got); diff != "" {
			t.Fatalf("the ledger differs (-model +ledger):\n%s", diff)
		}
	})
}

// TestRecordsSpeakOfWhatWasChanged: the subject and the effect of a record are
// those of the call, and no record holds a name.
func TestRecordsSpeakOfWhatWasChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	ctx := context.Background()
	u, v := w.user("secret-ann"), w.user("secret-ben")
	g := w.group("secret-group")
	created := w.last()
	w.scim("PATCH", "/Groups/"+g, patch(`{"op":"add","path":"members","value":`+memberList(u)+`}`))
	added := w.last()
	w.scim("PATCH", "/Groups/"+g, patch(fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, u)))
	removed := w.last()
	filled := w.group("secret-filled", u)
	withMembers := w.last()
	m, _ := w.api("CreateGroupMembership", fmt.Sprintf(`{"GroupId":"arn:aws:identitystore:::group/%s","MemberId":{"UserId":%q}}`, g, v))
	byAPI := w.last()
	if _, err := w.Console(ctx, admin, "AddMemberToGroup", idcenter.ConsoleRequest{Group: g, User: u}); err != nil {
		t.Fatal(err)
	}
	byConsole := w.last()
	w.scim("PATCH", "/Users/"+u, patch(`{"op":"replace","path":"active","value":false}`))
	disabled := w.last()
	w.scim("PATCH", "/Groups/"+g, patch(`{"op":"replace","value":{"displayName":"secret-new"}}`))
	renamed := w.last()
	w.scim("PATCH", "/Groups/"+g, patch(`{"op":"remove"}`))
	refused := w.last()
	w.scim("DELETE", "/Groups/"+filled, "")
	deleted := w.last()

	type said struct {
		Effect                        cloudtrail.Effect
		Source, Group, User, Tenant   string
		Membership, Identity, Problem string
	}
	for _, test := range []struct {
		name   string
		record cloudtrail.Record
		want   said
	}{
		{"a new group without members adds nobody", created, said{Effect: cloudtrail.GroupCreated, Source: awsid.SourceSCIM, Group: g, Tenant: testTenant, Identity: "WebIdentityUser"}},
		{"members added over SCIM", added, said{Effect: cloudtrail.MembersAdded, Source: awsid.SourceSCIM, Group: g, Tenant: testTenant, Identity: "WebIdentityUser"}},
		{"members removed over SCIM", removed, said{Effect: cloudtrail.MembersRemoved, Source: awsid.SourceSCIM, Group: g, Tenant: testTenant, Identity: "WebIdentityUser"}},
		{"a new group with members", withMembers, said{Effect: cloudtrail.GroupCreated, Source: awsid.SourceSCIM, Group: filled, Tenant: testTenant, Identity: "WebIdentityUser"}},
		{"a membership by API", byAPI, said{Effect: cloudtrail.MemberAdded, Source: awsid.SourceAPI, Group: g, User: v, Identity: "AssumedRole", Membership: m["MembershipId"].(string)}},
		{"a membership by console", byConsole, said{Effect: cloudtrail.MemberAdded, Source: awsid.SourceConsole, Group: g, User: u, Identity: "AssumedRole"}},
		{"a user disabled", disabled, said{Effect: cloudtrail.UserDisabled, Source: awsid.SourceSCIM, User: u, Tenant: testTenant, Identity: "WebIdentityUser"}},
		{"a group renamed", renamed, said{Effect: cloudtrail.GroupUpdated, Source: awsid.SourceSCIM, Group: g, Tenant: testTenant, Identity: "WebIdentityUser"}},
		{"a refusal does not say who called", refused, said{Effect: cloudtrail.MembersRemoved, Source: awsid.SourceSCIM, Group: g, Tenant: testTenant, Identity: "Unknown",
			Problem: "ValidationException: Missing path in PATCH request"}},
		{"a group deleted", deleted, said{Effect: cloudtrail.GroupDeleted, Source: awsid.SourceSCIM, Group: filled, Tenant: testTenant, Identity: "WebIdentityUser"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := test.record
			got := said{Effect: r.Effect, Source: r.Source, Group: r.Subject.Group, User: r.Subject.User, Tenant: r.Subject.Tenant,
				Membership: r.Subject.Membership, Identity: string(r.Identity.Type)}
			if r.Failed() {
				got.Problem = r.ErrorCode + ": " + r.ErrorMessage
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the record says otherwise (-want +got):\n%s\n%s", diff, r.Raw)
			}
			if strings.Contains(string(r.Raw), "secret") {
				t.Errorf("the record holds a name: %s", r.Raw)
			}
		})
	}
	if created.MayAdd() || !withMembers.MayAdd() {
		t.Error("a new group without members may add, or one with members may not")
	}
}
