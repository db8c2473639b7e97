// Package casefile assembles a case: all the evidence of one investigation, and
// how much ground each piece of it covers.
//
// Sources add what they find to a Builder, in any order; the Case that it
// returns does not depend on that order, nor on how evidence was split over
// files or repeated. A Case holds no clock, network or disk. It draws no
// conclusion: packages ledger and diagnose do.
package casefile

import (
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Case is all that is known.
type Case struct {
	Events    []Event // without repeats, by time, then id
	Undated   []Event // whose time is blanked: they are evidence, but of no moment
	Snapshots []directory.Snapshot
	Upstream  upstream.State
	Coverage  Coverage
	Homes     []Home // where the identity stores live, as far as is known
	LeftOut   []Left // where identity calls were logged that a filter left out
	Integrity []Seal

	Inputs     []Input
	Passed     Passed // inputs that are counted and not listed
	Unreadable []Loss
	Notes      []string // what a reader of the answer must know about the evidence
	Statistics Statistics

	// Narrowed says what the asker left out, "" when nothing: an answer that is open
	// may be so for that reason alone.
	Narrowed string
	// Wider says how to ask for what was left out, in a sentence; "" when there is
	// nothing of it to be had.
	Wider    string
	Withheld Withheld // what of the evidence a filter left out

	// Now is the time that the asker counts back from; zero unless they said it,
	// since an answer must not depend on when it is given.
	Now time.Time
}

// Event is one identity event with the actor behind it.
type Event struct {
	cloudtrail.Record
	Key        string // its eventID, or "raw-" and a hash when that is blanked
	Actor      actor.Actor
	Input      int  // index of the input it was first read from
	Superseded bool // an UPDATED_DATA record replaced it; it is shown, not counted
	Copies     int  // how many further copies of it the evidence holds
}

// Home is the account and Region that an identity store lives in, and how that
// is known.
type Home struct {
	Store, Account, Region string
	Because                string
	// Owner is true when the account is stated to own the store, rather than to
	// be one from which it was listed or written to.
	Owner bool
}

// Left is a place where calls of one event source to an identity store were
// logged, which the case no longer looks at: nothing is known there, and that
// there is something to know must not be forgotten.
type Left struct {
	Source, Store string // Store is "" where the calls name none
	Place         Place
}

// Input is one file or other source of evidence, for the chain of custody.
type Input struct {
	Path   string         // as the user named it, with / between parts
	Size   int64          // bytes as stored; -1 when unknown
	SHA256 string         // hex, of the bytes as stored; "" when not computed
	Kind   string         // what it was recognised as, e.g. "cloudtrail-log"
	Taken  map[string]int // how many of what was taken from it, e.g. {"records": 10, "identityEvents": 2}
	Time   time.Time      // modification time; zero when unknown
}

// Loss is something that could not be read.
type Loss struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Lost   string `json:"lost,omitempty"` // what is missing for it: bytes, records, a span of time
}

// Seal is what CloudTrail's signed digests say about the log files of one
// account and Region.
type Seal struct {
	Account, Region string
	Proven          span.Set // event time for which every delivered log file is there and unchanged
	Tampered        []Tampering
	Limits          []string // why less is proven than one might expect: gaps, missing keys
}

// Tampering is a signed file that is missing or not what was signed.
type Tampering struct {
	Object string
	What   string
	Span   span.Span
}

// Statistics counts what was read.
type Statistics struct {
	Files          int
	Bytes          int64 // as stored
	Records        int   // CloudTrail records of any service
	IdentityEvents int
	Reads          int // identity events that only read
	Duplicates     int
	Superseded     int
	Undated        int
	Snapshots      int
	First, Last    time.Time // of the identity events
}
