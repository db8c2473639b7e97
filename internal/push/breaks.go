package push

import (
	"fmt"
	"strings"
)

// Break is a mistake that is made on purpose.
type Break struct {
	Name   string
	Does   string // what is done
	Answer string // what the endpoint's refusal says, a part of it; "" when nothing is refused
	Causes []string
	needs  bool // of groups: nothing to break for a client that pushes none
}

// The names of the breaks.
const (
	EmptyFamilyName   = "empty-family-name"
	TwoEmails         = "two-emails"
	ReplaceMembers    = "replace-members"
	MissingPath       = "missing-path"
	DuplicateGroup    = "duplicate-group"
	UsersOnly         = "users-only"
	CreateGroupsEmpty = "create-groups-empty"
	Over100Members    = "over-100-members"
)

// Breaks returns what can be broken, each with the causes (by their slugs) that a log
// of it speaks for. The words of the refusals are those of
// identity-center-scim reference 5.2.
func Breaks() []Break {
	return []Break{
		{EmptyFamilyName, "every user has an empty family name", "name.familyName", []string{"user-writes-fail", "user-refused"}, false},
		{TwoEmails, "every user has two e-mail addresses", "List attribute emails exceeds allowed limit of 1", []string{"user-writes-fail", "user-refused"}, false},
		{ReplaceMembers, `every group's members are replaced as a whole, as Okta's "Push now" does`, "Replacing group memberships is not supported.", []string{"group-writes-fail", "unsupported-request"}, true},
		{MissingPath, "every change of members holds a removal without a path", "path", []string{"group-writes-fail", "unsupported-request"}, true},
		{DuplicateGroup, "every group is created though its name is taken (by a group made another way, or else by one made a moment before), and not filled", "Refused to create a new, duplicate resource.", []string{"name-taken"}, true},
		{UsersOnly, "users are pushed and no group is", "", []string{"scim-writes-users-only", "idp-sends-no-groups"}, false},
		{CreateGroupsEmpty, "groups are created and their members never pushed", "", []string{"created-not-filled", "memberships-never-pushed"}, true},
		{Over100Members, "all members of a group are added by one PATCH; only groups of over 100 are refused", "violates schema", []string{"group-writes-fail", "unsupported-request"}, true},
	}
}

// BreakNamed returns the break of a name.
func BreakNamed(name string) (Break, bool) {
	for _, b := range Breaks() {
		if b.Name == name {
			return b, true
		}
	}
	return Break{}, false
}

// fits says why a break would break nothing.
func (b Break) fits(p Profile, d Directory, only string) error {
	switch {
	case b.needs && !p.PushesGroups():
		return fmt.Errorf("%s does not push groups, so %s would break nothing", p.Title, b.Name)
	case b.needs && only == OnlyUsers:
		return fmt.Errorf("%s is about groups, and only users are pushed", b.Name)
	case b.needs && len(d.Groups) == 0:
		return fmt.Errorf("%s is about groups, and the input has none", b.Name)
	case !b.needs && only == OnlyGroups:
		return fmt.Errorf("%s is about users, and only groups are pushed", b.Name)
	case !b.needs && len(d.Users) == 0:
		return fmt.Errorf("%s is about users, and the input has none", b.Name)
	case b.Name == Over100Members:
		for _, g := range d.Groups {
			if len(g.Members) > maxChanges {
				return nil
			}
		}
		return fmt.Errorf("%s needs a group of more than 100 members, and the input has none", b.Name)
	}
	return nil
}

// user makes the mistakes that lie in a user.
func (b Break) user(u User) User {
	switch b.Name {
	case EmptyFamilyName:
		u.FamilyName = ""
	case TwoEmails:
		local, _, _ := strings.Cut(u.UserName, "@")
		if u.Email == "" {
			u.Email = local + "@example.com"
		}
		u.secondEmail = local + "@home.example.com"
	}
	return u
}

// members makes the mistakes that lie in a change of members; nil for none.
func (b Break) members(all []person) *change {
	add := object{{"op", "add"}, {"path", "members"}, {"value", values(ids(all))}}
	switch b.Name {
	case ReplaceMembers:
		return &change{patch(object{{"op", "replace"}, {"path", "members"}, {"value", values(ids(all))}}), len(all), 0}
	case MissingPath:
		return &change{patch(object{{"op", "remove"}, {"value", values(ids(all[:1]))}}, add), len(all), 0}
	case Over100Members:
		return &change{patch(add), len(all), 0}
	}
	return nil
}
