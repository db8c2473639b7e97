package scimerror

const (
	fixEntraRestart = "Entra administrator: Enterprise applications > AWS IAM Identity Center > Provisioning > Restart provisioning."
	fixEntraLog     = "Entra administrator: read the failures in Enterprise applications > AWS IAM Identity Center > Provisioning > Provisioning logs."
)

// entra holds the codes of Microsoft Entra's provisioning service (okta
// reference 11). They are names, not sentences.
var entra = []definition{
	{
		Entry: Entry{
			ID:       "entra-credentials",
			Meaning:  "Entra could not sign in to the SCIM endpoint with its stored address and token.",
			Cause:    "The SCIM token is expired or replaced, or the tenant URL is wrong.",
			ByClient: map[string]string{"entra": "The job is put in quarantine, is retried ever more rarely and is switched off after 28 days."},
			Fix:      []string{fixNewToken, fixPasteToken, fixEntraRestart},
			Docs:     docsEntraQuarantine, Causes: []string{"token-rejected", "job-quarantined", "wrong-endpoint"}, Source: "okta reference 11",
		},
		names: []string{"SystemForCrossDomainIdentityManagementCredentialValidationUnsuccessful", "EncounteredQuarantineException"},
	},
	{
		Entry: Entry{
			ID:       "entra-duplicate-target",
			Meaning:  "Entra found several objects in AWS that match one of its own, so it changed none.",
			Cause:    "The matching attribute is not unique in the identity store.",
			ByClient: map[string]string{"entra": "The matching attribute is another than userName for users or displayName for groups."},
			Fix: []string{
				fixEntraLog,
				"Entra administrator: match by userName and displayName: Enterprise applications > AWS IAM Identity Center > Provisioning > Mappings > Matching precedence.",
				fixDoubleUser,
			},
			Docs: docsEntraTutorial, Causes: []string{"duplicate-user", "name-taken"}, Source: "okta reference 11",
		},
		names: []string{"DuplicateTargetEntries"},
		user:  []string{"duplicate-user"}, group: []string{"name-taken"},
	},
	{
		Entry: Entry{
			ID:       "entra-quarantine-failures",
			Meaning:  "Entra put the provisioning job in quarantine because too many of its changes failed.",
			Cause:    "More than 40 percent of the changes, and at least 5,000, failed. The failures themselves stand in the provisioning log.",
			ByClient: map[string]string{"entra": "Mostly refused user data. Failing group members do not count towards it."},
			Fix:      []string{fixEntraLog, fixMapping, fixEntraRestart},
			Docs:     docsEntraQuarantine, Causes: []string{"job-quarantined", "scim-stopped", "user-refused"}, Source: "okta reference 11",
		},
		names: []string{"EncounteredBaseEscrowThreshold", "EncounteredTotalEscrowThreshold", "EncounteredEscrowProportionThreshold"},
	},
	{
		Entry: Entry{
			ID:      "entra-quarantine-on-demand",
			Meaning: "Entra's provisioning job was put in quarantine on request.",
			Cause:   "Microsoft or an administrator stopped the job.",
			Fix:     []string{fixEntraLog, fixEntraRestart},
			Docs:    docsEntraQuarantine, Causes: []string{"job-quarantined", "scim-stopped"}, Source: "okta reference 11",
		},
		names: []string{"QuarantinedOnDemand"},
	},
	{
		Entry: Entry{
			ID:      "entra-too-many-deletes",
			Meaning: "Entra stopped the provisioning job because it would have deleted more objects than its safeguard allows.",
			Cause:   "A scope or group was emptied, so that many people fell out of it at once.",
			Fix: []string{
				"Entra administrator: decide on the deletions in Enterprise applications > AWS IAM Identity Center > Provisioning > Allow deletes or Reject deletes.",
			},
			Docs: docsEntraQuarantine, Causes: []string{"job-quarantined", "scim-stopped"}, Source: "okta reference 11",
		},
		names: []string{"TooManyDeletes"},
	},
	{
		Entry: Entry{
			ID:      "entra-quarantine",
			Meaning: "Entra's provisioning job is in quarantine: it is retried ever more rarely, and switched off after 28 days.",
			Cause:   "Refused credentials or too many failing changes.",
			Fix:     []string{fixEntraLog, fixPasteToken, fixEntraRestart},
			Docs:    docsEntraQuarantine, Causes: []string{"job-quarantined", "scim-stopped"}, Source: "okta reference 11",
		},
		names: []string{"Quarantine"}, class: true,
	},
	{
		Entry: Entry{
			ID:      "entra-not-in-scope",
			Meaning: "Entra skipped the object because the provisioning job does not cover it.",
			Cause:   "The user or group is not assigned to the app, or a scoping filter leaves it out. Members of nested groups are not covered.",
			Fix: []string{
				"Entra administrator: assign the user or group in Enterprise applications > AWS IAM Identity Center > Users and groups, and check Provisioning > Settings > Scope.",
			},
			Docs: docsEntraTutorial, Causes: []string{"job-quarantined", "members-not-assigned", "nested-group"}, Source: "okta reference 11 and 14.3 C27",
		},
		hints: []string{`\bnot in scope\b`, `\bout of scope\b`},
		names: []string{"NotInScope"},
	},
}
