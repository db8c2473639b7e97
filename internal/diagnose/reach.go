package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
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

// judge judges the coverage of sources. SCIM is logged where the instance
// lives. API and console calls are logged in the caller's account, so every
// account that is known to have written to the store counts, also one that a
// filter left out (cloudtrail reference 2.2).
func (g *ground) judge(sources []string) reach {
	r := reach{sources: sources}
	for i, source := range sources {
		places := g.placesOf(source)
		r.places = append(r.places, places...)
		proven, claimed, any := g.everywhere(source, places, casefile.Proven), g.everywhere(source, places, casefile.Claimed), g.everywhere(source, places, casefile.Unknown)
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

func (g *ground) everywhere(source string, places []casefile.Place, grade casefile.Completeness) span.Set {
	var out span.Set
	for i, p := range places {
		got := g.c.Coverage.Of(source, p, grade)
		if i == 0 {
			out = got
		} else {
			out = out.Intersect(got)
		}
	}
	return out
}

func (g *ground) placesOf(source string) []casefile.Place {
	if source == awsid.SourceSCIM {
		return []casefile.Place{g.place}
	}
	var accounts []string
	if g.place.Account != "" {
		accounts = append(accounts, g.place.Account)
	}
	for _, account := range g.accounts[source] {
		if !slices.Contains(accounts, account) {
			accounts = append(accounts, account)
		}
	}
	for _, left := range g.c.LeftOut {
		if left.Source == source && (left.Store == "" || g.store == "" || left.Store == g.store) &&
			left.Place.Account != "" && !slices.Contains(accounts, left.Place.Account) {
			accounts = append(accounts, left.Place.Account)
		}
	}
	if len(accounts) == 0 {
		return []casefile.Place{{Region: g.place.Region}}
	}
	slices.Sort(accounts)
	out := make([]casefile.Place, len(accounts))
	for i, a := range accounts {
		out[i] = casefile.Place{Account: a, Region: g.place.Region}
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

// slack is how much earlier than the rest one source's coverage may end: things
// collected one after the other on one day belong together.
const slack = 24 * time.Hour

// window is the time that the evidence is about: from the first to the last
// moment that any directory source was looked at in its place, or from the
// making of the group.
func (in *inquiry) window() (span.Span, bool) {
	bounds, ok := in.bounds()
	if end := in.end(); ok && end.After(bounds.To) {
		bounds.To = end
	}
	if g := in.group; ok && g != nil && g.Created != nil && bounds.Contains(g.Created.Time) {
		bounds.From = g.Created.Time
	}
	return bounds, ok
}

// end is the last moment that the evidence speaks of: that any directory source
// was looked at, or that a listing shows the memberships in question. A listing
// newer than the logs shows what the logs may not explain.
func (in *inquiry) end() time.Time {
	if in.ended.IsZero() {
		in.ended = in.logsEnd()
		for _, s := range in.bench.listings() {
			if s.Clock != directory.ClockFile && s.Taken().After(in.ended) && s.asked(in.group, in.user) { // a file's own time only says "not later"
				in.ended = s.Taken()
			}
		}
	}
	return in.ended
}

// lately returns the stretch of a grade that reaches the end of the evidence
// without a gap. What ends earlier, or lies before a gap, says nothing of how
// things came to be as they are.
func (in *inquiry) lately(r reach, grade casefile.Completeness) (span.Span, bool) {
	spans := r.graded(grade).Spans()
	if len(spans) == 0 {
		return span.Span{}, false
	}
	final := spans[len(spans)-1]
	return final, !final.To.Before(in.end().Add(-slack))
}

// absence is the status of "there was none" within the reach: established when
// what was looked at is claimed or proven to be complete, reaches the end of the
// evidence and makes up half of its time at least; weaker when nobody says that
// it is complete; undetermined otherwise. The second result says what was looked
// at.
func (in *inquiry) absence(r reach, weaker Status) (Status, string) {
	stretch, grade, ok := in.looked(r)
	if !ok {
		return Undetermined, ""
	}
	status := Established
	said := r.describe(span.SetOf(stretch), grade)
	if slices.Contains(r.sources, awsid.SourceSCIM) {
		if silent := in.traceless(stretch); len(silent) > 0 {
			status = weaker
			said += "; but SCIM wrote without being logged: " + silentWords(silent)
		}
	}
	if grade == casefile.Unknown || in.tampered() {
		status = weaker
	}
	return status, said
}

// traceless returns the users and groups that an identity provider made within a
// stretch that was looked at and that no event made: SCIM writes that nobody
// logged, as those of a token from before September 2024 (cloudtrail reference
// 0, 4). Where there are some, no event is no sign that nothing happened.
func (in *inquiry) traceless(stretch span.Span) []*ledger.Life {
	out, known := in.silent[stretch]
	if !known {
		for _, life := range in.withoutLog() {
			if made := life.Created.Time; made.After(stretch.From) && made.Before(stretch.To.Add(-round)) {
				out = append(out, life)
			}
		}
		in.silent[stretch] = out
	}
	return out
}

func silentWords(silent []*ledger.Life) string {
	if len(silent) == 1 {
		return fmt.Sprintf("%s has an external id, was made in that time, and no event shows it", name(silent[0]))
	}
	return fmt.Sprintf("%d users and groups with an external id, %s among them, were made in that time, and no event shows it", len(silent), name(silent[0]))
}

// looked is the stretch that a statement about an absence rests on, of the best
// grade that has one.
func (in *inquiry) looked(r reach) (span.Span, casefile.Completeness, bool) {
	window, ok := in.window()
	if !ok {
		return span.Span{}, casefile.Unknown, false
	}
	for _, grade := range []casefile.Completeness{casefile.Proven, casefile.Claimed, casefile.Unknown} {
		if stretch, reaches := in.lately(r, grade); reaches && 2*stretch.Intersect(window).Length() >= window.Length() {
			return stretch, grade, true
		}
	}
	return span.Span{}, casefile.Unknown, false
}

// brief says that what was looked at is less than a day since the group was made
// or the evidence begins, "" when it is more. Providers that work on a schedule
// may not have come round to it (okta-sailpoint reference 11, 12).
func (in *inquiry) brief(r reach) string {
	stretch, _, ok := in.looked(r)
	window, some := in.window()
	if !ok || !some || stretch.Intersect(window).Length() >= slack {
		return ""
	}
	return "Less than a day was looked at since the evidence begins or the group was made, so the identity provider may not have come round to it."
}

// lookedDuring dates a statement about an absence: no summary says never of a
// time before the evidence.
func (in *inquiry) lookedDuring(r reach) string {
	stretch, _, _ := in.looked(r)
	if day(stretch.From) == day(stretch.To) {
		return "between " + stretch.From.UTC().Format("2006-01-02 15:04") + " and " + stretch.To.UTC().Format("15:04 UTC")
	}
	return "between " + day(stretch.From) + " and " + day(stretch.To)
}

// none is the finding of a cause of which nothing was found: refuted as far as
// was looked, undetermined where nobody says that what was looked at is
// complete.
func (in *inquiry) none(what string, sources ...string) Finding {
	r := in.reachOf(sources...)
	status, looked := in.absence(r, Undetermined)
	gaps := in.gaps(r)
	gap, onTheWay := in.onTheWay(sources...)
	switch {
	case status == Established && len(gaps) > 0:
		return Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("No %s in what was looked at: %s. Not looked at, though the evidence speaks of that time: %s.", what, looked, list(gaps, 3))}}, Needs: in.fetch(r)}
	case status == Established && onTheWay:
		return Finding{Status: Undetermined, Needs: []Need{waitNeed(gap)}, Because: []Reason{
			{Text: fmt.Sprintf("Not found, and events since %s may still be on their way; the listing is newer than that.", minute(gap.From))},
			{Text: fmt.Sprintf("No %s in what was looked at: %s.", what, looked)}}}
	case status == Established:
		return Finding{Status: Refuted, Because: []Reason{{Text: fmt.Sprintf("No %s in what was looked at: %s.", what, looked)}}}
	case looked != "":
		f := Finding{Status: Undetermined, Because: []Reason{{Text: fmt.Sprintf("No %s was found: %s.", what, looked)}}, Needs: in.fetch(r)}
		if in.tampered() {
			f.Because = append(f.Because, Reason{Text: "Log files are missing or changed; what they held is not known."})
		}
		return f
	}
	return Finding{Status: Undetermined, Because: []Reason{{Text: in.notLooked(r)}}, Needs: in.fetch(r)}
}

// undatedOf returns the calls of sources that change something and whose time is
// blanked.
func (g *ground) undatedOf(sources []string) []*casefile.Event {
	if len(sources) == 1 {
		return g.blank[sources[0]]
	}
	key := strings.Join(sources, " ")
	g.mu.Lock()
	defer g.mu.Unlock()
	out, known := g.blanks[key]
	if !known {
		for i := range g.c.Undated {
			if ev := &g.c.Undated[i]; slices.Contains(sources, ev.Source) && !ev.ReadOnly && !ev.Superseded && !g.isElsewhere(ev, storeNamed(g.l, ev)) {
				out = append(out, ev)
			}
		}
		g.blanks[key] = out
	}
	return out
}

// gaps names the stretches of the evidence's time that were not looked at with
// any claim to be complete: what is said not to have happened may lie there.
func (in *inquiry) gaps(r reach) []string {
	window, ok := in.window()
	if !ok {
		return nil
	}
	var out []string
	for _, gap := range r.claimed.Gaps(window) {
		edge := !gap.From.After(window.From) || !gap.To.Before(window.To)
		if gap.Length() > slack || !edge && gap.Length() > seam {
			out = append(out, during(gap))
		}
	}
	return out
}

// seam is how far apart two searches may lie that were meant to follow each other.
const seam = time.Minute

// tampered reports whether log files are missing or changed: then nothing that
// they do not show is known not to have happened.
func (in *inquiry) tampered() bool {
	return slices.ContainsFunc(in.c.Integrity, func(s casefile.Seal) bool { return len(s.Tampered) > 0 })
}

// notLooked says why the reach does not carry a statement.
func (in *inquiry) notLooked(r reach) string {
	if len(r.missing) > 0 {
		return fmt.Sprintf("Not looked at: %s.", sourceNames(r.missing))
	}
	grade, set, ok := r.best()
	if !ok {
		return fmt.Sprintf("%s were never looked at over the same time.", sourceNames(r.sources))
	}
	return fmt.Sprintf("What was looked at does not reach far enough: %s.", r.describe(set, grade))
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
	return fmt.Sprintf("%s%s, %s (%s)", sourceNames(r.sources), r.inPlaces(), list(spans, 3), how)
}

// inPlaces says in which accounts and Regions was looked, as far as the evidence
// names them.
func (r reach) inPlaces() string {
	var accounts, regions []string
	for _, p := range r.places {
		accounts, regions = append(accounts, p.Account), append(regions, p.Region)
	}
	accounts, regions = distinct(accounts), distinct(regions)
	text := ""
	switch {
	case len(accounts) == 1:
		text = " in account " + accounts[0]
	case len(accounts) > 1:
		text = " in accounts " + list(accounts, 5)
	}
	if len(regions) == 0 {
		return text
	}
	if text == "" {
		return " in " + list(regions, 5)
	}
	return text + ", " + list(regions, 5)
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
		if status, _ := in.absence(in.reachOf(source), Undetermined); status == Undetermined {
			out = append(out, in.lookupNeed(source))
		}
	}
	return out
}
