package repair_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/repair"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// told is a plan in a few words: what a reader of the table below wants to see.
func told(p *repair.Plan) []string {
	var out []string
	for _, g := range p.Groups {
		for _, a := range g.Add {
			out = append(out, "+ "+g.Name+" "+a.Name)
		}
		for _, r := range g.Remove {
			out = append(out, "- "+g.Name+" "+r.Name)
		}
	}
	for _, c := range p.CannotAdd {
		out = append(out, "cannot add "+c.User+" to "+c.Group+": "+c.Why)
	}
	for _, m := range p.Missing {
		out = append(out, "missing "+m.Group+": "+m.Why)
	}
	for _, u := range p.Untouched {
		out = append(out, "left "+u.Group+": "+u.Why)
	}
	for _, w := range p.Warnings {
		out = append(out, "mind: "+w)
	}
	return out
}

func TestPlans(t *testing.T) {
	t.Parallel()
	all := map[string][]int{"Admins": {0, 1}, "Readers": {}, "AWSControlTowerAdmins": {3}}
	for _, row := range []struct {
		name   string
		change func(*directory.Snapshot)
		wanted []repair.Wanted
		o      repair.Options
		want   []string
	}{
		{name: "as it should be: nothing is planned", wanted: []repair.Wanted{wanted("Admins", name(0), name(1))}},
		{name: "who is missing is added, who is too many is removed",
			wanted: []repair.Wanted{wanted("Admins", name(0), name(2))}, want: []string{"+ Admins " + name(2), "- Admins " + name(1)}},
		{name: "names are compared without regard to case, and e-mail addresses stand for names",
			wanted: []repair.Wanted{wanted("admins", "USER-0@example.com", "mail-1@example.com")}},
		{name: "a person named twice is one", wanted: []repair.Wanted{wanted("Readers", name(4), "mail-4@example.com")}, want: []string{"+ Readers " + name(4)}},
		{name: "who is no user is named with the nearest name, and the nearest is not removed on that ground",
			wanted: []repair.Wanted{wanted("Admins", name(0), "user-1@exmaple.com")},
			want:   []string{"cannot add user-1@exmaple.com to Admins: there is no such user in AWS; the nearest name is " + name(1)}},
		{name: "an attribute that AWS would refuse is named",
			wanted: []repair.Wanted{{Name: "Readers", People: []repair.Person{{Name: "max muster", Profile: &repair.Profile{FamilyName: "\u200bMuster"}}}}},
			want: []string{"cannot add max muster to Readers: there is no such user in AWS, and AWS would refuse to make one: userName holds a blank, which AWS refuses; " +
				"name.givenName is empty, and AWS wants one character at least; name.familyName holds the character U+200B, which AWS refuses"}},
		{name: "a group that is not in AWS is named with the nearest", wanted: []repair.Wanted{wanted("Admin", name(0)), wanted("Nothing\x00", name(0))},
			want: []string{"missing Admin: there is no such group in AWS; the nearest name is Admins",
				"missing Nothing\x00: there is no such group in AWS, and can't be: its name holds the character U+0000, which AWS refuses"}},
		{name: "Control Tower's groups are left alone", wanted: []repair.Wanted{wanted("AWSControlTowerAdmins", name(0))},
			want: []string{"left AWSControlTowerAdmins: it is a group of AWS Control Tower, which is changed only when it is named with --group"}},
		{name: "unless they are named", o: repair.Options{Groups: []string{"AWSControlTowerAdmins"}}, wanted: []repair.Wanted{wanted("AWSControlTowerAdmins", name(0)), wanted("Admins")},
			want: []string{"+ AWSControlTowerAdmins " + name(0), "- AWSControlTowerAdmins " + name(3)}},
		{name: "a group that should be empty is left", wanted: []repair.Wanted{wanted("Admins")},
			want: []string{"left Admins: nobody should be in it by the test, and 2 are: an empty list is more often a failure than a wish; if it is meant, name it with --empty"}},
		{name: "unless it is named for it", o: repair.Options{Empty: []string{"admins"}}, wanted: []repair.Wanted{wanted("Admins")}, want: []string{"- Admins " + name(0), "- Admins " + name(1)}},
		{name: "names of another kind remove nobody", wanted: []repair.Wanted{wanted("Admins", "E0017", "E0018")},
			want: []string{"cannot add E0017 to Admins: there is no such user in AWS", "cannot add E0018 to Admins: there is no such user in AWS",
				"left Admins: none of the 2 people who should be in it is a user in AWS: the names may be of another kind, and nobody is removed on that ground"}},
		{name: "a group whose members are not all known is left", change: func(s *directory.Snapshot) { s.MembersOf = nil }, wanted: []repair.Wanted{wanted("Admins", name(4))},
			want: []string{"left Admins: the evidence does not show all its members; read it live with --from identitystore://REGION/STORE"}},
		{name: "a source that doubts itself is not followed", wanted: []repair.Wanted{{Name: "Admins", Doubt: "half of it is missing"}}, want: []string{"left Admins: half of it is missing"}},
		{name: "who is no user of the evidence is not removed", change: func(s *directory.Snapshot) { s.Users = s.Users[:1] },
			wanted: []repair.Wanted{wanted("Admins", name(0))}, want: []string{"mind: 1 members of Admins are not among the users of the evidence; they are left in, since nobody knows who they are"}},
		{name: "a list that is not whole denies nobody", change: func(s *directory.Snapshot) { s.AllUsers, s.AllGroups = false, false },
			wanted: []repair.Wanted{wanted("Readers", "zoe"), wanted("Ghosts", "zoe")},
			want:   []string{"cannot add zoe to Readers: not in the evidence, which does not list all users", "missing Ghosts: it is not in the evidence, which does not list all groups"}},
		{name: "but what the store was asked for and has not is not there", change: func(s *directory.Snapshot) {
			s.AllUsers, s.AllGroups, s.NoUsers, s.NoGroups = false, false, []string{"Zoe"}, []string{"ghosts"}
		},
			wanted: []repair.Wanted{wanted("Readers", "zoe"), wanted("Ghosts", "zoe")},
			want:   []string{"cannot add zoe to Readers: there is no such user in AWS", "missing Ghosts: there is no such group in AWS"}},
		{name: "a short name with two other letters is another name", change: func(s *directory.Snapshot) { s.Users[0].UserName = "bob@example.com" },
			wanted: []repair.Wanted{wanted("Readers", "zoe@example.com", "job@example.com")},
			want: []string{"cannot add zoe@example.com to Readers: there is no such user in AWS",
				"cannot add job@example.com to Readers: there is no such user in AWS; the nearest name is bob@example.com"}},
		{name: "a pushed group is changed with a warning",
			change: func(s *directory.Snapshot) {
				s.Groups[2].ExternalIDs = []directory.ExternalID{{Issuer: "https://scim", ID: "g"}}
			},
			wanted: []repair.Wanted{wanted("Readers", name(0))}, want: []string{"+ Readers " + name(0),
				"mind: an identity provider pushes Readers: it does not learn of this change, overwrites it at its next full push, and drifts from AWS until then; mend it there too"}},
		{name: "an old listing is warned of", change: func(s *directory.Snapshot) {
			s.NotBefore, s.NotAfter = now.AddDate(0, 0, -9), now.AddDate(0, 0, -9)
		}, wanted: []repair.Wanted{wanted("Readers", name(0))},
			want: []string{"+ Readers " + name(0), "mind: the members in AWS are as of 2026-11-15T12:00:00Z; apply compares them with the world before it begins"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := snapshot(6, all)
			if row.change != nil {
				row.change(&s)
			}
			w, err := repair.NewWorld([]directory.Snapshot{s}, "")
			if err != nil {
				t.Fatal(err)
			}
			row.o.Now = now
			p, err := repair.Make(w, row.wanted, row.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, told(p)); diff != "" {
				t.Error(diff)
			}
			file := filepath.Join(t.TempDir(), "plan.json")
			if err := p.Save(file); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := repair.Load(bytes.NewReader(data))
			if err != nil {
				t.Fatalf("a saved plan is not read: %v", err)
			}
			if diff := cmp.Diff(told(p), told(again)); diff != "" {
				t.Errorf("a saved plan is another: %s", diff)
			}
			if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
				t.Errorf("the plan file has mode %v", info.Mode())
			}
		})
	}
}

func TestOnePerson(t *testing.T) {
	t.Parallel()
	w, err := repair.NewWorld([]directory.Snapshot{snapshot(6, map[string][]int{"Admins": {0, 1}, "AWSControlTowerAdmins": {}})}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, user, group string
		op                repair.Op
		want              []string
		fails             string
	}{
		{"who is missing is added", name(2), "Admins", repair.Add, []string{"+ Admins " + name(2)}, ""},
		{"who is in it already is not", name(0), "Admins", repair.Add, []string{"left Admins: " + name(0) + " is in it already"}, ""},
		{"who is in it is removed", name(0), "admins", repair.Remove, []string{"- Admins " + name(0)}, ""},
		{"a group of Control Tower was named", name(0), "AWSControlTowerAdmins", repair.Add,
			[]string{"+ AWSControlTowerAdmins " + name(0), "mind: AWSControlTowerAdmins is a group of AWS Control Tower; it is changed because it was named"}, ""},
		{"a wrong name", "user2@example.com", "Admins", repair.Add, []string{"cannot add user2@example.com to Admins: there is no such user in AWS; the nearest name is " + name(2)}, ""},
		{"a wrong group", name(0), "Admin", repair.Add, nil, "there is no group Admin in the identity store; the nearest name is Admins"},
		{"who does not exist is not removed", "zoe", "Admins", repair.Remove, nil, "zoe cannot be removed from Admins: there is no such user in AWS"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p, err := repair.One(w, row.op, row.user, row.group, repair.Options{Now: now})
			if row.fails != "" {
				if err == nil || err.Error() != row.fails {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, told(p)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheGuardCountsEachGroupAndTheWhole(t *testing.T) {
	t.Parallel()
	plan := func(present, remove, elsewhere int) *repair.Plan {
		p := &repair.Plan{Present: present + elsewhere, Groups: []repair.Change{{Name: "Admins"}}}
		for n := range present {
			p.Groups[0].Members = append(p.Groups[0].Members, user(n))
		}
		for n := range remove {
			p.Groups[0].Remove = append(p.Groups[0].Remove, repair.Person{ID: user(n)})
		}
		return p
	}
	for _, row := range []struct {
		name   string
		p      *repair.Plan
		limit  repair.Limit
		needed repair.Limit // 0: it passes
	}{
		{"one may always go", plan(2, 1, 0), 10, 0},
		{"a tenth may go", plan(100, 10, 0), 10, 0},
		{"more may not", plan(100, 11, 0), 10, 11},
		{"not from one group either, however many others there are", plan(10, 5, 1000), 10, 50},
		{"all may go when it is said", plan(10, 10, 0), 100, 0},
		{"the share that is named is enough", plan(7, 3, 0), 43, 0},
		{"and the one below is not", plan(7, 3, 0), 42, 43},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := row.p.Guard(row.limit)
			many, _ := errors.AsType[*repair.TooMany](err)
			switch {
			case row.needed == 0 && err != nil:
				t.Error(err)
			case row.needed != 0 && (many == nil || many.Needed != row.needed):
				t.Errorf("error %v", err)
			case row.needed != 0 && row.p.Guard(many.Needed) != nil:
				t.Errorf("the limit that it names does not let it pass: %v", row.p.Guard(many.Needed))
			}
		})
	}
}

func TestWhoShouldBeThere(t *testing.T) {
	t.Parallel()
	okta := func(more func(*upstream.State)) upstream.State {
		s := upstream.State{}
		s.Okta.Groups = make([]upstream.OktaGroup, 2)
		s.Okta.Groups[0].ID, s.Okta.Groups[0].Profile.Name = "00g1", "Admins"
		s.Okta.Groups[1].ID, s.Okta.Groups[1].Profile.Name = "00g2", "Everyone"
		s.Okta.Users = make([]upstream.OktaUser, 2)
		s.Okta.Users[0].ID, s.Okta.Users[0].Status, s.Okta.Users[0].Profile.Login = "00u1", "ACTIVE", name(0)
		s.Okta.Users[1].ID, s.Okta.Users[1].Status, s.Okta.Users[1].Profile.Login = "00u2", "SUSPENDED", name(1)
		s.Okta.Members = []upstream.OktaMember{{Group: "00g1", User: "00u1"}, {Group: "00g1", User: "00u2"}, {Group: "00g2", User: "00u1"}}
		s.Okta.MembersOf = []string{"00g1", "00g2"}
		s.Okta.Mappings = []upstream.OktaMapping{{ID: "gPm1", Status: "ACTIVE", SourceGroupID: "00g1"}}
		if more != nil {
			more(&s)
		}
		return s
	}
	for _, row := range []struct {
		name  string
		s     upstream.State
		kind  string
		want  []string
		fails string
	}{
		{name: "Okta: the groups that are pushed, and active people", s: okta(nil), want: []string{"Admins: " + name(0)}},
		{name: "Okta: a name for the app leads", s: okta(func(s *upstream.State) {
			u := upstream.OktaAppUser{ID: "00u1", ExternalID: user(0)}
			u.Credentials.UserName = "ann"
			s.Okta.AppUsers = []upstream.OktaAppUser{u}
		}), want: []string{"Admins: ann"}},
		{name: "Okta: members that were not listed to the end are doubted", s: okta(func(s *upstream.State) { s.Okta.MembersOf = nil }),
			want: []string{"Admins: " + name(0) + " (the members of Okta group Admins were not listed to the end)"}},
		{name: "Okta: two groups of a name are doubted", s: okta(func(s *upstream.State) { s.Okta.Groups[1].Profile.Name, s.Okta.Mappings = "Admins", nil }),
			want: []string{"Admins: " + name(0) + " (the provider has 2 groups of this name, and which of them is meant is not known)",
				"Admins: " + name(0) + " (the provider has 2 groups of this name, and which of them is meant is not known)"}},
		{name: "Okta without a member is no source", s: okta(func(s *upstream.State) { s.Okta.Members = nil }), fails: "is empty"},
		{name: "a source that broke off is no source", s: okta(func(s *upstream.State) { s.Problems = []string{"line 7 cannot be read"} }), fails: "not read to its end: line 7"},
		{name: "nothing at all is no source", fails: "is empty"},
		{name: "two sources want a word", s: okta(func(s *upstream.State) { s.Desired = []upstream.DesiredMembership{{Group: "A", User: "x"}} }), fails: "--desired-by"},
		{name: "and then the one named is followed", s: okta(func(s *upstream.State) { s.Desired = []upstream.DesiredMembership{{Group: "A", User: "x"}} }), kind: repair.FromTable, want: []string{"A: x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			list, err := repair.Desired(row.s, row.kind)
			if row.fails != "" {
				if err == nil || !strings.Contains(err.Error(), row.fails) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range list {
				line := w.Name + ":"
				for _, p := range w.People {
					line += " " + p.Name
				}
				if w.Doubt != "" {
					line += " (" + w.Doubt + ")"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
