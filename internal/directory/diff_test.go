package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/directory"
)

func TestDiffSaysOnlyWhatBothSnapshotsCanSpeakOf(t *testing.T) {
	t.Parallel()
	type list = []directory.Membership
	whole := func(of string, m ...directory.Membership) *directory.Snapshot {
		return &directory.Snapshot{MembersOf: []string{of}, Memberships: m}
	}
	seen := func(m ...directory.Membership) *directory.Snapshot { return &directory.Snapshot{Memberships: m} }
	withID := func(id string) directory.Membership {
		return directory.Membership{ID: id, Group: readers, User: ann}
	}
	for _, row := range []struct {
		name          string
		before, after *directory.Snapshot
		want          directory.Difference
	}{
		{"somebody came", whole(readers), whole(readers, member(readers, ann)), directory.Difference{Added: list{member(readers, ann)}}},
		{"somebody went", whole(readers, member(readers, ann), member(readers, bo)), whole(readers, member(readers, bo)), directory.Difference{Removed: list{member(readers, ann)}}},
		{"nothing changed", whole(readers, member(readers, ann)), whole(readers, member(readers, ann)), directory.Difference{}},
		{"not listed afterwards is not gone", whole(readers, member(readers, ann)), seen(), directory.Difference{Unknown: list{member(readers, ann)}}},
		{"not listed before is not new", seen(), seen(member(readers, ann)), directory.Difference{Unknown: list{member(readers, ann)}}},
		{"another group's whole list says nothing", whole(readers, member(readers, ann)), whole(writers), directory.Difference{Unknown: list{member(readers, ann)}}},
		{"the user's whole list of groups says it too", seen(member(readers, ann)), &directory.Snapshot{GroupsOf: []string{ann}}, directory.Difference{Removed: list{member(readers, ann)}}},
		{"an is-member answer denies it", seen(member(readers, ann)), &directory.Snapshot{Absent: list{member(readers, ann)}}, directory.Difference{Removed: list{member(readers, ann)}}},
		{"an is-member answer denied it", &directory.Snapshot{Absent: list{member(readers, ann)}}, seen(member(readers, ann)), directory.Difference{Added: list{member(readers, ann)}}},
		{"listed and denied in one snapshot", seen(member(readers, ann)), &directory.Snapshot{Memberships: list{member(readers, ann)}, Absent: list{member(readers, ann)}},
			directory.Difference{Unknown: list{member(readers, ann)}}},
		{"made anew between the two", whole(readers, withID("m1")), whole(readers, withID("m2")), directory.Difference{Removed: list{withID("m1")}, Added: list{withID("m2")}}},
		{"one of them does not show the id", whole(readers, withID("m1")), whole(readers, withID("")), directory.Difference{}},
		{"no snapshot at all", nil, seen(member(readers, ann)), directory.Difference{Unknown: list{member(readers, ann)}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, directory.Diff(row.before, row.after), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("difference (-want +got):\n%s", diff)
			}
		})
	}
}

// Walking back swaps what came and what went, and leaves the unknown as it is.
func TestDiffIsItsOwnReverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSnapshot(t, "before"), drawSnapshot(t, "after")
		there, back := directory.Diff(a, b), directory.Diff(b, a)
		if diff := cmp.Diff(there.Added, back.Removed); diff != "" {
			t.Errorf("added there, removed back:\n%s", diff)
		}
		if diff := cmp.Diff(there.Removed, back.Added); diff != "" {
			t.Errorf("removed there, added back:\n%s", diff)
		}
		pairs := cmpopts.IgnoreFields(directory.Membership{}, "ID")
		if diff := cmp.Diff(there.Unknown, back.Unknown, pairs); diff != "" {
			t.Errorf("unknown there and back:\n%s", diff)
		}
	})
}

func drawSnapshot(t *rapid.T, label string) *directory.Snapshot {
	groups, users := []string{readers, writers}, []string{ann, bo, cy}
	s := &directory.Snapshot{}
	for _, g := range groups {
		for _, u := range users {
			m := directory.Membership{ID: rapid.SampledFrom([]string{"", "m1", "m2"}).Draw(t, label), Group: g, User: u}
			switch rapid.IntRange(0, 3).Draw(t, label) {
			case 1:
				s.Memberships = append(s.Memberships, m)
			case 2:
				s.Absent = append(s.Absent, m)
			case 3:
				s.Memberships = append(s.Memberships, m)
				s.Absent = append(s.Absent, m)
			}
		}
	}
	s.MembersOf = rapid.SliceOfN(rapid.SampledFrom(groups), 0, 2).Draw(t, label)
	s.GroupsOf = rapid.SliceOfN(rapid.SampledFrom(users), 0, 2).Draw(t, label)
	return s
}

func TestAClaimAddsWhatContentCannotShow(t *testing.T) {
	t.Parallel()
	lone := `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}}]}`
	for _, row := range []struct {
		name  string
		json  string
		claim directory.Claim
		want  directory.Snapshot
		holds bool
	}{
		{"an empty list was this group's", `{"GroupMemberships":[]}`, directory.Claim{MembersOf: "arn:aws:identitystore:::group/" + readers}, directory.Snapshot{MembersOf: []string{readers}}, true},
		{"a lone membership was the group's", lone, directory.Claim{MembersOf: readers}, directory.Snapshot{MembersOf: []string{readers}, Memberships: []directory.Membership{member(readers, ann)}}, true},
		{"a lone membership was the user's", lone, directory.Claim{GroupsOf: ann}, directory.Snapshot{GroupsOf: []string{ann}, Memberships: []directory.Membership{member(readers, ann)}}, true},
		{"one group is all there is", `{"Groups":[{"GroupId":"READERS"}]}`, directory.Claim{AllGroups: true}, directory.Snapshot{AllGroups: true, Groups: []directory.Group{{ID: readers}}}, true},
		{"no users at all", `{"Users":[]}`, directory.Claim{AllUsers: true}, directory.Snapshot{AllUsers: true}, true},
		{"it was another group's", lone, directory.Claim{MembersOf: writers},
			directory.Snapshot{Memberships: []directory.Membership{member(readers, ann)}, Alone: []directory.Membership{member(readers, ann)}}, false},
		{"it was cut off", `{"Users":[],"NextToken":"t"}`, directory.Claim{AllUsers: true}, directory.Snapshot{Truncated: true}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := directory.Parse(in(row.json))
			if err != nil {
				t.Fatal(err)
			}
			if holds := got.Claim(row.claim); holds != row.holds {
				t.Errorf("Claim returned %v, want %v", holds, row.holds)
			}
			row.want.Clock = directory.ClockUnknown
			if diff := cmp.Diff(row.want, got, names); diff != "" {
				t.Errorf("snapshot (-want +got):\n%s", diff)
			}
		})
	}
}
