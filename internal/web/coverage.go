package web

import (
	"cmp"
	"html/template"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/span"
)

// coverChart is the picture of what was looked at, and the same in rows.
type coverChart struct {
	Picture template.HTML
	Rows    []coverRow
	More    int // rows that the picture leaves out
}

// coverRow is one source in one place.
type coverRow struct {
	report.Ground
	Source   string
	From, To time.Time // of the time that the case speaks of
	Gaps     []span.Span
}

// gaps counts the stretches that nobody looked at.
func (c *coverChart) gaps() (n int) {
	for i := range c.Rows {
		n += len(c.Rows[i].Gaps)
	}
	return n
}

// maxGround bounds the rows of the picture.
const maxGround = 30

// drawCoverage sets every source beside every place that is known, also those
// that nobody looked at: they are the point of the picture.
func (v *View) drawCoverage() coverChart {
	type ground struct {
		source string
		place  casefile.Place
	}
	places := map[string][]casefile.Place{}
	note := func(source string, p casefile.Place) {
		if !slices.Contains(places[source], p) && len(places[source]) < 200 {
			places[source] = append(places[source], p)
		}
	}
	for _, c := range v.c.Coverage {
		note(c.Source, casefile.Place{Account: c.Account, Region: c.Region})
	}
	for _, h := range v.c.Homes {
		if h.Account != "" && h.Region != "" {
			note(awsid.SourceSCIM, casefile.Place{Account: h.Account, Region: h.Region})
		}
	}
	sources := slices.Clone(casefile.ManagementSources)
	for _, s := range sortedKeys(places) {
		if !slices.Contains(sources, s) {
			sources = append(sources, s)
		}
	}
	window, ok := v.c.Window(sources...)
	if v.asOf.After(window.To) {
		window.To = v.asOf
	}
	if first := v.c.Statistics.First; !first.IsZero() && (!ok || first.Before(window.From)) {
		window.From = first
	}
	if window.From.IsZero() || window.To.Sub(window.From) > 10*365*secondsADay*time.Second {
		window.From = window.To.AddDate(0, 0, -90) // a claim without a beginning
	}
	var out coverChart
	for _, source := range sources {
		if len(places[source]) == 0 {
			places[source] = []casefile.Place{{}}
		}
		slices.SortFunc(places[source], func(a, b casefile.Place) int {
			return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
		})
		for _, p := range places[source] {
			g := ground{source, p}
			row := coverRow{Ground: report.GroundOf(v.c.Coverage, g.source, g.place), Source: source, From: window.From, To: window.To}
			if p == (casefile.Place{}) {
				row.Where = "anywhere"
			}
			row.Gaps = v.c.Coverage.Of(source, p, casefile.Unknown).Gaps(window)
			out.Rows = append(out.Rows, row)
		}
	}
	drawn := make([]report.Ground, 0, maxGround)
	for i := range out.Rows[:min(len(out.Rows), maxGround)] {
		drawn = append(drawn, out.Rows[i].Ground)
	}
	out.More = len(out.Rows) - len(drawn)
	if moments := v.listings(); len(moments) > 0 {
		drawn = append(drawn, report.Ground{Name: "Listings", Where: "of the identity store", Moments: moments})
	}
	if v.asOf.IsZero() {
		return out
	}
	out.Picture, _ = report.CoveragePicture(drawn, window.From, window.To) // fails only if its own template is wrong
	return out
}

// listings are the times of snapshots.
func (v *View) listings() []time.Time {
	var out []time.Time
	for i := range v.c.Snapshots {
		if t := v.c.Snapshots[i].Taken(); !t.IsZero() && len(out) < 500 {
			out = append(out, t)
		}
	}
	return out
}
