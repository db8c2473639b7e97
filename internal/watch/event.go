package watch

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// Event is what the rules need of a record, small enough that a million of them
// fit into memory for the length of a replay.
type Event struct {
	At     int64  `json:"at"` // seconds since 1970
	Key    Key    `json:"key"`
	Weight uint32 `json:"weight,omitempty"` // of several copies the heaviest counts
	Tie    uint32 `json:"tie,omitempty"`    // and of equal ones the one with the higher hash

	Who  *Who     `json:"who"`
	What *What    `json:"what"`
	Fail *Failure `json:"fail,omitempty"` // nil when the call succeeded

	Group     string `json:"group,omitempty"`
	User      string `json:"user,omitempty"`
	GroupName string `json:"groupName,omitempty"`
	UserName  string `json:"userName,omitempty"`
	Member    Key    `json:"member,omitzero"` // the membership, of a call over the API
}

// Time returns when it happened.
func (e *Event) Time() time.Time { return time.Unix(e.At, 0).UTC() }

// Key names an event: its eventID, or the sharedEventID of an action that was
// logged in several accounts.
type Key [16]byte

// KeyOf packs an id; one that is no UUID is hashed.
func KeyOf(id string) (k Key) {
	if len(id) == 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' {
		var b [32]byte
		n := 0
		for i := range len(id) {
			if id[i] != '-' && n < 32 {
				b[n] = id[i]
				n++
			}
		}
		if _, err := hex.Decode(k[:], b[:]); err == nil && n == 32 {
			return k
		}
	}
	sum := sha256.Sum256([]byte(id))
	return Key(sum[:16])
}

// String writes the key as an eventID.
func (k Key) String() string {
	s := hex.EncodeToString(k[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// MarshalText writes the key as String does.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(text []byte) error { *k = KeyOf(string(text)); return nil }

// Who is who made a call and from where: the same for thousands of events.
type Who struct {
	Account    string `json:"account,omitempty"`
	Region     string `json:"region,omitempty"`
	Via        string `json:"via,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Label      string `json:"label,omitempty"`
	Family     string `json:"family,omitempty"`
	Credential string `json:"credential,omitempty"`
	Address    string `json:"address,omitempty"`

	place, tokenKey string // made once by a Reader: rules ask for them at each event
}

// Place is the account and Region that the call was logged in.
func (w *Who) Place() string {
	if w.place != "" {
		return w.place
	}
	return w.Account + "/" + w.Region
}

// token names the token that the call was made with, as far as one is known from another.
func (w *Who) token() string {
	if w.tokenKey != "" {
		return w.tokenKey
	}
	return w.Place() + "|" + cmp.Or(w.Credential, "token")
}

// What is what kind of call it was.
type What struct {
	Source  string            `json:"source"`
	Name    string            `json:"name"`
	Effect  cloudtrail.Effect `json:"effect,omitempty"`
	Reads   bool              `json:"reads,omitempty"`
	Adds    bool              `json:"adds,omitempty"`    // over SCIM: it may have added members
	Removes bool              `json:"removes,omitempty"` // over SCIM: it may have removed members
}

// Failure is why a call failed, by meaning.
type Failure struct {
	Meaning   string   `json:"meaning"`             // an entry of the error catalogue, or the error code
	Attribute string   `json:"attribute,omitempty"` // whose value was refused
	Says      string   `json:"says"`                // what it means, or AWS's words
	Throttled bool     `json:"throttled,omitempty"`
	Do        []string `json:"do,omitempty"` // how to mend it
}

func compareEvents(a, b *Event) int {
	for i := range a.Key {
		if a.At != b.At {
			return cmp.Compare(a.At, b.At)
		}
		if a.Key[i] != b.Key[i] {
			return cmp.Compare(a.Key[i], b.Key[i])
		}
	}
	return 0
}

// heavier reports whether of two copies of an event a is the one that counts.
func heavier(a, b *Event) bool {
	return cmp.Or(cmp.Compare(a.Weight, b.Weight), cmp.Compare(a.Tie, b.Tie)) > 0
}

// updated marks the weight of a record that replaces another (cloudtrail
// reference 1.6).
const updated = 1 << 31

var castagnoli = crc32.MakeTable(crc32.Castagnoli) // processors have an instruction for it

// Reader makes events of records. It may be used by several goroutines.
type Reader struct {
	catalogue *actor.Catalogue

	late  [64]atomic.Pointer[called] // who called lately, by a number that callers seldom share
	mu    sync.RWMutex
	whos  map[caller]*called
	seen  map[Who]*Who
	whats map[What]*What
	fails map[[2]string]*Failure
	texts map[string]string
}

// caller is all that an actor is judged by.
type caller struct {
	account, region, source, agent, address, kind string
	console                                       bool
	identity                                      cloudtrail.Identity
}

// called is a caller and who that is.
type called struct {
	by  caller
	who *Who
}

// slot is where a caller stands among those of late: it is to be quick, and needs to
// tell nobody from another.
func (c *caller) slot() int {
	n := len(c.agent)
	for _, s := range [...]string{c.address, c.identity.AccessKey, c.identity.Session, c.account} {
		if l := len(s); l > 0 {
			n = n*31 + int(s[l-1]) + l
		}
	}
	return n & 63
}

// NewReader returns a reader that names actors from catalogue.
func NewReader(catalogue *actor.Catalogue) *Reader {
	r := &Reader{catalogue: catalogue}
	r.forget()
	return r
}

// maxKnown bounds what a reader remembers; when it is full it starts afresh, so
// hostile evidence costs time and not memory.
const maxKnown = 200_000

func (r *Reader) forget() {
	for i := range r.late {
		r.late[i].Store(nil)
	}
	r.whos, r.seen, r.whats = map[caller]*called{}, map[Who]*Who{}, map[What]*What{}
	r.fails, r.texts = map[[2]string]*Failure{}, map[string]string{}
}

// Read reads a record. It returns nil when the rules have no use for it: it only
// reads and is none of SCIM, it has no time, or it is none of identities. The error is
// that of cloudtrail.Decode.
func (r *Reader) Read(raw []byte) (*Event, error) {
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		return nil, err
	}
	return r.Event(&rec), nil
}

// Event is Read for a record that has been decoded.
func (r *Reader) Event(rec *cloudtrail.Record) *Event {
	if rec.Time.IsZero() || !cloudtrail.Concerns(rec.Source, rec.Name) || rec.ReadOnly && rec.Source != awsid.SourceSCIM {
		return nil
	}
	id := cmp.Or(rec.SharedID, rec.ID)
	if id == "" {
		id = string(rec.Raw)
	}
	ev := &Event{At: rec.Time.Unix(), Weight: uint32(min(len(rec.Raw), updated-1)), Tie: crc32.Checksum(rec.Raw, castagnoli)}
	if rec.Addendum.Reason == "UPDATED_DATA" && rec.Addendum.OriginalEventID != "" {
		id = rec.Addendum.OriginalEventID
		ev.Weight |= updated
	}
	ev.Key = KeyOf(id)
	ev.Who = r.who(rec)
	ev.What = r.what(rec)
	if rec.Failed() {
		ev.Fail = r.fail(rec)
	}
	s := &rec.Subject
	if s.Membership != "" {
		ev.Member = KeyOf(s.Membership)
	}
	ev.Group, ev.User, ev.GroupName, ev.UserName = r.text(s.Group), r.text(s.User), r.text(s.GroupName), r.text(s.UserName)
	return ev
}

func (r *Reader) who(rec *cloudtrail.Record) *Who {
	key := caller{rec.Account, rec.Region, rec.Source, rec.UserAgent, rec.SourceIP, rec.Type, rec.FromConsole, rec.Identity}
	late := &r.late[key.slot()]
	if c := late.Load(); c != nil && c.by == key {
		return c.who
	}
	r.mu.RLock()
	c := r.whos[key]
	r.mu.RUnlock()
	if c != nil {
		late.Store(c)
		return c.who
	}
	a := r.catalogue.Identify(rec, nil)
	made := Who{
		Account: strings.Clone(rec.Account), Region: strings.Clone(rec.Region), Via: actor.Via(rec), Kind: a.Kind, Label: brief(a.Label(), 160),
		Family: brief(a.Family, 80), Credential: brief(a.Credential, 128), Address: brief(a.Address, 80),
	}
	made.place = made.Place()
	made.tokenKey = made.token()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.whos) > maxKnown {
		r.forget()
	}
	w := r.seen[made]
	if w == nil {
		w = &made
		r.seen[made] = w
	}
	key = key.own()
	r.whos[key] = &called{key, w}
	return w
}

// own returns the key in memory of its own, so that it does not keep a record alive.
func (c caller) own() caller {
	for _, s := range []*string{
		&c.account, &c.region, &c.source, &c.agent, &c.address, &c.kind, &c.identity.Type, &c.identity.PrincipalID, &c.identity.ARN, &c.identity.Account,
		&c.identity.AccessKey, &c.identity.UserName, &c.identity.InvokedBy, &c.identity.Role, &c.identity.Session, &c.identity.Source, &c.identity.OnBehalfOf,
		&c.identity.Store, &c.identity.StoreOwner, &c.identity.Credential, &c.identity.Provider,
	} {
		*s = strings.Clone(*s)
	}
	return c
}

func (r *Reader) what(rec *cloudtrail.Record) *What {
	made := What{Source: rec.Source, Name: rec.Name, Effect: rec.Effect, Reads: rec.ReadOnly, Adds: rec.MayAdd(), Removes: rec.MayRemove()}
	r.mu.RLock()
	w := r.whats[made]
	r.mu.RUnlock()
	if w != nil {
		return w
	}
	made.Source, made.Name, made.Effect = strings.Clone(made.Source), brief(made.Name, 128), cloudtrail.Effect(strings.Clone(string(made.Effect)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.whats) > maxKnown {
		r.forget()
	}
	r.whats[made] = &made
	return &made
}

func (r *Reader) fail(rec *cloudtrail.Record) *Failure {
	key := [2]string{rec.ErrorCode, rec.ErrorMessage}
	r.mu.RLock()
	f := r.fails[key]
	r.mu.RUnlock()
	if f != nil {
		return f
	}
	f = failureOf(rec.ErrorCode, rec.ErrorMessage)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.fails) > maxKnown/20 {
		clear(r.fails)
	}
	r.fails[[2]string{strings.Clone(key[0]), strings.Clone(key[1])}] = f
	return f
}

func failureOf(code, message string) *Failure {
	f := &Failure{Meaning: brief(cmp.Or(code, "no error code"), 80), Says: brief(strings.Trim(code+": "+message, ": "), 300)}
	if x, ok := scimerror.Explain(code, message); ok {
		f.Meaning, f.Attribute, f.Says = x.Entry.ID, brief(x.Attribute, 80), brief(x.Meaning(), 500)
		f.Do = x.Entry.Fix
	}
	lower := strings.ToLower(code)
	f.Throttled = strings.Contains(lower, "throttl") || strings.Contains(lower, "toomanyrequests") || strings.Contains(strings.ToLower(message), "rate exceeded")
	return f
}

func (r *Reader) text(s string) string {
	if s == "" {
		return ""
	}
	r.mu.RLock()
	known, ok := r.texts[s]
	r.mu.RUnlock()
	if ok {
		return known
	}
	short := brief(s, 256)
	if short != s { // cut, or mended: rare, and not worth its place
		return short
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.texts) > maxKnown {
		clear(r.texts)
	}
	r.texts[short] = short
	return short
}

// brief returns the beginning of s, at most n bytes and an ellipsis, in valid
// UTF-8 and in memory of its own where it is cut.
func brief(s string, n int) string {
	if len(s) <= n {
		return strings.ToValidUTF8(strings.Clone(s), "\uFFFD")
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
