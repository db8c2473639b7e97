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
// together or not at all, and entries are stored in the order in which they were
// committed. Commit returns when the entry has its place in that order; when Settle has
// returned, it is stored. So calls that come at the same time share a transaction and
// a write to the disk, though the Center makes its changes one after another; and since
// nobody is answered before Settle, no answer tells of what could still be lost.
//
// Stored means, for an entry with changes, on the disk (synchronous=FULL with a
// write-ahead log), so that neither the end of the process nor of the power loses
// it. Records of calls that changed nothing are handed to the operating system: the end
// of the process does not lose them, a power failure may lose the last of them, as long
// as no change followed.
//
// When something can't be stored, nothing after it is either, and every Settle from
// then on fails: the Center in memory knows what the disk does not. A restart goes on
// from what is on the disk.
//
// # One process
//
// A folder is locked while it is open. The lock belongs to the process and goes
// with it, however it ends; see [ErrLocked].
package state
