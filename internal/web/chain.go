package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Hop is one station on the way from governance to AWS.
type Hop struct {
	Name  string    `json:"name"`
	What  string    `json:"what"`  // what happens there
	State string    `json:"state"` // works, fails, quiet, unknown or skipped
	Says  string    `json:"says"`  // what its state rests on, or what is missing
	Facts []string  `json:"facts,omitempty"`
	Last  time.Time `json:"last,omitzero"`
	Link  string    `json:"-"` // a path of this page with more on it
}

// Mood is the state as one of the page's.
func (h Hop) Mood() mood {
	switch m := mood(h.State); m {
	case well, failing, quiet, skipped:
		return m
	}
	return open
}

// Tracer tells the hops for a group and a user, in the order of the way; either
// may be "" for all of them.
type Tracer interface {
	Trace(group, user string) ([]Hop, error)
}

// trace asks the tracer, and without one draws the hops from what the evidence
// holds.
func (v *View) trace(group, user string) ([]Hop, error) {
	if v.tracer != nil {
		return v.tracer.Trace(group, user)
	}
	var g, u *ledger.Life
	if s := v.groupAt[group]; s != nil {
		g = s.life
	}
	if s := v.userAt[user]; s != nil {
		u = s.life
	}
	return []Hop{v.governance(g, u), v.provider(g, u), v.push(g, u), v.store(g, u), v.assignment(g)}, nil
}

// named reports whether a text is the name of the group or user asked about;
// anything is when nothing was asked about.
func named(life *ledger.Life, texts ...string) bool {
	if life == nil {
		return true
	}
	return slices.ContainsFunc(texts, func(t string) bool {
		return t != "" && (strings.EqualFold(t, life.ID) || slices.ContainsFunc(life.Names, func(n string) bool { return strings.EqualFold(n, t) }))
	})
}

// tally is results in order of time.
type tally struct {
	done, failed int
	last         time.Time
	lastFailed   bool
}

func (t *tally) note(at time.Time, failed bool) {
	if failed {
		t.failed++
	} else {
		t.done++
	}
	if !at.Before(t.last) {
		t.last, t.lastFailed = at, failed
	}
}

// into gives a hop the state of its results; the last one decides.
func (t *tally) into(h *Hop, noun, plural string) {
	if t.done+t.failed == 0 {
		return
	}
	h.Last = t.last
	h.State = string(well)
	if t.lastFailed {
		h.State = string(failing)
	}
	h.Says = fmt.Sprintf("%s in the evidence, %d of them failed; the latest %s.", report.Counted(t.done+t.failed, noun, plural), t.failed,
		map[bool]string{true: "failed", false: "succeeded"}[t.lastFailed])
}

// moods are the states of diagnose's hops as those of the page.
var moods = map[diagnose.HopState]mood{diagnose.HopOK: well, diagnose.HopBroken: failing, diagnose.HopUnknown: open, diagnose.HopSkipped: skipped}

// told puts the hops of one person and one group, which diagnose follows, in the
// page's form.
func told(hops []diagnose.Hop) []Hop {
	out := make([]Hop, len(hops))
	for i, h := range hops {
		out[i] = Hop{Name: h.Title, What: h.Where, State: string(moods[h.State]), Says: report.HopSaid(&h)}
		for _, r := range h.Because {
			out[i].Facts = append(out[i].Facts, r.Text)
		}
		if h.Cause != "" {
			out[i].Facts = append(out[i].Facts, "Cause: "+h.Cause)
		}
	}
	return out
}

func (v *View) governance(g, u *ledger.Life) Hop {
	h := Hop{Name: "Governance", What: "decides who should have what", State: string(open), Says: "Nothing of a governance product was given."}
	s := &v.c.Upstream.SailPoint
	given := !upstream.State{SailPoint: *s}.Empty()
	if !given && len(v.c.Upstream.Desired) == 0 {
		return h
	}
	if len(v.c.Upstream.Desired) > 0 {
		n := 0
		for _, d := range v.c.Upstream.Desired {
			if named(g, d.Group, d.GroupID) && named(u, d.User, d.UserID) {
				n++
			}
		}
		h.Facts = append(h.Facts, report.Counted(n, "desired membership")+" in the table that was given")
		h.Says = "A table says who should be in which group; how it came about is not known."
	}
	if !given {
		return h
	}
	h.Name = "Governance (SailPoint)"
	var t tally
	for i := range s.Activities {
		a := &s.Activities[i]
		about := slices.ContainsFunc(a.Items, func(item upstream.SailPointItem) bool { return named(g, item.Value, item.Name) })
		if (g == nil || about) && named(u, a.Target.Name, a.Target.ID) && a.CompletionStatus != "" && a.CompletionStatus != "PENDING" {
			t.note(cmp.Or(a.Completed, a.Modified, a.Created), a.CompletionStatus != "SUCCESS")
		}
	}
	for i := range s.Events {
		e := &s.Events[i]
		if g == nil && named(u, e.Target.Name, e.Attributes.AccountName) && (e.Status == "PASSED" || e.Status == "FAILED") {
			t.note(e.Created, e.Status == "FAILED")
		}
	}
	h.Says = "Output of SailPoint was given, and no result in it is about this."
	t.into(&h, "result", "results")
	return h
}

func (v *View) provider(g, u *ledger.Life) Hop {
	h := Hop{Name: "Identity provider", What: "holds people and groups, and pushes them", State: string(open)}
	okta, entra := &v.c.Upstream.Okta, &v.c.Upstream.Entra
	var t tally
	switch {
	case !upstream.State{Okta: *okta}.Empty():
		h.Name = "Identity provider (Okta)"
		v.okta(&h, &t, g, u)
	case !upstream.State{Entra: *entra}.Empty():
		h.Name = "Identity provider (Entra)"
		for i := range entra.Provisioning {
			p := &entra.Provisioning[i]
			if named(g, p.Target.ID, p.Target.DisplayName, p.Source.DisplayName) && named(u, p.Target.ID, p.Target.DisplayName, p.Source.DisplayName) &&
				p.Status.Status != "skipped" {
				t.note(p.ActivityDateTime, p.Status.Status == "failure")
			}
		}
		for _, j := range entra.Jobs {
			h.Facts = append(h.Facts, "The synchronisation job is "+cmp.Or(j.Status.Code, "in a state that was not given"))
			if j.Status.Code == "Quarantine" {
				h.State, h.Says = string(failing), "The synchronisation job is in quarantine."
				return h
			}
		}
	default:
		h.Says = "Nothing of the identity provider itself was given."
		if client := v.scimClient(); client != "" {
			h.Facts = append(h.Facts, "SCIM calls come from "+client+", by what they say of themselves")
		}
		return h
	}
	h.Says = "Output of the identity provider was given, and no result in it is about this."
	t.into(&h, "result", "results")
	return h
}

// okta reads push mappings and the events of pushes.
func (v *View) okta(h *Hop, t *tally, g, u *ledger.Life) {
	s := &v.c.Upstream
	if g == nil {
		status := map[string]int{}
		for _, m := range s.Okta.Mappings {
			status[cmp.Or(m.Status, "of unknown status")]++
		}
		for _, k := range sortedKeys(status) {
			h.Facts = append(h.Facts, report.Counted(status[k], "push mapping")+": "+k)
		}
		for _, e := range s.Okta.Events {
			if strings.HasPrefix(e.EventType, "application.provision.") && u == nil {
				t.note(e.Published, e.Failed())
			}
		}
		return
	}
	groups := s.GroupsNamed(g.Name)
	for _, group := range groups {
		found := false
		for _, m := range s.Okta.Mappings {
			if m.SourceGroupID == group.ID {
				found = true
				h.Facts = append(h.Facts, "Push mapping "+cmp.Or(m.Status, "of unknown status")+", last push "+cmp.Or(report.Moment(m.LastPush), "not known"))
			}
		}
		if !found && len(s.Okta.Mappings) > 0 {
			h.Facts = append(h.Facts, "No push mapping of this group is in the lists that were given")
		}
	}
	if len(groups) == 0 && len(s.Okta.Groups) > 0 {
		h.Facts = append(h.Facts, "No group of this name is in the lists that were given")
	}
	if u == nil {
		for _, e := range s.PushEvents(g.Name) {
			t.note(e.Published, e.Failed())
		}
	}
}

// scimClient names the client of the latest SCIM write.
func (v *View) scimClient() string {
	for i := range slices.Backward(v.c.Events) {
		if ev := &v.c.Events[i]; ev.Source == awsid.SourceSCIM && !ev.ReadOnly {
			return ev.Actor.Label()
		}
	}
	return ""
}

func (v *View) push(g, u *ledger.Life) Hop {
	h := Hop{Name: "SCIM", What: "carries them into AWS", Link: "/events?source=scim"}
	if g == nil && u == nil {
		h.State, h.Says, h.Last = string(v.pulse.Mood), v.pulse.Head+" "+v.pulse.Says, v.pulse.Last
		h.Facts = append(h.Facts, v.pulse.Reach)
		return h
	}
	var t tally
	for _, s := range []*subject{v.subjectOf(v.groupAt, g), v.subjectOf(v.userAt, u)} {
		if s == nil {
			continue
		}
		for _, i := range s.lines {
			x := &v.lines[i]
			if vias[x.via] == "scim" && x.is&(reads|superseded) == 0 && x.at != undated &&
				(g == nil || u == nil || x.group == v.groupAt[g.ID].at && (x.user == 0 || x.user == v.userAt[u.ID].at)) {
				t.note(time.Unix(x.at, 0).UTC(), x.is&failed != 0)
			}
		}
	}
	h.State, h.Says = string(open), "No SCIM write in the evidence names this. SCIM was "+strings.TrimSuffix(v.pulse.Reach, ".")+"."
	if !v.claimed(awsid.SourceSCIM).Empty() {
		h.State = string(quiet)
	}
	t.into(&h, "SCIM write", "SCIM writes")
	if g != nil {
		h.Link += "&group=" + urlQuery(g.ID)
	}
	if u != nil {
		h.Link += "&user=" + urlQuery(u.ID)
	}
	return h
}

func (v *View) subjectOf(by map[string]*subject, life *ledger.Life) *subject {
	if life == nil {
		return nil
	}
	return by[life.ID]
}

func (v *View) store(g, u *ledger.Life) Hop {
	h := Hop{Name: "Identity store", What: "holds the groups and their members", State: string(open), Link: "/groups"}
	present, doubt := 0, 0
	rows := 0
	count := func(r *ledger.Row) {
		rows++
		if r.Is() {
			present++
		} else if r.Present == nil {
			doubt++
		}
		if r.AsOf.After(h.Last) {
			h.Last = r.AsOf
		}
	}
	switch {
	case g != nil && u != nil:
		for _, r := range v.groupAt[g.ID].rows {
			if r.User.ID == u.ID {
				count(r)
			}
		}
	case g != nil:
		h.Link = "/group?id=" + urlQuery(g.ID)
		for _, r := range v.groupAt[g.ID].rows {
			count(r)
		}
	case u != nil:
		h.Link = "/user?id=" + urlQuery(u.ID)
		for _, r := range v.userAt[u.ID].rows {
			count(r)
		}
	default:
		for i := range v.l.Rows {
			count(&v.l.Rows[i])
		}
	}
	listed := 0
	for i := range v.c.Snapshots {
		if len(v.c.Snapshots[i].Memberships)+len(v.c.Snapshots[i].MembersOf) > 0 {
			listed++
		}
	}
	h.Facts = append(h.Facts, report.Counted(listed, "listing")+" with members in the evidence")
	switch {
	case present > 0:
		h.State, h.Says = string(well), report.Counted(present, "membership")+" known to exist"
		if doubt > 0 {
			h.Says += fmt.Sprintf(", %d that can't be known", doubt)
		}
		h.Says += "."
	case rows > 0 && doubt == 0:
		h.State, h.Says = string(quiet), fmt.Sprintf("No membership is known to exist now; %d ended.", rows)
	case rows > 0:
		h.Says = "Whether the memberships that were seen still exist can't be known."
	default:
		h.Says = "The evidence names no membership. What that is worth depends on what was looked at."
	}
	return h
}

func (v *View) assignment(g *ledger.Life) Hop {
	h := Hop{Name: "Access", What: "permission sets assigned in accounts", State: string(open), Link: "/events?source=sso"}
	made, withdrawn := 0, 0
	for i := range v.c.Events {
		ev := &v.c.Events[i]
		if ev.Failed() || ev.Superseded || g != nil && ev.Subject.Principal != g.ID {
			continue
		}
		switch ev.Effect {
		case cloudtrail.AssignmentCreated:
			made, h.Last = made+1, ev.Time
		case cloudtrail.AssignmentDeleted:
			withdrawn, h.Last = withdrawn+1, ev.Time
		}
	}
	if made+withdrawn == 0 {
		h.Says = "No assignment was made or withdrawn in the evidence. Which ones exist is not known from it."
		return h
	}
	h.Says = fmt.Sprintf("%s made and %d withdrawn in the evidence. Which ones exist is not known from it.", report.Counted(made, "assignment"), withdrawn)
	return h
}
