package upstream

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// GroupsNamed returns the Okta groups of a name. Two of one name but of
// different types are usual (reference 3.2). Names are compared exactly; only
// when none fits, without regard to case.
func (s State) GroupsNamed(name string) []OktaGroup {
	pick := func(same func(string) bool) (out []OktaGroup) {
		for _, g := range s.Okta.Groups {
			if same(g.Profile.Name) {
				out = append(out, g)
			}
		}
		return out
	}
	if exact := pick(func(n string) bool { return n == name }); len(exact) > 0 {
		return exact
	}
	return pick(func(n string) bool { return strings.EqualFold(n, name) })
}

// pushPrefixes begin the types of all events about bringing a group or its
// memberships downstream (reference 5.3).
var pushPrefixes = []string{
	"application.provision.group.",
	"application.provision.group_push.",
	"application.provision.group_membership.",
	"app.user_management.grouppush.",
}

// PushEvents returns, by time, what the System Log says of pushing the group of
// this name to any app: successes and failures. A target names the group by its
// display name or by the id of the group or of its push mapping, wherever it
// stands in the list. A failure without any group among its targets counts when
// its reason or message contains the name, since Okta often names it only there
// (reference 5.4).
func (s State) PushEvents(groupName string) []OktaEvent {
	if groupName == "" {
		return nil
	}
	ids := map[string]bool{}
	for _, g := range s.GroupsNamed(groupName) {
		ids[g.ID] = true
	}
	for _, m := range s.Okta.Mappings {
		if ids[m.SourceGroupID] || ids[m.TargetGroupID] {
			ids[m.ID], ids[m.SourceGroupID], ids[m.TargetGroupID] = true, true, true
		}
	}
	delete(ids, "")
	var out []OktaEvent
	for i := range s.Okta.Events {
		e := &s.Okta.Events[i]
		if slices.ContainsFunc(pushPrefixes, func(p string) bool { return strings.HasPrefix(e.EventType, p) }) && e.concerns(groupName, ids) {
			out = append(out, *e)
		}
	}
	return out
}

func (e *OktaEvent) concerns(name string, ids map[string]bool) bool {
	groups := false
	for i := range e.Targets {
		t := &e.Targets[i]
		if ids[t.ID] {
			return true
		}
		if t.group() {
			groups = true
			if strings.EqualFold(t.DisplayName, name) || strings.EqualFold(t.AlternateID, name) {
				return true
			}
		}
	}
	return !groups && e.Failed() && (mentions(e.Outcome.Reason, name) || mentions(e.DisplayMessage, name))
}

// mentions reports whether text has name as a word of its own: "Admins" is not
// in "AWS-Admins-EU".
func mentions(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	if name == "" {
		return false
	}
	part := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' }
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(name):])
		if !part(before) && !part(after) {
			return true
		}
		from = i + len(name)
	}
}

// AWSUsers returns the ids of AWS users that Okta remembers for a person, who is
// named by login, e-mail address or Okta id (okta-sailpoint reference 3.7).
func (s State) AWSUsers(person string) []string {
	var ids []string
	is := func(name string) bool { return name != "" && strings.EqualFold(name, person) }
	for _, a := range s.Okta.AppUsers {
		mine := is(a.ID) || is(a.Credentials.UserName) || slices.ContainsFunc(s.Okta.Users, func(u OktaUser) bool {
			return u.ID == a.ID && (is(u.Profile.Login) || is(u.Profile.Email))
		})
		if id := strings.ToLower(a.ExternalID); mine && id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
