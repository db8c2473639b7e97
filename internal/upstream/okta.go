package upstream

import (
	"path"
	"strings"
	"time"
)

// OktaState is what Okta shows: its System Log and lists of its management API
// (okta-sailpoint reference 3 to 5).
type OktaState struct {
	Events    []OktaEvent // by time
	Users     []OktaUser
	Groups    []OktaGroup
	Members   []OktaMember
	MembersOf []string // groups whose members were all listed, by id
	Apps      []OktaApp
	AppUsers  []OktaAppUser
	AppGroups []OktaAppGroup
	Rules     []OktaRule
	Mappings  []OktaMapping
}

// OktaEvent is an entry of the System Log (reference 5.2).
type OktaEvent struct {
	UUID            string    `json:"uuid"`
	Published       time.Time `json:"published"`
	EventType       string    `json:"eventType"`
	LegacyEventType string    `json:"legacyEventType"`
	Severity        string    `json:"severity"`
	DisplayMessage  string    `json:"displayMessage"`
	Actor           OktaActor `json:"actor"`
	Outcome         struct {
		Result string `json:"result"` // SUCCESS, FAILURE, SKIPPED, ...
		Reason string `json:"reason"` // cut at 255 characters by Okta
	} `json:"outcome"`
	Targets     []OktaTarget `json:"target"` // in no particular order
	Transaction struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"transaction"`
	Client struct {
		IPAddress string `json:"ipAddress"`
		UserAgent struct {
			Raw string `json:"rawUserAgent"`
		} `json:"userAgent"`
	} `json:"client"`
	Debug struct {
		Data struct {
			AppName string `json:"appname"`
		} `json:"debugData"`
	} `json:"debugContext"`
}

// Failed reports whether the event tells of a failure: by its outcome or, when it
// states none, by its type.
func (e OktaEvent) Failed() bool {
	return e.Outcome.Result == "FAILURE" ||
		e.Outcome.Result == "" && (strings.Contains(e.EventType, ".failed") || strings.Contains(e.EventType, ".error"))
}

// OktaActor is who did it: an admin, an API client, Okta itself.
type OktaActor struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
}

// OktaTarget is what an event is about. Types vary in spelling; the prefix of
// the id is steadier: 00u user, 0oa app, 00g group, gPm push mapping.
type OktaTarget struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
	Change      struct {
		From JSONText `json:"from"`
		To   JSONText `json:"to"`
	} `json:"changeDetails"`
}

// group reports whether the target is a group or the mapping of one.
func (t *OktaTarget) group() bool {
	return strings.HasPrefix(t.ID, "00g") || strings.HasPrefix(t.ID, "gPm") ||
		strings.Contains(strings.ToLower(t.Type), "group")
}

// OktaUser is a user of the Okta organisation (reference 3.1).
type OktaUser struct {
	ID            string    `json:"id"`
	Status        string    `json:"status"` // ACTIVE, STAGED, SUSPENDED, DEPROVISIONED, ...
	Created       time.Time `json:"created"`
	Activated     time.Time `json:"activated"`
	StatusChanged time.Time `json:"statusChanged"`
	LastUpdated   time.Time `json:"lastUpdated"`
	Profile       struct {
		Login       string `json:"login"`
		Email       string `json:"email"`
		FirstName   string `json:"firstName"`
		LastName    string `json:"lastName"`
		DisplayName string `json:"displayName"`
	} `json:"profile"`
	Credentials struct {
		Provider struct {
			Type string `json:"type"` // where the user is sourced: OKTA, ACTIVE_DIRECTORY, ...
			Name string `json:"name"`
		} `json:"provider"`
	} `json:"credentials"`
}

// OktaGroup is a group of the Okta organisation (reference 3.2).
type OktaGroup struct {
	ID                    string    `json:"id"`
	Type                  string    `json:"type"` // OKTA_GROUP, APP_GROUP (imported) or BUILT_IN
	Created               time.Time `json:"created"`
	LastUpdated           time.Time `json:"lastUpdated"`
	LastMembershipUpdated time.Time `json:"lastMembershipUpdated"`
	Profile               struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"profile"`
	Source string         `json:"-"` // id of the app that it was imported from
	Stats  OktaGroupStats `json:"-"`
}

// OktaGroupStats are the counts that expand=stats adds.
type OktaGroupStats struct {
	Known        bool `json:"-"`
	Users        int  `json:"usersCount"`
	Apps         int  `json:"appsCount"`
	PushMappings int  `json:"groupPushMappingsCount"` // 0: nobody pushes this group
}

// OktaMember is a user in an Okta group.
type OktaMember struct {
	Group string // id
	User  string // id
	Login string
}

// OktaApp is an app instance (reference 3.4).
type OktaApp struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"` // amazon_aws_sso for AWS IAM Identity Center
	Label       string    `json:"label"`
	Status      string    `json:"status"`
	SignOnMode  string    `json:"signOnMode"`
	Created     time.Time `json:"created"`
	LastUpdated time.Time `json:"lastUpdated"`
	// Features are the provisioning switches that are on (reference 3.5). nil
	// means not stated, empty means that the API integration is off.
	Features    []string `json:"features"`
	Credentials struct {
		UserNameTemplate struct {
			Template string `json:"template"`
		} `json:"userNameTemplate"`
	} `json:"credentials"`
	Settings struct {
		App struct {
			ACSURL   string `json:"acsURL"`
			EntityID string `json:"entityID"` // names the Region and the identity store
		} `json:"app"`
	} `json:"settings"`
}

// OktaAppUser is a user's assignment to an app, and whether the user was
// provisioned there (reference 3.7).
type OktaAppUser struct {
	App           string    `json:"-"` // id of the app, "" when the entry does not link it
	ID            string    `json:"id"`
	ExternalID    string    `json:"externalId"` // AWS UserId; "" when never provisioned
	Scope         string    `json:"scope"`      // USER or GROUP
	Status        string    `json:"status"`
	SyncState     string    `json:"syncState"`
	Created       time.Time `json:"created"`
	LastSync      time.Time `json:"lastSync"`
	LastUpdated   time.Time `json:"lastUpdated"`
	StatusChanged time.Time `json:"statusChanged"`
	Credentials   struct {
		UserName string `json:"userName"`
	} `json:"credentials"`
	Group string   `json:"-"` // id of the group that assigns, when it is linked
	Task  OktaTask `json:"-"`
}

// OktaTask is the provisioning task that the undocumented expand=task adds to
// unhealthy assignments (reference 3.8). A COMPLETED one may keep a stale error.
type OktaTask struct {
	ID         string    `json:"id"`
	Status     string    `json:"status"`
	Error      string    `json:"errorString"`
	GroupID    string    `json:"groupId"`
	LastUpdate time.Time `json:"lastUpdate"`
}

// OktaAppGroup is a group assigned to an app, which is not the same as pushed
// (reference 3.9).
type OktaAppGroup struct {
	App         string    `json:"-"` // id of the app, "" when the entry does not link it
	ID          string    `json:"id"`
	LastUpdated time.Time `json:"lastUpdated"`
}

// OktaRule is a group rule (reference 3.3).
type OktaRule struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Status      string    `json:"status"` // ACTIVE, INACTIVE or INVALID
	LastUpdated time.Time `json:"lastUpdated"`
	Conditions  struct {
		Expression struct {
			Value string `json:"value"`
		} `json:"expression"`
		People struct {
			Users struct {
				Exclude []string `json:"exclude"`
			} `json:"users"`
		} `json:"people"`
	} `json:"conditions"`
	Actions struct {
		Assign struct {
			GroupIDs []string `json:"groupIds"`
		} `json:"assignUserToGroups"`
	} `json:"actions"`
}

// OktaMapping is a group push mapping (reference 4). Only ACTIVE ones push, and
// ACTIVE does not prove that anything was pushed.
type OktaMapping struct {
	App           string    `json:"-"` // id of the app, "" when the entry does not link it
	ID            string    `json:"id"`
	Status        string    `json:"status"` // ACTIVE, INACTIVE or ERROR
	SourceGroupID string    `json:"sourceGroupId"`
	TargetGroupID string    `json:"targetGroupId"` // Okta's shadow group, not an AWS id
	Created       time.Time `json:"created"`
	LastPush      time.Time `json:"lastPush"` // zero: never pushed
	LastUpdated   time.Time `json:"lastUpdated"`
	ErrorSummary  string    `json:"errorSummary"` // often missing even for ERROR
}

func (s *OktaState) empty() bool {
	return len(s.Events)+len(s.Users)+len(s.Groups)+len(s.Members)+len(s.MembersOf)+len(s.Apps)+
		len(s.AppUsers)+len(s.AppGroups)+len(s.Rules)+len(s.Mappings) == 0
}

func (s *OktaState) add(o OktaState) {
	s.Events = append(s.Events, o.Events...)
	s.Users = append(s.Users, o.Users...)
	s.Groups = append(s.Groups, o.Groups...)
	s.Members = append(s.Members, o.Members...)
	s.MembersOf = append(s.MembersOf, o.MembersOf...)
	s.Apps = append(s.Apps, o.Apps...)
	s.AppUsers = append(s.AppUsers, o.AppUsers...)
	s.AppGroups = append(s.AppGroups, o.AppGroups...)
	s.Rules = append(s.Rules, o.Rules...)
	s.Mappings = append(s.Mappings, o.Mappings...)
}

func (s *OktaState) tidy() {
	s.Events = distinct(s.Events, func(e *OktaEvent) string { return e.UUID }, func(e *OktaEvent) time.Time { return e.Published })
	sortByTime(s.Events, func(e *OktaEvent) time.Time { return e.Published })
	s.Users = distinct(s.Users, func(u *OktaUser) string { return u.ID }, func(u *OktaUser) time.Time { return latest(u.LastUpdated, u.StatusChanged) })
	s.Groups = distinct(s.Groups, func(g *OktaGroup) string { return g.ID }, func(g *OktaGroup) time.Time { return latest(g.LastUpdated, g.LastMembershipUpdated) })
	s.Members = distinct(s.Members, func(m *OktaMember) string { return keyOf(m.Group, m.User) }, never)
	s.MembersOf = distinct(s.MembersOf, func(id *string) string { return *id }, never)
	s.Apps = distinct(s.Apps, func(a *OktaApp) string { return a.ID }, func(a *OktaApp) time.Time { return a.LastUpdated })
	s.AppUsers = distinct(s.AppUsers, func(u *OktaAppUser) string { return keyOf(u.App, u.ID) },
		func(u *OktaAppUser) time.Time { return latest(u.LastUpdated, u.LastSync, u.StatusChanged) })
	s.AppGroups = distinct(s.AppGroups, func(g *OktaAppGroup) string { return keyOf(g.App, g.ID) }, func(g *OktaAppGroup) time.Time { return g.LastUpdated })
	s.Rules = distinct(s.Rules, func(r *OktaRule) string { return r.ID }, func(r *OktaRule) time.Time { return r.LastUpdated })
	s.Mappings = distinct(s.Mappings, func(m *OktaMapping) string { return m.ID }, func(m *OktaMapping) time.Time { return latest(m.LastUpdated, m.LastPush) })
}

// links are the hrefs by which Okta's objects name others.
type links struct {
	App    link `json:"app"`
	User   link `json:"user"`
	Group  link `json:"group"`
	Source link `json:"source"`
}

type link struct {
	Href string `json:"href"`
}

// id returns the id at the end of the link's path when it has the given prefix.
func (l link) id(prefix string) string {
	href, _, _ := strings.Cut(l.Href, "?")
	if id := path.Base(href); strings.HasPrefix(id, prefix) {
		return id
	}
	return ""
}
