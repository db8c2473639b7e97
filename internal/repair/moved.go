package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/scimtrail/scimtrail/internal/live"
)

// Moved is the error of a plan whose world is no longer the one it was made on.
type Moved struct {
	What  []string // sentences, one a difference, bounded
	Total int
}

// Error says what moved.
func (e *Moved) Error() string {
	text := "the world has moved since the plan was made, so nothing was changed: " + strings.Join(e.What, "; ")
	if more := e.Total - len(e.What); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text + "; make a new plan"
}

// shownMoves bounds Moved.What.
const shownMoves = 10

func (e *Moved) add(format string, args ...any) {
	if e.Total++; len(e.What) < shownMoves {
		e.What = append(e.What, fmt.Sprintf(format, args...))
	}
}

// world is who is in the plan's groups, each with the id of the membership.
type world struct {
	mu      sync.Mutex
	members map[string]map[string]string
}

// readWorld reads the members of the plan's groups. A group that is gone has moved.
func (r *run) readWorld(ctx context.Context) (*world, error) {
	w := &world{members: map[string]map[string]string{}}
	moved := new(Moved)
	r.o.Progress.Doing("reading the members of the plan's groups")
	err := r.each(ctx, func(ctx context.Context, g *Change) error {
		members, err := r.members(ctx, g.ID)
		w.mu.Lock()
		defer w.mu.Unlock()
		if kindOf(err) == live.Missing {
			moved.add("group %s is gone", g.Name)
			return nil
		}
		w.members[g.ID] = members
		return err
	})
	if err != nil {
		return nil, err
	}
	if moved.Total > 0 {
		slices.Sort(moved.What)
		return nil, moved
	}
	return w, nil
}

// compare sets the members that there are against those of the plan, as changed by
// what the journal says was done. Of a change whose end nobody wrote down either
// outcome is right, and the one found is returned as settled.
func (r *run) compare(w *world) (settled []Entry, err error) {
	names := map[string]string{}
	name := func(id string) string {
		if n := names[id]; n != "" {
			return n
		}
		return "user " + id
	}
	moved := new(Moved)
	byGroup := map[string][]Entry{}
	for _, e := range r.j.entries() {
		byGroup[e.Group] = append(byGroup[e.Group], e)
		names[e.User.ID] = e.User.Name
	}
	for i := range r.p.Groups {
		g := &r.p.Groups[i]
		for _, p := range slices.Concat(g.Add, g.Remove) {
			names[p.ID] = p.Name
		}
		expected, either := map[string]bool{}, map[string]bool{}
		for _, id := range g.Members {
			expected[id] = true
		}
		for _, e := range byGroup[g.ID] {
			switch {
			case e.State == Open:
				either[e.User.ID] = true
				if _, there := w.members[g.ID][e.User.ID]; there == (e.Op == Add) {
					e.State = Done
				} else {
					e.State = ""
				}
				settled = append(settled, e)
			case e.State == Done && e.Op == Add:
				expected[e.User.ID] = true
			case e.State == Done:
				delete(expected, e.User.ID)
			}
		}
		touched := map[string]bool{}
		for _, p := range slices.Concat(g.Add, g.Remove) {
			touched[p.ID] = true
		}
		var more, fewer []string
		for id := range w.members[g.ID] {
			if g.OnlyThese && !touched[id] {
				continue
			}
			if !expected[id] && !either[id] {
				more = append(more, name(id))
			}
		}
		for id := range expected {
			if _, there := w.members[g.ID][id]; !there && !either[id] {
				fewer = append(fewer, name(id))
			}
		}
		slices.Sort(more)
		slices.Sort(fewer)
		for _, who := range more {
			moved.add("%s is in %s now", who, g.Name)
		}
		for _, who := range fewer {
			moved.add("%s is no longer in %s", who, g.Name)
		}
	}
	if moved.Total > 0 {
		return nil, moved
	}
	return settled, nil
}

// each does something for every group of the plan, a few at a time, and stops at the
// first error. What was begun is brought to its end.
func (r *run) each(ctx context.Context, do func(context.Context, *Change) error) error {
	var next atomic.Int64
	r.stop.Store(false)
	var once sync.Once
	var first error
	var wg sync.WaitGroup
	for range min(max(1, r.o.Workers), len(r.p.Groups)) {
		wg.Go(func() {
			for !r.stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(r.p.Groups) {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = do(ctx, &r.p.Groups[i])
				}
				if err != nil {
					once.Do(func() { first = err })
					r.stop.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return first
}

// kindOf returns what kind of problem an error is, "" for none.
func kindOf(err error) live.Kind {
	if p, ok := errors.AsType[*live.Problem](err); ok {
		return p.Kind
	}
	return ""
}
