package idcenter

import "context"

// SSO serves a call of the IAM Identity Center API (SWBExternalService) and
// records it: ListInstances, CreateAccountAssignment, DeleteAccountAssignment,
// DescribeAccountAssignmentCreationStatus,
// DescribeAccountAssignmentDeletionStatus, ListAccountAssignments and
// ListAccountAssignmentsForPrincipal. An assignment is made at once; its status
// is SUCCEEDED when first asked for. Errors are as in [Center.API].
func (c *Center) SSO(ctx context.Context, call Call, op string, request []byte) ([]byte, error) {
	panic("todo")
}
