package archive_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver behind database/sql

	"github.com/scimtrail/scimtrail/internal/archive"
)

// TestTheGrantsOfTheHandbookAreEnough gives roles what docs/archive.md says, and
// no more: a collector makes and fills the archive, a reader reads it.
func TestTheGrantsOfTheHandbookAreEnough(t *testing.T) {
	t.Parallel()
	owner, err := url.Parse(address(t))
	if err != nil {
		t.Fatal(err)
	}
	schema := owner.Query().Get("search_path")
	db, err := sql.Open("pgx", owner.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	run := func(statements string) {
		t.Helper()
		if _, err := db.Exec(strings.ReplaceAll(statements, "scimtrail", schema)); err != nil {
			t.Fatal(err)
		}
	}
	as := func(role string) string {
		u := *owner
		u.User = url.User(role)
		return u.String()
	}
	run(`CREATE ROLE collector LOGIN; CREATE SCHEMA scimtrail AUTHORIZATION collector; CREATE ROLE reader LOGIN`)

	refused(t, as("reader"), archive.Options{Existing: true}, "there is no archive in this database that this user may read")

	c := openFile(t, as("collector"), archive.Options{})
	write(t, c, small.Give)
	refused(t, as("reader"), archive.Options{Existing: true}, "ask for the grants that docs/archive.md lists")

	run(`GRANT USAGE ON SCHEMA scimtrail TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA scimtrail TO reader`)
	r := openFile(t, as("reader"), archive.Options{Existing: true})
	if got := collected(t, r); len(got.Events) != small.Events {
		t.Errorf("the reader sees %d records", len(got.Events))
	}
	generation, err := r.Generation(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.PutAnswer(t.Context(), "key", generation, []byte("answer")); err != nil {
		t.Errorf("a reader that can't remember fails: %v", err)
	}
	w, err := r.Writer(t.Context())
	if err == nil {
		w.Note("written by a reader")
		err = w.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "the role lacks a grant") {
		t.Errorf("a reader writes: %v", err)
	}

	run(`GRANT INSERT, UPDATE, DELETE ON scimtrail.answers TO reader`)
	if err := r.PutAnswer(t.Context(), "key", generation, []byte("answer")); err != nil {
		t.Fatal(err)
	}
	if v, err := r.Answer(t.Context(), "key"); string(v) != "answer" {
		t.Errorf("remembered: %q, %v", v, err)
	}
}
