// Package file reads evidence from a file, a folder or standard input.
//
// It is given whatever people keep: log trees, saved output of the AWS CLI,
// query results, listings, exports of identity providers, in one folder and
// under any name. Each file is recognised by what is in it, unpacked (gzip,
// zstd, UTF-16), hashed for the chain of custody, and its content handed to a
// casefile.Builder together with the ground that it covers. What is not
// recognised or can't be read is named, and never stops the rest.
//
// It judges nothing and reads no network. Records are found by package scan,
// listings by directory, exports by upstream, digests by integrity.
//
// # What a file covers
//
// By design ruling 4; coverage.go has the arithmetic.
//
//   - A log file with the name that CloudTrail gives it in S3 is unfiltered,
//     wherever it lies: all such files of an account and Region together cover
//     every management source from the first to the last delivery, claimed. A
//     damaged or unreadable one leaves a hole.
//   - Another file of bare records is unfiltered for an account and Region of
//     which it holds at least three event sources, one of them no identity
//     source: whoever filters asks for identities. It covers from the first to
//     the last event, claimed; if part of it is lost, unknown.
//   - Anything else (fewer sources, lookup-events, EventBridge, query results)
//     covers each identity source seen, from its first to its last event, unknown.
//   - A manifest beside the files claims what it says, for the files that are
//     there and whole.
//
// # When a listing was taken
//
// By design ruling 6: as the manifest says; else not before the newest time in
// the listing and not after the file's modification time, if that is later;
// else, when there is no time in it, not after the modification time.
package file
