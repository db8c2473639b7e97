package directory

import (
	"slices"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Claim is what somebody who knows states of a listing: a manifest written by
// the collector, or a person. Content alone cannot show it.
type Claim struct {
	AllUsers, AllGroups bool
	MembersOf           string // the group whose memberships were listed to the end, id or ARN
	GroupsOf            string // the user whose memberships were listed to the end, id or ARN
}

// Claim adds a claim to the snapshot, and settles memberships that stood alone.
// It returns false and changes nothing when the content contradicts the claim:
// the listing was cut off, entries of it were left out, or it shows a membership
// of another group or user.
func (s *Snapshot) Claim(c Claim) bool {
	group, user := awsid.Bare(c.MembersOf), awsid.Bare(c.GroupsOf)
	if s.Truncated || s.Skipped > 0 {
		return false
	}
	for _, m := range s.Memberships {
		if group != "" && m.Group != group || user != "" && m.User != user {
			return false
		}
	}
	s.AllUsers = s.AllUsers || c.AllUsers
	s.AllGroups = s.AllGroups || c.AllGroups
	if group != "" {
		s.MembersOf = unique(append(s.MembersOf, group))
	}
	if user != "" {
		s.GroupsOf = unique(append(s.GroupsOf, user))
	}
	s.Alone = slices.DeleteFunc(s.Alone, func(m Membership) bool {
		return group != "" && m.Group == group || user != "" && m.User == user
	})
	return true
}
