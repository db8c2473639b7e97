// Package emulator is the HTTP face of an emulated IAM Identity Center: its SCIM
// endpoint, the JSON services of AWS that tell of it, and an API to administer the
// emulator itself.
//
// [Server] is the face alone, an http.Handler over an idcenter.Center. [Open] makes
// an [Emulator], which is a Server with all that belongs to it: the state in a folder
// or in memory, credentials, a clock that can be advanced, and the delivery of logs.
//
//	/{tenant}/scim/v2/...   SCIM 2.0
//	POST /                  awsJson 1.1 by X-Amz-Target: AWSIdentityStore,
//	                        SWBExternalService, CloudTrail_20131101
//	/_admin/...             tokens, clock, faults, callers, console: see admin.go
//
// How Identity Center behaves is not decided here but in package idcenter; what
// is decided here is the wire: paths (doubled and trailing slashes are no matter and
// are never answered with a redirect), content types, x-amzn-RequestId on every
// answer, signatures, bounds and time limits (identity-center-scim reference 1, 4;
// scim-clients 1 to 3, 36; cloudtrail reference 3.1, 6.1).
//
// # Hostile clients
//
// Bodies are bounded, headers too, and so is the time that a client may take for
// either. A panic costs the request that it happened in. The administration is for
// the same machine only and refuses requests that a web page in a browser could
// have caused.
package emulator
