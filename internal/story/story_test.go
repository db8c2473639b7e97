package story_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/story"
)

const sample = `Okta pushed other groups and never this one.
-- cast --
store d-9a67000001 account 111122223333 region us-east-2
group sandbox "App-AWS-AA-database-sandbox-444455556666-admin"
group other external 00g1
user ann ann@example.com external 00u1
person bob cli
person carol console
connector sailpoint role sailpoint-read-write
idp okta token tok-1 from 203.0.113.20
-- events --
2025-09-16T10:00:00Z bob CreateGroupMembership other ann
2025-09-17T10:00:00Z carol AddMemberToGroup other ann
2025-09-18 bob DeleteGroupMembership other ann label gone
every 6h from 2025-10-01T08:00Z to 2025-10-02T02:00Z okta PatchGroup other add ann + remove ann
2025-10-03 okta PatchGroup sandbox remove-pathless fails ValidationException "Missing path in PATCH request"
2025-10-04 okta PatchUser ann inactive late 26h
2025-10-05 sailpoint CreateGroupMembership other ann arns copied 222233334444
-- snapshot 2025-11-14T12:00:00Z --
groups all
users all
sandbox: (empty)
other: ann since 2025-10-01T08:00:02Z by 111122223333
-- coverage --
scim api console 2025-09-01..2025-11-14 claimed # all three
lookup api 2025-09-01..2025-11-14 account 222233334444
-- ask --
group sandbox
-- expect --
verdict established group-not-pushed
group-not-pushed established
# the rest, as the program answers
wrong-place refuted
`

func parse(t *testing.T, text string) *story.Story {
	t.Helper()
	s, err := story.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAStoryBecomesTheFilesThatAnInvestigatorWouldHold(t *testing.T) {
	t.Parallel()
	s := parse(t, sample)
	files, err := s.Files()
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	events := map[string][]string{}
	for _, f := range files {
		paths = append(paths, f.Path)
		var page struct {
			Events []struct{ EventName, CloudTrailEvent string }
		}
		if err := json.Unmarshal(f.Data, &page); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
		for _, e := range page.Events {
			events[f.Path] = append(events[f.Path], e.EventName)
			rec, err := cloudtrail.Decode([]byte(e.CloudTrailEvent))
			if err != nil || rec.Name != e.EventName || len(rec.Problems) > 0 {
				t.Errorf("%s: %v %v %s", f.Path, err, rec.Problems, e.CloudTrailEvent)
			}
		}
	}
	if diff := cmp.Diff([]string{
		"cloudtrail/111122223333-us-east-2-api.json", "cloudtrail/111122223333-us-east-2-console.json", "cloudtrail/111122223333-us-east-2-scim.json",
		"cloudtrail/222233334444-us-east-2-api.json",
		"identitystore/list-group-memberships-other.json", "identitystore/list-group-memberships-sandbox.json",
		"identitystore/list-groups.json", "identitystore/list-users.json", "scimtrail-evidence.json",
	}, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{
		"cloudtrail/111122223333-us-east-2-api.json":     {"CreateGroupMembership", "DeleteGroupMembership", "CreateGroupMembership"},
		"cloudtrail/111122223333-us-east-2-console.json": {"AddMemberToGroup"},
		"cloudtrail/111122223333-us-east-2-scim.json":    {"PatchUser", "PatchGroup", "PatchGroup", "PatchGroup", "PatchGroup", "PatchGroup"},
		"cloudtrail/222233334444-us-east-2-api.json":     {"CreateGroupMembership"},
	}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if s.Ask.Asked != "App-AWS-AA-database-sandbox-444455556666-admin" || s.Expect.Cause != "group-not-pushed" {
		t.Errorf("ask %+v, expect %+v", s.Ask, s.Expect)
	}
}

func TestADeletedMembershipHasTheIdOfItsMaking(t *testing.T) {
	t.Parallel()
	s := parse(t, `
-- cast --
group g
user u
person bob cli
-- events --
2025-09-01 bob CreateGroupMembership g u
2025-09-02 bob DeleteGroupMembership g u
2025-09-03 bob CreateGroupMembership g u
-- snapshot 2025-09-04 --
g: u
-- coverage --
all 2025-09-01..2025-09-04
`)
	c, err := s.Case(new(actor.Catalogue))
	if err != nil {
		t.Fatal(err)
	}
	first, gone, second, listed := c.Events[0].Subject.Membership, c.Events[1].Subject.Membership, c.Events[2].Subject.Membership, c.Snapshots[0].Memberships[0].ID
	if first != gone || first == second || second != listed {
		t.Errorf("made %s, deleted %s, made %s, listed %s: want the first two and the last two alike", first, gone, second, listed)
	}
}

func TestASignedTreeVerifiesAndATamperedOneDoesNot(t *testing.T) {
	t.Parallel()
	const text = `
-- cast --
group g
user u
person bob cli
-- events --
2025-09-01T10:00:00Z bob CreateGroupMembership g u
-- coverage --
digests 2025-09-01..2025-09-02 `
	for name, row := range map[string]struct {
		extra    string
		tampered int
	}{
		"untouched":            {"", 0},
		"a record taken out":   {"tampered 2025-09-01T10:00:00Z", 1},
		"a log file taken out": {"missing 2025-09-01T10:00:00Z", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys, err := parse(t, text+row.extra+"\n").FS()
			if err != nil {
				t.Fatal(err)
			}
			inv, err := integrity.Gather(t.Context(), fsys)
			if err != nil {
				t.Fatal(err)
			}
			found := verify(t, fsys, inv)
			if found != row.tampered {
				t.Errorf("%d signs of tampering, want %d", found, row.tampered)
			}
		})
	}
}

func TestATreeHoldsTheRecordsAmongOthers(t *testing.T) {
	t.Parallel()
	fsys, err := parse(t, `
-- cast --
group g
user u
person bob cli
-- events --
2025-09-01T10:00:00Z bob CreateGroupMembership g u late 30h
-- coverage --
tree 2025-09-01..2025-09-04 org o-example0001 shuffled doubled
`).FS()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for path, f := range fsys {
		if !strings.HasPrefix(path, "AWSLogs/o-example0001/111122223333/CloudTrail/us-east-2/2025/09/0") {
			t.Errorf("%s does not lie where CloudTrail puts it", path)
		}
		z, err := gzip.NewReader(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var log struct{ Records []json.RawMessage }
		if err := json.Unmarshal(data, &log); err != nil {
			t.Fatal(err)
		}
		for _, raw := range log.Records {
			rec, err := cloudtrail.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			count[rec.Name+" "+rec.Addendum.Reason]++
		}
	}
	if count["CreateGroupMembership DELIVERY_DELAY"] != 2 || len(count) < 3 {
		t.Errorf("records by name: %v, want the late membership twice among those of other services", count)
	}
}

func TestAMistakeIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ text, want string }{
		"an unknown person":        {"x\n-- cast --\ngroup g\n-- events --\n\n2025-01-01 bob CreateGroup g\n", `story: line 6 (section events): "bob" is not in the cast`},
		"an unknown section":       {"-- cats --\n", "story: line 1 (section cats): there is no such section"},
		"a bad time":               {"-- cast --\nperson bob cli\n-- events --\nyesterday bob ListGroups\n", `story: line 4 (section events): "yesterday" is not a time`},
		"an open quote":            {"-- cast --\ngroup g \"x\n", "story: line 2 (section cast): a quoted word is not closed"},
		"too many repetitions":     {"-- cast --\nperson bob cli\n-- events --\nevery 1s from 2020-01-01 to 2025-01-01 bob ListGroups\n", "more than 5000 times"},
		"an idp at the API":        {"-- cast --\ngroup g\nuser u\nidp okta\n-- events --\n2025-01-01 okta CreateGroupMembership g u\n", `"CreateGroupMembership" is no call of the SCIM endpoint`},
		"a person over SCIM":       {"-- cast --\ngroup g\nperson bob cli\n-- events --\n2025-01-01 bob PatchGroup g add\n", `"PatchGroup" is a SCIM call, and bob is no idp`},
		"a word too many":          {"-- cast --\nperson bob cli\n-- events --\n2025-01-01 bob ListGroups now\n", `"now" is not understood here`},
		"events without coverage":  {"-- cast --\nperson bob cli\n-- events --\n2025-01-01 bob ListGroups\n", "no coverage section"},
		"a path out of the folder": {"-- file ../x --\n", "is no path inside the folder"},
		"an unknown status":        {"-- expect --\nnever-touched maybe\n", `"maybe" is no status`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := story.Parse([]byte(row.text))
			var mistake *story.Error
			if !errors.As(err, &mistake) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want a mistake with %q", err, row.want)
			}
		})
	}
}

func TestUpdateKeepsWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	got := string(parse(t, sample).Update([]string{"never-touched", "group-not-pushed", "wrong-place"},
		map[string]string{"never-touched": "refuted", "group-not-pushed": "possible", "wrong-place": "possible"}))
	_, got, _ = strings.Cut(got, "-- expect --\n")
	want := "verdict established group-not-pushed\ngroup-not-pushed established\n# the rest, as the program answers\nnever-touched refuted\nwrong-place possible\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzStory: whatever parses expands, twice to the same bytes, into valid paths.
func FuzzStory(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("-- cast --\ngroup g legacy\nidp curl\n-- events --\n2025-01-01 curl CreateGroup g hidden untimed\n-- coverage --\ntree 2025-01-01..2025-01-02\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Count(text, []byte("every")) > 1 || bytes.Count(text, []byte("-- coverage --")) > 1 || len(text) > 4000 {
			t.Skip("costly, and no different")
		}
		s, err := story.Parse(text)
		if err != nil {
			var mistake *story.Error
			if !errors.As(err, &mistake) {
				t.Fatalf("not a mistake with a place: %v", err)
			}
			return
		}
		first, err := s.Files()
		if err != nil {
			var mistake *story.Error
			if !errors.As(err, &mistake) {
				t.Fatalf("not a mistake with a place: %v", err)
			}
			return
		}
		second, _ := s.Files()
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("two expansions differ:\n%s", diff)
		}
		for _, file := range first {
			if !fs.ValidPath(file.Path) {
				t.Fatalf("%q is no path", file.Path)
			}
		}
		if _, err := story.Parse(s.Update(nil, nil)); err != nil {
			t.Fatalf("an updated story no longer parses: %v", err)
		}
	})
}

// verify counts the signs of tampering in a tree.
func verify(t *testing.T, fsys fs.FS, inv integrity.Inventory) int {
	t.Helper()
	report, err := integrity.Verify(t.Context(), inv, integrity.NewFolder(fsys), integrity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Digests.Valid != 24 {
		t.Errorf("digests: %+v, want a valid one an hour", report.Digests)
	}
	n := 0
	for _, f := range report.Findings {
		if f.Kind.Tampering() {
			n++
		} else {
			t.Logf("limit: %+v", f)
		}
	}
	return n
}
