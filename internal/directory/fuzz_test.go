package directory_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// FuzzParse holds that what a file says does not hang on how it is indented, nor
// on the order of entries or on how often one stands there.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"Users":[{"UserId":"ANN","UserName":"ann","CreatedAt":1767268800},{"UserId":"BO","Emails":[{"Value":"bo@example.com"}]}]}`,
		`{"Groups":[{"GroupId":"READERS","DisplayName":"R","UpdatedAt":"2026-01-01T12:00:00Z"},{"GroupId":"READERS","DisplayName":"S"}],"NextToken":"t"}`,
		`{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"},"MembershipId":"WRITERS"},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}]}`,
		`{"Results":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"},"MembershipExists":false}]}`,
		`{"Instances":[{"InstanceArn":"arn:aws:sso:::instance/i","IdentityStoreId":"STORE"}],"AccountAssignments":[{"AccountId":"1","PermissionSetArn":"p","PrincipalId":"ANN"}]}`,
		`[{"GroupId":"READERS","MemberId":"ANN"},{"UserId":"9a67000001-ANN"},7]`,
		`{"GroupMemberships":[{"GroupId":[]},null],"GroupId":"READERS"} {"Users":[`,
	} {
		f.Add(in(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, kind, err := directory.Parse(data)
		if err != nil {
			if !errors.Is(err, directory.ErrUnrecognised) {
				t.Fatalf("error %v does not wrap ErrUnrecognised", err)
			}
			return
		}
		if kind == "" || got.Clock == "" || len(got.Problems) > 21 {
			t.Fatalf("kind %q, clock %q, %d problems", kind, got.Clock, len(got.Problems))
		}
		for _, m := range slices.Concat(got.Memberships, got.Absent, got.Alone) {
			if m.Group == "" || m.User == "" {
				t.Fatalf("half a membership: %+v", m)
			}
		}
		value := jsontext.Value(slices.Clone(data))
		if value.Indent(jsontext.AllowDuplicateNames(false)) != nil {
			return // several values, or damaged: not to be written in another way
		}
		same(t, "indented", got, kind, value)
		var tree any
		if json.Unmarshal(data, &tree) != nil {
			return
		}
		// The order of entries has no meaning; that of pages has one.
		if document, ok := tree.(map[string]any); ok {
			turn(document)
			turned, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "with entries in reverse and twice", got, kind, turned)
		}
	})
}

func same(t *testing.T, what string, want directory.Snapshot, kind string, data []byte) {
	t.Helper()
	got, gotKind, err := directory.Parse(data)
	if err != nil || gotKind != kind {
		t.Fatalf("%s: kind %q, want %q, error %v\n%s", what, gotKind, kind, err, data)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(directory.Snapshot{}, "Skipped")); diff != "" {
		t.Fatalf("%s (-want +got):\n%s\n%s", what, diff, data)
	}
}

// turn repeats the entries of the lists of a document in reverse order.
func turn(document map[string]any) {
	for name, member := range document {
		if list, ok := member.([]any); ok && len(list) > 0 && isListName(name) {
			list = slices.Concat(list, list)
			slices.Reverse(list)
			document[name] = list
		}
	}
}

func isListName(name string) bool {
	return slices.Contains([]string{"Users", "Groups", "GroupMemberships", "Results", "Instances", "AccountAssignments"}, name)
}
