package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
)

// Expectation sets what a working chain shows against what the evidence shows.
type Expectation struct {
	Step     string   `json:"step"`
	Expected string   `json:"expected"`
	Observed string   `json:"observed"`
	Result   string   `json:"result"` // one of the constants
	Events   []string `json:"events,omitempty"`
}

// How an expectation came out.
const (
	AsExpected = "as expected"
	NotSeen    = "not seen"
	Failing    = "refused"
	Differs    = "differs"
	NotLooked  = "not looked at"
	TooFew     = "too few to tell"
)

// enoughDays of writes make a rhythm that silence can be measured against.
const enoughDays = 5

// expectations walks down the chain from the identity provider to the member
// list.
func (q *inquest) expectations() []Expectation {
	scim := func(names ...string) func(*casefile.Event) bool {
		return func(ev *casefile.Event) bool {
			return ev.Source == awsid.SourceSCIM && slices.Contains(names, ev.Name)
		}
	}
	ofGroup := func(is func(*casefile.Event) bool) func(*casefile.Event) bool {
		if q.group == nil {
			return is
		}
		return func(ev *casefile.Event) bool { return is(ev) && ev.Subject.Group == q.group.ID }
	}
	which := "groups"
	if q.group != nil {
		which = "this group"
	}
	out := []Expectation{
		q.expect("Users arrive", "SCIM CreateUser and later changes, by the identity provider's client", scim("CreateUser", "PutUser", "PatchUser")),
		q.expect("The group arrives", "SCIM CreateGroup of "+which+", by the same client", ofGroup(scim("CreateGroup"))),
		q.expect("Members arrive", "SCIM PatchGroup of "+which+" that adds members; who they are is masked", ofGroup(func(ev *casefile.Event) bool { return ev.MayAdd() })),
		q.rhythm(),
		q.otherHands(),
	}
	return append(out, q.memberLists()...)
}

// expect counts the SCIM writes that a step of the chain would show.
func (q *inquest) expect(step, expected string, is func(*casefile.Event) bool) Expectation {
	e := Expectation{Step: step, Expected: expected}
	var done, failed []*casefile.Event
	for _, ev := range q.writes {
		switch {
		case !is(ev):
		case ev.Failed():
			failed = append(failed, ev)
		default:
			done = append(done, ev)
		}
	}
	switch {
	case len(done) > 0:
		last := done[len(done)-1]
		e.Result, e.Events = AsExpected, []string{last.Key}
		e.Observed = fmt.Sprintf("%s by %s, last on %s", plural(len(done), "call"), labels(done), dayOf(last.Time))
		if n := len(failed); n > 0 {
			e.Observed += fmt.Sprintf("; %d refused, last on %s", n, dayOf(failed[n-1].Time))
			e.Events = append(e.Events, failed[n-1].Key)
			if failed[n-1].Time.After(last.Time) {
				e.Result = Failing
			}
		}
	case len(failed) > 0:
		last := failed[len(failed)-1]
		e.Result, e.Events = Failing, []string{last.Key}
		e.Observed = fmt.Sprintf("%s by %s, last on %s: %s", plural(len(failed), "refused call"), labels(failed), dayOf(last.Time), errorWords(last))
	default:
		e.Observed, e.Result = q.absent("no such call", awsid.SourceSCIM)
	}
	return e
}

// absent words an absence with what it is worth.
func (q *inquest) absent(what string, sources ...string) (observed, result string) {
	result = NotSeen
	var reach []string
	for _, source := range sources {
		if q.looked(source, casefile.Unknown).Empty() {
			result = NotLooked
		}
		reach = append(reach, doorOf(source)+" "+q.reachWords(source))
	}
	return fmt.Sprintf("%s in the evidence; %s", what, strings.Join(reach, "; ")), result
}

func labels(events []*casefile.Event) string {
	var out []string
	for _, ev := range events {
		if l := ev.Actor.Label(); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return strings.Join(out[:min(len(out), 3)], ", ") + moreWords(len(out)-3)
}

func errorWords(ev *casefile.Event) string {
	text := strings.Trim(ev.ErrorCode+": "+ev.ErrorMessage, ": ")
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "…"
	}
	return text
}

// rhythm compares SCIM with its own past.
func (q *inquest) rhythm() Expectation {
	e := Expectation{Step: "It keeps coming", Expected: "SCIM writes in a rhythm of its own, to the end of the evidence"}
	days := map[string]bool{}
	var last *casefile.Event
	longest := 0
	for _, ev := range q.writes {
		if ev.Source != awsid.SourceSCIM || ev.Failed() {
			continue
		}
		if last != nil {
			longest = max(longest, int(ev.Time.Sub(last.Time).Hours()/24))
		}
		days[dayOf(ev.Time)] = true
		last = ev
	}
	if last == nil {
		e.Observed, e.Result = q.absent("no successful SCIM write", awsid.SourceSCIM)
		return e
	}
	looked, _ := q.looked(awsid.SourceSCIM, casefile.Unknown).Bounds()
	silent := max(0, int(looked.To.Sub(last.Time).Hours()/24))
	e.Events = []string{last.Key}
	e.Observed = fmt.Sprintf("writes on %s, longest silence between them %s; last write %s, then %s of silence to the end of what was looked at",
		plural(len(days), "day"), plural(longest, "day"), moment(last.Time), plural(silent, "day"))
	switch {
	case len(days) < enoughDays:
		e.Result = TooFew
	case silent > max(1, 2*longest):
		e.Result = Differs
	default:
		e.Result = AsExpected
	}
	return e
}

// otherHands counts membership changes past the identity provider.
func (q *inquest) otherHands() Expectation {
	e := Expectation{Step: "Nobody else writes", Expected: "No membership written over the Identity Store API or in the console"}
	var found []*casefile.Event
	for _, ev := range q.writes {
		if ev.Source != awsid.SourceSCIM && changesMembers(ev) && !ev.Failed() {
			found = append(found, ev)
		}
	}
	if len(found) == 0 {
		e.Observed, e.Result = q.absent("no such write", awsid.SourceAPI, awsid.SourceConsole)
		if !q.looked(awsid.SourceAPI, casefile.Claimed).Empty() && !q.looked(awsid.SourceConsole, casefile.Claimed).Empty() {
			e.Result = AsExpected
		}
		return e
	}
	added, console := 0, 0
	for _, ev := range found {
		if ev.Effect == cloudtrail.MemberAdded {
			added++
		}
		if actor.Via(&ev.Record) == string(ledger.Console) {
			console++
		}
	}
	last := found[len(found)-1]
	e.Result, e.Events = Differs, []string{last.Key}
	where := "none of them in the console"
	if console > 0 {
		where = fmt.Sprintf("%d of them in the console", console)
	}
	e.Observed = fmt.Sprintf("%d added and %d removed, %s, by %s; last on %s", added, len(found)-added, where, labels(found), dayOf(last.Time))
	return e
}

// memberLists compares the store's own list and what should be in it.
func (q *inquest) memberLists() []Expectation {
	if q.group == nil {
		return nil
	}
	e := Expectation{Step: "The members are there", Expected: "The identity store lists the members of this group"}
	s := q.subject("group", q.group, q.l.Of(q.group.ID, ""))
	switch {
	case s.Present > 0:
		e.Result, e.Observed = AsExpected, plural(s.Present, "membership is known to exist", "memberships are known to exist")
	case s.Doubtful > 0:
		e.Result, e.Observed = NotSeen, plural(s.Doubtful, "membership may exist and may not", "memberships may exist and may not")
	case s.Snapshot != "":
		e.Result, e.Observed = NotSeen, "none is known to exist"
	default:
		e.Result, e.Observed = NotLooked, "no listing of this group's members in the evidence"
	}
	if s.Snapshot != "" {
		e.Observed += ". " + s.Snapshot
	}
	return []Expectation{e}
}

// Desired sets who should be in the group against who is.
type Desired struct {
	Wanted  int      `json:"wanted"`
	There   []string `json:"there"`
	Missing []string `json:"missing"`
	Extra   []string `json:"extra"`
	Doubt   []string `json:"notKnown"` // wanted, and whether they are members can't be known
}

// desired returns nil when nobody says who should be in the group.
func (q *inquest) desired() *Desired {
	if q.group == nil {
		return nil
	}
	users, known := q.c.Upstream.DesiredMembers(q.group.Name)
	if !known {
		users, known = q.c.Upstream.DesiredMembers(q.group.ID)
	}
	if !known {
		return nil
	}
	d := &Desired{Wanted: len(users), There: []string{}, Missing: []string{}, Extra: []string{}, Doubt: []string{}}
	byUser := map[string]*ledger.Row{}
	for _, r := range q.l.Of(q.group.ID, "") {
		byUser[r.User.ID] = r
	}
	// Who is not in a whole list of the members is missing; without one an
	// absence proves nothing.
	whole := q.listed("group", q.group.ID) != ""
	ids := q.userIDs()
	wanted := map[string]bool{}
	for _, name := range users {
		id := ids[strings.ToLower(name)]
		r := byUser[id]
		wanted[id] = true
		switch {
		case r != nil && r.Is():
			d.There = append(d.There, name)
		case r != nil && r.Present == nil || !whole || id == "":
			d.Doubt = append(d.Doubt, name)
		default:
			d.Missing = append(d.Missing, name)
		}
	}
	for _, r := range q.l.Of(q.group.ID, "") {
		if r.Is() && !wanted[r.User.ID] {
			d.Extra = append(d.Extra, nameOf(r.User))
		}
	}
	return d
}

// userIDs maps every name and id of a user, in lower case, to the user's id; a
// name with several bearers to "".
func (q *inquest) userIDs() map[string]string {
	out := map[string]string{}
	for _, u := range q.l.Users() {
		out[strings.ToLower(u.ID)] = u.ID
		for _, name := range u.Names {
			name = strings.ToLower(name)
			if other, taken := out[name]; taken && other != u.ID {
				out[name] = ""
				continue
			}
			out[name] = u.ID
		}
	}
	return out
}
