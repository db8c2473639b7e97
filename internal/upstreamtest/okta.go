package upstreamtest

import (
	"crypto/rsa"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Okta is the stand-in of an Okta organisation. Its exported fields may be changed
// through World.Do.
type Okta struct {
	URL   string
	Token string // the API token; any other is refused
	// ClientID and Key are those of a service app; Key is PEM.
	ClientID, Key string
	Scopes        []string // that the service app was granted
	RequireDPoP   bool

	Users    map[string]*OktaUser // by login
	Groups   map[string]*OktaGroup
	Apps     map[string]*OktaApp
	Mappings map[string]*OktaMapping
	Rules    []OktaRule
	Events   []OktaEvent

	PageCap   int  // entries of a page at most, whatever is asked for; 0: what Okta allows
	NoTasks   bool // expand=task is refused with 400
	Duplicate bool // the log repeats the last event of a page on the next one

	// PushAtOnce is the app's "Push group memberships immediately".
	PushAtOnce bool
	// MembersFirst pushes memberships before users: the race of one group for both,
	// in which Okta takes the push for done though nobody was there to be pushed.
	MembersFirst bool
	// Replace pushes whole memberships by a replace, which AWS refuses.
	Replace bool
	// Blind creates groups without looking for their name first.
	Blind bool

	w       *World
	private *rsa.PrivateKey
	bearer  map[string][]string // access tokens with their scopes
	spent   map[string]bool     // jti of assertions
}

// OktaUser is a user. The fields are Okta's.
type OktaUser struct {
	ID, Login, Email, First, Last, Display string
	Status                                 string
	Created, StatusChanged, LastUpdated    time.Time
}

// OktaGroup is a group with its members' logins.
type OktaGroup struct {
	ID, Name, Type, Source string
	Members                map[string]bool
	Created, LastUpdated   time.Time
	LastMembershipUpdated  time.Time
	AssignedTo             map[string]bool // apps
	awsID                  string          // of a pushed group: what Okta remembers and does not show
	pushed                 map[string]bool // logins that were pushed
}

// OktaApp is an app with its users by login.
type OktaApp struct {
	ID, Name, Label, Status string
	Features                []string
	EntityID                string
	Created, LastUpdated    time.Time
	Users                   map[string]*OktaAppUser
}

// OktaAppUser is an assignment.
type OktaAppUser struct {
	Scope, Status, SyncState, ExternalID, UserName, Group string
	LastSync, StatusChanged                               time.Time
	Task                                                  string // error of the provisioning task; "" for none
	Early                                                 bool   // assigned before provisioning was on: never provisioned by itself
}

// OktaMapping is a group push mapping.
type OktaMapping struct {
	ID, App, Source, Target, Status, ErrorSummary string
	Created, LastPush, LastUpdated                time.Time
}

// OktaRule is a group rule.
type OktaRule struct {
	ID, Name, Status, Expression string
	Exclude, Groups              []string
}

// OktaEvent is an entry of the System Log.
type OktaEvent struct {
	UUID, Type, Severity, Message string
	Published                     time.Time
	Actor                         Actor
	Result, Reason                string
	Targets                       []Target
}

// Actor is who did something in Okta.
type Actor struct{ ID, Type, Alternate, Name string }

// Target is what it was done to.
type Target struct{ ID, Type, Name string }

var (
	okta0     = Actor{"00uSYSTEM0000000001", "SystemPrincipal", "system@okta.com", "Okta System"}
	admin     = Actor{"00uADMIN00000000001", "User", "carla@example.com", "Carla Diaz"}
	connector = Actor{"00uSAILPT0000000001", "User", "svc-sailpoint@example.com", "SailPoint Service"}
)

func newOkta(w *World) *Okta {
	key, text := newKey(w.t)
	return &Okta{
		w: w, Token: "00stand-in-token-okta", ClientID: "0oaSERVICE000000001", private: key,
		Key:    text,
		Scopes: []string{"okta.users.read", "okta.groups.read", "okta.apps.read", "okta.logs.read"},
		Users:  map[string]*OktaUser{}, Groups: map[string]*OktaGroup{}, Apps: map[string]*OktaApp{}, Mappings: map[string]*OktaMapping{},
		PushAtOnce: true, bearer: map[string][]string{}, spent: map[string]bool{},
	}
}

func (o *Okta) sample() {
	at := o.w.now.Add(-30 * 24 * time.Hour)
	now := o.w.now
	defer func() { o.w.now = now }()
	o.w.now = at // what is there at the beginning happened long ago
	o.Apps[AppID] = &OktaApp{
		ID: AppID, Name: "amazon_aws_sso", Label: "AWS IAM Identity Center", Status: "ACTIVE", Created: at, LastUpdated: at,
		Features: []string{"PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION", "REACTIVATE_USERS", "GROUP_PUSH"},
		EntityID: "https://" + Region + ".signin.aws.amazon.com/platform/saml/d-9a67000001",
		Users:    map[string]*OktaAppUser{},
	}
	o.AddGroup(groupID, Group, "OKTA_GROUP", "")
	o.AddGroup(assignID, Assign, "OKTA_GROUP", "")
	o.AddGroup(shadowID, Group, "APP_GROUP", AppID)
	o.Groups[assignID].AssignedTo[AppID] = true
	o.Mappings[mappingID] = &OktaMapping{ID: mappingID, App: AppID, Source: groupID, Target: shadowID, Status: "ACTIVE", Created: at, LastUpdated: at}
	o.Rules = []OktaRule{{ID: "0prRULE00000000001", Name: "everybody into AWS-Users", Status: "ACTIVE", Expression: `user.department=="x"`, Groups: []string{assignID}}}
	o.w.Hire(Ann, "Ann", "Stone")
	o.addMember(assignID, Ann, okta0)
	o.assign(Ann, assignID)
}

// AddGroup makes a group.
func (o *Okta) AddGroup(id, name, kind, source string) *OktaGroup {
	at := o.w.now
	g := &OktaGroup{ID: id, Name: name, Type: kind, Source: source, Members: map[string]bool{}, AssignedTo: map[string]bool{},
		Created: at, LastUpdated: at, LastMembershipUpdated: at, pushed: map[string]bool{}}
	o.Groups[id] = g
	return g
}

func (o *Okta) addUser(login, first, last string) *OktaUser {
	at := o.w.now
	u := &OktaUser{ID: o.w.id("00u"), Login: login, Email: login, First: first, Last: last, Display: strings.TrimSpace(first + " " + last),
		Status: "ACTIVE", Created: at, StatusChanged: at, LastUpdated: at}
	o.Users[login] = u
	return u
}

// user returns a user by login or id.
func (o *Okta) user(key string) *OktaUser {
	if u := o.Users[key]; u != nil {
		return u
	}
	for _, u := range o.Users {
		if u.ID == key {
			return u
		}
	}
	return nil
}

func (o *Okta) log(kind string, actor Actor, result, reason string, targets ...Target) {
	if len(reason) > 255 {
		reason = reason[:255] // Okta cuts it there (reference 5.2)
	}
	severity := "INFO"
	if result == "FAILURE" {
		severity = "WARN"
	}
	if len(o.Events)%2 == 1 {
		slices.Reverse(targets) // their order is not to be relied on
	}
	o.Events = append(o.Events, OktaEvent{UUID: fmt.Sprintf("%08d-7a6d-11f0-9a0c-9b6a5b0a1d22", len(o.Events)+1), Type: kind, Severity: severity,
		Message: kind, Published: o.w.tick(), Actor: actor, Result: result, Reason: reason, Targets: targets})
}

func (o *Okta) aboutUser(login string) Target {
	u := o.Users[login]
	return Target{u.ID, "User", u.Display}
}
func (o *Okta) aboutGroup(id string) Target { return Target{id, "UserGroup", o.Groups[id].Name} }
func (o *Okta) aboutApp() Target            { return Target{AppID, "AppInstance", o.Apps[AppID].Label} }
func (o *Okta) aboutMapping(id string) Target {
	return Target{id, "GroupPushMapping", "..."}
}

// AddMember puts a person into a group, by the hand of actor.
func (o *Okta) addMember(group, login string, actor Actor) {
	g := o.Groups[group]
	g.Members[login] = true
	o.log("group.user_membership.add", actor, "SUCCESS", "", o.aboutUser(login), o.aboutGroup(group))
	g.LastMembershipUpdated = o.w.now
}

func (o *Okta) removeMember(group, login string, actor Actor) {
	g := o.Groups[group]
	delete(g.Members, login)
	o.log("group.user_membership.remove", actor, "SUCCESS", "", o.aboutUser(login), o.aboutGroup(group))
	g.LastMembershipUpdated = o.w.now
}

// assign gives a person the app; group is that through which, "" for by hand.
func (o *Okta) assign(login, group string) *OktaAppUser {
	scope := "USER"
	if group != "" {
		scope = "GROUP"
	}
	a := &OktaAppUser{Scope: scope, Status: "STAGED", SyncState: "OUT_OF_SYNC", UserName: login, Group: group, StatusChanged: o.w.now}
	o.Apps[AppID].Users[login] = a
	o.log("application.user_membership.add", okta0, "SUCCESS", "", o.aboutUser(login), o.aboutApp())
	return a
}

func (o *Okta) unassign(login string) {
	delete(o.Apps[AppID].Users, login)
	o.log("application.user_membership.remove", admin, "SUCCESS", "", o.aboutUser(login), o.aboutApp())
}

// Join puts a person into the push group or another, as an administrator does.
func (w *World) Join(group, login string) {
	w.Do(func() { w.Okta.addMember(w.groupNamed(group), login, admin) })
}

// Leave takes a person out of a group.
func (w *World) Leave(group, login string) {
	w.Do(func() { w.Okta.removeMember(w.groupNamed(group), login, admin) })
}

// groupNamed returns the id of the group that people edit, by its name or id.
func (w *World) groupNamed(name string) string {
	for _, id := range slices.Sorted(maps.Keys(w.Okta.Groups)) {
		if g := w.Okta.Groups[id]; id == name || g.Name == name && g.ID != shadowID {
			return id
		}
	}
	w.t.Fatalf("there is no group %s in Okta", name)
	return ""
}
