package s3_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// TestAnotherServer reads from an S3 server that somebody else wrote, lest ours and
// the source share a mistake.
func TestAnotherServer(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 150, IdentityShare: 5, Organization: "o-exampleorgid", Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}, Days: 10})
	store := s3mem.New()
	if err := store.CreateBucket("org-trail-logs"); err != nil {
		t.Fatal(err)
	}
	shelf := newShelf(t, dir)
	for _, key := range shelf.keys {
		data, err := os.ReadFile(filepath.Join(dir, key))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.PutObject("org-trail-logs", key, nil, bytes.NewReader(data), int64(len(data)), nil); err != nil {
			t.Fatal(err)
		}
	}
	o := options(t, gofakes3.New(store).Server())
	for _, asked := range []file.Only{{}, {Span: secondDay}} {
		o.Query.Span = asked.Span
		c := mustGather(t, o)
		want := fromFiles(t, dir, file.Options{NoCustody: true, Only: asked})
		if diff := cmp.Diff(covered(want), covered(c)); diff != "" || len(c.Events) != len(want.Events) || c.Statistics.Records != want.Statistics.Records {
			t.Errorf("%d events of %d records, want %d of %d; coverage (-folder +server):\n%s",
				len(c.Events), c.Statistics.Records, len(want.Events), want.Statistics.Records, diff)
		}
	}
}
