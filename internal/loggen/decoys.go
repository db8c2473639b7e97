package loggen

// decoys are records of other services that have the name of a directory source in
// them: in a text, in a text of JSON in a text, as a value, as a name, in a whole
// record inside the record. None of them concerns an identity, and a search that
// looks for text finds all of them.
var decoys = []form{
	{source: "iam", name: "PutRolePolicy", by: "t", write: true,
		request: `{"roleName":"<role>","policyName":"trail-reader","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"cloudtrail:LookupEvents\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"eventSource\":\"identitystore-scim.amazonaws.com\"}}}]}"}`},
	{source: "cloudtrail", name: "LookupEvents", by: "pu",
		request: `{"maxResults":50,"lookupAttributes":[{"attributeKey":"EventSource","attributeValue":"identitystore-scim.amazonaws.com"}]}`},
	{source: "cloudtrail", name: "PutEventSelectors", by: "t", write: true,
		request:  `{"trailName":"org-trail","advancedEventSelectors":[{"name":"directory","fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","notEquals":["identitystore.amazonaws.com","sso-directory.amazonaws.com"]}]}]}`,
		response: `{"trailARN":"arn:aws:cloudtrail:<region>:<account>:trail/org-trail"}`},
	{source: "events", name: "PutRule", by: "t", write: true,
		request:  `{"name":"directory-changes","state":"ENABLED","eventPattern":"{\"source\":[\"aws.sso-directory\"],\"detail\":{\"eventSource\":[\"sso-directory.amazonaws.com\",\"identitystore.amazonaws.com\"],\"eventName\":[\"AddMemberToGroup\"]}}"}`,
		response: `{"ruleArn":"arn:aws:events:<region>:<account>:rule/directory-changes"}`},
	{source: "events", name: "TestEventPattern", by: "p",
		request: `{"eventPattern":"{\"detail\":{\"eventName\":[\"PatchGroup\"]}}","event":"{\"detail\":{\"eventVersion\":\"1.10\",\"eventTime\":\"<time>\",\"eventSource\":\"identitystore-scim.amazonaws.com\",\"eventName\":\"PatchGroup\",\"eventID\":\"<uuid>\"}}"}`},
	{source: "athena", name: "StartQueryExecution", by: "pf", write: true,
		request:  `{"queryString":"select eventtime, eventname from cloudtrail where eventsource = 'identitystore-scim.amazonaws.com'\nand eventname = 'PatchGroup'\torder by eventtime","clientRequestToken":"<uuid>","workGroup":"primary","resultConfiguration":{"outputLocation":"s3://<bucket>/"}}`,
		response: `{"queryExecutionId":"<uuid>"}`},
	{source: "auditmanager", name: "BatchImportEvidenceToAssessmentControl", by: "f", write: true,
		request:  `{"assessmentId":"<uuid>","manualEvidence":[{"eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","eventID":"<uuid>","eventTime":"<time>"}]}`,
		response: `{"errors":[]}`},
	{source: "states", name: "StartExecution", by: "f", write: true,
		request:  `{"stateMachineArn":"arn:aws:states:<region>:<account>:stateMachine:<team>-review","input":{"Records":[{"eventVersion":"1.10","userIdentity":{"type":"WebIdentityUser","accountId":"<account>"},"eventTime":"<time>","eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","awsRegion":"<region>","requestParameters":{"id":"<uuid>"},"eventID":"<uuid>","recipientAccountId":"<account>"},{"eventSource":"sso-directory.amazonaws.com","eventName":"AddMemberToGroup","eventID":"<uuid>"}]}}`,
		response: `{"executionArn":"arn:aws:states:<region>:<account>:execution:<team>-review:<uuid>","startDate":"<javatime 0>"}`},
	{source: "cloudwatch", name: "PutDashboard", by: "t", write: true,
		request:  `{"dashboardName":"directory","dashboardBody":"{\"widgets\":[{\"query\":\"fields @timestamp | filter eventSource = \\\"identitystore-scim.amazonaws.com\\\"\"}]}"}`,
		response: `{"dashboardValidationMessages":[]}`},
	{source: "tagging", name: "TagResources", by: "t", write: true,
		request: `{"resourceARNList":["arn:aws:lambda:<region>:<account>:function:<function>"],"tags":{"identitystore.amazonaws.com":"reader","eventSource":"identitystore.amazonaws.com"}}`},
	{source: "access-analyzer", name: "ValidatePolicy", by: "p", request: `{"policyDocument":"identitystore:CreateGroupMembership","policyType":"IDENTITY_POLICY"}`,
		more: `"additionalEventData":{"eventSource":"identitystore.amazonaws.com","note":"Closing brackets ]}]} and \\\" in a text mislead a careless search"},`},
	// A member after the nested one that decides: the source itself comes before.
	{source: "organizations", name: "ListDelegatedAdministrators", by: "p", request: `{"servicePrincipal":"sso-directory.amazonaws.com"}`,
		more: `"resources":[{"accountId":"<account>","type":"AWS::SSO::Directory","ARN":"arn:aws:identitystore::<account>:identitystore/d-9a67000001","eventSource":"sso-directory.amazonaws.com"}],`},
}
