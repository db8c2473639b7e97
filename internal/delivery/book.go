package delivery

import (
	"iter"
	"time"
)

// Item is a record to be delivered. Numbers grow in the order of storing; times
// are those of the events.
type Item struct {
	Seq    int64
	Time   time.Time
	Record []byte
}

// Source is where records come from.
type Source interface {
	// After ranges over the records with greater numbers, in their order. It ends
	// after an error.
	After(seq int64) iter.Seq2[Item, error]
}

// Notes is where a Courier keeps its book.
type Notes interface {
	// Note returns what was last put under the name, nil when nothing was.
	Note(name string) ([]byte, error)
	// Put keeps notes under their names and returns when they are stored.
	Put(map[string][]byte) error
}

// noteName is the book's name among the notes.
const noteName = "delivery"

// book is what a Courier must remember.
type book struct {
	// Delivered is the number of the last record that is in a log file, held back
	// or dropped.
	Delivered int64
	// Logs is the time of the last delivery, Window the end of the last digest.
	Logs, Window time.Time

	Files []logFile   // delivered since Window
	Held  []heldBatch // held back
	Last  *digest     // the newest digest
}

// logFile is a log file that no digest lists yet. Its content is that of the
// records From to To.
type logFile struct {
	Object         string
	From, To       int64
	Late           bool // its records say that they come late
	SHA256         []byte
	Oldest, Newest time.Time
	Written        bool
}

// heldBatch is records that come late.
type heldBatch struct {
	From, To int64
	Due      time.Time
}

type digest struct {
	Object, Signature string
	JSON              []byte
	Written           bool
}
