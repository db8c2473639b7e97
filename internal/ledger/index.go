package ledger

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// rowIndex finds the rows of a group or a user, in the order of the ledger. It is
// made when it is first asked for: a ledger that is only printed needs none.
type rowIndex struct {
	once            sync.Once
	byGroup, byUser map[string][]*Row
}

func (x *rowIndex) fill(rows []Row) {
	x.once.Do(func() {
		x.byGroup, x.byUser = map[string][]*Row{}, map[string][]*Row{}
		for i := range rows {
			r := &rows[i]
			x.byGroup[r.Group.ID] = append(x.byGroup[r.Group.ID], r)
			x.byUser[r.User.ID] = append(x.byUser[r.User.ID], r)
		}
	})
}

// lifeIndex is the groups or the users of a ledger in order, and by name.
type lifeIndex struct {
	once   sync.Once
	sorted []*Life            // by name, then id
	named  map[string][]*Life // by every name that they ever had, folded; in the order of sorted
}

func (x *lifeIndex) fill(lives map[string]*Life) *lifeIndex {
	x.once.Do(func() {
		x.sorted = make([]*Life, 0, len(lives))
		for _, life := range lives {
			x.sorted = append(x.sorted, life)
		}
		slices.SortFunc(x.sorted, func(a, b *Life) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
		x.named = make(map[string][]*Life, len(lives))
		for _, life := range x.sorted {
			x.name(life, life.Name)
			for _, n := range life.Names {
				x.name(life, n)
			}
		}
	})
	return x
}

func (x *lifeIndex) name(life *Life, name string) {
	key := fold(name)
	if list := x.named[key]; len(list) == 0 || list[len(list)-1] != life {
		x.named[key] = append(list, life)
	}
}

// fold maps two texts to one exactly if strings.EqualFold takes them for equal.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A' // the least of its kind: the others are beyond ASCII
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}
