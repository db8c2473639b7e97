package scimerror

const (
	fixLinkGroup = "Okta administrator: link instead of creating: Applications > AWS IAM Identity Center > Push Groups > Refresh App Groups, then Push Groups > Find groups by name > Link Group."
	fixFreeName  = "AWS administrator: or free the name, minding that account assignments hang on the id: `aws identitystore update-group --identity-store-id <store-id> " +
		"--group-id <group-id> --operations AttributePath=displayName,AttributeValue=<other-name>`."
	fixDoubleUser = "AWS administrator: compare userName, e-mail and externalId of the existing person: `aws identitystore list-users --identity-store-id <store-id> --region <region>`."
	fixOneUser    = "AWS administrator: delete the hand-made double in IAM Identity Center > Users > <person> > Delete user, or make its userName equal to the identity provider's so that it gets linked."
)

// awsConflict holds what AWS calls ConflictException.
var awsConflict = []definition{
	{
		Entry: Entry{
			ID: "duplicate-group-name", Code: "ConflictException",
			Meaning: "A group of this name is already in the identity store, so AWS did not make another.",
			Cause:   "The group was made another way: by hand, by a pipeline such as Terraform, by Control Tower, or by an earlier identity provider.",
			ByClient: map[string]string{
				"okta":    "The group is pushed as new although it must be linked to the existing one; Okta offers it for linking after Refresh App Groups.",
				"entra":   "The group can't be matched, mostly because the matching attribute is not displayName.",
				"ssosync": "The group was made by Control Tower or by hand, and the tool creates before it looks.",
			},
			Fix:  []string{fixFindGroup, fixLinkGroup, fixFreeName, fixRetry},
			Docs: docsLogging, Causes: []string{"name-taken", "group-writes-fail", "group-recreated"},
			Source: "scim reference 5.3; cloudtrail reference 2.5; okta reference 7 M09",
		},
		texts: []string{"Duplicate GroupDisplayName"},
	},
	{
		Entry: Entry{
			ID: "duplicate-user-name", Code: "ConflictException",
			Meaning: "A person with this userName is already in the identity store, so AWS did not make another.",
			Cause:   "The person was made by hand or came from an earlier identity provider.",
			ByClient: map[string]string{
				"okta": "The look-up by userName found nothing because the existing person is spelt otherwise, and the create met the same name.",
			},
			Fix:  []string{fixDoubleUser, fixOneUser, fixRetry},
			Docs: docsDuplicate, Causes: []string{"duplicate-user", "user-writes-fail", "username-mismatch"},
			Source: "scim reference 5.3; scim-clients, section on Identity Store texts",
		},
		texts: []string{"Duplicate UserName"},
	},
	{
		Entry: Entry{
			ID: "duplicate-resource", Code: "ConflictException",
			Meaning: "AWS refused to create a user or group because one with the same name, e-mail or externalId exists.",
			Cause:   "The object was made by hand, by a pipeline or by an earlier identity provider; after throttling also by the first attempt, which had landed.",
			ByClient: map[string]string{
				"okta":          "Users: the existing person differs in userName, so it isn't linked. Groups: the group must be linked, not pushed as new.",
				"entra":         "The matching attribute does not find the existing object, so Entra creates it again.",
				"idp-scim-sync": "The e-mail of a person changed while the same externalId is sent again.",
				"ssosync":       "A create was throttled, had landed all the same, and was repeated.",
				"authentik":     "A full synchronisation creates objects that exist.",
			},
			Fix:  []string{fixDoubleUser, fixOneUser, fixFindGroup, fixLinkGroup, fixRetry},
			Docs: docsDuplicate, Causes: []string{"duplicate-user", "name-taken", "user-writes-fail", "group-writes-fail", "throttled"},
			Source: "scim reference 5.2, 5.4; scim-clients 17; cloudtrail reference 6.6; okta reference 7 M08, M09",
		},
		names: []string{"UNIQUENESS_CONSTRAINT_VIOLATION"},
		texts: []string{"Refused to create a new, duplicate resource."},
		says:  []string{`\brefused to create a new,? duplicate\b`},
		user:  []string{"duplicate-user", "user-writes-fail", "throttled"}, group: []string{"name-taken", "group-writes-fail", "throttled"},
	},
	{
		Entry: Entry{
			ID: "concurrent-modification", Code: "ConflictException",
			Meaning: "Two calls changed the same object at the same time, and AWS kept one of them.",
			Cause:   "Two writers work on one group or person: two tools, or parallel requests of one.",
			Fix: []string{
				"AWS administrator: see who else writes: `aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore.amazonaws.com`.",
				fixRetry,
			},
			Docs: docsIdentityStore, Causes: []string{"two-writers", "group-writes-fail", "user-writes-fail"},
			Source: "cloudtrail reference 6.6",
		},
		names: []string{"CONCURRENT_MODIFICATION"},
	},
	{
		Entry: Entry{
			ID: "conflict", Code: "ConflictException",
			Meaning: "AWS refused the change because it clashes with what is there: a name, e-mail or externalId in use, or a change at the same time.",
			Cause:   "Mostly a user or group of that name that was made another way.",
			ByClient: map[string]string{
				"okta": "Users: an older person with the same name or e-mail. Groups: the name exists and has to be linked.",
			},
			Fix:  []string{fixDoubleUser, fixOneUser, fixFindGroup, fixLinkGroup, fixRetry},
			Docs: docsDuplicate, Causes: []string{"duplicate-user", "name-taken", "two-writers"},
			Source: "scim reference 3; cloudtrail reference 2.3, 6.6; okta reference 7 M08",
		},
		names: []string{"ConflictException"}, class: true,
		hints: []string{`(?:^|[:.] ?)conflict(?:$|[.:;])`},
		user:  []string{"duplicate-user", "user-writes-fail"}, group: []string{"name-taken", "group-writes-fail"},
	},
}
