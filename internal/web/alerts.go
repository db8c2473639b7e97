package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Alert is what watch raised, as it stands in its document
// (scimtrail/alert/v1, docs/watch.md).
type Alert struct {
	ID         string       `json:"id"`
	Occurrence int          `json:"occurrence,omitempty"`
	Rule       string       `json:"rule"`
	Severity   string       `json:"severity,omitempty"`
	Title      string       `json:"title"`
	Opened     time.Time    `json:"opened"`
	Closed     time.Time    `json:"closed,omitzero"` // zero while it is open
	Mended     string       `json:"mended,omitempty"`
	Withdrawn  bool         `json:"withdrawn,omitempty"` // later evidence showed that it never held
	Silenced   string       `json:"silenced,omitempty"`  // why it was sent to nobody
	Summary    string       `json:"summary"`
	Group      string       `json:"group,omitempty"` // name or id of the group that it is about
	GroupID    string       `json:"groupId,omitempty"`
	User       string       `json:"user,omitempty"` // likewise
	UserID     string       `json:"userId,omitempty"`
	Events     []string     `json:"events,omitempty"`
	Answer     *AlertAnswer `json:"answer,omitempty"` // of why, when it was raised
	Steps      []string     `json:"steps,omitempty"`
}

// AlertAnswer is the beginning of what why said.
type AlertAnswer struct {
	Status  string    `json:"status"`
	Cause   string    `json:"cause"`
	Summary string    `json:"summary"`
	Because []string  `json:"because,omitempty"`
	Do      []AlertDo `json:"do,omitempty"`
	Ask     string    `json:"ask,omitempty"`
}

// AlertDo is something to do.
type AlertDo struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
	Who     string `json:"who,omitempty"`
}

// AlertSource tells the alerts of a case, open and closed; nil when nobody watches
// it, which is not the same as none. Whoever makes views asks it; it may be slow.
type AlertSource interface {
	Alerts(ctx context.Context) ([]Alert, error)
}

// ParseAlert reads the document of an alert. Fields that it does not know are
// left aside; a document without an id is an error.
func ParseAlert(data []byte) (Alert, error) {
	var a Alert
	if err := json.Unmarshal(data, &a); err != nil {
		return Alert{}, fmt.Errorf("reading an alert: %w", err)
	}
	if a.ID == "" {
		return Alert{}, fmt.Errorf("reading an alert: it has no id")
	}
	return a, nil
}

// State is how an alert stands, in a word.
func (a *Alert) State() string {
	switch {
	case a.Withdrawn:
		return "withdrawn"
	case !a.Closed.IsZero():
		return "closed"
	}
	return "open"
}

// severities in the order in which they are looked at; another comes last.
var severities = []string{"critical", "warning", "info"}

// urgency orders alerts: what is open first, the worst of it, then the latest.
func urgency(a, b Alert) int {
	rank := func(x *Alert) int {
		if i := slices.Index(severities, x.Severity); i >= 0 {
			return i
		}
		return len(severities)
	}
	if open := b.Closed.IsZero(); a.Closed.IsZero() != open {
		if open {
			return 1
		}
		return -1
	}
	byRank := 0
	if a.Closed.IsZero() {
		byRank = cmp.Or(cmp.Compare(len(a.Silenced), 0)-cmp.Compare(len(b.Silenced), 0), rank(&a)-rank(&b))
	}
	return cmp.Or(byRank, b.Opened.Compare(a.Opened), cmp.Compare(a.ID, b.ID))
}
