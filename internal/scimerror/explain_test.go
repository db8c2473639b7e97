package scimerror_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

func TestMessagesOfTheReferencesAreExplained(t *testing.T) {
	t.Parallel()
	for _, r := range messages {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			got, ok := scimerror.Explain(r.code, r.message)
			if !ok {
				t.Fatalf("Explain(%q, %q) knows nothing, want %s", r.code, r.message, r.want)
			}
			if got.Entry.ID != r.want || got.Attribute != r.attribute {
				t.Errorf("Explain(%q, %q) = %s about %q, want %s about %q", r.code, r.message, got.Entry.ID, got.Attribute, r.want, r.attribute)
			}
		})
	}
}

func TestSpellingDoesNotMatter(t *testing.T) {
	t.Parallel()
	twist := map[string]func(string) string{
		"in capitals":                  strings.ToUpper,
		"in small letters":             strings.ToLower,
		"with no-break spaces":         func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
		"with narrow no-break spaces":  func(s string) string { return strings.ReplaceAll(s, " ", "\u202f") },
		"with blanks and line feeds":   func(s string) string { return "\n " + strings.ReplaceAll(s, " ", " \r\n\t ") + "  " },
		"with curly quotes":            func(s string) string { return strings.NewReplacer(`'`, "’", `"`, "”").Replace(s) },
		"without its final full stop":  func(s string) string { return strings.TrimSuffix(s, ".") },
		"with a zero-width space":      func(s string) string { return s[:3] + "\u200b" + s[3:] },
		"with terminal escapes before": func(s string) string { return "\x1b" + s },
		"as a JSON string":             quoteJSON,
		"as the detail of a SCIM body": func(s string) string {
			return `{"schema":["urn:ietf:params:scim:api:messages:2.0:Error"],"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":` + quoteJSON(s) + `,"status":"418","exceptionRequestId":"81abca44-4ee3-47fa-b4d9-729908ef1dd9","timeStamp":"2022-03-18 10:57:08.014"}`
		},
		"as an awsJson body":          func(s string) string { return `{"__type":"x#Unheard","Message":` + quoteJSON(s) + `}` },
		"as an awsJson body in small": func(s string) string { return `{"__type":"Unheard","message":` + quoteJSON(s) + `}` },
		"as a CloudTrail record":      func(s string) string { return `{"eventName":"PatchUser","errorMessage":` + quoteJSON(s) + `}` },
		"as a log line with a body":   func(s string) string { return `status 400, body: {"detail":` + quoteJSON(s) + `}` },
		"in a body that was cut":      func(s string) string { return `{"schemas":["urn"],"detail":` + quoteJSON(s) + `,"sta` },
		"with a JSON string's escapes": func(s string) string {
			return strings.Trim(quoteJSON(s), `"`)
		},
		"by the AWS CLI": func(s string) string {
			return "An error occurred (Unheard) when calling the CreateGroup operation: " + s
		},
		"by the AWS CLI after retries": func(s string) string {
			return "\nAn error occurred (Unheard) when calling the CreateGroup operation (reached max retries: 4): " + s
		},
		"by an SDK": func(s string) string {
			return "operation error identitystore: CreateGroup, https response error StatusCode: 400, RequestID: 6a1f0f5e-0000-4000-8000-000000000001, Unheard: " + s
		},
	}
	for _, r := range messages {
		// Bodies and bare codes have their own rows; here the sentence itself is twisted.
		if r.message == "" || strings.HasPrefix(r.message, "{") || strings.Contains(r.message, `\\`) || r.want == "validation" || r.want == "throttled" && r.message == "come back tomorrow" {
			continue
		}
		for name, twisted := range twist {
			t.Run(r.name+" "+name, func(t *testing.T) {
				t.Parallel()
				// Names inside a text keep their capitals: "E0000011" is no prose.
				if strings.HasPrefix(name, "in ") && strings.Contains(r.message, "E0000") && name != "in a body that was cut" {
					return
				}
				message := twisted(r.message)
				got, ok := scimerror.Explain("", message)
				if !ok || got.Entry.ID != r.want {
					t.Errorf("Explain(%q) = %s, want %s", message, id(got), r.want)
				}
				if !strings.EqualFold(got.Attribute, r.attribute) {
					t.Errorf("Explain(%q) is about %q, want %q", message, got.Attribute, r.attribute)
				}
			})
		}
	}
}

func TestConstraintsAreAllCollected(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		message      string
		want         []scimerror.Constraint
		announced    int
		attributes   []string
		meaningHolds string
	}{
		{
			name:    "an empty string breaks two rules",
			message: "2 validation errors detected: Value at 'name.familyName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'name.familyName' failed to satisfy constraint: Member must satisfy regular expression pattern: " + logged,
			want: []scimerror.Constraint{
				{Attribute: "name.familyName", Rule: scimerror.RuleMinLength, Bound: 1},
				{Attribute: "name.familyName", Rule: scimerror.RulePattern},
			},
			announced: 2, attributes: []string{"name.familyName"}, meaningHolds: "name.familyName is empty.",
		},
		{
			name:    "three attributes break three rules",
			message: "3 validation errors detected: Value at 'nickName' failed to satisfy constraint: Member must have length less than or equal to 1024; Value at '*title*' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern + "; Value at 'name.givenName' failed to satisfy constraint: Member must have length greater than or equal to 1",
			want: []scimerror.Constraint{
				{Attribute: "nickName", Rule: scimerror.RuleMaxLength, Bound: 1024},
				{Attribute: "title", Rule: scimerror.RulePattern},
				{Attribute: "name.givenName", Rule: scimerror.RuleMinLength, Bound: 1},
			},
			announced: 3, attributes: []string{"nickName", "title", "name.givenName"}, meaningHolds: "nickName is longer than 1024 characters.",
		},
		{
			name:    "a cut in the second clause leaves the first",
			message: "2 validation errors detected: Value at 'name.givenName' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern + "; Value at 'name.fam",
			want: []scimerror.Constraint{
				{Attribute: "name.givenName", Rule: scimerror.RulePattern},
			},
			announced: 2, attributes: []string{"name.givenName"}, meaningHolds: "announces 2 errors, of which 1 can be read",
		},
		{
			name:    "a cut before the rule leaves the attribute",
			message: "1 validation errors detected: Value at 'name.givenName' failed to sat",
			want: []scimerror.Constraint{
				{Attribute: "name.givenName", Rule: scimerror.RuleUnknown},
			},
			announced: 1, attributes: []string{"name.givenName"}, meaningHolds: "does not show",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := scimerror.Explain("", test.message)
			if !ok {
				t.Fatal("not recognised")
			}
			if diff := cmp.Diff(test.want, got.Constraints); diff != "" {
				t.Errorf("constraints (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.attributes, got.Attributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if got.Announced != test.announced {
				t.Errorf("announced = %d, want %d", got.Announced, test.announced)
			}
			if !strings.Contains(got.Meaning(), test.meaningHolds) {
				t.Errorf("Meaning() = %q, want it to hold %q", got.Meaning(), test.meaningHolds)
			}
		})
	}
}

func TestEnvelopesGiveWhatTheyHold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		code    string
		message string
		want    scimerror.Explanation
	}{
		{
			name:    "a dated group push",
			message: "Failed on 03-26-2020 03:49:35PM UTC: Unable to update Group Push mapping target App group AWS: Read only: Error while creating user group AWS: Read only: Bad Request. Errors reported by remote server: Duplicate GroupDisplayName",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Code: "ConflictException", Message: "Duplicate GroupDisplayName",
				Causes: []string{"name-taken", "group-writes-fail", "group-recreated"}, Subject: scimerror.SubjectGroup, GroupName: "AWS: Read only",
				At: time.Date(2020, 3, 26, 15, 49, 35, 0, time.UTC),
				Envelope: []string{
					"Failed on 03-26-2020 03:49:35PM UTC:",
					"Unable to update Group Push mapping target App group AWS: Read only:",
					"Error while creating user group AWS:",
					"Read only: Bad Request. Errors reported by remote server:",
				},
			},
		},
		{
			name:    "a duplicate while a user is created is about users",
			message: "Error while creating user ann@example.com: Conflict. Errors reported by remote server: Refused to create a new, duplicate resource.",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Code: "ConflictException", Message: "Refused to create a new, duplicate resource.",
				Causes: []string{"duplicate-user", "user-writes-fail", "throttled"}, Subject: scimerror.SubjectUser, UserName: "ann@example.com",
				Envelope: []string{"Error while creating user ann@example.com:", "Conflict. Errors reported by remote server:"},
			},
		},
		{
			name:    "the AWS CLI names the code and the call",
			message: "An error occurred (ConflictException) when calling the CreateGroup operation: Refused to create a new, duplicate resource.",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Code: "ConflictException", Message: "Refused to create a new, duplicate resource.",
				Causes: []string{"name-taken", "group-writes-fail", "throttled"}, Subject: scimerror.SubjectGroup, Operation: "CreateGroup",
				Envelope: []string{"An error occurred (ConflictException) when calling the CreateGroup operation:"},
			},
		},
		{
			name:    "the group id that Okta remembers",
			message: "Error while trying to get the group Team A with the externalId `9067729b3d-a2cfc8a5-f4ab-4443-9d7d-b32a9013c554`",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Message: "Error while trying to get the group Team A with the externalId `9067729b3d-a2cfc8a5-f4ab-4443-9d7d-b32a9013c554`",
				Causes: []string{"group-recreated", "wrong-endpoint"}, Subject: scimerror.SubjectGroup, GroupName: "Team A",
				RememberedGroupID: "9067729b3d-a2cfc8a5-f4ab-4443-9d7d-b32a9013c554",
			},
		},
		{
			name:    "the user id that Okta remembers",
			message: "No user returned for user a4f8c478-2001-70b2-2222-000000000002",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Message: "No user returned for user a4f8c478-2001-70b2-2222-000000000002",
				Causes: []string{"user-gone-in-aws", "emptied-by-deletion"}, Subject: scimerror.SubjectUser,
				RememberedUserID: "a4f8c478-2001-70b2-2222-000000000002",
			},
		},
		{
			name: "a name alone recognises no part of the message", code: "ThrottlingException", message: "come back tomorrow",
			want: scimerror.Explanation{
				Basis: scimerror.ByCode, Code: "ThrottlingException", Causes: []string{"throttled", "group-writes-fail", "user-writes-fail"},
			},
		},
		{
			name: "a code inside a message is its code", message: "sailpoint.connector.ConnectorException: 401 E0000011",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Code: "E0000011", Message: "401 E0000011", Envelope: []string{"sailpoint.connector.ConnectorException:"},
				Causes: []string{"governance-provisioning-failed"},
			},
		},
		{
			name: "a given code stays as given", code: "com.amazonaws.identitystore#ConflictException", message: `{"__type":"Other","Message":"Duplicate UserName"}`,
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Code: "ConflictException", Message: "Duplicate UserName", Envelope: []string{"JSON"},
				Causes: []string{"duplicate-user", "user-writes-fail", "username-mismatch"},
			},
		},
		{
			name: "control characters stay for the renderer to escape", message: "Duplicate\x1b\tUserName\x1b[2J",
			want: scimerror.Explanation{
				Basis: scimerror.ByText, Code: "ConflictException", Message: "Duplicate\x1b\tUserName\x1b[2J",
				Causes: []string{"duplicate-user", "user-writes-fail", "username-mismatch"},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _ := scimerror.Explain(test.code, test.message)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(scimerror.Explanation{}, "Entry"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Explain(%q, %q) (-want +got):\n%s", test.code, test.message, diff)
			}
		})
	}
}

func TestCutMessagesAreStillKnown(t *testing.T) {
	t.Parallel()
	envelope := "Unable to update Group Push mapping target App group " + strings.Repeat("x", 40) + ": Error while updating user group membership for group " + strings.Repeat("x", 40) + ": Bad Request. Errors reported by remote server: "
	tests := []struct{ name, message, want string }{
		{"half a sentence", "Refused to create a new, dupl", "duplicate-resource"},
		{"less than half of one", "Current PATCH sup", "patch-path-omitted"},
		{"a body cut in its detail", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Replacing group mem`, "replace-members"},
		{"Okta's 255 characters", cut(envelope+"Replacing group memberships is not supported.", 255), "replace-members"},
		{"a cut that leaves only the envelope", cut(envelope, 150), "okta-membership-update-failed"},
		{"CloudTrail's kilobyte", cut("9 validation errors detected: "+strings.Repeat("Value at 'name.givenName' failed to satisfy constraint: Member must satisfy regular expression pattern: "+pattern+"; ", 9), 1024), "validation-pattern"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := scimerror.Explain("", test.message)
			if !ok || got.Entry.ID != test.want {
				t.Errorf("Explain(%q) = %s, want %s", test.message, id(got), test.want)
			}
		})
	}
}

func TestWhatIsNotInTheCatalogueIsNotExplained(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"", " ", "\x00", "{}", "[]", `""`, "null",
		"hello", "Bad Request", "all is well",
		"Duplicate", "Duplicate ", "Duplicate key", "Duplicate UserNames were merged",
		"0 validation errors detected", "no validation errors detected",
		"The session time-out was set to one hour",
		"the token expires in 89 days",
		"SUBGROUP does not exist",
		"The group does exist",
		"user is authorized",
		"conflict resolution succeeded",
		"No rate limit is configured",
		"Value at 'name.givenName' is fine",
		`{"detail":"something new","exceptionRequestId":"81abca44"}`,
		"E0000099",
	} {
		if got, ok := scimerror.Explain("", message); ok || got.Entry != nil {
			t.Errorf("Explain(%q) = %s, want nothing", message, id(got))
		}
	}
	if got, ok := scimerror.Explain("BrandNewException", "something new"); ok || got.Code != "BrandNewException" {
		t.Errorf("an unknown code gives %s with code %q, want nothing and the code kept", id(got), got.Code)
	}
}

func id(x scimerror.Explanation) string {
	if x.Entry == nil {
		return "nothing"
	}
	return x.Entry.ID
}

func cut(s string, n int) string { return s[:min(n, len(s))] }
