package scimerror

const docsKMS = "https://docs.aws.amazon.com/singlesignon/latest/userguide/encryption-at-rest.html"

// awsAccess holds refused credentials, missing rights and unusable keys.
var awsAccess = []definition{
	{
		Entry: Entry{
			ID: "scim-token-rejected", Code: "UnauthorizedException",
			Meaning: "The SCIM endpoint did not accept the access token.",
			Cause:   "The token is expired (tokens live one year), was deleted or replaced, or belongs to another instance.",
			ByClient: map[string]string{
				"okta":      "The API token in the app's integration settings is old. All pushes stop at the same time.",
				"entra":     "The secret token in the admin credentials is old; the job goes into quarantine.",
				"jumpcloud": "The token is old; renewing it means deactivating the integration first.",
				"ssosync":   "The token in the function's secret is old.",
				"google":    "The token in the app's automatic provisioning settings is old.",
				"onelogin":  "The bearer token in the app's configuration is old.",
				"ping":      "The access token of the provisioning connection is old.",
				"cyberark":  "The bearer token in the app's provisioning settings is old.",
			},
			Fix: []string{
				fixNewToken, fixPasteToken, fixRetry,
				"AWS administrator: delete the old token in IAM Identity Center > Settings > Identity source > Actions > Manage provisioning > Access tokens.",
			},
			Docs: docsRotateToken, Causes: []string{"token-rejected", "scim-stopped", "wrong-endpoint"},
			Source: "scim reference 2, 3; okta reference 7 M01, M02 and 14.3 C08",
		},
		names: []string{"UnauthorizedException"}, class: true,
		hints: []string{
			`(?:^|[:.(] ?|\b401 )unauthorized(?:$|[.:;,)])`,
			`\b(?:access |bearer |scim |api )?token (?:has |is |was )?(?:already )?(?:expired|revoked|invalid|rejected)\b`,
			`\b(?:expired|invalid|revoked) (?:access |bearer |scim |api )?token\b`,
		},
	},
	{
		Entry: Entry{
			ID:      "scim-token-expiring",
			Meaning: "AWS Health announces that a SCIM access token ends soon; nothing has failed yet.",
			Cause:   "Tokens live one year, and the reminders begin 90 days before the end.",
			Fix:     []string{fixNewToken, fixPasteToken},
			Docs:    "https://repost.aws/knowledge-center/iam-identity-center-scim-expire-emails", Causes: []string{"token-rejected"},
			Source: "scim reference 2",
		},
		names: []string{"AWS_IAMIDENTITYCENTER_SCIM_BEARER_TOKEN_EXPIRY_NOTIFICATION"},
	},
	{
		Entry: Entry{
			ID: "not-authorized-to-perform", Code: "AccessDeniedException",
			Meaning: "The caller's IAM permissions do not allow this AWS call.",
			Cause:   "The role or user lacks the action, a policy denies it, or the call needs the account that owns Identity Center.",
			Fix: []string{
				fixCaller,
				"AWS administrator: allow the action that the message names in IAM > Roles > <role> > Add permissions, or run the call from the management or delegated administrator account.",
			},
			Docs: docsLookup, Causes: []string{"scim-source-not-collected", "connector-bypasses-idp"},
			Source: "cloudtrail reference 3.5, 6.7",
		},
		says: []string{`\bis not authorized to perform\b`, `\bno identity-based policy allows\b`},
	},
	{
		Entry: Entry{
			ID: "access-denied", Code: "AccessDeniedException",
			Meaning: "AWS knows the caller and does not allow the action.",
			Cause:   "On the SCIM endpoint: a token of another tenant or one without the right. On AWS calls: a missing IAM permission.",
			ByClient: map[string]string{
				"okta":    "The token and the base URL belong to different instances, or a network rule refuses Okta's addresses.",
				"ssosync": "The function's role lacks identitystore actions.",
			},
			Fix:  []string{fixCaller, fixEndpoint, fixBaseURL, fixNewToken, fixPasteToken},
			Docs: docsRequests, Causes: []string{"token-rejected", "wrong-endpoint"},
			Source: "scim reference 3; cloudtrail reference 2.3, 6.6; okta reference 7 M22",
		},
		names: []string{"AccessDeniedException", "AccessDenied"}, class: true,
		hints: []string{`\baccess ?denied\b`, `(?:^|[:.(] ?|\b403 )forbidden(?:$|[.:;,)])`},
	},
	{
		Entry: Entry{
			ID: "credentials-expired", Code: "ExpiredTokenException",
			Meaning: "The temporary AWS credentials of the caller are expired. This is not the SCIM token.",
			Cause:   "The session of the person or pipeline that made the call ended.",
			Fix:     []string{fixSignIn},
			Docs:    docsAWSErrors, Source: "cloudtrail reference 3.5, 6.6",
		},
		names: []string{"ExpiredTokenException", "ExpiredToken"},
		says:  []string{`\bthe security token included in the request is expired\b`},
	},
	{
		Entry: Entry{
			ID: "credentials-unknown", Code: "UnrecognizedClientException",
			Meaning: "AWS does not know the access key of the caller.",
			Cause:   "The key was deleted, is mistyped, or belongs to a Region that is not enabled.",
			Fix:     []string{fixCaller, fixSignIn},
			Docs:    docsAWSErrors, Source: "cloudtrail reference 3.5, 6.6",
		},
		names: []string{"UnrecognizedClientException"},
		says:  []string{`\bthe security token included in the request is invalid\b`},
	},
	{
		Entry: Entry{
			ID: "signature-invalid", Code: "InvalidSignatureException",
			Meaning: "The signature of the AWS call does not fit its content.",
			Cause:   "A wrong secret key, a clock that is wrong by minutes, or a proxy that changes the request.",
			Fix: []string{
				"Whoever runs the command: check the clock (`date -u`) and the profile's keys (`aws configure list --profile <profile>`).",
			},
			Docs: docsAWSErrors, Source: "cloudtrail reference 3.5, 6.6",
		},
		names: []string{"InvalidSignatureException"},
	},
	{
		Entry: Entry{
			ID: "signature-incomplete", Code: "IncompleteSignature",
			Meaning: "The AWS call carries a signature that lacks a part.",
			Cause:   "A hand-made client, or a SCIM token sent to an AWS API that wants signed requests.",
			Fix: []string{
				"Owner of the client: use an AWS SDK or the CLI for these calls: `aws identitystore list-groups --identity-store-id <store-id> --region <region>`.",
			},
			Docs: docsAWSErrors, Source: "cloudtrail reference 3.5",
		},
		names: []string{"IncompleteSignature", "IncompleteSignatureException"},
	},
	{
		Entry: Entry{
			ID: "signature-missing", Code: "MissingAuthenticationToken",
			Meaning: "The AWS call carries no signature at all.",
			Cause:   "The request was sent without credentials, or to an address that is no AWS call.",
			Fix:     []string{fixCaller, fixSignIn},
			Docs:    docsAWSErrors, Source: "cloudtrail reference 3.5",
		},
		names: []string{"MissingAuthenticationToken", "MissingAuthenticationTokenException"},
	},
	{
		Entry: Entry{
			ID: "kms-access-denied", Code: "AccessDeniedException",
			Meaning: "The identity store is encrypted with a key of the customer, and the caller may not use that key.",
			Cause:   "The key's policy lacks Identity Center or the calling role.",
			Fix: []string{
				"AWS administrator: add the caller to the key's policy: `aws kms get-key-policy --key-id <key-id> --policy-name default --region <region>`, then KMS > Customer managed keys > <key> > Key policy > Edit.",
			},
			Docs: docsKMS, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_ACCESS_DENIED"}, closer: true,
	},
	{
		Entry: Entry{
			ID: "kms-key-not-found", Code: "ResourceNotFoundException",
			Meaning: "The customer's key that encrypts the identity store does not exist.",
			Cause:   "The key was deleted, or the instance names a key of another account or Region.",
			Fix:     []string{fixKeyState, "AWS administrator: cancel a pending deletion: `aws kms cancel-key-deletion --key-id <key-id> --region <region>`."},
			Docs:    docsKMS, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_KEY_NOT_FOUND"}, closer: true,
	},
	{
		Entry: Entry{
			ID: "kms-invalid-arn", Code: "ValidationException",
			Meaning: "The address of the customer's key is not valid.",
			Cause:   "A mistyped key ARN in the instance's encryption settings.",
			Fix:     []string{"AWS administrator: correct it in IAM Identity Center > Settings > Management > Key for encrypting IAM Identity Center data at rest.", fixKeyState},
			Docs:    docsKMS, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_INVALID_ARN"}, closer: true,
	},
	{
		Entry: Entry{
			ID: "kms-invalid-key-usage", Code: "ValidationException",
			Meaning: "The customer's key is not one for symmetric encryption.",
			Cause:   "A key made for signing or another use was chosen.",
			Fix:     []string{fixKeyState, "AWS administrator: choose a symmetric encryption key in IAM Identity Center > Settings > Management > Key for encrypting IAM Identity Center data at rest."},
			Docs:    docsKMS, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_INVALID_KEY_USAGE"}, closer: true,
	},
	{
		Entry: Entry{
			ID: "kms-invalid-state", Code: "ValidationException",
			Meaning: "The customer's key is in a state in which it can't be used, such as a pending deletion.",
			Cause:   "Somebody scheduled the key's deletion, or its material is missing.",
			Fix:     []string{fixKeyState, "AWS administrator: cancel a pending deletion: `aws kms cancel-key-deletion --key-id <key-id> --region <region>`."},
			Docs:    docsKMS, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_INVALID_STATE"}, closer: true,
	},
	{
		Entry: Entry{
			ID: "kms-disabled", Code: "ValidationException",
			Meaning: "The customer's key is switched off, so the identity store can't be read or written.",
			Cause:   "Somebody disabled the key.",
			Fix:     []string{fixKeyState, "AWS administrator: switch it on: `aws kms enable-key --key-id <key-id> --region <region>`."},
			Docs:    docsKMS, Causes: []string{"user-writes-fail", "group-writes-fail"}, Source: "cloudtrail reference 6.6",
		},
		names: []string{"KMS_DISABLED"}, closer: true,
	},
}
