package scim_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// A list of members changes as a set does, in the order of first arrival,
// whatever forms the operations take.
func TestMembersBehaveAsASet(t *testing.T) {
	t.Parallel()
	ids := rapid.SliceOfN(rapid.SampledFrom([]string{"u-1", "u-2", "u-3", "u-4", "U-1"}), 1, 4)
	list := func(ids []string) []any {
		var out []any
		for _, id := range ids {
			out = append(out, scim.NewObject(scim.Member{Name: "value", Value: id}))
		}
		return out
	}
	path := func(text string) *scim.Path {
		p, err := scim.ParsePath(text)
		if err != nil {
			panic(err)
		}
		return p
	}
	rapid.Check(t, func(t *rapid.T) {
		var set []string // the model
		add := func(ids []string) {
			for _, id := range ids {
				if !slices.Contains(set, id) {
					set = append(set, id)
				}
			}
		}
		remove := func(ids []string) {
			set = slices.DeleteFunc(set, func(id string) bool { return slices.Contains(ids, id) })
		}
		group := scim.NewObject(scim.Member{Name: "displayName", Value: "g"})
		for range rapid.IntRange(1, 6).Draw(t, "requests") {
			before := slices.Clone(set)
			var ops []scim.Operation
			for range rapid.IntRange(1, 3).Draw(t, "operations") {
				some := ids.Draw(t, "ids")
				switch rapid.IntRange(0, 5).Draw(t, "form") {
				case 0:
					ops = append(ops, scim.Operation{Op: scim.Add, Path: path("members"), Value: list(some), HasValue: true})
					add(some)
				case 1:
					ops = append(ops, scim.Operation{Op: scim.Add, Value: scim.NewObject(scim.Member{Name: "members", Value: list(some)}), HasValue: true})
					add(some)
				case 2:
					ops = append(ops, scim.Operation{Op: scim.Remove, Path: path("members"), Value: list(some), HasValue: true})
					remove(some)
				case 3:
					ops = append(ops, scim.Operation{Op: scim.Remove, Path: path(`members[value eq "` + some[0] + `"]`)})
					remove(some[:1])
				case 4:
					ops = append(ops, scim.Operation{Op: scim.Replace, Path: path("members"), Value: list(some), HasValue: true})
					set = nil
					add(some)
				case 5:
					ops = append(ops, scim.Operation{Op: scim.Remove, Path: path("members")})
					set = nil
				}
			}
			after, changed, err := scim.GroupType().Apply(group, ops)
			if err != nil {
				t.Fatal(err)
			}
			if changed != !slices.Equal(before, set) {
				t.Fatalf("changed is %v from %v to %v", changed, before, set)
			}
			group = after
		}
		var got []string
		members, _ := group.Get("members")
		listed, _ := members.([]any)
		for _, m := range listed {
			got = append(got, m.(*scim.Object).Text("value"))
		}
		if !slices.Equal(set, got) {
			t.Fatalf("want %v, got %v", set, got)
		}
	})
}
