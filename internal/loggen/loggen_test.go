package loggen_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/scan"
)

func plan(tb testing.TB, o loggen.Options) *loggen.Plan {
	tb.Helper()
	p, err := loggen.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// generate returns a file as it is on disk, its JSON, and what it says is in it.
func generate(tb testing.TB, f loggen.File) (packed, plain []byte, c loggen.Contents) {
	tb.Helper()
	var b bytes.Buffer
	c, err := f.Generate(&b)
	if err != nil {
		tb.Fatal(err)
	}
	packed = b.Bytes()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	if plain, err = io.ReadAll(z); err != nil {
		tb.Fatal(err)
	}
	return packed, plain, c
}

// record is what the tests read of a record, by a reader that owes nothing to ours.
type record struct {
	EventID, EventSource, EventName, AwsRegion, RecipientAccountID string
	EventTime                                                      time.Time
}

func decode(t *testing.T, plain []byte) []record {
	t.Helper()
	var log struct{ Records []record }
	dec := json.NewDecoder(bytes.NewReader(plain))
	if err := dec.Decode(&log); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		t.Fatalf("something follows the log")
	}
	return log.Records
}

// TestWhatIsAnnouncedIsThere reads every file with encoding/json and with package
// scan: both find the identity records that the file announces, in its order.
func TestWhatIsAnnouncedIsThere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    loggen.Options
	}{
		{"a few large files", loggen.Options{Seed: 1, Bytes: 6e6, Files: 4, IdentityShare: 40, DecoyShare: 20}},
		{"a swarm", loggen.Options{Seed: 2, Files: 400, Shape: loggen.Swarm, IdentityShare: 5, DecoyShare: 5, Accounts: loggen.Accounts(5), Organization: "o-exampleorgid"}},
		{"nothing but identity", loggen.Options{Seed: 3, Bytes: 1e6, Files: 2, IdentityShare: 1}},
		{"nothing but decoys", loggen.Options{Seed: 4, Bytes: 1e6, Files: 2, IdentityShare: -1, DecoyShare: 1}},
		{"neither", loggen.Options{Seed: 5, Bytes: 2e6, Files: 2, IdentityShare: -1, DecoyShare: -1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			identities, decoys := 0, 0
			for f := range plan(t, tt.o).Files() {
				packed, plain, c := generate(t, f)
				var want []string
				for _, id := range c.Identity {
					want = append(want, id.Source+" "+id.Name+" "+id.ID)
				}
				var plainly []string
				looksLike := 0
				sources := map[string]int{}
				records := decode(t, plain)
				for _, r := range records {
					if seen[r.EventID] || r.EventID == "" {
						t.Errorf("%s: the event id %q is there twice or empty", f.Path, r.EventID)
					}
					seen[r.EventID] = true
					sources[r.EventSource]++
					if r.AwsRegion != f.Region || r.RecipientAccountID != f.Account {
						t.Errorf("%s holds a record of %s in %s", f.Path, r.RecipientAccountID, r.AwsRegion)
					}
					if age := f.Delivered.Sub(r.EventTime); age < 0 || age > 15*time.Minute {
						t.Errorf("%s holds a record that is %v older than its delivery", f.Path, age)
					}
					if slices.Contains(loggen.Sources, r.EventSource) {
						plainly = append(plainly, r.EventSource+" "+r.EventName+" "+r.EventID)
					}
				}
				var log struct{ Records []json.RawMessage }
				if err := json.Unmarshal(plain, &log); err != nil {
					t.Fatal(err)
				}
				for i, raw := range log.Records {
					for _, source := range loggen.Sources {
						if bytes.Contains(raw, []byte(source)) && !slices.Contains(loggen.Sources, records[i].EventSource) {
							looksLike++
							break
						}
					}
				}
				var scanned []string
				profile, err := scan.Records(bytes.NewReader(plain), scan.Limits{}, func(r scan.Record) error {
					var top record
					if err := json.Unmarshal(r.Raw, &top); err != nil {
						return err
					}
					scanned = append(scanned, top.EventSource+" "+top.EventName+" "+top.EventID)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, plainly); diff != "" {
					t.Errorf("%s: announced (-) and found by encoding/json (+):\n%s", f.Path, diff)
				}
				if diff := cmp.Diff(want, scanned); diff != "" {
					t.Errorf("%s: announced (-) and found by scan (+):\n%s", f.Path, diff)
				}
				if profile.Damages != 0 {
					t.Errorf("%s: scan sees damage: %v", f.Path, profile.Damage)
				}
				got := loggen.Contents{
					Records: len(records), Bytes: int64(len(plain)), Packed: int64(len(packed)), Sources: sources,
					Identity: c.Identity, Identities: len(want), Decoys: looksLike,
				}
				if diff := cmp.Diff(c, got); diff != "" {
					t.Errorf("%s: announced (-) and counted (+):\n%s", f.Path, diff)
				}
				identities, decoys = identities+c.Identities, decoys+c.Decoys
			}
			if (identities > 0) != (tt.o.IdentityShare > 0) {
				t.Errorf("%d identity records for a share of one in %d", identities, tt.o.IdentityShare)
			}
			if (decoys > 0) != (tt.o.DecoyShare >= 0 && tt.o.IdentityShare != 1) {
				t.Errorf("%d decoys for a share of one in %d", decoys, tt.o.DecoyShare)
			}
		})
	}
}

func digest(tb testing.TB, o loggen.Options) [sha256.Size]byte {
	tb.Helper()
	h := sha256.New()
	for f := range plan(tb, o).Files() {
		packed, _, _ := generate(tb, f)
		h.Write([]byte(f.Path))
		h.Write(packed)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, shape := range []loggen.Shape{loggen.Large, loggen.Swarm} {
		o := loggen.Options{Seed: 7, Shape: shape, Bytes: 1e6, Files: 20, IdentityShare: 10}
		first, again := digest(t, o), digest(t, o)
		if first != again {
			t.Errorf("%s: the same options gave other bytes", shape)
		}
		o.Seed = 8
		if digest(t, o) == first {
			t.Errorf("%s: another seed gave the same bytes", shape)
		}
	}
}

func TestAFileDoesNotDependOnTheOnesBeforeIt(t *testing.T) {
	t.Parallel()
	o := loggen.Options{Seed: 9, Files: 6, Shape: loggen.Swarm}
	var last loggen.File
	for f := range plan(t, o).Files() {
		last = f
	}
	alone, _, _ := generate(t, last)
	var within []byte
	for f := range plan(t, o).Files() {
		within, _, _ = generate(t, f)
	}
	if !bytes.Equal(alone, within) {
		t.Error("the last file has other bytes when the others were generated first")
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	t.Run("a swarm has files of few records, under 2 kB on disk", func(t *testing.T) {
		t.Parallel()
		var bytes int64
		for f := range plan(t, loggen.Options{Seed: 1, Files: 2000, Shape: loggen.Swarm}).Files() {
			packed, _, c := generate(t, f)
			if len(packed) >= 2048 || c.Records > 4 {
				t.Errorf("%s has %d records in %d bytes", f.Path, c.Records, len(packed))
			}
			bytes += c.Bytes
		}
		if bytes < 2000*2300 || bytes > 2000*2700 {
			t.Errorf("2000 files hold %d bytes of JSON", bytes)
		}
	})
	t.Run("large files hold 20 to 50 MB that gzip makes about a ninth of", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			t.Skip("writes 100 MB")
		}
		var total, packed int64
		for f := range plan(t, loggen.Options{Seed: 1, Bytes: 100e6}).Files() {
			c, err := f.Generate(io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if c.Bytes < 15e6 || c.Bytes > 50e6 {
				t.Errorf("%s holds %d bytes of JSON", f.Path, c.Bytes)
			}
			if mean := c.Bytes / int64(c.Records); mean < 1000 || mean > 2000 {
				t.Errorf("%s has records of %d bytes", f.Path, mean)
			}
			total, packed = total+c.Bytes, packed+c.Packed
		}
		if total < 99e6 || total > 101e6 {
			t.Errorf("the files hold %d bytes of JSON, 100 MB were asked for", total)
		}
		if ratio := float64(total) / float64(packed); ratio < 8 || ratio > 12 {
			t.Errorf("gzip makes 1/%.1f of it; of real logs it makes 1/8 to 1/12", ratio)
		}
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	key := regexp.MustCompile(`^AWSLogs/o-exampleorgid/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8})T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$`)
	o := loggen.Options{Seed: 1, Files: 5000, Shape: loggen.Swarm, Accounts: loggen.Accounts(7), Regions: []string{"us-east-1", "eu-central-1", "us-gov-west-1"},
		Organization: "o-exampleorgid", Days: 3}
	seen, days := map[string]bool{}, map[string]bool{}
	for f := range plan(t, o).Files() {
		m := key.FindStringSubmatch(f.Path)
		if m == nil || m[1] != m[6] || m[2] != m[7] || m[3]+m[4]+m[5] != m[8] || m[1] != f.Account || m[2] != f.Region {
			t.Fatalf("%s is no key of an organisation's trail, or its parts disagree", f.Path)
		}
		if seen[f.Path] {
			t.Fatalf("%s comes twice", f.Path)
		}
		seen[f.Path] = true
		days[m[8]] = true
	}
	if len(seen) != 5000 || len(days) != 3 {
		t.Errorf("%d files on %d days, want 5000 on 3", len(seen), len(days))
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		o          loggen.Options
	}{
		{"an unknown shape", "shape", loggen.Options{Shape: "round"}},
		{"a negative size", "negative", loggen.Options{Bytes: -1}},
		{"a level that gzip does not have", "level", loggen.Options{Level: 10}},
		{"an account that leads out of the tree", "account", loggen.Options{Accounts: []string{"../../etc"}}},
		{"a Region that leads out of the tree", "Region", loggen.Options{Regions: []string{".."}}},
		{"an organisation that leads out of the tree", "organisation", loggen.Options{Organization: "../x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := loggen.New(tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestWriteTree(t *testing.T) {
	t.Parallel()
	p := plan(t, loggen.Options{Seed: 1, Files: 60, Shape: loggen.Swarm, IdentityShare: 4})
	dir := filepath.Join(t.TempDir(), "made")
	var order, want []string
	var sum loggen.Contents
	sum.Sources = map[string]int{}
	total, err := p.WriteTree(t.Context(), dir, func(f loggen.File, c loggen.Contents) error {
		order = append(order, f.Path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for f := range p.Files() {
		packed, _, c := generate(t, f)
		want = append(want, f.Path)
		onDisk, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(onDisk, packed) {
			t.Errorf("%s has other bytes on disk", f.Path)
		}
		sum.Records += c.Records
		sum.Bytes += c.Bytes
		sum.Packed += c.Packed
		sum.Identities += c.Identities
		sum.Decoys += c.Decoys
		for source, n := range c.Sources {
			sum.Sources[source] += n
		}
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("files were reported in another order:\n%s", diff)
	}
	if diff := cmp.Diff(sum, total); diff != "" {
		t.Errorf("the sum of the files (-) and what was returned (+):\n%s", diff)
	}
}

func TestWriteTreeStops(t *testing.T) {
	t.Parallel()
	p := plan(t, loggen.Options{Seed: 1, Files: 500, Shape: loggen.Swarm})
	full := errors.New("the disk is full")
	calls := 0
	_, err := p.WriteTree(t.Context(), t.TempDir(), func(loggen.File, loggen.Contents) error {
		calls++
		return full
	})
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("after %d calls the error is %v", calls, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.WriteTree(ctx, t.TempDir(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled writing returns %v", err)
	}
}

// BenchmarkGenerate writes files to nowhere. Memory stays the same with the size
// of the file.
func BenchmarkGenerate(b *testing.B) {
	for name, o := range map[string]loggen.Options{
		"large": {Seed: 1, Bytes: 20e6, Files: 1},
		"swarm": {Seed: 1, Files: 1000, Shape: loggen.Swarm},
	} {
		b.Run(name, func(b *testing.B) {
			p := plan(b, o)
			b.SetBytes(p.Options().Bytes)
			b.ReportAllocs()
			for b.Loop() {
				for f := range p.Files() {
					if _, err := f.Generate(io.Discard); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
