package scimerror_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

const (
	pattern  = `[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+`
	logged   = `[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+` // as the JSON of a log prints it
	manager  = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.value"
	unparsed = "Request is unparsable, syntactically incorrect, or violates schema."
)

// row is one message of the references and what it has to be taken for.
type row struct {
	name      string
	code      string
	message   string
	want      string
	attribute string
}

// messages are the wordings of the references, as printed there.
var messages = []row{
	// Bodies and CloudTrail messages of the SCIM endpoint (scim reference 5.2, 5.3; cloudtrail reference 2.5).
	{"the sentence for nearly everything", "", unparsed, "request-unparsable", ""},
	{"several attributes without a path", "ValidationException", `Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`, "patch-path-omitted", ""},
	{"members replaced as a whole", "", "Replacing group memberships is not supported.", "replace-members", ""},
	{"an empty first name, pattern before length", "", `2 validation errors detected: Value at 'name.givenName' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + pattern + `; Value at 'name.givenName' failed to satisfy constraint: Member must have length greater than or equal to 1`, "validation-empty", "name.givenName"},
	{"an empty last name, length before pattern, as a log prints it", "ValidationException", `2 validation errors detected: Value at 'name.familyName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'name.familyName' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + logged, "validation-empty", "name.familyName"},
	{"an empty manager", "ValidationException", `2 validation errors detected: Value at '` + manager + `' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at '` + manager + `' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + logged, "validation-empty", manager},
	{"an illegal character, asterisks round the attribute, plural for one", "ValidationException", `1 validation errors detected: Value at '*name.familyName*' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + logged, "validation-pattern", "name.familyName"},
	{"a name that is too long, with the value printed", "ValidationException", `1 validation error detected: Value 'a' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 128`, "validation-too-long", "userName"},
	{"a constraint that is not in the catalogue", "ValidationException", `1 validation errors detected: Value at 'userType' failed to satisfy constraint: Member must not be null`, "validation-failed", "userType"},
	{"two e-mails", "ValidationException", "List attribute emails exceeds allowed limit of 1", "list-attribute-limit", "emails"},
	{"two e-mails, the singular of the troubleshooting page", "ValidationException", "List attribute email exceeds allowed limit of 1", "list-attribute-limit", "email"},
	{"two addresses, without the word exceeds", "ValidationException", "List attribute addresses allowed limit of 1", "list-attribute-limit", "addresses"},
	{"the older wording of the limit", "", "Currently list attributes only allow single item", "list-attribute-limit", ""},
	{"a remove without a path", "ValidationException", "Missing path in PATCH request", "missing-path", ""},
	{"a body that is not JSON", "ValidationException", "Invalid JSON from RequestBody", "invalid-json", ""},
	{"a filter that can't be read", "ValidationException", "Invalid Filter format", "invalid-filter", ""},
	{"a stale tenant", "", "TENANT does not exist.", "tenant-not-found", ""},
	{"an unknown user", "", "USER does not exist.", "user-not-found", ""},
	{"an unknown group", "", "GROUP does not exist.", "group-not-found", ""},
	{"a duplicate of unsaid kind", "", "Refused to create a new, duplicate resource.", "duplicate-resource", ""},
	{"a group name that is taken", "ConflictException", "Duplicate GroupDisplayName", "duplicate-group-name", ""},
	{"a user name that is taken", "ConflictException", "Duplicate UserName", "duplicate-user-name", ""},
	{"what Okta's article says of empty fields", "", "must be null or have a literal value", "validation-empty", ""},
	{"a whole body as captured", "", `{"schema":["urn:ietf:params:scim:api:messages:2.0:Error"],"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Refused to create a new, duplicate resource.","status":"409","exceptionRequestId":"81abca44-4ee3-47fa-b4d9-729908ef1dd9","timeStamp":"2022-03-18 10:57:08.014"}`, "duplicate-resource", ""},
	{"a body from before March 2022", "", `{"schema":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"` + unparsed + `","status":"400","exceptionRequestId":"81abca44-4ee3-47fa-b4d9-729908ef1dd9","timeStamp":"2022-01-26 10:57:08.014"}`, "request-unparsable", ""},
	{"a body whose detail nobody knows, by its status", "", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Nope.","status":"401"}`, "scim-token-rejected", ""},
	{"unauthorized by its name alone", "UnauthorizedException", "", "scim-token-rejected", ""},
	{"the announcement of a token's end", "AWS_IAMIDENTITYCENTER_SCIM_BEARER_TOKEN_EXPIRY_NOTIFICATION", "", "scim-token-expiring", ""},

	// Names that alone mean something (scim reference 3; cloudtrail reference 2.3, 2.5, 6.6).
	{"validation by its name", "ValidationException", "some words nobody knows", "validation", ""},
	{"denied by its name", "AccessDeniedException", "", "access-denied", ""},
	{"denied by its short name", "AccessDenied", "", "access-denied", ""},
	{"not found by its name", "ResourceNotFoundException", "", "resource-not-found", ""},
	{"conflict by its name", "ConflictException", "", "conflict", ""},
	{"throttled by its name, the message unknown", "ThrottlingException", "come back tomorrow", "throttled", ""},
	{"an internal error by its name", "InternalServerException", "", "internal-error", ""},
	{"a quota by its name", "ServiceQuotaExceededException", "", "quota-exceeded", ""},

	// Identity Store errors, their reasons and resource types (cloudtrail reference 6.6).
	{"a uniqueness reason", "", `{"__type":"ConflictException","Message":"no","RequestId":"6a1f0f5e-0000-4000-8000-000000000001","Reason":"UNIQUENESS_CONSTRAINT_VIOLATION"}`, "duplicate-resource", ""},
	{"a concurrency reason", "", `{"__type":"ConflictException","Message":"no","Reason":"CONCURRENT_MODIFICATION"}`, "concurrent-modification", ""},
	{"a reason leads its error's name but not a known message", "", `{"__type":"ConflictException","Message":"Duplicate GroupDisplayName","Reason":"UNIQUENESS_CONSTRAINT_VIOLATION"}`, "duplicate-group-name", ""},
	{"a key that may not be used", "", `{"__type":"AccessDeniedException","Reason":"KMS_ACCESS_DENIED"}`, "kms-access-denied", ""},
	{"a key that is gone", "ResourceNotFoundException", `{"Reason":"KMS_KEY_NOT_FOUND"}`, "kms-key-not-found", ""},
	{"a key's address that is wrong", "KMS_INVALID_ARN", "", "kms-invalid-arn", ""},
	{"a key of another use", "KMS_INVALID_KEY_USAGE", "", "kms-invalid-key-usage", ""},
	{"a key in a bad state", "KMS_INVALID_STATE", "", "kms-invalid-state", ""},
	{"a key that is off", "KMS_DISABLED", "", "kms-disabled", ""},
	{"a key that is throttled, with the ordinary text beside it", "", `{"__type":"ThrottlingException","Message":"Rate exceeded","Reason":"KMS_THROTTLING"}`, "kms-throttling", ""},
	{"a missing group by its type", "", `{"__type":"ResourceNotFoundException","Message":"?","ResourceType":"GROUP","ResourceId":"64a8b4c8-1001-70a1-1111-000000000001"}`, "group-not-found", ""},
	{"a missing user by its type", "", `{"__type":"ResourceNotFoundException","Message":"?","ResourceType":"USER"}`, "user-not-found", ""},
	{"a missing store by its type", "", `{"__type":"ResourceNotFoundException","Message":"?","ResourceType":"IDENTITY_STORE"}`, "identity-store-not-found", ""},
	{"a missing membership by its type", "", `{"__type":"ResourceNotFoundException","Message":"?","ResourceType":"GROUP_MEMBERSHIP"}`, "membership-not-found", ""},
	{"a missing policy by its type", "", `{"__type":"ResourceNotFoundException","Message":"?","ResourceType":"RESOURCE_POLICY"}`, "resource-policy-not-found", ""},
	{"DescribeGroup's text", "", "GROUP not found.", "group-not-found", ""},
	{"DescribeUser's text", "", "USER not found.", "user-not-found", ""},
	{"a membership that went with its user", "", "Group membership not found for given Pool/Group/Member.", "membership-not-found", ""},
	{"a required attribute", "", "userName is a required attribute", "attribute-required", "userName"},
	{"two required attributes", "", "displayname: The attribute displayname is required, name: The attribute name is required", "attribute-required", "displayname"},
	{"an empty update", "", "attribute value cannot be empty or null for attribute path", "attribute-path-empty", ""},
	{"a look-up by a common attribute", "", "The attribute nickName is not a unique attribute", "attribute-not-unique", "nickName"},
	{"Identity Store throttling", "ThrottlingException", "Rate exceeded", "throttled", ""},

	// The CloudTrail look-up and AWS's common errors (cloudtrail reference 3.5).
	{"a wrong attribute key", "InvalidLookupAttributesException", "", "lookup-attribute", ""},
	{"a wrong time span", "InvalidTimeRangeException", "", "lookup-time-range", ""},
	{"a wrong page size", "InvalidMaxResultsException", "", "lookup-max-results", ""},
	{"an old page token", "InvalidNextTokenException", "", "lookup-next-token", ""},
	{"a wrong category", "InvalidEventCategoryException", "", "lookup-event-category", ""},
	{"an unsupported call", "UnsupportedOperationException", "", "lookup-unsupported", ""},
	{"a call that is not permitted", "OperationNotPermittedException", "", "lookup-not-permitted", ""},
	{"a missing IAM permission", "AccessDeniedException", "User: arn:aws:sts::111122223333:assumed-role/Reader/ann is not authorized to perform: cloudtrail:LookupEvents because no identity-based policy allows the cloudtrail:LookupEvents action", "not-authorized-to-perform", ""},
	{"expired credentials, which are not the SCIM token", "ExpiredTokenException", "The security token included in the request is expired", "credentials-expired", ""},
	{"an unknown key", "UnrecognizedClientException", "", "credentials-unknown", ""},
	{"a wrong signature", "InvalidSignatureException", "", "signature-invalid", ""},
	{"half a signature", "IncompleteSignature", "", "signature-incomplete", ""},
	{"no signature", "MissingAuthenticationToken", "", "signature-missing", ""},
	{"the SDKs' short retry code", "Throttling", "", "throttled", ""},
	{"a body of the wrong shape", "SerializationException", "", "serialization", ""},
	{"an operation nobody has", "UnknownOperationException", "", "unknown-operation", ""},

	// Okta's messages (okta reference 7).
	{"M01", "", "Error while verifying if user ann@example.com exists: Unauthorized", "scim-token-rejected", ""},
	{"M02 create", "", "Error while creating user ann@example.com: Unauthorized", "scim-token-rejected", ""},
	{"M02 update", "", "Error while updating user ann@example.com: Unauthorized. Errors reported by remote server:", "scim-token-rejected", ""},
	{"M03", "", "Automatic provisioning of user Ann Li to app AWS IAM Identity Center failed: Matching user not found", "okta-matching-user-not-found", ""},
	{"M04", "", "User was assigned this application before Provisioning was enabled and not provisioned in the downstream application. Click Provision User.", "okta-assigned-before-provisioning", ""},
	{"M05", "", "Error while creating user ann@example.com: Bad Request. Errors reported by remote server: " + unparsed, "request-unparsable", ""},
	{"M06", "", "Automatic provisioning of user Ann to app AWS failed: Error while creating user ann@example.com: Bad Request. Errors reported by remote server: 2 validation errors detected: Value at 'name.givenName' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern + "; Value at 'name.givenName' failed to satisfy constraint: Member must have length greater than or equal to 1", "validation-empty", "name.givenName"},
	{"M06 with the singular", "", "1 validation error detected: Value at 'displayName' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern, "validation-pattern", "displayName"},
	{"M07", "", "Error while creating user ann@example.com: Bad Request. Errors reported by remote server: List attribute phoneNumbers exceeds allowed limit of 1", "list-attribute-limit", "phoneNumbers"},
	{"M08 by its status", "", "Error while creating user ann@example.com: Conflict", "conflict", ""},
	{"M08 by its text", "", "Error while creating user ann@example.com: Conflict. Errors reported by remote server: Refused to create a new, duplicate resource.", "duplicate-resource", ""},
	{"M09 by the old text", "", "Unable to update Group Push mapping target App group Team A: Error while creating user group Team A: Conflict. Errors reported by remote server: Refused to create a new, duplicate resource.", "duplicate-resource", ""},
	{"M09 by the new text", "", "Unable to update Group Push mapping target App group Team A: Error while creating user group Team A: Conflict. Errors reported by remote server: Duplicate GroupDisplayName", "duplicate-group-name", ""},
	{"M10", "", "Linked group is missing in AWS IAM Identity Center. Change the linked group to resume pushing group memberships.", "okta-linked-group-missing", ""},
	{"M11", "", "Error while trying to get the group Team A with the externalId `64a8b4c8-1001-70a1-1111-000000000001`", "okta-remote-group-missing", ""},
	{"M11 in the long form", "", "Unable to update Group Push mapping target App group G: Error while trying to get the group G with the externalId 2ea7c8f7-1001-70a1-1111-000000000001 and id com.saasure.db.dto.platform.entity.AppGroup@4091a703[status=ACTIVE,name=G,externalId=2ea7c8f7-1001-70a1-1111-000000000001]", "okta-remote-group-missing", ""},
	{"M12", "", "No user returned for user a4f8c478-2001-70b2-2222-000000000002", "okta-remote-user-missing", ""},
	{"M13 with nothing behind it", "", "Unable to update Group Push mapping target App group Team A: ", "okta-group-push-failed", ""},
	{"M14", "", "Unable to update Group Push mapping target App group Team A: Error while creating user group Team A: Bad Request.", "okta-create-group-refused", ""},
	{"M15", "", "Error while updating user group membership for group Team A", "okta-membership-update-failed", ""},
	{"M15 with a tail that says more", "", "Error while updating user group membership for group Team A: Not Found. Errors reported by remote server: USER does not exist.", "user-not-found", ""},
	{"M16", "", "Error while updating user group membership for group Team A: Bad Request. Errors reported by remote server: Replacing group memberships is not supported.", "replace-members", ""},
	{"M16 of another target", "", "patch-REPLACE-operation not supported", "replace-members", ""},
	{"M17 read", "", "Error while updating user group membership for group Team A: Read timed out", "remote-timeout", ""},
	{"M17 timeout", "", "Error while creating user ann@example.com: timeout", "remote-timeout", ""},
	{"M17 gateway", "", "504 Gateway Time-out", "remote-timeout", ""},
	{"M18 status", "", "Error while creating user ann@example.com: Too Many Requests", "throttled", ""},
	{"M18 limit", "", "Rate limit exceeded", "throttled", ""},
	{"M18 name", "", "Errors reported by remote server: ThrottlingException", "throttled", ""},
	{"M19 gateway", "", "Error while creating user ann@example.com: Bad Gateway", "foreign-answer", ""},
	{"M19 JSON", "", "Invalid JSON: Unrecognized token '<': was expecting a JSON value", "foreign-answer", ""},
	{"M19 host", "", "java.net.UnknownHostException: scim.example.com", "foreign-answer", ""},
	{"M19 refused", "", "Connection refused", "foreign-answer", ""},
	{"M20", "", "Unable to update Group Push mapping target App group Team A: Error while updating user group Team A: Not Found. Errors reported by remote server: GROUP does not exist.", "group-not-found", ""},
	{"M21", "", "Unable to update Group Push mapping target App group Team A: User not found", "user-not-found", ""},
	{"M22 denied", "", "Errors reported by remote server: AccessDenied", "access-denied", ""},
	{"M22 forbidden", "", "Error while creating user ann@example.com: Forbidden", "access-denied", ""},
	{"the recorded dated message", "", "Failed on 03-26-2020 03:49:35PM UTC: Unable to update Group Push mapping target App group AWS_SecurityRO: Error while creating user group AWS_SecurityRO: Bad Request. Errors reported by remote server: " + unparsed, "request-unparsable", ""},

	// Okta's API (okta reference 2.2, 2.4, 2.6).
	{"E0000001", "E0000001", "", "okta-validation", ""},
	{"E0000003", "E0000003", "", "okta-malformed", ""},
	{"E0000004", "E0000004", "", "okta-authentication", ""},
	{"E0000005", "E0000005", "", "okta-session", ""},
	{"E0000006", "E0000006", "", "okta-permission", ""},
	{"E0000007 as a body", "", `{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: 00gXXXX (UserGroup)","errorLink":"E0000007","errorId":"oaeXXXX","errorCauses":[]}`, "okta-not-found", ""},
	{"E0000009", "E0000009", "", "okta-internal", ""},
	{"E0000010", "E0000010", "", "okta-read-only", ""},
	{"E0000011", "E0000011", "", "okta-token", ""},
	{"E0000015", "E0000015", "", "okta-feature", ""},
	{"E0000022", "E0000022", "", "okta-method", ""},
	{"E0000031", "E0000031", "", "okta-search", ""},
	{"E0000038", "E0000038", "", "okta-user-status", ""},
	{"E0000047 as a body", "", `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorLink":"E0000047","errorId":"oae","errorCauses":[]}`, "okta-rate-limit", ""},
	{"E0000053", "E0000053", "", "okta-filter", ""},
	{"E0000060", "E0000060", "", "okta-unsupported", ""},
	{"DPoP demanded", "", `{"error":"use_dpop_nonce","error_description":"Authorization server requires nonce in DPoP proof."}`, "okta-dpop", ""},

	// Entra (okta reference 11).
	{"refused credentials in a job", "", `{"reason":"EncounteredQuarantineException","error":{"code":"SystemForCrossDomainIdentityManagementCredentialValidationUnsuccessful","message":"...","tenantActionable":true}}`, "entra-credentials", ""},
	{"quarantine for credentials", "EncounteredQuarantineException", "", "entra-credentials", ""},
	{"two matches", "", `{"errorCode":"DuplicateTargetEntries","reason":"...","additionalDetails":"...","errorCategory":"failure","recommendedAction":"..."}`, "entra-duplicate-target", ""},
	{"failures, base", "EncounteredBaseEscrowThreshold", "", "entra-quarantine-failures", ""},
	{"failures, total", "EncounteredTotalEscrowThreshold", "", "entra-quarantine-failures", ""},
	{"failures, proportion", "EncounteredEscrowProportionThreshold", "", "entra-quarantine-failures", ""},
	{"quarantine on demand", "QuarantinedOnDemand", "", "entra-quarantine-on-demand", ""},
	{"too many deletes", "TooManyDeletes", "", "entra-too-many-deletes", ""},
	{"the job's state", "Quarantine", "", "entra-quarantine", ""},
	{"a skipped object", "", "not in scope", "entra-not-in-scope", ""},

	// SailPoint (okta reference 8.9, 9, 14.3 C19).
	{"an appliance that is silent", "", "sailpoint.connector.ConnectorException: ... Timeout waiting for response to message ...", "sailpoint-appliance-timeout", ""},
	{"a connector that says no more", "", "sailpoint.connector.ConnectorException: something else", "sailpoint-connector", ""},
	{"IdentityIQ quoting a status", "", "[ConnectorException] ... 429 Too Many Requests", "throttled", ""},
	{"Okta's refusal of a token", "", "sailpoint.connector.ConnectorException: 401 E0000011", "okta-token", ""},
	{"Okta's refusal of a role", "", "[ConnectorException] 403 E0000006", "okta-permission", ""},
	{"Okta's rate limit", "", "sailpoint.connector.ConnectorException: 429 E0000047", "okta-rate-limit", ""},
	{"a state of a request", "PROVISIONING_FAILED", "", "sailpoint-provisioning-failed", ""},
	{"a state of half a request", "NOT_ALL_ITEMS_PROVISIONED", "", "sailpoint-provisioning-failed", ""},
}

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
			announced: 2, attributes: []string{"name.givenName"}, meaningHolds: "announces 2 errors and shows 1",
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
