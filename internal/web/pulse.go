package web

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/span"
)

// mood is how something stands, for a word, a colour and a shape.
type mood string

// The moods.
const (
	well    mood = "works"
	failing mood = "fails"
	quiet   mood = "quiet"   // looked at, and nothing or nothing lately is there
	open    mood = "unknown" // the evidence does not say
	skipped mood = "skipped" // not on this way, or of no use to look at
)

// Word is the mood for a label.
func (m mood) Word() string {
	switch m {
	case well:
		return "works"
	case failing:
		return "fails"
	case quiet:
		return "silent"
	case skipped:
		return "skipped"
	}
	return "not known"
}

// Alive is the word for a mood in answer to whether SCIM is alive.
func (p pulse) Alive() string {
	switch p.Mood {
	case well:
		return "alive"
	case failing:
		return "failing"
	}
	return p.Mood.Word()
}

// pulse says whether SCIM is alive, as far as the evidence reaches.
type pulse struct {
	Mood    mood
	Head    string // one short sentence
	Says    string // what it rests on
	Last    time.Time
	LastKey string
	Since   int // failures after the last success
	Reach   string
}

// least is the shortest silence that is worth a word: identity providers sync
// every 20 to 40 minutes, and nobody changes anything at night.
const least = 24 * time.Hour

// feelPulse judges the SCIM writes of a case. It speaks of silence only for time
// that a source claims to have looked at whole.
func (v *View) feelPulse() pulse {
	p := pulse{Reach: v.survey.SCIM.Reach}
	var longest time.Duration
	writes := 0
	for i := range v.c.Events {
		ev := &v.c.Events[i]
		if ev.Source != awsid.SourceSCIM || ev.ReadOnly || ev.Superseded {
			continue
		}
		if ev.Failed() {
			p.Since++
			continue
		}
		if !p.Last.IsZero() {
			longest = max(longest, ev.Time.Sub(p.Last))
		}
		writes++
		p.Last, p.LastKey, p.Since = ev.Time, ev.Key, 0
	}
	claimed := v.claimed(awsid.SourceSCIM)
	switch {
	case p.Last.IsZero() && p.Since > 0:
		p.Mood, p.Head = failing, "Every SCIM write in the evidence failed."
	case p.Last.IsZero() && !claimed.Empty():
		p.Mood, p.Head = quiet, "No SCIM write where it was looked."
	case p.Last.IsZero():
		p.Mood, p.Head = open, "SCIM was not looked at, or not surely."
	default:
		p.judge(claimed.Contains(p.Last.Add(time.Second)), v.silence(p.Last), longest, writes)
	}
	p.Says = cmp.Or(p.Says, v.survey.SCIM.Said())
	return p
}

// laneOf is the timeline's lane of an event source.
func (v *View) laneOf(source string) *report.Lane {
	lanes := v.survey.Timeline.Lanes
	if i := slices.Index(casefile.DirectorySources, source); i >= 0 && i < len(lanes) {
		return &lanes[i]
	}
	return nil
}

// claimed is the time for which a source was looked at whole, at least as a
// source claims, in the places where its calls are logged. It is none when it is
// not known which places those are: a search elsewhere finds nothing and proves
// nothing.
func (v *View) claimed(source string) span.Set {
	lane := v.laneOf(source)
	if lane == nil || !v.homeKnown() {
		return span.Set{}
	}
	var spans []span.Span
	for _, b := range lane.Bands {
		if b.Complete != casefile.Unknown.String() {
			spans = append(spans, span.Of(b.From, b.To))
		}
	}
	return span.SetOf(spans...)
}

// homeKnown reports whether one account is known as the home of the identity
// store, by a statement or by SCIM calls that are logged there.
func (v *View) homeKnown() bool {
	account := ""
	for _, h := range v.c.Homes {
		if h.Account != "" && account != "" && h.Account != account {
			return false
		}
		account = cmp.Or(h.Account, account)
	}
	return account != ""
}

// silence is for how long after a moment SCIM was looked at without a break.
func (v *View) silence(after time.Time) time.Duration {
	for _, s := range v.claimed(awsid.SourceSCIM).Spans() {
		if s.Contains(after) {
			return s.To.Sub(after)
		}
	}
	return 0
}

func (p *pulse) judge(reached bool, silence, longest time.Duration, writes int) {
	late := silence > max(2*longest, least)
	switch {
	case p.Since > 0 && (late || !reached):
		p.Mood, p.Head = failing, fmt.Sprintf("%s since the last success.", report.Counted(p.Since, "SCIM write failed", "SCIM writes failed"))
		if late {
			p.Says = fmt.Sprintf("That was %s before the evidence ends; the longest time without a success before was %s.", lasting(silence), lasting(longest))
		}
	case !reached:
		p.Mood, p.Head = open, "The evidence ends with the last SCIM write."
		p.Says = "Whether SCIM has written since is not known: no source says that it looked further."
	case late && writes > 2:
		p.Mood, p.Head = quiet, fmt.Sprintf("SCIM has been silent for %s.", lasting(silence))
		p.Says = fmt.Sprintf("The longest silence before was %s.", lasting(longest))
	case silence > least && writes <= 2:
		p.Mood, p.Head = open, fmt.Sprintf("The last SCIM write was %s before the evidence ends.", lasting(silence))
		p.Says = "There are too few writes to know a rhythm from."
	default:
		p.Mood, p.Head = well, "SCIM was writing when the evidence ends."
		p.Says = fmt.Sprintf("The last success lies %s before the end; the longest time without one before was %s.", lasting(silence), lasting(longest))
		if p.Since > 0 {
			p.Says += fmt.Sprintf(" Since then %s.", report.Counted(p.Since, "write failed", "writes failed"))
		}
	}
}

// lasting writes a duration for people, in its largest unit.
func lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return report.Counted(int(d/time.Second), "second")
	case d < 2*time.Hour:
		return report.Counted(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return report.Counted(int(d/time.Hour), "hour")
	}
	return report.Counted(int(d/(24*time.Hour)), "day")
}
