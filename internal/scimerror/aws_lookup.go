package scimerror

// awsLookup holds the errors of CloudTrail's event look-up (cloudtrail reference
// 3.5). They say that evidence was not read, and nothing about the group.
var awsLookup = []definition{
	{
		Entry: Entry{
			ID: "lookup-attribute", Code: "InvalidLookupAttributesException",
			Meaning: "CloudTrail did not take the search attribute, so nothing was searched.",
			Cause:   "More than one attribute, an unknown key or a key in the wrong spelling.",
			Fix:     []string{fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"InvalidLookupAttributesException"},
	},
	{
		Entry: Entry{
			ID: "lookup-time-range", Code: "InvalidTimeRangeException",
			Meaning: "CloudTrail did not take the time span, so nothing was searched.",
			Cause:   "The start lies behind the end, or a time is in the wrong form.",
			Fix:     []string{fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"InvalidTimeRangeException"},
	},
	{
		Entry: Entry{
			ID: "lookup-max-results", Code: "InvalidMaxResultsException",
			Meaning: "CloudTrail did not take the page size, so nothing was searched.",
			Cause:   "The number of results for one page is outside 1 to 50.",
			Fix:     []string{fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"InvalidMaxResultsException"},
	},
	{
		Entry: Entry{
			ID: "lookup-next-token", Code: "InvalidNextTokenException",
			Meaning: "CloudTrail did not take the page token: the search stopped before its end.",
			Cause:   "The token is old or belongs to a search with other arguments.",
			Fix:     []string{fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"InvalidNextTokenException"},
	},
	{
		Entry: Entry{
			ID: "lookup-event-category", Code: "InvalidEventCategoryException",
			Meaning: "CloudTrail did not take the event category, so nothing was searched.",
			Cause:   "Only the category insight may be named; management events are found without one.",
			Fix:     []string{fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"InvalidEventCategoryException"},
	},
	{
		Entry: Entry{
			ID: "lookup-unsupported", Code: "UnsupportedOperationException",
			Meaning: "CloudTrail does not support the operation that was called.",
			Cause:   "The call is not offered in this Region or for this kind of trail.",
			Fix:     []string{fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"UnsupportedOperationException"},
	},
	{
		Entry: Entry{
			ID: "lookup-not-permitted", Code: "OperationNotPermittedException",
			Meaning: "CloudTrail does not permit the operation for this account.",
			Cause:   "An organisation's rule or the account's state stands against it.",
			Fix:     []string{fixCaller, fixCollect}, Docs: docsLookup, Causes: []string{"scim-source-not-collected"}, Source: "cloudtrail reference 3.5",
		},
		names: []string{"OperationNotPermittedException"},
	},
}
