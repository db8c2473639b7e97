package file_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/scan"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/span"
)

// onDisk writes files into a folder, and reads it from there.
func onDisk(t testing.TB, files map[string]string, opts file.Options) *casefile.Case {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(data), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	b := casefile.NewBuilder(&actor.Catalogue{})
	if err := file.New(dir, opts).Collect(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

// TestALogFileReadsAlikeUnderAnyName: log files under their own names take
// another way through the program than the same content under another name.
func TestALogFileReadsAlikeUnderAnyName(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 400 {
		many = append(many, event(fmt.Sprintf("run%d", i), ec2, "RunInstances", "2025-10-02T09:00:00Z"))
	}
	long := log(append(append(slices.Clone(many), patch), append(many, add)...)...)
	noise := bytes.Repeat([]byte("\x00\xff"), 300)
	for name, data := range map[string]string{
		"gzip":                      zipped(long),
		"zstd":                      zstandard(long),
		"plain":                     long,
		"gzip twice":                zipped(zipped(long)),
		"gzip members":              zipped(log(add)) + zipped(log(patch)),
		"a member inside a record":  zipped(long[:9000]) + zipped(long[9000:]),
		"pretty":                    zipped(strings.ReplaceAll(long, `,"`, ",\n  \"")),
		"pretty from the middle on": zipped(long[:len(long)/2] + strings.ReplaceAll(long[len(long)/2:], `},{"eventVersion`, `}, {"eventVersion`)),
		"a line break late":         zipped(long[:len(long)-2] + "\n]}"),
		"records one a line":        zipped(add + "\n" + patch + "\n" + run + "\n"),
		"an empty log":              zipped(log()),
		"nothing":                   "",
		"nothing in gzip":           zipped(""),
		"a log without its end":     zipped(long[:len(long)-2]),
		"a log cut in a record":     zipped(long[:len(long)-100]),
		"gzip cut short":            zipped(long)[:len(zipped(long))*2/3],
		"gzip with a bad checksum":  string(flipped([]byte(zipped(long)), 5)),
		"gzip with rubbish behind":  zipped(long) + "rubbish",
		"no gzip":                   "\x1f\x8b" + string(noise),
		"a listing":                 zipped(`{"Groups":[{"GroupId":"g","DisplayName":"x","IdentityStoreId":"d-9a67000001"}]}`),
		"something else":            zipped(`{"a":1}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := collect(t, folder(map[string]string{"evidence": data}), file.Options{})
			at := logPath("20251002T0905Z", "AAAAAAAAAAAAAAAA")
			for where, got := range map[string]*casefile.Case{
				"in memory": collect(t, folder(map[string]string{at: data}), file.Options{}),
				"on disk":   onDisk(t, map[string]string{at: data}, file.Options{}),
				"beside another": onDisk(t, map[string]string{at: data, logPath("20251002T0905Z", "BBBBBBBBBBBBBBBB"): zipped(log()),
					logPath("20251002T0905Z", "CCCCCCCCCCCCCCCC"): zipped(log())}, file.Options{Workers: 1}),
			} {
				if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
					t.Errorf("%s: events (-other name +log's name):\n%s", where, diff)
				}
				if want.Statistics.Records != got.Statistics.Records {
					t.Errorf("%s: %d records, want %d", where, got.Statistics.Records, want.Statistics.Records)
				}
				if len(want.Unreadable) > 0 != (len(got.Unreadable) > 0) {
					t.Errorf("%s: lost %q, want %q", where, lost(got), lost(want))
				}
				if in, wants := got.Inputs[0], want.Inputs[0]; in.SHA256 != wants.SHA256 || in.Size != wants.Size || in.Kind != wants.Kind {
					t.Errorf("%s: input %+v, want %+v", where, in, wants)
				}
			}
		})
	}
}

// flipped changes a bit of the nth byte from the end.
func flipped(b []byte, n int) []byte {
	b[len(b)-n] ^= 1
	return b
}

func TestABombUnderALogsName(t *testing.T) {
	t.Parallel()
	bomb := zipped(log(add) + strings.Repeat(" ", 8<<20))
	c := onDisk(t, map[string]string{logPath("20251002T0905Z", "AAAAAAAAAAAAAAAA"): bomb}, file.Options{Limits: scan.Limits{Stream: 1 << 20}})
	if got := strings.Join(lost(c), "\n"); !strings.Contains(got, "too long: only its first 1 MB are read") || len(ids(c)) != 1 {
		t.Errorf("losses %q, events %v", got, ids(c))
	}
}

func TestNamesDecideWhatIsOpened(t *testing.T) {
	t.Parallel()
	day := func(d int) string { return fmt.Sprintf("202510%02dT0905Z", d) }
	when := func(d int) string { return fmt.Sprintf("2025-10-%02dT09:00:00Z", d) }
	files := map[string]string{}
	for d := 1; d <= 9; d++ {
		files[logPath(day(d), "AAAAAAAAAAAAAAAA")] = zipped(log(event(fmt.Sprint("e", d), scim, "PatchGroup", when(d))))
	}
	elsewhere := strings.ReplaceAll(strings.ReplaceAll(logPath(day(3), "BBBBBBBBBBBBBBBB"), here, "444455556666"), "us-east-2", "eu-west-1")
	files[elsewhere] = "it is not opened, or this would be a loss"
	files["notes/log.json"] = log(event("kept", api, "CreateGroup", when(9)))
	files[logPath(day(5), "LATELATELATELATE")] = zipped(log(event("late", scim, "PatchGroup", when(4))))
	var p file.Progress
	c := onDisk(t, files, file.Options{Progress: &p, Only: file.Only{Account: here, Region: "us-east-2", Span: span.Of(at(when(3)), at("2025-10-04T12:00:00Z"))}})
	if diff := cmp.Diff([]string{"e3", "e4", "e5", "kept", "late"}, ids(c)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(c.Unreadable) > 0 {
		t.Errorf("lost %q", lost(c))
	}
	if p.Seen.Load() != 12 || p.Unopened.Load() != 7 || p.Read.Load() != 5 || p.Unreadable.Load() != 0 || !p.Listed.Load() || p.Identity.Load() != 5 || p.Records.Load() != 5 || p.Content.Load() == 0 || p.Stored.Load() == 0 {
		t.Errorf("progress: seen %d, unopened %d, read %d, unreadable %d, identity %d, records %d", p.Seen.Load(), p.Unopened.Load(), p.Read.Load(), p.Unreadable.Load(), p.Identity.Load(), p.Records.Load())
	}
	for _, cover := range c.Coverage {
		if cover.Complete == casefile.Claimed && (cover.Span.From.Before(at(when(3))) || cover.Span.To.After(at("2025-10-04T12:00:00Z"))) {
			t.Errorf("it claims %v to %v, which it did not look at", cover.Span.From, cover.Span.To)
		}
	}
	notes := strings.Join(c.Notes, "\n")
	for _, want := range []string{"1 log file of another account or Region was not opened", "2 log files delivered before the span", "4 log files delivered more than a day after the span"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes do not say %q:\n%s", want, notes)
		}
	}
}

// TestAManifestClaimsNothingOfWhatWasNotOpened holds a claim of a person against
// what was looked at.
func TestAManifestClaimsNothingOfWhatWasNotOpened(t *testing.T) {
	t.Parallel()
	note := `{"schema":"scimtrail/evidence/v1","entries":[{"sources":["scim"],"account":"111122223333","region":"us-east-2","from":"2025-10-01T00:00:00Z","to":"2025-10-31T00:00:00Z","complete":"claimed"}]}`
	files := map[string]string{"scimtrail-evidence.json": note}
	for d := 1; d <= 9; d++ {
		files[logPath(fmt.Sprintf("202510%02dT0905Z", d), "AAAAAAAAAAAAAAAA")] = zipped(log(add))
	}
	from, to := at("2025-10-03T00:00:00Z"), at("2025-10-04T00:00:00Z")
	all, some := onDisk(t, files, file.Options{}), onDisk(t, files, file.Options{Only: file.Only{Span: span.Of(from, to)}})
	reach := func(c *casefile.Case) (s span.Span) {
		for _, cover := range c.Coverage {
			if cover.Source == scim && cover.Channel != "log-files" && cover.Complete == casefile.Claimed {
				s = cover.Span
			}
		}
		return s
	}
	if got := reach(all); !got.Contains(at("2025-10-30T00:00:00Z")) {
		t.Fatalf("the claim is %v when everything is read, notes %q, lost %q", got, all.Notes, lost(all))
	}
	if got := reach(some); got != span.Of(from, to) {
		t.Errorf("the claim is %v, want from %v to %v", got, from, to)
	}
}

func TestWithoutCustodyNothingIsHashed(t *testing.T) {
	t.Parallel()
	c := onDisk(t, map[string]string{logPath("20251002T0905Z", "AAAAAAAAAAAAAAAA"): zipped(log(add)), "records.json": log(patch)}, file.Options{NoCustody: true})
	for _, in := range c.Inputs {
		if in.SHA256 != "" || in.Size <= 0 {
			t.Errorf("input %+v, want a size and no hash", in)
		}
	}
	if len(ids(c)) != 2 {
		t.Errorf("events %v", ids(c))
	}
}

// TestASwarmIsReadWhole reads many files in many folders, more than may be open
// at once, with several workers.
func TestASwarmIsReadWhole(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	var want []string
	for i := range 600 {
		id := fmt.Sprintf("e%04d", i)
		stamp := at("2025-10-02T00:00:00Z").Add(time.Duration(i) * 7 * time.Hour).Format("20060102T1504Z")
		files[logPath(stamp, fmt.Sprintf("AAAAAAAAAAAA%04d", i))] = zipped(log(run, event(id, scim, "PatchGroup", "2025-10-02T00:00:00Z")))
		want = append(want, id)
	}
	for _, workers := range []int{1, 16} {
		c := onDisk(t, files, file.Options{Workers: workers})
		if diff := cmp.Diff(want, ids(c)); diff != "" || len(c.Unreadable) > 0 || c.Statistics.Records != 1200 {
			t.Errorf("%d workers: %d records, lost %q, events (-want +got):\n%s", workers, c.Statistics.Records, lost(c), diff)
		}
	}
}

// TestAFileThatChangesWhileItIsRead: a listing and a file need not agree.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	name := logPath("20251002T0905Z", "AAAAAAAAAAAAAAAA")
	for what, size := range map[string]int64{"grown": 10, "shrunk": 1 << 20} {
		fsys := changed{folder(map[string]string{name: zipped(log(add))}), size}
		if c := collect(t, fsys, file.Options{}); len(ids(c)) != 1 || len(c.Unreadable) > 0 {
			t.Errorf("%s: events %v, lost %q", what, ids(c), lost(c))
		}
	}
}

// changed lists every file with another size than it has.
type changed struct {
	fs.FS
	size int64
}

func (c changed) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(c.FS, name)
	for i := range list {
		list[i] = changedEntry{list[i], c.size}
	}
	return list, err
}

type changedEntry struct {
	fs.DirEntry
	size int64
}

func (e changedEntry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	return changedInfo{info, e.size}, err
}

type changedInfo struct {
	fs.FileInfo
	size int64
}

func (i changedInfo) Size() int64 { return i.size }
