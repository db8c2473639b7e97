package repair

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Person is somebody who should be, or is, in a group.
type Person struct {
	ID      string   `json:"id,omitempty"`   // in AWS; "" when it has no such user
	Name    string   `json:"name,omitempty"` // user name
	Profile *Profile `json:"-"`              // nil when upstream does not show it
}

// Wanted is who should be in one group.
type Wanted struct {
	Name, ID string // of the group in AWS; one of the two may be ""
	People   []Person
	From     string // where that is said, in words
	// Doubt is why it can't be acted on, "" when it can.
	Doubt  string
	Pushed bool // a provider pushes the group
}

// The kinds of sources that say who should be where.
const (
	FromTable = "table"
	FromOkta  = "okta"
	FromEntra = "entra"
)

// ErrNothingWanted is wrapped when nothing says who should be in which group.
var ErrNothingWanted = errors.New("the source of desired memberships is empty")

// ErrHalf is wrapped when the source of desired memberships was read in part only.
var ErrHalf = errors.New("the source of desired memberships was not read to its end")

// Desired returns who should be in which group, by the kind of source named, or by
// the only one that there is. It fails when nothing is said, when several kinds
// are there and none is named, and when part of what they say is missing: then a
// person who is not in it may belong there all the same.
func Desired(s upstream.State, kind string) ([]Wanted, error) {
	if len(s.Problems) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrHalf, s.Problems[0])
	}
	var kinds []string
	if len(s.Desired) > 0 {
		kinds = append(kinds, FromTable)
	}
	if len(s.Okta.Groups)+len(s.Okta.Members) > 0 {
		kinds = append(kinds, FromOkta)
	}
	if len(s.Entra.Groups)+len(s.Entra.Members) > 0 {
		kinds = append(kinds, FromEntra)
	}
	switch {
	case kind == "" && len(kinds) > 1:
		return nil, fmt.Errorf("several sources say who should be where (%s): name one with --desired-by", strings.Join(kinds, ", "))
	case kind == "" && len(kinds) == 1:
		kind = kinds[0]
	case !slices.Contains(kinds, kind):
		return nil, fmt.Errorf("%w: it names no member of any group", ErrNothingWanted)
	}
	var out []Wanted
	switch kind {
	case FromOkta:
		out = wantedByOkta(s)
	case FromEntra:
		out = wantedByEntra(s)
	default:
		out = wantedByTable(s)
	}
	if !slices.ContainsFunc(out, func(w Wanted) bool { return len(w.People) > 0 }) {
		return nil, fmt.Errorf("%w: it names no member of any group", ErrNothingWanted)
	}
	slices.SortFunc(out, func(a, b Wanted) int { return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID) })
	return out, nil
}

// wantedByTable reads rows of group and user.
func wantedByTable(s upstream.State) (out []Wanted) {
	at := map[string]int{}
	for _, d := range s.Desired {
		key := d.Group + "\x00" + d.GroupID
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, Wanted{Name: d.Group, ID: strings.ToLower(d.GroupID), From: "the table"})
		}
		p := Person{Name: d.User, ID: strings.ToLower(d.UserID)}
		if p.Name == "" {
			p.Name = d.UserID
		}
		out[i].People = append(out[i].People, p)
	}
	return out
}

// notInAWS are the states of an Okta user in which Okta deactivates or never makes
// the user in AWS (okta-sailpoint reference 6.2).
var notInAWS = []string{"STAGED", "PROVISIONED", "SUSPENDED", "DEPROVISIONED"}

// wantedByOkta reads the members of the groups that Okta pushes; of all groups when
// the push mappings were not listed.
func wantedByOkta(s upstream.State) (out []Wanted) {
	o := &s.Okta
	users := map[string]*upstream.OktaUser{}
	for i := range o.Users {
		users[o.Users[i].ID] = &o.Users[i]
	}
	inApp := map[string]*upstream.OktaAppUser{}
	for i := range o.AppUsers {
		inApp[o.AppUsers[i].ID] = &o.AppUsers[i]
	}
	groups := map[string]*upstream.OktaGroup{}
	for i := range o.Groups {
		groups[o.Groups[i].ID] = &o.Groups[i]
	}
	targets := map[string]string{} // source group → name in AWS
	for _, m := range o.Mappings {
		if m.Status != "ACTIVE" || groups[m.SourceGroupID] == nil {
			continue
		}
		targets[m.SourceGroupID] = groups[m.SourceGroupID].Profile.Name
		if g := groups[m.TargetGroupID]; g != nil { // may bear another name downstream
			targets[m.SourceGroupID] = g.Profile.Name
		}
	}
	shadow := map[string]bool{}
	for _, m := range o.Mappings {
		shadow[m.TargetGroupID] = true
	}
	members := map[string][]upstream.OktaMember{}
	for _, m := range o.Members {
		members[m.Group] = append(members[m.Group], m)
	}
	for id, g := range groups {
		name, pushed := targets[id]
		if !pushed && len(o.Mappings) > 0 || shadow[id] {
			continue
		}
		if !pushed {
			name = g.Profile.Name
		}
		w := Wanted{Name: name, From: "Okta group " + g.Profile.Name, Pushed: pushed}
		if !slices.Contains(o.MembersOf, id) {
			w.Doubt = "the members of Okta group " + g.Profile.Name + " were not listed to the end"
		}
		for _, m := range members[id] {
			p := Person{Name: m.Login}
			if u := users[m.User]; u != nil {
				if slices.Contains(notInAWS, u.Status) {
					continue
				}
				p.Name = u.Profile.Login
				p.Profile = &Profile{u.Profile.FirstName, u.Profile.LastName, u.Profile.Email}
			}
			if a := inApp[m.User]; a != nil {
				p.ID = strings.ToLower(a.ExternalID)
				if a.Credentials.UserName != "" {
					p.Name = a.Credentials.UserName
				}
			}
			w.People = append(w.People, p)
		}
		out = append(out, w)
	}
	return doubtTwins(out)
}

// wantedByEntra reads the direct members of groups: only they are provisioned.
func wantedByEntra(s upstream.State) (out []Wanted) {
	e := &s.Entra
	users := map[string]*upstream.EntraUser{}
	for i := range e.Users {
		users[e.Users[i].ID] = &e.Users[i]
	}
	members := map[string][]upstream.EntraMember{}
	for _, m := range e.Members {
		members[m.Group] = append(members[m.Group], m)
	}
	for _, g := range e.Groups {
		w := Wanted{Name: g.DisplayName, From: "Entra group " + g.DisplayName}
		if !slices.Contains(e.MembersOf, g.ID) {
			w.Doubt = "the members of Entra group " + g.DisplayName + " were not listed to the end"
		}
		for _, m := range members[g.ID] {
			if m.Type != "" && !strings.EqualFold(m.Type, "user") {
				continue
			}
			p := Person{Name: m.Name}
			if u := users[m.ID]; u != nil {
				if u.Enabled == "false" {
					continue
				}
				p.Name = u.UserPrincipalName
				p.Profile = &Profile{u.GivenName, u.Surname, u.Mail}
			}
			w.People = append(w.People, p)
		}
		out = append(out, w)
	}
	return doubtTwins(out)
}

// doubtTwins marks groups of one name: which of them is meant is not known.
func doubtTwins(list []Wanted) []Wanted {
	count := map[string]int{}
	for _, w := range list {
		count[fold(w.Name)]++
	}
	for i := range list {
		if count[fold(list[i].Name)] > 1 {
			list[i].Doubt = fmt.Sprintf("the provider has %d groups of this name, and which of them is meant is not known", count[fold(list[i].Name)])
		}
	}
	return list
}
