package redact

import (
	"strings"
	"unicode"
)

// class is what a place in the evidence holds.
type class int

const (
	free    class = iota // anything: what is known is taken out of it
	keep                 // words of AWS or of this program, in which only a form is out of place
	exactly              // what means nothing to anybody: a hash
	aPerson
	aRole
	aSession
	aPrincipal // userIdentity.principalId
	aMaker     // CreatedBy
	aGroupName
	aName // a group's or person's, by what stands beside it
	anAccount
	anAddress
	aHost
	anAgent
	aPath
	aQuery // a SCIM path or filter
	aMessage
	aSecret
	anEvent
	aRequest
	aUser
	aGroup
	aMembership
	aStore
	aTenant
	aCredential
	anID
)

var classKinds = map[class]kind{anEvent: eventID, aRequest: requestID, aUser: userID, aGroup: groupID, aMembership: membershipID,
	aStore: store, aTenant: tenant, aCredential: credential, anID: otherID}

// value notes or replaces a string of a class.
func (b *book) value(c class, s string) string {
	if blank(s) {
		return s
	}
	if now, ok := b.memo[remark{c, s}]; ok {
		return now
	}
	now := b.place(c, s)
	b.memo[remark{c, s}] = now
	return now
}

func (b *book) place(c class, s string) string {
	if k, ok := classKinds[c]; ok {
		return b.id(k, s)
	}
	switch c {
	case exactly:
		return s
	case keep:
		return b.forms(s, inAgent)
	case aPerson, aName:
		return b.person(s)
	case aRole:
		return b.role(s)
	case aSession:
		return b.session(s)
	case aPrincipal:
		return b.principal(s)
	case aMaker:
		return b.maker(s)
	case aGroupName:
		return b.groupName(s)
	case anAccount:
		return b.account(s)
	case anAddress:
		return b.address(s)
	case aHost:
		return b.host(s)
	case anAgent:
		return b.agent(s)
	case aPath:
		return b.path(s)
	case aQuery:
		return b.query(s)
	case aMessage:
		return b.message("", s)
	case aSecret:
		return "REDACTED"
	}
	return b.free(s, inText)
}

// keys are the names of fields, in small letters, in records and in what other
// services print: cloudtrail reference 1 to 3, okta-sailpoint reference 3 to 11.
var keys = map[string]class{}

func init() {
	for _, row := range []struct {
		class class
		list  string
	}{
		{keep, `eventversion eventtime eventsource eventname awsregion region eventtype eventcategory errorcode apiversion readonly type
			principaltype targettype resourcetype schemas op createdat updatedat created lastmodified creationdate tlsversion ciphersuite
			attributepath mfaauthenticated status eventtypename provisioningaction identitytype severity result state operation scope action
			kind channel clock`},
		{aPerson, `username familyname givenname middlename formatted nickname email emails mail sourceidentity login firstname lastname
			profileurl streetaddress locality postalcode phonenumber phonenumbers user accountname`},
		{aRole, `rolename`},
		{aSession, `rolesessionname sessionname`},
		{aMaker, `createdby updatedby`},
		{aGroupName, `groupname group groupdisplayname`},
		{anAccount, `accountid recipientaccountid owneraccountid vpcendpointaccountid awsaccountid account storeowner`},
		{anAddress, `sourceipaddress ipaddress ip clientip remoteaddress`},
		{aHost, `host clientprovidedhostheader hostheader`},
		{anAgent, `useragent rawuseragent`},
		{aQuery, `filter path`},
		{aMessage, `errormessage message`},
		{aSecret, `password secret accesstoken refreshtoken idtoken bearertoken authorization clientsecret sessiontoken secretaccesskey`},
		{anEvent, `eventid originaleventid sharedeventid uuid`},
		{aRequest, `requestid x-amzn-requestid`},
		{aUser, `userid memberid member`},
		{aGroup, `groupid groupids`},
		{aMembership, `membershipid membershipids`},
		{aStore, `identitystoreid directoryid store`},
		{aTenant, `tenantid tenant`},
		{aCredential, `accesskeyid credentialid bearertokenid tokenid keyid credential`},
		{anID, `id ids principalid targetid externalid arn identitystorearn grouparn userarn membershiparn instancearn permissionsetarn
			applicationarn resourcearn vpcendpointid nexttoken clienttoken issuer nativeidentity`},
	} {
		for _, key := range strings.Fields(row.list) {
			keys[key] = row.class
		}
	}
}

// classOf says what stands under the last of the names of fields that lead to a
// value in a record of the event; names are in small letters, spelt as it
// stands.
func classOf(path []string, spelt, event string) class {
	if len(path) == 0 {
		return free
	}
	key := path[len(path)-1]
	parent := ""
	if len(path) > 1 {
		parent = path[len(path)-2]
	}
	inCall := len(path) > 1 && (path[0] == "requestparameters" || path[0] == "responseelements")
	switch key {
	case "principalid":
		if parent == "useridentity" || parent == "sessionissuer" {
			return aPrincipal
		}
	case "username":
		if parent == "sessionissuer" {
			return aRole
		}
	case "invokedby", "identityprovider", "federatedprovider":
		return aHost
	case "displayname":
		if strings.Contains(event, "User") && !strings.Contains(event, "Group") {
			return aPerson
		}
		return aGroupName
	case "attributevalue":
		if strings.Contains(event, "User") {
			return aPerson
		}
		return aGroupName
	case "value":
		switch parent {
		case "emails", "phonenumbers", "addresses":
			return aPerson
		case "members", "member":
			return aUser
		}
		return free
	case "members":
		return aUser
	case "id":
		if !inCall {
			break
		}
		switch {
		case strings.HasSuffix(event, "Group"):
			return aGroup
		case strings.HasSuffix(event, "User"):
			return aUser
		}
	case "message", "group", "user", "account", "host", "state", "action", "operation", "scope", "result", "severity", "kind", "channel", "clock":
		if len(path) > 1 {
			return free // in a record these may be anything
		}
	}
	if c, ok := keys[key]; ok {
		return c
	}
	// Names that this table has not: ...Id and ...Arn as AWS spells them.
	for _, end := range []string{"Id", "Ids", "ID", "Arn", "ARN", "_id"} {
		if before, ok := strings.CutSuffix(spelt, end); ok && before != "" {
			last := rune(before[len(before)-1])
			if end == "_id" || unicode.IsLower(last) || unicode.IsDigit(last) {
				return anID
			}
		}
	}
	return free
}
