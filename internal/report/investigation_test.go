package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

func render(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReportOfAGroup(t *testing.T) {
	t.Parallel()
	in := inOwnWords(t, analysts)
	golden(t, "report-group.md", render(t, in.Markdown))
	golden(t, "report-group.html", render(t, in.HTML))
	golden(t, "report-group.json", render(t, in.JSON))
}

func TestReportOfAGroupWithMembers(t *testing.T) {
	t.Parallel()
	golden(t, "report-members.html", render(t, inOwnWords(t, finance).HTML))
	golden(t, "report-emptied.html", render(t, inOwnWords(t, engineers).HTML))
}

func TestReportOfAWholeStore(t *testing.T) {
	t.Parallel()
	in := about(t, incident(t), "")
	golden(t, "report-store.md", render(t, in.Markdown))
}

func TestTheAnswerStandsFirstWordForWord(t *testing.T) {
	t.Parallel()
	in := about(t, incident(t), "Analysts")
	md := string(render(t, in.Markdown))
	head := md[:strings.Index(md, "## What it means")]
	if !strings.Contains(head, "**"+in.Finding.Summary+"**") {
		t.Errorf("the summary %q is not in the first section:\n%s", in.Finding.Summary, head)
	}
}

func TestTheSameCaseGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	first := about(t, incident(t), "Analysts")
	for range 5 {
		again := about(t, incident(t), "Analysts")
		for name, pair := range map[string][2][]byte{
			"markdown": {render(t, first.Markdown), render(t, again.Markdown)},
			"html":     {render(t, first.HTML), render(t, again.HTML)},
			"json":     {render(t, first.JSON), render(t, again.JSON)},
		} {
			if !bytes.Equal(pair[0], pair[1]) {
				t.Fatalf("%s differs between two runs", name)
			}
		}
	}
}

// A lane that was never searched must not look like one that was searched and
// is empty.
func TestAnEmptyLaneSaysWhetherItWasSearched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		covered bool
		hatched string // the width of what is hatched in the console's lane
		words   string
	}{
		{"never searched", false, "852.0", "not looked at: an absence says nothing"},
		{"searched and empty", true, "", "complete according to its source"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			s.scim(day(2), cloudtrail.SCIMCreateGroup(tenant, analysts, false))
			s.cover(home, awsid.SourceSCIM, day(0), day(30), casefile.Claimed)
			if c.covered {
				midnight := time.Date(2025, 8, 31, 0, 0, 0, 0, time.UTC)
				s.cover(home, awsid.SourceAPI, midnight, day(30), casefile.Claimed)
				s.cover(home, awsid.SourceConsole, midnight, day(30), casefile.Claimed)
			}
			in := about(t, s.b.Build(), analysts)
			hatched, empty := "", false
			for _, n := range elements(page(t, in)) {
				if class, _ := attribute(n, "class"); class == "unsearched" && n.FirstChild.FirstChild.Data == "Console: not looked at" {
					hatched, _ = attribute(n, "width")
				}
				empty = empty || n.Data == "text" && n.FirstChild.Data == "looked at: no write"
			}
			if hatched != c.hatched || empty != c.covered {
				t.Errorf("hatched over %q, want %q; said to be searched and empty: %v, want %v", hatched, c.hatched, empty, c.covered)
			}
			if lane := in.Timeline.Lanes[2]; !strings.Contains(lane.Reach, c.words) {
				t.Errorf("the words are %q", lane.Reach)
			}
		})
	}
}

func TestNothingIsExpectedOfWhatWasNotSearched(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.person(day(3), "riley@example.com", home, cliUA, cloudtrail.APICreateMembership(store, engineers, user(1), membership(1)))
	in := about(t, s.b.Build(), engineers)
	for _, e := range in.Expected[:4] {
		if e.Result != report.NotLooked {
			t.Errorf("%s: %q, though SCIM was never searched", e.Step, e.Result)
		}
	}
}

// shelf is a report.Folder in memory.
type shelf map[string]*bytes.Buffer

type slot struct{ *bytes.Buffer }

func (slot) Close() error { return nil }

func (s shelf) Create(name string) (io.WriteCloser, error) {
	s[name] = &bytes.Buffer{}
	return slot{s[name]}, nil
}

func TestBundleHoldsTheRecordsByteForByte(t *testing.T) {
	t.Parallel()
	c := incident(t)
	files := shelf{}
	if err := about(t, c, "Analysts").Bundle(files); err != nil {
		t.Fatal(err)
	}
	want := []string{"evidence/identity-events.json", "evidence/manifest.json", "evidence/membership-events.json", "evidence/sample-event.json",
		"evidence/scim-events.json", "report.html", "report.json", "report.md"}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Fatalf("the bundle holds %v, want %v", got, want)
	}
	for i := range c.Events {
		if !bytes.Contains(files["evidence/identity-events.json"].Bytes(), c.Events[i].Raw) {
			t.Errorf("event %s is not there as it was read", c.Events[i].Key)
		}
	}
	counts := map[string]int{}
	for name, f := range files {
		if !strings.HasPrefix(name, "evidence/") || name == "evidence/manifest.json" {
			continue
		}
		var doc struct{ Records []json.RawMessage }
		if err := json.Unmarshal(f.Bytes(), &doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, r := range doc.Records {
			if _, err := cloudtrail.Decode(r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		counts[name] = len(doc.Records)
	}
	if counts["evidence/identity-events.json"] != len(c.Events) || counts["evidence/membership-events.json"] != 6 || counts["evidence/sample-event.json"] != 1 {
		t.Errorf("records by file: %v", counts)
	}
	var manifest struct {
		Inputs []struct{ Path, SHA256 string }
		Files  []struct {
			Path, SHA256 string
			Size         int
		}
	}
	if err := json.Unmarshal(files["evidence/manifest.json"].Bytes(), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Inputs) != len(c.Inputs) || len(manifest.Files) != len(files)-1 {
		t.Errorf("the manifest names %d inputs and %d files", len(manifest.Inputs), len(manifest.Files))
	}
	for _, f := range manifest.Files {
		data := files[f.Path].Bytes()
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.SHA256 || len(data) != f.Size {
			t.Errorf("%s is not what the manifest says", f.Path)
		}
	}
	golden(t, "manifest.json", manifestWithoutReports(t, files["evidence/manifest.json"].Bytes()))
}

// manifestWithoutReports blanks hashes that change with every wording.
func manifestWithoutReports(t testing.TB, data []byte) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	for _, f := range doc["files"].([]any) {
		f := f.(map[string]any)
		if strings.HasPrefix(f["path"].(string), "report.") {
			f["sha256"], f["size"] = "", 0
		}
	}
	return render(t, func(w io.Writer) error { return report.WriteJSON(w, doc) })
}

// full is a folder on a full disk.
type full struct{ at string }

var errFull = errors.New("no space left on device")

func (f full) Create(name string) (io.WriteCloser, error) {
	if name == f.at {
		return brokenFile{}, nil
	}
	return slot{&bytes.Buffer{}}, nil
}

type brokenFile struct{}

func (brokenFile) Write([]byte) (int, error) { return 0, errFull }
func (brokenFile) Close() error              { return nil }

func TestAFullDiskIsReportedWithTheFile(t *testing.T) {
	t.Parallel()
	in := about(t, incident(t), "Analysts")
	for _, name := range []string{"report.md", "report.json", "report.html", "evidence/scim-events.json", "evidence/manifest.json"} {
		err := in.Bundle(full{name})
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReportOfAUser(t *testing.T) {
	t.Parallel()
	c := incident(t)
	l := ledger.Build(c)
	a := userAnswer(t, c, l, "alex@example.com", "Analysts")
	in := report.Investigate(c, l, a, report.InvestigationOptions{Redacted: true, Generated: day(31)})
	md := string(render(t, in.Markdown))
	for _, want := range []string{"## The group in question", "## The user in question", "Redacted", "2025-10-01 10:00:00 UTC"} {
		if !strings.Contains(md, want) {
			t.Errorf("the report does not hold %q", want)
		}
	}
}

func TestANameThatIsNotInTheEvidence(t *testing.T) {
	t.Parallel()
	in := about(t, incident(t), "Analytics")
	md := string(render(t, in.Markdown))
	if strings.Contains(md, "The group in question") || !strings.Contains(md, in.Finding.Cause) {
		t.Errorf("a missing group is reported as if it were there:\n%s", md[:600])
	}
	render(t, in.HTML)
}

func TestAnEmptyCase(t *testing.T) {
	t.Parallel()
	c := newScene(t).b.Build()
	in := about(t, c, "")
	for name, write := range map[string]func(io.Writer) error{"markdown": in.Markdown, "html": in.HTML, "json": in.JSON} {
		if len(render(t, write)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	if err := in.Bundle(shelf{}); err != nil {
		t.Error(err)
	}
	if len(in.Closing) != 4 {
		t.Errorf("%d queries would close the gaps, want the place of the store and the three sources: %+v", len(in.Closing), in.Closing)
	}
}

func TestWhoShouldBeInTheGroup(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	list := func(name string, whole bool, members ...int) {
		snap := directory.Snapshot{Store: store, Input: s.input, NotBefore: day(9), NotAfter: day(9), Clock: directory.ClockManifest,
			Groups: []directory.Group{{ID: name, Name: "Group " + name[len(name)-1:]}}}
		for n := 1; n <= 3; n++ {
			snap.Users = append(snap.Users, directory.User{ID: user(n), UserName: []string{"", "alex", "blake", "casey"}[n]})
		}
		for _, n := range members {
			snap.Memberships = append(snap.Memberships, directory.Membership{Group: name, User: user(n)})
		}
		if whole {
			snap.MembersOf = []string{name}
		}
		s.b.Snapshot(snap)
	}
	list(analysts, true, 1, 2)
	list(engineers, false, 1)
	var wanted []upstream.DesiredMembership
	for _, group := range []string{analysts, engineers} {
		for _, name := range []string{"ALEX", "casey", "dana"} {
			wanted = append(wanted, upstream.DesiredMembership{GroupID: group, Group: group, User: name})
		}
	}
	s.b.Upstream(s.input, upstream.State{Desired: wanted}, len(wanted))
	c := s.b.Build()
	for _, x := range []struct {
		name, group string
		want        report.Desired
	}{
		{"with a whole list, who is not in it is missing, and an unknown name stays unknown", analysts,
			report.Desired{Wanted: 3, There: []string{"ALEX"}, Missing: []string{"casey"}, Extra: []string{"blake"}, Doubt: []string{"dana"}}},
		{"without a whole list nobody is missing", engineers,
			report.Desired{Wanted: 3, There: []string{"ALEX"}, Missing: []string{}, Extra: []string{}, Doubt: []string{"casey", "dana"}}},
	} {
		if diff := cmp.Diff(&x.want, about(t, c, x.group).Desired); diff != "" {
			t.Errorf("%s (-want +got):\n%s", x.name, diff)
		}
	}
}
