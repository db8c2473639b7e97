package casefile

import (
	"cmp"
	"slices"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Filter narrows a case to a span of time and a place.
type Filter struct {
	Span  span.Span
	Place Place // empty fields do not narrow
}

// Withheld says what of the evidence lies outside a filter: something before or
// after its span, something of another account or Region.
type Withheld struct{ Before, After, Account, Region bool }

func (w *Withheld) note(f Filter, s span.Span, account, region string) {
	if !s.To.IsZero() {
		w.Before = w.Before || s.From.Before(f.Span.From)
		w.After = w.After || s.To.After(f.Span.To)
	}
	w.Account = w.Account || f.Place.Account != "" && account != "" && account != f.Place.Account
	w.Region = w.Region || f.Place.Region != "" && region != "" && region != f.Place.Region
}

// Within returns the case as if only the evidence inside the filter had been
// collected. The coverage shrinks with the events, so that what was left out is
// never mistaken for what did not happen. Snapshots stay unless they are known
// to be from elsewhere: they show a state, not a stretch of time.
func (c *Case) Within(f Filter) *Case {
	out := *c
	outside := func(ev Event) bool {
		out.Withheld.note(f, span.Span{From: ev.Time, To: ev.Time}, ev.Account, ev.Region)
		return !ev.Time.IsZero() && !f.Span.Contains(ev.Time) ||
			f.Place.Account != "" && ev.Account != f.Place.Account || f.Place.Region != "" && ev.Region != f.Place.Region
	}
	out.Events = slices.DeleteFunc(slices.Clone(c.Events), outside)
	out.Undated = slices.DeleteFunc(slices.Clone(c.Undated), outside)
	out.LeftOut = c.leftOut(f.Place)
	out.Coverage = nil
	for _, cover := range c.Coverage {
		out.Withheld.note(f, cover.Span, cover.Account, cover.Region)
		cover.Span = cover.Span.Intersect(f.Span)
		elsewhere := f.Place.Account != "" && cover.Account != f.Place.Account || f.Place.Region != "" && cover.Region != f.Place.Region
		if !cover.Span.Empty() && !elsewhere {
			out.Coverage = append(out.Coverage, cover)
		}
	}
	out.Snapshots = slices.DeleteFunc(slices.Clone(c.Snapshots), func(s directory.Snapshot) bool {
		out.Withheld.note(f, span.Span{}, s.Account, s.Region)
		return f.Place.Account != "" && s.Account != "" && s.Account != f.Place.Account ||
			f.Place.Region != "" && s.Region != "" && s.Region != f.Place.Region
	})
	duplicates := c.Statistics.Duplicates
	bytes := c.Statistics.Bytes
	out.Statistics = Statistics{Duplicates: duplicates, Bytes: bytes}
	out.count(c.Statistics.Records)
	return &out
}

// leftOut returns where the identity writes outside place were logged.
func (c *Case) leftOut(place Place) []Left {
	out := slices.Clone(c.LeftOut)
	for i := range c.Events {
		ev := &c.Events[i]
		elsewhere := place.Account != "" && ev.Account != place.Account || place.Region != "" && ev.Region != place.Region
		if elsewhere && !ev.ReadOnly && cloudtrail.DirectorySource(ev.Source) {
			out = append(out, Left{Source: ev.Source, Store: ev.Subject.Store, Place: Place{Account: ev.Account, Region: ev.Region}})
		}
	}
	slices.SortFunc(out, func(x, y Left) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Store, y.Store), cmp.Compare(x.Place.Account, y.Place.Account), cmp.Compare(x.Place.Region, y.Place.Region))
	})
	return slices.Compact(out)
}
