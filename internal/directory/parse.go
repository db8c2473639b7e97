package directory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// ErrUnrecognised is wrapped by the error of Parse for content that is no
// output of the Identity Store API.
var ErrUnrecognised = errors.New("not a listing of an identity store")

// The kinds that Parse recognises.
const (
	KindUsers       = "identity-store-users"           // list-users
	KindUser        = "identity-store-user"            // describe-user, get-user-id, single users
	KindGroups      = "identity-store-groups"          // list-groups
	KindGroup       = "identity-store-group"           // describe-group, get-group-id, single groups
	KindMemberships = "identity-store-memberships"     // list-group-memberships, ...-for-member
	KindMembership  = "identity-store-membership"      // describe-group-membership, single memberships
	KindIsMember    = "identity-store-is-member"       // is-member-in-groups
	KindStores      = "identity-stores"                // list-identity-stores
	KindInstances   = "identity-center-instances"      // sso-admin list-instances, describe-instance
	KindAssignments = "identity-center-assignments"    // sso-admin list-account-assignments, ...-for-principal
	KindMixed       = "identity-store-several-outputs" // several of the above in one file
)

const (
	// patience is how many values at the beginning may be foreign before the
	// rest is left unread. A log of another service is not decoded to its end.
	patience = 16
	// maxProblems bounds Snapshot.Problems.
	maxProblems = 20
)

// Parse reads what the AWS CLI or an SDK printed: one output of the operations
// that the Kind constants name, several one after another (pages or a loop
// appended to one file, JSON lines), an array of them, or an array of bare
// users, groups, memberships or assignments as --query leaves it. It returns
// the snapshot, its kind, and an error that wraps ErrUnrecognised when nothing
// in it is any of these. Input of the snapshot is left to the caller.
//
// An entry that cannot be read is left out and counted in Skipped. When the
// text is damaged or cut short, what came before is returned, and no listing
// that the damage touches counts as whole.
//
// Times. NotBefore is the newest CreatedAt or UpdatedAt inside, and Clock is
// ClockContent; without any, Clock is ClockUnknown. NotAfter stays zero.
//
// Whole listings. A list is whole (AllUsers, AllGroups, MembersOf, GroupsOf)
// when its last page has no NextToken, no entry was skipped, and it has two
// entries at least. The reason for two: --filters of list-users and list-groups
// takes one exact UserName or DisplayName, which are unique in a store, so a
// filtered listing has one entry at most (cloudtrail reference 6.2, 6.3); and a
// lone membership can as well be the only group of a member as the only member
// of a group, so it is put into Alone. An empty list names nothing and says
// nothing by itself. A bare array came through --query, which may have filtered
// it, and is never whole. Two complete listings in one file that differ are of
// two moments; neither counts. What no content can show: a file that begins in
// the middle, as --starting-token makes it, looks whole.
func Parse(data []byte) (Snapshot, string, error) {
	p := parser{kinds: map[string]bool{}, stores: map[string]bool{}, problems: map[string]bool{}}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	err := p.stream(data)
	if len(p.kinds) == 0 {
		switch {
		case err != nil:
			return Snapshot{}, "", fmt.Errorf("%w: %w", ErrUnrecognised, err)
		case p.first != nil:
			return Snapshot{}, "", fmt.Errorf("%w: %w", ErrUnrecognised, p.first)
		}
		return Snapshot{}, "", ErrUnrecognised
	}
	if err != nil {
		p.problem(fmt.Sprintf("the text is damaged or cut short: %v", err))
		p.snapshot.Truncated = true
	}
	return p.finish(), p.kind(), nil
}

// parser gathers what the documents of one file say.
type parser struct {
	snapshot Snapshot
	kinds    map[string]bool
	stores   map[string]bool
	problems map[string]bool
	first    error // the first reason why something was left out
	newest   time.Time
	values   int

	users, groups pages[string]
	memberships   pages[pair]
}

// document is one output of the CLI: a list under its name, or one object.
type document struct {
	item
	Users              list[item]
	Groups             list[item]
	GroupMemberships   list[item]
	Results            list[item]
	Instances          list[item]
	AccountAssignments list[item]
	IdentityStores     list[item]
	Members            list[item] // of a group at an identity provider, beside its groupId: no output of AWS has it
	NextToken          text
}

// stream reads the values of data one after another. It returns an error of
// syntax; what came before it is kept.
func (p *parser) stream(data []byte) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), decoding)
	inArray := false
	for !p.foreign() {
		switch dec.PeekKind() {
		case '{':
			start := dec.InputOffset()
			var d document
			err := json.UnmarshalDecode(dec, &d, decoding)
			p.document(&d, err != nil, func() []byte { return data[start:dec.InputOffset()] })
			if err != nil {
				return syntax(err)
			}
		case '[':
			if inArray {
				p.values++
				p.skip(errForeign)
				if err := dec.SkipValue(); err != nil {
					return syntax(err)
				}
				continue
			}
			inArray = true
			if _, err := dec.ReadToken(); err != nil {
				return syntax(err)
			}
		case ']':
			inArray = false
			if _, err := dec.ReadToken(); err != nil {
				return syntax(err)
			}
		default:
			if _, err := dec.ReadToken(); err == io.EOF {
				return nil
			} else if err != nil {
				return syntax(err)
			}
			p.values++
			p.skip(errForeign)
		}
	}
	return nil
}

// foreign reports whether enough was seen to say that this is something else.
func (p *parser) foreign() bool { return len(p.kinds) == 0 && p.values >= patience }

// syntax makes an error of the decoder fit for a reader: it quotes what it
// found, which may be long.
func syntax(err error) error {
	if bad, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("JSON breaks at byte %d: %w", bad.ByteOffset, bad.Err)
	}
	return err
}

// document takes one JSON object; cut says that its end is missing, raw returns
// its text.
func (p *parser) document(d *document, cut bool, raw func() []byte) {
	p.values++
	more := d.NextToken.string != "" || d.NextToken.bad || cut
	lists := []struct {
		list *list[item]
		take func(*list[item], bool)
	}{
		{&d.Users, p.takeUsers},
		{&d.Groups, p.takeGroups},
		{&d.GroupMemberships, p.takeMemberships},
		{&d.Results, p.takeAnswers},
		{&d.Instances, p.takeInstances},
		{&d.AccountAssignments, p.takeAssignments},
		{&d.IdentityStores, p.takeStores},
	}
	seen, entries := false, 0
	for _, l := range lists {
		seen = seen || l.list.seen
		entries += len(l.list.items) + l.list.strays
	}
	if !seen && d.Members.seen {
		p.skip(errForeign)
		return
	}
	if !seen {
		p.single(&d.item)
		return
	}
	if entries == 0 && !onlyListNames(raw()) {
		p.skip(errForeign)
		return
	}
	p.noteStore(&d.item)
	for _, l := range lists {
		if l.list.seen {
			for range l.list.strays {
				p.skip(errForeign)
			}
			l.take(l.list, more)
		}
	}
}

// onlyListNames reports whether an object has no names but those of an empty
// listing; {"groups": [], "colour": "red"} is somebody else's.
func onlyListNames(raw []byte) bool {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members, decoding); err != nil {
		return false
	}
	for name := range members {
		switch strings.ToLower(name) {
		case "users", "groups", "groupmemberships", "instances", "accountassignments", "identitystores",
			"nexttoken", "responsemetadata", "identitystoreid":
		default:
			return false
		}
	}
	return true
}

// single takes an object that is no list: the output of a describe or get
// operation, or one element of a bare array.
func (p *parser) single(it *item) {
	var err error
	switch {
	case it.MembershipExists.known:
		err = p.takeAnswer(it)
	case it.PermissionSetArn.string != "":
		_, err = p.takeAssignment(it)
	case strings.HasPrefix(it.InstanceArn.string, "arn:"):
		err = p.takeInstance(it, KindInstances)
	case it.IdentityStoreArn.string != "":
		err = p.takeInstance(it, KindStores)
	case it.MembershipId.string != "" && it.GroupId.string == "" && it.MemberId.string == "":
		err = errOnlyMembership
	case it.MembershipId.string != "" || it.MemberId.string != "":
		_, err = p.takeMembership(it, KindMembership)
	case it.UserId.string != "":
		_, err = p.takeUser(it, KindUser)
	case it.GroupId.string != "":
		_, err = p.takeGroup(it, KindGroup)
	default:
		err = errForeign
	}
	if err != nil {
		p.skip(err)
	}
}

// skip counts an entry that is left out.
func (p *parser) skip(err error) {
	p.snapshot.Skipped++
	if p.first == nil {
		p.first = err
	}
	p.problem(err.Error())
}

func (p *parser) problem(text string) {
	if len(p.problems) < maxProblems {
		p.problems[text] = true
	}
}

func (p *parser) kind() string {
	kinds := slices.Collect(maps.Keys(p.kinds))
	if len(kinds) == 1 {
		return kinds[0]
	}
	return KindMixed
}

// finish puts the snapshot in order and says what of it is whole.
func (p *parser) finish() Snapshot {
	p.users.close()
	p.groups.close()
	p.memberships.close()
	s := p.snapshot
	s.tidy()
	s.Truncated = s.Truncated || p.users.broken || p.groups.broken || p.memberships.broken
	if len(p.stores) == 0 {
		for _, id := range s.ids() {
			if store := awsid.StoreOf(id); store != "" {
				p.stores[store] = true
			}
		}
	}
	if len(p.stores) == 1 {
		s.Store = slices.Collect(maps.Keys(p.stores))[0]
	}
	if len(s.Instances) == 1 && s.Instances[0].Store == s.Store {
		s.Account = s.Instances[0].Owner
	}
	if len(p.stores) > 1 {
		p.problem("listings of several identity stores in one file: none of users or groups counts as whole")
	} else {
		s.AllUsers = p.users.whole(slices.Values(userIDs(s.Users)))
		s.AllGroups = p.groups.whole(slices.Values(groupIDs(s.Groups)))
	}
	s.MembersOf, s.GroupsOf, s.Alone = wholeMemberships(&p.memberships, s.Memberships)
	s.Clock = ClockUnknown
	if !p.newest.IsZero() {
		s.NotBefore, s.Clock = p.newest, ClockContent
	}
	s.Problems = slices.Sorted(maps.Keys(p.problems))
	return s
}
