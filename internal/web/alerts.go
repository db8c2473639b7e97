package web

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Alert is what watch raised.
type Alert struct {
	ID      string    `json:"id"`
	Rule    string    `json:"rule"`
	Title   string    `json:"title"`
	Opened  time.Time `json:"opened"`
	Closed  time.Time `json:"closed,omitzero"` // zero while it is open
	Summary string    `json:"summary"`
	Group   string    `json:"group,omitempty"` // name or id of the group that it is about
}

// AlertSource tells the alerts of a case, open and closed. Whoever makes views
// asks it; it may be slow.
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
