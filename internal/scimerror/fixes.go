package scimerror

// Steps that several entries share. A step says who acts, then what and where; a
// command's placeholders stand in angle brackets, and nothing from a message is
// ever put into one.
const (
	fixRetry = "Identity provider administrator: send the change again. Okta: Dashboard > Tasks > Retry selected, then Applications > " +
		"AWS IAM Identity Center > Push Groups > Push now. Entra: Enterprise applications > AWS IAM Identity Center > Provisioning > Provision on demand."
	fixProfile = "Identity provider administrator: correct the person's profile. Okta: Directory > People > <person> > Profile. " +
		"Entra: Users > <person> > Properties. Google: Admin console > Directory > Users > <person>."
	fixMapping = "Identity provider administrator: make the mapping leave an empty attribute out instead of sending an empty string. Okta: Applications > " +
		"AWS IAM Identity Center > Provisioning > To App > Attribute Mappings. Entra: Enterprise applications > AWS IAM Identity Center > Provisioning > Mappings."
	fixFindAttribute = "AWS administrator: read which attribute was refused in the event itself: `aws cloudtrail lookup-events --region <region> " +
		"--lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore-scim.amazonaws.com`."
	fixFindGroup = "AWS administrator: find the group's present id: `aws identitystore list-groups --identity-store-id <store-id> --region <region>`."
	fixFindUser  = "AWS administrator: find the person's present id: `aws identitystore list-users --identity-store-id <store-id> --region <region>`."
	fixNewToken  = "AWS administrator: make a second access token in IAM Identity Center > Settings > Identity source > Actions > Manage provisioning > " +
		"Access tokens > Generate token, and note the expiry date. With two tokens present, delete the unused one first."
	fixPasteToken = "Identity provider administrator: enter the new token and test it. Okta: Applications > AWS IAM Identity Center > Provisioning > " +
		"Integration > Test API Credentials. Entra: Enterprise applications > AWS IAM Identity Center > Provisioning > Admin Credentials > Test Connection."
	fixEndpoint = "AWS administrator: read the SCIM endpoint in IAM Identity Center > Settings > Identity source > Actions > Manage provisioning, in the Region of the instance."
	fixBaseURL  = "Identity provider administrator: compare the base URL, Region and tenant included, and leave the last slash out. Okta: Applications > " +
		"AWS IAM Identity Center > Provisioning > Integration > Base URL."
	fixConnector = "Owner of the SCIM client: send membership changes as PATCH /Groups/<group-id> with add and remove operations on `members`, at most 100 a request."
	fixCaller    = "AWS administrator: see who the call is made as: `aws sts get-caller-identity`."
	fixSignIn    = "Whoever runs the command: sign in again: `aws sso login --profile <profile>`, or renew the keys of the profile."
	fixKeyState  = "AWS administrator: look at the key: `aws kms describe-key --key-id <key-id> --region <region>`."
	fixOktaToken = "Okta administrator: make a new API token in Security > API > Tokens > Create token, as an administrator who stays; a token dies after 30 idle days and with its maker."
	fixSailSrc   = "Governance administrator: enter it in SailPoint: Admin > Connections > Sources > <Okta source> > Connection settings > Test connection, then run the request again."
	fixCollect   = "Whoever collects the evidence: run the search again with corrected arguments: `aws cloudtrail lookup-events --region <region> --start-time <time> " +
		"--end-time <time> --lookup-attributes AttributeKey=EventSource,AttributeValue=identitystore-scim.amazonaws.com`."
)

// Where the facts stand in public.
const (
	docsTroubleshooting = "https://docs.aws.amazon.com/singlesignon/latest/userguide/troubleshooting.html"
	docsLogging         = "https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html"
	docsCreateUser      = "https://docs.aws.amazon.com/singlesignon/latest/developerguide/createuser.html"
	docsListGroups      = "https://docs.aws.amazon.com/singlesignon/latest/developerguide/listgroups.html"
	docsPatchGroup      = "https://docs.aws.amazon.com/singlesignon/latest/developerguide/patchgroup.html"
	docsLimitations     = "https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html"
	docsRequests        = "https://docs.aws.amazon.com/singlesignon/latest/developerguide/making-api-requests.html"
	docsRotateToken     = "https://docs.aws.amazon.com/singlesignon/latest/userguide/rotate-token.html"
	docsQuotas          = "https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"
	docsDuplicate       = "https://repost.aws/knowledge-center/iam-identity-center-provision"
	docsIdentityStore   = "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/welcome.html"
	docsLookup          = "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"
	docsAWSErrors       = "https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/CommonErrors.html"
	docsOktaPush        = "https://help.okta.com/en-us/Content/Topics/users-groups-profiles/usgp-group-push-troubleshoot.htm"
	docsOktaProvision   = "https://help.okta.com/en/prod/Content/Topics/Provisioning/LCM-Prov/troubleshooting.htm"
	docsOktaErrors      = "https://developer.okta.com/docs/reference/error-codes/"
	docsEntraQuarantine = "https://learn.microsoft.com/en-us/entra/identity/app-provisioning/application-provisioning-quarantine-status"
	docsEntraTutorial   = "https://learn.microsoft.com/en-us/entra/identity/saas-apps/aws-single-sign-on-provisioning-tutorial"
	docsSailPoint       = "https://documentation.sailpoint.com/connectors/identityiq8_3/okta/help/integrating_okta/troubleshooting_iiq.html"
)
