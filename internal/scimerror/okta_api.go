package scimerror

// oktaAPI holds the errors of Okta's own API, as a collector or a governance
// connector meets them (okta reference 2.4).
var oktaAPI = []definition{
	oktaCode("E0000001", "okta-validation", "Okta's API refused a value in the request; the error's causes say which.",
		"A field is missing or wrong in what the caller sends.", nil, "governance-provisioning-failed"),
	oktaCode("E0000003", "okta-malformed", "Okta's API could not read the body of the request.",
		"A broken client or a proxy that changes the body.", nil, "governance-provisioning-failed"),
	oktaCode("E0000004", "okta-authentication", "Okta's API did not accept the credentials.",
		"A wrong user, password or client credential.", []string{fixOktaToken, fixSailSrc}, "governance-provisioning-failed"),
	oktaCode("E0000005", "okta-session", "The session with Okta is not valid.",
		"The session ended; tools should use a token or a service app.", []string{fixOktaToken, fixSailSrc}, "governance-provisioning-failed"),
	oktaCode("E0000006", "okta-permission", "The caller has no right to do this in Okta.",
		"A scope or an admin role is missing, or the group carries admin rights that the caller may not touch.",
		[]string{"Okta administrator: Security > Administrators > <administrator or service app> > Edit assignments; for a service app also Applications > <app> > Okta API Scopes.", fixSailSrc},
		"governance-provisioning-failed", "app-inactive"),
	oktaCode("E0000007", "okta-not-found", "Okta has no object of this id. For an app's user it means: not assigned to the app.",
		"The object was deleted or recreated, or the person was never assigned.",
		[]string{"Okta administrator: look the person up in Applications > AWS IAM Identity Center > Assignments, and the group in Directory > Groups."},
		"members-not-assigned", "governance-wrote-elsewhere"),
	oktaCode("E0000009", "okta-internal", "Okta failed on its side; the same call may succeed later.",
		"A fault within Okta, mostly short.", nil, "governance-provisioning-failed"),
	oktaCode("E0000010", "okta-read-only", "The Okta organisation is in read-only mode, so nothing is written.",
		"Maintenance by Okta.", nil, "governance-provisioning-failed"),
	oktaCode("E0000011", "okta-token", "Okta's API token is invalid or expired.",
		"The token was not used for 30 days, was revoked, or its maker was deactivated.", []string{fixOktaToken, fixSailSrc}, "governance-provisioning-failed"),
	oktaCode("E0000015", "okta-feature", "The Okta organisation does not have the feature that this call needs.",
		"A licence or feature is missing, such as group push or its API.",
		[]string{"Okta administrator: check Settings > Features, and Settings > Account for the licence."}, "app-inactive"),
	oktaCode("E0000022", "okta-method", "Okta's API does not offer this method at this address.",
		"A wrong address or an old client.", nil, "governance-provisioning-failed"),
	oktaCode("E0000031", "okta-search", "Okta's API could not read the search expression.",
		"An operator or attribute that this call does not support.", nil),
	oktaCode("E0000038", "okta-user-status", "Okta does not allow this in the status that the user has.",
		"The user is staged, suspended or deactivated.",
		[]string{"Okta administrator: Directory > People > <person> > More Actions: activate or unsuspend, then Applications > AWS IAM Identity Center > Push Groups > Push now."},
		"idp-user-inactive", "governance-provisioning-failed"),
	oktaCode("E0000047", "okta-rate-limit", "Okta turned the call away because there were too many.",
		"The rate limit of an endpoint family is used up; a token may use half of it.",
		[]string{"Okta administrator: see the limits and who uses them in Reports > Rate Limits.", "Governance administrator: run the request again later: SailPoint > Admin > Access > Account activity."},
		"throttled", "governance-provisioning-failed"),
	oktaCode("E0000053", "okta-filter", "Okta's API could not read the filter. For the System Log also: the start lies more than 180 days back.",
		"A wrong filter, or a search beyond the log's retention.", nil),
	oktaCode("E0000060", "okta-unsupported", "Okta's API does not support this operation.",
		"The call is not offered for this object or app.", nil, "governance-provisioning-failed"),
	{
		Entry: Entry{
			ID:      "okta-dpop",
			Meaning: "Okta wants a proof of possession (DPoP) from this service app.",
			Cause:   "New service apps demand DPoP by default.",
			Fix:     []string{"Okta administrator: Applications > <service app> > General > untick Require Demonstrating Proof of Possession (DPoP) header."},
			Docs:    "https://developer.okta.com/docs/guides/dpop/", Source: "okta reference 2.2",
		},
		names: []string{"use_dpop_nonce"},
		texts: []string{"Authorization server requires nonce in DPoP proof."},
	},
}

// oktaSummary are summaries that Okta prints beside a code.
var oktaSummary = map[string][]string{
	"E0000007": {"Not found: Resource not found"},
	"E0000047": {"API call exceeded rate limit due to too many requests."},
}

// oktaBySailPoint is what a code mostly means in a SailPoint error (okta
// reference 14.3 C19 and 10).
var oktaBySailPoint = map[string]map[string]string{
	"E0000006": {"sailpoint": "The source's token lacks a role, or the group carries admin rights."},
	"E0000011": {"sailpoint": "The source's API token died with its maker or after 30 idle days."},
	"E0000047": {"sailpoint": "An aggregation or a mass request used up the limit; SailPoint does not always repeat the change."},
}

func oktaCode(code, id, meaning, cause string, fix []string, causes ...string) definition {
	if fix == nil {
		fix = []string{"Whoever runs the call: read errorCauses in the answer, and look the X-Okta-Request-Id up in Okta: Reports > System Log."}
	}
	return definition{
		Entry: Entry{
			ID: id, Meaning: meaning, Cause: cause, ByClient: oktaBySailPoint[code], Fix: fix,
			Docs: docsOktaErrors, Causes: causes, Source: "okta reference 2.4 " + code,
		},
		names: []string{code},
		texts: oktaSummary[code],
	}
}
