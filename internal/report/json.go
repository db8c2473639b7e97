package report

import (
	"encoding/json"
	"io"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// The JSON contract (design section 9): a field is added, never renamed; what is
// not known is absent; lists are there even when empty; times are RFC 3339 UTC.
type (
	whyDoc struct {
		Schema      string         `json:"schema"`
		Question    questionDoc    `json:"question"`
		Verdict     verdictDoc     `json:"verdict"`
		Causes      []causeDoc     `json:"causes"`
		Memberships []rowDoc       `json:"memberships"`
		Matrix      *matrixDoc     `json:"matrix,omitempty"`
		Near        []string       `json:"near,omitempty"`
		AsOf        *time.Time     `json:"asOf,omitempty"`
		Coverage    []coverDoc     `json:"coverage"`
		Notes       []string       `json:"notes,omitempty"`
		Statistics  *statisticsDoc `json:"statistics"`
	}
	questionDoc struct {
		Kind  string     `json:"kind"`
		Asked string     `json:"asked"`
		ID    string     `json:"id,omitempty"`
		Name  string     `json:"name,omitempty"`
		Group *entityDoc `json:"group,omitempty"`
	}
	verdictDoc struct {
		Status  string `json:"status"`
		Cause   string `json:"cause"`
		Summary string `json:"summary"`
	}
	causeDoc struct {
		ID      string      `json:"id"`
		Title   string      `json:"title"`
		Status  string      `json:"status"`
		Because []reasonDoc `json:"because"`
		Needs   []needDoc   `json:"needs"`
		Fix     []fixDoc    `json:"fix"`
		// Unexamined is true when nothing of the product that the cause is about is
		// among the evidence; text leaves such causes out.
		Unexamined bool `json:"unexamined,omitempty"`
	}
	reasonDoc struct {
		Text   string   `json:"text"`
		Events []string `json:"events"`
	}
	needDoc struct {
		Text    string `json:"text"`
		Command string `json:"command,omitempty"`
	}
	fixDoc struct {
		Text    string `json:"text"`
		Command string `json:"command,omitempty"`
		Who     string `json:"who"`
	}
	entityDoc struct {
		ID   string `json:"id"`
		Name string `json:"name,omitempty"`
	}
	rowDoc struct {
		Group        entityDoc   `json:"group"`
		User         entityDoc   `json:"user"`
		MembershipID string      `json:"membershipId,omitempty"`
		Present      *bool       `json:"present,omitempty"`
		AsOf         *time.Time  `json:"asOf,omitempty"`
		Spans        []periodDoc `json:"spans"`
	}
	periodDoc struct {
		From  *time.Time `json:"from,omitempty"`
		To    *time.Time `json:"to,omitempty"`
		Began *originDoc `json:"began,omitempty"`
		Ended *originDoc `json:"ended,omitempty"`
	}
	originDoc struct {
		Via    string   `json:"via"`
		Known  string   `json:"known"`
		Actor  actorDoc `json:"actor"`
		Events []string `json:"events"`
		Note   string   `json:"note,omitempty"`
	}
	actorDoc struct {
		Kind   string `json:"kind"`
		Name   string `json:"name,omitempty"`
		Client string `json:"client,omitempty"`
		Basis  string `json:"basis,omitempty"`
	}
	coverDoc struct {
		Account     string    `json:"account,omitempty"`
		Region      string    `json:"region,omitempty"`
		EventSource string    `json:"eventSource"`
		From        time.Time `json:"from"`
		To          time.Time `json:"to"`
		Channel     string    `json:"channel"`
		Complete    string    `json:"complete"`
	}
	statisticsDoc struct {
		Inputs         int             `json:"inputs"`
		Bytes          int64           `json:"bytes"`
		Records        int             `json:"records"`
		IdentityEvents int             `json:"identityEvents"`
		Reads          int             `json:"reads"`
		Duplicates     int             `json:"duplicates"`
		Superseded     int             `json:"superseded"`
		Undated        int             `json:"undated"`
		Snapshots      int             `json:"snapshots"`
		First          *time.Time      `json:"first,omitempty"`
		Last           *time.Time      `json:"last,omitempty"`
		Unreadable     []casefile.Loss `json:"unreadable"`
	}
	ledgerDoc struct {
		Schema      string         `json:"schema"`
		Memberships []rowDoc       `json:"memberships"`
		Unresolved  []string       `json:"unresolved,omitempty"`
		Coverage    []coverDoc     `json:"coverage"`
		Statistics  *statisticsDoc `json:"statistics"`
	}
	eventDoc struct {
		Time     *time.Time `json:"time,omitempty"`
		ID       string     `json:"id"`
		Account  string     `json:"account,omitempty"`
		Region   string     `json:"region,omitempty"`
		Source   string     `json:"source,omitempty"`
		Name     string     `json:"name,omitempty"`
		Actor    actorDoc   `json:"actor"`
		Group    *entityDoc `json:"group,omitempty"`
		User     *entityDoc `json:"user,omitempty"`
		Effect   string     `json:"effect"`
		Error    *errorDoc  `json:"error,omitempty"`
		Unread   []fieldDoc `json:"unread,omitempty"`
		ReadOnly bool       `json:"readOnly"`
	}
	fieldDoc struct {
		Field  string `json:"field"`
		Reason string `json:"reason"`
	}
	errorDoc struct {
		Code    string `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
		Meaning string `json:"meaning,omitempty"`
	}
	eventsDoc struct {
		Schema string     `json:"schema"`
		Events []eventDoc `json:"events"`
	}
	explainDoc struct {
		Schema    string            `json:"schema"`
		Code      string            `json:"code,omitempty"`
		Message   string            `json:"message,omitempty"`
		Meaning   string            `json:"meaning,omitempty"`
		Attribute string            `json:"attribute,omitempty"`
		Cause     string            `json:"cause,omitempty"`
		Fix       []string          `json:"fix"`
		Docs      string            `json:"docs,omitempty"`
		Entry     string            `json:"entry,omitempty"`
		Basis     string            `json:"basis,omitempty"`
		ByClient  map[string]string `json:"byClient,omitempty"`
		Causes    []string          `json:"causes,omitempty"`
		Known     bool              `json:"known"`
	}
)

// WhyJSON returns an answer to this evidence as the function WhyJSON does.
func (e *Evidence) WhyJSON(a *diagnose.Answer) any {
	doc := whyDoc{
		Schema:      "scimtrail/why/v1",
		Question:    questionDoc{Kind: a.Question.Kind, Asked: a.Question.Asked},
		Verdict:     verdictDoc{string(a.Verdict.Status), a.Verdict.Cause, a.Verdict.Summary},
		Memberships: rowDocs(a.Memberships),
		Matrix:      matrixJSON(a.Matrix),
		Near:        a.Near,
		AsOf:        when(a.AsOf),
		Coverage:    coverDocs(e.Coverage),
		Notes:       e.Notes,
		Statistics:  statistics(e.Statistics, e.Unreadable),
	}
	about := a.Question.Group
	if a.Question.Kind == "user" {
		about = a.Question.User
		if g := a.Question.Group; g != nil {
			doc.Question.Group = &entityDoc{g.ID, g.Name}
		}
	}
	if about != nil {
		doc.Question.ID, doc.Question.Name = about.ID, about.Name
	}
	lead := a.Lead()
	for i := range a.Findings {
		f := &a.Findings[i]
		if f == lead {
			f = new(*lead)
			f.Needs = e.needs(a)
		}
		doc.Causes = append(doc.Causes, causeJSON(f))
	}
	return doc
}

func causeJSON(f *diagnose.Finding) causeDoc {
	doc := causeDoc{ID: f.Cause.Slug, Title: f.Cause.Title, Status: string(f.Status), Because: []reasonDoc{}, Needs: []needDoc{}, Fix: []fixDoc{}, Unexamined: f.Unexamined}
	for _, r := range f.Because {
		doc.Because = append(doc.Because, reasonDoc{r.Text, listed(r.Events)})
	}
	for _, n := range f.Needs {
		doc.Needs = append(doc.Needs, needDoc(n))
	}
	for _, x := range f.Fix {
		doc.Fix = append(doc.Fix, fixDoc(x))
	}
	return doc
}

// LedgerJSON returns memberships in the form of scimtrail/ledger/v1.
func LedgerJSON(rows []*ledger.Row, l *ledger.Ledger, c *casefile.Case) any {
	doc := ledgerDoc{Schema: "scimtrail/ledger/v1", Memberships: rowDocs(rows), Coverage: coverDocs(c.Coverage), Statistics: statistics(c.Statistics, c.Unreadable)}
	for _, ev := range l.Unresolved() {
		doc.Unresolved = append(doc.Unresolved, ev.Key)
	}
	return doc
}

// EventsJSON returns events in the form of scimtrail/events/v1.
func EventsJSON(events []*casefile.Event, l *ledger.Ledger) any {
	doc := eventsDoc{Schema: "scimtrail/events/v1", Events: []eventDoc{}}
	for _, ev := range events {
		doc.Events = append(doc.Events, eventJSON(ev, l))
	}
	return doc
}

// EventsJSONL writes events one a line, each as in scimtrail/events/v1.
func EventsJSONL(w io.Writer, events []*casefile.Event, l *ledger.Ledger) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, ev := range events {
		if err := enc.Encode(eventJSON(ev, l)); err != nil {
			return err
		}
	}
	return nil
}

func eventJSON(ev *casefile.Event, l *ledger.Ledger) eventDoc {
	doc := eventDoc{
		Time: when(ev.Time), ID: ev.Key, Account: ev.Account, Region: ev.Region, Source: ev.Source, Name: ev.Name,
		Actor: actorJSON(ev.Actor), Effect: string(effect(ev)), ReadOnly: ev.ReadOnly,
	}
	group, user := Subject(ev, l)
	if group.ID != "" {
		doc.Group = &entityDoc{group.ID, group.Name}
	}
	if user.ID != "" {
		doc.User = &entityDoc{user.ID, user.Name}
	}
	for _, p := range ev.Problems {
		doc.Unread = append(doc.Unread, fieldDoc(p))
	}
	if ev.Failed() {
		doc.Error = &errorDoc{Code: ev.ErrorCode, Message: ev.ErrorMessage}
		if x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage); ok {
			doc.Error.Meaning = x.Meaning()
		}
	}
	return doc
}

// effect is what a call changed: nothing when it failed or only read.
func effect(ev *casefile.Event) cloudtrail.Effect {
	if ev.Failed() || ev.ReadOnly {
		return cloudtrail.None
	}
	return ev.Effect
}

// Subject returns the group and user that an event is about, a deletion by
// membership id resolved where the ledger can, with the best names known.
func Subject(ev *casefile.Event, l *ledger.Ledger) (group, user ledger.Entity) {
	group.ID, user.ID = ev.Subject.Group, ev.Subject.User
	if pair, ok := l.Resolve(ev.Key); ok {
		group.ID, user.ID = pair.Group, pair.User
	}
	if life := l.Group(group.ID); life != nil {
		group.Name = life.Name
	}
	if life := l.User(user.ID); life != nil {
		user.Name = life.Name
	}
	return group, user
}

// ExplainJSON returns an explained error in the form of scimtrail/explain/v1;
// ok is false when the catalogue does not know it.
func ExplainJSON(code, message string, x scimerror.Explanation, ok bool) any {
	doc := explainDoc{Schema: "scimtrail/explain/v1", Code: code, Message: message, Fix: []string{}, Known: ok}
	if !ok {
		return doc
	}
	doc.Code, doc.Message, doc.Attribute, doc.Basis = x.Code, x.Message, x.Attribute, string(x.Basis)
	doc.Meaning, doc.Cause, doc.Docs, doc.Entry = x.Meaning(), x.Entry.Cause, x.Entry.Docs, x.Entry.ID
	doc.Fix, doc.ByClient, doc.Causes = listed(x.Entry.Fix), x.Entry.ByClient, x.Causes
	return doc
}

// WriteJSON writes a document of this package, indented, with a final newline.
func WriteJSON(w io.Writer, doc any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func rowDocs(rows []*ledger.Row) []rowDoc {
	out := []rowDoc{}
	for _, r := range rows {
		doc := rowDoc{Group: entityDoc(r.Group), User: entityDoc(r.User), MembershipID: r.MembershipID, Present: r.Present, AsOf: when(r.AsOf), Spans: []periodDoc{}}
		for _, p := range r.Periods {
			doc.Spans = append(doc.Spans, periodDoc{when(p.From), when(p.To), originJSON(p.Began), originJSON(p.Ended)})
		}
		out = append(out, doc)
	}
	return out
}

func originJSON(o *ledger.Origin) *originDoc {
	if o == nil {
		return nil
	}
	return &originDoc{string(o.Via), string(o.Known), actorJSON(o.Actor), listed(o.Events), o.Note}
}

func actorJSON(a actor.Actor) actorDoc {
	doc := actorDoc{Kind: a.Kind, Name: a.Name, Client: a.Client, Basis: a.Basis}
	if doc.Kind == "" {
		doc.Kind = actor.Unknown
	}
	return doc
}

func coverDocs(c casefile.Coverage) []coverDoc {
	out := []coverDoc{}
	for _, x := range c {
		out = append(out, coverDoc{x.Account, x.Region, x.Source, x.Span.From.UTC(), x.Span.To.UTC(), x.Channel, x.Complete.String()})
	}
	return out
}

func statistics(s casefile.Statistics, unreadable []casefile.Loss) *statisticsDoc {
	doc := &statisticsDoc{
		Inputs: s.Files, Bytes: s.Bytes, Records: s.Records, IdentityEvents: s.IdentityEvents, Reads: s.Reads, Duplicates: s.Duplicates,
		Superseded: s.Superseded, Undated: s.Undated, Snapshots: s.Snapshots, First: when(s.First), Last: when(s.Last), Unreadable: unreadable,
	}
	if doc.Unreadable == nil {
		doc.Unreadable = []casefile.Loss{}
	}
	return doc
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
