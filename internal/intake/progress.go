package intake

import "sync/atomic"

// Progress counts what a Source has done so far. It may be read at any time,
// also while Collect runs; each number only grows.
type Progress struct {
	Seen       atomic.Int64 // files found, also those that were not opened
	Unopened   atomic.Int64 // of these, left out by Options.Only
	Read       atomic.Int64 // files done with
	Unreadable atomic.Int64 // of these, not recognised or not wholly readable
	Stored     atomic.Int64 // bytes of the files done with, as they are stored
	Content    atomic.Int64 // bytes of log files after decompression
	Records    atomic.Int64 // CloudTrail records of any service
	Identity   atomic.Int64 // of these, the ones that concern identities
	Listed     atomic.Bool  // the tree was walked to its end: Seen grows no more
}
