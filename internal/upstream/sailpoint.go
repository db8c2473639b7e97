package upstream

import "time"

// SailPointState is what SailPoint Identity Security Cloud shows
// (okta-sailpoint reference 8). What it calls done is done as far as its
// connector saw; it knows nothing of AWS.
type SailPointState struct {
	Activities   []SailPointActivity // by time, as are the next three
	Requests     []SailPointRequest
	Changes      []SailPointChange
	Events       []SailPointEvent
	Accounts     []SailPointAccount
	Entitlements []SailPointEntitlement
	Identities   []SailPointIdentity
	Sources      []SailPointSource
	Profiles     []SailPointProfile
}

// SailPointPerson is an identity, in whichever form an object names it.
type SailPointPerson struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	IdentityID string `json:"identityId"`
}

// SailPointActivity is an account activity (reference 8.9).
type SailPointActivity struct {
	ID               string          `json:"id"`
	Type             string          `json:"type"`
	Created          time.Time       `json:"created"`
	Modified         time.Time       `json:"modified"`
	Completed        time.Time       `json:"completed"`
	CompletionStatus string          `json:"completionStatus"` // SUCCESS, FAILURE, INCOMPLETE, PENDING
	ExecutionStatus  string          `json:"executionStatus"`  // EXECUTING, VERIFYING, TERMINATED, COMPLETED
	Requester        SailPointPerson `json:"requesterIdentitySummary"`
	Target           SailPointPerson `json:"targetIdentitySummary"`
	Errors           []string        `json:"errors"`
	Warnings         []string        `json:"warnings"`
	Items            []SailPointItem `json:"items"`
}

// SailPointItem is one change that an activity asks for.
type SailPointItem struct {
	ID                 string    `json:"id"`
	Name               string    `json:"name"`
	Operation          string    `json:"operation"` // ADD, REMOVE, ...
	Attribute          string    `json:"attribute"`
	Value              string    `json:"value"`          // of an Okta source: the group's id
	NativeIdentity     string    `json:"nativeIdentity"` // of an Okta source: the user's id
	SourceID           string    `json:"sourceId"`
	ApprovalStatus     string    `json:"approvalStatus"`
	ProvisioningStatus string    `json:"provisioningStatus"` // FINISHED, COMMITED (so spelt), FAILED, RETRY, ...
	RemoveDate         time.Time `json:"removeDate"`
	Requested          struct {
		ID   string `json:"requestedObjectId"`
		Name string `json:"requestedObjectName"`
		Type string `json:"requestedObjectType"`
	} `json:"accountRequestInfo"`
}

// SailPointRequest is the status of an access request (reference 8.8).
type SailPointRequest struct {
	ID              string          `json:"accessRequestId"` // equals the id of the account activity
	ItemID          string          `json:"accountActivityItemId"`
	ObjectID        string          `json:"id"`
	Name            string          `json:"name"`
	Type            string          `json:"type"`        // ACCESS_PROFILE, ROLE, ENTITLEMENT
	RequestType     string          `json:"requestType"` // GRANT_ACCESS, REVOKE_ACCESS, MODIFY_ACCESS
	State           string          `json:"state"`
	Created         time.Time       `json:"created"`
	Modified        time.Time       `json:"modified"`
	RemoveDate      time.Time       `json:"removeDate"`
	Requester       SailPointPerson `json:"requester"`
	RequestedFor    SailPointPerson `json:"requestedFor"`
	Errors          []string        `json:"errorMessages"`
	ManualWorkItems []struct {
		Forwarded bool `json:"forwarded"`
	} `json:"manualWorkItemDetails"`
	Phases []struct {
		Name   string `json:"name"`
		State  string `json:"state"`
		Result string `json:"result"`
	} `json:"accessRequestPhases"`
	Approvals []struct {
		Status   string          `json:"status"`
		Scheme   string          `json:"scheme"`
		Owner    SailPointPerson `json:"currentOwner"`
		Modified time.Time       `json:"modified"`
		Comment  string          `json:"comment"`
	} `json:"approvalDetails"`
}

// SailPointChange is an account activity as a search document (reference 8.10):
// the best single record of what was written to which account.
type SailPointChange struct {
	ID             string           `json:"id"`
	TrackingNumber string           `json:"trackingNumber"`
	Action         string           `json:"action"`
	Status         string           `json:"status"`
	Stage          string           `json:"stage"`
	Created        time.Time        `json:"created"`
	Modified       time.Time        `json:"modified"`
	Recipient      SailPointPerson  `json:"recipient"`
	Requester      SailPointPerson  `json:"requester"`
	Sources        []string         `json:"sources"`
	Errors         []string         `json:"errors"`
	Warnings       []string         `json:"warnings"`
	Writes         []SailPointWrite `json:"accountRequests"`
}

// SailPointWrite is one call of a connector.
type SailPointWrite struct {
	AccountID string `json:"accountId"`
	Operation string `json:"op"`
	Source    struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"source"`
	Target string `json:"provisioningTarget"`
	Result struct {
		Status   string   `json:"status"` // committed, failed, Manual Task Created
		Errors   []string `json:"errors"`
		TicketID string   `json:"ticketId"`
	} `json:"result"`
	Attributes []struct {
		Operation string `json:"op"`
		Name      string `json:"name"`
		Value     string `json:"value"`
	} `json:"attributeRequests"`
}

// SailPointEvent is an audit event as a search document (reference 8.10).
type SailPointEvent struct {
	ID             string          `json:"id"`
	Created        time.Time       `json:"created"`
	Type           string          `json:"type"`
	Action         string          `json:"action"`
	TechnicalName  string          `json:"technicalName"`
	Operation      string          `json:"operation"`
	Status         string          `json:"status"` // PASSED, FAILED, STARTED
	Actor          SailPointPerson `json:"actor"`
	Target         SailPointPerson `json:"target"`
	TrackingNumber string          `json:"trackingNumber"`
	Attributes     struct {
		SourceName  string   `json:"sourceName"`
		AccountName string   `json:"accountName"`
		Interface   string   `json:"interface"`
		Errors      []string `json:"errors"`
	} `json:"attributes"`
}

// SailPointAccount is what SailPoint believes of an account on a source, as of
// the last aggregation (reference 8.7).
type SailPointAccount struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	NativeIdentity string    `json:"nativeIdentity"`
	IdentityID     string    `json:"identityId"`
	SourceID       string    `json:"sourceId"`
	SourceName     string    `json:"sourceName"`
	Disabled       bool      `json:"disabled"`
	Locked         bool      `json:"locked"`
	Uncorrelated   bool      `json:"uncorrelated"`
	Modified       time.Time `json:"modified"`
	Attributes     struct {
		Groups   []string `json:"groups"`   // of an Okta source: group ids
		MemberOf []string `json:"memberOf"` // of Active Directory: distinguished names
	} `json:"attributes"`
}

// SailPointEntitlement is what a grant writes to a source (reference 8.6).
type SailPointEntitlement struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Attribute string    `json:"attribute"`
	Value     string    `json:"value"` // names a deleted group until the next aggregation
	Modified  time.Time `json:"modified"`
	Source    struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"source"`
}

func (s *SailPointState) empty() bool {
	return len(s.Activities)+len(s.Requests)+len(s.Changes)+len(s.Events)+len(s.Accounts)+len(s.Entitlements)+
		len(s.Identities)+len(s.Sources)+len(s.Profiles) == 0
}

func (s *SailPointState) add(o SailPointState) {
	s.Activities = append(s.Activities, o.Activities...)
	s.Requests = append(s.Requests, o.Requests...)
	s.Changes = append(s.Changes, o.Changes...)
	s.Events = append(s.Events, o.Events...)
	s.Accounts = append(s.Accounts, o.Accounts...)
	s.Entitlements = append(s.Entitlements, o.Entitlements...)
	s.Identities = append(s.Identities, o.Identities...)
	s.Sources = append(s.Sources, o.Sources...)
	s.Profiles = append(s.Profiles, o.Profiles...)
}

func (s *SailPointState) tidy() {
	s.Activities = distinct(s.Activities, func(a *SailPointActivity) string { return a.ID },
		func(a *SailPointActivity) time.Time { return latest(a.Modified, a.Completed, a.Created) })
	sortByTime(s.Activities, func(a *SailPointActivity) time.Time { return a.Created })
	s.Requests = distinct(s.Requests, func(r *SailPointRequest) string { return keyOf(r.ID, r.ItemID, r.ObjectID) },
		func(r *SailPointRequest) time.Time { return latest(r.Modified, r.Created) })
	sortByTime(s.Requests, func(r *SailPointRequest) time.Time { return r.Created })
	s.Changes = distinct(s.Changes, func(c *SailPointChange) string { return keyOf(c.ID, c.TrackingNumber) },
		func(c *SailPointChange) time.Time { return latest(c.Modified, c.Created) })
	sortByTime(s.Changes, func(c *SailPointChange) time.Time { return c.Created })
	s.Events = distinct(s.Events, func(e *SailPointEvent) string { return e.ID }, func(e *SailPointEvent) time.Time { return e.Created })
	sortByTime(s.Events, func(e *SailPointEvent) time.Time { return e.Created })
	s.Accounts = distinct(s.Accounts, func(a *SailPointAccount) string { return a.ID }, func(a *SailPointAccount) time.Time { return a.Modified })
	s.Entitlements = distinct(s.Entitlements, func(e *SailPointEntitlement) string { return e.ID }, func(e *SailPointEntitlement) time.Time { return e.Modified })
	s.Identities = distinct(s.Identities, func(i *SailPointIdentity) string { return i.ID }, func(i *SailPointIdentity) time.Time { return i.Modified })
	s.Sources = distinct(s.Sources, func(o *SailPointSource) string { return o.ID }, func(o *SailPointSource) time.Time { return latest(o.Modified, o.Since) })
	s.Profiles = distinct(s.Profiles, func(p *SailPointProfile) string { return p.ID }, func(p *SailPointProfile) time.Time { return p.Modified })
}
