package report

import (
	"fmt"
	"html/template"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Ground is one row of a picture of coverage: what it is, and when it was looked
// at or listed.
type Ground struct {
	Name, Where string
	Bands       []Band      // without overlap, by time
	Moments     []time.Time // of listings, which show an instant and no stretch
}

// GroundOf returns the row of an event source in one place.
func GroundOf(c casefile.Coverage, source string, in casefile.Place) Ground {
	g := Ground{Name: doorOf(source), Where: in.Account + " " + in.Region}
	g.Bands = bandsOf(func(grade casefile.Completeness) span.Set { return c.Of(source, in, grade) })
	return g
}

const (
	groundLeft   = 210
	groundHeight = 26
	groundRow    = 44
)

// CoveragePicture draws what was looked at between two moments, a row each, as an
// SVG figure with its legend. Its text is escaped.
func CoveragePicture(rows []Ground, from, to time.Time) (template.HTML, error) {
	if len(rows) == 0 {
		return "", nil
	}
	p := &picture{ID: "coverage-picture", Title: "What was looked at, by source and time", W: pictureWidth, H: px(len(rows)*groundRow + 34)}
	s := newScale(midnightOf(from), to, groundLeft, pictureWidth-groundLeft-24)
	s.dates(p, 4, p.H-28)
	for i := range rows {
		p.ground(&rows[i], s, px(i*groundRow+6))
	}
	p.Desc = fmt.Sprintf("%s from %s to %s. The table after the picture says the same in words.", plural(len(rows), "row"), dayOf(from), dayOf(to))
	p.Legend = []legend{
		{"proven", "proven complete by signed digests"},
		{"claimed", "complete according to its source"},
		{"unknown", "seen, whether it is complete is not known"},
		{"unsearched", "not looked at: nothing follows from its being empty"},
		{"ended", "a listing of the identity store, which shows a moment"},
	}
	return drawn(p)
}

func (p *picture) ground(g *Ground, s scale, top px) {
	p.Labels = append(p.Labels,
		label{s.left - 12, top + 11, fit(Clean(g.Name), 28), "name", "end"},
		label{s.left - 12, top + 26, fit(Clean(g.Where), 28), "axis", "end"})
	p.Rects = append(p.Rects, rectangle{s.left, top, s.width, groundHeight, "lane", ""})
	at := s.left
	unsearched := func(to px) {
		if to-at >= 1 && len(g.Moments) == 0 {
			p.Rects = append(p.Rects, rectangle{at, top, to - at, groundHeight, "unsearched", Clean(g.Name) + ": not looked at"})
		}
	}
	for _, b := range g.Bands {
		x1, x2 := s.x(b.From), s.x(b.To)
		unsearched(x1)
		p.Rects = append(p.Rects, rectangle{x1, top + 3, max(x2-x1, 2), groundHeight - 6, b.Complete,
			fmt.Sprintf("%s: looked at %s to %s: %s", Clean(g.Name), moment(b.From), moment(b.To), b.Complete)})
		at = max(at, x2)
	}
	unsearched(s.right())
	for _, t := range g.Moments {
		x := s.x(t)
		p.Lines = append(p.Lines, line{x, top + 2, x, top + groundHeight - 2, "ended"})
	}
}
