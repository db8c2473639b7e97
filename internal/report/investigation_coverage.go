package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/span"
)

// looked returns when a source was looked at everywhere its calls would be
// logged, with at least the given completeness.
func (q *inquest) looked(source string, grade casefile.Completeness) span.Set {
	var out span.Set
	for i, p := range q.places(source) {
		got := q.c.Coverage.Of(source, p, grade)
		if i == 0 {
			out = got
		} else {
			out = out.Intersect(got)
		}
	}
	return out
}

var gradeWords = map[casefile.Completeness]string{
	casefile.Proven:  "proven complete by signed digests",
	casefile.Claimed: "complete according to its source",
	casefile.Unknown: "whether it is complete is not known",
}

// reachWords says for how long and how surely a source was looked at.
func (q *inquest) reachWords(source string) string {
	for _, grade := range []casefile.Completeness{casefile.Proven, casefile.Claimed, casefile.Unknown} {
		set := q.looked(source, grade)
		if set.Empty() {
			continue
		}
		spans := set.Spans()
		var words []string
		for i, s := range spans {
			if i == 3 {
				words = append(words, fmt.Sprintf("%d more spans", len(spans)-i))
				break
			}
			words = append(words, spanWords(s))
		}
		text := "looked at " + strings.Join(words, ", ") + "; " + gradeWords[grade]
		if all := q.looked(source, casefile.Unknown); grade > casefile.Unknown && all.Length() > set.Length() {
			text += "; further time was seen, less surely"
		}
		return text + q.placeWords(source)
	}
	if q.c.Coverage.Searched(source, casefile.Place{}) {
		if len(q.places(source)) == 1 {
			return "looked at, but not where it is logged" + q.placeWords(source)
		}
		return "not looked at in every place where it is logged" + q.placeWords(source)
	}
	return "not looked at: an absence says nothing"
}

// placeWords names where a source is logged.
func (q *inquest) placeWords(source string) string {
	var words []string
	for _, p := range q.places(source) {
		switch {
		case p.Account != "" && p.Region != "":
			words = append(words, p.Account+" "+p.Region)
		case p.Account != "" || p.Region != "":
			words = append(words, p.Account+p.Region)
		}
	}
	if len(words) == 0 {
		return " (where the identity store lives is not known)"
	}
	return " (" + strings.Join(words[:min(len(words), 4)], ", ") + moreWords(len(words)-4) + ")"
}

func moreWords(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

func spanWords(s span.Span) string {
	from, to := dayOf(s.From), dayOf(s.To)
	if from == to {
		return "on " + from
	}
	return from + " to " + to
}

// Query is a search that the evidence comes from.
type Query struct {
	coverDoc
	Command string `json:"command,omitempty"` // that searches the same again, where there is one
}

// queries lists what was searched. Commands hold nothing but values of a strict
// form, so that no log line can write one.
func (q *inquest) queries() []Query {
	out := []Query{}
	for i, doc := range coverDocs(q.c.Coverage) {
		query := Query{coverDoc: doc}
		if cover := q.c.Coverage[i]; strings.HasPrefix(cover.Channel, "lookup") {
			query.Command = lookupCommand(cover.Region, cover.Source, cover.Span)
		}
		out = append(out, query)
	}
	return out
}

var (
	regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	sourceForm = regexp.MustCompile(`^[a-z0-9-]+\.amazonaws\.com$`)
)

func lookupCommand(region, source string, s span.Span) string {
	if !sourceForm.MatchString(source) {
		return ""
	}
	if !regionForm.MatchString(region) {
		region = "<region>"
	}
	const layout = "2006-01-02T15:04:05Z"
	return fmt.Sprintf("aws cloudtrail lookup-events --region %s --lookup-attributes AttributeKey=EventSource,AttributeValue=%s --start-time %s --end-time %s --output json",
		region, source, s.From.UTC().Format(layout), s.To.UTC().Format(layout))
}

// closing lists the queries that would close the gaps of the coverage: for each
// directory source and place, the time of the evidence's window that was not
// looked at or not surely.
func (q *inquest) closing() []Step {
	out := []Step{}
	window, ok := q.window()
	if q.home.Account == "" || q.home.Region == "" {
		out = append(out, Step{Kind: "fetch", Who: "aws", Text: "Find where the identity store lives, its account and its Region: SCIM is logged there alone, and a search elsewhere finds nothing.",
			Command: "aws sso-admin list-instances --region <region> --output json"})
	}
	if !ok {
		for _, source := range casefile.DirectorySources {
			out = append(out, Step{Kind: "fetch", Who: "aws", Text: doorOf(source) + ": nothing in the evidence says that it was looked at, or when.",
				Command: "aws cloudtrail lookup-events --region <region> --lookup-attributes AttributeKey=EventSource,AttributeValue=" + source + " --output json"})
		}
		return out
	}
	for _, source := range casefile.DirectorySources {
		for _, p := range q.places(source) {
			gaps := q.c.Coverage.Of(source, p, casefile.Claimed).Gaps(window)
			gaps = slices.DeleteFunc(gaps, func(s span.Span) bool { return s.Length() < time.Hour && window.Length() > time.Hour })
			if len(gaps) == 0 {
				continue
			}
			account := "the account that owns the Identity Center instance"
			if awsid.IsAccount(p.Account) {
				account = "account " + p.Account
			}
			var words []string
			for _, g := range gaps[:min(len(gaps), 3)] {
				words = append(words, spanWords(g))
			}
			whole := span.Span{From: gaps[0].From, To: gaps[len(gaps)-1].To}
			text := fmt.Sprintf("%s in %s: %s%s not looked at, or whether completely is not known. A trail's bucket holds more than event history, which ends after 90 days.",
				doorOf(source), account, strings.Join(words, ", "), moreWords(len(gaps)-3))
			out = append(out, Step{Kind: "fetch", Who: "aws", Text: text, Command: lookupCommand(p.Region, source, whole)})
		}
	}
	return out
}

// window is the time that the report speaks of: from the first write or the
// first moment looked at to the last moment of the evidence, at least a day.
func (q *inquest) window() (span.Span, bool) {
	w, ok := q.c.Window(casefile.DirectorySources...)
	if w.From.IsZero() {
		ok = false // a claim without a beginning: let the events say
	}
	for _, ev := range q.writes {
		if !cloudtrail.DirectorySource(ev.Source) {
			continue
		}
		if !ok {
			w, ok = span.Of(ev.Time, ev.Time), true
		}
		if ev.Time.Before(w.From) {
			w.From = ev.Time
		}
		if ev.Time.After(w.To) {
			w.To = ev.Time
		}
	}
	if at := q.c.AsOf(); ok && at.After(w.To) {
		w.To = at
	}
	return w, ok
}

// doorOf names an event source as people speak of it.
func doorOf(source string) string {
	switch source {
	case awsid.SourceSCIM:
		return "SCIM"
	case awsid.SourceAPI:
		return "Identity Store API"
	case awsid.SourceConsole:
		return "Console"
	case awsid.SourceAssignments:
		return "SSO administration"
	case awsid.SourceIdentitySync:
		return "Directory sync"
	}
	return strings.TrimSuffix(source, ".amazonaws.com")
}
