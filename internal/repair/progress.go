package repair

import (
	"slices"
	"time"
)

// Entry is what a journal says of one person.
type Entry struct {
	Op          Op
	Group, Name string // id and name of the group
	Pushed      bool
	User        Person
	State       State
	Why         string // it was refused
	Time        time.Time
}

// State is how far a change came.
type State string

// The states. What has none of them was not begun.
const (
	Done    State = "done"
	Refused State = "refused"
	Open    State = "open" // begun, and nobody wrote down how it ended
)

type change struct {
	op          Op
	group, user string
}

// entries returns the last word on every change that was begun, by step.
func (j *Journal) entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	steps := make([]int, 0, len(j.intents))
	for n := range j.intents {
		steps = append(steps, n)
	}
	slices.Sort(steps)
	var out []Entry
	at := map[change]int{}
	for _, n := range steps {
		intent, result := j.intents[n], j.results[n]
		for _, u := range intent.Users {
			e := Entry{Op: intent.Op, Group: intent.Group, Name: intent.Name, Pushed: intent.Pushed, User: u, State: Open, Time: intent.Time}
			switch {
			case result == nil:
			case slices.Contains(result.Done, u.ID):
				e.State, e.Time = Done, result.Time
			case slices.Contains(result.Refused, u.ID):
				e.State, e.Why, e.Time = Refused, result.Why, result.Time
			default:
				e.State = "" // it was not done; a later step may do it
			}
			key := change{e.Op, e.Group, u.ID}
			if i, ok := at[key]; ok {
				out[i] = e
				continue
			}
			at[key] = len(out)
			out = append(out, e)
		}
	}
	return slices.DeleteFunc(out, func(e Entry) bool { return e.State == "" })
}

// Tally counts what a journal says was done.
type Tally struct {
	Added, Removed int
	Refused        []Entry
}

// Tally returns what was done so far.
func (j *Journal) Tally() Tally {
	var t Tally
	for _, e := range j.entries() {
		switch {
		case e.State == Refused:
			t.Refused = append(t.Refused, e)
		case e.State == Done && e.Op == Add:
			t.Added++
		case e.State == Done:
			t.Removed++
		}
	}
	return t
}
