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
	Beside     []report.Count // what was given that is no log of calls
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

// surely says how complete a stretch is, in the words of the picture's key.
var surely = map[string]string{
	casefile.Proven.String():  "proven complete by signed digests",
	casefile.Claimed.String(): "complete according to its source",
	casefile.Unknown.String(): "seen, whether it is complete is not known",
}

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
		out = append(out, report.Moment(b.From)+" to "+report.Moment(b.To)+": "+surely[b.Complete])
	}
	return out
}

// beside says what was given of listings and of the products before AWS.
func (v *View) beside() []report.Count {
	s := &v.c.Upstream
	okta, entra, point := &s.Okta, &s.Entra, &s.SailPoint
	given := func(n int) string {
		if n == 0 {
			return "nothing was given"
		}
		return report.Counted(n, "entry", "entries")
	}
	return []report.Count{
		{Name: "Listings of the identity store", Value: given(len(v.c.Snapshots))},
		{Name: "Okta", Value: given(len(okta.Events) + len(okta.Users) + len(okta.Groups) + len(okta.Members) + len(okta.MembersOf) + len(okta.Apps) + len(okta.AppUsers) + len(okta.AppGroups) + len(okta.Rules) + len(okta.Mappings))},
		{Name: "Entra ID", Value: given(len(entra.Provisioning) + len(entra.Jobs) + len(entra.Users) + len(entra.Groups) + len(entra.Members) + len(entra.MembersOf) + len(entra.Apps) + len(entra.AppRoles))},
		{Name: "SailPoint", Value: given(len(point.Activities) + len(point.Requests) + len(point.Changes) + len(point.Events) + len(point.Accounts) + len(point.Entitlements) +
			len(point.Identities) + len(point.Sources) + len(point.Profiles))},
		{Name: "Who should be in which group", Value: given(len(s.Desired))},
	}
}

func (v *View) showCoverage(r *http.Request) (*answer, error) {
	from, to, pager, err := cut(r, len(v.coverage.Rows), coverAPage, "rows")
	if err != nil {
		return nil, err
	}
	p := coveragePage{Picture: v.coverage.Picture, Rows: v.coverage.Rows[from:to], More: v.coverage.More, Pager: pager, Closing: v.survey.Closing,
		Notes: v.c.Notes, Statistics: v.survey.Statistics, Beside: v.beside()}
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
