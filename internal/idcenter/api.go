package idcenter

import "context"

// API serves a call of the Identity Store API (AWSIdentityStore) and records it:
// op is the operation, e.g. CreateGroupMembership, request its JSON body
// (cloudtrail reference 6). ARNs are accepted as ids; times in answers are
// seconds since 1970.
//
// The error is an [*Error], whose [Error.APIBody] is the body to send and
// [Error.APIStatus] its status.
func (c *Center) API(ctx context.Context, call Call, op string, request []byte) ([]byte, error) {
	panic("todo")
}
