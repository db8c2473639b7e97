package push

import (
	"net/http"
	"strings"
	"time"
)

// Profile is one client's habits on the wire.
type Profile struct {
	Name      string // as --as takes it
	Title     string
	UserAgent string
	Doubt     string // what of it is a guess, "" for nothing of weight

	headers      []header
	contentType  string
	typeOnReads  bool // Content-Type on requests without a body
	plusForBlank bool // in queries, as Go writes it; otherwise %20
	doubledSlash bool // the base URL's slash and its own

	retries             int // after 429 and 5xx, when there is no Retry-After
	firstWait, mostWait time.Duration

	begin func(*session) error // before the first object; may be nil

	createFirst bool                              // creates, and looks up only after a 409
	lookup      func(s *session, f string) string // the query that finds a user by filter f
	userBody    func(u User) object
	updateUser  func(s *session, have resource, u User) error
	retireUser  func(s *session, have resource) (bool, error) // a user whom the input lacks; false: nothing to do

	group *groupHabits // nil for a client that does not push groups
}

type header struct{ name, value string }

// groupHabits is what a client does with groups.
type groupHabits struct {
	lookup func(s *session, f string) string
	body   func(g Group) object
	// settled follows the creation (made) or the finding of a group, and reports
	// whether it changed it; may be nil.
	settled func(s *session, have resource, g Group, made bool) (changed bool, err error)
	has     reading
	// before precedes the changes of members; may be nil.
	before func(s *session, id, name string) error
	// patches are the bodies that add and remove members, at most 100 changes
	// each.
	patches func(add, remove []person) []*change
}

// reading is how a client learns who is in a group.
type reading int

const (
	byGroup reading = iota // GET /Users, groups.value eq: the only one that tells of strangers
	byTest                 // GET /Groups, id eq and members eq: one call a member
	byUser                 // GET /Groups, members.value eq: one walk a user
)

// person is a user at the endpoint.
type person struct{ id, name string }

func ids(list []person) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.id
	}
	return out
}

// maxChanges is how many changes of members one PATCH may hold
// (identity-center-scim reference 7.4).
const maxChanges = 100

// Profiles returns the clients that can be acted, in the order of the
// documentation.
func Profiles() []Profile {
	return []Profile{okta(), entra(), google(), ssosync(), idpSCIMSync()}
}

// Named returns the profile of a name, without regard to case.
func Named(name string) (Profile, bool) {
	for _, p := range Profiles() {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return Profile{}, false
}

// PushesGroups says whether the client pushes groups at all.
func (p Profile) PushesGroups() bool { return p.group != nil }

// putUser replaces a user: his body with the id in front, which Identity Center
// requires (identity-center-scim reference 6.5).
func putUser(s *session, have resource, u User) error {
	_, err := s.call(u.UserName, http.MethodPut, "/Users/"+have.ID, "", append(object{{"id", have.ID}}, s.p.userBody(u)...))
	return err
}

func deleteUser(s *session, have resource) (bool, error) {
	_, err := s.call(have.UserName, http.MethodDelete, "/Users/"+have.ID, "", nil)
	return err == nil, err
}
