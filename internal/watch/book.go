package watch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/archive"
)

// book is the alerts that are written down: those that may still change, and how
// often each was raised.
type book struct {
	alerts  map[string][]*Alert // by id
	times   map[string]int      // by id: the last occurrence
	written map[string][]byte   // by key: what stands in the archive
}

// change is an alert that is not as it was written, and what happened to it.
type change struct {
	alert       *Alert
	transitions []Transition
}

func openBook(ctx context.Context, a *archive.Archive) (*book, error) {
	b := &book{alerts: map[string][]*Alert{}, times: map[string]int{}, written: map[string][]byte{}}
	docs, err := a.Documents(ctx, kindAlert)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		var al Alert
		if json.Unmarshal(doc.Value, &al) != nil || al.ID == "" || al.Occurrence < 1 {
			continue // the page says that it can't be read
		}
		b.alerts[al.ID] = append(b.alerts[al.ID], &al)
		b.times[al.ID] = max(b.times[al.ID], al.Occurrence)
		b.written[al.Key()] = doc.Value
	}
	return b, nil
}

func (b *book) open() (out []*Alert) {
	for _, list := range b.alerts {
		for _, a := range list {
			if a.Open() {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, compareAlerts)
	return out
}

// compare holds the alerts that the rules give now against those that are written
// down. settled is the watermark of the last time: what closed before it stays.
func (b *book) compare(alerts []*Alert, settled int64, now time.Time, rules *Rules) (changes []change) {
	slices.SortStableFunc(alerts, compareAlerts)
	matched := map[*Alert]bool{}
	for _, a := range alerts {
		known := b.find(a, matched)
		c := change{}
		if known == nil {
			b.times[a.ID]++
			a.Occurrence, a.Noticed = b.times[a.ID], now.Truncate(time.Second)
			a.Silenced = rules.silenced(a, now)
			b.alerts[a.ID] = append(b.alerts[a.ID], a)
			matched[a] = true
			c.alert = a
			c.transitions = Transitions([]*Alert{a})
			changes = append(changes, c)
			continue
		}
		matched[known] = true
		was := *known
		a.Occurrence, a.Noticed, a.Answer, a.Silenced = was.Occurrence, was.Noticed, was.Answer, was.Silenced
		*known = *a
		c.alert = known
		switch {
		case was.Open() && !a.Open():
			c.transitions = []Transition{{Schema, Closed, *known}}
		case !was.Open() && a.Open():
			c.transitions = []Transition{{Schema, Reopened, *known}}
		}
		if len(c.transitions) > 0 || b.differs(known) {
			changes = append(changes, c)
		}
	}
	for _, list := range b.alerts {
		for _, a := range list {
			if matched[a] || !a.Open() && a.Closed.Unix() <= settled || a.Withdrawn {
				continue
			}
			changes = append(changes, b.drop(a, now))
		}
	}
	slices.SortStableFunc(changes, func(x, y change) int {
		return cmp.Or(compareAlerts(x.alert, y.alert), cmp.Compare(x.alert.Occurrence, y.alert.Occurrence))
	})
	return changes
}

// drop closes what the rules no longer say.
func (b *book) drop(a *Alert, now time.Time) change {
	open := a.Open()
	if open {
		a.Closed = now.Truncate(time.Second)
	}
	if open && a.Rule == "nothing-collected" {
		a.Mended = "it has been looked at since"
		return change{a, []Transition{{Schema, Closed, *a}}}
	}
	a.Withdrawn, a.Mended = true, "evidence that came later, or other rules, show it otherwise"
	if open {
		return change{a, []Transition{{Schema, Withdrawn, *a}}}
	}
	return change{alert: a}
}

// find returns the written alert that is the same occurrence: one that opened at the
// same moment, else one whose time overlaps.
func (b *book) find(a *Alert, matched map[*Alert]bool) *Alert {
	list := b.alerts[a.ID]
	for _, k := range list {
		if !matched[k] && k.Opened.Equal(a.Opened) {
			return k
		}
	}
	for _, k := range list {
		if !matched[k] && !k.Withdrawn && (k.Open() || !k.Closed.Before(a.Opened)) && (a.Open() || !a.Closed.Before(k.Opened)) {
			return k
		}
	}
	return nil
}

// differs reports whether an alert says something else than what is written. That
// more was looked at is worth writing only now and then.
func (b *book) differs(a *Alert) bool {
	was := b.written[a.Key()]
	if was == nil {
		return true
	}
	data, err := json.Marshal(a)
	if err != nil || bytes.Equal(data, was) {
		return false
	}
	var old Alert
	if json.Unmarshal(was, &old) != nil {
		return true
	}
	if len(old.Looked) == 1 && len(a.Looked) == 1 && a.Looked[0].To.Sub(old.Looked[0].To) < 10*time.Minute {
		old.Looked, old.Summary = a.Looked, a.Summary
		same, err := json.Marshal(old)
		return err != nil || !bytes.Equal(same, data)
	}
	return true
}

func (b *book) write(ctx context.Context, to *archive.Archive, a *Alert) error {
	data, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("writing down an alert: %w", err)
	}
	if err := to.PutDocument(ctx, kindAlert, a.Key(), data); err != nil {
		return err
	}
	b.written[a.Key()] = data
	return nil
}

// settle lets go of what can't change any more: it stays in the archive.
func (b *book) settle(watermark int64) {
	for id, list := range b.alerts {
		kept := slices.DeleteFunc(list, func(a *Alert) bool {
			gone := !a.Open() && a.Closed.Unix() <= watermark
			if gone {
				delete(b.written, a.Key())
			}
			return gone
		})
		if len(kept) == 0 {
			delete(b.alerts, id)
		} else {
			b.alerts[id] = kept
		}
	}
}

func opened(changes []change) (out []*Alert) {
	for _, c := range changes {
		if len(c.transitions) > 0 && c.alert.Open() {
			out = append(out, c.alert)
		}
	}
	return out
}
