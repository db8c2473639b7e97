package upstream

import "time"

// EntraState is what Microsoft Entra ID shows through Microsoft Graph
// (okta-sailpoint reference 11).
type EntraState struct {
	Provisioning []EntraProvisioning // by time
	Jobs         []EntraJob
	Users        []EntraUser
	Groups       []EntraGroup
	Members      []EntraMember // direct ones
	MembersOf    []string      // groups whose direct members were all listed, by id
	Apps         []EntraApp
	AppRoles     []EntraAppRole
}

// EntraProvisioning is an entry of the provisioning log: one object brought to
// one app.
type EntraProvisioning struct {
	ID                 string    `json:"id"`
	ActivityDateTime   time.Time `json:"activityDateTime"`
	JobID              string    `json:"jobId"`
	CycleID            string    `json:"cycleId"`
	ChangeID           string    `json:"changeId"`
	ProvisioningAction string    `json:"provisioningAction"` // create, update, delete, disable, stagedDelete, other
	Status             struct {
		Status string `json:"status"` // success, warning, failure, skipped
		Error  struct {
			Code              string `json:"errorCode"`
			Reason            string `json:"reason"`
			AdditionalDetails string `json:"additionalDetails"`
			Category          string `json:"errorCategory"`
			RecommendedAction string `json:"recommendedAction"`
		} `json:"errorInformation"`
	} `json:"provisioningStatusInfo"`
	Source     EntraIdentity `json:"sourceIdentity"`
	Target     EntraIdentity `json:"targetIdentity"` // its ID is the AWS user or group id
	Steps      []EntraStep   `json:"provisioningSteps"`
	Properties []struct {
		DisplayName string   `json:"displayName"`
		OldValue    JSONText `json:"oldValue"`
		NewValue    JSONText `json:"newValue"`
	} `json:"modifiedProperties"`
	ServicePrincipal struct {
		ID          string `json:"id"`
		DisplayName string `json:"displayName"`
	} `json:"servicePrincipal"`
}

// EntraIdentity is a user or group in Entra or in the app.
type EntraIdentity struct {
	ID           string `json:"id"`
	DisplayName  string `json:"displayName"`
	IdentityType string `json:"identityType"`
}

// EntraStep is one step of bringing an object over: import, scoping, matching,
// processing, referenceResolution, export.
type EntraStep struct {
	Name        string `json:"name"`
	Type        string `json:"provisioningStepType"`
	Status      string `json:"status"`
	Description string `json:"description"`
}

// EntraJob is the synchronisation job of an app.
type EntraJob struct {
	ID         string `json:"id"`
	TemplateID string `json:"templateId"`
	Schedule   struct {
		Interval string `json:"interval"`
		State    string `json:"state"` // Active, Disabled, Paused
	} `json:"schedule"`
	Status struct {
		Code        string       `json:"code"` // NotConfigured, NotRun, Active, Paused, Quarantine
		Failures    int          `json:"countSuccessiveCompleteFailures"`
		Last        EntraRun     `json:"lastExecution"`
		LastSuccess EntraRun     `json:"lastSuccessfulExecution"`
		LastExport  EntraRun     `json:"lastSuccessfulExecutionWithExports"`
		Quarantine  EntraBarrier `json:"quarantine"`
	} `json:"status"`
}

// EntraRun is one execution of a job.
type EntraRun struct {
	State     string     `json:"state"`
	TimeBegan time.Time  `json:"timeBegan"`
	TimeEnded time.Time  `json:"timeEnded"`
	Escrowed  int        `json:"countEscrowed"`
	Exported  int        `json:"countExported"`
	Error     EntraError `json:"error"`
}

// EntraBarrier says why a job is in quarantine; zero when it is not.
type EntraBarrier struct {
	Reason       string     `json:"reason"`
	CurrentBegan time.Time  `json:"currentBegan"`
	SeriesBegan  time.Time  `json:"seriesBegan"`
	NextAttempt  time.Time  `json:"nextAttempt"`
	Error        EntraError `json:"error"`
}

// EntraError is a code and a text.
type EntraError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (s *EntraState) empty() bool {
	return len(s.Provisioning)+len(s.Jobs)+len(s.Users)+len(s.Groups)+len(s.Members)+len(s.MembersOf)+len(s.Apps)+len(s.AppRoles) == 0
}

func (s *EntraState) add(o EntraState) {
	s.Provisioning = append(s.Provisioning, o.Provisioning...)
	s.Jobs = append(s.Jobs, o.Jobs...)
	s.Users = append(s.Users, o.Users...)
	s.Groups = append(s.Groups, o.Groups...)
	s.Members = append(s.Members, o.Members...)
	s.MembersOf = append(s.MembersOf, o.MembersOf...)
	s.Apps = append(s.Apps, o.Apps...)
	s.AppRoles = append(s.AppRoles, o.AppRoles...)
}

func (s *EntraState) tidy() {
	at := func(p *EntraProvisioning) time.Time { return p.ActivityDateTime }
	s.Provisioning = distinct(s.Provisioning, func(p *EntraProvisioning) string { return p.ID }, at)
	sortByTime(s.Provisioning, at)
	s.Jobs = distinct(s.Jobs, func(j *EntraJob) string { return j.ID },
		func(j *EntraJob) time.Time { return latest(j.Status.Last.TimeBegan, j.Status.Last.TimeEnded) })
	s.Users = distinct(s.Users, func(u *EntraUser) string { return u.ID }, never)
	s.Groups = distinct(s.Groups, func(g *EntraGroup) string { return g.ID }, never)
	s.Members = distinct(s.Members, func(m *EntraMember) string { return keyOf(m.Group, m.ID) }, never)
	s.MembersOf = distinct(s.MembersOf, func(id *string) string { return *id }, never)
	s.Apps = distinct(s.Apps, func(a *EntraApp) string { return a.ID }, never)
	s.AppRoles = distinct(s.AppRoles, func(a *EntraAppRole) string { return keyOf(a.App, a.ID, a.PrincipalID) }, never)
}
