package cloudtrail

import "github.com/scimtrail/scimtrail/internal/awsid"

// SSOAssignment is CreateAccountAssignment or DeleteAccountAssignment of a
// permission set on an account to a GROUP or USER (cloudtrail reference 2.6).
// The ARNs are logged as given.
func SSOAssignment(name, instanceARN, permissionSetARN, account, principalType, principal, requestID string) Action {
	status := "accountAssignmentCreationStatus"
	if name == "DeleteAccountAssignment" {
		status = "accountAssignmentDeletionStatus"
	}
	echo := Object{{"targetId", account}, {"targetType", "AWS_ACCOUNT"}, {"permissionSetArn", permissionSetARN},
		{"principalType", principalType}, {"principalId", principal}}
	return sso(name, false,
		append(Object{{"instanceArn", instanceARN}}, echo...),
		Object{{status, append(Object{{"status", "IN_PROGRESS"}, {"requestId", requestID}}, echo...)}})
}

// SSOInstance is a call about the instance or its identity source, such as
// AssociateDirectory, DisassociateDirectory or DeleteInstance.
func SSOInstance(name, instanceARN, store string) Action {
	request := Object{{"instanceArn", instanceARN}}
	if store != "" {
		request = append(request, Member{"directoryId", store})
	}
	return sso(name, readName(name), request, nil)
}

func sso(name string, readOnly bool, request, response Object) Action {
	return Action{Source: awsid.SourceAssignments, Name: name, ReadOnly: readOnly, Request: request, Response: response, Host: "sso.REGION.amazonaws.com"}
}
