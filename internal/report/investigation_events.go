package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// How much of each list a report shows; the evidence files beside it hold all.
const (
	maxHands      = 25
	maxHandEvents = 40
	maxRecent     = 20
	maxCalls      = 30
)

// Hands is who changed memberships, grouped by person or program.
type Hands struct {
	List []Hand `json:"list"`
	More int    `json:"more,omitempty"` // how many further ones are left out
}

// Hand is one person or program and the membership changes it made or tried.
type Hand struct {
	Label   string     `json:"label"`
	Kind    string     `json:"kind"`
	Clients []string   `json:"clients"`
	Basis   string     `json:"basis,omitempty"`
	Claimed bool       `json:"claimed,omitempty"` // who it is rests on a user agent alone
	Added   int        `json:"added"`
	Removed int        `json:"removed"`
	Hidden  int        `json:"hidden"` // SCIM writes that hide whom they concern
	Failed  int        `json:"failed"`
	First   time.Time  `json:"first"`
	Last    time.Time  `json:"last"`
	Events  []EventRow `json:"events"` // the latest, by time
	More    int        `json:"more,omitempty"`

	made []*casefile.Event
}

func (q *inquest) line(ev *casefile.Event) EventRow {
	return EventRow{eventDoc: eventJSON(ev, q.l), What: whatWords(ev), Via: actor.Via(&ev.Record)}
}

// effectWords say what a call did or was meant to do.
var effectWords = map[cloudtrail.Effect]string{
	cloudtrail.MemberAdded:        "add a member",
	cloudtrail.MemberRemoved:      "remove a member",
	cloudtrail.MembersAdded:       "add members",
	cloudtrail.MembersRemoved:     "remove members",
	cloudtrail.MembersChanged:     "change members",
	cloudtrail.GroupCreated:       "create a group",
	cloudtrail.GroupUpdated:       "change a group",
	cloudtrail.GroupDeleted:       "delete a group",
	cloudtrail.UserCreated:        "create a user",
	cloudtrail.UserUpdated:        "change a user",
	cloudtrail.UserDisabled:       "disable a user",
	cloudtrail.UserEnabled:        "enable a user",
	cloudtrail.UserDeleted:        "delete a user",
	cloudtrail.TokenChanged:       "change a SCIM token or tenant",
	cloudtrail.SourceChanged:      "change the identity source",
	cloudtrail.AssignmentCreated:  "assign access",
	cloudtrail.AssignmentDeleted:  "withdraw access",
	cloudtrail.AdministrationOnly: "administration",
}

func whatWords(ev *casefile.Event) string {
	if ev.ReadOnly {
		return "read"
	}
	words := cmp.Or(effectWords[ev.Effect], "other")
	if !ev.MayAdd() && !ev.MayRemove() {
		return words
	}
	if ev.Effect == cloudtrail.GroupCreated {
		words += " with members"
	}
	for _, op := range ev.Subject.Operations {
		if len(op.Users) > 0 {
			return words
		}
	}
	return words + " (SCIM hides whom)"
}

// hands groups the membership changes by who made them, the busiest first.
func (q *inquest) hands() Hands {
	by := map[string]*Hand{}
	var keys []string
	for _, ev := range q.writes {
		if !changesMembers(ev) {
			continue
		}
		a := ev.Actor
		key := a.Kind + "\x00" + cmp.Or(a.Name, a.Principal, a.Client)
		h := by[key]
		if h == nil {
			h = &Hand{Label: personLabel(a), Kind: cmp.Or(a.Kind, actor.Unknown), Clients: []string{}, First: ev.Time, Basis: a.Basis, Claimed: a.Claimed}
			by[key] = h
			keys = append(keys, key)
		}
		h.note(ev)
	}
	slices.SortStableFunc(keys, func(x, y string) int {
		a, b := by[x], by[y]
		return cmp.Or(cmp.Compare(b.total(), a.total()), cmp.Compare(a.Label, b.Label), cmp.Compare(x, y))
	})
	out := Hands{List: []Hand{}}
	for i, key := range keys {
		if i == maxHands {
			out.More = len(keys) - i
			break
		}
		h := by[key]
		slices.Sort(h.Clients)
		h.More = max(0, len(h.made)-maxHandEvents)
		for _, ev := range h.made[h.More:] {
			h.Events = append(h.Events, q.line(ev))
		}
		out.List = append(out.List, *h)
	}
	return out
}

// personLabel names a person without the client, which has a column of its own.
func personLabel(a actor.Actor) string {
	if a.Name != "" {
		return a.Name
	}
	return a.Label()
}

func (h *Hand) total() int { return h.Added + h.Removed + h.Hidden + h.Failed }

func (h *Hand) note(ev *casefile.Event) {
	switch {
	case ev.Failed():
		h.Failed++
	case ev.Effect == cloudtrail.MemberAdded:
		h.Added++
	case ev.Effect == cloudtrail.MemberRemoved:
		h.Removed++
	default:
		h.Hidden++
	}
	if c := ev.Actor.Client; c != "" && !slices.Contains(h.Clients, c) {
		h.Clients = append(h.Clients, c)
	}
	h.Last = ev.Time
	h.made = append(h.made, ev)
}

// SCIMActivity is what came over SCIM.
type SCIMActivity struct {
	Reach  string     `json:"reach"` // in words: what was looked at
	Writes int        `json:"writes"`
	Reads  int        `json:"reads"`
	Failed int        `json:"failed"`
	First  *time.Time `json:"first,omitempty"` // writes
	Last   *time.Time `json:"last,omitempty"`
	Days   int        `json:"daysWithWrites"`
	Calls  []CallLine `json:"calls"`
	More   int        `json:"more,omitempty"`
	Groups int        `json:"groupsTouched"`
}

// CallLine counts one kind of call by one client with one token.
type CallLine struct {
	Name       string    `json:"name"`
	Client     string    `json:"client"`
	Credential string    `json:"credential,omitempty"`
	Done       int       `json:"done"`
	Failed     int       `json:"failed"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
}

func (q *inquest) scimActivity() SCIMActivity {
	s := SCIMActivity{Reach: q.reachWords(awsid.SourceSCIM), Calls: []CallLine{}}
	type key struct{ name, client, credential string }
	by := map[key]*CallLine{}
	days, groups := map[string]bool{}, map[string]bool{}
	for _, ev := range q.counted {
		if ev.Source != awsid.SourceSCIM {
			continue
		}
		k := key{ev.Name, ev.Actor.Label(), ev.Actor.Credential}
		if by[k] == nil {
			by[k] = &CallLine{Name: k.name, Client: k.client, Credential: k.credential, First: ev.Time}
		}
		by[k].Last = ev.Time
		if ev.Failed() {
			by[k].Failed++
		} else {
			by[k].Done++
		}
		if ev.ReadOnly {
			s.Reads++
			continue
		}
		s.Writes++
		if s.First == nil {
			s.First = when(ev.Time)
		}
		s.Last = when(ev.Time)
		days[dayOf(ev.Time)] = true
		if ev.Failed() {
			s.Failed++
		}
		if ev.Subject.Group != "" && !ev.Failed() {
			groups[ev.Subject.Group] = true
		}
	}
	s.Days, s.Groups = len(days), len(groups)
	for _, line := range by {
		s.Calls = append(s.Calls, *line)
	}
	slices.SortFunc(s.Calls, func(a, b CallLine) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Credential, b.Credential))
	})
	if n := len(s.Calls) - maxCalls; n > 0 {
		s.Calls, s.More = s.Calls[:maxCalls], n
	}
	return s
}

// recent returns the last writes, newest first.
func (q *inquest) recent() []EventRow {
	return q.latest(func(*casefile.Event) bool { return true })
}

// latest returns the last writes that are wanted, newest first.
func (q *inquest) latest(wanted func(*casefile.Event) bool) []EventRow {
	out := []EventRow{}
	for _, ev := range slices.Backward(q.writes) {
		if len(out) == maxRecent {
			break
		}
		if wanted(ev) {
			out = append(out, q.line(ev))
		}
	}
	return out
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }
