package push_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/push"
)

func TestWhatIsMissingIsMadeUpFromTheUserName(t *testing.T) {
	t.Parallel()
	ann := push.User{UserName: "ann.stone@example.com", GivenName: "Ann", FamilyName: "Stone", DisplayName: "Ann Stone", Email: "ann.stone@example.com", Active: true}
	bob := push.User{UserName: "bob", GivenName: "Bob", FamilyName: "Bob", DisplayName: "Bob", Active: true}
	for _, c := range []struct {
		name, input string
		want        push.Directory
	}{
		{"a table", "user,group\nann.stone@example.com,G\nbob,G\nbob,H\nbob,H\n", push.Directory{Users: []push.User{ann, bob},
			Groups: []push.Group{{DisplayName: "G", Members: []string{"ann.stone@example.com", "bob"}}, {DisplayName: "H", Members: []string{"bob"}}}}},
		{"names only", `{"users":[{"userName":"ann.stone@example.com"}]}`, push.Directory{Users: []push.User{ann}}},
		{"a byte order mark", "\ufeff" + `{"users":[{"userName":"ann.stone@example.com"}]}`, push.Directory{Users: []push.User{ann}}},
		{"an empty field stays empty", `{"users":[{"userName":"bob","familyName":"","active":false}]}`,
			push.Directory{Users: []push.User{{UserName: "bob", GivenName: "Bob", DisplayName: "Bob"}}}},
		{"a member named twice", `{"groups":[{"displayName":"G","members":["Bob","bob"]}]}`, push.Directory{Groups: []push.Group{{DisplayName: "G", Members: []string{"Bob"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := push.Parse([]byte(c.input))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(push.User{}), cmpopts.SortSlices(func(a, b push.User) bool { return a.UserName < b.UserName }), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInputThatCannotBePushedIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, input, want string }{
		{"nothing", "", "neither JSON"},
		{"an empty directory", "{}", "no user and no group"},
		{"a field that is spelt wrong", `{"users":[{"username":"ann"}]}`, "username"},
		{"a user twice", `{"users":[{"userName":"ann"},{"userName":"ANN"}]}`, "twice"},
		{"a group twice", `{"groups":[{"displayName":"G"},{"displayName":"g"}]}`, "twice"},
		{"a user without a name", `{"users":[{"userName":" "}]}`, "no name"},
		{"a member without a name", `{"groups":[{"displayName":"G","members":[""]}]}`, "no name"},
		{"ids in place of names", "userId,groupId\n1,2\n", "by name"},
		{"rows that lack something", "user,group\nann,\n", ""},
		{"JSON of another kind", `[]`, "neither JSON"},
		{"broken JSON", `{"users":[`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, err := push.Parse([]byte(c.input))
			if !errors.Is(err, push.ErrInput) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %+v", err, d)
			}
		})
	}
}

// FuzzParse: what is accepted has names, each once, and members without repeats.
func FuzzParse(f *testing.F) {
	f.Add([]byte(company))
	f.Add([]byte(crowd(3)))
	f.Add([]byte(`{"users":[{"userName":"\u0000"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := push.Parse(data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, u := range d.Users {
			key := "u" + strings.ToLower(u.UserName)
			if strings.TrimSpace(u.UserName) == "" || seen[key] {
				t.Fatalf("user %q", u.UserName)
			}
			seen[key] = true
		}
		for _, g := range d.Groups {
			key := "g" + strings.ToLower(g.DisplayName)
			if strings.TrimSpace(g.DisplayName) == "" || seen[key] {
				t.Fatalf("group %q", g.DisplayName)
			}
			seen[key] = true
			members := map[string]bool{}
			for _, m := range g.Members {
				if members[strings.ToLower(m)] {
					t.Fatalf("member %q twice", m)
				}
				members[strings.ToLower(m)] = true
			}
		}
	})
}
