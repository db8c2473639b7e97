package repair_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/repair"
)

// store is an identity store in memory, as a target. trouble decides what happens
// to the n-th call; the zero trouble is none.
type store struct {
	mu      sync.Mutex
	most    int
	members map[string]map[string]bool
	unknown map[string]bool // users that are gone
	calls   int             // changing ones
	done    map[string]int  // how often each change was made: "add group user"
	trouble func(n int) trouble
	die     func() // closes the journal: a dead process writes nothing more
}

type trouble string

const (
	throttled trouble = "throttled"       // nothing was done
	lost      trouble = "answer lost"     // done, and nobody knows
	failed    trouble = "failed"          // not done, and nobody knows
	cutOff    trouble = "cut off"         // done, and the context ended before the answer
	killed    trouble = "killed"          // the process ends before the call
	killedOff trouble = "killed too late" // it ends after the call
)

var errKilled = errors.New("killed")

func (s *store) Most() int { return s.most }

func (s *store) Members(_ context.Context, group string) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[group] == nil {
		return nil, &live.Problem{Kind: live.Missing, Doing: "listing", Reason: "gone"}
	}
	out := map[string]string{}
	for u := range s.members[group] {
		out[u] = "m-" + u
	}
	return out, nil
}

func (s *store) Add(_ context.Context, group string, users []string) error {
	return s.change("add", group, users, func(u string) { s.members[group][u] = true })
}

func (s *store) Remove(_ context.Context, group string, members map[string]string) error {
	var users []string
	for u := range maps.Keys(members) {
		users = append(users, u)
	}
	return s.change("remove", group, users, func(u string) { delete(s.members[group], u) })
}

func (s *store) change(op, group string, users []string, do func(string)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	t := trouble("")
	if s.trouble != nil {
		t = s.trouble(s.calls)
	}
	switch t {
	case throttled:
		return &live.Problem{Kind: live.Throttled, Doing: "changing", Reason: "slow down"}
	case failed:
		return &live.Problem{Kind: live.Uncertain, Doing: "changing", Reason: "no answer"}
	case killed:
		s.die()
		return errKilled
	}
	for _, u := range users {
		if s.unknown[u] {
			return &live.Problem{Kind: live.Missing, Doing: "changing", Reason: "there is no such user in AWS any more"}
		}
	}
	for _, u := range users {
		do(u)
		if s.done == nil {
			s.done = map[string]int{}
		}
		s.done[op+" "+group+" "+u]++
	}
	switch t {
	case cutOff:
		return context.Canceled
	case lost:
		return &live.Problem{Kind: live.Uncertain, Doing: "changing", Reason: "no answer"}
	case killedOff:
		s.die()
		return errKilled
	}
	return nil
}

// id is the id of the n-th user ('0') or group ('9').
func id(kind byte, n int) string { return fmt.Sprintf("%c0000000-0000-4000-8000-%012d", kind, n) }

func user(n int) string  { return id('1', n) }
func group(n int) string { return id('9', n) }

// name is the user name of the n-th user.
func name(n int) string { return fmt.Sprintf("user-%d@example.com", n) }

// snapshot lists users and groups in whole, with who is in each group.
func snapshot(users int, members map[string][]int) directory.Snapshot {
	s := directory.Snapshot{Store: "d-9a67000001", Region: "us-east-2", AllUsers: true, AllGroups: true, NotBefore: now, NotAfter: now, Clock: directory.ClockManifest}
	for n := range users {
		s.Users = append(s.Users, directory.User{ID: user(n), UserName: name(n), Email: fmt.Sprintf("mail-%d@example.com", n)})
	}
	n := 0
	for _, g := range sorted(members) {
		s.Groups = append(s.Groups, directory.Group{ID: group(n), Name: g})
		s.MembersOf = append(s.MembersOf, group(n))
		for _, u := range members[g] {
			s.Memberships = append(s.Memberships, directory.Membership{ID: fmt.Sprintf("m-%d-%d", n, u), Group: group(n), User: user(u)})
		}
		n++
	}
	return s
}

func wanted(g string, names ...string) repair.Wanted {
	w := repair.Wanted{Name: g, From: "the test"}
	for _, n := range names {
		w.People = append(w.People, repair.Person{Name: n})
	}
	return w
}
