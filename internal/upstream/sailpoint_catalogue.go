package upstream

import "time"

// SailPointIdentity is a person in SailPoint (reference 8.4).
type SailPointIdentity struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Alias    string    `json:"alias"`
	Email    string    `json:"email"`
	Status   string    `json:"status"`        // Active, ...
	State    string    `json:"identityState"` // ACTIVE, INACTIVE_SHORT_TERM, ...
	Modified time.Time `json:"modified"`
}

// SailPointSource is a system that SailPoint reads and writes (reference 8.5).
// Without the feature PROVISIONING it only reads, and opens work items for people.
type SailPointSource struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Type      string    `json:"type"`
	Connector string    `json:"connectorName"`
	Features  []string  `json:"features"`
	Healthy   string    `json:"healthy"` // "true", "false", "" when not stated
	Status    string    `json:"status"`  // SOURCE_STATE_HEALTHY, ...
	Since     time.Time `json:"since"`   // of the last health check
	Modified  time.Time `json:"modified"`
}

// SailPointProfile is an access profile: what a person requests (reference 8.6).
// One that is not enabled, or has no entitlements, grants nothing.
type SailPointProfile struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Enabled     string    `json:"enabled"` // "true", "false", "" when not stated
	Requestable string    `json:"requestable"`
	Modified    time.Time `json:"modified"`
	Source      struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"source"`
	// Entitlements is nil when they are not stated, and empty when there are none.
	Entitlements []SailPointGrant `json:"entitlements"`
}

// SailPointGrant names an entitlement.
type SailPointGrant struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
