package upstream

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// DesiredMembership is a row of a table that says who should be in which group.
type DesiredMembership struct {
	Group   string // name; "" when the table has ids only
	GroupID string
	User    string // user name, login or e-mail address; "" when the table has ids only
	UserID  string
}

// KindDesired is the kind of a table of desired memberships.
const KindDesired = "desired-memberships"

// DesiredMembers returns who should be in a group, by its name or id: the users'
// names (ids where the table has no name), sorted, without repeats; and whether
// the table speaks of that group at all. Names of groups are compared exactly;
// only when none fits, without regard to case.
func (s State) DesiredMembers(groupName string) (users []string, known bool) {
	if groupName == "" {
		return nil, false
	}
	pick := func(same func(DesiredMembership) bool) {
		for _, d := range s.Desired {
			if same(d) {
				known = true
				name := d.User
				if name == "" {
					name = d.UserID
				}
				users = append(users, name)
			}
		}
	}
	pick(func(d DesiredMembership) bool { return d.Group == groupName || d.GroupID == groupName })
	if !known {
		pick(func(d DesiredMembership) bool { return strings.EqualFold(d.Group, groupName) })
	}
	slices.Sort(users)
	return slices.Compact(users), known
}

// The names of columns, without case, spaces and punctuation. Of several the
// first in the list is used.
var (
	userColumns = []string{"username", "userprincipalname", "upn", "login", "userlogin", "useremail", "email", "emailaddress", "mail",
		"user", "member", "membername", "memberusername", "memberemail", "principal", "principalname", "account", "accountname", "person"}
	groupColumns   = []string{"groupname", "groupdisplayname", "group", "awsgroup", "awsgroupname", "targetgroup", "displayname"}
	userIDColumns  = []string{"userid", "memberid", "principalid"}
	groupIDColumns = []string{"groupid"}
	// personColumns beside displayName make it a person's: a list of users.
	personColumns = []string{"status", "userstatus", "active", "firstname", "lastname", "givenname", "familyname", "surname",
		"title", "department", "jobtitle", "phone", "manager", "created", "lastlogin"}
	// logColumns are those of a record of changes or of what was observed. A row
	// of one is no wish: it may tell of a removal, or of a membership that has
	// ended.
	logColumns = []string{"time", "timestamp", "date", "eventtime", "eventname", "eventid", "eventsource", "eventtype", "event",
		"action", "operation", "effect", "result", "outcome", "present", "began", "ended", "removed"}
)

// Why a table is none of desired memberships.
var (
	errNoColumns = errors.New("a table of desired memberships has a heading with a column for the user (user, userName, email, member, login) and one for the group (group, groupName, displayName)")
	errIsLog     = errors.New("the table is a record of changes, not of desired memberships")
)

// columns are the indexes of what a table has, -1 for what it has not.
type columns struct{ user, group, userID, groupID int }

const (
	maxCell   = 1024     // bytes; the longest group name has 1024 characters
	maxHeader = 64 << 10 // bytes in which the heading must end
)

// parseDesired reads a table in CSV, separated by comma, semicolon or tab.
func parseDesired(data []byte) (State, string, int, error) {
	data = skipSeparatorLine(data)
	comma, cols, err := heading(data)
	if err != nil {
		return State{}, "", 0, fmt.Errorf("%w: %w", ErrUnrecognised, err)
	}
	r := newCSV(data, comma)
	_, _ = r.Read() // the heading, which was just read
	var s State
	skipped := 0
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			skipped++
			if _, ok := errors.AsType[*csv.ParseError](err); ok {
				continue
			}
			break
		}
		d := DesiredMembership{
			Group: cell(row, cols.group), GroupID: cell(row, cols.groupID),
			User: cell(row, cols.user), UserID: cell(row, cols.userID),
		}
		switch {
		case !slices.ContainsFunc(row, func(c string) bool { return strings.TrimSpace(c) != "" }):
		case d.Group == "" && d.GroupID == "" || d.User == "" && d.UserID == "":
			skipped++
		default:
			s.Desired = append(s.Desired, d)
		}
	}
	if skipped > 0 {
		s.Problems = append(s.Problems, fmt.Sprintf("%d rows of a table of desired memberships lack the user or the group, or cannot be read", skipped))
	}
	return Merge(s), KindDesired, len(s.Desired), nil
}

// heading finds the separator with which the first row names a user and a group.
func heading(data []byte) (rune, columns, error) {
	if bytes.IndexByte(data[:min(len(data), maxHeader)], 0) >= 0 {
		return 0, columns{}, errNoColumns // binary
	}
	reason := errNoColumns
	for _, comma := range []rune{',', ';', '\t'} {
		row, err := newCSV(data[:min(len(data), maxHeader)], comma).Read()
		if err != nil {
			continue
		}
		for i := range row {
			row[i] = plain(row[i])
		}
		c := columns{find(row, userColumns), find(row, groupColumns), find(row, userIDColumns), find(row, groupIDColumns)}
		if c.user < 0 && c.userID < 0 || c.group < 0 && c.groupID < 0 {
			continue
		}
		if row[max(0, c.group)] == "displayname" && c.groupID < 0 && listsPeople(row) {
			continue
		}
		if find(row, logColumns) >= 0 {
			reason = errIsLog
			continue
		}
		return comma, c, nil
	}
	return 0, columns{}, reason
}

// listsPeople reports whether a heading is that of a list of users.
func listsPeople(row []string) bool {
	return find(row, personColumns) >= 0 || slices.Contains(row, "username") && find(row, []string{"email", "useremail", "emailaddress", "mail"}) >= 0
}

func newCSV(data []byte, comma rune) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = comma
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.TrimLeadingSpace = comma != '\t'
	return r
}

// skipSeparatorLine drops the first line "sep=;" that Excel writes.
func skipSeparatorLine(data []byte) []byte {
	line, rest, ok := bytes.Cut(data, []byte("\n"))
	if ok && len(line) < 10 && bytes.HasPrefix(bytes.ToLower(line), []byte("sep=")) {
		return rest
	}
	return data
}

// plain reduces a column's name to its letters and digits in lower case.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// find returns the column with the earliest of the names, or -1.
func find(row, names []string) int {
	for _, name := range names {
		if i := slices.Index(row, name); i >= 0 {
			return i
		}
	}
	return -1
}

// cell returns a cell trimmed, "" when the row has none there or it is too long
// to be a name.
func cell(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	if s := strings.TrimSpace(row[i]); len(s) <= maxCell {
		return s
	}
	return ""
}

func tidyDesired(list []DesiredMembership) []DesiredMembership {
	return distinct(list, func(d *DesiredMembership) string { return keyOf(d.Group, d.GroupID, d.User, d.UserID) }, never)
}
