package intake

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// How many losses are told one by one: of foreign files for each reason, of
// everything else in all.
const (
	maxForeign = 20
	maxDamaged = 1000
)

// losses gathers what could not be read. What it reports does not depend on the
// order of arrival.
type losses struct {
	mu      sync.Mutex
	foreign map[string]*bounded // by reason
	damaged bounded
}

// notRecognised begins the reason of every file that is no evidence that we know.
const notRecognised = "not recognised: "

// strange notes a file that is not recognised.
func (l *losses) strange(path, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.foreign == nil {
		l.foreign = map[string]*bounded{}
	}
	reason = notRecognised + reason
	group := l.foreign[reason]
	if group == nil {
		group = &bounded{}
		l.foreign[reason] = group
	}
	group.add(casefile.Loss{Path: path, Reason: reason}, maxForeign)
}

// damage notes anything else.
func (l *losses) damage(loss casefile.Loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.damaged.add(loss, maxDamaged)
}

func (l *losses) report(b casefile.Sink, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.damaged.report(b, casefile.Loss{Path: name, Reason: "more could not be read than is listed", Lost: "%d more losses"})
	for reason, group := range l.foreign {
		group.report(b, casefile.Loss{Path: name, Reason: reason, Lost: "%d more files"})
	}
}

// bounded is the first few of many losses in their order, and how many there are.
type bounded struct {
	list  []casefile.Loss
	count int
}

func compareLosses(a, b casefile.Loss) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Lost, b.Lost))
}

func (g *bounded) add(loss casefile.Loss, limit int) {
	g.count++
	at, _ := slices.BinarySearchFunc(g.list, loss, compareLosses)
	if at >= limit {
		return
	}
	g.list = slices.Insert(g.list, at, loss)
	g.list = g.list[:min(len(g.list), limit)]
}

// report passes on the losses, and rest for those that were too many.
func (g *bounded) report(b casefile.Sink, rest casefile.Loss) {
	for _, loss := range g.list {
		b.Unreadable(loss)
	}
	if more := g.count - len(g.list); more > 0 {
		rest.Lost = fmt.Sprintf(rest.Lost, more)
		b.Unreadable(rest)
	}
}

func cmpText(a, b string) int { return strings.Compare(a, b) }
