package directory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/directory"
)

// The invented people and groups of these tests.
const (
	store   = "d-9a67000001"
	readers = "a4d8f4c8-1011-7001-8f00-000000000001"
	writers = "a4d8f4c8-1011-7002-8f00-000000000002"
	ann     = "b498c448-2011-7001-9c00-000000000001"
	bo      = "b498c448-2011-7002-9c00-000000000002"
	cy      = "b498c448-2011-7003-9c00-000000000003"
)

// in gives every quoted name of the cast its id, and the store its own.
func in(json string) []byte {
	return []byte(strings.NewReplacer("READERS", readers, "WRITERS", writers, "ANN", ann, "BO", bo, "CY", cy, "STORE", store).Replace(json))
}

func member(group, user string) directory.Membership {
	return directory.Membership{Group: group, User: user}
}

// names drops what a row does not speak of.
var names = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(directory.Membership{}, "ID", "Audit"),
}

func TestParseKeepsWhatAListingShows(t *testing.T) {
	t.Parallel()
	got, kind, err := directory.Parse(in(`{"Users": [
	  {"UserId": "BO", "IdentityStoreId": "STORE", "UserName": "bo", "Emails": [{"Value": "old@example.com"}, {"Value": "bo@example.com", "Primary": true}], "UserStatus": "disabled"},
	  {"UserId": "ANN", "IdentityStoreId": "STORE", "UserName": "ann", "DisplayName": "Ann Li", "Name": {"GivenName": "Ann"},
	   "Emails": [{"Value": "ann@example.com", "Type": "work", "Primary": true}],
	   "ExternalIds": [{"Issuer": "https://idp.example.com", "Id": "00u1"}],
	   "CreatedAt": 1767225600.5, "CreatedBy": "SCIM/1", "UpdatedAt": "2026-02-01T10:00:00+02:00"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := directory.Snapshot{
		Store: store, Clock: directory.ClockContent, NotBefore: time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC),
		AllUsers: true,
		Users: []directory.User{
			{ID: ann, UserName: "ann", DisplayName: "Ann Li", Email: "ann@example.com",
				ExternalIDs: []directory.ExternalID{{Issuer: "https://idp.example.com", ID: "00u1"}},
				Audit: directory.Audit{
					CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 500e6, time.UTC), CreatedBy: "SCIM/1",
					UpdatedAt: time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)}},
			{ID: bo, UserName: "bo", Email: "bo@example.com", Status: "DISABLED"},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
	if kind != directory.KindUsers {
		t.Errorf("kind %q, want %q", kind, directory.KindUsers)
	}
}

func TestParseRecognisesByContent(t *testing.T) {
	t.Parallel()
	both := []directory.Membership{member(readers, ann), member(readers, bo)}
	for _, row := range []struct {
		name string
		json string
		kind string
		want directory.Snapshot
	}{
		{"list-groups", `{"Groups":[{"GroupId":"READERS","DisplayName":"Readers","IdentityStoreId":"STORE"},{"GroupId":"WRITERS","DisplayName":"Writers","IdentityStoreId":"STORE"}]}`,
			directory.KindGroups, directory.Snapshot{Store: store, AllGroups: true, Groups: []directory.Group{{ID: readers, Name: "Readers"}, {ID: writers, Name: "Writers"}}}},
		{"list-group-memberships", `{"GroupMemberships":[{"IdentityStoreId":"STORE","MembershipId":"m","GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"IdentityStoreId":"STORE","GroupId":"READERS","MemberId":{"UserId":"BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{Store: store, MembersOf: []string{readers}, Memberships: both}},
		{"list-group-memberships-for-member", `{"GroupMemberships":[{"GroupId":"WRITERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"ANN"}}]}`,
			directory.KindMemberships, directory.Snapshot{GroupsOf: []string{ann}, Memberships: []directory.Membership{member(readers, ann), member(writers, ann)}}},
		{"describe-user", `{"UserId":"ANN","IdentityStoreId":"STORE","UserName":"ann"}`,
			directory.KindUser, directory.Snapshot{Store: store, Users: []directory.User{{ID: ann, UserName: "ann"}}}},
		{"describe-group", `{"GroupId":"READERS","DisplayName":"Readers","IdentityStoreId":"STORE"}`,
			directory.KindGroup, directory.Snapshot{Store: store, Groups: []directory.Group{{ID: readers, Name: "Readers"}}}},
		{"describe-group-membership", `{"MembershipId":"m","GroupId":"READERS","MemberId":{"UserId":"ANN"},"IdentityStoreId":"STORE"}`,
			directory.KindMembership, directory.Snapshot{Store: store, Memberships: []directory.Membership{member(readers, ann)}}},
		{"is-member-in-groups, yes and no", `{"Results":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"},"MembershipExists":true},{"GroupId":"WRITERS","MemberId":{"UserId":"ANN"},"MembershipExists":false}]}`,
			directory.KindIsMember, directory.Snapshot{Memberships: []directory.Membership{member(readers, ann)}, Absent: []directory.Membership{member(writers, ann)}}},
		{"get-group-id: the group exists", `{"GroupId":"READERS","IdentityStoreId":"STORE"}`,
			directory.KindGroup, directory.Snapshot{Store: store, Groups: []directory.Group{{ID: readers}}}},
		{"get-user-id: the user exists", `{"UserId":"ANN","IdentityStoreId":"STORE"}`,
			directory.KindUser, directory.Snapshot{Store: store, Users: []directory.User{{ID: ann}}}},
		{"list-instances", `{"Instances":[{"InstanceArn":"arn:aws:sso:::instance/ssoins-1","IdentityStoreId":"STORE","OwnerAccountId":"111122223333","Name":"main","Status":"ACTIVE"}]}`,
			directory.KindInstances, directory.Snapshot{Store: store, Account: "111122223333",
				Instances: []directory.Instance{{Store: store, ARN: "arn:aws:sso:::instance/ssoins-1", Owner: "111122223333", Name: "main", Status: "ACTIVE"}}}},
		{"list-identity-stores: the ARN names the account", `{"IdentityStores":[{"IdentityStoreArn":"arn:aws:identitystore::111122223333:identitystore/STORE","IdentityStoreId":"STORE"}]}`,
			directory.KindStores, directory.Snapshot{Store: store, Account: "111122223333", Instances: []directory.Instance{{Store: store, Owner: "111122223333"}}}},
		{"list-account-assignments", `{"AccountAssignments":[{"AccountId":"444455556666","PermissionSetArn":"arn:aws:sso:::permissionSet/i/ps-1","PrincipalType":"GROUP","PrincipalId":"READERS"}]}`,
			directory.KindAssignments, directory.Snapshot{Assignments: []directory.Assignment{{Account: "444455556666", PermissionSet: "arn:aws:sso:::permissionSet/i/ps-1", PrincipalType: "GROUP", PrincipalID: readers}}}},
		{"ids as ARNs", `{"GroupMemberships":[{"GroupId":"arn:aws:identitystore:::group/READERS","MemberId":{"UserId":"arn:aws:identitystore:::user/ANN"}},{"GroupId":"arn:aws:identitystore:::group/READERS","MemberId":{"UserId":"arn:aws:identitystore:::user/BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{MembersOf: []string{readers}, Memberships: both}},
		{"a legacy id names its store", `{"UserId":"9A67000001-ANN","UserName":"ann"}`,
			directory.KindUser, directory.Snapshot{Store: store, Users: []directory.User{{ID: "9a67000001-" + ann, UserName: "ann"}}}},
		{"lower camel names", `{"groupMemberships":[{"groupId":"READERS","memberId":{"userId":"ANN"}},{"groupId":"READERS","memberId":"BO"}]}`,
			directory.KindMemberships, directory.Snapshot{MembersOf: []string{readers}, Memberships: both}},
		{"pages appended to one file", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}}],"NextToken":"t"}` + "\n" + `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{MembersOf: []string{readers}, Memberships: both, Truncated: false}},
		{"an empty last page", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}],"NextToken":"t"}{"GroupMemberships":[]}`,
			directory.KindMemberships, directory.Snapshot{MembersOf: []string{readers}, Memberships: both}},
		{"pages in an array", `[{"Groups":[{"GroupId":"READERS","DisplayName":"R"}],"NextToken":"t"},{"Groups":[{"GroupId":"WRITERS","DisplayName":"W"}],"NextToken":null}]`,
			directory.KindGroups, directory.Snapshot{AllGroups: true, Groups: []directory.Group{{ID: readers, Name: "R"}, {ID: writers, Name: "W"}}}},
		{"a loop over groups", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}]}` + "\n" +
			`{"GroupMemberships":[{"GroupId":"WRITERS","MemberId":{"UserId":"ANN"}},{"GroupId":"WRITERS","MemberId":{"UserId":"CY"}}]}`,
			directory.KindMemberships, directory.Snapshot{MembersOf: []string{readers, writers}, Memberships: append(both[:2:2], member(writers, ann), member(writers, cy))}},
		{"a byte order mark", "\xef\xbb\xbf" + `{"GroupId":"READERS","DisplayName":"Readers"}`,
			directory.KindGroup, directory.Snapshot{Groups: []directory.Group{{ID: readers, Name: "Readers"}}}},
		{"groups and members in one file", `{"GroupId":"READERS","DisplayName":"Readers"} {"GroupMemberships":[]}`,
			directory.KindMixed, directory.Snapshot{Groups: []directory.Group{{ID: readers, Name: "Readers"}}}},

		// What must not be claimed.
		{"an empty listing names no group and says nothing", `{"GroupMemberships": []}`, directory.KindMemberships, directory.Snapshot{}},
		{"a lone membership is of either the group or the member", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}}]}`,
			directory.KindMemberships, directory.Snapshot{Memberships: both[:1], Alone: both[:1]}},
		{"one group may be all that a filter let through", `{"Groups":[{"GroupId":"READERS","DisplayName":"Readers"}]}`,
			directory.KindGroups, directory.Snapshot{Groups: []directory.Group{{ID: readers, Name: "Readers"}}}},
		{"a loop of filtered listings is no whole one", `{"Groups":[{"GroupId":"READERS"}]}{"Groups":[{"GroupId":"WRITERS"}]}`,
			directory.KindGroups, directory.Snapshot{Groups: []directory.Group{{ID: readers}, {ID: writers}}}},
		{"a bare array went through --query", `[{"GroupId":"READERS","DisplayName":"R"},{"GroupId":"WRITERS","DisplayName":"W"}]`,
			directory.KindGroup, directory.Snapshot{Groups: []directory.Group{{ID: readers, Name: "R"}, {ID: writers, Name: "W"}}}},
		{"a NextToken at the end", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}],"NextToken":"t"}`,
			directory.KindMemberships, directory.Snapshot{Memberships: both, Truncated: true}},
		{"a listing broken off before the next group's begins", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}],"NextToken":"t"}` +
			`{"GroupMemberships":[{"GroupId":"WRITERS","MemberId":{"UserId":"ANN"}},{"GroupId":"WRITERS","MemberId":{"UserId":"BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{MembersOf: []string{writers}, Truncated: true, Memberships: append(both[:2:2], member(writers, ann), member(writers, bo))}},
		{"yesterday's and today's listing differ", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"CY"}}]}` +
			`{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{Memberships: append(both[:2:2], member(readers, cy))}},
		{"an assembled list of many groups and members", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"WRITERS","MemberId":{"UserId":"BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{Memberships: []directory.Membership{member(readers, ann), member(writers, bo)}}},
		{"listings of two stores", `{"Groups":[{"GroupId":"READERS","IdentityStoreId":"STORE"},{"GroupId":"WRITERS","IdentityStoreId":"d-9a67000002"}]}`,
			directory.KindGroups, directory.Snapshot{Groups: []directory.Group{{ID: readers}, {ID: writers}},
				Problems: []string{"listings of several identity stores in one file: none of users or groups counts as whole"}}},

		// Hostile and broken input.
		{"an entry of the wrong shape costs itself and the wholeness", `{"GroupMemberships":[{"GroupId":{"x":1},"MemberId":[7]},"stray",{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}}]}`,
			directory.KindMemberships, directory.Snapshot{Memberships: both, Skipped: 2,
				Problems: []string{"a membership does not name its group and its user", "an entry is none of the Identity Store API"}}},
		{"wrong types beside the ids cost nothing", `{"GroupId":"READERS","DisplayName":42,"Description":{"a":[1]},"ExternalIds":"none","CreatedAt":{},"UpdatedAt":"yesterday"}`,
			directory.KindGroup, directory.Snapshot{Groups: []directory.Group{{ID: readers, Name: "42"}}}},
		{"the same group twice, once with more", `{"Groups":[{"GroupId":"READERS"},{"GroupId":"READERS","DisplayName":"Readers","Description":"d"},{"GroupId":"WRITERS"}]}`,
			directory.KindGroups, directory.Snapshot{AllGroups: true, Groups: []directory.Group{{ID: readers, Name: "Readers", Description: "d"}, {ID: writers}}}},
		{"cut short in the middle", `{"GroupMemberships":[{"GroupId":"READERS","MemberId":{"UserId":"ANN"}},{"GroupId":"READERS","MemberId":{"UserId":"BO"}},{"Grou`,
			directory.KindMemberships, directory.Snapshot{Memberships: both, Truncated: true, Problems: []string{"the text is damaged or cut short: JSON breaks at byte 251: unexpected EOF"}}},
		{"something else between the listings", `{"colour":"red"} {"GroupId":"READERS"} 7`,
			directory.KindGroup, directory.Snapshot{Groups: []directory.Group{{ID: readers}}, Skipped: 2, Problems: []string{"an entry is none of the Identity Store API"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, kind, err := directory.Parse(in(row.json))
			if err != nil {
				t.Fatal(err)
			}
			if kind != row.kind {
				t.Errorf("kind %q, want %q", kind, row.kind)
			}
			row.want.Clock = directory.ClockUnknown
			if diff := cmp.Diff(row.want, got, names); diff != "" {
				t.Errorf("snapshot (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseLeavesOtherPeoplesFilesAlone(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"nothing":                          "",
		"white space":                      " \n",
		"plain text":                       "group,user\n",
		"a number":                         "7",
		"an empty object":                  "{}",
		"an empty array":                   "[]",
		"a CloudTrail log":                 `{"Records":[{"eventVersion":"1.08","eventName":"CreateGroup"}]}`,
		"aws iam list-users":               `{"Users":[{"Path":"/","UserName":"ann","UserId":"AIDAEXAMPLE","Arn":"arn:aws:iam::111122223333:user/ann"}]}`,
		"aws iam list-groups":              `{"Groups":[{"Path":"/","GroupName":"g","GroupId":"AGPAEXAMPLE"}]}`,
		"another service's empty list":     `{"groups":[],"colour":"red"}`,
		"Okta users":                       `[{"id":"00u1","status":"ACTIVE","profile":{"login":"ann@example.com"}}]`,
		"get-group-membership-id":          `{"MembershipId":"` + readers + `","IdentityStoreId":"d-9a67000001"}`,
		"an array nested in an array":      `[[{"GroupId":"` + readers + `"}]]`,
		"nesting beyond any sense":         strings.Repeat("[", 200_000),
		"nested objects beyond any sense":  strings.Repeat(`{"Users":[`, 100_000),
		"many foreign lines":               strings.Repeat(`{"eventType":"x"}`+"\n", 1000),
		"SCIM groups as the endpoint says": `{"totalResults":1,"Resources":[{"id":"` + readers + `","displayName":"g","members":[]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, kind, err := directory.Parse([]byte(content))
			if !errors.Is(err, directory.ErrUnrecognised) {
				t.Errorf("got %q %+v, error %v; want ErrUnrecognised", kind, got, err)
			}
		})
	}
}

func TestTimesInEveryFormThatToolsPrint(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, value, want string }{
		{"epoch seconds", `1767268800`, "2026-01-01T12:00:00Z"},
		{"a fraction", `1767268800.123`, "2026-01-01T12:00:00.123Z"},
		{"seconds in the exponent form", `1.7672688E9`, "2026-01-01T12:00:00Z"},
		{"epoch seconds as text", `"1767268800"`, "2026-01-01T12:00:00Z"},
		{"milliseconds", `1767268800123`, "2026-01-01T12:00:00.123Z"},
		{"CLI v2", `"2026-01-01T12:00:00.123000+00:00"`, "2026-01-01T12:00:00.123Z"},
		{"an offset to the west", `"2026-01-01T04:00:00-08:00"`, "2026-01-01T12:00:00Z"},
		{"an offset without a colon", `"2026-01-01T13:00:00+0100"`, "2026-01-01T12:00:00Z"},
		{"Python's str", `"2026-01-01 12:00:00.5+00:00"`, "2026-01-01T12:00:00.5Z"},
		{"Windows PowerShell", `"/Date(1767268800000)/"`, "2026-01-01T12:00:00Z"},
		{"no offset is no moment", `"2026-01-01T12:00:00"`, ""},
		{"the year 9999", `"9999-01-01T12:00:00Z"`, ""},
		{"negative", `-5`, ""},
		{"not a number", `"NaN"`, ""},
		{"beyond all", `1e400`, ""},
		{"null", `null`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := directory.Parse(in(`{"GroupId":"READERS","DisplayName":"R","CreatedAt":` + row.value + `}`))
			if err != nil {
				t.Fatal(err)
			}
			at := ""
			if !got.NotBefore.IsZero() {
				at = got.NotBefore.Format(time.RFC3339Nano)
			}
			if at != row.want || got.Groups[0].CreatedAt != got.NotBefore || got.Taken() != got.NotBefore {
				t.Errorf("NotBefore %q, CreatedAt %v, want %q", at, got.Groups[0].CreatedAt, row.want)
			}
		})
	}
}
