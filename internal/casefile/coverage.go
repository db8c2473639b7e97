package casefile

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/span"
)

// Completeness says how sure it is that nothing within a span is missing.
type Completeness int

// The grades, from the weakest.
const (
	Unknown Completeness = iota // what was seen, filtered or cut short in ways that nobody recorded
	Claimed                     // the source, a manifest or a person says that it is whole
	Proven                      // CloudTrail's signed digest chain shows it
)

// String returns the grade as the JSON contract spells it.
func (c Completeness) String() string {
	switch c {
	case Proven:
		return "proven"
	case Claimed:
		return "claimed"
	}
	return "unknown"
}

// Cover is one stretch of ground that was looked at: an event source in an
// account and Region over a span, through a channel.
type Cover struct {
	Account  string // "" when it is not known which
	Region   string
	Source   string // eventSource
	Span     span.Span
	Channel  string // log-files, lookup-events, eventbridge, athena, lake, records, or as a manifest states
	Complete Completeness
}

// DirectorySources are the three event sources that record changes of users,
// groups and memberships.
var DirectorySources = []string{awsid.SourceSCIM, awsid.SourceAPI, awsid.SourceConsole}

// ManagementSources are the event sources that an unfiltered log covers and
// that an investigation asks about.
var ManagementSources = []string{awsid.SourceSCIM, awsid.SourceAPI, awsid.SourceConsole, awsid.SourceAssignments, awsid.SourceIdentitySync}

// Coverage is all the ground that was looked at.
type Coverage []Cover

// Place narrows a question of coverage. Empty fields do not narrow.
type Place struct {
	Account, Region string
}

// Of returns the time for which source was looked at in place with at least the
// given completeness.
func (c Coverage) Of(source string, in Place, atLeast Completeness) span.Set {
	var spans []span.Span
	for _, cover := range c {
		if cover.Source == source && cover.Complete >= atLeast &&
			(in.Account == "" || cover.Account == in.Account) && (in.Region == "" || cover.Region == in.Region) {
			spans = append(spans, cover.Span)
		}
	}
	return span.SetOf(spans...)
}

// All returns the time for which every one of the sources was looked at.
func (c Coverage) All(sources []string, in Place, atLeast Completeness) span.Set {
	var out span.Set
	for i, source := range sources {
		got := c.Of(source, in, atLeast)
		if i == 0 {
			out = got
		} else {
			out = out.Intersect(got)
		}
	}
	return out
}

// Searched reports whether source was looked at in place at all.
func (c Coverage) Searched(source string, in Place) bool {
	return !c.Of(source, in, Unknown).Empty()
}

// Accounts returns the accounts of the coverage of the given sources, sorted.
func (c Coverage) Accounts(sources ...string) []string {
	var out []string
	for _, cover := range c {
		if cover.Account != "" && (len(sources) == 0 || slices.Contains(sources, cover.Source)) {
			out = append(out, cover.Account)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Until returns the ground without what lies after t: nobody can have looked there.
func (c Coverage) Until(t time.Time) Coverage {
	var out Coverage
	for _, cover := range c {
		if cover.Span.To.After(t) {
			cover.Span.To = t
		}
		if cover.Span.From.Before(cover.Span.To) {
			out = append(out, cover)
		}
	}
	return out
}

// Merged returns the same ground with covers joined that differ only in their
// spans, in order.
func (c Coverage) Merged() Coverage { return c.merge() }

// merge joins covers that differ only in their spans and puts all in order, so
// that the same evidence gives the same coverage however it was split.
func (c Coverage) merge() Coverage {
	type key struct {
		account, region, source, channel string
		complete                         Completeness
	}
	spans := map[key][]span.Span{}
	for _, cover := range c {
		k := key{cover.Account, cover.Region, cover.Source, cover.Channel, cover.Complete}
		spans[k] = append(spans[k], cover.Span)
	}
	var out Coverage
	for k, list := range spans {
		for _, s := range span.SetOf(list...).Spans() {
			out = append(out, Cover{Account: k.account, Region: k.region, Source: k.source, Span: s, Channel: k.channel, Complete: k.complete})
		}
	}
	slices.SortFunc(out, func(a, b Cover) int {
		return cmp.Or(
			cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Source, b.Source),
			a.Span.From.Compare(b.Span.From), a.Span.To.Compare(b.Span.To),
			-cmp.Compare(a.Complete, b.Complete), cmp.Compare(a.Channel, b.Channel))
	})
	return out
}
