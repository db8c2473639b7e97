package redact

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// kind is what an original is.
type kind int

const (
	person kind = iota
	role
	groupNamed
	account
	address
	host
	bucket
	eventID
	requestID
	userID
	groupID
	membershipID
	store
	tenant
	credential
	otherID
	resource
)

var kinds = [...]string{"person", "role", "group-name", "account", "address", "host", "bucket", "event", "request", "user", "group",
	"membership", "store", "tenant", "credential", "id", "resource"}

func (k kind) String() string { return kinds[k] }

// space is a set of originals among which a string means one thing. Names and
// ids are kept apart: a group may be called like a person.
type space int

const (
	names space = iota
	groupNames
	accounts
	addresses
	hosts
	ids
)

func (k kind) space() space {
	switch k {
	case person, role:
		return names
	case groupNamed:
		return groupNames
	case account:
		return accounts
	case address:
		return addresses
	case host, bucket:
		return hosts
	}
	return ids
}

// entry is one original. Names that differ in upper and lower case only are
// entries of their own, since AWS keeps the spelling.
type entry struct {
	kind      kind
	original  string
	pseudonym string
}

// remark is a string in a place: logs repeat the same few.
type remark struct {
	class class
	text  string
}

type spaced struct {
	space space
	text  string
}

// book holds what was seen and, once sealed, what stands for it.
type book struct {
	mu      sync.Mutex // for what the key's owner asks afterwards
	options Options
	sealed  bool
	entries map[spaced]*entry
	order   []*entry

	owner  map[string]string // a folded name → the folded user name of the only person who bears it
	words  map[string]bool   // folded words that are no names in free text
	taken  map[string]bool   // every original, folded: no pseudonym may be one of them
	next   map[string]int    // the last number of a series
	dict   dictionary        // names and ids without a form of their own
	long   dictionary        // those with a form inside
	memo   map[remark]string
	naming naming
}

func newBook(o Options) *book {
	return &book{options: o, entries: map[spaced]*entry{}, owner: map[string]string{}, words: commonWords(),
		taken: map[string]bool{}, next: map[string]int{}, memo: map[remark]string{}}
}

// fold makes spellings comparable.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// note notes an original, or returns its pseudonym once the book is sealed.
func (b *book) note(k kind, s string) string {
	at := spaced{k.space(), s}
	e := b.entries[at]
	if e == nil {
		e = &entry{kind: k, original: s}
		b.entries[at] = e
		b.order = append(b.order, e)
		if b.sealed { // asked by the key's owner, after the fact
			b.name(e)
		}
	}
	if !b.sealed {
		return s
	}
	return e.pseudonym
}

// known returns the pseudonym of s in one of the spaces.
func (b *book) known(s string, in ...space) (string, bool) {
	for _, at := range in {
		if e := b.entries[spaced{at, s}]; e != nil {
			return e.pseudonym, true
		}
	}
	return "", false
}

// whole returns the pseudonym of a text that is an original as it stands.
func (b *book) whole(s string) (string, bool) {
	if blank(s) {
		return s, true
	}
	if p, ok := b.known(s, names, groupNames, ids, accounts, addresses, hosts); ok {
		return p, true
	}
	low := fold(s)
	for _, e := range b.order { // a name asked for in another spelling
		if sp := e.kind.space(); (sp == names || sp == groupNames) && fold(e.original) == low {
			return e.pseudonym, true
		}
	}
	return b.formed(otherID, s)
}

// belongs notes that a display name and an e-mail address are of the person with
// that user name. A name that several people bear is nobody's.
func (b *book) belongs(userName string, others ...string) {
	if blank(userName) {
		return
	}
	who := fold(userName)
	b.owner[who] = who
	for _, s := range others {
		name := fold(s)
		if blank(s) || name == who {
			continue
		}
		if of, seen := b.owner[name]; seen && of != who {
			if of != name {
				b.owner[name] = ""
			}
			continue
		}
		b.owner[name] = who
	}
}

// word notes what the parts of this case are called: event names, Regions,
// services. Nobody's name is looked for in them. Anything that has not the form
// of such a word is left out, so that evidence can't smuggle a name in.
func (b *book) word(texts ...string) {
	for _, s := range texts {
		switch {
		case regionForm.MatchString(s), serviceForm.MatchString(s):
			for _, w := range strings.FieldsFunc(s, notWord) {
				b.words[w] = true
			}
		case callForm.MatchString(s):
			b.words[fold(s)] = true
		}
	}
}

var (
	regionForm = regexp.MustCompile(`^[a-z]{2}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}$`)
	callForm   = regexp.MustCompile(`^[A-Z][a-z]+[A-Z][A-Za-z0-9]{1,60}$`) // CreateGroup, ValidationException
)

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// assign gives every original its pseudonym and closes the book.
func (b *book) assign() {
	for _, e := range b.order {
		b.taken[fold(e.original)] = true
	}
	b.naming = newNaming()
	b.sealed = true
	for _, e := range b.order {
		if !e.reserved() {
			b.name(e)
		}
	}
	b.dict, b.long = b.dictionaries()
	for _, e := range b.order { // their names may hold people's
		if e.reserved() {
			b.name(e)
		}
	}
	clear(b.memo)
}

func (b *book) name(e *entry) {
	switch e.kind.space() {
	case names:
		if e.reserved() {
			e.pseudonym = b.permissionSetOf(e.original)
			return
		}
		e.pseudonym = b.nameOf(e)
	case groupNames:
		e.pseudonym = b.groupNameOf(e.original)
	default:
		e.pseudonym = b.formOf(e)
	}
}

// number returns the first text of a series that is no original of this case.
func (b *book) number(series string, text func(n int) string) string {
	for {
		b.next[series]++
		if s := text(b.next[series]); !b.taken[fold(s)] {
			return s
		}
	}
}

// format returns a function for number from a format with one number in it.
func format(layout string) func(int) string {
	return func(n int) string { return fmt.Sprintf(layout, n) }
}

// blank reports whether a value says nothing and so stays: empty, masked by
// CloudTrail, or blanked by whoever passed the log on.
func blank(s string) bool { return awsid.Blanked(s) }
