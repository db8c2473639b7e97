package folder_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

const group = "94a8b4c8-1001-70a1-1111-000000000001"

// collected is a folder with records, a listing and a state that were read whole,
// and something that was lost.
func collected(t *testing.T) (root, dir string) {
	t.Helper()
	root = t.TempDir()
	f := open(t, root, "lookup://us-east-2")
	in := f.Input(casefile.Input{Path: "lookup://us-east-2"})
	for i := range 20 {
		if err := f.Record(in, patch(fmt.Sprintf("e%02d", i), noon.Add(-time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	f.Cover(scim(noon.Add(-24*time.Hour), noon))
	f.Snapshot(directory.Snapshot{Store: "d-9a67000001", Region: "us-east-2", NotBefore: noon, NotAfter: noon, Clock: directory.ClockManifest,
		Groups: []directory.Group{{ID: group, Name: "Platform-Admins"}}, AllUsers: true, AllGroups: true, MembersOf: []string{group}, NoUsers: []string{"alice"}})
	f.Upstream(in, upstream.State{Reach: []upstream.Reach{{Product: upstream.ProductOkta, Org: "example", List: upstream.ListGroups, Whole: true, AsOf: noon}}}, 0)
	f.Note("The store was asked twice.")
	f.Unreadable(casefile.Loss{Path: "lookup://us-east-2", Reason: "a page did not come", Lost: "one hour"})
	closed(t, f)
	return root, f.Dir()
}

// claims is what of a case rests on nothing being missing.
type claims struct {
	Events            int
	Scim              bool // the log of SCIM
	Users, Groups     bool // of the store
	Members, NoSuch   int  // groups whose members, and names whose absence, are known
	Okta              bool
	ChangedOrMissing  []string
	FromTheCollection int // losses and notes
}

func claimsOf(t *testing.T, path string) claims {
	t.Helper()
	c := read(t, path)
	out := claims{Events: len(c.Events), Scim: !c.Coverage.Of(awsid.SourceSCIM, casefile.Place{}, casefile.Claimed).Empty(),
		Okta: c.Upstream.Known(upstream.ProductOkta, upstream.ListGroups, upstream.Scope{}).Whole}
	for _, s := range c.Snapshots {
		out.Users, out.Groups = s.AllUsers, s.AllGroups
		out.Members, out.NoSuch = len(s.MembersOf), len(s.NoUsers)
	}
	changed := regexp.MustCompile(`^it (was changed|has [0-9]+ bytes and had)|describes "([a-z0-9.-]+)", and there is no such`)
	for _, loss := range c.Unreadable {
		if m := changed.FindStringSubmatch(loss.Reason); m != nil {
			out.ChangedOrMissing = append(out.ChangedOrMissing, cmp.Or(m[2], filepath.Base(loss.Path)))
		} else if loss.Reason == "a page did not come" {
			out.FromTheCollection++
		}
	}
	if slices.Contains(c.Notes, "The store was asked twice.") {
		out.FromTheCollection++
	}
	return out
}

// rewrite changes a file of the folder.
func rewrite(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func unpacked(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhatWasChangedSupportsNoClaim: a file that is not what was collected shows
// what it shows, and nothing is proven by what it lacks.
func TestWhatWasChangedSupportsNoClaim(t *testing.T) {
	t.Parallel()
	const events, snapshot, provider = "events-identitystore-scim.jsonl.gz", "snapshot-1.json", "upstream-2.json"
	sound := claims{Events: 20, Scim: true, Users: true, Groups: true, Members: 1, NoSuch: 1, Okta: true, FromTheCollection: 2}
	without := func(change func(*claims), files ...string) claims {
		c := sound
		c.ChangedOrMissing = files
		change(&c)
		return c
	}
	bare := func(c *claims) { c.Users, c.Groups, c.Members, c.NoSuch = false, false, 0, 0 }
	for name, tt := range map[string]struct {
		change func(t *testing.T, dir string)
		want   claims
	}{
		"nothing": {func(*testing.T, string) {}, sound},
		"a record is taken out and the file is longer": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, events), func(b []byte) []byte { return unpacked(t, b)[len(patch("e00", noon))+1:] })
		}, without(func(c *claims) { c.Scim, c.Events = false, 19 }, events)},
		"one byte, and the length stays": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, events), func(b []byte) []byte { b[4]++; return b }) // the time in the header of gzip
		}, without(func(c *claims) { c.Scim = false }, events)},
		"the events are emptied": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, events), func([]byte) []byte {
				var b bytes.Buffer
				_ = gzip.NewWriter(&b).Close()
				return b.Bytes()
			})
		}, without(func(c *claims) { c.Scim, c.Events = false, 0 }, events)},
		"the events are gone": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, events)); err != nil {
				t.Fatal(err)
			}
		}, without(func(c *claims) { c.Scim, c.Events = false, 0 }, events)},
		"a group gets another name in the listing": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, snapshot), func(b []byte) []byte { return bytes.Replace(b, []byte("Platform"), []byte("Platfarm"), 1) })
		}, without(bare, snapshot)},
		"the listing is gone": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, snapshot)); err != nil {
				t.Fatal(err)
			}
		}, without(bare, snapshot)},
		"the provider's state has a space more": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, provider), func(b []byte) []byte { return append(b, ' ') })
		}, sound}, // what was collected is all there
		"the provider's state is changed": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, provider), func(b []byte) []byte { return bytes.Replace(b, []byte("example"), []byte("exempla"), 1) })
		}, without(func(c *claims) { c.Okta = false }, provider)},
		"records follow that a killed collection left": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, events), func(b []byte) []byte {
				var more bytes.Buffer
				z := gzip.NewWriter(&more)
				_, _ = z.Write(append(patch("late", noon), '\n'))
				_ = z.Close()
				return append(b, more.Bytes()...)
			})
		}, without(func(c *claims) { c.Events = 21 })},
		"a file is put beside it": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "more.json"), patch("more", noon), 0o600); err != nil {
				t.Fatal(err)
			}
		}, without(func(c *claims) { c.Events = 21 })},
		"the manifest is gone": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, manifest.Name)); err != nil {
				t.Fatal(err)
			}
		}, without(func(c *claims) { c.Scim, c.FromTheCollection = false, 0 })},
		"an older program wrote the manifest": {func(t *testing.T, dir string) {
			rewrite(t, filepath.Join(dir, manifest.Name), func(b []byte) []byte {
				return regexp.MustCompile(`,\s*"(sha256|bytes)": *("[0-9a-f]*"|[0-9]+)`).ReplaceAll(b, nil)
			})
			rewrite(t, filepath.Join(dir, events), func(b []byte) []byte { b[4]++; return b })
		}, sound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, dir := collected(t)
			tt.change(t, dir)
			if diff := gocmp.Diff(tt.want, claimsOf(t, root)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAChangedFileThatIsNamedAloneSupportsNoClaimEither(t *testing.T) {
	t.Parallel()
	_, dir := collected(t)
	name := filepath.Join(dir, "events-identitystore-scim.jsonl.gz")
	if !claimsOf(t, name).Scim {
		t.Fatal("what was kept whole is not claimed")
	}
	rewrite(t, name, func(b []byte) []byte { b[4]++; return b })
	if got := claimsOf(t, name); got.Scim || len(got.ChangedOrMissing) != 1 {
		t.Errorf("it was changed: %+v", got)
	}
}

// TestAMixedFolderSaysEachThingOnce reads what two runs wrote, whose losses are the
// same.
func TestAMixedFolderSaysEachThingOnce(t *testing.T) {
	t.Parallel()
	root, _ := collected(t)
	f := open(t, root, "lookup://us-east-2")
	f.Note("The store was asked twice.")
	f.Unreadable(casefile.Loss{Path: "lookup://us-east-2", Reason: "a page did not come", Lost: "one hour"})
	closed(t, f)
	if got := claimsOf(t, root).FromTheCollection; got != 2 {
		t.Errorf("said %d times, want one loss and one note", got)
	}
}

func TestAManifestKeepsNoMoreThanAnybodyReads(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := open(t, root, "s3://example-trail")
	for i := range 3000 {
		f.Unreadable(casefile.Loss{Path: fmt.Sprintf("%05d", i), Reason: strings.Repeat("\u00e9", 4000)})
		f.Note(fmt.Sprintf("%05d", i))
	}
	closed(t, f)
	c := read(t, root)
	more := slices.ContainsFunc(c.Unreadable, func(l casefile.Loss) bool { return l.Lost == "2100 more losses" })
	if len(c.Unreadable) != 901 || len(c.Notes) != 901 || !more {
		t.Errorf("%d losses (%v), %d notes", len(c.Unreadable), more, len(c.Notes))
	}
}
