package story

import (
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// snapshot is what somebody listed of an identity store at one moment.
type snapshot struct {
	taken                  time.Time
	store, account, region string
	byHand                 bool
	listings               []*listing
}

// listing is one output of aws identitystore.
type listing struct {
	kind   string // groups, users, members, groups-of, is-member
	whole  bool
	groups []*thing
	users  []*thing
	about  *thing // the group or user whose memberships were listed
	rows   []row
	// of account assignments: the accounts of the groups in groups
	accounts []string
}

// row is one membership in a listing.
type row struct {
	group, user *thing
	since       time.Time
	by          string
}

func (s *Story) readSnapshotTitle(l line, title string) (*snapshot, error) {
	at, err := l.parseTime(strings.TrimSpace(title))
	if err != nil {
		return nil, err
	}
	return &snapshot{taken: at, store: s.cast.store, account: s.cast.account, region: s.cast.region}, nil
}

func (s *Story) readSnapshot(sn *snapshot, l line) error {
	r := &reader{line: l}
	head, err := r.next("a listing")
	if err != nil {
		return err
	}
	list := &listing{whole: true}
	switch head {
	case "by":
		if !r.take("hand") {
			return r.errorf("want by hand")
		}
		sn.byHand = true
		return r.done()
	case "account", "region", "store":
		r.at--
		return r.options(map[string]*string{"account": &sn.account, "region": &sn.region, "store": &sn.store}, nil)
	case "groups":
		list.kind = "groups"
		list.whole = !r.take("some")
		list.groups, err = s.cast.several(r, s.cast.groups, "group")
	case "users":
		list.kind = "users"
		list.whole = !r.take("some")
		list.users, err = s.cast.several(r, s.cast.users, "user")
	case "denies":
		list.kind = "is-member"
		var group, user *thing
		if group, err = s.cast.named(r, "group"); err == nil {
			user, err = s.cast.named(r, "user")
		}
		list.rows = []row{{group: group, user: user}}
	case "assignments":
		list.kind = "assignments"
		err = s.readAssignments(r, list)
	case "of":
		list.kind = "groups-of"
		err = s.readRows(r, list)
	default:
		r.at--
		list.kind = "members"
		err = s.readRows(r, list)
	}
	if err != nil {
		return err
	}
	sn.listings = append(sn.listings, list)
	return r.done()
}

// several reads "all" or names separated by commas.
func (c *cast) several(r *reader, all []*thing, kind string) ([]*thing, error) {
	if r.take("all") {
		return all, nil
	}
	var out []*thing
	for r.more() {
		name, _ := r.next(kind)
		name = strings.TrimSuffix(name, ",")
		if crowd := c.crowd(name); kind == "user" && crowd != nil {
			out = append(out, crowd...)
			continue
		}
		t := find(all, name)
		if t == nil {
			return nil, r.errorf("there is no %s %q in the cast", kind, name)
		}
		out = append(out, t)
	}
	return out, nil
}

// readAssignments reads "GROUP ACCOUNT, GROUP ACCOUNT..." or "(none)".
func (s *Story) readAssignments(r *reader, list *listing) error {
	if r.take("(none)") {
		return nil
	}
	for r.more() {
		group, err := s.cast.named(r, "group")
		if err != nil {
			return err
		}
		account, err := r.next("the account")
		if err != nil {
			return err
		}
		list.groups = append(list.groups, group)
		list.accounts = append(list.accounts, strings.TrimSuffix(account, ","))
	}
	return nil
}

// readRows reads "NAME: (empty)" or "NAME: OTHER [since T] [by WHO], ...".
func (s *Story) readRows(r *reader, list *listing) error {
	name, err := r.next("the name")
	if err != nil {
		return err
	}
	name, ok := strings.CutSuffix(name, ":")
	if !ok {
		return r.errorf("want NAME: and its members, not %q", name)
	}
	mine, others := s.cast.groups, s.cast.users
	if list.kind == "groups-of" {
		mine, others = others, mine
	}
	if list.about = find(mine, name); list.about == nil {
		return r.errorf("%q is not in the cast", name)
	}
	if r.take("(empty)") || r.take("(none)") {
		return nil
	}
	for {
		word, err := r.next("a member, or (empty)")
		if err != nil {
			return err
		}
		alias, comma := strings.CutSuffix(word, ",")
		them := s.cast.crowd(alias)
		if list.kind == "groups-of" || them == nil {
			them = []*thing{find(others, alias)}
		}
		if them[0] == nil {
			return r.errorf("%q is not in the cast", alias)
		}
		var mem row
		for !comma && r.more() {
			key, _ := r.next("")
			if key != "since" && key != "by" {
				return r.errorf("%q is not understood after a member: want since T or by WHO", key)
			}
			value, err := r.next("the value of " + key)
			if err != nil {
				return err
			}
			value, comma = strings.CutSuffix(value, ",")
			if key == "by" {
				mem.by = value
			} else if mem.since, err = r.parseTime(value); err != nil {
				return err
			}
		}
		for _, other := range them {
			mem.group, mem.user = list.about, other
			if list.kind == "groups-of" {
				mem.group, mem.user = other, list.about
			}
			list.rows = append(list.rows, mem)
		}
		if !comma {
			return nil
		}
	}
}

// isoTime is how the AWS CLI v2 prints a time.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05-07:00") }

func audit(o cloudtrail.Object, at time.Time, by string) cloudtrail.Object {
	if !at.IsZero() {
		o = append(o, cloudtrail.Member{Key: "CreatedAt", Value: isoTime(at)})
		o = append(o, cloudtrail.Member{Key: "UpdatedAt", Value: isoTime(at)})
	}
	if by != "" {
		o = append(o, cloudtrail.Member{Key: "CreatedBy", Value: by})
		o = append(o, cloudtrail.Member{Key: "UpdatedBy", Value: by})
	}
	return o
}

func external(o cloudtrail.Object, t *thing) cloudtrail.Object {
	if t.external == "" {
		return o
	}
	return append(o, cloudtrail.Member{Key: "ExternalIds", Value: []cloudtrail.Object{{
		{Key: "Issuer", Value: "https://scim.aws.com/example"}, {Key: "Id", Value: t.external}}}})
}

// body is a listing as aws identitystore prints it (cloudtrail reference 6.2).
func (s *Story) body(sn *snapshot, list *listing) []byte {
	var items []cloudtrail.Object
	key := "GroupMemberships"
	switch list.kind {
	case "groups":
		key = "Groups"
		for _, g := range list.groups {
			o := cloudtrail.Object{{Key: "GroupId", Value: g.id}, {Key: "DisplayName", Value: g.name}}
			o = audit(external(o, g), g.created, g.by)
			items = append(items, append(o, cloudtrail.Member{Key: "IdentityStoreId", Value: sn.store}))
		}
	case "users":
		key = "Users"
		for _, u := range list.users {
			first, _, _ := strings.Cut(u.name, "@")
			o := cloudtrail.Object{{Key: "UserName", Value: u.name}, {Key: "UserId", Value: u.id},
				{Key: "Name", Value: cloudtrail.Object{{Key: "FamilyName", Value: "Example"}, {Key: "GivenName", Value: first}}},
				{Key: "DisplayName", Value: first + " Example"}}
			if strings.Contains(u.name, "@") {
				o = append(o, cloudtrail.Member{Key: "Emails", Value: []cloudtrail.Object{{{Key: "Value", Value: u.name}, {Key: "Type", Value: "work"}, {Key: "Primary", Value: true}}}})
			}
			o = audit(external(o, u), u.created, u.by)
			items = append(items, append(o, cloudtrail.Member{Key: "UserStatus", Value: "ENABLED"}, cloudtrail.Member{Key: "IdentityStoreId", Value: sn.store}))
		}
	case "assignments":
		key = "AccountAssignments"
		for i, g := range list.groups {
			items = append(items, cloudtrail.Object{{Key: "AccountId", Value: list.accounts[i]}, {Key: "PermissionSetArn", Value: "arn:aws:sso:::permissionSet/ssoins-7223abcd1234ef56/ps-1a2b3c4d5e6f7a8b"},
				{Key: "PrincipalType", Value: "GROUP"}, {Key: "PrincipalId", Value: g.id}})
		}
	case "is-member":
		key = "Results"
		for _, m := range list.rows {
			items = append(items, cloudtrail.Object{{Key: "GroupId", Value: m.group.id}, {Key: "MemberId", Value: cloudtrail.Object{{Key: "UserId", Value: m.user.id}}}, {Key: "MembershipExists", Value: false}})
		}
	default:
		for _, m := range list.rows {
			o := cloudtrail.Object{{Key: "IdentityStoreId", Value: sn.store}, {Key: "MembershipId", Value: s.membership(m.group, m.user, sn.taken)},
				{Key: "GroupId", Value: m.group.id}, {Key: "MemberId", Value: cloudtrail.Object{{Key: "UserId", Value: m.user.id}}}}
			items = append(items, audit(o, m.since, m.by))
		}
	}
	if items == nil {
		items = []cloudtrail.Object{}
	}
	out := cloudtrail.Object{{Key: key, Value: items}}
	if !list.whole {
		out = append(out, cloudtrail.Member{Key: "NextToken", Value: "AAMA-EXAMPLE"})
	}
	return pretty(out)
}

// path is where a listing is put: named as its command, and what it is about.
func (list *listing) path() (kind, name string) {
	switch list.kind {
	case "groups":
		return "list-groups", "list-groups"
	case "users":
		return "list-users", "list-users"
	case "assignments":
		return "list-account-assignments", "list-account-assignments"
	case "is-member":
		return "is-member-in-groups", "is-member-in-groups-" + list.rows[0].group.alias + "-" + list.rows[0].user.alias
	case "groups-of":
		return "list-group-memberships-for-member", "list-group-memberships-for-member-" + list.about.alias
	}
	return "list-group-memberships", "list-group-memberships-" + list.about.alias
}

// seen is a listing as package directory reads it from its file, with what the
// manifest says of it.
func (s *Story) seen(sn *snapshot, list *listing, input int) (directory.Snapshot, error) {
	d, _, err := directory.Parse(s.body(sn, list))
	if err != nil {
		return directory.Snapshot{}, err
	}
	d.Input = input
	if sn.byHand {
		d.NotAfter = sn.taken
		if d.Clock == directory.ClockUnknown {
			d.Clock = directory.ClockFile
		}
		return d, nil
	}
	d.Store, d.Account, d.Region = sn.store, sn.account, sn.region
	d.NotBefore, d.NotAfter, d.Clock = sn.taken, sn.taken, directory.ClockManifest
	if !list.whole {
		return d, nil
	}
	claim := directory.Claim{AllGroups: list.kind == "groups", AllUsers: list.kind == "users"}
	switch list.kind {
	case "members":
		claim.MembersOf = list.about.id
	case "groups-of":
		claim.GroupsOf = list.about.id
	}
	d.Claim(claim)
	return d, nil
}
