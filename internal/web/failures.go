package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// failure is all calls that failed with one meaning.
type failure struct {
	id          string // stable and plain: the entry of the catalogue, or "other-" and a hash of the code
	meaning     string
	code        string
	cause       string
	fix         []string
	docs        string
	attributes  []string
	known       bool // the catalogue explains it
	count       int
	writes      int // of them; the rest only read
	first, last time.Time
	message     string // of the latest
	lastKey     string
	groups      map[int32]int
	users       map[int32]int
	callers     map[int32]int
	open        bool // the last write of a caller to somebody whom it hit failed so
}

// maxAffected bounds who is counted by name for one meaning.
const maxAffected = 20000

// findFailures groups the failed calls by what their errors mean.
func (v *View) findFailures() []*failure {
	type message struct{ code, text string }
	by := map[string]*failure{}
	seen := map[message]*failure{} // errors repeat: each text is explained once
	numbers := map[*failure]int32{}
	var list []*failure
	for i := range v.lines {
		x := &v.lines[i]
		if x.is&failed == 0 || x.is&superseded != 0 {
			continue
		}
		ev := v.event(int32(i))
		key := message{ev.ErrorCode, withoutIDs(ev.ErrorMessage)}
		f := seen[key]
		if f == nil {
			f = explain(ev, by)
			if numbers[f] == 0 {
				list = append(list, f)
				numbers[f] = int32(len(list))
			}
			if len(seen) < 1<<16 {
				seen[key] = f
			}
		}
		x.failure = numbers[f]
		f.note(x, ev)
	}
	v.settle(list)
	// Lines hold places in the list, so it is sorted as a copy.
	order := slices.Clone(list)
	slices.SortFunc(order, func(a, b *failure) int {
		return cmp.Or(b.last.Compare(a.last), cmp.Compare(b.count, a.count), cmp.Compare(a.id, b.id))
	})
	place := map[*failure]int32{}
	for i, f := range order {
		place[f] = int32(i + 1)
	}
	for i := range v.lines {
		if n := v.lines[i].failure; n > 0 {
			v.lines[i].failure = place[list[n-1]]
		}
	}
	return order
}

func explain(ev *casefile.Event, by map[string]*failure) *failure {
	x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
	sum := sha256.Sum256([]byte(ev.ErrorCode))
	made := failure{id: "other-" + hex.EncodeToString(sum[:4]), code: ev.ErrorCode, meaning: "The catalogue does not know this error.", groups: map[int32]int{}, users: map[int32]int{}, callers: map[int32]int{}}
	if ok {
		made.id, made.known, made.code = x.Entry.ID, true, cmp.Or(x.Entry.Code, ev.ErrorCode)
		made.meaning, made.cause, made.fix, made.docs = x.Meaning(), x.Entry.Cause, x.Entry.Fix, x.Entry.Docs
		if x.Attribute != "" {
			made.attributes = []string{x.Attribute}
			made.id += ":" + x.Attribute // which attribute failed is another thing to mend
		}
	}
	if by[made.id] == nil {
		by[made.id] = &made
	}
	return by[made.id]
}

func (f *failure) note(x *line, ev *casefile.Event) {
	f.count++
	if x.is&reads == 0 {
		f.writes++
	}
	if !ev.Time.IsZero() {
		if f.first.IsZero() || ev.Time.Before(f.first) {
			f.first = ev.Time
		}
		if !ev.Time.Before(f.last) {
			f.last, f.lastKey, f.message = ev.Time, ev.Key, ev.ErrorMessage
		}
	} else if f.lastKey == "" {
		f.lastKey, f.message = ev.Key, ev.ErrorMessage
	}
	for _, c := range []struct {
		of map[int32]int
		n  int32
	}{{f.groups, x.group}, {f.users, x.user}, {f.callers, x.actor}} {
		if c.n > 0 && (len(c.of) < maxAffected || c.of[c.n] > 0) {
			c.of[c.n]++
		}
	}
}

// idForm is the ids of users, groups and requests that messages name. They tell
// whom an error hit, never what it means.
var idForm = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// withoutIDs makes messages alike that differ in ids alone, so that each is
// explained once: to explain one takes half a millisecond.
func withoutIDs(message string) string {
	if strings.Count(message, "-") < 4 {
		return message
	}
	return idForm.ReplaceAllString(message, "ID")
}

// settle marks which failures stand: the last of them is not followed by a
// success of the same caller on the same group or user.
func (v *View) settle(list []*failure) {
	type about struct{ actor, group, user int32 }
	open := map[about]*failure{}
	for i := range v.lines {
		x := &v.lines[i]
		if x.is&(reads|superseded) != 0 || x.at == undated || x.group+x.user == 0 {
			continue
		}
		key := about{x.actor, x.group, x.user}
		if x.failure > 0 {
			open[key] = list[x.failure-1]
		} else {
			delete(open, key)
		}
	}
	for _, f := range open {
		f.open = true
	}
}

// folded joins words for a search that does not ask for upper and lower case.
func folded(words ...string) string { return strings.ToLower(strings.Join(words, "\n")) }
