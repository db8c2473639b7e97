package scimerror

// awsValidation holds what AWS calls ValidationException: values, requests and
// operations that it does not take.
var awsValidation = []definition{
	{
		Entry: Entry{
			ID: "validation-empty", Code: "ValidationException",
			Meaning: "AWS refused an empty value: an attribute that is sent must hold at least one character.",
			Cause:   "The identity provider sends an empty string for a field that is not filled, mostly the first or the last name.",
			ByClient: map[string]string{
				"okta":      "The Okta profile has no first, last or display name, or a mapping expression yields an empty string.",
				"entra":     "The user has no first or last name in Entra, as guests and service accounts often have none, or the manager mapping resolves to nothing.",
				"jumpcloud": "The JumpCloud user has no first or last name; both are required.",
				"google":    "The Google user's mapped field is empty.",
			},
			Fix:  []string{fixFindAttribute, fixProfile, fixMapping, fixRetry},
			Docs: docsTroubleshooting, Causes: []string{"user-refused", "user-writes-fail", "group-writes-fail"},
			Source: "scim reference 5.2, 5.3, 11; okta reference 7 M06",
		},
		// What Okta's article on the generic refusal says of empty fields (scim-clients 26).
		texts: []string{"must be null or have a literal value"},
		user:  []string{"user-refused", "user-writes-fail"}, group: []string{"group-writes-fail", "mapping-error"},
	},
	{
		Entry: Entry{
			ID: "validation-pattern", Code: "ValidationException",
			Meaning: "AWS refused a value because it holds a character outside letters, marks, symbols, digits, punctuation and blanks.",
			Cause:   "A control or invisible character, such as a zero-width space, came in when a name was copied; in a userName also a blank.",
			ByClient: map[string]string{
				"okta":  "A profile field holds an invisible character; Okta's own article also names < > ; : and % as refused.",
				"entra": "A guest's user principal name holds #EXT#, or a field holds an invisible character.",
			},
			Fix:  []string{fixFindAttribute, fixProfile, fixRetry},
			Docs: docsTroubleshooting, Causes: []string{"user-refused", "user-writes-fail", "group-writes-fail"},
			Source: "scim reference 5.3, 11; scim-clients 25; okta reference 7 M06",
		},
		user: []string{"user-refused", "user-writes-fail"}, group: []string{"group-writes-fail", "mapping-error"},
	},
	{
		Entry: Entry{
			ID: "validation-too-long", Code: "ValidationException",
			Meaning: "AWS refused a value because it is too long: 128 characters for a userName, 256 for an externalId, 1024 for the rest.",
			Cause:   "A generated name or an address is longer than the identity store takes.",
			ByClient: map[string]string{
				"okta": "A mapping expression joins several fields, or a pushed group's name is too long.",
			},
			Fix:  []string{fixFindAttribute, fixProfile, fixRetry},
			Docs: docsIdentityStore, Causes: []string{"user-refused", "user-writes-fail", "group-writes-fail"},
			Source: "scim reference 11; cloudtrail reference 6.4",
		},
		user: []string{"user-refused", "user-writes-fail"}, group: []string{"group-writes-fail", "mapping-error"},
	},
	{
		Entry: Entry{
			ID: "validation-failed", Code: "ValidationException",
			Meaning: "AWS refused one or more values; the message does not show which rule they break.",
			Cause:   "A value breaks a rule of the identity store, and the message was cut before it says which.",
			Fix:     []string{fixFindAttribute, fixProfile, fixRetry},
			Docs:    docsTroubleshooting, Causes: []string{"user-refused", "user-writes-fail", "group-writes-fail"},
			Source: "scim reference 5.2; cloudtrail reference 1.3, 2.5",
		},
		user: []string{"user-refused", "user-writes-fail"}, group: []string{"group-writes-fail", "mapping-error"},
	},
	{
		Entry: Entry{
			ID: "request-unparsable", Code: "ValidationException",
			Meaning: "AWS could not accept the request as it is written. This is the sentence that the endpoint uses for nearly every validation failure.",
			Cause:   "An empty or forbidden value, more than 100 members in one request, an attribute that AWS does not support, or a filter with an empty value.",
			ByClient: map[string]string{
				"okta":          "An empty string, an incomplete address or a special character in a mapped attribute; on a group push also a name that is taken or a full replacement of the members.",
				"entra":         "A missing first or last name, or a second phone number or address that is mapped.",
				"idp-scim-sync": "More than 100 members in one PATCH (old versions), or a look-up with an empty member id.",
				"ssosync":       "A user without a first or last name in Google, or a group name with a colon (old endpoint).",
				"authentik":     "The photos attribute, or a group of more than 100 members in one request.",
				"keycloak":      "An externalId with a colon (seen in 2022).",
			},
			Fix: []string{
				"AWS administrator: read the more exact message that CloudTrail keeps for the same call: `aws cloudtrail lookup-events --region <region> " +
					"--lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore-scim.amazonaws.com`.",
				fixProfile, fixMapping, fixConnector, fixRetry,
			},
			Docs: docsTroubleshooting, Causes: []string{"user-refused", "unsupported-request", "name-taken", "group-writes-fail"},
			Source: "scim reference 5.2; scim-clients 16, 22 to 26; okta reference 7 M05",
		},
		texts: []string{"Request is unparsable, syntactically incorrect, or violates schema."},
		says:  []string{`\brequest is unparsable\b`, `unparsable, syntactically incorrect`},
		user:  []string{"user-refused", "user-writes-fail"}, group: []string{"unsupported-request", "name-taken", "group-writes-fail"},
	},
	{
		Entry: Entry{
			ID: "list-attribute-limit", Code: "ValidationException",
			Meaning: "AWS keeps one value for each list attribute (e-mail, address, phone number) and was sent more.",
			Cause:   "The identity provider sends several e-mail addresses, phone numbers or addresses for one person.",
			ByClient: map[string]string{
				"entra":     "A second phone number (mobile or fax), e-mail or address is in the attribute mapping.",
				"okta":      "A secondary e-mail or a second phone number is mapped.",
				"jumpcloud": "A second phone number; only the work number is taken.",
				"cyberark":  "A second phone number; only one may be mapped.",
			},
			Fix: []string{
				"Identity provider administrator: take the second value of the attribute out of the mapping. Okta: Applications > AWS IAM Identity Center > Provisioning > " +
					"To App > Attribute Mappings. Entra: Enterprise applications > AWS IAM Identity Center > Provisioning > Mappings.",
				fixRetry,
			},
			Docs: docsTroubleshooting, Causes: []string{"user-refused", "user-writes-fail"},
			Source: "scim reference 5.2, 5.3, 16.2; okta reference 7 M07",
		},
		texts: []string{"Currently list attributes only allow single item"},
		says:  []string{`\blist attribute ['"]?(?P<attr>[a-z]\w{0,60})['"]? (?:exceeds |exceeded )?(?:the )?allowed limit\b`, `\blist attributes? only allow`},
	},
	{
		Entry: Entry{
			ID: "missing-path", Code: "ValidationException",
			Meaning: "A PATCH operation names no path. AWS needs one to remove anything.",
			Cause:   "The SCIM client sends a remove without saying from which attribute.",
			ByClient: map[string]string{
				"okta":     "A hand-made SCIM app instead of the catalog app AWS IAM Identity Center.",
				"keycloak": "The plug-in removes members in a form that AWS does not know.",
			},
			Fix: []string{
				"Owner of the SCIM client: give each remove operation a `path`: `members` with a list of values, or `members[value eq \"<user-id>\"]`.",
				fixConnector, fixRetry,
			},
			Docs: docsLogging, Causes: []string{"unsupported-request", "group-writes-fail"},
			Source: "scim reference 5.3, 7.4; cloudtrail reference 2.5",
		},
		texts: []string{"Missing path in PATCH request"},
	},
	{
		Entry: Entry{
			ID: "patch-path-omitted", Code: "ValidationException",
			Meaning: "A PATCH operation without a path may change one attribute only, by add or replace; this one held several.",
			Cause:   "The SCIM client packs several attributes into one operation without a path.",
			ByClient: map[string]string{
				"authentik": "Its generic PATCH; the provider's compatibility mode AWS sends what the endpoint takes.",
			},
			Fix: []string{
				"Identity provider administrator: authentik: Applications > Providers > <SCIM provider> > Edit > Compatibility mode > AWS.",
				"Owner of the SCIM client: send one operation for each attribute, each with its `path`.",
				fixRetry,
			},
			Docs: docsPatchGroup, Causes: []string{"unsupported-request", "group-writes-fail", "user-writes-fail"},
			Source: "scim reference 5.2; scim-clients 19",
		},
		texts: []string{`Current PATCH support allows omitting "path" attribute only for Add and Replace operations modifying a single attribute.`},
		says:  []string{`\bcurrent patch support allows omitting\b`},
	},
	{
		Entry: Entry{
			ID: "replace-members", Code: "ValidationException",
			Meaning: "AWS does not replace a group's members as a whole; members are added and removed one by one, at most 100 a request.",
			Cause:   "The SCIM client sends the full member list as a replacement. AWS accepted that form until about 2025.",
			ByClient: map[string]string{
				"okta":     "Push now of a custom SCIM app, or a full push that replaces the membership.",
				"keycloak": "The plug-in replaces all members at each change.",
				"teleport": "It replaces the first 100 members and adds the rest.",
				"ping":     "PingFederate is set to update groups with PUT instead of PATCH.",
			},
			Fix: []string{
				"Okta administrator: use the catalog app AWS IAM Identity Center (Applications > Browse App Catalog) instead of a hand-made SCIM app; after a failed Push now, " +
					"take the members out and in again in batches: Directory > Groups > <group> > Assign people.",
				fixConnector,
			},
			Docs: docsLimitations, Causes: []string{"unsupported-request", "group-writes-fail"},
			Source: "scim reference 5.2, 7.4; scim-clients 20; okta reference 7 M16",
		},
		texts: []string{"Replacing group memberships is not supported.", "patch-REPLACE-operation not supported"},
		says:  []string{`\breplacing group memberships? (?:is|are) not\b`},
	},
	{
		Entry: Entry{
			ID: "invalid-json", Code: "ValidationException",
			Meaning: "The body of the request is not JSON that AWS can read.",
			Cause:   "A hand-written or broken client, or a proxy that changes the body.",
			Fix: []string{
				"Owner of the SCIM client: check the body before it is sent: `jq . <body-file>`.",
				"Network administrator: let the calls to the SCIM endpoint pass the proxy unchanged; compare with `curl --noproxy '*' <scim-endpoint>/ServiceProviderConfig`.",
			},
			Docs: docsLogging, Causes: []string{"unsupported-request", "user-writes-fail", "group-writes-fail"},
			Source: "scim reference 5.3; cloudtrail reference 2.5",
		},
		texts: []string{"Invalid JSON from RequestBody"},
	},
	{
		Entry: Entry{
			ID: "invalid-filter", Code: "ValidationException",
			Meaning: "AWS could not read the filter of a look-up: it takes `eq` and one `and` only, and no empty value.",
			Cause:   "The client looks for a user or a group with an operator or an attribute that AWS does not support, or with an empty id.",
			ByClient: map[string]string{
				"entra":         "The matching attribute of the mapping is one that AWS can't filter by.",
				"idp-scim-sync": "A look-up of a member whose id is empty because the user was refused before.",
			},
			Fix: []string{
				"Identity provider administrator: match users by userName and groups by displayName. Entra: Enterprise applications > AWS IAM Identity Center > Provisioning > Mappings > Matching precedence.",
				"Owner of the SCIM client: try the filter by hand: `curl -H 'Authorization: Bearer <token>' '<scim-endpoint>/Users?filter=userName%20eq%20%22<user-name>%22'`.",
			},
			Docs: docsListGroups, Causes: []string{"user-writes-fail", "group-writes-fail", "unsupported-request"},
			Source: "scim reference 5.3, 8; cloudtrail reference 2.5",
		},
		texts: []string{"Invalid Filter format"},
	},
	{
		Entry: Entry{
			ID: "attribute-required", Code: "ValidationException",
			Meaning: "An attribute that AWS requires is missing from the request.",
			Cause:   "userName, display name, first name and last name are required for a user, the display name for a group; one was not sent.",
			Fix:     []string{fixProfile, fixMapping, fixRetry},
			Docs:    docsCreateUser, Causes: []string{"user-refused", "user-writes-fail"},
			Source: "scim-clients 27 and the section on Identity Store texts",
		},
		says: []string{`\bthe attribute (?P<attr>[a-z][\w.]{0,80}) is required\b`, `\b(?P<attr>[a-z][\w.]{0,80}) is a required attribute\b`},
	},
	{
		Entry: Entry{
			ID: "attribute-path-empty", Code: "ValidationException",
			Meaning: "An update of the identity store holds an empty value for an attribute.",
			Cause:   "A script or pipeline calls UpdateUser or UpdateGroup with an empty or missing attribute value.",
			Fix: []string{
				"Owner of the script: give each operation a value, or leave the operation out: `aws identitystore update-user --identity-store-id <store-id> --user-id <user-id> --operations <operations>`.",
			},
			Docs: docsIdentityStore, Causes: []string{"user-writes-fail", "group-writes-fail"},
			Source: "scim-clients, section on Identity Store texts",
		},
		says: []string{`\battribute value cannot be empty or null for attribute path(?: ['"]?(?P<attr>[a-z][\w.:]{0,120}))?`},
	},
	{
		Entry: Entry{
			ID: "attribute-not-unique", Code: "ValidationException",
			Meaning: "A look-up by this attribute is not possible, because it is not unique in the identity store.",
			Cause:   "GetUserId or GetGroupId was called with another attribute than userName, the primary e-mail or the group's displayName.",
			Fix: []string{
				"Owner of the script: look up by a unique attribute: `aws identitystore get-user-id --identity-store-id <store-id> --alternate-identifier " +
					"'{\"UniqueAttribute\":{\"AttributePath\":\"userName\",\"AttributeValue\":\"<user-name>\"}}'`.",
			},
			Docs: docsIdentityStore, Source: "scim-clients, section on Identity Store texts",
		},
		says: []string{`\bthe attribute (?P<attr>[a-z][\w.]{0,80}) is not a unique attribute\b`},
	},
	{
		Entry: Entry{
			ID: "validation", Code: "ValidationException",
			Meaning: "AWS refused the request: a value, its form or the operation itself is not one that it takes. The name alone does not say which.",
			Cause:   "Mostly an empty or forbidden value, or a membership change in a form that AWS does not support.",
			Fix:     []string{fixFindAttribute, fixProfile, fixConnector, fixRetry},
			Docs:    docsTroubleshooting, Causes: []string{"user-refused", "unsupported-request", "user-writes-fail", "group-writes-fail"},
			Source: "scim reference 3; cloudtrail reference 2.3, 2.5, 6.6",
		},
		names: []string{"ValidationException"}, class: true,
		user: []string{"user-refused", "user-writes-fail"}, group: []string{"unsupported-request", "group-writes-fail"},
	},
}
