package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/live"
)

// ApplyOptions say how a plan is done.
type ApplyOptions struct {
	Reason string // kept in the journal; must be there
	By     string // who does it, for the journal
	Target string // through what, for the journal
	Limit  Limit  // of removals
	// Workers is how many groups are worked on at once; 1 when zero.
	Workers int
	// Most bounds the members of one call below what the target takes; 0 does not.
	Most     int
	Backoff  live.Backoff                               // before what may have arrived is looked at again
	Sleep    func(context.Context, time.Duration) error // live.Sleep when nil
	Progress *live.Progress                             // Done counts changes; may be nil
}

func (o ApplyOptions) filled() ApplyOptions {
	if o.Progress == nil {
		o.Progress = new(live.Progress)
	}
	if o.Sleep == nil {
		o.Sleep = live.Sleep
	}
	return o
}

// Outcome is how an apply ended.
type Outcome struct {
	Tally
	// Before is when the plan had been done to its end by an earlier apply; zero when
	// it had not.
	Before time.Time
	// Resumed says that an earlier apply had begun it, and Settled how many changes
	// of it were found made or not made although nobody had written that down.
	Resumed bool
	Settled int
	// Verified says that the groups were read again at the end and are as planned;
	// Differs has what is not.
	Verified bool
	Differs  []string
}

// run is one apply.
type run struct {
	p    *Plan
	t    Target
	j    *Journal
	o    ApplyOptions
	stop atomic.Bool // somebody failed: begin nothing new
}

// Errors of the caller of Apply.
var (
	ErrNoReason     = errors.New("a reason is wanted; it is kept in the journal")
	ErrOtherJournal = errors.New("the journal is of another plan")
)

// Apply does a plan, of which id is what [Load] returned, and writes every step into
// the journal before and after it. When the journal shows that the plan was begun
// before, it does what is left. It changes nothing and returns a *Moved when the
// members of the plan's groups are not those of the plan, a *TooMany when it
// removes too many. Changes that the service refuses are in the outcome, with why;
// other errors stop it, and the outcome has what was done until then.
func Apply(ctx context.Context, p *Plan, id string, t Target, j *Journal, o ApplyOptions) (*Outcome, error) {
	out := &Outcome{Resumed: j.begun != nil}
	if strings.TrimSpace(o.Reason) == "" {
		return out, ErrNoReason
	}
	if err := p.check(); err != nil {
		return out, err
	}
	if j.begun != nil && (j.begun.Plan != id || j.begun.Store != p.Store) {
		return out, ErrOtherJournal
	}
	if out.Before = j.Ended(); !out.Before.IsZero() {
		out.Tally = j.Tally()
		return out, nil
	}
	if err := p.Guard(o.Limit); err != nil {
		return out, err
	}
	r := &run{p: p, t: t, j: j, o: o.filled()}
	err := r.all(ctx, id, out)
	out.Tally = j.Tally()
	return out, err
}

// Check says whether a plan could be done now: its error is what [Apply] would stop
// at before it changes anything. It needs no reason.
func Check(ctx context.Context, p *Plan, t Target, o ApplyOptions) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := p.Guard(o.Limit); err != nil {
		return err
	}
	r := &run{p: p, t: t, j: &Journal{}, o: o.filled()}
	w, err := r.readWorld(ctx)
	if err != nil {
		return err
	}
	_, err = r.compare(w)
	return err
}

func (r *run) all(ctx context.Context, id string, out *Outcome) error {
	before, err := r.readWorld(ctx)
	if err != nil {
		return err
	}
	settled, err := r.compare(before)
	if err != nil {
		return err
	}
	first := &entry{Kind: "resume", Reason: r.o.Reason, By: r.o.By}
	if !out.Resumed {
		first.Kind, first.Schema, first.Plan, first.Store, first.Region, first.Target = "begin", JournalSchema, id, r.p.Store, r.p.Region, r.o.Target
	}
	if err := r.j.write(first); err != nil {
		return err
	}
	out.Settled = len(settled)
	if err := r.settle(settled); err != nil {
		return err
	}
	add, remove := r.p.Counts()
	r.o.Progress.Total.Store(int64(add + remove))
	r.o.Progress.Doing("changing memberships")
	done := map[change]bool{}
	for _, e := range r.j.entries() {
		if e.State == Done || e.State == Refused {
			done[change{e.Op, e.Group, e.User.ID}] = true
		}
	}
	r.o.Progress.Done.Store(int64(len(done)))
	err = r.each(ctx, func(ctx context.Context, g *Change) error {
		for _, part := range []struct {
			op     Op
			people []Person
		}{{Add, g.Add}, {Remove, g.Remove}} { // nobody is without access for the length of the plan
			left := slices.DeleteFunc(slices.Clone(part.people), func(p Person) bool { return done[change{part.op, g.ID, p.ID}] })
			if err := r.inCalls(ctx, g, part.op, left, before.members[g.ID]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.j.write(&entry{Kind: "end"}); err != nil {
		return err
	}
	return r.verify(ctx, out)
}

// settle writes down how changes ended of which only the intent was written.
func (r *run) settle(list []Entry) error {
	type step struct {
		n    int
		done []string
	}
	open := map[int]*step{}
	r.j.mu.Lock()
	for n, intent := range r.j.intents {
		if r.j.results[n] == nil {
			s := &step{n: n}
			for _, e := range list {
				if e.State == Done && e.Group == intent.Group && e.Op == intent.Op && slices.ContainsFunc(intent.Users, func(p Person) bool { return p.ID == e.User.ID }) {
					s.done = append(s.done, e.User.ID)
				}
			}
			open[n] = s
		}
	}
	r.j.mu.Unlock()
	for _, s := range open {
		if err := r.j.write(&entry{Kind: "result", Step: s.n, Done: s.done, Why: "it was interrupted; the members were read afterwards"}); err != nil {
			return err
		}
	}
	return nil
}

// inCalls changes people in as few calls as the target allows.
func (r *run) inCalls(ctx context.Context, g *Change, op Op, people []Person, members map[string]string) error {
	most := max(1, r.t.Most())
	if r.o.Most > 0 {
		most = min(most, r.o.Most)
	}
	for part := range slices.Chunk(people, most) {
		if err := r.step(ctx, g, op, part, members, 0); err != nil {
			return err
		}
	}
	return nil
}

// mostDoubts is how often a change is tried of which it is not known whether it
// arrived.
const mostDoubts = 6

// errStopped is what a worker returns that found another one failed.
var errStopped = errors.New("stopped")

// step makes one call: intent, call, result. When the service refuses a call of
// several people it is made again with each half, until those are found for whom
// it is refused.
func (r *run) step(ctx context.Context, g *Change, op Op, people []Person, members map[string]string, doubts int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.stop.Load() {
		return errStopped
	}
	intent := &entry{Kind: "intent", Op: op, Group: g.ID, Name: g.Name, Pushed: g.Pushed, Users: people}
	if err := r.j.write(intent); err != nil {
		return err
	}
	err := r.call(ctx, g.ID, op, people, members)
	result := &entry{Kind: "result", Step: intent.Step}
	switch kind := kindOf(err); {
	case err == nil:
		result.Done = ids(people)
		r.o.Progress.Done.Add(int64(len(people)))
		return r.j.write(result)
	case ctx.Err() != nil: // the intent stays open: the call may have arrived
		return ctx.Err()
	case (kind == live.Refused || kind == live.Missing) && len(people) > 1:
		result.Why = "refused for all of them; tried again in halves"
		if err := r.j.write(result); err != nil {
			return err
		}
		half := len(people) / 2
		if err := r.step(ctx, g, op, people[:half], members, 0); err != nil {
			return err
		}
		return r.step(ctx, g, op, people[half:], members, 0)
	case kind == live.Refused, kind == live.Missing:
		p, _ := errors.AsType[*live.Problem](err)
		result.Refused, result.Why = ids(people), p.Reason
		r.o.Progress.Done.Add(1)
		return r.j.write(result)
	case kind == live.Uncertain:
		return r.lookAgain(ctx, g, op, people, doubts, result, err)
	}
	result.Why = "not done: " + err.Error()
	return errors.Join(err, r.j.write(result))
}

// lookAgain reads who is in the group after a call of which nobody knows whether it
// arrived, and makes the call for those for whom it did not.
func (r *run) lookAgain(ctx context.Context, g *Change, op Op, people []Person, doubts int, result *entry, cause error) error {
	if err := r.o.Sleep(ctx, r.o.Backoff.After(doubts)); err != nil {
		return err
	}
	members, err := r.members(ctx, g.ID)
	if err != nil {
		return err // the intent stays open
	}
	var left []Person
	for _, p := range people {
		if _, there := members[p.ID]; there == (op == Add) {
			result.Done = append(result.Done, p.ID)
		} else {
			left = append(left, p)
		}
	}
	result.Why = "no answer came; the members were read afterwards"
	if err := r.j.write(result); err != nil {
		return err
	}
	r.o.Progress.Done.Add(int64(len(result.Done)))
	switch {
	case len(left) == 0:
		return nil
	case doubts+1 >= mostDoubts:
		return fmt.Errorf("%s: tried %d times: %w", g.Name, mostDoubts, cause)
	}
	return r.step(ctx, g, op, left, members, doubts+1)
}

// patience is how many times a call is made anew that was given up because the
// service kept asking to slow down: it did nothing, and a plan may take hours.
const patience = 10

// patiently makes a call again after throttles that outlasted the target's patience.
func (r *run) patiently(ctx context.Context, call func() error) error {
	for n := 0; ; n++ {
		err := call()
		if kindOf(err) != live.Throttled || n == patience {
			return err
		}
		if err := r.o.Sleep(ctx, r.o.Backoff.After(n)); err != nil {
			return err
		}
	}
}

func (r *run) call(ctx context.Context, group string, op Op, people []Person, members map[string]string) error {
	return r.patiently(ctx, func() error {
		if op == Add {
			return r.t.Add(ctx, group, ids(people))
		}
		out := map[string]string{}
		for _, p := range people {
			out[p.ID] = members[p.ID]
		}
		return r.t.Remove(ctx, group, out)
	})
}

func (r *run) members(ctx context.Context, group string) (members map[string]string, err error) {
	err = r.patiently(ctx, func() error {
		members, err = r.t.Members(ctx, group)
		return err
	})
	return members, err
}

// verify reads the groups again: what was answered is not always what is.
func (r *run) verify(ctx context.Context, out *Outcome) error {
	after, err := r.readWorld(ctx)
	if err == nil {
		_, err = r.compare(after)
	}
	if moved, ok := errors.AsType[*Moved](err); ok {
		out.Differs = moved.What
		return nil
	}
	out.Verified = err == nil
	return err
}

func ids(people []Person) []string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = p.ID
	}
	return out
}
