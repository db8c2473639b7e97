package archive_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/archive"

	_ "modernc.org/sqlite"
)

func refused(t *testing.T, path string, opts archive.Options, want string) {
	t.Helper()
	a, err := archive.Open(t.Context(), path, opts)
	if err == nil {
		a.Close()
		t.Fatalf("%s was opened; want an error with %q", path, want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %q, which does not say %q", err, want)
	}
	if _, ok := errors.AsType[*archive.Error](err); !ok {
		t.Errorf("the error is a %T, not an *archive.Error", err)
	}
}

func TestWhatIsNoArchiveIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", foreign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	texts := map[string]string{"text.db": "some text, longer than the hundred bytes that the header of a database takes, so that it is read as one" + strings.Repeat(".", 100), "empty.db": "", "short.db": "SQLite format 3\x00"}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"foreign.db", "text.db", "empty.db", "short.db"} {
		path := filepath.Join(dir, name)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if archive.Is(path) {
			t.Errorf("%s is taken for an archive", name)
		}
		refused(t, path, archive.Options{}, "a file of something else, and was left as it is")
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s was changed (%v)", name, err)
		}
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 4 {
		t.Errorf("files were left behind: %v", left)
	}
	refused(t, dir, archive.Options{}, "it is a folder")
	refused(t, filepath.Join(dir, "none.db"), archive.Options{ReadOnly: true}, "there is no such file")
	refused(t, filepath.Join(dir, "none.db"), archive.Options{Existing: true}, "there is no such file")
}

func TestAnArchiveIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "case.db")
	openFile(t, path, archive.Options{})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
	if !archive.Is(path) {
		t.Error("an archive is not recognised")
	}
}

// change opens the file of a closed archive and runs a statement.
func change(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "case.db")
	a, err := archive.Open(t.Context(), path, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, a, small.Give)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnArchiveOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	path := filled(t)
	change(t, path, "INSERT INTO versions (version_id, is_applied) VALUES (99, 1)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, path, archive.Options{}, "a newer version of scimtrail made it (form 99; this one knows 1)")
	refused(t, path, archive.Options{ReadOnly: true}, "use that version")
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed (%v)", err)
	}
}

func TestAnOlderArchiveIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	// What an interrupted first release would have left: a file of ours without
	// any table but that of the versions.
	path := filepath.Join(t.TempDir(), "old.db")
	change(t, path, `PRAGMA application_id = 1399018610; PRAGMA user_version = 1;
		CREATE TABLE versions (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
		INSERT INTO versions (version_id, is_applied) VALUES (0, 1)`)
	refused(t, path, archive.Options{ReadOnly: true}, "an older version of scimtrail made it (form 0; this one reads 1)")
	a := openFile(t, path, archive.Options{})
	write(t, a, small.Give)
	if n, err := a.LastSeq(t.Context()); err != nil || n != 900 {
		t.Errorf("%d records (%v)", n, err)
	}
}

func TestADamagedArchiveIsRefused(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	refused(t, put("cut.db", whole[:len(whole)/2]), archive.Options{}, "the archive is damaged")
	holed := bytes.Clone(whole)
	for i := 4096; i < len(holed); i++ {
		if i/4096%2 == 1 {
			holed[i] = byte(i * 7)
		}
	}
	path := put("holed.db", holed)
	a, err := archive.Open(t.Context(), path, archive.Options{ReadOnly: true})
	if err == nil {
		err = a.Check(t.Context())
		a.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "the archive is damaged") {
		t.Errorf("the error is %v", err)
	}
}

func TestAFileThatMayOnlyBeReadIsRead(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Log("root may write everything; only Options.ReadOnly is tried")
	}
	path := filled(t)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	a := openFile(t, path, archive.Options{ReadOnly: os.Getuid() == 0})
	if !a.ReadOnly() {
		t.Error("it says that it can be written")
	}
	if c := collected(t, a); len(c.Events) != 900 {
		t.Errorf("%d records", len(c.Events))
	}
	if _, err := a.Writer(t.Context()); err == nil || !strings.Contains(err.Error(), "for reading only") {
		t.Errorf("a writer: %v", err)
	}
	if err := a.PutAnswer(t.Context(), "key", 1, []byte("answer")); err != nil {
		t.Errorf("remembering: %v", err)
	}
}

func TestAPasswordIsNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-secret"
	for _, address := range []string{
		"postgres://ann:" + secret + "@127.0.0.1:1/case",
		"postgres://127.0.0.1:1/case?password=" + secret,
		"postgres://ann:" + secret + "@[::1/case",
		"postgres://ann@127.0.0.1:1/case?sslpassword=" + secret,
		"postgres://ann:" + secret + "@127.0.0.1:port/case",
	} {
		_, err := archive.Open(context.Background(), address, archive.Options{})
		if err == nil {
			t.Fatalf("opened %s", address)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), secret) || strings.Contains(fmt.Sprintf("%+v", e), secret) {
				t.Errorf("the error shows the password: %v", e)
			}
		}
	}
	refused(t, "postgres://ann:"+secret+"@127.0.0.1:1/case", archive.Options{}, "PGPASSWORD")
}
