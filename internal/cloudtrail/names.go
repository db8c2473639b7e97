package cloudtrail

// key is the name of a member that a record is asked for. Members that nobody
// asks for are checked and passed over.
type key uint8

// The names, as CloudTrail spells them.
const (
	_ key = iota
	kAccessKeyID
	kAccountID
	kActive
	kAddendum
	kApplicationARN
	kARN
	kARNUpper // in resources[]; userIdentity has it in lower case
	kAwsRegion
	kBody
	kClientHost
	kCredentialID
	kDisplayName
	kErrorCode
	kErrorMessage
	kEventID
	kEventName
	kEventSource
	kEventTime
	kEventType
	kEventVersion
	kFederatedProvider
	kGroup
	kGroupARN
	kGroupID
	kHTTPBody
	kID
	kIdentityProvider
	kIdentityStoreARN
	kIdentityStoreID
	kInvokedBy
	kMember
	kMemberID
	kMembers
	kMembershipARN
	kMembershipID
	kOnBehalfOf
	kOp
	kOperations
	kOriginalEventID
	kPath
	kPermissionSetARN
	kPrincipalID
	kPrincipalType
	kReadOnly
	kReason
	kRecipientAccountID
	kRequestID
	kRequestParameters
	kResources
	kResponseElements
	kFromConsole
	kSessionContext
	kSessionIssuer
	kSharedEventID
	kSourceIdentity
	kSourceIPAddress
	kTargetID
	kTenantID
	kTLSDetails
	kType
	kUser
	kUserAgent
	kUserARN
	kUserID
	kUserIdentity
	kUserName
	kValue
	kWebIDFederation
	keys // how many there are, and one
)

var names = [keys]string{
	kAccessKeyID: "accessKeyId", kAccountID: "accountId", kActive: "active", kAddendum: "addendum", kApplicationARN: "applicationArn",
	kARN: "arn", kARNUpper: "ARN", kAwsRegion: "awsRegion", kBody: "body", kClientHost: "clientProvidedHostHeader", kCredentialID: "credentialId",
	kDisplayName: "displayName", kErrorCode: "errorCode", kErrorMessage: "errorMessage", kEventID: "eventID", kEventName: "eventName",
	kEventSource: "eventSource", kEventTime: "eventTime", kEventType: "eventType", kEventVersion: "eventVersion",
	kFederatedProvider: "federatedProvider", kGroup: "group", kGroupARN: "groupArn", kGroupID: "groupId", kHTTPBody: "httpBody", kID: "id",
	kIdentityProvider: "identityProvider", kIdentityStoreARN: "identityStoreArn", kIdentityStoreID: "identityStoreId", kInvokedBy: "invokedBy",
	kMember: "member", kMemberID: "memberId", kMembers: "members", kMembershipARN: "membershipArn", kMembershipID: "membershipId",
	kOnBehalfOf: "onBehalfOf", kOp: "op", kOperations: "operations", kOriginalEventID: "originalEventID", kPath: "path",
	kPermissionSetARN: "permissionSetArn", kPrincipalID: "principalId", kPrincipalType: "principalType", kReadOnly: "readOnly", kReason: "reason",
	kRecipientAccountID: "recipientAccountId", kRequestID: "requestID", kRequestParameters: "requestParameters", kResources: "resources",
	kResponseElements: "responseElements", kFromConsole: "sessionCredentialFromConsole", kSessionContext: "sessionContext",
	kSessionIssuer: "sessionIssuer", kSharedEventID: "sharedEventID", kSourceIdentity: "sourceIdentity", kSourceIPAddress: "sourceIPAddress",
	kTargetID: "targetId", kTenantID: "tenantId", kTLSDetails: "tlsDetails", kType: "type", kUser: "user", kUserAgent: "userAgent",
	kUserARN: "userArn", kUserID: "userId", kUserIdentity: "userIdentity", kUserName: "userName", kValue: "value", kWebIDFederation: "webIdFederationData",
}

func (k key) String() string { return names[k] }

// classes holds for each key the first one that differs from it only in case.
var classes = func() (of [keys]key) {
	for k := key(1); k < keys; k++ {
		of[k] = k
		for earlier := key(1); earlier < k; earlier++ {
			if sameLetters([]byte(names[earlier]), names[k]) {
				of[k] = earlier
				break
			}
		}
	}
	return of
}()

// places finds the class of a name by hash; a key whose place is taken goes to
// the next free one.
var places = func() (at [256]key) {
	for k := key(1); k < keys; k++ {
		if classes[k] != k {
			continue
		}
		h := place([]byte(names[k]))
		for at[h] != 0 {
			h++
		}
		at[h] = k
	}
	return at
}()

// place hashes a name, the same for either case of its letters.
func place(name []byte) uint8 {
	const letter = 0x20
	n := len(name)
	return uint8(n)*23 + (name[0]|letter)*7 + (name[n-1]|letter)*59 + (name[n/2]|letter)*3
}

// longestName is the length of the longest of names.
var longestName = func() (n int) {
	for _, name := range names {
		n = max(n, len(name))
	}
	return n
}()

// classOf returns the class of the name of a member in ASCII, whatever the case
// of its letters, and the key when it is spelt exactly so; 0 when nobody asks
// for it.
func classOf(name []byte) (class, exact key) {
	if len(name) == 0 || len(name) > longestName {
		return 0, 0
	}
	for h := place(name); ; h++ {
		class = places[h]
		if class == 0 {
			return 0, 0
		}
		if sameLetters(name, names[class]) {
			break
		}
	}
	switch {
	case string(name) == names[class]:
		return class, class
	case class == kARN && string(name) == names[kARNUpper]:
		return class, kARNUpper
	}
	return class, 0
}

// sameLetters reports whether a and b are the same but for the case of letters;
// b must hold nothing else than ASCII letters.
func sameLetters(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		// Clearing bit 5 of a letter gives a letter: nothing else comes to it.
		if c|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}
