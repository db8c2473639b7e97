package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// filter is what a request asks of the events.
type filter struct {
	From, To     string // as typed
	Source, Kind string
	Actor        string
	Group, User  string
	Outcome      string // "", done or failed
	Meaning      string // id of a failure
	Reads        bool
	Oldest       bool // oldest first

	from, to int64
}

// choice is one option of a select.
type choice struct{ Value, Word string }

var (
	sourceChoices = []choice{{"", "any"}, {"scim", "SCIM"}, {"api", "Identity Store API"}, {"console", "Console"}, {"sso", "SSO administration"}, {"sync", "Directory sync"}}
	kindChoices   = []choice{{"", "anybody"}, {actor.IDP, "identity provider"}, {actor.Person, "people"}, {actor.Automation, "automation"},
		{actor.Connector, "governance connector"}, {actor.AWS, "AWS itself"}, {actor.Unknown, "can't be told"}}
	outcomeChoices = []choice{{"", "any"}, {"done", "succeeded"}, {"failed", "failed"}}
)

// sourceWords are the words of a request for the management sources, in their order.
var sourceWords = []string{"scim", "api", "console", "sso", "sync"}

// readFilter reads a filter from a request.
func readFilter(r *http.Request) (*filter, error) {
	q := r.URL.Query()
	word := func(name string) string {
		s := strings.TrimSpace(q.Get(name))
		return s[:min(len(s), 1000)]
	}
	f := &filter{From: word("from"), To: word("to"), Source: word("source"), Kind: word("kind"), Actor: word("actor"), Group: word("group"),
		User: word("user"), Outcome: word("outcome"), Meaning: word("meaning"), Reads: word("reads") != "", Oldest: word("order") == "oldest"}
	f.from, f.to = -1<<62, undated
	for _, bound := range []struct {
		text string
		into *int64
		end  bool
	}{{f.From, &f.from, false}, {f.To, &f.to, true}} {
		if bound.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, bound.text)
		if err == nil && bound.end {
			t = t.Add(24*time.Hour - time.Second) // a day means all of it
		} else if err != nil {
			if t, err = cloudtrail.ParseTime(bound.text); err != nil {
				return nil, &errBad{"A time is written 2025-11-14 or 2025-11-14T12:00:00Z."}
			}
		}
		*bound.into = t.Unix()
	}
	for _, c := range []struct {
		value string
		list  []choice
		what  string
	}{{f.Source, sourceChoices, "source"}, {f.Kind, kindChoices, "kind"}, {f.Outcome, outcomeChoices, "outcome"}} {
		if !slices.ContainsFunc(c.list, func(x choice) bool { return x.Value == c.value }) {
			return nil, &errBad{fmt.Sprintf("There is no such %s to filter by.", c.what)}
		}
	}
	return f, nil
}

// Narrow reports whether anything is left out beside reads.
func (f *filter) Narrow() bool {
	return f.From+f.To+f.Source+f.Kind+f.Actor+f.Group+f.User+f.Outcome+f.Meaning != ""
}

// match returns the lines that fit, in the order asked for.
func (v *View) match(f *filter) []int32 {
	groups, users := matching(v.groups, v.groupAt, f.Group), matching(v.users, v.userAt, f.User)
	var callers map[int32]bool
	if f.Actor != "" || f.Kind != "" {
		callers = map[int32]bool{}
		asked := strings.ToLower(f.Actor)
		for i, c := range v.actors {
			if (f.Kind == "" || c.kind == f.Kind) && strings.Contains(strings.ToLower(c.label), asked) {
				callers[int32(i+1)] = true
			}
		}
	}
	meaning := int32(0)
	if f.Meaning != "" {
		meaning = int32(slices.IndexFunc(v.failures, func(x *failure) bool { return x.id == f.Meaning }) + 1)
		if meaning == 0 {
			return nil
		}
	}
	source := uint8(slices.Index(sourceWords, f.Source) + 1)
	fits := func(x *line) bool {
		switch {
		case x.is&reads != 0 && !f.Reads,
			x.at < f.from || x.at > f.to || x.at == undated && (f.From != "" || f.To != ""),
			source != 0 && x.source != source,
			f.Outcome == "done" && x.is&failed != 0, f.Outcome == "failed" && x.is&failed == 0,
			meaning != 0 && x.failure != meaning,
			callers != nil && !callers[x.actor],
			groups != nil && !groups[x.group],
			users != nil && !users[x.user]:
			return false
		}
		return true
	}
	var out []int32
	take := func(i int32) {
		if fits(&v.lines[i]) {
			out = append(out, i)
		}
	}
	if only := v.narrowest(groups, users); only != nil {
		for _, i := range only.lines {
			take(i)
		}
	} else {
		for i := range v.lines {
			take(int32(i))
		}
	}
	if !f.Oldest {
		slices.Reverse(out)
	}
	return out
}

// narrowest returns the one group or user whose events are all that can fit, nil
// when there is no single one.
func (v *View) narrowest(groups, users map[int32]bool) *subject {
	for _, s := range []struct {
		set  map[int32]bool
		list []*subject
	}{{groups, v.groups}, {users, v.users}} {
		if len(s.set) == 1 {
			for i := range s.set {
				return at(s.list, i)
			}
		}
	}
	return nil
}

// matching returns the places of the subjects that a text means: the one with
// that id, else all whose names hold it; nil when nothing was asked.
func matching(list []*subject, by map[string]*subject, asked string) map[int32]bool {
	if asked == "" {
		return nil
	}
	if s := by[asked]; s != nil {
		return map[int32]bool{s.at: true}
	}
	out := map[int32]bool{}
	want := folded(asked)
	for _, s := range list {
		if strings.Contains(s.search, want) {
			out[s.at] = true
		}
	}
	return out
}

// events returns the events of lines.
func (v *View) events(lines []int32) []*casefile.Event {
	out := make([]*casefile.Event, len(lines))
	for i, n := range lines {
		out[i] = v.event(n)
	}
	return out
}
