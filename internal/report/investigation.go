package report

import (
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// InvestigationSchema is the value of "schema" in report.json.
const InvestigationSchema = "scimtrail/investigation/v1"

// InvestigationOptions is what a report says of itself.
type InvestigationOptions struct {
	Version   string    // of the program; may be empty
	Redacted  bool      // names, addresses and ids of the case are pseudonyms
	Generated time.Time // only as the user states it; zero leaves it out
}

// Investigation is the whole report of an investigation as data. Markdown, HTML
// and JSON are made from it, and Bundle writes all three with the evidence.
// Strings in it are as the evidence has them; renderers escape. As JSON, times
// are RFC 3339 UTC, a field is added and never renamed, and what is not known is
// absent.
type Investigation struct {
	Schema    string     `json:"schema"`
	Program   string     `json:"program,omitempty"`
	Generated *time.Time `json:"generated,omitempty"`
	AsOf      *time.Time `json:"asOf,omitempty"` // the last moment that the evidence speaks of
	Redacted  bool       `json:"redacted,omitempty"`
	Title     string     `json:"title"`

	Finding     Headline      `json:"finding"`
	Why         any           `json:"why,omitempty"` // scimtrail/why/v1; absent when no question was asked
	Meaning     []string      `json:"meaning"`
	Subjects    []Subjected   `json:"subjects,omitempty"`
	Matrix      *matrixDoc    `json:"matrix,omitempty"` // as in Why
	Timeline    Timeline      `json:"timeline"`
	SCIM        SCIMActivity  `json:"scim"`
	People      Hands         `json:"people"`
	Sample      *Sample       `json:"sample,omitempty"`
	Recent      []EventRow    `json:"recent"`
	Causes      []CauseLine   `json:"causes,omitempty"`
	Expected    []Expectation `json:"expected"`
	Desired     *Desired      `json:"desired,omitempty"`
	Groups      FilledGroups  `json:"groups"`
	Established []Statement   `json:"established"`
	Open        []Statement   `json:"notEstablished"`
	Steps       []Step        `json:"nextSteps"`
	Queries     []Query       `json:"queries"`
	Closing     []Step        `json:"closingQueries"`
	Accounts    []AccountLine `json:"accounts"`
	Statistics  []Count       `json:"statistics"`
	Custody     Custody       `json:"custody"`

	evidence evidenceFiles
	matrix   *diagnose.Matrix
}

// Headline is the finding: the answer and what it rests on.
type Headline struct {
	Status  string      `json:"status,omitempty"` // as in the verdict; absent when no question was asked
	Cause   string      `json:"cause,omitempty"`
	Title   string      `json:"title,omitempty"` // of the cause
	Summary string      `json:"summary"`
	Asked   string      `json:"asked,omitempty"`
	Near    []string    `json:"near,omitempty"`
	Because []Statement `json:"because"`
	First   *Step       `json:"first,omitempty"` // what to do before anything else
}

// Statement is a sentence with the events that show it.
type Statement struct {
	Cause  string   `json:"cause,omitempty"`
	Status string   `json:"status,omitempty"`
	Text   string   `json:"text"`
	Events []string `json:"events,omitempty"`
}

// Step is something to do or to fetch.
type Step struct {
	Kind    string `json:"kind"` // fix or fetch
	Who     string `json:"who,omitempty"`
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
	For     string `json:"for,omitempty"` // the cause that it settles or mends
}

// EventRow is an identity event in a table of the report.
type EventRow struct {
	eventDoc
	What string `json:"what"` // in words
	Via  string `json:"via"`
}

// CauseLine is one cause of the catalogue with its status.
type CauseLine struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Status  string      `json:"status"`
	Because []Statement `json:"because"`
	Needs   []string    `json:"needs"`
}

// Count is a number with its name.
type Count struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Investigate makes the report of a case. a is the answer to the question that
// was asked; nil when the whole store is reported on. It is pure: the same
// arguments give the same report.
func Investigate(c *casefile.Case, l *ledger.Ledger, a *diagnose.Answer, opts InvestigationOptions) *Investigation {
	q := newInquest(c, l, a)
	in := &Investigation{
		Schema: InvestigationSchema, Program: opts.Version, Generated: when(opts.Generated), AsOf: when(c.AsOf()), Redacted: opts.Redacted,
		Title: q.title(),
	}
	in.Subjects = q.subjects()
	in.Timeline = q.timeline()
	in.SCIM = q.scimActivity()
	in.People = q.hands()
	in.Groups = q.filledGroups()
	in.Recent = q.recent()
	in.Expected = q.expectations()
	in.Desired = q.desired()
	in.Steps = q.steps()
	in.Queries = q.queries()
	in.Closing = q.closing()
	in.Finding = q.headline(in)
	in.Meaning = q.meaning()
	in.Sample = q.sample()
	in.Causes = q.causes()
	if q.a != nil {
		in.Matrix = matrixJSON(q.a.Matrix)
		in.matrix = q.a.Matrix
	}
	in.Established = q.established(in)
	in.Open = q.open()
	in.Accounts = q.accounts()
	in.Statistics = q.statistics()
	in.Custody = custody(c)
	if a != nil {
		in.Why = WhyJSON(a, c)
	}
	in.evidence = q.evidenceFiles()
	return in
}

// inquest holds what the parts of a report share while it is made.
type inquest struct {
	c *casefile.Case
	l *ledger.Ledger
	a *diagnose.Answer

	group, user *ledger.Life // of the question; nil when it has none
	store       string
	home        casefile.Place    // of the store; empty fields are not known
	writes      []*casefile.Event // identity writes, attempts included, by time
	counted     []*casefile.Event // all events that count, reads included
}

func newInquest(c *casefile.Case, l *ledger.Ledger, a *diagnose.Answer) *inquest {
	q := &inquest{c: c, l: l, a: a}
	if a != nil && a.Question.Group != nil {
		q.group = l.Group(a.Question.Group.ID)
	}
	if a != nil && a.Question.User != nil {
		q.user = l.User(a.Question.User.ID)
	}
	for _, life := range []*ledger.Life{q.group, q.user} {
		if life != nil && q.store == "" {
			q.store = life.Store
		}
	}
	for i := range c.Events {
		ev := &c.Events[i]
		if ev.Superseded {
			continue
		}
		q.counted = append(q.counted, ev)
		if !ev.ReadOnly {
			q.writes = append(q.writes, ev)
		}
	}
	q.home = q.locate()
	return q
}

// locate returns where the store lives, as far as only one place is stated.
func (q *inquest) locate() casefile.Place {
	var of []casefile.Home
	for _, h := range q.c.Homes {
		if q.store == "" || h.Store == "" || h.Store == q.store {
			of = append(of, h)
		}
	}
	only := func(pick func(casefile.Home) string) string {
		found := ""
		for _, h := range of {
			v := pick(h)
			if v != "" && found != "" && v != found {
				return ""
			}
			if v != "" {
				found = v
			}
		}
		return found
	}
	return casefile.Place{
		Account: only(func(h casefile.Home) string { return h.Account }),
		Region:  only(func(h casefile.Home) string { return h.Region }),
	}
}

// places returns where calls of a source would be logged: SCIM where the store
// lives, the others in every account known to write there as well (cloudtrail
// reference 2.2).
func (q *inquest) places(source string) []casefile.Place {
	if source == awsid.SourceSCIM {
		return []casefile.Place{q.home}
	}
	var accounts []string
	if q.home.Account != "" {
		accounts = append(accounts, q.home.Account)
	}
	for _, ev := range q.writes {
		if ev.Source == source && ev.Account != "" && !slices.Contains(accounts, ev.Account) {
			accounts = append(accounts, ev.Account)
		}
	}
	if len(accounts) == 0 {
		return []casefile.Place{q.home}
	}
	slices.Sort(accounts)
	out := make([]casefile.Place, len(accounts))
	for i, account := range accounts {
		out[i] = casefile.Place{Account: account, Region: q.home.Region}
	}
	return out
}

// changesMembers reports whether a call is about who is in a group.
func changesMembers(ev *casefile.Event) bool {
	switch ev.Effect {
	case cloudtrail.MemberAdded, cloudtrail.MemberRemoved, cloudtrail.MembersAdded, cloudtrail.MembersRemoved, cloudtrail.MembersChanged:
		return true
	}
	return !ev.ReadOnly && (ev.MayAdd() || ev.MayRemove())
}

func (q *inquest) title() string {
	switch {
	case q.a == nil:
		return "Who fills the groups of this identity store"
	case q.user != nil && q.group != nil:
		return "User " + nameOf(entityOf(q.user)) + " and group " + nameOf(entityOf(q.group))
	case q.user != nil:
		return "User " + nameOf(entityOf(q.user))
	case q.group != nil:
		return "Group " + nameOf(entityOf(q.group))
	}
	return "The " + q.a.Question.Kind + " asked for: " + q.a.Question.Asked
}

func entityOf(l *ledger.Life) ledger.Entity { return ledger.Entity{ID: l.ID, Name: l.Name} }
