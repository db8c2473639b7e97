package folder_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive/folder"
	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/span"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// childFolder names the folder that the test binary writes as a child of its own.
const childFolder = "SCIMTRAIL_TEST_FOLDER"

func TestMain(m *testing.M) {
	if root := os.Getenv(childFolder); root != "" {
		f, err := folder.Open(root, "lookup://us-east-2", nil)
		if err == nil {
			err = forever(f)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

var noon = time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

func open(t *testing.T, root, from string) *folder.Folder {
	t.Helper()
	f, err := folder.Open(root, from, clock)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func closed(t *testing.T, f *folder.Folder) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) *casefile.Case {
	t.Helper()
	b := casefile.NewBuilder(actor.Default())
	if err := file.New(path, file.Options{}).Collect(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func patch(id string, at time.Time) []byte {
	return fmt.Appendf(nil, `{"eventVersion":"1.11","eventTime":%q,"eventSource":"identitystore-scim.amazonaws.com","eventName":"PatchGroup","awsRegion":"us-east-2","eventID":%q,"recipientAccountId":"111122223333","requestParameters":{"id":"94a8b4c8-1001-70a1-1111-000000000001"}}`,
		at.Format(time.RFC3339), id)
}

func scim(from, to time.Time) casefile.Cover {
	return casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: awsid.SourceSCIM, Span: span.Of(from, to), Channel: "lookup-events", Complete: casefile.Claimed}
}

// verdicts answers why of every group and user.
func verdicts(t *testing.T, c *casefile.Case) map[string]string {
	t.Helper()
	l := ledger.Build(c)
	out := map[string]string{}
	note := func(id string, a *diagnose.Answer, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out[id] = fmt.Sprintf("%s %s: %s", a.Verdict.Status, a.Verdict.Cause, a.Verdict.Summary)
	}
	for _, life := range l.Groups() {
		a, err := diagnose.Group(c, l, life.ID)
		note(life.ID, a, err)
	}
	for _, life := range l.Users() {
		a, err := diagnose.User(c, l, life.ID, "")
		note(life.ID, a, err)
	}
	return out
}

func examples(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("../../../examples/*/cloudtrail")
	if err != nil || len(all) < 10 {
		t.Fatalf("%d examples (%v)", len(all), err)
	}
	for i := range all {
		all[i] = filepath.Dir(all[i])
	}
	return all
}

// TestAFolderAnswersAsTheEvidenceItWasMadeOf: and it claims no ground that was not
// claimed before.
func TestAFolderAnswersAsTheEvidenceItWasMadeOf(t *testing.T) {
	t.Parallel()
	for _, example := range examples(t) {
		name := filepath.Base(example)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "kept")
			f, err := folder.Open(root, example, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := file.New(example, file.Options{}).Collect(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			err = f.Close()
			if name == "tampered-logs" {
				if err == nil || !strings.Contains(err.Error(), "collect into an archive") {
					t.Fatalf("evidence that was tampered with: %v", err)
				}
				if left, _ := os.ReadDir(root); len(left) > 0 {
					t.Errorf("kept all the same: %v", left)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			direct, kept := read(t, example), read(t, root)
			for _, c := range kept.Coverage {
				grade := c.Complete
				had := direct.Coverage.Of(c.Source, casefile.Place{Account: c.Account, Region: c.Region}, grade)
				if missing := had.Gaps(c.Span); len(missing) > 0 {
					t.Errorf("%s of %s in %s is %v over %v, which was not so before", c.Source, c.Account, c.Region, grade, missing)
				}
			}
			if name == "proven-logs" {
				return // what digests prove is claimed in a folder, so answers may be weaker
			}
			if diff := cmp.Diff(direct.Unreadable, kept.Unreadable); diff != "" {
				t.Errorf("what could not be read (-direct +folder):\n%s", diff)
			}
			for _, note := range direct.Notes {
				if !slices.Contains(kept.Notes, note) {
					t.Errorf("the folder does not say: %s", note)
				}
			}
			if diff := cmp.Diff(verdicts(t, direct), verdicts(t, kept)); diff != "" {
				t.Errorf("the folder answers otherwise (-direct +folder):\n%s", diff)
			}
		})
	}
}

func TestAnEmptyResultKeepsItsClaim(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := open(t, root, "lookup://us-east-2")
	want := scim(noon.Add(-90*24*time.Hour), noon)
	f.Cover(want)
	closed(t, f)
	got := read(t, root).Coverage.Of(awsid.SourceSCIM, casefile.Place{Account: "111122223333", Region: "us-east-2"}, casefile.Claimed)
	if diff := cmp.Diff(span.SetOf(want.Span).Spans(), got.Spans()); diff != "" {
		t.Errorf("the claim came back changed (-said +read):\n%s", diff)
	}
}

// TestWhatWasNotSearchedYetIsNotCovered: an event from within the delivery lag shows
// itself, and not that nothing else happened until then.
func TestWhatWasNotSearchedYetIsNotCovered(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := open(t, root, "lookup://us-east-2")
	want := scim(noon.Add(-90*24*time.Hour), noon.Add(-15*time.Minute))
	in := f.Input(casefile.Input{Path: "lookup://us-east-2"})
	for _, at := range []time.Duration{-time.Hour, -time.Minute} {
		if err := f.Record(in, patch(at.String(), noon.Add(at))); err != nil {
			t.Fatal(err)
		}
	}
	f.Cover(want)
	closed(t, f)
	c := read(t, root)
	got := c.Coverage.Of(awsid.SourceSCIM, casefile.Place{Account: "111122223333", Region: "us-east-2"}, casefile.Unknown)
	if diff := cmp.Diff(span.SetOf(want.Span).Spans(), got.Spans()); diff != "" || len(c.Events) != 2 {
		t.Errorf("%d events; the ground came back changed (-said +read):\n%s", len(c.Events), diff)
	}
}

func TestNothingToKeepMakesNoFolder(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "kept")
	closed(t, open(t, root, "okta://example"))
	if _, err := os.Stat(root); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}
}

// TestOthersCannotReadWhatIsKept, and names written by strangers stay within the
// folder.
func TestOthersCannotReadWhatIsKept(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "deep", "kept")
	f := open(t, root, "../../../etc/passwd\x1b[2J"+strings.Repeat("x", 300))
	record := bytes.Replace(patch("e1", noon), []byte("identitystore-scim.amazonaws.com"), []byte("../../identitystore.amazonaws.com"), 1)
	for _, raw := range [][]byte{patch("e1", noon), record, []byte("not json"), {}} {
		_ = f.Record(0, raw)
	}
	f.Snapshot(directory.Snapshot{Store: "d-9a67000001", AllUsers: true})
	f.Upstream(0, upstream.State{}, 0)
	f.Cover(scim(noon.Add(-time.Hour), noon), casefile.Cover{Source: "../../../x", Span: span.Of(noon, noon.Add(time.Hour)), Complete: casefile.Claimed})
	if err := f.Save(t.Context(), "../key", []byte("value")); err != nil {
		t.Fatal(err)
	}
	closed(t, f)
	files := 0
	err := filepath.WalkDir(filepath.Dir(root), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s is %o, want %o", path, got, want)
		}
		if strings.ContainsAny(d.Name(), "\x1b/") || len(d.Name()) > 100 {
			t.Errorf("the name %q", d.Name())
		}
		return nil
	})
	if err != nil || files < 5 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestTwoCollectionsAtOnceKeepBoth(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			f, err := folder.Open(root, "lookup://us-east-2", clock) // all in one second
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 20 {
				at := noon.Add(time.Duration(n*20+i) * time.Minute)
				if err := f.Record(0, patch(fmt.Sprintf("e%d-%d", n, i), at)); err != nil {
					t.Error(err)
				}
			}
			if err := f.Save(context.Background(), fmt.Sprint("key", n), []byte{byte(n)}); err != nil {
				t.Error(err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(read(t, root).Events); got != 80 {
		t.Errorf("%d events, want 80", got)
	}
}

func TestAJournalIsReadByTheNextCollection(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first, second := open(t, root, "a"), open(t, root, "b")
	for f, key := range map[*folder.Folder]string{first: "one", second: "two"} {
		if err := f.Save(t.Context(), key, []byte("\x00far")); err != nil {
			t.Fatal(err)
		}
	}
	third := open(t, root, "c")
	for _, key := range []string{"one", "two"} {
		if got, err := third.Load(t.Context(), key); string(got) != "\x00far" || err != nil {
			t.Errorf("%s: %q, %v", key, got, err)
		}
	}
	if got, err := third.Load(t.Context(), "three"); got != nil || err != nil {
		t.Errorf("a key that nobody saved: %q, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(root, "scimtrail-journal.json"), []byte(`{"schema":"scimtrail/jour`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Open(root, "d", clock); err == nil || !strings.Contains(err.Error(), "remove it to collect from the beginning") {
		t.Errorf("a damaged journal: %v", err)
	}
}

// forever collects minute by minute as a live source does: records, the claim to
// the minute, the note that it was fetched. It says so after each note.
func forever(f *folder.Folder) error {
	ctx := context.Background()
	done, err := f.Load(ctx, "minutes")
	if err != nil {
		return err
	}
	for n := len(done); ; n++ {
		at := noon.Add(time.Duration(n) * time.Minute)
		if err := f.Record(0, patch(fmt.Sprintf("e%d", n), at)); err != nil {
			return err
		}
		f.Cover(scim(at, at.Add(time.Minute-time.Second)))
		if err := f.Save(ctx, "minutes", bytes.Repeat([]byte("x"), n+1)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// TestAKilledCollectionLeavesTheFolderWhole kills a collector again and again: what
// the journal calls fetched is there and claimed, and nothing is claimed that is not
// there.
func TestAKilledCollectionLeavesTheFolderWhole(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for round := range 5 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), childFolder+"="+root)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 1)
		for lines := 0; lines < 3+round; {
			if _, err := out.Read(buffer); err != nil {
				t.Fatalf("the collector failed by itself: %v", err)
			}
			if buffer[0] == '\n' {
				lines++
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		c := read(t, root)
		done, err := open(t, root, "x").Load(t.Context(), "minutes")
		if err != nil {
			t.Fatal(err)
		}
		claimed := c.Coverage.Of(awsid.SourceSCIM, casefile.Place{}, casefile.Claimed)
		for n := range len(done) + 2 {
			at := noon.Add(time.Duration(n) * time.Minute)
			there := slices.ContainsFunc(c.Events, func(e casefile.Event) bool { return e.Time.Equal(at) })
			switch {
			case n < len(done) && !(there && claimed.Contains(at)):
				t.Errorf("round %d: minute %d is called fetched; there: %v, claimed: %v", round, n, there, claimed.Contains(at))
			case claimed.Contains(at) && !there:
				t.Errorf("round %d: minute %d is claimed and not there", round, n)
			}
		}
		if len(done) < 3 {
			t.Errorf("round %d: %d minutes", round, len(done))
		}
	}
}
