package casefile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Builder gathers evidence into a case. Its methods may be called from several
// goroutines; Build is called once, at the end.
type Builder struct {
	catalogue *actor.Catalogue

	mu        sync.Mutex
	inputs    []Input
	events    []*held
	free      []held // room for the next
	snapshots []directory.Snapshot
	upstream  []upstream.State
	coverage  Coverage
	homes     []Home
	seals     []Seal
	losses    []Loss
	notes     []string
	records   int
	passed    Passed
}

// Passed is files that were read whole and held nothing of identities. They are
// counted and not listed, so that memory does not grow with their number.
type Passed struct {
	Files   int
	Bytes   int64 // as stored
	Records int
}

// NewBuilder returns an empty builder that names actors from catalogue.
func NewBuilder(catalogue *actor.Catalogue) *Builder {
	return &Builder{catalogue: catalogue}
}

// Input registers a source of evidence and returns its index, which goes with
// everything taken from it.
func (b *Builder) Input(in Input) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if in.Taken == nil {
		in.Taken = map[string]int{}
	}
	b.inputs = append(b.inputs, in)
	return len(b.inputs) - 1
}

// Recognised says what an input turned out to be.
func (b *Builder) Recognised(input int, kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inputs[input].Kind = kind
}

// Sealed notes the size and SHA-256 of an input once it has been read.
func (b *Builder) Sealed(input int, size int64, sha256Hex string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inputs[input].Size, b.inputs[input].SHA256 = size, sha256Hex
}

// Record decodes and keeps one identity record. raw must not change afterwards.
// It returns an error when raw is no record; the caller names the place.
func (b *Builder) Record(input int, raw []byte) error {
	rec, err := cloudtrail.Decode(raw)
	if err != nil || !cloudtrail.Concerns(rec.Source, rec.Name) {
		return err
	}
	key := keyOf(&rec)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hold(&rec, key, input)
	b.inputs[input].Taken["identityEvents"]++
	return nil
}

// held is an event before it has an actor and a place in the order. There may be
// millions, and an event is large: they are passed by reference and copied once,
// when everything has arrived.
type held struct {
	cloudtrail.Record
	key    string
	input  int
	copies int
}

// hold keeps an event; the caller has the lock.
func (b *Builder) hold(rec *cloudtrail.Record, key string, input int) {
	if len(b.free) == 0 {
		b.free = make([]held, chunk)
	}
	ev := &b.free[0]
	b.free = b.free[1:]
	ev.Record, ev.key, ev.input = *rec, key, input
	b.events = append(b.events, ev)
}

// chunk is how many events share one piece of memory, some 50 KB.
const chunk = 64

// keyOf returns what an event is known by: its id, or a hash when that is blanked.
func keyOf(rec *cloudtrail.Record) string {
	if rec.ID != "" {
		return rec.ID
	}
	sum := sha256.Sum256(rec.Raw)
	return "raw-" + hex.EncodeToString(sum[:8])
}

// Records counts CloudTrail records of any service that an input held.
func (b *Builder) Records(input, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records += n
	b.inputs[input].Taken["records"] += n
}

// Passed counts files that hold nothing of identities and need not be listed.
func (b *Builder) Passed(p Passed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passed.Files += p.Files
	b.passed.Bytes += p.Bytes
	b.records += p.Records
}

// Snapshot keeps a listing of an identity store.
func (b *Builder) Snapshot(s directory.Snapshot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snapshots = append(b.snapshots, s)
	in := &b.inputs[s.Input]
	in.Taken["users"] += len(s.Users)
	in.Taken["groups"] += len(s.Groups)
	in.Taken["memberships"] += len(s.Memberships)
	for _, i := range s.Instances {
		b.homes = append(b.homes, Home{Store: i.Store, Account: i.Owner, Region: s.Region, Because: "aws sso-admin list-instances names its owner", Owner: i.Owner != ""})
	}
	if s.Store != "" && s.Region != "" {
		b.homes = append(b.homes, Home{Store: s.Store, Region: s.Region, Because: "its users and groups were listed there"})
	}
	if s.Skipped > 0 {
		b.losses = append(b.losses, Loss{Path: in.Path, Reason: strings.Join(s.Problems, "; "), Lost: fmt.Sprintf("%d entries of the listing", s.Skipped)})
	}
	if s.Truncated {
		b.losses = append(b.losses, Loss{Path: in.Path, Reason: "the listing ends at a NextToken: it was cut off before its end", Lost: "the rest of the listing"})
	}
}

// Upstream keeps what an identity provider or a governance product shows; taken
// is the number of entries.
func (b *Builder) Upstream(input int, s upstream.State, taken int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.upstream = append(b.upstream, s)
	b.inputs[input].Taken["upstream"] += taken
	for _, problem := range s.Problems {
		b.losses = append(b.losses, Loss{Path: b.inputs[input].Path, Reason: problem})
	}
}

// Cover adds ground that was looked at.
func (b *Builder) Cover(covers ...Cover) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.coverage = append(b.coverage, covers...)
}

// Home adds where an identity store lives.
func (b *Builder) Home(h Home) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.homes = append(b.homes, h)
}

// Seal adds what signed digests say. Its proven spans become proven coverage.
func (b *Builder) Seal(s Seal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seals = append(b.seals, s)
	for _, proven := range s.Proven.Spans() {
		for _, source := range ManagementSources {
			b.coverage = append(b.coverage, Cover{Account: s.Account, Region: s.Region, Source: source, Span: proven, Channel: "log-files", Complete: Proven})
		}
	}
}

// Unreadable notes something that could not be read.
func (b *Builder) Unreadable(l Loss) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.losses = append(b.losses, l)
}

// Note adds a sentence about the evidence for the reader of the answer.
func (b *Builder) Note(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notes = append(b.notes, text)
}

// Build returns the case. Repeated events are merged: the same eventID, or the
// same sharedEventID when one action was logged in several accounts.
func (b *Builder) Build() *Case {
	b.mu.Lock()
	defer b.mu.Unlock()
	order := b.orderInputs()
	c := &Case{
		Inputs:     make([]Input, len(b.inputs)),
		Snapshots:  slices.Clone(b.snapshots),
		Coverage:   b.coverage.merge(),
		Integrity:  b.seals,
		Unreadable: slices.Clone(b.losses),
		Notes:      sortedUnique(b.notes),
		Upstream:   upstream.Merge(b.upstream...),
		Passed:     b.passed,
	}
	c.Statistics.Bytes = b.passed.Bytes
	for from, to := range order {
		c.Inputs[to] = b.inputs[from]
		c.Statistics.Bytes += max(0, b.inputs[from].Size)
	}
	for _, ev := range b.events {
		ev.input = order[ev.input]
	}
	for i := range c.Snapshots {
		c.Snapshots[i].Input = order[c.Snapshots[i].Input]
	}
	slices.SortFunc(c.Unreadable, func(x, y Loss) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Reason, y.Reason), cmp.Compare(x.Lost, y.Lost))
	})
	slices.SortStableFunc(c.Snapshots, func(x, y directory.Snapshot) int {
		return cmp.Or(x.Taken().Compare(y.Taken()), cmp.Compare(x.Input, y.Input))
	})
	slices.SortFunc(c.Integrity, func(x, y Seal) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Region, y.Region))
	})
	c.Events, c.Undated, c.Statistics.Duplicates = b.distinct()
	rhythm := actor.LearnRhythm(func(yield func(cloudtrail.Record) bool) {
		for i := range c.Events {
			if !yield(c.Events[i].Record) {
				return
			}
		}
	})
	for _, list := range [][]Event{c.Events, c.Undated} {
		sideBySide(len(list), func(from, to int) {
			identify := b.catalogue.Identifier(rhythm)
			for i := from; i < to; i++ {
				list[i].Actor = identify(&list[i].Record)
			}
		})
	}
	c.Homes = findHomes(b.homes, c)
	c.count(b.records)
	return c
}

// orderInputs returns for every input its place in the order of paths, so that
// the case does not depend on the order of arrival.
func (b *Builder) orderInputs() []int {
	by := make([]int, len(b.inputs))
	for i := range by {
		by[i] = i
	}
	slices.SortStableFunc(by, func(x, y int) int {
		return cmp.Or(cmp.Compare(b.inputs[x].Path, b.inputs[y].Path), cmp.Compare(b.inputs[x].SHA256, b.inputs[y].SHA256))
	})
	place := make([]int, len(by))
	for to, from := range by {
		place[from] = to
	}
	return place
}

func (c *Case) count(records int) {
	s := &c.Statistics
	s.Files = len(c.Inputs) + c.Passed.Files
	s.Records = records
	s.IdentityEvents = len(c.Events) + len(c.Undated)
	s.Undated = len(c.Undated)
	s.Snapshots = len(c.Snapshots)
	for i := range c.Events {
		if c.Events[i].ReadOnly {
			s.Reads++
		}
		if c.Events[i].Superseded {
			s.Superseded++
		}
	}
	if n := len(c.Events); n > 0 {
		s.First, s.Last = c.Events[0].Time, c.Events[n-1].Time
	}
}

// findHomes joins what is stated with what the records show: the ARN of a
// store names its account, and SCIM is logged where the instance lives
// (cloudtrail reference 2.2).
func findHomes(stated []Home, c *Case) []Home {
	homes := slices.Clone(stated)
	seenSCIM := map[Place]bool{}
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Identity.StoreOwner != "" {
			homes = append(homes, Home{Store: ev.Identity.Store, Account: ev.Identity.StoreOwner, Because: "the store's ARN in an event names the account", Owner: true})
		}
		if ev.Source == awsid.SourceSCIM && ev.Account != "" {
			if at := (Place{ev.Account, ev.Region}); !seenSCIM[at] {
				seenSCIM[at] = true
				homes = append(homes, Home{Account: ev.Account, Region: ev.Region, Because: "SCIM calls are logged there"})
			}
		}
	}
	slices.SortFunc(homes, func(x, y Home) int {
		return cmp.Or(cmp.Compare(x.Store, y.Store), cmp.Compare(x.Account, y.Account), cmp.Compare(x.Region, y.Region), cmp.Compare(x.Because, y.Because))
	})
	return slices.Compact(homes)
}

func sortedUnique(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// Window returns the span from the first to the last moment that any of the
// sources was looked at, and false when none was.
func (c *Case) Window(sources ...string) (span.Span, bool) {
	var all span.Set
	for _, source := range sources {
		all = all.Union(c.Coverage.Of(source, Place{}, Unknown))
	}
	return all.Bounds()
}

// Describe returns the input's path for a message.
func (c *Case) Describe(input int) string {
	if input < 0 || input >= len(c.Inputs) {
		return fmt.Sprintf("input %d", input)
	}
	return c.Inputs[input].Path
}

// AsOf returns the latest time that the evidence speaks of: the end of the
// coverage, the last event or the last snapshot, whichever is latest. It is the
// "now" of a reproducible answer.
func (c *Case) AsOf() time.Time {
	latest := c.Statistics.Last
	for _, cover := range c.Coverage {
		if cover.Span.To.After(latest) {
			latest = cover.Span.To
		}
	}
	for i := range c.Snapshots {
		if s := &c.Snapshots[i]; s.Clock != directory.ClockFile && s.Taken().After(latest) {
			latest = s.Taken() // a file's own time changes with every copy
		}
	}
	return latest
}
