package story

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// event is one call that happened.
type event struct {
	line
	time    time.Time
	actor   *performer
	call    string
	group   *thing
	user    *thing
	members []*thing // of a SCIM write, which the record hides
	ops     []string // of a PatchGroup, one for each operation
	opUsers [][]*thing
	other   string // event source of another service, account of an assignment
	active  bool
	failure cloudtrail.Failure
	account string
	region  string
	label   string
	updates string
	late    time.Duration
	copied  string
	arns    bool
	hidden  bool
	untimed bool
	id      string
}

// repeat bounds what one line may become, so that a slip or a fuzzer does not
// fill the memory.
const repeat = 5000

func (s *Story) readEvent(l line) error {
	r := &reader{line: l}
	if !r.take("every") {
		at, err := r.time("the time")
		if err != nil {
			return err
		}
		return s.addEvent(r, at)
	}
	text, err := r.next("the interval")
	if err != nil {
		return err
	}
	step, err := time.ParseDuration(text)
	if err != nil || step < time.Second {
		return l.errorf("%q is not an interval such as 6h", text)
	}
	if !r.take("from") {
		return l.errorf("an interval is followed by from TIME to TIME")
	}
	from, err := r.time("the first time")
	if err != nil {
		return err
	}
	if !r.take("to") {
		return l.errorf("an interval is followed by from TIME to TIME")
	}
	to, err := r.time("the last time")
	if err != nil {
		return err
	}
	weekdays := r.take("weekdays")
	if to.Sub(from)/step > repeat {
		return l.errorf("this repeats more than %d times", repeat)
	}
	for at := from; !at.After(to); at = at.Add(step) {
		if day := at.Weekday(); weekdays && (day == time.Saturday || day == time.Sunday) {
			continue
		}
		again := *r
		if err := s.addEvent(&again, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) addEvent(r *reader, at time.Time) error {
	name, err := r.next("the actor")
	if err != nil {
		return err
	}
	actor := s.cast.actors[name]
	if actor == nil {
		return r.errorf("%q is not in the cast", name)
	}
	e := &event{line: r.line, time: at, actor: actor, active: true, account: actor.account, region: s.cast.region}
	if actor.kind == "idp" {
		e.account = s.cast.account
	}
	if e.call, err = r.next("the call"); err != nil {
		return err
	}
	if overSCIM := actor.kind == "idp"; overSCIM && !scimCalls[e.call] && e.call != "other" {
		return r.errorf("%q is no call of the SCIM endpoint, and %s makes no others", e.call, name)
	} else if !overSCIM && onlySCIM[e.call] {
		return r.errorf("%q is a SCIM call, and %s is no idp", e.call, name)
	}
	if err := s.readArguments(r, e); err != nil {
		return err
	}
	if err := e.readEnd(r); err != nil {
		return err
	}
	if len(s.events) >= 10*repeat {
		return r.errorf("the story has more than %d events", 10*repeat)
	}
	s.events = append(s.events, e)
	return nil
}

// scimCalls are all operations that the SCIM endpoint logs (cloudtrail reference
// 2.5); onlySCIM those that no other source has.
var (
	scimCalls = map[string]bool{
		"CreateGroup": true, "CreateUser": true, "DeleteGroup": true, "DeleteUser": true, "GetGroup": true, "GetSchema": true, "GetUser": true,
		"ListGroups": true, "ListResourceTypes": true, "ListSchemas": true, "ListUsers": true, "PatchGroup": true, "PatchUser": true, "PutUser": true,
		"ServiceProviderConfig": true,
	}
	onlySCIM = map[string]bool{"PatchGroup": true, "PatchUser": true, "PutUser": true, "ServiceProviderConfig": true}
)

// needs says which arguments a call takes: g a group, u a user.
var needs = map[string]string{
	"CreateGroup": "g", "DeleteGroup": "g", "UpdateGroup": "g", "PatchGroup": "g", "GetGroup": "g", "DescribeGroup": "g",
	"ListGroupMemberships": "g", "CreateUser": "u", "PutUser": "u", "PatchUser": "u", "DeleteUser": "u", "GetUser": "u",
	"UpdateUser": "u", "DescribeUser": "u", "EnableUser": "u", "DisableUser": "u", "ListGroupMembershipsForMember": "u",
	"CreateGroupMembership": "gu", "DeleteGroupMembership": "gu", "AddMemberToGroup": "gu", "RemoveMemberFromGroup": "gu", "IsMemberInGroups": "gu",
	"CreateAccountAssignment": "ga", "DeleteAccountAssignment": "ga", "other": "o",
}

func (s *Story) readArguments(r *reader, e *event) error {
	for _, need := range needs[e.call] {
		var err error
		switch need {
		case 'g':
			e.group, err = s.cast.named(r, "group")
		case 'u':
			e.user, err = s.cast.named(r, "user")
		case 'a':
			if e.other, err = r.next("the account"); err == nil && !awsid.IsAccount(e.other) {
				err = r.errorf("%q is not an account id", e.other)
			}
		case 'o':
			if e.other, err = r.next("the service"); err == nil {
				e.call, err = r.next("the call")
			}
		}
		if err != nil {
			return err
		}
	}
	switch {
	case e.other != "":
	case e.call == "PatchGroup":
		return s.readPatch(r, e)
	case e.call == "CreateGroup" && e.actor.kind == "idp":
		e.members = s.cast.usersNext(r)
	case e.call == "PatchUser" && r.take("inactive"):
		e.active = false
	case e.call == "PatchUser":
		r.take("active")
	}
	return nil
}

func (c *cast) named(r *reader, kind string) (*thing, error) {
	alias, err := r.next("the " + kind)
	if err != nil {
		return nil, err
	}
	list := c.groups
	if kind == "user" {
		list = c.users
	}
	if t := find(list, alias); t != nil {
		return t, nil
	}
	return nil, r.errorf("there is no %s %q in the cast", kind, alias)
}

// usersNext reads as many users as follow.
func (c *cast) usersNext(r *reader) []*thing {
	var out []*thing
	for r.more() {
		if crowd := c.crowd(r.peek()); crowd != nil {
			out = append(out, crowd...)
		} else if t := find(c.users, r.peek()); t != nil {
			out = append(out, t)
		} else {
			break
		}
		r.at++
	}
	return out
}

var patchOps = map[string]cloudtrail.SCIMOperation{
	"add":             {Op: "ADD", Path: "members"},
	"remove":          {Op: "REMOVE", Path: "members"},
	"remove-path":     {Op: "REMOVE", Path: "members", NoValue: true},
	"remove-pathless": {Op: "REMOVE"},
	"replace":         {Op: "REPLACE", Path: "members"},
	"rename":          {Op: "REPLACE"},
	"external-id":     {Op: "REPLACE", Path: "externalId"},
}

func (s *Story) readPatch(r *reader, e *event) error {
	for {
		op, err := r.next("the operation")
		if err != nil {
			return err
		}
		if _, known := patchOps[op]; !known {
			return r.errorf("%q is no operation: want add, remove, remove-path, remove-pathless, replace, rename or external-id", op)
		}
		users := s.cast.usersNext(r)
		if op == "remove-path" && len(users) == 0 {
			return r.errorf("remove-path needs a user")
		}
		e.ops, e.opUsers = append(e.ops, op), append(e.opUsers, users)
		if op == "add" || op == "replace" {
			e.members = append(e.members, users...)
		}
		if !r.take("+") {
			return nil
		}
	}
}

func (e *event) readEnd(r *reader) error {
	if r.take("fails") {
		code, err := r.next("the error code")
		if err != nil {
			return err
		}
		e.failure.Code = code
		if r.more() && r.words[r.at].quoted {
			e.failure.Message, _ = r.next("the message")
		}
	}
	var late string
	err := r.options(
		map[string]*string{"account": &e.account, "region": &e.region, "label": &e.label, "updates": &e.updates, "late": &late, "copied": &e.copied},
		map[string]*bool{"arns": &e.arns, "hidden": &e.hidden, "untimed": &e.untimed})
	if err != nil {
		return err
	}
	if late != "" {
		if e.late, err = time.ParseDuration(late); err != nil || e.late < 0 || e.late > 1000*time.Hour {
			return r.errorf("%q is not a delay such as 26h", late)
		}
	}
	for _, account := range []string{e.account, e.copied} {
		if account != "" && !awsid.IsAccount(account) {
			return r.errorf("%q is not an account id", account)
		}
	}
	return nil
}

// settle orders the events and numbers them.
func (s *Story) settle() error {
	slices.SortStableFunc(s.events, func(a, b *event) int { return a.time.Compare(b.time) })
	labels := map[string]*event{}
	seen := map[string]int{}
	for _, e := range s.events {
		key := e.key()
		e.id = eventID("event", key, strconv.Itoa(seen[key]))
		seen[key]++
		if e.label != "" {
			labels[e.label] = e
		}
	}
	for _, e := range s.events {
		if e.updates != "" && labels[e.updates] == nil {
			return e.errorf("no event has the label %q", e.updates)
		}
	}
	s.labels = labels
	return nil
}

// key is what makes an event this one, for its id: adding an event elsewhere
// changes no id.
func (e *event) key() string {
	return strings.Join([]string{e.time.Format(time.RFC3339), e.actor.alias, e.call, e.other, aliasOf(e.group), aliasOf(e.user),
		strings.Join(e.ops, " "), e.failure.Code, e.updates, e.account, e.region}, "\x00")
}

func aliasOf(t *thing) string {
	if t == nil {
		return ""
	}
	return t.alias
}

// membership is the id of the membership of a user in a group at a time: each
// time the user was added is a new one.
func (s *Story) membership(group, user *thing, at time.Time) string {
	n := 0
	for _, e := range s.events {
		if e.time.After(at) || e.failure != (cloudtrail.Failure{}) || e.updates != "" || e.group != group {
			continue
		}
		switch {
		case (e.call == "CreateGroupMembership" || e.call == "AddMemberToGroup") && e.user == user,
			e.actor.kind == "idp" && slices.Contains(e.members, user):
			n++
		}
	}
	return resourceID("membership", s.cast.store, group.alias, user.alias, strconv.Itoa(n))
}

// logged is a record as it stands in a log, with what decides where it lies.
type logged struct {
	account, region, source, name string
	time, delivered               time.Time
	raw                           []byte
}

// records are all records of the story, by time.
func (s *Story) records() []logged {
	var out []logged
	for _, e := range s.events {
		d := s.draft(e)
		delivered := deliveredAt(e.time.Add(e.late))
		add := func(d cloudtrail.Draft) {
			raw := d.Record()
			if e.untimed {
				raw = blankTime(raw, d.Time)
			}
			out = append(out, logged{d.Account, d.Region, d.Action.Source, d.Action.Name, e.time, delivered, raw})
		}
		if e.copied != "" {
			d.SharedID = eventID("shared", d.ID)
		}
		add(d)
		if e.copied != "" {
			d.Account, d.ID = e.copied, eventID("copy", d.ID)
			add(d)
		}
	}
	slices.SortStableFunc(out, func(a, b logged) int {
		return cmp.Or(a.time.Compare(b.time), cmp.Compare(string(a.raw), string(b.raw)))
	})
	return out
}

// deliveredAt is when CloudTrail delivers an event, every five minutes.
func deliveredAt(event time.Time) time.Time {
	return event.Truncate(5 * time.Minute).Add(10 * time.Minute)
}

func blankTime(raw []byte, at time.Time) []byte {
	return []byte(strings.Replace(string(raw), `"eventTime":"`+at.UTC().Format("2006-01-02T15:04:05Z")+`"`, `"eventTime":"xxxx"`, 1))
}
