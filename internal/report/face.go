package report

import (
	"bytes"
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// The words and pictures of the report for package web, so that both say the
// same in the same way. What they return holds text of the evidence as it is,
// unless it says otherwise: html/template or Clean makes it safe.

// Moment writes an instant for a sentence, to the second, in UTC; "" for zero.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return moment(t)
}

// Day writes a date in UTC; "" for zero.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return dayOf(t)
}

// Name is the name of a group or user, its id when no name is known.
func Name(e ledger.Entity) string { return nameOf(e) }

// Door names an event source as people speak of it: SCIM, Identity Store API.
func Door(source string) string { return doorOf(source) }

// Via names the way of a call in a table (SCIM, API, console) from its name in
// the contract.
func Via(via string) string { return viaShort(via) }

// What says what a call did or was meant to do: "add a member".
func What(ev *casefile.Event) string { return whatWords(ev) }

// Kind names a kind of actor: "Identity provider", "A person".
func Kind(kind string) string { return kindTitle(kind) }

// Counted writes a number with its noun: "1 group", "2 groups".
func Counted(n int, forms ...string) string { return plural(n, forms...) }

// Grade says in a clause what the completeness of a coverage is worth.
func Grade(c casefile.Completeness) string { return gradeWords[c] }

// ChangesMembers reports whether a call is about who is in a group.
func ChangesMembers(ev *casefile.Event) bool { return changesMembers(ev) }

// Refusal says in a clause why a call failed, with its meaning where the
// catalogue of errors knows it; "" when it did not fail.
func Refusal(ev *casefile.Event) string {
	if !ev.Failed() {
		return ""
	}
	text := strings.Trim(ev.ErrorCode+": "+ev.ErrorMessage, ": ")
	if x, ok := scimerror.Explain(ev.ErrorCode, ev.ErrorMessage); ok {
		text = sentence(text) + " " + x.Meaning()
	}
	return text
}

// Meaning says what an answer means for people who have to act, in one or two
// sentences.
func Meaning(a *diagnose.Answer) []string { return (&inquest{a: a}).meaning() }

// Steps lists what to do about an answer over a case, the first first: fixes of causes
// that hold, and what to fetch for those that are open.
func Steps(c *casefile.Case, a *diagnose.Answer) []Step { return (&inquest{c: c, a: a}).steps() }

// Said says in a sentence what came over SCIM and how far that was looked at.
func (s *SCIMActivity) Said() string { return s.words() }

// Said says in a clause what a person or program did.
func (h *Hand) Said() string { return h.counts() }

// Said says a way in a clause: "3 over the API by ann (aws-cli) (recorded)".
func (w Way) Said() string { return w.words() }

// Ways counts in which ways the present members among rows came in, the most
// frequent first.
func Ways(rows []*ledger.Row) []Way {
	ways := map[Way]int{}
	for _, r := range rows {
		if r.Is() {
			ways[wayOf(r.Periods[len(r.Periods)-1].Began)]++
		}
	}
	out := make([]Way, 0, len(ways))
	for way, n := range ways {
		way.Members = n
		out = append(out, way)
	}
	slices.SortFunc(out, func(a, b Way) int {
		return cmp.Or(cmp.Compare(b.Members, a.Members), cmp.Compare(a.Via, b.Via), cmp.Compare(a.Known, b.Known), cmp.Compare(a.Actor, b.Actor))
	})
	return out
}

// Facts lists what is known of a group or user, in words.
func Facts(life *ledger.Life) []Count { return lifeFacts(life) }

// Memberships puts rows of the ledger in words, present ones first. kind is
// group or user: whose memberships they are. It returns limit of them after the
// first skip, and the counts of all.
func Memberships(kind string, rows []*ledger.Row, skip, limit int) *Subjected {
	s := &Subjected{Kind: kind, Members: []MemberLine{}}
	s.members(rows, skip, limit)
	return s
}

// Names returns the group and user of a membership for a page.
func (m *MemberLine) Names() (group, user ledger.Entity) {
	return ledger.Entity(m.Group), ledger.Entity(m.User)
}

// Proof returns the ids of the events that the periods of a membership rest on.
func (m *MemberLine) Proof() []string {
	var keys []string
	for _, p := range m.Spans {
		for _, o := range []*originDoc{p.Began, p.Ended} {
			if o == nil {
				continue
			}
			for _, k := range o.Events {
				if !slices.Contains(keys, k) {
					keys = append(keys, k)
				}
			}
		}
	}
	return keys
}

// MembersPicture draws memberships over time as an SVG figure with its legend;
// "" when there is nothing to draw. Its text is escaped.
func MembersPicture(s *Subjected, t *Timeline, asOf time.Time) (template.HTML, error) {
	return drawn(drawMembers(s, t, when(asOf)))
}

// TimelinePicture draws the writes over time as an SVG figure with its legend;
// "" when the evidence holds no time. Its text is escaped.
func TimelinePicture(t *Timeline) (template.HTML, error) { return drawn(drawTimeline(t)) }

func drawn(p *picture) (template.HTML, error) {
	if p == nil {
		return "", nil
	}
	t, err := htmlTemplate()
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "picture", p); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // escaped by the template
}

// MatrixTable puts in words how far the people of a group came, hop by hop: a
// caption, the heads of the columns and the rows.
func MatrixTable(m *diagnose.Matrix) (caption string, head []string, rows [][]string) {
	for _, r := range m.Rows {
		rows = append(rows, matrixCells(r))
	}
	return matrixCaption(m), slices.Clone(matrixHead), rows
}

// Palette is the style sheet of the report's colours, light and dark.
func Palette() string { return paletteStyle }

// PictureStyle is the style sheet of the report's pictures; it wants Palette.
func PictureStyle() string { return pictureStyle }
