package file_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/integrity"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// signedTree is six hours of a trail: a log file in each, listed and signed.
func signedTree(t *testing.T) fstest.MapFS {
	t.Helper()
	key, err := signingKey()
	if err != nil {
		t.Fatal(err)
	}
	s := integrity.NewSigner(key, here, "us-east-2", "org-trail", "logs-example")
	files := map[string]string{"identity/keys.json": string(s.PublicKeys(at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")))}
	for hour := range 6 {
		start := at("2025-10-02T06:00:00Z").Add(time.Duration(hour) * time.Hour)
		when := start.Add(10 * time.Minute)
		data := log(event("e"+when.Format("15"), scim, "PatchGroup", when.Format(time.RFC3339)))
		name := s.LogKey(when.Add(5*time.Minute), "AAAAAAAAAAAAAAAA")
		files[name] = zipped(data)
		digest, err := s.Sign(start, start.Add(time.Hour), integrity.LogOf(name, []byte(data), when, when))
		if err != nil {
			t.Fatal(err)
		}
		files[digest.Object] = string(digest.Gzip())
		metadata, err := json.Marshal(digest.Metadata())
		if err != nil {
			t.Fatal(err)
		}
		files[digest.Object+integrity.MetadataSuffix] = string(metadata)
	}
	return folder(files)
}

func proven(c *casefile.Case) (out []string) {
	for _, line := range ground(c) {
		if strings.HasSuffix(line, " proven") && strings.Contains(line, " identitystore-scim ") {
			out = append(out, strings.Fields(line)[3])
		}
	}
	return out
}

func TestDigestsBesideTheirLogsProve(t *testing.T) {
	t.Parallel()
	c := collect(t, signedTree(t), file.Options{})
	if got := strings.Join(proven(c), " "); got != "1002T060000..1002T110000" {
		t.Errorf("proven is %s; seals %+v", got, c.Integrity)
	}
	if len(c.Integrity) != 1 || len(c.Integrity[0].Tampered) != 0 || len(c.Unreadable) != 0 || len(ids(c)) != 6 {
		t.Errorf("seals %+v, losses %v, events %v", c.Integrity, lost(c), ids(c))
	}
	kinds := map[string]int{}
	for _, in := range c.Inputs {
		kinds[in.Kind]++
	}
	if kinds["cloudtrail-digest"] != 6 || kinds["digest-metadata"] != 6 || kinds["cloudtrail-public-keys"] != 1 || kinds["cloudtrail-log"] != 6 {
		t.Errorf("kinds %v", kinds)
	}
}

func TestAChangedLogIsTamperedWith(t *testing.T) {
	t.Parallel()
	tree := signedTree(t)
	for name, f := range tree {
		if strings.Contains(name, "_20251002T0815Z_") {
			f.Data = []byte(zipped(log()))
		}
	}
	c := collect(t, tree, file.Options{})
	if len(c.Integrity) != 1 || len(c.Integrity[0].Tampered) != 1 || !strings.Contains(c.Integrity[0].Tampered[0].Object, "_20251002T0815Z_") {
		t.Errorf("seals %+v", c.Integrity)
	}
	if got := strings.Join(proven(c), " "); got == "1002T060000..1002T110000" || got == "" {
		t.Errorf("proven is %q, want it without the hour of the changed file", got)
	}
}

func TestWithoutKeysNothingIsProvenAndTheCommandIsTold(t *testing.T) {
	t.Parallel()
	tree := signedTree(t)
	delete(tree, "identity/keys.json")
	c := collect(t, tree, file.Options{})
	if len(proven(c)) != 0 {
		t.Errorf("proven is %v", proven(c))
	}
	want := "aws cloudtrail list-public-keys --region us-east-2 --start-time 2025-10-02T06:00:00Z --end-time 2025-10-02T12:00:00Z"
	if notes := strings.Join(c.Notes, "\n"); !strings.Contains(notes, want) {
		t.Errorf("notes %q do not say %q", notes, want)
	}
}
