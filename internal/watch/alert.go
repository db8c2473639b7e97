package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Schema is the form of an alert as JSON; a field is added, never renamed.
const Schema = "scimtrail/alert/v1"

// The severities.
const (
	Critical = "critical" // access is being lost or given now
	Warning  = "warning"  // somebody should look today
	Info     = "info"     // worth knowing
)

// Alert is one occurrence of something that a rule was broken by. Its strings are
// made of evidence; whoever shows them escapes them.
type Alert struct {
	ID         string    `json:"id"`         // of rule and subject; the same for each occurrence
	Occurrence int       `json:"occurrence"` // 1, 2, ...
	Rule       string    `json:"rule"`
	Severity   string    `json:"severity"`
	Title      string    `json:"title"`
	Summary    string    `json:"summary"`
	Opened     time.Time `json:"opened"`          // when it began to hold, by the clock of the events
	Closed     time.Time `json:"closed,omitzero"` // zero while it is open
	Mended     string    `json:"mended,omitempty"`
	Withdrawn  bool      `json:"withdrawn,omitempty"` // later evidence showed that it never held
	Noticed    time.Time `json:"noticed,omitzero"`    // when the watcher raised it; absent in a replay
	Silenced   string    `json:"silenced,omitempty"`  // why it is not sent to anybody

	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`
	Group     string `json:"group,omitempty"` // name or id
	GroupID   string `json:"groupId,omitempty"`
	User      string `json:"user,omitempty"`
	UserID    string `json:"userId,omitempty"`
	Actor     string `json:"actor,omitempty"`
	Source    string `json:"source,omitempty"` // of evidence, that fails
	Meaning   string `json:"meaning,omitempty"`
	Attribute string `json:"attribute,omitempty"`
	Count     int    `json:"count,omitempty"`

	Events []string `json:"events,omitempty"` // ids, a few
	Looked []Looked `json:"looked,omitempty"` // the ground that an absence rests on
	Answer *Answer  `json:"answer,omitempty"` // of why, for the group or user
	Steps  []string `json:"steps,omitempty"`  // what to do, where why does not say it
}

// Looked is ground that was looked at.
type Looked struct {
	EventSource string    `json:"eventSource"`
	Account     string    `json:"account,omitempty"`
	Region      string    `json:"region,omitempty"`
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
}

// Answer is the beginning of what `scimtrail why` says.
type Answer struct {
	Status  string   `json:"status"`
	Cause   string   `json:"cause"`
	Summary string   `json:"summary"`
	Because []string `json:"because,omitempty"`
	Do      []Do     `json:"do,omitempty"`
	Ask     string   `json:"ask,omitempty"` // the command for the whole answer
}

// Do is something to do, and who does it: aws, idp or governance.
type Do struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
	Who     string `json:"who,omitempty"`
}

// Open reports whether it has not been mended.
func (a *Alert) Open() bool { return a.Closed.IsZero() }

// Lasted says in words how long it was open; "" while it is.
func (a *Alert) Lasted() string {
	if a.Open() {
		return ""
	}
	return length(int64(a.Closed.Sub(a.Opened).Seconds()))
}

// idOf is the stable id of a rule and its subject.
func idOf(rule, subject string) string {
	sum := sha256.Sum256([]byte(rule + "\x00" + subject))
	return hex.EncodeToString(sum[:8])
}

// Key names this occurrence among all.
func (a *Alert) Key() string { return fmt.Sprintf("%s-%d", a.ID, a.Occurrence) }

// The transitions of an alert.
const (
	Opened    = "opened"
	Closed    = "closed"
	Reopened  = "reopened" // what had closed it turned out otherwise
	Withdrawn = "withdrawn"
)

// Transition is a change of an alert, a line of standard output.
type Transition struct {
	Schema     string `json:"schema"`
	Transition string `json:"transition"`
	Alert
}

// as returns the transition with what was found out about the alert since it was
// made. An answer is of when the alert opened, so that what closes has none.
func (t Transition) as(a *Alert) Transition {
	t.Group, t.User, t.Answer = a.Group, a.User, a.Answer
	if t.Transition == Closed || t.Transition == Withdrawn {
		t.Answer = nil
	}
	return t
}

// At returns when it happened by the clock of the events.
func (t *Transition) At() time.Time {
	if t.Transition == Opened {
		return t.Opened
	}
	return t.Closed
}

// Name names the transition; whoever receives it twice knows it by that.
func (t *Transition) Name() string { return t.Alert.Key() + "-" + t.Transition }
