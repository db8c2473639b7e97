package scimerror

const fixActivity = "Governance administrator: read the whole error in SailPoint: Admin > Access > Account activity > <activity>, cure it, and run the request again."

// sailpoint holds what SailPoint's connectors report (okta reference 8.9, 9 and
// 14.3 C19). The answers of Okta's API that they quote are in okta_api.go.
var sailpoint = []definition{
	{
		Entry: Entry{
			ID:       "sailpoint-appliance-timeout",
			Meaning:  "SailPoint's virtual appliance did not answer in time, so the change was not made or is not known to be made.",
			Cause:    "The appliance or its cluster is down, overloaded or cut off from the network.",
			ByClient: map[string]string{"sailpoint": "The change stays failed; SailPoint does not always repeat it."},
			Fix: []string{
				"Governance administrator: check the appliances in SailPoint: Admin > Connections > Virtual Appliances > <cluster>, and restart the one that is down.",
				fixActivity,
			},
			Docs: docsSailPoint, Causes: []string{"governance-provisioning-failed"}, Source: "okta reference 8.9, 14.3 C19",
		},
		texts: []string{"Timeout waiting for response"},
	},
	{
		Entry: Entry{
			ID:       "sailpoint-provisioning-failed",
			Meaning:  "SailPoint reports that a request was not, or not wholly, carried out.",
			Cause:    "The connector to the target failed; the account activity holds its error.",
			ByClient: map[string]string{"sailpoint": "Mostly an expired token, a missing role, a rate limit or an appliance that is down."},
			Fix:      []string{fixActivity},
			Docs:     docsSailPoint, Causes: []string{"governance-provisioning-failed", "request-unfinished"}, Source: "okta reference 14.3 C19",
		},
		names: []string{"PROVISIONING_FAILED", "NOT_ALL_ITEMS_PROVISIONED"}, class: true,
	},
	{
		Entry: Entry{
			ID:       "sailpoint-connector",
			Meaning:  "A SailPoint connector failed; the message holds no more that is known.",
			Cause:    "The connection to the target, its credentials or the request itself.",
			ByClient: map[string]string{"sailpoint": "Test the source first: most failures are an expired token or an appliance that is down."},
			Fix:      []string{"Governance administrator: SailPoint: Admin > Connections > Sources > <source> > Connection settings > Test connection.", fixActivity},
			Docs:     docsSailPoint, Causes: []string{"governance-provisioning-failed"}, Source: "okta reference 14.3 C19",
		},
		hints: []string{`\b(?:sailpoint\.connector\.)?connectorexception\b`},
	},
}
