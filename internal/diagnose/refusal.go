package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scimerror"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// failure is a refusal that the identity provider or CloudTrail tells of.
type failure struct {
	at    time.Time // zero when it has no moment
	text  string
	where string // who tells of it
	x     scimerror.Explanation
	known bool   // the error catalogue knows it
	event string // key of the CloudTrail event, or ""
	kind  string // Okta's event type, or ""
}

// is reports whether a refusal is one of the entries of the error catalogue.
func (f *failure) is(entries ...string) bool {
	return f.known && slices.Contains(entries, f.x.Entry.ID)
}

// reason tells of a refusal.
func (f *failure) reason() Reason {
	text := fmt.Sprintf("%s: %q.", f.where, strings.TrimRight(shorten(f.text, 255), "."))
	if !f.at.IsZero() {
		text = fmt.Sprintf("%s, %s: %q.", f.where, when(f.at), strings.TrimRight(shorten(f.text, 255), "."))
	}
	if f.known {
		text += " " + f.x.Meaning()
	}
	r := Reason{Text: text}
	if f.event != "" {
		r.Events = []string{f.event}
	}
	return r
}

// fixes is what the error catalogue advises.
func (f *failure) fixes() []Fix {
	if !f.known {
		return nil
	}
	var out []Fix
	for _, step := range f.x.Entry.Fix {
		out = append(out, fixOf(step))
	}
	return out
}

func (c *chain) failure(at time.Time, text, where string) failure {
	f := failure{at: at, text: text, where: where}
	x, seen := c.explained[text]
	if !seen {
		x, _ = scimerror.Explain("", text)
		c.explained[text] = x
	}
	f.x, f.known = x, x.Entry != nil
	return f
}

// alike is failure for refusals of which there may be very many, one a person: of
// texts that differ in names, addresses and numbers alone one is looked up. What
// it explains of ids is that of another.
func (c *chain) alike(at time.Time, text, where string) failure {
	shape := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}, text)
	words := strings.Fields(shape)
	for i, w := range words {
		if strings.ContainsAny(w, "@#") && !strings.ContainsAny(w, "'\"") {
			words[i] = "#"
		}
	}
	shape = "\x00" + strings.Join(words, " ")
	x, seen := c.explained[shape]
	if !seen {
		x = c.failure(at, text, where).x
		c.explained[shape] = x
	}
	return failure{at: at, text: text, where: where, x: x, known: x.Entry != nil}
}

const (
	systemLog   = "Okta's System Log"
	entraLog    = "Entra ID's provisioning log"
	trail       = "CloudTrail"
	pushMapping = "Okta's push mapping"
	appTask     = "Okta's provisioning task"
)

// refusals are the failures to push the group after the last success that is
// known: of the System Log, of the mapping itself, of Entra's log, of CloudTrail.
func (c *chain) refusals() []failure {
	if c.in.group == nil {
		return nil
	}
	since := c.pushedAt()
	var out []failure
	add := func(f failure) {
		if !f.at.IsZero() && !f.at.After(since) || f.text == "" {
			return
		}
		out = append(out, f)
	}
	for _, e := range c.pushLog() {
		if e.Failed() {
			f := c.failure(e.Published, textOf(&e), systemLog)
			f.kind = e.EventType
			add(f)
		}
	}
	if m := c.mapping; m != nil && m.Status == "ERROR" && m.ErrorSummary != "" {
		f := c.failure(m.LastUpdated, m.ErrorSummary, pushMapping)
		if f.at.IsZero() {
			f.at = f.x.At
		}
		add(f)
	}
	for i := range c.st.Entra.Provisioning {
		p := &c.st.Entra.Provisioning[i]
		if c.groupIn == upstream.ProductEntra && p.Source.ID == c.groupID && p.Status.Status == "failure" {
			add(c.failure(p.ActivityDateTime, strings.TrimSpace(p.Status.Error.Code+": "+p.Status.Error.Reason), entraLog))
		}
	}
	for _, ev := range trailing(where(where(c.in.ofGroup, isSCIM), changesMembers), failed) {
		f := failure{at: ev.Time, text: strings.Trim(ev.ErrorCode+": "+ev.ErrorMessage, ": "), where: trail, event: ev.Key}
		f.x, f.known = scimerror.Explain(ev.ErrorCode, ev.ErrorMessage)
		f.known = f.known && f.x.Entry != nil
		add(f)
	}
	slices.SortStableFunc(out, func(a, b failure) int { return a.at.Compare(b.at) })
	return out
}

func textOf(e *upstream.OktaEvent) string {
	if e.Outcome.Reason != "" {
		return e.Outcome.Reason
	}
	return e.DisplayMessage
}

// pushLog is what Okta's System Log says of pushing the group, under its AWS name
// and under its Okta name.
func (c *chain) pushLog() []upstream.OktaEvent {
	if c.pushes == nil {
		c.pushes = new(c.readPushLog())
	}
	return *c.pushes
}

func (c *chain) readPushLog() []upstream.OktaEvent {
	out := c.st.PushEvents(c.in.group.Name)
	if c.source != nil && c.source.Profile.Name != c.in.group.Name {
		for _, e := range c.st.PushEvents(c.source.Profile.Name) {
			if !slices.ContainsFunc(out, func(o upstream.OktaEvent) bool { return o.UUID == e.UUID }) {
				out = append(out, e)
			}
		}
		slices.SortStableFunc(out, func(a, b upstream.OktaEvent) int { return a.Published.Compare(b.Published) })
	}
	return slices.DeleteFunc(out, func(e upstream.OktaEvent) bool { return !c.ofApp(&e) }) // a group may be pushed to other apps as well
}

// pushSuccess are the types of the events that say that members were pushed
// (okta-sailpoint reference 5.3).
var pushSuccess = []string{"application.provision.group_push.push_memberships", "application.provision.group_push.pushed"}

// pushedAt is the last moment at which members of the group are known to have
// been sent with success; zero when none is.
func (c *chain) pushedAt() time.Time {
	at := c.wroteAt()
	for _, e := range c.pushLog() {
		if slices.Contains(pushSuccess, e.EventType) && e.Outcome.Result == "SUCCESS" {
			at = later(at, e.Published)
		}
	}
	if m := c.mapping; m != nil && m.Status == "ACTIVE" {
		at = later(at, m.LastPush)
	}
	return at
}

// wroteAt is when SCIM last wrote members of the group with success, by
// CloudTrail; zero when no such write is known.
func (c *chain) wroteAt() time.Time {
	if w := last(c.written()); w != nil {
		return w.Time
	}
	return time.Time{}
}

// written are the successful SCIM writes of the group's members.
func (c *chain) written() []*casefile.Event {
	return where(c.in.ofGroup, func(ev *casefile.Event) bool {
		return ev.Source == awsid.SourceSCIM && succeeded(ev) && ev.MayAdd() && ev.Name != "CreateGroup"
	})
}

// contradicted weakens what the provider's state says of the group being pushed
// no more, when SCIM wrote its members after that: the state is old, or another
// app pushes the group.
func (c *chain) contradicted(f Finding, since time.Time) Finding {
	f = c.ofThisApp(f)
	after := where(c.written(), func(ev *casefile.Event) bool { return !since.IsZero() && ev.Time.After(since.Add(slackOfClocks)) })
	if len(after) == 0 || f.Status != Established && f.Status != Supported {
		return f
	}
	f.Status = Possible
	f.Because = append(f.Because, because(after, "But SCIM wrote members of the group after that with success, the last on %s. Either the state was read before it was mended, or something else writes the group.", when(last(after).Time)))
	return f
}

// slackOfClocks is how far apart the clocks of two services, and the noting of
// one push on both sides, may lie.
const slackOfClocks = 5 * time.Minute

// personFailures are the refusals to make or change a person in AWS that nothing
// mended since.
func (c *chain) personFailures(p *person) []failure {
	var out []failure
	var good time.Time
	switch p.product {
	case upstream.ProductOkta:
		for _, e := range c.perUser[p.id] {
			if !strings.HasPrefix(e.EventType, "application.provision.user.") || !c.ofApp(e) {
				continue
			}
			switch {
			case e.Failed():
				f := c.alike(e.Published, textOf(e), systemLog)
				f.kind = e.EventType
				out = append(out, f)
			case e.Outcome.Result == "SUCCESS":
				good = later(good, e.Published)
			}
		}
		if u := p.appUser; u != nil {
			if u.SyncState == "SYNCHRONIZED" && u.ExternalID != "" {
				good = later(good, u.LastSync)
			}
			if u.Task.Error != "" && u.Task.Status != "COMPLETED" {
				out = append(out, c.alike(u.Task.LastUpdate, u.Task.Error, appTask))
			}
		}
	case upstream.ProductEntra:
		for i := range c.st.Entra.Provisioning {
			e := &c.st.Entra.Provisioning[i]
			switch {
			case e.Source.ID != p.id:
			case e.Status.Status == "failure":
				out = append(out, c.alike(e.ActivityDateTime, strings.Trim(e.Status.Error.Code+": "+e.Status.Error.Reason, ": "), entraLog))
			case e.Status.Status == "success":
				good = later(good, e.ActivityDateTime)
			}
		}
	}
	out = slices.DeleteFunc(out, func(f failure) bool { return !f.at.IsZero() && !f.at.After(good) || f.text == "" })
	slices.SortStableFunc(out, func(a, b failure) int { return a.at.Compare(b.at) })
	return out
}

// ofApp reports whether an event of the System Log is about the AWS app, or about
// no app that it names.
func (c *chain) ofApp(e *upstream.OktaEvent) bool {
	apps := false
	for i := range e.Targets {
		if strings.HasPrefix(e.Targets[i].ID, "0oa") {
			if e.Targets[i].ID == c.appID || c.appID == "" && !c.notAWS(e.Targets[i].ID) {
				return true
			}
			apps = true
		}
	}
	return !apps
}
