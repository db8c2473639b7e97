package scimerror

// awsLimits holds throttling, quotas and AWS's own failures.
var awsLimits = []definition{
	{
		Entry: Entry{
			ID: "throttled", Code: "ThrottlingException",
			Meaning: "Too many calls in too short a time: the call was turned away and has changed nothing, unless the client repeats it.",
			Cause:   "A large change at once. SCIM takes 25 writes and 40 reads a second for each operation, the Identity Store API 20 a second.",
			ByClient: map[string]string{
				"okta":          "Hundreds of people assigned at once; Okta repeats transient failures, others wait for an administrator.",
				"ssosync":       "A run over a few hundred users; a repeated create may then meet 409 because the first had landed.",
				"idp-scim-sync": "Many parallel look-ups of memberships.",
				"sailpoint":     "An aggregation or a mass request runs into the target's limit.",
			},
			Fix: []string{
				"AWS administrator: see whether later calls made the change good: `aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore-scim.amazonaws.com`.",
				fixRetry,
				"Identity provider administrator: assign in waves. Okta: Directory > Groups > <group> > Assign people, some hundred at a time.",
			},
			Docs: docsQuotas, Causes: []string{"throttled", "group-writes-fail", "user-writes-fail"},
			Source: "scim reference 13; cloudtrail reference 3.5, 6.6; scim-clients 29; okta reference 7 M18",
		},
		names: []string{"ThrottlingException", "Throttling", "TooManyRequestsException"}, class: true,
		texts: []string{"Rate exceeded", "Too Many Requests"},
		hints: []string{
			`(?:^|[:.(] ?)rate[ -]?limit`,
			`\brate[ -]?limit\w* (?:was |has been |is )?(?:exceeded|reached|hit|violat)`,
			`\b(?:exceed|reach|hit)\w* (?:the )?(?:\w+ )?rate[ -]?limit`,
		},
	},
	{
		Entry: Entry{
			ID: "kms-throttling", Code: "ThrottlingException",
			Meaning: "The identity store is encrypted with a customer's key, and calls to that key were throttled.",
			Cause:   "The account's KMS request quota is used up, mostly by other work with the same keys.",
			Fix: []string{
				"AWS administrator: look at the request quota in Service Quotas > AWS services > AWS Key Management Service, and ask for more.",
				fixRetry,
			},
			Docs: docsKMS, Causes: []string{"throttled", "group-writes-fail", "user-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_THROTTLING"}, closer: true,
	},
	{
		Entry: Entry{
			ID: "quota-exceeded", Code: "ServiceQuotaExceededException",
			Meaning: "The identity store holds as many objects of this kind as its quota allows.",
			Cause:   "The number of users (200,000) or groups (100,000) is reached, or another quota of the instance.",
			Fix: []string{
				"AWS administrator: ask for more in Service Quotas > AWS services > AWS IAM Identity Center.",
				fixRetry,
			},
			Docs: docsQuotas, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "scim reference 13; cloudtrail reference 6.6",
		},
		names: []string{"ServiceQuotaExceededException"},
	},
	{
		Entry: Entry{
			ID: "internal-error", Code: "InternalServerException",
			Meaning: "AWS failed on its side; the same call may succeed later.",
			Cause:   "A fault within AWS, mostly short.",
			Fix: []string{
				fixRetry,
				"AWS administrator: if it stays, look at Health Dashboard > Your account health and open a case with the request id of the event.",
			},
			Docs: docsAWSErrors, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "scim reference 3; cloudtrail reference 2.5, 6.6",
		},
		names: []string{"InternalServerException"}, class: true,
	},
	{
		Entry: Entry{
			ID: "serialization", Code: "SerializationException",
			Meaning: "AWS could not read the body of an API call.",
			Cause:   "A hand-made client sends broken JSON or a value of the wrong type.",
			Fix:     []string{"Owner of the client: use an AWS SDK or the CLI: `aws identitystore create-group-membership --identity-store-id <store-id> --group-id <group-id> --member-id UserId=<user-id>`."},
			Docs:    docsAWSErrors, Causes: []string{"group-writes-fail", "user-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"SerializationException"},
	},
	{
		Entry: Entry{
			ID: "unknown-operation", Code: "UnknownOperationException",
			Meaning: "The service does not know the operation that was called.",
			Cause:   "A call to the wrong service or Region, or an emulator that does not have the operation.",
			Fix:     []string{"Owner of the client: list what the service offers: `aws identitystore help`, and check the endpoint address."},
			Docs:    docsAWSErrors, Source: "cloudtrail reference 6.6",
		},
		names: []string{"UnknownOperationException"},
	},
}
