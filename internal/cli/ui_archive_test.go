package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/archive"
)

// Alerts that watch puts into the archive are on the page, without the evidence
// being read anew.
func TestUIShowsAlertsOfTheArchive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "case.db")
	if got := run(t.Context(), nil, "collect", "--from", "../../examples/healthy", "--into", path); got.Status != 0 {
		t.Fatalf("collect: %+v", got)
	}
	page := startUI(t, "--from", path, "--every", "1s")
	if body := page.get("/"); !strings.Contains(body, "Nobody keeps watch") {
		t.Error("nobody ever watched this archive, and the page does not say so")
	}
	if body := page.get("/alerts"); !strings.Contains(body, "Nobody keeps watch") {
		t.Error("nobody ever watched this archive, and the page of alerts does not say so")
	}
	db, err := archive.Open(t.Context(), path, archive.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PutDocument(t.Context(), "watch", "began", []byte("2025-11-01T00:00:00Z")); err != nil {
		t.Fatal(err)
	}
	page.until("an archive that is watched has no open alerts", func() bool {
		body := page.get("/alerts")
		return !strings.Contains(body, "Nobody keeps watch") && strings.Contains(body, "No alert is open")
	})
	// It was watched long ago.
	if body := page.get("/"); !strings.Contains(body, "see whether scimtrail watch still runs") {
		t.Error("the evidence ends in 2025, and the page counts the alerts of today")
	}
	alert := `{"id":"a1","rule":"scim-silent","title":"SCIM fell silent","opened":"2025-11-01T00:00:00Z","summary":"Nothing for three days."}`
	for key, text := range map[string]string{"a1": alert, "broken": `{`} {
		if err := db.PutDocument(t.Context(), "alert", key, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	page.until("the alert is on the overview", func() bool { return strings.Contains(page.get("/"), "SCIM fell silent") })
	if body := page.get("/alerts"); !strings.Contains(body, "can&#39;t be read") {
		t.Error("a document that is no alert is left out without a word")
	}
	page.stop()
}

// Somebody restores an archive from a copy: another file lies there under the same
// name, and what was open is a file that nobody can see any more.
func TestUIShowsTheArchiveThatIsPutInPlaceOfAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, other := filepath.Join(dir, "case.db"), filepath.Join(dir, "other.db")
	for into, from := range map[string]string{path: "../../examples/healthy", other: "../../examples/scim-stopped"} {
		if got := run(t.Context(), nil, "collect", "--from", from, "--into", into); got.Status != 0 {
			t.Fatalf("collect: %+v", got)
		}
	}
	page := startUI(t, "--from", path, "--every", "1s")
	before := page.get("/groups?format=json")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	page.until("that the archive is gone is said", func() bool { return strings.Contains(page.get("/state"), "no such file") })
	if page.get("/groups?format=json") != before {
		t.Error("what was there is not shown any more")
	}
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	page.until("the other archive is shown", func() bool {
		return page.get("/groups?format=json") != before && !strings.Contains(page.get("/state"), "no such file")
	})
	page.stop()
}
