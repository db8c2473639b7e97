package web

import (
	"html/template"
	"io"
	"net/http"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/report"
)

// coveragePage is what was looked at and what was not.
type coveragePage struct {
	Picture    template.HTML
	Rows       []coverRow
	More       int
	Pager      pager
	Closing    []report.Step
	Unreadable []casefile.Loss
	Notes      []string
	Statistics []report.Count
	MoreLost   int
}

const (
	coverAPage = 40
	maxLost    = 30
)

// GapWords says when a row was not looked at.
func (c coverRow) GapWords() []string {
	const shown = 3
	var out []string
	for i, g := range c.Gaps {
		if i == shown {
			out = append(out, report.Counted(len(c.Gaps)-shown, "further gap"))
			break
		}
		out = append(out, report.Moment(g.From)+" to "+report.Moment(g.To))
	}
	return out
}

// BandWords says when a row was looked at, and how surely.
func (c coverRow) BandWords() []string {
	const shown = 4
	var out []string
	for i, b := range c.Bands {
		if i == shown {
			out = append(out, report.Counted(len(c.Bands)-shown, "further stretch", "further stretches"))
			break
		}
		out = append(out, report.Moment(b.From)+" to "+report.Moment(b.To)+": "+b.Complete)
	}
	return out
}

func (v *View) showCoverage(r *http.Request) (*answer, error) {
	from, to, pager, err := cut(r, len(v.coverage.Rows), coverAPage, "rows")
	if err != nil {
		return nil, err
	}
	p := coveragePage{Picture: v.coverage.Picture, Rows: v.coverage.Rows[from:to], More: v.coverage.More, Pager: pager, Closing: v.survey.Closing,
		Notes: v.c.Notes, Statistics: v.survey.Statistics}
	p.Unreadable = v.c.Unreadable[:min(len(v.c.Unreadable), maxLost)]
	p.MoreLost = len(v.c.Unreadable) - len(p.Unreadable)
	return &answer{template: "coverage", title: "Coverage", here: "/coverage", data: p, json: func() any {
		return map[string]any{"schema": "scimtrail/coverage/v1", "coverage": v.survey.Queries, "unreadable": v.survey.Custody.Unreadable, "notes": v.survey.Custody.Notes, "closing": v.survey.Closing}
	}, csv: func(w io.Writer) error {
		return writeCSV(w, []string{"account", "region", "event_source", "from", "to", "channel", "complete"}, func(yield func(...string) error) error {
			for _, c := range v.c.Coverage {
				if err := yield(c.Account, c.Region, c.Source, stamp(c.Span.From), stamp(c.Span.To), c.Channel, c.Complete.String()); err != nil {
					return err
				}
			}
			return nil
		})
	}}, nil
}
