package recall

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// Subject is a case laid out for questions.
type Subject struct {
	Bench    *diagnose.Bench
	Ledger   *ledger.Ledger
	Evidence *report.Evidence
}

// Progress is how far a preparation came.
type Progress struct {
	Done, All int // groups, users and names that can be asked about
	Bytes     int // that were put on the shelf
}

// Prepare puts the answers to all questions about one group or one user on a shelf,
// groups first, on all processors, until ctx is done, the shelf keeps no more, or
// more than most bytes were put there. What is there already is not made again: the
// next Prepare goes on where one ended. tell, if any, is told of progress.
//
// It returns an error when the shelf has one. That ctx is done is none.
func Prepare(ctx context.Context, to Shelf, s Subject, most int, tell func(Progress)) (Progress, error) {
	groups, users := rollOf(s.Bench, s.Ledger, kindGroup), rollOf(s.Bench, s.Ledger, kindUser)
	so := Progress{All: groups.size() + users.size()}
	put := func(what map[string][]byte, done int) (bool, error) {
		if len(what) > 0 {
			// What was made is kept, also when time has run out meanwhile.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPut)
			defer cancel()
			if kept, err := to.Put(ctx, what); err != nil || !kept {
				return false, err
			}
		}
		for _, data := range what {
			so.Bytes += len(data)
		}
		if so.Done += done; tell != nil {
			tell(so)
		}
		return so.Bytes <= most, nil
	}
	begun, err := to.Get(ctx, front)
	if err != nil {
		return so, err
	}
	if begun == nil {
		h := head{Evidence: s.Evidence, AskedMatters: s.Bench.AskedMatters(), Group: s.Bench.Absence(kindGroup), User: s.Bench.Absence(kindUser)}
		if ok, err := put(map[string][]byte{
			front: squeeze(appendValue(nil, &h)), rollName(kindGroup): squeeze(groups.pack()), rollName(kindUser): squeeze(users.pack()),
		}, 0); !ok {
			return so, err
		}
	}
	var tasks []*task
	for _, t := range []task{{Subject: s, kind: kindGroup, of: groups}, {Subject: s, kind: kindUser, of: users}} {
		for ; t.from() < t.of.size(); t.n++ {
			tasks = append(tasks, new(t))
		}
	}
	for portion := range slices.Chunk(tasks, together) {
		made, done := map[string][]byte{}, 0
		err := eachOf(portion, func(t *task) error { return t.make(ctx, to, begun != nil) })
		for _, t := range portion {
			if t.whole {
				maps.Copy(made, t.made)
				done += t.to() - t.from()
			}
		}
		if err != nil && ctx.Err() == nil {
			return so, err
		}
		if ok, err := put(made, done); !ok || err != nil {
			return so, err
		}
		if ctx.Err() != nil {
			break
		}
	}
	if already, err := Whole(ctx, to); already || err != nil || so.Done < so.All {
		return so, nil
	}
	_, err = put(map[string][]byte{whole: {1}}, 0)
	return so, err
}

// Whole reports whether a preparation has come to its end.
func Whole(ctx context.Context, of Shelf) (bool, error) {
	data, err := of.Get(ctx, whole)
	return data != nil, err
}

const (
	// together is how many sheets are made and put on the shelf at once: a transaction
	// has its price, and on an interrupt what was not put there is lost.
	together = 16
	// lastPut is how long an interrupt may wait for what was made to be kept.
	lastPut = 3 * time.Second
)

// eachOf does all tasks, on all processors, and returns an error of theirs.
func eachOf(tasks []*task, do func(*task) error) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, len(tasks))
	for range min(len(tasks), max(1, runtime.GOMAXPROCS(0))) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(tasks); i = int(next.Add(1)) - 1 {
				errs[i] = do(tasks[i])
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// task is a sheet to make.
type task struct {
	Subject
	kind  string
	of    roll
	n     int
	made  map[string][]byte // with answers that have a place of their own
	whole bool              // it was finished
	room  []byte            // for one answer after the other
}

func (t *task) from() int { return t.n * perSheet }
func (t *task) to() int   { return min(t.from()+perSheet, t.of.size()) }

// make makes the sheet, unless it is there.
func (t *task) make(ctx context.Context, to Shelf, look bool) error {
	name := sheetName(t.kind, t.n)
	if look {
		there, err := to.Get(ctx, name)
		if err != nil || there != nil {
			t.whole = err == nil
			return err
		}
	}
	var s sheet
	t.made = map[string][]byte{}
	for i := t.from(); i < t.to(); i++ {
		var p place
		for _, asked := range t.questions(i) {
			if ctx.Err() != nil {
				return nil
			}
			t.answer(&p, i, asked)
		}
		for i := range p.Entries {
			if e := &p.Entries[i]; len(e.Text) >= longAnswer {
				t.made[aloneName(t.kind, t.n, len(t.made))] = squeeze([]byte(e.Text))
				e.Text, e.Alone = "", len(t.made)
			}
		}
		s.Places = append(s.Places, p)
	}
	t.made[name], t.whole = squeeze(appendValue(nil, &s)), true
	return nil
}

// questions are the names to ask by about one of the roll: one will do where the
// answer depends on whom it means alone. That of a group does.
func (t *task) questions(i int) []string {
	if i >= len(t.of.lives) {
		return []string{t.of.elsewhere[i-len(t.of.lives)]}
	}
	life := t.of.lives[i]
	out := []string{life.ID}
	if t.named() {
		out = append(append(out, life.Name), life.Names...)
	}
	return slices.DeleteFunc(out, func(name string) bool { return name == "" })
}

// named reports whether an answer counts only for the names that were asked by.
func (t *task) named() bool { return t.kind == kindUser && t.Bench.AskedMatters() }

// answer adds the answer to a question to a place, or the question to an answer that
// is there already.
func (t *task) answer(p *place, i int, asked string) {
	own := i < len(t.of.lives)
	ask := t.Bench.Group
	if t.kind == kindUser {
		ask = func(asked string) (*diagnose.Answer, error) { return t.Bench.User(asked, "") }
	}
	a, err := ask(asked)
	if err != nil {
		return // several bear the name
	}
	about := a.Question.Group
	if t.kind == kindUser {
		about = a.Question.User
	}
	if own && (about == nil || about.ID != t.of.lives[i].ID) {
		return // the name means another
	}
	a.Question.Asked = ""
	t.room = appendValue(t.room[:0], a)
	text := string(t.room)
	var forms []string
	if !own || t.named() {
		forms = []string{asked}
	}
	for i := range p.Entries {
		if e := &p.Entries[i]; e.Text == text {
			if !slices.Contains(e.Forms, asked) {
				e.Forms = append(e.Forms, forms...)
			}
			return
		}
	}
	p.Entries = append(p.Entries, entry{Forms: forms, Text: text})
}
