package web

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// line is what a filter needs of an event, in 28 bytes: a million of them are
// walked in a few milliseconds. Indices are from 1; 0 is none.
type line struct {
	at          int64 // Unix seconds; undated when it has no time
	group, user int32
	actor       int32
	failure     int32
	source      uint8
	via         uint8
	is          flag
}

const undated = math.MaxInt64

type flag uint8

const (
	failed flag = 1 << iota
	reads
	superseded
	ofMembers // it changes members, or was meant to
	direct    // of one of the three directory sources
)

// vias are the ways in the order of the timeline's lanes; 0 is another.
var vias = []string{"", "scim", "api", "console", "sync"}

// caller is somebody behind calls.
type caller struct {
	label, kind string
	writes      int
}

// day counts the writes of one day by way, done and failed.
type day struct {
	at   int64 // midnight UTC
	done [4]int32
	fail [4]int32
}

// subject is a group or user with what a list shows of it.
type subject struct {
	at      int32 // from 1
	life    *ledger.Life
	entity  ledger.Entity
	search  string        // what a search is held against, folded
	rows    []*ledger.Row // its memberships
	lines   []int32       // events about it, reads included, by time
	present int
	doubt   int
	ways    []report.Way
	changed time.Time // the last change of its memberships; zero when none is known
	failing int       // failed writes about it
}

// index reads through the events once.
func (v *View) index() {
	v.groups, v.groupAt = subjects(v.l.Groups())
	v.users, v.userAt = subjects(v.l.Users())
	for i := range v.l.Rows {
		r := &v.l.Rows[i]
		for _, s := range []*subject{v.groupAt[r.Group.ID], v.userAt[r.User.ID]} {
			if s == nil {
				continue
			}
			s.rows = append(s.rows, r)
			switch {
			case r.Is():
				s.present++
			case r.Present == nil:
				s.doubt++
			}
			for _, p := range r.Periods {
				s.note(p.From)
				s.note(p.To)
			}
		}
	}
	for _, s := range v.groups {
		s.ways = report.Ways(s.rows)
	}
	total := len(v.c.Events) + len(v.c.Undated)
	v.lines = make([]line, total)
	v.byKey = make([]int32, total)
	days := map[int64]*day{}
	callers := map[caller]int32{}
	for i := range v.lines {
		ev := v.event(int32(i))
		v.lines[i] = v.read(ev, callers, days)
		v.byKey[i] = int32(i)
		x := &v.lines[i]
		for _, s := range []*subject{at(v.groups, x.group), at(v.users, x.user)} {
			if s == nil {
				continue
			}
			s.lines = append(s.lines, int32(i))
			if x.is&(superseded|reads) == 0 {
				switch {
				case x.is&failed != 0:
					s.failing++
				case x.is&ofMembers != 0:
					s.note(ev.Time)
				}
			}
		}
	}
	slices.SortFunc(v.byKey, func(a, b int32) int { return cmp.Compare(v.event(a).Key, v.event(b).Key) })
	for _, d := range days {
		v.days = append(v.days, *d)
	}
	slices.SortFunc(v.days, func(a, b day) int { return cmp.Compare(a.at, b.at) })
}

// read makes the line of an event.
func (v *View) read(ev *casefile.Event, callers map[caller]int32, days map[int64]*day) line {
	x := line{at: undated, source: sourceIndex(ev.Source), via: viaIndex(actor.Via(&ev.Record))}
	if !ev.Time.IsZero() {
		x.at = ev.Time.Unix()
	}
	group, user := report.Subject(ev, v.l)
	if s := v.groupAt[group.ID]; s != nil {
		x.group = s.at
	}
	if s := v.userAt[user.ID]; s != nil {
		x.user = s.at
	}
	set := func(is bool, f flag) {
		if is {
			x.is |= f
		}
	}
	set(ev.Failed(), failed)
	set(ev.ReadOnly, reads)
	set(ev.Superseded, superseded)
	set(report.ChangesMembers(ev), ofMembers)
	set(cloudtrail.DirectorySource(ev.Source), direct)
	who := caller{label: ev.Actor.Label(), kind: cmp.Or(ev.Actor.Kind, actor.Unknown)}
	n, known := callers[who]
	if !known {
		v.actors = append(v.actors, who)
		n = int32(len(v.actors))
		callers[who] = n
	}
	x.actor = n
	if x.is&(reads|superseded) == 0 {
		v.actors[n-1].writes++
		if x.at != undated && x.is&direct != 0 && x.via > 0 && int(x.via) < 4 {
			midnight := x.at - mod(x.at, secondsADay)
			d := days[midnight]
			if d == nil {
				d = &day{at: midnight}
				days[midnight] = d
			}
			if x.is&failed != 0 {
				d.fail[x.via]++
			} else {
				d.done[x.via]++
			}
		}
	}
	return x
}

const secondsADay = 24 * 60 * 60

// mod is the remainder that is never negative: times before 1970 are times too.
func mod(a, b int64) int64 { return (a%b + b) % b }

func (s *subject) note(t time.Time) {
	if t.After(s.changed) {
		s.changed = t
	}
}

func subjects(lives []*ledger.Life) ([]*subject, map[string]*subject) {
	list, by := make([]*subject, len(lives)), make(map[string]*subject, len(lives))
	for i, life := range lives {
		s := &subject{at: int32(i + 1), life: life, entity: ledger.Entity{ID: life.ID, Name: life.Name}, search: folded(append([]string{life.ID, life.Name}, life.Names...)...)}
		list[i], by[life.ID] = s, s
	}
	return list, by
}

// at returns the subject with an index from 1, nil for none.
func at(list []*subject, i int32) *subject {
	if i == 0 {
		return nil
	}
	return list[i-1]
}

func sourceIndex(source string) uint8 {
	return uint8(slices.Index(casefile.ManagementSources, source) + 1)
}

func viaIndex(via string) uint8 { return uint8(max(slices.Index(vias, via), 0)) }
