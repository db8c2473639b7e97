package ledger

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// maxChanges is how many memberships one SCIM request may change
// (identity-center-scim reference 7.4).
const maxChanges = 100

// patch is a SCIM write of a group that hides whom it added or removed.
type patch struct {
	event                 *casefile.Event
	hidesAdd, hidesRemove bool
	free                  int // how many more changes it can explain
	explained             int
}

// want is a beginning or an end that no event names, to be explained by at most
// one SCIM write.
type want struct {
	row    Pair
	period int
	begin  bool
	made   audit     // of a beginning: what the store says
	after  time.Time // the change lies after this; zero when unbounded
	by     time.Time // and not after this
	id     string    // membership id, where known
	origin *Origin
	from   *time.Time
}

// joiner explains what the events left unexplained, once all rows are there: a
// SCIM write explains at most a hundred changes and a change has at most one
// cause, so it has to see all of them together.
type joiner struct {
	ledger *Ledger
	start  time.Time // of the coverage
	wants  []want
}

func (j *joiner) wantBegin(r *Row, period int, made audit, after, by time.Time) {
	j.wants = append(j.wants, want{row: Pair{r.Group.ID, r.User.ID}, period: period, begin: true, made: made, after: after, by: by})
}

func (j *joiner) wantEnd(r *Row, period int, after, by time.Time) {
	j.wants = append(j.wants, want{row: Pair{r.Group.ID, r.User.ID}, period: period, after: after, by: by, id: r.MembershipID})
}

// settle explains the wants: those whose moment is known first, then those with
// a window, the earliest deadline first.
func (j *joiner) settle(rows []Row) {
	index := map[Pair]*Row{}
	for i := range rows {
		index[Pair{rows[i].Group.ID, rows[i].User.ID}] = &rows[i]
	}
	for i := range j.wants {
		w := &j.wants[i]
		p := &index[w.row].Periods[w.period]
		if w.begin {
			p.Began = &Origin{Via: Unseen}
			w.origin, w.from = p.Began, &p.From
		} else {
			w.origin, w.from = p.Ended, &p.To
		}
	}
	exact := func(w *want) bool { return w.begin && !w.made.CreatedAt.IsZero() }
	slices.SortStableFunc(j.wants, func(a, b want) int {
		if exact(&a) != exact(&b) {
			if exact(&a) {
				return -1
			}
			return 1
		}
		return cmp.Or(a.made.CreatedAt.Compare(b.made.CreatedAt), a.by.Compare(b.by),
			cmp.Compare(a.row.Group, b.row.Group), cmp.Compare(a.row.User, b.row.User))
	})
	for i := range j.wants {
		w := &j.wants[i]
		switch {
		case exact(w):
			j.explain(w, j.nearest(w), 0)
		default:
			fitting := j.within(w)
			if len(fitting) == 0 {
				j.explain(w, nil, 0)
				continue
			}
			j.explain(w, fitting[0], len(fitting))
		}
	}
}

// nearest returns the SCIM write of the group nearest to the membership's
// CreatedAt, within the tolerance.
func (j *joiner) nearest(w *want) *patch {
	var best *patch
	var least time.Duration
	from, to := w.made.CreatedAt.Add(-tolerance), w.made.CreatedAt.Add(tolerance)
	for _, p := range after(j.ledger.patches[w.row.Group], from) {
		if p.event.Time.After(to) {
			break
		}
		distance := p.event.Time.Sub(w.made.CreatedAt).Abs()
		if p.hidesAdd && p.free > 0 && (best == nil || distance < least) {
			best, least = p, distance
		}
	}
	return best
}

// after returns the patches, which are in order of time, from a moment on.
func after(patches []*patch, from time.Time) []*patch {
	i, _ := slices.BinarySearchFunc(patches, from, func(p *patch, t time.Time) int { return p.event.Time.Compare(t) })
	return patches[i:]
}

// within returns the first SCIM writes of the group that lie in the window, two
// at most. An end
// that a nameless deletion may have made as well is left alone.
func (j *joiner) within(w *want) []*patch {
	if w.begin && w.after.IsZero() {
		return nil // no earlier snapshot: any time before can be the beginning
	}
	if !w.begin && w.id == "" {
		for _, ev := range j.ledger.unresolved {
			if ev.Time.After(w.after) && !ev.Time.After(w.by) && sameStore(ev.Subject.Store, j.ledger.groups[w.row.Group]) {
				w.origin.Note = "a deletion that names only a membership id may have done it as well"
				return nil
			}
		}
	}
	var out []*patch
	for _, p := range after(j.ledger.patches[w.row.Group], w.after) {
		if p.event.Time.After(w.by) || len(out) > 1 {
			break // two are enough to say that several fit
		}
		if p.event.Time.After(w.after) && p.free > 0 && (w.begin && p.hidesAdd || !w.begin && p.hidesRemove) {
			out = append(out, p)
		}
	}
	return out
}

// explain writes the origin: by the SCIM write if there is one, else by what
// the store declares, else by what the coverage allows to say (ruling 9).
func (j *joiner) explain(w *want, p *patch, candidates int) {
	o := w.origin
	if p != nil {
		p.free--
		p.explained++
		*o = Origin{Via: SCIM, Known: Inferred, Actor: p.event.Actor, Events: []string{p.event.Key}}
		if candidates > 1 {
			o.Note = "several SCIM writes of the group fit; the earliest is named"
		}
		if w.from.IsZero() && candidates <= 1 {
			*w.from = p.event.Time
		}
		return
	}
	if !w.begin {
		o.Via, o.Known = Unseen, Unexplained
		return
	}
	switch {
	case w.made.CreatedBy != "":
		*o = Origin{Via: Unseen, Known: Declared, Actor: actor.Actor{Kind: "unknown", Name: w.made.CreatedBy}}
	case !w.made.CreatedAt.IsZero() && (j.start.IsZero() || w.made.CreatedAt.Before(j.start)):
		*o = Origin{Via: Unseen, Known: Predates}
	default:
		*o = Origin{Via: Unseen, Known: Unexplained}
	}
}
