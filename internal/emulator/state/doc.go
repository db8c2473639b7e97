// Package state is where an emulated IAM Identity Center keeps what was
// acknowledged: users, groups, memberships, tokens and assignments, the CloudTrail
// records, and what else has to be the same after a restart.
//
// [Database] keeps it in a folder, in SQLite, and [Memory] nowhere. Both are an
// idcenter.Journal. The package knows nothing of HTTP, of what the stored things
// mean, and of time.
//
// # What is promised
//
// An entry is one transaction: the changes of a call and its record are stored
// together or not at all. When Commit of an entry with changes has returned, it is
// on the disk (synchronous=FULL with a write-ahead log), so that neither the end
// of the process nor of the power loses it. Records of calls that changed nothing
// are handed to the operating system: the end of the process does not lose them, a
// power failure may lose the last of them, as long as no change followed.
//
// Entries that wait at the same time are stored in one transaction, which costs
// what one of them would.
//
// # One process
//
// A folder is locked while it is open. The lock belongs to the process and goes
// with it, however it ends; see [ErrLocked].
package state
