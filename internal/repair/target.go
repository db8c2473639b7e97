package repair

import "context"

// Op is what is done to a membership.
type Op string

// The operations.
const (
	Add    Op = "add"
	Remove Op = "remove"
)

// Target is an identity store that can be changed. Its methods may be called from
// several goroutines. They wait and try again as long as the service says that it
// did nothing (throttles); they never send a change again that may have arrived.
//
// What their errors mean is said by the kind of the *live.Problem in them:
//
//   - Refused, Missing: the service refuses this change for good, and did nothing.
//   - Uncertain: nobody knows whether it was done; the members must be read.
//   - anything else: it was not done, and the next one would fare no better.
type Target interface {
	// Most is how many members one call changes at most.
	Most() int
	// Members returns who is in a group: ids of users, each with the id of the
	// membership where there are such ids.
	Members(ctx context.Context, group string) (map[string]string, error)
	// Add puts users into a group, all or none. One who is in it already is no error.
	Add(ctx context.Context, group string, users []string) error
	// Remove takes users out of a group, all or none; the map is as from Members.
	// One who is not in it is no error.
	Remove(ctx context.Context, group string, members map[string]string) error
}
