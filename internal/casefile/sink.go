package casefile

import (
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Sink is what a source of evidence feeds: a Builder, or an archive that keeps
// the evidence for later. Its methods may be called from several goroutines.
// What they mean stands at the methods of Builder.
type Sink interface {
	// Input registers a source of evidence; the index goes with all taken from it.
	Input(in Input) int
	Recognised(input int, kind string)
	Sealed(input int, size int64, sha256Hex string)
	// Record keeps one identity record; raw must not change afterwards.
	Record(input int, raw []byte) error
	Records(input, n int)
	Passed(p Passed)
	Snapshot(s directory.Snapshot)
	Upstream(input int, s upstream.State, taken int)
	Cover(covers ...Cover)
	Home(h Home)
	Seal(s Seal)
	Unreadable(l Loss)
	Note(text string)
}

var _ Sink = (*Builder)(nil)
