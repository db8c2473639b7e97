package scimerror

const fixRelink = "Okta administrator: Applications > AWS IAM Identity Center > Push Groups > <group> > Unlink pushed group > Leave the group in the target app, then Refresh App Groups and push it again."

// awsMissing holds what AWS does not find.
var awsMissing = []definition{
	{
		Entry: Entry{
			ID: "group-not-found", Code: "ResourceNotFoundException",
			Meaning: "The group that the call names is not in this identity store.",
			Cause:   "Somebody deleted the group in AWS, perhaps made it anew, and the identity provider still uses the old id.",
			ByClient: map[string]string{
				"okta":    "The pushed group is linked to a group id that is gone.",
				"entra":   "The group was deleted in AWS; Entra keeps the old target id until the job is restarted.",
				"ssosync": "The tool deletes groups that it does not know and makes them anew, with new ids.",
			},
			Fix: []string{
				fixFindGroup,
				"AWS administrator: see who deleted it: `aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteGroup`.",
				fixRelink,
				"AWS administrator: give the new group its account assignments again: IAM Identity Center > AWS accounts > <account> > Assign users or groups.",
			},
			Docs: docsOktaPush, Causes: []string{"group-recreated", "wrong-endpoint", "wrong-place"},
			Source: "scim reference 5.2; cloudtrail reference 6.6; scim-clients, section on Identity Store texts; okta reference 7 M20",
		},
		names: []string{"ResourceType.GROUP"},
		texts: []string{"GROUP does not exist.", "GROUP not found."},
	},
	{
		Entry: Entry{
			ID: "user-not-found", Code: "ResourceNotFoundException",
			Meaning: "The person that the call names is not in this identity store.",
			Cause:   "Somebody deleted the person in AWS, and the identity provider still uses the old id. One such member can make a whole membership change fail.",
			ByClient: map[string]string{
				"okta":          "The app user keeps the AWS id of a deleted person.",
				"idp-scim-sync": "The person had been deleted already; newer versions go on.",
				"entra":         "The person was deleted in AWS; Entra keeps the old target id until the job is restarted.",
			},
			Fix: []string{
				fixFindUser,
				"AWS administrator: see who deleted the person: `aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteUser`.",
				"Okta administrator: take the person off the app and assign again: Applications > AWS IAM Identity Center > Assignments > <person> > Unassign, then Assign > Assign to People, then Push Groups > Push now.",
			},
			Docs: docsOktaPush, Causes: []string{"user-gone-in-aws", "emptied-by-deletion", "wrong-endpoint"},
			Source: "scim reference 5.2; scim-clients 18; cloudtrail reference 6.6; okta reference 7 M20, M21",
		},
		names: []string{"ResourceType.USER"},
		texts: []string{"USER does not exist.", "USER not found.", "User not found"},
	},
	{
		Entry: Entry{
			ID: "tenant-not-found", Code: "ResourceNotFoundException",
			Meaning: "The SCIM address names a tenant that AWS does not know.",
			Cause:   "The base URL is that of another or an earlier instance. Switching automatic provisioning off and on again makes a new tenant.",
			ByClient: map[string]string{
				"okta":          "The base URL in the app belongs to an instance or tenant that is gone.",
				"idp-scim-sync": "The configured endpoint is stale.",
				"jumpcloud":     "The base URL is that of an earlier instance; it is entered without the last slash.",
				"onelogin":      "The base URL is that of an earlier instance; it is entered without the last slash.",
				"cyberark":      "The base URL is that of an earlier instance; it is entered without the last slash.",
			},
			Fix:  []string{fixEndpoint, fixBaseURL, fixNewToken, fixPasteToken, fixRetry},
			Docs: docsRequests, Causes: []string{"wrong-endpoint", "identity-source-changed", "scim-stopped"},
			Source: "scim reference 5.2, 15; okta reference 7 M20",
		},
		texts: []string{"TENANT does not exist."},
	},
	{
		Entry: Entry{
			ID: "membership-not-found", Code: "ResourceNotFoundException",
			Meaning: "This person is not a member of this group, or the membership id is no longer valid.",
			Cause:   "The membership was removed before, or went with a user who was deleted.",
			ByClient: map[string]string{
				"ssosync": "It looks up the membership of a person who was deleted; the deletion had removed it.",
			},
			Fix: []string{
				"AWS administrator: list who is in the group now: `aws identitystore list-group-memberships --identity-store-id <store-id> --group-id <group-id> --region <region>`.",
			},
			Docs: docsIdentityStore, Causes: []string{"emptied-by-deletion", "removed-outside-scim", "removed-by-scim"},
			Source: "scim-clients 40; cloudtrail reference 6.6",
		},
		names: []string{"ResourceType.GROUP_MEMBERSHIP"},
		texts: []string{"Group membership not found for given Pool/Group/Member.", "GROUP_MEMBERSHIP not found.", "GROUP_MEMBERSHIP does not exist."},
	},
	{
		Entry: Entry{
			ID: "identity-store-not-found", Code: "ResourceNotFoundException",
			Meaning: "There is no identity store of this id in this account and Region.",
			Cause:   "The call went to the wrong Region or account, or the instance was deleted.",
			Fix: []string{
				"AWS administrator: read the store's id and Region in the management account: `aws sso-admin list-instances --region <region>`.",
			},
			Docs: docsIdentityStore, Causes: []string{"wrong-place", "wrong-endpoint"},
			Source: "cloudtrail reference 6.6",
		},
		names: []string{"ResourceType.IDENTITY_STORE"},
		texts: []string{"IDENTITY_STORE not found.", "IDENTITY_STORE does not exist."},
	},
	{
		Entry: Entry{
			ID: "resource-policy-not-found", Code: "ResourceNotFoundException",
			Meaning: "The identity store has no resource policy.",
			Cause:   "A script reads a policy that was never set.",
			Fix: []string{
				"Owner of the script: treat the missing policy as none; find the call with `aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore.amazonaws.com`.",
			},
			Docs: docsIdentityStore, Source: "cloudtrail reference 6.6",
		},
		names: []string{"ResourceType.RESOURCE_POLICY"},
		texts: []string{"RESOURCE_POLICY not found.", "RESOURCE_POLICY does not exist."},
	},
	{
		Entry: Entry{
			ID: "resource-not-found", Code: "ResourceNotFoundException",
			Meaning: "AWS does not find what the call names. The name alone does not say whether it is a user, a group, a membership or the store.",
			Cause:   "An id that was remembered is gone: the object was deleted, perhaps made anew, or the call went to the wrong instance.",
			Fix:     []string{fixFindGroup, fixFindUser, fixEndpoint},
			Docs:    docsIdentityStore, Causes: []string{"group-recreated", "user-gone-in-aws", "wrong-endpoint", "wrong-place"},
			Source: "scim reference 3; cloudtrail reference 2.3, 6.6",
		},
		names: []string{"ResourceNotFoundException"}, class: true,
		user: []string{"user-gone-in-aws", "wrong-endpoint"}, group: []string{"group-recreated", "user-gone-in-aws", "wrong-endpoint"},
	},
}
