package repair

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Store returns the identity store and the Region that the journal's plan was of.
func (j *Journal) Store() (store, region string) { return j.begun.Store, j.begun.Region }

// ErrOpenSteps is returned for a journal with steps of which nobody wrote down how
// they ended.
var ErrOpenSteps = errors.New("the journal was interrupted in the middle of a step: run its apply again first, which finds out how the step ended")

// Undo makes the plan that takes back what a journal says was done: who was added is
// removed, who was removed is added. It reads who is in the groups now; what is as
// it was before already is left out. The groups count as named, since they were
// when they were changed.
func Undo(ctx context.Context, j *Journal, name string, t Target, now time.Time) (*Plan, error) {
	store, region := j.Store()
	p := &Plan{
		Schema: Schema, Made: now.UTC().Truncate(time.Second), Store: store, Region: region, Taken: now.UTC().Truncate(time.Second),
		Clock: "live", Undoes: name, Groups: []Change{},
	}
	groups := map[string]*Change{}
	var order []string
	for _, e := range j.entries() {
		switch e.State {
		case Open:
			return nil, ErrOpenSteps
		case Done:
		default:
			continue
		}
		g := groups[e.Group]
		if g == nil {
			g = &Change{ID: e.Group, Name: e.Name, From: "the journal", Pushed: e.Pushed, Named: true}
			groups[e.Group] = g
			order = append(order, e.Group)
		}
		if e.Op == Add {
			g.Remove = append(g.Remove, e.User)
		} else {
			g.Add = append(g.Add, e.User)
		}
	}
	for _, id := range order {
		g := groups[id]
		members, err := t.Members(ctx, id)
		if kindOf(err) == live.Missing {
			p.Missing = append(p.Missing, Untouched{g.Name, id, "it is gone, and its memberships with it"})
			continue
		}
		if err != nil {
			return nil, err
		}
		for user := range members {
			g.Members = append(g.Members, user)
		}
		slices.Sort(g.Members)
		g.Fingerprint = Fingerprint(g.Members)
		p.Present += len(g.Members)
		there := func(u Person) bool { _, in := members[u.ID]; return in }
		g.Add = slices.DeleteFunc(g.Add, there)
		g.Remove = slices.DeleteFunc(g.Remove, func(u Person) bool { return !there(u) })
		if len(g.Add)+len(g.Remove) == 0 {
			p.Untouched = append(p.Untouched, Untouched{g.Name, id, "it is as it was before"})
			continue
		}
		p.Groups = append(p.Groups, *g)
	}
	slices.SortFunc(p.Groups, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return p, nil
}
