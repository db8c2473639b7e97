package ledger

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
)

// tolerance is how far a membership's CreatedAt may lie from the event that made
// it: both clocks are AWS's and CloudTrail's has whole seconds, so a few
// seconds (cloudtrail reference 2.9, an inference there; fault list in 8).
const tolerance = 5 * time.Second

// doubled is how far apart the console's two records of one click can lie, one
// under each event source (cloudtrail reference 9, question 6).
const doubled = 10 * time.Second

// walker reads the facts of one membership in order.
type walker struct {
	row      Row
	join     *joiner
	lastSeen time.Time // the open period was certain at this time
	lastGone time.Time // the membership was certainly not there at this time
	tied     time.Time // the second of an addition and a removal whose order is not known
}

// timeline turns the facts of one membership into periods. Beginnings and ends
// that no event explains are left to the joiner.
func (f *facts) timeline(p Pair, j *joiner) Row {
	w := &walker{join: j, row: Row{Group: f.ledger.group(p.Group), User: f.ledger.user(p.User)}}
	for _, x := range f.ordered(p) {
		switch x.what {
		case added:
			w.added(x)
		case removed:
			w.removed(x)
		case cascaded:
			w.cascaded(x)
		case seen:
			w.seen(x)
		case absent:
			w.absent(x)
		}
	}
	f.ledger.seenAt[p] = latest(w.lastSeen, w.lastGone)
	if !w.tied.IsZero() {
		f.ledger.tiedAt[p] = w.tied
	}
	return w.row
}

func (w *walker) open() *Period {
	if !w.row.Open() {
		return nil
	}
	return &w.row.Periods[len(w.row.Periods)-1]
}

// begin opens a period. It is of a new membership, whose id is not that of the one
// before.
func (w *walker) begin(at time.Time, origin *Origin) *Period {
	w.row.MembershipID = ""
	w.row.Periods = append(w.row.Periods, Period{From: at, Began: origin})
	w.lastSeen = at
	return &w.row.Periods[len(w.row.Periods)-1]
}

func (w *walker) end(at time.Time, origin *Origin) {
	p := w.open()
	p.To, p.Ended = at, origin
	w.lastGone = at
}

func recorded(x fact) *Origin {
	return &Origin{Via: viaOf(x.event), Known: Recorded, Actor: x.event.Actor, Events: []string{x.event.Key}}
}

func (w *walker) added(x fact) {
	if p := w.open(); p != nil {
		again := p.Began != nil && !x.time.After(p.From.Add(doubled)) ||
			x.membership != "" && x.membership == w.row.MembershipID
		if again || scimWrite(x) {
			// The second record of one click, or SCIM adding whom it has already.
			if again && p.Began != nil && !slices.Contains(p.Began.Events, x.event.Key) {
				p.Began.Events = append(p.Began.Events, x.event.Key)
			}
			w.row.MembershipID = cmp.Or(x.membership, w.row.MembershipID)
			w.lastSeen = x.time
			return
		}
		// AWS refuses to add a member twice, so it was removed in between.
		w.vanish(x.time)
	}
	if n := len(w.row.Periods); n > 0 && w.row.Periods[n-1].To.Equal(x.time) && w.row.Periods[n-1].Began == nil {
		w.tied = x.time // removed and added in one second, and whether it was there before is not known
	}
	w.begin(x.time, recorded(x))
	w.row.MembershipID = cmp.Or(x.membership, w.row.MembershipID)
}

func scimWrite(x fact) bool { return viaOf(x.event) == SCIM }

func (w *walker) removed(x fact) {
	origin := recorded(x)
	if w.open() == nil {
		if scimWrite(x) {
			origin.Note = "SCIM answers success even if the user was not a member"
		} else if n := len(w.row.Periods); n > 0 && !x.time.After(w.row.Periods[n-1].To.Add(doubled)) {
			// The second record of one click.
			if last := w.row.Periods[n-1].Ended; !slices.Contains(last.Events, x.event.Key) {
				last.Events = append(last.Events, x.event.Key)
			}
			return
		}
		// It was there, and nothing shows how it had begun.
		w.begin(time.Time{}, nil)
	}
	w.row.MembershipID = cmp.Or(x.membership, w.row.MembershipID)
	w.end(x.time, origin)
}

func (w *walker) cascaded(x fact) {
	if w.open() == nil {
		return
	}
	w.end(x.time, &Origin{Via: Cascade, Known: Recorded, Actor: x.event.Actor, Events: []string{x.event.Key}, Note: cascadeNote(x)})
}

func cascadeNote(x fact) string {
	if x.event.Effect == cloudtrail.GroupDeleted {
		return "the group was deleted"
	}
	return "the user was deleted"
}

// seen reads a membership in a snapshot. Its id and CreatedAt tell whether it
// is the one that the events began.
func (w *walker) seen(x fact) {
	p := w.open()
	made := x.listed.Audit
	if p == nil || !w.same(p, x) {
		known := w.lastGone
		if n := len(w.row.Periods); n > 0 {
			known = latest(known, w.row.Periods[n-1].From)
		}
		if !known.IsZero() && made.CreatedAt.Before(known.Add(-tolerance)) {
			// The list says that it was made before what the events say of an earlier
			// one. One of the two is wrong, so when it began is not known.
			made.CreatedAt = time.Time{}
		}
		if p != nil {
			w.vanish(cmp.Or(made.CreatedAt, x.time))
		}
		w.begin(made.CreatedAt, nil)
		w.join.wantBegin(&w.row, len(w.row.Periods)-1, made, w.lastGone, x.time)
	}
	w.row.MembershipID = cmp.Or(x.membership, w.row.MembershipID)
	if x.time.After(w.lastSeen) {
		w.lastSeen = x.time
	}
}

// same reports whether a listed membership is the open one rather than a later
// one of the same user in the same group.
func (w *walker) same(p *Period, x fact) bool {
	if x.membership != "" && w.row.MembershipID != "" {
		return x.membership == w.row.MembershipID
	}
	created := x.listed.CreatedAt
	return created.IsZero() || p.From.IsZero() || !created.After(p.From.Add(tolerance))
}

func (w *walker) absent(x fact) {
	if w.open() != nil {
		w.vanish(x.time)
	}
	w.lastGone = x.time
}

// vanish ends the open period at an unknown moment before by.
func (w *walker) vanish(by time.Time) {
	after := w.lastSeen
	w.end(time.Time{}, &Origin{Via: Unseen, Known: Unexplained})
	w.lastGone = by
	w.join.wantEnd(&w.row, len(w.row.Periods)-1, after, by)
}

// present judges, at the end of the evidence, whether the membership exists.
func (l *Ledger) present(r *Row) {
	if len(r.Periods) == 0 {
		return
	}
	last := r.Periods[len(r.Periods)-1]
	for _, p := range r.Periods {
		r.AsOf = latest(r.AsOf, p.From, p.To)
	}
	here := last.Ended == nil
	r.AsOf = latest(r.AsOf, l.seenAt[Pair{r.Group.ID, r.User.ID}])
	if tied, is := l.tiedAt[Pair{r.Group.ID, r.User.ID}]; is && !r.AsOf.After(tied) {
		return
	}
	if here && !l.mayHaveGone(r) || !here && !l.mayHaveCome(r) {
		r.Present = &here
	}
}

// mayHaveGone reports whether something after the last certain moment may have
// removed the membership without naming it.
func (l *Ledger) mayHaveGone(r *Row) bool {
	if l.lastHidden(r.Group.ID).remove.After(r.AsOf) {
		return true
	}
	if r.MembershipID != "" {
		return false
	}
	for _, ev := range slices.Backward(l.unresolved) { // in order of time
		if !ev.Time.After(r.AsOf) {
			return false
		}
		if sameStore(ev.Subject.Store, l.groups[r.Group.ID]) {
			return true
		}
	}
	return false
}

// mayHaveCome reports whether something after the last certain moment may have
// added the user again without naming them. Whoever was deleted does not return.
func (l *Ledger) mayHaveCome(r *Row) bool {
	if r.Periods[len(r.Periods)-1].Ended.Via == Cascade {
		return false
	}
	return l.lastHidden(r.Group.ID).add.After(r.AsOf)
}

// hidden is when SCIM last added to and removed from a group without saying whom,
// beyond the changes that are explained.
type hidden struct{ add, remove time.Time }

func (l *Ledger) lastHidden(group string) hidden {
	if h, known := l.hidden[group]; known {
		return h
	}
	var h hidden
	for _, p := range l.patches[group] {
		if p.free > 0 && p.hidesAdd {
			h.add = latest(h.add, p.event.Time)
		}
		if p.free > 0 && p.hidesRemove {
			h.remove = latest(h.remove, p.event.Time)
		}
	}
	l.hidden[group] = h
	return h
}

func sameStore(store string, group *Life) bool {
	return store == "" || group == nil || group.Store == "" || group.Store == store
}

func latest(times ...time.Time) time.Time {
	return slices.MaxFunc(times, time.Time.Compare)
}

// audit is a membership's own note of its making.
type audit = directory.Audit
