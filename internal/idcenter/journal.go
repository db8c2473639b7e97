package idcenter

import (
	"encoding/json"
	"time"
)

// Journal stores what happens, before it is answered.
//
// Commit stores the entry whole or not at all, and returns once it is stored; an
// error makes the call fail with nothing changed. Entries with changes come one
// at a time, in the order in which they take effect. Entries without changes
// (reads, failures) come from many goroutines at once, also beside one with
// changes, so a journal may gather them. Commit may keep the entry and must not
// change it, nor call the Center.
type Journal interface {
	Commit(e Entry) error
}

// Entry is one call: what it changed and its record. Either may be missing: a
// read changes nothing, and calls with a legacy token and the administration of
// tokens leave no record.
type Entry struct {
	Changes []Change
	Event   *Event
}

// Change is one thing stored or deleted. Kind and ID together name it.
type Change struct {
	Kind Kind
	ID   string
	JSON json.RawMessage // the thing as it now is; nil when it is deleted
}

// Kind is a kind of stored thing.
type Kind string

// The kinds. KindStore is the store itself and has one entry, under its id.
const (
	KindUser       Kind = "user"
	KindGroup      Kind = "group"
	KindMembership Kind = "membership"
	KindToken      Kind = "token"
	KindAssignment Kind = "assignment"
	KindStore      Kind = "store"
)

// Event is a CloudTrail record with what is needed to find it.
type Event struct {
	ID        string
	Time      time.Time // UTC, whole seconds: eventTime
	Source    string    // eventSource
	Name      string    // eventName
	ReadOnly  bool
	Username  string // as LookupEvents gives it; "" when there is none
	AccessKey string
	Record    []byte // one line of JSON
}

// Memory is a [Journal] that keeps the records in memory, for LookupEvents and
// tests, and does not keep the changes.
type Memory struct {
	*Log
}

// NewMemory makes an empty Memory.
func NewMemory() Memory { return Memory{NewLog()} }

// Commit implements [Journal]. It never fails.
func (m Memory) Commit(e Entry) error {
	if e.Event != nil {
		m.Add(*e.Event)
	}
	return nil
}
