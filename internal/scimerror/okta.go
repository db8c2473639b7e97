package scimerror

const (
	fixProvisionUser = "Okta administrator: Applications > AWS IAM Identity Center > Assignments > Provision User for the people marked, then Push Groups > <group> > Push now."
	fixToApp         = "Okta administrator: Applications > AWS IAM Identity Center > Provisioning > To App > Edit: switch on Create Users, Update User Attributes and Deactivate Users."
	fixPushError     = "Okta administrator: read the whole message in Applications > AWS IAM Identity Center > Push Groups > <group> > Push Status, and in Reports > System Log."
	fixPushRetry     = "Okta administrator: when the reason is cured, Applications > AWS IAM Identity Center > Push Groups > Retry All Groups."
)

// okta holds the messages that Okta itself writes about provisioning (okta
// reference 7). What AWS answered mostly stands behind them and is explained
// first; these entries remain when it is missing or cut.
var okta = []definition{
	{
		Entry: Entry{
			ID:      "okta-matching-user-not-found",
			Meaning: "Okta found no person in AWS to match, and did not make one.",
			Cause:   "Creating users is switched off for the app, or the person was deleted in AWS.",
			Fix:     []string{fixToApp, fixFindUser, fixProvisionUser},
			Docs:    "https://support.okta.com/help/s/article/matching-user-not-found-provisioning-error-to-downstream-applications",
			Causes:  []string{"provisioning-off", "user-gone-in-aws"}, Source: "okta reference 7 M03",
		},
		texts: []string{"Matching user not found"},
	},
	{
		Entry: Entry{
			ID:      "okta-assigned-before-provisioning",
			Meaning: "The person was assigned to the app before provisioning was switched on, so Okta has never made them in AWS.",
			Cause:   "Assignments came first, provisioning later; such people are also left out of pushed groups.",
			Fix:     []string{fixProvisionUser},
			Docs:    "https://support.okta.com/help/s/article/Provisioning-Error-User-Was-Assigned-This-Application-Before-Provisioning-Was-Enabled-And-Not-Provisioned-In-The-Downstream-Application-Click-Provision-User",
			Causes:  []string{"assigned-before-provisioning", "created-not-filled"}, Source: "okta reference 7 M04",
		},
		says: []string{`\bassigned this application before provisioning was enabled\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-linked-group-missing",
			Meaning: "The AWS group that the pushed group is linked to is gone.",
			Cause:   "Somebody deleted or recreated the group in AWS instead of in Okta.",
			Fix:     []string{fixFindGroup, fixRelink},
			Docs:    docsOktaPush, Causes: []string{"group-recreated"}, Source: "okta reference 7 M10; scim reference 15",
		},
		says: []string{`\blinked group is missing in\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-remote-user-missing",
			Meaning: "Okta asked AWS for a person by the id that it remembers, and AWS has none of that id.",
			Cause:   "Somebody deleted the person in AWS.",
			Fix: []string{
				fixFindUser,
				"Okta administrator: take the person off the app and assign again: Applications > AWS IAM Identity Center > Assignments > <person> > Unassign, then Assign > Assign to People, then Push Groups > Push now.",
			},
			Docs: docsOktaPush, Causes: []string{"user-gone-in-aws", "emptied-by-deletion"}, Source: "okta reference 7 M12; scim reference 15",
		},
		says: []string{`\bno user returned for user\b`},
	},
	{
		Entry: Entry{
			ID:      "foreign-answer",
			Meaning: "The answer did not come from AWS: a proxy, a name server or another program answered instead.",
			Cause:   "A wrong base URL, or a proxy or network in between.",
			Fix: []string{
				fixEndpoint, fixBaseURL,
				"Network administrator: try the address from the client's network: `curl -H 'Authorization: Bearer <token>' <scim-endpoint>/ServiceProviderConfig`.",
			},
			Docs: docsOktaProvision, Causes: []string{"wrong-endpoint", "throttled"}, Source: "okta reference 7 M19 and 14.3 C25",
		},
		says:  []string{`\binvalid json: unrecognized token\b`, `\bunknown ?host`, `\bconnection refused\b`, `^<!doctype html|^<html\b`},
		hints: []string{`\bbad gateway\b`},
	},
	{
		Entry: Entry{
			ID:      "remote-timeout",
			Meaning: "The other side did not answer in time. Whether the change was made is not known.",
			Cause:   "A large change, throttling, or a slow network or proxy.",
			Fix: []string{
				"AWS administrator: see whether the change arrived: `aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore-scim.amazonaws.com`.",
				fixRetry,
			},
			Docs: docsOktaProvision, Causes: []string{"throttled", "group-writes-fail"}, Source: "okta reference 7 M17",
		},
		says:  []string{`\bread timed out\b`, `\bgateway time-?out\b`},
		hints: []string{`(?:^|[:.;,(] ?)(?:\w+ )?time-?out\b`, `\b(?:connection|connect|request|socket|read|operation|call) (?:has )?time(?:d |-)?out\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-remote-group-missing",
			Meaning: "Okta could not fetch the AWS group whose id it remembers for this pushed group.",
			Cause:   "The group was deleted or recreated in AWS; the id in the message is the one that Okta still uses.",
			Fix:     []string{fixFindGroup, fixRelink},
			Docs:    docsOktaPush, Causes: []string{"group-recreated", "wrong-endpoint"}, Source: "okta reference 7 M11",
		},
		hints: []string{`\berror while trying to get the group .+ with the externalid\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-create-group-refused",
			Meaning: "AWS refused to create the pushed group with a bad request; the message does not say why.",
			Cause:   "The name is taken in AWS, or the request has a form that AWS does not take.",
			Fix:     []string{fixFindGroup, fixLinkGroup, fixPushError, fixPushRetry},
			Docs:    docsOktaPush, Causes: []string{"name-taken", "unsupported-request", "group-writes-fail"}, Source: "okta reference 7 M14",
		},
		hints: []string{`\berror while creating user group .+: ?bad request\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-user-refused",
			Meaning: "AWS refused to create or change the person with a bad request; the message does not say why.",
			Cause:   "Mostly an empty or forbidden value in the person's profile. The reason stood behind this text and was cut off.",
			Fix:     []string{fixFindAttribute, fixProfile, fixMapping, fixRetry},
			Docs:    docsOktaProvision, Causes: []string{"user-refused", "user-writes-fail"}, Source: "okta reference 7 M05, cut",
		},
		// A user name holds no blank, which tells it from "user group Team A".
		hints: []string{`\berror while (?:creating|updating) user \S+: ?bad request\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-membership-update-failed",
			Meaning: "Okta could not change the members of the pushed group; the message does not show AWS's answer.",
			Cause:   "A form of request that AWS does not take, a member who is gone in AWS, or throttling.",
			Fix:     []string{fixPushError, fixPushRetry},
			Docs:    docsOktaPush, Causes: []string{"unsupported-request", "user-gone-in-aws", "throttled", "group-writes-fail"}, Source: "okta reference 7 M15",
		},
		hints: []string{`\berror while updating user group membership for group\b`},
	},
	{
		Entry: Entry{
			ID:      "okta-group-push-failed",
			Meaning: "Okta could not update a pushed group; the message does not show AWS's answer.",
			Cause:   "The reason stands behind this text and was cut off. The push mapping stays in error until somebody retries it.",
			Fix:     []string{fixPushError, fixPushRetry},
			Docs:    docsOktaPush, Causes: []string{"mapping-error", "group-writes-fail"}, Source: "okta reference 7 M13",
		},
		hints: []string{`\bunable to \w+ group push mapping target app group\b`},
	},
}
