package recall

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// roll is who can be asked about: all groups or all users by name, then id, and
// after them the names that only an identity provider knows.
type roll struct {
	lives     []*ledger.Life
	elsewhere []string
}

func rollOf(b *diagnose.Bench, l *ledger.Ledger, kind string) roll {
	lives := l.Groups()
	if kind == kindUser {
		lives = l.Users()
	}
	return roll{lives, b.Elsewhere(kind)}
}

// size is how many can be asked about; the names that are known elsewhere come last.
func (r roll) size() int { return len(r.lives) + len(r.elsewhere) }

// pack writes of each life what finding it needs, and what an error that names it
// says. This is not left to appendValue: there are tens of thousands, of which a
// question wants one or two.
func (r roll) pack() []byte {
	b := binary.AppendUvarint(nil, uint64(len(r.lives)))
	var names, rest []byte
	for _, x := range r.lives {
		names, rest = names[:0], appendText(rest[:0], x.Store)
		for _, n := range x.Names {
			names = appendText(names, n)
		}
		rest = appendTime(appendTime(appendMark(appendMark(rest, x.Created), x.Deleted), x.Listed), x.Missing)
		b = appendText(appendText(b, x.ID), x.Name)
		b = appendText(appendText(b, string(names)), string(rest))
	}
	b = binary.AppendUvarint(b, uint64(len(r.elsewhere)))
	for _, n := range r.elsewhere {
		b = appendText(b, n)
	}
	return b
}

func appendMark(b []byte, m *ledger.Mark) []byte {
	if m == nil {
		return append(b, 0)
	}
	return appendTime(append(b, 1), m.Time)
}

// listed is a roll as it is read.
type listed struct {
	lives     []entity
	elsewhere []string
}

// entity is a life of which all but the id and the name is still to be read.
type entity struct{ id, name, names, rest string }

func readRoll(text string) (*listed, error) {
	r := &reader{text: text}
	n := r.count()
	out := &listed{lives: make([]entity, 0, min(n, 1<<16))}
	for range n {
		out.lives = append(out.lives, entity{r.string(), r.string(), r.string(), r.string()})
		if r.err != nil {
			return nil, r.err
		}
	}
	for range r.count() {
		if out.elsewhere = append(out.elsewhere, r.string()); r.err != nil {
			return nil, r.err
		}
	}
	return out, r.err
}

// find returns those that asked can mean, as ledger.Find finds them among all, and the
// place of the first.
func (l *listed) find(asked string) (found []*ledger.Life, at int, err error) {
	places := map[*ledger.Life]int{}
	var may []*ledger.Life // no other can be found by that name
	for i := range l.lives {
		if e := &l.lives[i]; e.id == asked || e.bears(asked) {
			life, err := e.life()
			if err != nil {
				return nil, 0, err
			}
			may, places[life] = append(may, life), i
		}
	}
	if found = ledger.Find(may, asked); len(found) > 0 {
		at = places[found[0]]
	}
	return found, at, nil
}

func (e *entity) bears(name string) bool {
	if strings.EqualFold(e.name, name) {
		return true
	}
	for r := (reader{text: e.names}); r.text != ""; {
		if strings.EqualFold(r.string(), name) {
			return true
		}
	}
	return false
}

func (e *entity) life() (*ledger.Life, error) {
	x := &ledger.Life{ID: e.id, Name: e.name}
	names, rest := &reader{text: e.names}, &reader{text: e.rest}
	for names.text != "" {
		x.Names = append(x.Names, names.string())
	}
	x.Store, x.Created, x.Deleted, x.Listed, x.Missing = rest.string(), rest.mark(), rest.mark(), rest.time(), rest.time()
	return x, cmp.Or(names.err, rest.err)
}

// atName is where a name that is known elsewhere has its place, -1 for none.
func (l *listed) atName(name string) int {
	if i, ok := slices.BinarySearch(l.elsewhere, name); ok {
		return len(l.lives) + i
	}
	return -1
}

// names are those that an answer about a name that is not there offers the nearest
// of.
func (l *listed) names() []string {
	out := make([]string, len(l.lives))
	for i := range l.lives {
		out[i] = l.lives[i].name
	}
	return out
}

func (r *reader) mark() *ledger.Mark {
	if r.byte() == 0 {
		return nil
	}
	return &ledger.Mark{Time: r.time()}
}

// causes is the catalogue by slug.
var causes = sync.OnceValue(func() map[string]*diagnose.Cause {
	out := map[string]*diagnose.Cause{}
	for _, c := range diagnose.Causes() {
		out[c.Slug] = c
	}
	return out
})
