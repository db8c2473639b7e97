package idcenter_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// diary is a journal as a database would be: it keeps the last change of each
// thing, and may refuse.
type diary struct {
	mu     sync.Mutex
	things map[string]idcenter.Change
	events []string // names of records
	full   bool
	// During runs while an entry is being stored.
	during func(idcenter.Entry)
}

func newDiary() *diary { return &diary{things: map[string]idcenter.Change{}} }

var errFull = errors.New("the disk is full")

func (d *diary) Commit(e idcenter.Entry) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.during != nil {
		d.during(e)
	}
	if d.full {
		return errFull
	}
	for _, c := range e.Changes {
		key := string(c.Kind) + " " + c.ID
		if c.JSON == nil {
			delete(d.things, key)
			continue
		}
		d.things[key] = c
	}
	if e.Event != nil {
		d.events = append(d.events, e.Event.Name)
	}
	return nil
}

func (d *diary) changes(yield func(idcenter.Change, error) bool) {
	for _, c := range d.things {
		if !yield(c, nil) {
			return
		}
	}
}

func TestAFullDiskChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDiary()
	w := newWorldWith(t, func(o *idcenter.Options) { o.Journal = d })
	u := w.user("ann")
	g := w.group("g", u)
	before := w.Snapshot()
	d.full = true
	for _, test := range []struct{ method, target, body string }{
		{"POST", "/Users", userBody("ben")},
		{"PATCH", "/Users/" + u, patch(`{"op":"replace","path":"active","value":false}`)},
		{"PATCH", "/Groups/" + g, patch(`{"op":"remove","path":"members","value":` + memberList(u) + `}`)},
		{"DELETE", "/Users/" + u, ""},
		{"GET", "/Users", ""},
		{"GET", "/Users/" + nobody, ""},
	} {
		a := w.scim(test.method, test.target, test.body)
		if a.Status != 500 || !errors.Is(a.Err, errFull) || strings.Contains(string(a.Body), "disk") {
			t.Errorf("%s %s: %d %s (%v)", test.method, test.target, a.Status, a.Body, a.Err)
		}
	}
	if _, err := w.api("DeleteGroup", fmt.Sprintf(`{"GroupId":%q}`, g)); err == nil || err.Status != 500 {
		t.Errorf("the API: %v", err)
	}
	if _, err := w.Console(context.Background(), admin, "DeleteGroup", idcenter.ConsoleRequest{Group: g}); !errors.Is(err, errFull) {
		t.Errorf("the console: %v", err)
	}
	if err := w.DeleteToken(context.Background(), admin, w.Tokens()[0].ID); !errors.Is(err, errFull) {
		t.Errorf("a token: %v", err)
	}
	if diff := cmp.Diff(before, w.Snapshot()); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
	d.full = false
	if a := w.scim("DELETE", "/Users/"+u, ""); a.Status != 204 || len(w.members(g)) != 0 {
		t.Errorf("with room again: %d %s", a.Status, a.Body)
	}
}

// TestNobodySeesAChangeBeforeItIsStored: while a change is with the journal,
// others read the state of before, and do not wait.
func TestNobodySeesAChangeBeforeItIsStored(t *testing.T) {
	t.Parallel()
	d := newDiary()
	w := newWorldWith(t, func(o *idcenter.Options) { o.Journal = d })
	u := w.user("ann")
	looked := 0
	d.during = func(e idcenter.Entry) {
		if len(e.Changes) == 0 {
			return
		}
		looked++
		for _, user := range quickLook(w) {
			if user != u {
				t.Errorf("%s is seen before it is stored", user)
			}
		}
	}
	w.user("ben")
	d.during = nil
	if looked != 1 || len(quickLook(w)) != 2 {
		t.Errorf("looked %d times; afterwards there are %v", looked, quickLook(w))
	}
}

// quickLook lists users by a call without a record, so that the journal is not
// asked again.
func quickLook(w *world) []string {
	call := scimClient
	call.Silent = true
	r := w.SCIM(context.Background(), call, idcenter.SCIMRequest{Tenant: testTenant, Method: "GET", Path: "/Users", Authorization: "Bearer " + w.token})
	var out []string
	for part := range strings.SplitSeq(string(r.Body), `{"id":"`) {
		if id, _, ok := strings.Cut(part, `"`); ok && len(id) == 36 {
			out = append(out, id)
		}
	}
	return out
}

// TestWhatWasStoredComesBack: after any calls, a Center made from the journal
// holds the same, token and all, and so does one made from Changes.
func TestWhatWasStoredComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDiary()
		w := newWorldWith(t, func(o *idcenter.Options) { o.Journal = d })
		w.scim("POST", "/Users", fullUser)
		if _, err := w.api("CreateUser", apiUser); err == nil {
			t.Fatal("two users of one name")
		}
		w.api("UpdateIdentityStore", `{"NetworkConfiguration":{"VpceAccessRequired":true}}`)
		var users, groups []string
		for range rapid.IntRange(0, 30).Draw(t, "calls") {
			u, g := nobody, nobody
			if len(users) > 0 {
				u = rapid.SampledFrom(users).Draw(t, "user")
			}
			if len(groups) > 0 {
				g = rapid.SampledFrom(groups).Draw(t, "group")
			}
			switch rapid.IntRange(0, 6).Draw(t, "call") {
			case 0:
				users = append(users, w.user(fmt.Sprint("u", len(users))))
			case 1:
				groups = append(groups, w.group(fmt.Sprint("g", len(groups))))
			case 2, 3:
				w.api("CreateGroupMembership", fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":%q}}`, g, u))
			case 4:
				w.scim("DELETE", "/Users/"+u, "")
			case 5:
				w.scim("PATCH", "/Groups/"+g, patch(`{"op":"replace","path":"externalId","value":"`+g+`"}`))
			case 6:
				w.sso("CreateAccountAssignment", fmt.Sprintf(`{"TargetId":"444455556666","TargetType":"AWS_ACCOUNT","PrincipalType":"GROUP","PrincipalId":%q,`+
					`"PermissionSetArn":"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"}`, g))
			}
		}
		want := w.Snapshot()
		for name, changes := range map[string]func(func(idcenter.Change, error) bool){"the journal": d.changes, "Changes": w.Changes()} {
			again := newWorldWith(t, func(o *idcenter.Options) { o.Instance = w.Instance() })
			if err := again.DeleteToken(context.Background(), admin, again.Tokens()[0].ID); err != nil {
				t.Fatal(err)
			}
			if err := again.Restore(changes); err != nil {
				t.Fatalf("from %s: %v", name, err)
			}
			if diff := cmp.Diff(want, again.Snapshot(), cmpopts.IgnoreFields(directory.Snapshot{}, "NotBefore", "NotAfter")); diff != "" {
				t.Fatalf("from %s (-was +is):\n%s", name, diff)
			}
			again.token = w.token
			if a, b := again.scim("GET", "/Users", ""), w.scim("GET", "/Users", ""); a.Status != 200 || string(a.Body) != string(b.Body) {
				t.Fatalf("from %s: %d %s\nwas %s", name, a.Status, a.Body, b.Body)
			}
		}
	})
}

func TestWhatDoesNotFitIsNotRestored(t *testing.T) {
	t.Parallel()
	d := newDiary()
	w := newWorldWith(t, func(o *idcenter.Options) { o.Journal = d })
	u := w.user("ann")
	w.group("g", u)
	good := slices.Collect(maps.Values(d.things))
	broken := errors.New("the database is closed")
	for _, test := range []struct {
		name, want string
		changes    []idcenter.Change
		err        error
	}{
		{"an unknown kind", "no kind that is known", []idcenter.Change{{Kind: "dream", ID: "x", JSON: []byte("{}")}}, nil},
		{"broken JSON", "restoring the group x", []idcenter.Change{{Kind: idcenter.KindGroup, ID: "x", JSON: []byte("{")}}, nil},
		{"a membership of nobody", "its group or user is not there", slices.DeleteFunc(slices.Clone(good), func(c idcenter.Change) bool { return c.Kind == idcenter.KindUser }), nil},
		{"two groups of one name", "Duplicate GroupDisplayName", []idcenter.Change{
			{Kind: idcenter.KindGroup, ID: "x", JSON: []byte(`{"id":"x","displayName":"g"}`)}, {Kind: idcenter.KindGroup, ID: "y", JSON: []byte(`{"id":"y","displayName":"g"}`)}}, nil},
		{"a token without a hash", "no hash", []idcenter.Change{{Kind: idcenter.KindToken, ID: "x", JSON: []byte(`{"id":"x"}`)}}, nil},
		{"a user without a name", "attributes", []idcenter.Change{{Kind: idcenter.KindUser, ID: "x", JSON: []byte(`{"id":"x","shown":{"active":true}}`)}}, nil},
		{"a user who is no object", "restoring the user x", []idcenter.Change{{Kind: idcenter.KindUser, ID: "x", JSON: []byte(`{"id":"x","shown":[]}`)}}, nil},
		{"an error underway", "the database is closed", good, broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := newWorld(t, idcenter.Behaviour{}).Restore(func(yield func(idcenter.Change, error) bool) {
				for _, c := range test.changes {
					if !yield(c, nil) {
						return
					}
				}
				if test.err != nil {
					yield(idcenter.Change{}, test.err)
				}
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

func TestAFaultIsRecordedAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, idcenter.Behaviour{})
	call := scimClient
	call.Fault = idcenter.Throttled(1e9)
	r := w.SCIM(context.Background(), call, idcenter.SCIMRequest{Tenant: testTenant, Method: "POST", Path: "/Users", Authorization: "Bearer " + w.token, Body: []byte(userBody("a"))})
	if r.Status != 429 || r.Err.RetryAfter != 1e9 {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
	if got := w.last(); got.ErrorCode != "ThrottlingException" || got.ErrorMessage != "Rate exceeded" || got.Name != "CreateUser" || len(w.Snapshot().Users) != 0 {
		t.Errorf("the record is %s", got.Raw)
	}
	call = admin
	call.Fault = idcenter.Internal()
	if _, err := w.read(w.API(context.Background(), call, "CreateGroup", []byte(w.inStore(`{"DisplayName":"g"}`)))); err == nil || err.Status != 500 || len(w.Snapshot().Groups) != 0 {
		t.Errorf("the API: %v", err)
	}
}

// TestConcurrentPatchesLoseNothing: many clients change one group at once, and
// each change is there afterwards, with its record.
func TestConcurrentPatchesLoseNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, idcenter.Behaviour{})
		clients := rapid.IntRange(2, 8).Draw(t, "clients")
		var stays, leaves []string
		for i := range clients * 3 {
			stays = append(stays, w.user(fmt.Sprint("s", i)))
			leaves = append(leaves, w.user(fmt.Sprint("l", i)))
		}
		g := w.group("g", leaves...)
		before := w.log.Len()
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				for j := range 3 {
					k := i*3 + j
					op := `{"op":"add","path":"members","value":` + memberList(stays[k]) + `},{"op":"remove","path":"members","value":` + memberList(leaves[k]) + `}`
					r := w.SCIM(context.Background(), scimClient, idcenter.SCIMRequest{Tenant: testTenant, Method: "PATCH", Path: "/Groups/" + g,
						Authorization: "Bearer " + w.token, Body: []byte(patch(op))})
					if r.Status != 204 {
						t.Errorf("refused: %s", r.Body)
					}
					w.SCIM(context.Background(), scimClient, idcenter.SCIMRequest{Tenant: testTenant, Method: "GET", Path: "/Users",
						Query: parseQuery(`filter=groups.value eq "` + g + `"`), Authorization: "Bearer " + w.token})
				}
			})
		}
		wg.Wait()
		slices.Sort(stays)
		if diff := cmp.Diff(stays, w.members(g)); diff != "" {
			t.Fatalf("changes were lost (-want +got):\n%s", diff)
		}
		patches := 0
		for _, r := range w.records(before) {
			if r.Name == "PatchGroup" {
				patches++
			}
		}
		if patches != clients*3 {
			t.Fatalf("%d patches are recorded, want %d", patches, clients*3)
		}
	})
}
