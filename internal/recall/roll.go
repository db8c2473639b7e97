package recall

import (
	"encoding/binary"
	"slices"
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

func (r roll) at(life *ledger.Life) int { return slices.Index(r.lives, life) }

// atName is where a name that is known elsewhere has its place, -1 for none.
func (r roll) atName(name string) int {
	if i, ok := slices.BinarySearch(r.elsewhere, name); ok {
		return len(r.lives) + i
	}
	return -1
}

// names are those that an answer about a name that is not there offers the nearest
// of.
func (r roll) names() []string {
	out := make([]string, len(r.lives))
	for i, life := range r.lives {
		out[i] = life.Name
	}
	return out
}

// pack writes of each life what finding it needs, and what an error that names it
// says. This is not left to appendValue: there are tens of thousands.
func (r roll) pack() []byte {
	b := binary.AppendUvarint(nil, uint64(len(r.lives)))
	for _, x := range r.lives {
		b = appendText(appendText(appendText(b, x.ID), x.Name), x.Store)
		b = binary.AppendUvarint(b, uint64(len(x.Names)))
		for _, n := range x.Names {
			b = appendText(b, n)
		}
		b = appendTime(appendTime(appendMark(appendMark(b, x.Created), x.Deleted), x.Listed), x.Missing)
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

func readRoll(text string) (roll, error) {
	r := &reader{text: text}
	var out roll
	n := r.count()
	lives := make([]ledger.Life, 0, min(n, 1<<16))
	for range n {
		x := ledger.Life{ID: r.string(), Name: r.string(), Store: r.string()}
		if names := r.count(); names > 0 {
			x.Names = make([]string, names)
			for i := range x.Names {
				x.Names[i] = r.string()
			}
		}
		x.Created, x.Deleted = r.mark(), r.mark()
		x.Listed, x.Missing = r.time(), r.time()
		if r.err != nil {
			return roll{}, r.err
		}
		lives = append(lives, x)
	}
	out.lives = make([]*ledger.Life, len(lives))
	for i := range lives {
		out.lives[i] = &lives[i]
	}
	for range r.count() {
		out.elsewhere = append(out.elsewhere, r.string())
	}
	return out, r.err
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
