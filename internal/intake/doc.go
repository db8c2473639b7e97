// Package intake reads the files of a source into a case, wherever they come
// from: a folder, a bucket, standard input.
//
// A source hands it a Tree; intake decides by name which files to open, recognises
// each by what is in it, unpacks it (gzip, zstd, UTF-16), hashes it for the chain of
// custody, and hands its content to a casefile.Sink together with the ground that
// it covers. What is not recognised or can't be read is named, and never stops the
// rest. Records are found by package scan, listings by directory, exports by
// upstream, digests by integrity.
//
// It walks no folder and speaks to no service: the packages below source do. It
// judges nothing.
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
package intake
