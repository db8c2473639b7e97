package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/span"
)

// reach is how far the evidence reaches for a statement about an absence: the
// time for which every source asked for was looked at in every place where it
// would have been logged, by grade.
type reach struct {
	sources []string
	places  []casefile.Place
	proven  span.Set
	claimed span.Set // proven included
	any     span.Set // all
	missing []string // sources that were not looked at at all
}

// reachOf judges the coverage of sources. SCIM is logged where the instance
// lives. API and console calls are logged in the caller's account, so every
// account that is known to have written to the store counts (cloudtrail
// reference 2.2).
func (in *inquiry) reachOf(sources ...string) reach {
	r := reach{sources: sources}
	for i, source := range sources {
		places := in.placesOf(source)
		r.places = append(r.places, places...)
		proven, claimed, any := in.everywhere(source, places, casefile.Proven), in.everywhere(source, places, casefile.Claimed), in.everywhere(source, places, casefile.Unknown)
		if any.Empty() {
			r.missing = append(r.missing, source)
		}
		if i == 0 {
			r.proven, r.claimed, r.any = proven, claimed, any
			continue
		}
		r.proven, r.claimed, r.any = r.proven.Intersect(proven), r.claimed.Intersect(claimed), r.any.Intersect(any)
	}
	return r
}

func (in *inquiry) everywhere(source string, places []casefile.Place, grade casefile.Completeness) span.Set {
	var out span.Set
	for i, p := range places {
		got := in.c.Coverage.Of(source, p, grade)
		if i == 0 {
			out = got
		} else {
			out = out.Intersect(got)
		}
	}
	return out
}

func (in *inquiry) placesOf(source string) []casefile.Place {
	if source == awsid.SourceSCIM {
		return []casefile.Place{in.place}
	}
	var accounts []string
	if in.place.Account != "" {
		accounts = append(accounts, in.place.Account)
	}
	for _, ev := range in.writes {
		if cloudtrail.DirectorySource(ev.Source) && ev.Source != awsid.SourceSCIM && ev.Source == source &&
			ev.Account != "" && !slices.Contains(accounts, ev.Account) {
			accounts = append(accounts, ev.Account)
		}
	}
	if len(accounts) == 0 {
		return []casefile.Place{{Region: in.place.Region}}
	}
	slices.Sort(accounts)
	out := make([]casefile.Place, len(accounts))
	for i, a := range accounts {
		out[i] = casefile.Place{Account: a, Region: in.place.Region}
	}
	return out
}

// graded returns the reach of the given grade or better.
func (r reach) graded(grade casefile.Completeness) span.Set {
	switch grade {
	case casefile.Proven:
		return r.proven
	case casefile.Claimed:
		return r.claimed
	}
	return r.any
}

// covers returns the best grade with which all of s was looked at, and false
// when part of it was not.
func (r reach) covers(s span.Span) (casefile.Completeness, bool) {
	for _, grade := range []casefile.Completeness{casefile.Proven, casefile.Claimed, casefile.Unknown} {
		if r.graded(grade).Covers(s) {
			return grade, true
		}
	}
	return casefile.Unknown, false
}

// best returns the best grade that reaches anywhere, with where it reaches;
// false when nothing was looked at.
func (r reach) best() (casefile.Completeness, span.Set, bool) {
	for _, grade := range []casefile.Completeness{casefile.Proven, casefile.Claimed, casefile.Unknown} {
		if set := r.graded(grade); !set.Empty() {
			return grade, set, true
		}
	}
	return casefile.Unknown, span.Set{}, false
}

// absence is the status of "there was none" within the reach: established when
// it is claimed or proven complete, weaker when nobody says that it is complete,
// undetermined when nothing was looked at. The second result says what was
// looked at.
func (r reach) absence(weaker Status) (Status, string) {
	grade, set, ok := r.best()
	switch {
	case !ok:
		return Undetermined, ""
	case grade == casefile.Unknown:
		return weaker, r.describe(set, grade)
	}
	return Established, r.describe(set, grade)
}

// describe says in words what was looked at.
func (r reach) describe(set span.Set, grade casefile.Completeness) string {
	var spans []string
	for _, s := range set.Spans() {
		spans = append(spans, during(s))
	}
	how := map[casefile.Completeness]string{
		casefile.Proven:  "proven complete by CloudTrail's signed digests",
		casefile.Claimed: "complete according to its source",
		casefile.Unknown: "whether it is complete is not known",
	}[grade]
	return fmt.Sprintf("%s, %s (%s)", sourceNames(r.sources), list(spans, 3), how)
}

// sourceNames names event sources as people speak of them.
func sourceNames(sources []string) string {
	var out []string
	for _, s := range sources {
		switch s {
		case awsid.SourceSCIM:
			out = append(out, "SCIM")
		case awsid.SourceAPI:
			out = append(out, "Identity Store API")
		case awsid.SourceConsole:
			out = append(out, "console directory")
		case awsid.SourceAssignments:
			out = append(out, "SSO administration")
		default:
			out = append(out, strings.TrimSuffix(s, ".amazonaws.com"))
		}
	}
	return list(out, len(out))
}

// fetch names, for each source that is missing or not known to be complete, the
// command that would settle it.
func (in *inquiry) fetch(r reach) []Need {
	var out []Need
	for _, source := range r.sources {
		places := in.placesOf(source)
		for _, p := range places {
			if in.c.Coverage.Of(source, p, casefile.Claimed).Empty() {
				out = append(out, in.lookupNeed(source, p))
			}
		}
	}
	return out
}
