package scan

import (
	"bytes"
	"strings"

	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// verdicts remembers for sources and for names of events whether a record with
// one may concern identities, so that package cloudtrail is asked once for each.
type verdicts struct {
	sources, events map[string]*verdict
	last            *verdict
}

type verdict struct {
	text     string
	lower    string // as sources are counted
	concerns bool
	counted  int // the number of the last place that it was counted in
	events   map[string]bool
}

func newVerdicts() verdicts {
	return verdicts{sources: map[string]*verdict{}, events: map[string]*verdict{}, last: &verdict{concerns: true}}
}

// source judges a source without regard to the event: that no record with it
// concerns identities, unless by its name, follows from cloudtrail.Concerns,
// which takes all names that only read or sign in off what an empty one gives.
func (v *verdicts) source(text []byte) *verdict {
	if v.last.text == string(text) {
		return v.last
	}
	one, ok := v.sources[string(text)]
	if !ok {
		one = &verdict{text: string(text), lower: string(bytes.ToLower(text))}
		one.concerns = len(text) == 0 || !plain(text) || hasPrefix(text, "aws:") || cloudtrail.Concerns(one.text, "")
		remember(v.sources, one)
	}
	v.last = one
	return one
}

// event judges the name of an event under any source but those that concern
// identities by themselves.
func (v *verdicts) event(text []byte) *verdict {
	one, ok := v.events[string(text)]
	if !ok {
		one = &verdict{text: string(text)}
		one.concerns = !plain(text) || cloudtrail.Concerns("", one.text)
		remember(v.events, one)
	}
	return one
}

// both judges a source and an event together.
func (v *verdicts) both(source *verdict, event []byte) bool {
	if source.lower == "" || !plain(source.text) || strings.HasPrefix(source.text, "aws:") {
		return true
	}
	decision, ok := source.events[string(event)]
	if !ok {
		decision = cloudtrail.Concerns(source.text, string(event))
		if source.events == nil || len(source.events) >= maxDecisions {
			source.events = map[string]bool{}
		}
		source.events[string(event)] = decision
	}
	return decision
}

func remember(known map[string]*verdict, one *verdict) {
	if len(known) >= maxDecisions {
		clear(known)
	}
	known[one.text] = one
}

// plain reports whether the text of a string is what it says, in ASCII.
func plain[T string | []byte](text T) bool {
	for _, c := range []byte(text) {
		if c == '\\' || c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
