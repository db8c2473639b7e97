// Package idcenter behaves as AWS IAM Identity Center does: one identity store
// with its SCIM tenant, its Identity Store API, the console's calls, account
// assignments, and the CloudTrail record of every call.
//
// It is the behaviour alone. It takes requests as parsed pieces with their
// bodies as JSON, and returns bodies as JSON; it listens to nothing, keeps
// nothing on a disk and has no clock or randomness but what it is given. Package
// emulator puts HTTP round it.
//
// What it does follows the references identity-center-scim and cloudtrail.
// Where AWS's behaviour is unknown it does what [Behaviour] says; [Documented]
// returns the defaults, which are those of the decision table,
// identity-center-scim reference 18.
//
// # Calls
//
// A [Call] says who calls and from where. [Center.SCIM] serves the SCIM
// endpoint, [Center.API] the Identity Store API, [Center.SSO] the few calls of
// the IAM Identity Center API that show whether a group is used, and
// [Center.Console] what a person does in the console. Failures are an [*Error],
// which holds what the caller is told and what CloudTrail writes, the two not
// being the same.
//
// # One transaction
//
// A call that changes something hands its [Change] values and its record to the
// [Journal] as one [Entry], before anybody sees the change and before it is
// answered. When the journal refuses, the call fails and nothing has changed. A
// call that only reads hands over its record alone. So there is never a change
// without its record, nor a record of a change that was not made. What a journal
// stored comes back with [Center.Restore].
//
// # Cost
//
// Users, groups and memberships are found by index: by id, userName, externalId,
// e-mail and displayName, regardless of case. The cost of a call grows with what
// it touches (a page, the members of a deleted group), never with the number of
// users or groups.
//
// A Center may be used by many goroutines at once. Writes come one after
// another; reads do not wait for the journal of a write.
package idcenter
