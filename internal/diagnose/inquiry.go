package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/span"
)

// inquiry is a question with the evidence that bears on it.
type inquiry struct {
	*ground
	question Question
	group    *ledger.Life // nil in a user question without a group
	user     *ledger.Life // nil in a group question
	rows     []*ledger.Row

	ofGroup []*casefile.Event // writes that name the group, attempts included
	ofUser  []*casefile.Event // writes that name the user

	chain  *chain       // what lies before AWS; made by before
	ended  time.Time    // answer of end
	empty  *bool        // answer of emptyNow
	former *ledger.Life // answer of formerBearer, once sought
	sought bool
	silent map[span.Span][]*ledger.Life // answers of traceless
}

// inquire gathers what bears on a question.
func (b *Bench) inquire(q Question, group, user *ledger.Life) *inquiry {
	in := &inquiry{question: q, group: group, user: user, silent: map[span.Span][]*ledger.Life{}}
	groupID, userID, store := "", "", ""
	if group != nil {
		groupID, store = group.ID, group.Store
	}
	if user != nil {
		userID = user.ID
		if store == "" {
			store = user.Store
		}
	}
	if store == "" {
		store = b.only()
	}
	in.ground = b.ground(store).ready()
	if (group == nil || groupID != "") && (user == nil || userID != "") {
		in.rows = b.l.Of(groupID, userID)
	}
	in.ofGroup, in.ofUser = of(in.byGroup, groupID), of(in.byUser, userID)
	return in
}

// whatIsAsked completes "why ...".
func (in *inquiry) whatIsAsked() string {
	switch {
	case in.user != nil && in.group != nil:
		return fmt.Sprintf("%s is not in %s", name(in.user), name(in.group))
	case in.user != nil:
		return fmt.Sprintf("%s has no access", name(in.user))
	case in.group != nil:
		return fmt.Sprintf("%s is empty", name(in.group))
	}
	return "this is so"
}

// whyOpen begins a sentence that says that the answer is open. That a group is
// empty is not always known either.
func (in *inquiry) whyOpen() string {
	if in.user == nil && in.group != nil && !in.emptyNow() {
		return "Whether " + name(in.group) + " is empty, and why,"
	}
	return "Why " + in.whatIsAsked()
}

// theGroup names the group for the middle of a sentence.
func (in *inquiry) theGroup() string {
	if in.group == nil {
		return "the group"
	}
	return name(in.group)
}

// subject names what the question is about.
func (in *inquiry) subject() string {
	if in.user != nil {
		return name(in.user)
	}
	return in.theGroup()
}

func name(l *ledger.Life) string {
	if l.Name != "" {
		return l.Name
	}
	return l.ID
}

// members returns the rows that are known to exist.
func (in *inquiry) members() []*ledger.Row {
	return slices.DeleteFunc(slices.Clone(in.rows), func(r *ledger.Row) bool { return !r.Is() })
}

// emptyNow reports whether it is known that nothing is left of what was asked
// about at the end of the evidence.
func (in *inquiry) emptyNow() bool {
	if in.empty == nil {
		in.empty = new(len(in.members()) == 0 && noMembers(in).Status == Refuted)
	}
	return *in.empty
}

// emptySnapshot returns the time of the latest snapshot whose whole list shows
// no membership of the question.
func (in *inquiry) emptySnapshot() (time.Time, bool) {
	for _, s := range slices.Backward(in.bench.listings()) {
		if in.group != nil && in.user != nil && s.absent[ledger.Pair{Group: in.group.ID, User: in.user.ID}] {
			return s.Taken(), true
		}
		if !s.asked(in.group, in.user) {
			continue
		}
		if s.shows(in.group, in.user) {
			return time.Time{}, false
		}
		return s.Taken(), true
	}
	return time.Time{}, false
}

// faceless returns the successful writes of a kind that may be about the group
// for all that the evidence shows: their group is blanked, or they name it and
// their time is blanked.
func (in *inquiry) faceless(is func(*casefile.Event) bool) []*casefile.Event {
	if in.group == nil {
		return nil
	}
	out := where(in.patterns.faceless(), is)
	for _, ev := range in.blankFaces() {
		if is(ev) && (ev.Subject.Group == in.group.ID || ev.Subject.Group == "") {
			out = append(out, ev)
		}
	}
	return out
}

// maxQuoted bounds how many events a reason quotes; its text has the count.
const maxQuoted = 10

// because makes a reason that quotes events.
func because(events []*casefile.Event, format string, args ...any) Reason {
	r := Reason{Text: fmt.Sprintf(format, args...)}
	for _, ev := range events {
		if len(r.Events) == maxQuoted {
			break
		}
		r.Events = append(r.Events, ev.Key)
	}
	return r
}

func where(events []*casefile.Event, is func(*casefile.Event) bool) []*casefile.Event {
	var out []*casefile.Event
	for _, ev := range events {
		if is(ev) {
			out = append(out, ev)
		}
	}
	return out
}

func succeeded(ev *casefile.Event) bool { return !ev.Failed() }
func failed(ev *casefile.Event) bool    { return ev.Failed() }

// changesMembers reports whether a call, if it succeeds, can change members.
func changesMembers(ev *casefile.Event) bool {
	switch ev.Effect {
	case cloudtrail.MemberAdded, cloudtrail.MemberRemoved, cloudtrail.MembersAdded, cloudtrail.MembersRemoved, cloudtrail.MembersChanged:
		return true
	}
	return ev.MayAdd()
}

func last(events []*casefile.Event) *casefile.Event {
	if len(events) == 0 {
		return nil
	}
	return events[len(events)-1]
}

func first(events []*casefile.Event) *casefile.Event {
	if len(events) == 0 {
		return nil
	}
	return events[0]
}

// when writes a moment for a sentence.
func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// fromTo writes when the first and the last of some events were.
func fromTo(events []*casefile.Event) string {
	a, b := when(first(events).Time), when(last(events).Time)
	if a == b {
		return "on " + a
	}
	return "from " + a + " to " + b
}

// day writes a date for a sentence.
func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func during(s span.Span) string {
	if day(s.From) == day(s.To) {
		return "on " + day(s.From)
	}
	return day(s.From) + " to " + day(s.To)
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// list joins words as a sentence does, naming at most limit of them.
func list(words []string, limit int) string {
	if len(words) > limit {
		words = append(slices.Clone(words[:limit]), fmt.Sprintf("%d more", len(words)-limit))
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// who names the actors of events, without repeats, in order of appearance.
func who(events []*casefile.Event) []string {
	return unrepeated(events, func(ev *casefile.Event) string { return ev.Actor.Label() })
}

// unrepeated returns what events say, without repeats, in order of appearance.
func unrepeated(events []*casefile.Event, say func(*casefile.Event) string) []string {
	var out []string
	seen := map[string]bool{}
	for _, ev := range events {
		if s := say(ev); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
