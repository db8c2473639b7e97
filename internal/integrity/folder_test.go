package integrity_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/span"
)

// deny is a file system in which some paths may not be opened.
type deny struct {
	fstest.MapFS
	path string
}

func (d deny) Open(name string) (fs.File, error) {
	if name == d.path {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.Open(name)
}

func (d deny) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == d.path {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.ReadDir(name)
}

func TestAFileThatMayNotBeReadIsNoTampering(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		path func(e *evidence) string
		want []span.Span
		kind []integrity.Kind
	}{
		{"a log file", func(e *evidence) string { return e.logs[0][0] }, []span.Span{hours(11, 14)}, k{integrity.Unreadable}},
		{"the newest digest", func(e *evidence) string { return e.digest(3) }, []span.Span{hours(10, 12)}, k{integrity.Unreadable, integrity.Unsigned}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := fourHours(t)
			fsys := deny{e.files, test.path(e)}
			inv, err := integrity.Gather(t.Context(), fsys)
			if err != nil {
				t.Fatal(err)
			}
			report, err := integrity.Verify(t.Context(), inv, integrity.NewFolder(fsys), integrity.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if report.Tampered() || !cmp.Equal(kinds(report), test.kind) || !cmp.Equal(proven(report), test.want) {
				t.Errorf("tampered %v, kinds %v, proven %v; want false, %v, %v", report.Tampered(), kinds(report), proven(report), test.kind, test.want)
			}
		})
	}
}

func TestADigestThatMayNotBeReadIsNotMissing(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	fsys := deny{e.files, e.digest(1)}
	inv, err := integrity.Gather(t.Context(), fsys)
	if err != nil {
		t.Fatal(err)
	}
	report, err := integrity.Verify(t.Context(), inv, integrity.NewFolder(fsys), integrity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Tampered() {
		t.Errorf("findings: %+v", report.Findings)
	}
}

func TestAFolderThatMayNotBeListedIsAnError(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	fsys := deny{e.files, "AWSLogs/111122223333/CloudTrail"}
	_, err := integrity.Gather(t.Context(), fsys)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), fsys.path) {
		t.Errorf("Gather: %v; want permission denied for %s", err, fsys.path)
	}
}

func TestADigestThatExpandsBeyondItsLimitCostsLittle(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	e.put(e.digest(3), compress(make([]byte, integrity.MaxDigestBytes+1)))
	report := e.verify()
	if want := (k{integrity.DigestDamaged, integrity.Unsigned}); !cmp.Equal(kinds(report), want) {
		t.Errorf("kinds %v, want %v", kinds(report), want)
	}
}

// hugeLogs is a Files in which every log file goes on and on.
type hugeLogs struct{ integrity.Folder }

func (hugeLogs) SHA256(context.Context, string) ([32]byte, error) {
	return [32]byte{}, fmt.Errorf("reading: %w", integrity.ErrTooLarge)
}

func TestALogFileThatGoesOnAndOnWasChanged(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	inv, err := integrity.Gather(t.Context(), e.files)
	if err != nil {
		t.Fatal(err)
	}
	report, err := integrity.Verify(t.Context(), inv, hugeLogs{integrity.NewFolder(e.files)}, integrity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := (k{integrity.LogChanged}); !cmp.Equal(kinds(report), want) {
		t.Errorf("kinds %v, want %v", kinds(report), want)
	}
}

func TestLinksToFilesAreFollowedAndOthersLeftAlone(t *testing.T) {
	t.Parallel()
	e := fourHours(t)
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	folder := filepath.Join(dir, "folder")
	for _, d := range []string{store, folder} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for p, file := range e.files {
		if err := os.WriteFile(filepath.Join(store, flat(p)), file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(store, flat(p)), filepath.Join(folder, flat(p))); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	if err := os.Symlink(folder, filepath.Join(folder, "loop.json")); err != nil {
		t.Fatal(err)
	}
	fsys := os.DirFS(folder)
	inv, err := integrity.Gather(t.Context(), fsys)
	if err != nil {
		t.Fatal(err)
	}
	report, err := integrity.Verify(t.Context(), inv, integrity.NewFolder(fsys), integrity.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := proven(report), []span.Span{hours(10, 14)}; !cmp.Equal(got, want) {
		t.Errorf("proven %v, want %v; %+v", got, want, report.Findings)
	}
}
