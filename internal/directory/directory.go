// Package directory is an identity store as a snapshot shows it: users, groups,
// memberships, and how much of each was listed.
//
// It reads what the AWS CLI and SDKs print of the Identity Store API, and of
// the two calls of the IAM Identity Center API that say where a store lives and
// what its groups are good for. It knows no events; package ledger joins the
// two.
//
// What a listing leaves out is evidence only when the listing is whole, so
// Parse claims that no further than the content shows it; see [Parse]. Who knows
// more, a manifest or a person, says so with [Snapshot.Claim].
package directory

import "time"

// ExternalID is the id that an identity provider gave a user or group; its
// presence marks one that SCIM provisioned (cloudtrail reference 6.3).
type ExternalID struct {
	Issuer, ID string
}

// Audit is the identity store's own note of who made and changed a thing and
// when. AWS fills it since 6 November 2025; CreatedBy has no documented format
// (cloudtrail reference 2.9, 2.11).
type Audit struct {
	CreatedAt, UpdatedAt time.Time // zero when unknown
	CreatedBy, UpdatedBy string
}

// User is a user of an identity store.
type User struct {
	ID          string // bare, lower case
	UserName    string
	DisplayName string
	Email       string // the primary one
	Status      string // ENABLED, DISABLED or "" when not stated
	ExternalIDs []ExternalID
	Audit
}

// Group is a group of an identity store.
type Group struct {
	ID          string
	Name        string // DisplayName
	Description string
	ExternalIDs []ExternalID
	Audit
}

// Membership is one user in one group.
type Membership struct {
	ID    string
	Group string // group id
	User  string // user id
	Audit
}

// Instance is an instance of IAM Identity Center, as sso-admin list-instances
// shows it: the account that an identity store lives in.
type Instance struct {
	Store  string // identity store
	ARN    string // of the instance; "" when only the store was listed
	Owner  string // account
	Name   string
	Status string // ACTIVE, CREATE_IN_PROGRESS, ...
}

// Assignment is what a user or group may do in an account, as sso-admin
// list-account-assignments shows it.
type Assignment struct {
	Account       string
	PermissionSet string // ARN
	PrincipalType string // USER or GROUP
	PrincipalID   string // id of the user or group
}

// Clock says how the time of a snapshot is known (design ruling 6).
type Clock string

// The clocks, from the best to the worst.
const (
	ClockManifest Clock = "manifest"  // a manifest written by the collector says so
	ClockContent  Clock = "content"   // the newest time inside: the snapshot is not older
	ClockFile     Clock = "file-time" // the file's own modification time: the snapshot is not newer
	ClockUnknown  Clock = "unknown"
)

// Snapshot is what one or several listings of one identity store showed.
type Snapshot struct {
	Store   string // identity store, "" when the listing does not name it
	Account string // "" when unknown
	Region  string
	Input   int // index of the input it came from, in casefile.Case.Inputs

	// NotBefore and NotAfter bound the moment it was taken; zero when unbounded.
	// A manifest gives both the same value.
	NotBefore, NotAfter time.Time
	Clock               Clock

	Users       []User
	Groups      []Group
	Memberships []Membership

	AllUsers  bool // Users is the whole list
	AllGroups bool
	// MembersOf names the groups whose member list is whole, even if empty.
	MembersOf []string
	// GroupsOf names the users whose list of groups is whole.
	GroupsOf []string
	// NoUsers and NoGroups are names, e-mail addresses and ids that the store was
	// asked for, and had nobody and nothing of.
	NoUsers, NoGroups []string
	// Absent names memberships (group, user) that an is-member answer denied.
	Absent []Membership
	// Alone holds memberships that were the only one of a whole listing. Each is
	// its group's only membership or its user's only one; the content does not
	// say which was asked for.
	Alone []Membership

	Instances   []Instance
	Assignments []Assignment
	// AssignmentsOf names the users and groups whose list of account assignments
	// is whole, even if empty. That of a user holds those through groups too.
	AssignmentsOf []string

	Truncated bool     // a listing ended at a NextToken: more was there
	Skipped   int      // entries that could not be read
	Problems  []string // why, without repeats, a few at most
}

// Taken returns the best single time for the snapshot: the later of what is
// known, zero when nothing is.
func (s *Snapshot) Taken() time.Time {
	if s.Clock == ClockContent || s.NotAfter.IsZero() {
		return s.NotBefore
	}
	return s.NotAfter
}
