package report

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// The pictures are geometry in Go and markup in the template: every text goes
// through html/template's escaping, none of it is put together here.

// px is a length in a picture's own units.
type px float64

// String writes one decimal: enough for a picture, and the same everywhere.
func (p px) String() string { return strconv.FormatFloat(float64(p), 'f', 1, 64) }

type (
	rectangle struct {
		X, Y, W, H px
		Class      string
		Title      string
	}
	line struct {
		X1, Y1, X2, Y2 px
		Class          string
	}
	label struct {
		X, Y   px
		Text   string
		Class  string
		Anchor string // start, middle or end
	}
	// cross marks failures: a shape of its own, not only a colour.
	cross struct {
		X, Y, R px
		Title   string
	}
	arrow struct {
		Points string
		Class  string
	}
	// picture is one drawing with the text that stands for it.
	picture struct {
		ID, Title, Desc string
		W, H            px
		Rects           []rectangle
		Lines           []line
		Labels          []label
		Crosses         []cross
		Arrows          []arrow
		Legend          []legend
	}
	legend struct{ Class, Text string }
)

// scale maps time to the horizontal axis.
type scale struct {
	from, to    int64
	left, width px
}

func newScale(from, to time.Time, left, width px) scale {
	s := scale{from.Unix(), to.Unix(), left, width}
	if s.to <= s.from {
		s.to = s.from + daySeconds
	}
	return s
}

// x clamps what lies outside to the edges.
func (s scale) x(t time.Time) px {
	at := (float64(t.Unix()) - float64(s.from)) / (float64(s.to) - float64(s.from))
	return s.left + px(math.Max(0, math.Min(1, at)))*s.width
}

func (s scale) right() px { return s.left + s.width }

// dates labels the axis with up to six days.
func (s scale) dates(p *picture, top, bottom px) {
	const most = 6
	days := (s.to - s.from) / daySeconds
	step := max(1, (days+most-1)/most)
	for d := int64(0); d <= days; d += step {
		at := time.Unix(s.from+d*daySeconds, 0).UTC()
		x := s.x(at)
		if x > s.right()-30 && d > 0 {
			break
		}
		p.Lines = append(p.Lines, line{x, top, x, bottom, "grid"})
		p.Labels = append(p.Labels, label{x, bottom + 16, at.Format(time.DateOnly), "axis", "middle"})
	}
}

const (
	pictureWidth = 960
	laneLeft     = 84
	laneHeight   = 96
	laneUp       = 52 // of it above the base line, for what succeeded
	bandHeight   = 8
)

// drawTimeline draws three lanes over time. It returns nil when the evidence
// holds no time.
func drawTimeline(t *Timeline) *picture {
	if t.From == nil || t.To == nil {
		return nil
	}
	end := *t.To
	for _, l := range t.Lanes {
		for _, k := range l.Ticks {
			if last := k.From.AddDate(0, 0, t.Days); last.After(end) {
				end = last
			}
		}
	}
	p := &picture{ID: "timeline", Title: "Writes over SCIM, the API and the console", W: pictureWidth,
		H: px(len(t.Lanes)*(laneHeight+10) + 30)}
	s := newScale(*t.From, end, laneLeft, pictureWidth-laneLeft-24)
	s.dates(p, 4, p.H-28)
	most := 1
	for _, l := range t.Lanes {
		for _, k := range l.Ticks {
			most = max(most, k.Done, k.Failed)
		}
	}
	width := max(px(float64(s.width)*float64(t.Days)*daySeconds/float64(s.to-s.from))-1, 2)
	for i, l := range t.Lanes {
		p.lane(&l, s, px(i*(laneHeight+10)+4), width, most, t.Days)
		p.Desc += fmt.Sprintf("%s: %s done, %d failed; %s. ", l.Name, plural(l.Done, "write"), l.Failed, Clean(l.Reach))
	}
	p.Legend = []legend{
		{"done", "bar upwards: writes that succeeded, higher for more"},
		{"failed", "cross below the line: writes that were refused or failed"},
		{"proven", "band: looked at, proven complete"},
		{"claimed", "band: looked at, complete according to its source"},
		{"unknown", "band: seen, whether it is complete is not known"},
		{"unsearched", "hatched: not looked at, so nothing follows from its being empty"},
	}
	return p
}

func (p *picture) lane(l *Lane, s scale, top, width px, most, days int) {
	base := top + laneUp
	bottom := top + laneHeight
	p.Rects = append(p.Rects, rectangle{s.left, top, s.width, laneHeight, "lane", ""})
	p.Labels = append(p.Labels, label{s.left - 10, base + 4, l.Name, "name", "end"})
	at := s.left
	unsearched := func(to px) {
		if to-at < 1 {
			return
		}
		p.Rects = append(p.Rects, rectangle{at, top, to - at, laneHeight, "unsearched", l.Name + ": not looked at"})
		if to-at > 110 {
			p.Labels = append(p.Labels, label{(at + to) / 2, top + 18, "not looked at", "note", "middle"})
		}
	}
	for _, b := range l.Bands {
		from, to := s.x(b.From), s.x(b.To)
		unsearched(from)
		p.Rects = append(p.Rects, rectangle{from, bottom - bandHeight, max(to-from, 2), bandHeight, b.Complete,
			fmt.Sprintf("looked at %s to %s: %s", moment(b.From), moment(b.To), b.Complete)})
		at = max(at, to)
	}
	unsearched(s.right())
	if l.Done+l.Failed == 0 && len(l.Bands) > 0 {
		first, last := s.x(l.Bands[0].From), s.x(l.Bands[len(l.Bands)-1].To)
		p.Labels = append(p.Labels, label{(first + last) / 2, base - 8, "looked at: no write", "note", "middle"})
	}
	p.Lines = append(p.Lines, line{s.left, base, s.right(), base, "base"})
	for _, k := range l.Ticks {
		x := s.x(k.From)
		words := tickWords(k, days)
		if k.Done > 0 {
			h := 4 + px(math.Sqrt(float64(k.Done)/float64(most)))*(laneUp-14)
			p.Rects = append(p.Rects, rectangle{x, base - h, width, h, "done", words})
		}
		if k.Failed > 0 {
			r := 3 + px(math.Sqrt(float64(k.Failed)/float64(most)))*5
			p.Crosses = append(p.Crosses, cross{x + width/2, base + 15, r, words})
		}
	}
}

func tickWords(k Tick, days int) string {
	when := dayOf(k.From)
	if days > 1 {
		when += " to " + dayOf(k.From.AddDate(0, 0, days-1))
	}
	text := fmt.Sprintf("%s: %d succeeded", when, k.Done)
	if k.Failed > 0 {
		text += fmt.Sprintf(", %d failed", k.Failed)
	}
	return text
}
