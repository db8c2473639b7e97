package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// maxMembers bounds the rows of a table of memberships.
const maxMembers = 200

// Subjected is the group or user in question.
type Subjected struct {
	Kind     string       `json:"kind"` // group or user
	ID       string       `json:"id"`
	Name     string       `json:"name,omitempty"`
	Facts    []Count      `json:"facts"`
	Events   []string     `json:"events,omitempty"` // that made or deleted it
	Calls    []EventRow   `json:"calls"`            // the latest writes about it, newest first
	Members  []MemberLine `json:"memberships"`
	More     int          `json:"more,omitempty"`
	Present  int          `json:"present"`  // how many are known to exist
	Doubtful int          `json:"doubtful"` // of how many that can't be known
	Snapshot string       `json:"snapshot,omitempty"`
}

// MemberLine is one membership in words, with its row of the ledger.
type MemberLine struct {
	rowDoc
	Other   string `json:"-"` // the user of a group, the group of a user
	State   string `json:"state"`
	Came    string `json:"came,omitempty"`
	Went    string `json:"went,omitempty"`
	Periods int    `json:"-"`
}

func (q *inquest) subjects() []Subjected {
	var out []Subjected
	if q.group != nil {
		user := ""
		if q.user != nil {
			user = q.user.ID
		}
		out = append(out, q.subject("group", q.group, q.l.Of(q.group.ID, user)))
	}
	if q.user != nil {
		out = append(out, q.subject("user", q.user, q.l.Of("", q.user.ID)))
	}
	return out
}

func (q *inquest) subject(kind string, life *ledger.Life, rows []*ledger.Row) Subjected {
	s := Subjected{Kind: kind, ID: life.ID, Name: life.Name, Members: []MemberLine{}, Snapshot: q.listed(kind, life.ID)}
	s.Calls = q.latest(func(ev *casefile.Event) bool {
		group, user := Subject(ev, q.l)
		return kind == "group" && group.ID == life.ID || kind == "user" && user.ID == life.ID
	})
	s.Facts = lifeFacts(life)
	for _, m := range []*ledger.Mark{life.Created, life.Deleted} {
		if m != nil && m.Event != "" {
			s.Events = append(s.Events, m.Event)
		}
	}
	s.members(rows, 0, maxMembers)
	return s
}

// lifeFacts lists what is known of a group or user.
func lifeFacts(life *ledger.Life) (facts []Count) {
	fact := func(name, value string) {
		if value != "" {
			facts = append(facts, Count{name, value})
		}
	}
	fact("Id", life.ID)
	fact("Name", life.Name)
	if others := slices.DeleteFunc(slices.Clone(life.Names), func(n string) bool { return n == life.Name }); len(others) > 0 {
		fact("Also known as", strings.Join(others[:min(len(others), 5)], ", ")+moreWords(len(others)-5))
	}
	fact("Identity store", life.Store)
	if life.External {
		fact("External id", "yes: an identity provider made it or adopted it over SCIM")
	}
	fact("Created", markWords(life.Created))
	fact("Created by, as the store says", life.CreatedBy)
	fact("Deleted", markWords(life.Deleted))
	if !life.DisabledAt.IsZero() {
		fact("Disabled", moment(life.DisabledAt))
	}
	if !life.Listed.IsZero() {
		fact("Last listed", moment(life.Listed))
	}
	if !life.Missing.IsZero() {
		fact("Missing from a whole list", moment(life.Missing))
	}
	return facts
}

// members puts limit rows after the first skip in words, present ones first,
// and counts all. More is how many follow.
func (s *Subjected) members(rows []*ledger.Row, skip, limit int) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b *ledger.Row) int { return cmp.Compare(rank(a), rank(b)) })
	skip = min(skip, len(rows))
	shown := rows[skip:min(len(rows), skip+limit)]
	s.More = len(rows) - skip - len(shown)
	for _, r := range rows {
		switch {
		case r.Is():
			s.Present++
		case r.Present == nil:
			s.Doubtful++
		}
	}
	docs := rowDocs(shown)
	for i, r := range shown {
		other := r.User
		if s.Kind == "user" {
			other = r.Group
		}
		line := MemberLine{rowDoc: docs[i], Other: nameOf(other), State: stateWords(r), Periods: len(r.Periods)}
		if n := len(r.Periods); n > 0 {
			last := r.Periods[n-1]
			line.Came, line.Went = comingWords(last.From, last.Began), goingWords(last)
		}
		s.Members = append(s.Members, line)
	}
}

// rank puts those who are members first, then the doubtful.
func rank(r *ledger.Row) int {
	switch {
	case r.Is():
		return 0
	case r.Present == nil:
		return 1
	}
	return 2
}

func stateWords(r *ledger.Row) string {
	switch {
	case r.Present == nil:
		return "not known"
	case *r.Present:
		return "member"
	}
	return "no longer"
}

func comingWords(at time.Time, o *ledger.Origin) string {
	if o == nil {
		return "not known"
	}
	return originSentence(at, o)
}

func goingWords(p ledger.Period) string {
	if p.Ended == nil {
		return ""
	}
	return originSentence(p.To, p.Ended)
}

func originSentence(at time.Time, o *ledger.Origin) string {
	text := "at an unknown time"
	if !at.IsZero() {
		text = moment(at)
	}
	switch o.Known {
	case ledger.Unexplained:
		text += ", by nothing that the evidence shows"
	case ledger.Predates:
		text += ", before the evidence begins"
	case ledger.Declared:
		text += ", by " + o.Actor.Label() + " as the store declares"
	default:
		text += ", " + viaWords(o.Via) + " by " + o.Actor.Label()
	}
	text += " (" + string(o.Known) + ")"
	if o.Note != "" {
		text += ": " + o.Note
	}
	return text
}

func markWords(m *ledger.Mark) string {
	if m == nil {
		return ""
	}
	if m.Event == "" {
		return moment(m.Time) + ", as the store says"
	}
	return moment(m.Time) + ", " + viaWords(m.Via) + " by " + m.Actor.Label()
}

// listed says what the last whole member list showed.
func (q *inquest) listed(kind, id string) string {
	for i := range slices.Backward(q.c.Snapshots) {
		s := &q.c.Snapshots[i]
		whole := s.MembersOf
		if kind == "user" {
			whole = s.GroupsOf
		}
		if !slices.Contains(whole, id) {
			continue
		}
		n := 0
		for _, m := range s.Memberships {
			if kind == "group" && m.Group == id || kind == "user" && m.User == id {
				n++
			}
		}
		at := "at an unknown time"
		if t := s.Taken(); !t.IsZero() {
			at = clockWords(s.Clock) + moment(t)
		}
		if kind == "user" {
			return fmt.Sprintf("The identity store's own list showed %s of this user %s.", plural(n, "group"), at)
		}
		return fmt.Sprintf("The identity store's own list showed %s of this group %s.", plural(n, "member"), at)
	}
	return ""
}

func clockWords(c directory.Clock) string {
	switch c {
	case directory.ClockContent:
		return "not before "
	case directory.ClockFile:
		return "not after "
	}
	return "on "
}

// FilledGroups are the groups that have members, and how these came in.
type FilledGroups struct {
	List  []FilledGroup `json:"list"`
	More  int           `json:"more,omitempty"`
	Known int           `json:"groupsKnown"`
}

// FilledGroup is a group with members.
type FilledGroup struct {
	Group   entityDoc `json:"group"`
	Members int       `json:"members"`
	How     []Way     `json:"how"`
}

// Way is one way in which members of a group came in.
type Way struct {
	Members int    `json:"members"`
	Via     string `json:"via"`
	Known   string `json:"known"`
	Actor   string `json:"actor,omitempty"`
}

// filledGroups leaves the group of the question out.
func (q *inquest) filledGroups() FilledGroups {
	const shown = 40
	out := FilledGroups{List: []FilledGroup{}, Known: len(q.l.Groups())}
	by := map[string]*FilledGroup{}
	ways := map[string]map[Way]int{}
	for i := range q.l.Rows {
		r := &q.l.Rows[i]
		if !r.Is() || q.group != nil && r.Group.ID == q.group.ID {
			continue
		}
		g := by[r.Group.ID]
		if g == nil {
			g = &FilledGroup{Group: entityDoc(r.Group)}
			by[r.Group.ID], ways[r.Group.ID] = g, map[Way]int{}
		}
		g.Members++
		ways[r.Group.ID][wayOf(r.Periods[len(r.Periods)-1].Began)]++
	}
	for id, g := range by {
		for way, n := range ways[id] {
			way.Members = n
			g.How = append(g.How, way)
		}
		slices.SortFunc(g.How, func(a, b Way) int {
			return cmp.Or(cmp.Compare(b.Members, a.Members), cmp.Compare(a.Via, b.Via), cmp.Compare(a.Known, b.Known), cmp.Compare(a.Actor, b.Actor))
		})
		out.List = append(out.List, *g)
	}
	slices.SortFunc(out.List, func(a, b FilledGroup) int {
		return cmp.Or(cmp.Compare(b.Members, a.Members), cmp.Compare(a.Group.Name, b.Group.Name), cmp.Compare(a.Group.ID, b.Group.ID))
	})
	if n := len(out.List) - shown; n > 0 {
		out.List, out.More = out.List[:shown], n
	}
	return out
}

func wayOf(o *ledger.Origin) Way {
	if o == nil {
		return Way{Via: string(ledger.Unseen), Known: string(ledger.Unexplained)}
	}
	w := Way{Via: string(o.Via), Known: string(o.Known)}
	if o.Known != ledger.Unexplained && o.Known != ledger.Predates {
		w.Actor = o.Actor.Label()
	}
	return w
}

// words says a way in a sentence's middle: "3 over the API by alice (aws-cli), recorded".
func (w Way) words() string {
	switch ledger.Known(w.Known) {
	case ledger.Unexplained:
		return fmt.Sprintf("%d that no event explains", w.Members)
	case ledger.Predates:
		return fmt.Sprintf("%d older than the evidence", w.Members)
	case ledger.Declared:
		return fmt.Sprintf("%d by %s as the store declares", w.Members, w.Actor)
	}
	return fmt.Sprintf("%d %s by %s (%s)", w.Members, viaWords(ledger.Via(w.Via)), w.Actor, w.Known)
}
