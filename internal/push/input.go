package push

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Directory is what is to be pushed.
type Directory struct {
	Users  []User
	Groups []Group
}

// User is a person as the identity provider has him.
type User struct {
	UserName, GivenName, FamilyName, DisplayName string
	Email                                        string // "" for none
	ExternalID                                   string // "" lets the client choose, as it does from its own ids
	Active                                       bool

	secondEmail string // only to be refused: see Breaks
}

// Group is a group and the user names of its members.
type Group struct {
	DisplayName string
	ExternalID  string
	Members     []string
}

// ErrInput is wrapped by the errors of Parse.
var ErrInput = errors.New("not users and groups to push")

type inputJSON struct {
	Users []struct {
		UserName    string  `json:"userName"`
		GivenName   *string `json:"givenName"`
		FamilyName  *string `json:"familyName"`
		DisplayName *string `json:"displayName"`
		Email       *string `json:"email"`
		Active      *bool   `json:"active"`
		ExternalID  string  `json:"externalId"`
	} `json:"users"`
	Groups []struct {
		DisplayName string   `json:"displayName"`
		ExternalID  string   `json:"externalId"`
		Members     []string `json:"members"`
	} `json:"groups"`
}

// Parse reads a directory: JSON with "users" and "groups", or a table in CSV with a
// column for the user and one for the group (as package upstream reads desired
// memberships). What a user lacks is made up from his userName: names from
// ann.stone@example.com, the e-mail address if it is one, active. A field that is given
// as "" stays empty. A member need not be among the users; he is then looked up.
//
// An error wraps ErrInput: content of neither form, an unknown field, a user or
// group that is named twice or not at all.
func Parse(data []byte) (Directory, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var d Directory
	var err error
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		d, err = parseJSON(trimmed)
	} else {
		d, err = parseTable(data)
	}
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return Directory{}, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return d, nil
}

func parseJSON(data []byte) (Directory, error) {
	var in inputJSON
	if err := json.Unmarshal(data, &in, json.RejectUnknownMembers(true)); err != nil {
		return Directory{}, err
	}
	var d Directory
	for _, u := range in.Users {
		out := named(u.UserName)
		for _, f := range []struct {
			to    *string
			given *string
		}{{&out.GivenName, u.GivenName}, {&out.FamilyName, u.FamilyName}, {&out.Email, u.Email}} {
			if f.given != nil {
				*f.to = *f.given
			}
		}
		out.DisplayName = strings.TrimSpace(out.GivenName + " " + out.FamilyName)
		if u.DisplayName != nil {
			out.DisplayName = *u.DisplayName
		}
		out.Active = u.Active == nil || *u.Active
		out.ExternalID = u.ExternalID
		d.Users = append(d.Users, out)
	}
	for _, g := range in.Groups {
		d.Groups = append(d.Groups, Group{DisplayName: g.DisplayName, ExternalID: g.ExternalID, Members: g.Members})
	}
	return d, nil
}

func parseTable(data []byte) (Directory, error) {
	state, kind, _, err := upstream.Parse(data)
	if err != nil || kind != upstream.KindDesired {
		return Directory{}, errors.New(`it is neither JSON {"users": [...], "groups": [...]} nor a table in CSV with the columns user and group`)
	}
	if len(state.Problems) > 0 {
		return Directory{}, errors.New(strings.Join(state.Problems, "; "))
	}
	var d Directory
	users, groups := map[string]bool{}, map[string]int{}
	for _, row := range state.Desired {
		if row.User == "" || row.Group == "" {
			return Directory{}, errors.New("the table has ids where names are needed: an identity provider pushes by name")
		}
		if key := fold(row.User); !users[key] {
			users[key] = true
			d.Users = append(d.Users, named(row.User))
		}
		i, ok := groups[fold(row.Group)]
		if !ok {
			i = len(d.Groups)
			groups[fold(row.Group)] = i
			d.Groups = append(d.Groups, Group{DisplayName: row.Group})
		}
		d.Groups[i].Members = append(d.Groups[i].Members, row.User)
	}
	return d, nil
}

// check refuses what has no name or one name twice, and drops repeated members.
func (d *Directory) check() error {
	if len(d.Users)+len(d.Groups) == 0 {
		return errors.New("it holds no user and no group")
	}
	seen := map[string]bool{}
	once := func(what, name string) error {
		key := what + " " + fold(name)
		switch {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("a %s has no name", what)
		case seen[key]:
			return fmt.Errorf("the %s %q is there twice", what, name)
		}
		seen[key] = true
		return nil
	}
	for _, u := range d.Users {
		if err := once("user", u.UserName); err != nil {
			return err
		}
	}
	for i := range d.Groups {
		g := &d.Groups[i]
		if err := once("group", g.DisplayName); err != nil {
			return err
		}
		members, has := g.Members[:0:0], map[string]bool{}
		for _, m := range g.Members {
			if strings.TrimSpace(m) == "" {
				return fmt.Errorf("a member of the group %q has no name", g.DisplayName)
			}
			if !has[fold(m)] {
				has[fold(m)] = true
				members = append(members, m)
			}
		}
		g.Members = members
	}
	return nil
}

// Memberships counts the memberships of all groups.
func (d Directory) Memberships() int {
	n := 0
	for _, g := range d.Groups {
		n += len(g.Members)
	}
	return n
}

// named makes up a user from his name alone.
func named(userName string) User {
	local, _, isAddress := strings.Cut(userName, "@")
	words := strings.FieldsFunc(local, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		words = []string{userName}
	}
	for i, w := range words {
		r, n := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToUpper(r)) + w[n:]
	}
	u := User{UserName: userName, GivenName: words[0], FamilyName: words[len(words)-1], Active: true}
	u.DisplayName = u.GivenName
	if len(words) > 1 {
		u.DisplayName = strings.Join(words, " ")
	}
	if isAddress {
		u.Email = userName
	}
	return u
}

// fold makes names comparable as Identity Center compares them, without regard to
// case (identity-center-scim reference 12).
func fold(name string) string { return strings.ToLower(name) }
