package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/story"
)

const cast = `
-- cast --
store d-9a67000001 account 111122223333 region us-east-2
group g "App-One" created 2025-03-10
group h "App-Two" created 2025-03-10
user ann ann@example.com
user ben ben@example.com
person bob cli
person carol console
idp okta token tok-1 from 203.0.113.20
-- snapshot 2025-08-01 --
groups all
users all
`

const searched = `
-- coverage --
scim api console 2025-09-01..2025-11-14T12:00Z claimed
`

// caseOf reads a story without question or expectation.
func caseOf(t testing.TB, text string) *casefile.Case {
	t.Helper()
	s, err := story.Parse([]byte(text + "-- ask --\ngroup g\n-- expect --\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Case(actor.Default())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rows writes a ledger as lines that a person can compare.
func rows(l *ledger.Ledger) []string {
	var out []string
	for _, r := range l.Of("", "") {
		present := "unknown"
		if r.Present != nil {
			present = map[bool]string{true: "in", false: "out"}[*r.Present]
		}
		line := fmt.Sprintf("%s %s: %s", r.Group.Name, strings.TrimSuffix(r.User.Name, "@example.com"), present)
		for _, p := range r.Periods {
			line += fmt.Sprintf("; %s %s", clock(p.From), origin(p.Began))
			if p.Ended != nil {
				line += fmt.Sprintf(" until %s %s", clock(p.To), origin(p.Ended))
			}
		}
		out = append(out, line)
	}
	return out
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.Format("0102T1504:05")
}

func origin(o *ledger.Origin) string {
	if o == nil {
		return "unknown"
	}
	text := fmt.Sprintf("%s/%s", o.Known, o.Via)
	if n := len(o.Events); n > 1 {
		text += fmt.Sprintf("*%d", n)
	}
	return text
}

func TestLedger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, story string
		want        []string
	}{
		{
			"a recorded addition stays until something ends it",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
`, []string{"App-One ann: in; 0910T1000:00 recorded/api"},
		},
		{
			"a deletion by membership id is resolved through the addition",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-09-12T10:00:00Z bob DeleteGroupMembership g ann
`, []string{"App-One ann: out; 0910T1000:00 recorded/api until 0912T1000:00 recorded/api"},
		},
		{
			"a refused deletion ends nothing",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-09-12T10:00:00Z bob DeleteGroupMembership g ann fails AccessDeniedException "no"
`, []string{"App-One ann: in; 0910T1000:00 recorded/api"},
		},
		{
			"a deleted user takes the membership along",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-09-12T10:00:00Z okta DeleteUser ann
`, []string{"App-One ann: out; 0910T1000:00 recorded/api until 0912T1000:00 recorded/cascade"},
		},
		{
			"a deleted group takes all along",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-09-10T10:00:01Z bob CreateGroupMembership g ben
2025-09-12T10:00:00Z bob DeleteGroup g
`, []string{
				"App-One ann: out; 0910T1000:00 recorded/api until 0912T1000:00 recorded/cascade",
				"App-One ben: out; 0910T1000:01 recorded/api until 0912T1000:00 recorded/cascade",
			},
		},
		{
			"a SCIM patch explains a membership made within seconds of it",
			`-- events --
2025-09-10T10:00:00Z okta PatchGroup g add ann
-- snapshot 2025-11-14T12:00:00Z --
g: ann since 2025-09-10T10:00:02Z by 111122223333, ben since 2025-09-10T10:01:00Z by 111122223333
`, []string{
				"App-One ann: in; 0910T1000:02 inferred/scim",
				"App-One ben: in; 0910T1001:00 declared/unknown",
			},
		},
		{
			"a refused SCIM patch explains nothing",
			`-- events --
2025-09-10T10:00:00Z okta PatchGroup g add ann fails ValidationException "no"
-- snapshot 2025-11-14T12:00:00Z --
g: ann since 2025-09-10T10:00:02Z, ben since 2025-02-01
`, []string{
				"App-One ann: in; 0910T1000:02 unexplained/unknown",
				"App-One ben: in; 0201T0000:00 predates/unknown",
			},
		},
		{
			"a member who was added anew in the console, which shows no id, is not of the id of before",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-09-12T10:00:00Z carol RemoveMemberFromGroup g ann
2025-10-10T10:00:00Z carol AddMemberToGroup g ann
-- snapshot 2025-11-14T12:00:00Z --
g: ann since 2025-10-10T10:00:00Z by 111122223333
`, []string{"App-One ann: in; 0910T1000:00 recorded/api until 0912T1000:00 recorded/console; 1010T1000:00 recorded/console"},
		},
		{
			"two snapshots and a SCIM removal between them",
			`-- events --
2025-10-10T10:00:00Z okta PatchGroup g remove ann
-- snapshot 2025-10-01T00:00:00Z --
g: ann since 2025-09-10T10:00:00Z, ben since 2025-09-10T10:00:00Z
-- snapshot 2025-11-14T12:00:00Z --
g: ben since 2025-09-10T10:00:00Z
`, []string{
				"App-One ann: out; 0910T1000:00 unexplained/unknown until 1010T1000:00 inferred/scim",
				"App-One ben: in; 0910T1000:00 unexplained/unknown",
			},
		},
		{
			"after a SCIM removal that hides whom, nobody's presence is known",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-10-10T10:00:00Z okta PatchGroup g remove ann
`, []string{"App-One ann: unknown; 0910T1000:00 recorded/api"},
		},
		{
			"a SCIM path that shows the user is a record",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-10-10T10:00:00Z okta PatchGroup g remove-path ann
`, []string{"App-One ann: out; 0910T1000:00 recorded/api until 1010T1000:00 recorded/scim"},
		},
		{
			"gone without an event",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
-- snapshot 2025-11-14T12:00:00Z --
g: (empty)
`, []string{"App-One ann: out; 0910T1000:00 recorded/api until ? unexplained/unknown"},
		},
		{
			"added twice means removed in between",
			`-- events --
2025-09-10T10:00:00Z bob CreateGroupMembership g ann
2025-10-01T10:00:00Z okta PatchGroup g remove ann
2025-10-02T10:00:00Z bob CreateGroupMembership g ann
`, []string{"App-One ann: in; 0910T1000:00 recorded/api until 1001T1000:00 inferred/scim; 1002T1000:00 recorded/api"},
		},
		{
			"one click in the console, logged under both sources, is one addition",
			`-- events --
2025-09-10T10:00:00Z carol AddMemberToGroup g ann
2025-09-10T10:00:01Z carol CreateGroupMembership g ann
`, []string{"App-One ann: in; 0910T1000:00 recorded/console*2"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := rows(ledger.Build(caseOf(t, cast+tt.story+searched)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUnresolvedDeletion: a deletion whose membership id nobody knows is kept as
// that, and spoils the certainty of those whose own id is not known.
func TestUnresolvedDeletion(t *testing.T) {
	t.Parallel()
	c := caseOf(t, cast+`-- events --
2025-08-10T10:00:00Z bob CreateGroupMembership h ben
2025-09-10T10:00:00Z carol AddMemberToGroup g ann
2025-10-12T10:00:00Z bob DeleteGroupMembership h ben
`+searched)
	l := ledger.Build(c)
	if n := len(l.Unresolved()); n != 1 {
		t.Fatalf("%d unresolved deletions, want 1", n)
	}
	want := []string{"App-One ann: unknown; 0910T1000:00 recorded/console"}
	if diff := cmp.Diff(want, rows(l)); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

func TestFindGroup(t *testing.T) {
	t.Parallel()
	c := caseOf(t, cast+`-- events --
2025-09-12T10:00:00Z bob DeleteGroup h
-- snapshot 2025-09-01T00:00:00Z --
groups all
-- snapshot 2025-11-14T12:00:00Z --
groups g
`+searched)
	l := ledger.Build(c)
	for _, asked := range []string{"App-One", "app-one"} {
		if found := l.FindGroup(asked); len(found) != 1 || found[0].Name != "App-One" {
			t.Errorf("FindGroup(%q) = %v", asked, found)
		}
	}
	if found := l.FindGroup("App-Two"); len(found) != 1 || !found[0].Gone() {
		t.Errorf("a group that was deleted is still found by its name, and gone: %v", found)
	}
	if found := l.FindGroup("App-Three"); len(found) != 0 {
		t.Errorf("FindGroup of a stranger = %v", found)
	}
}
