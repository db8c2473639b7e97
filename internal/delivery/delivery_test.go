package delivery_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/scimtrail/scimtrail/internal/delivery"
	"github.com/scimtrail/scimtrail/internal/integrity"
)

var begin = time.Date(2026, 3, 2, 9, 17, 0, 0, time.UTC)

// signingKey is made once, since that takes a while.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// world is what a courier needs of others: records and notes, which outlive it.
type world struct {
	dir   string
	items []delivery.Item
	notes map[string][]byte
	// failNotes makes that many puts work and the next fail; negative is never.
	failNotes int
	now       time.Time
}

func newWorld(dir string) *world {
	return &world{dir: dir, notes: map[string][]byte{}, failNotes: -1, now: begin}
}

func (w *world) record(n int) {
	for range n {
		seq := int64(len(w.items) + 1)
		w.items = append(w.items, delivery.Item{Seq: seq, Time: w.now.Truncate(time.Second),
			Record: fmt.Appendf(nil, `{"eventVersion":"1.11","eventID":"%d","eventCategory":"Management"}`, seq)})
	}
}

func (w *world) After(seq int64) iter.Seq2[delivery.Item, error] {
	return func(yield func(delivery.Item, error) bool) {
		for _, item := range w.items[min(int(seq), len(w.items)):] {
			if !yield(item, nil) {
				return
			}
		}
	}
}

func (w *world) Note(name string) ([]byte, error) { return w.notes[name], nil }

var errNotes = errors.New("no room for notes")

func (w *world) Put(notes map[string][]byte) error {
	if w.failNotes == 0 {
		return errNotes
	}
	if w.failNotes > 0 {
		w.failNotes--
	}
	for name, value := range notes {
		w.notes[name] = bytes.Clone(value)
	}
	return nil
}

func (w *world) courier() (*delivery.Courier, error) {
	return delivery.New(delivery.Options{Dir: w.dir, Source: w, Notes: w, Key: signingKey, Begin: begin,
		Trail: delivery.Trail{Account: "111122223333", Region: "us-east-1"}})
}

type fataler interface {
	Helper()
	Fatal(...any)
	Errorf(string, ...any)
}

func must[T any](t fataler) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// delivered returns how often each event id lies in the folder, and how many
// digests do.
func delivered(t fataler, dir string) (ids map[string]int, logs map[string]string, digests int) {
	t.Helper()
	ids, logs = map[string]int{}, map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch {
		case strings.Contains(p, "CloudTrail-Digest") && strings.HasSuffix(p, ".json.gz"):
			digests++
		case strings.HasSuffix(p, ".json.gz"):
			f, err := os.Open(p)
			if err != nil {
				return err
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				return err
			}
			data, err := io.ReadAll(z)
			if err != nil {
				return err
			}
			var file struct{ Records []struct{ EventID string } }
			if err := json.Unmarshal(data, &file); err != nil {
				return err
			}
			logs[d.Name()] = string(data)
			for _, r := range file.Records {
				ids[r.EventID]++
			}
		case !strings.HasSuffix(p, ".metadata.json") && !strings.HasPrefix(d.Name(), delivery.KeysFile+"-"):
			return fmt.Errorf("%s is left behind", p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, logs, digests
}

func verify(t fataler, dir string) integrity.Report {
	t.Helper()
	root := must[*os.Root](t)(os.OpenRoot(dir))
	defer root.Close()
	inventory := must[integrity.Inventory](t)(integrity.Gather(context.Background(), root.FS()))
	return must[integrity.Report](t)(integrity.Verify(context.Background(), inventory, integrity.NewFolder(root.FS()), integrity.Options{}))
}

func proven(t fataler, dir string, from, to time.Time) {
	t.Helper()
	report := verify(t, dir)
	for _, f := range report.Findings {
		t.Errorf("%s: %s", f.Kind, f.Message)
	}
	if len(report.Chains) != 1 || len(report.Chains[0].Proven.Spans()) != 1 {
		t.Errorf("not one window: %+v", report.Chains)
		return
	}
	if window := report.Chains[0].Proven.Spans()[0]; !window.From.Equal(from) || !window.To.Equal(to) {
		t.Errorf("proven from %v to %v, want from %v to %v", window.From, window.To, from, to)
	}
}

func TestRecordsComeWithinFiveMinutesAndAreSignedWithinTheHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir())
	c := must[*delivery.Courier](t)(w.courier())
	w.record(3)
	steps := []struct {
		after         time.Duration
		logs, digests int
	}{
		{4 * time.Minute, 0, 0}, {5 * time.Minute, 1, 0}, {11 * time.Minute, 1, 0}, {59 * time.Minute, 1, 0}, {60 * time.Minute, 1, 1}, {3*time.Hour + time.Minute, 1, 3},
	}
	for _, step := range steps {
		ok(t, c.Tick(t.Context(), begin.Add(step.after)))
		_, logs, digests := delivered(t, w.dir)
		if len(logs) != step.logs || digests != step.digests {
			t.Errorf("after %v: %d log files and %d digests, want %d and %d", step.after, len(logs), digests, step.logs, step.digests)
		}
	}
	proven(t, w.dir, begin, begin.Add(3*time.Hour))
	_, logs, _ := delivered(t, w.dir)
	for name := range logs {
		if !strings.HasPrefix(name, "111122223333_CloudTrail_us-east-1_20260302T0922Z_") {
			t.Errorf("the log file is called %s", name)
		}
	}
}

func TestAFlushDeliversAndSignsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir())
	c := must[*delivery.Courier](t)(w.courier())
	w.record(2)
	ok(t, c.Flush(t.Context(), begin))
	w.record(1)
	ok(t, c.Flush(t.Context(), begin))
	ok(t, c.Flush(t.Context(), begin)) // nothing more to say
	ids, _, digests := delivered(t, w.dir)
	if diff := cmp.Diff(map[string]int{"1": 1, "2": 1, "3": 1}, ids); diff != "" || digests != 2 {
		t.Errorf("%d digests, records (-want +got):\n%s", digests, diff)
	}
	proven(t, w.dir, begin, begin.Add(2*time.Second))
}

func TestAYearGoesByQuickly(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir())
	c := must[*delivery.Courier](t)(w.courier())
	w.record(1)
	end := begin.Add(8760 * time.Hour)
	ok(t, c.Flush(t.Context(), end))
	_, _, digests := delivered(t, w.dir)
	if digests < 365 || digests > 365+2*48 {
		t.Errorf("%d digests for a year in which nothing happened", digests)
	}
	proven(t, w.dir, begin, end)
}

// TestTwoEmulatorsMayShareAFolder: one after the other, with keys of their own.
func TestTwoEmulatorsMayShareAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, region := range []string{"us-east-1", "eu-west-1"} {
		w := newWorld(dir)
		key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
		c := must[*delivery.Courier](t)(delivery.New(delivery.Options{Dir: dir, Source: w, Notes: w, Begin: begin,
			Key: func() (*rsa.PrivateKey, error) { return key, nil }, Trail: delivery.Trail{Account: "111122223333", Region: region}}))
		w.record(i + 1)
		ok(t, c.Finish(t.Context(), begin.Add(time.Hour)))
	}
	report := verify(t, dir)
	if len(report.Findings) != 0 || len(report.Chains) != 2 || report.Logs.Valid != 2 {
		t.Errorf("%+v", report)
	}
}

func TestALargeBacklogIsSplit(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir())
	c := must[*delivery.Courier](t)(w.courier())
	large := strings.Repeat("x", 20<<20)
	for range 3 {
		w.record(1)
		i := len(w.items) - 1
		w.items[i].Record = fmt.Appendf(nil, `{"eventID":"%d","userAgent":"%s"}`, i+1, large)
	}
	ok(t, c.Flush(t.Context(), begin.Add(time.Hour)))
	ids, logs, _ := delivered(t, w.dir)
	if len(ids) != 3 || len(logs) != 3 {
		t.Errorf("%d records in %d files", len(ids), len(logs))
	}
}

// TestManyRecordsDoNotWait: so that a stop has little left to do.
func TestManyRecordsDoNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir())
	c := must[*delivery.Courier](t)(w.courier())
	w.record(20_000)
	ok(t, c.Tick(t.Context(), begin.Add(time.Second)))
	if _, logs, _ := delivered(t, w.dir); len(logs) != 0 {
		t.Errorf("%d files of what may wait", len(logs))
	}
	w.record(1)
	ok(t, c.Tick(t.Context(), begin.Add(2*time.Second)))
	if ids, logs, _ := delivered(t, w.dir); len(logs) != 1 || len(ids) != 20_001 {
		t.Errorf("%d records in %d files", len(ids), len(logs))
	}
	w.now = begin.Add(time.Hour) // and the clock is put back
	w.record(20_001)
	ok(t, c.Tick(t.Context(), begin.Add(3*time.Second)))
	if _, logs, _ := delivered(t, w.dir); len(logs) != 1 {
		t.Errorf("%d files, one of the future", len(logs))
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Finish(interrupted, begin.Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	ok(t, c.Finish(t.Context(), begin.Add(time.Hour)))
	if ids, _, _ := delivered(t, w.dir); len(ids) != 40_002 {
		t.Errorf("%d records", len(ids))
	}
	proven(t, w.dir, begin, begin.Add(time.Hour))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		faults delivery.Faults
		want   map[string]int // copies of each record
		late   bool
	}{
		{"nothing goes wrong", delivery.Faults{}, map[string]int{"1": 1, "2": 1}, false},
		{"dropped records never come", delivery.Faults{Dropped: 1}, map[string]int{}, false},
		{"doubled records come in two files", delivery.Faults{Doubled: 1}, map[string]int{"1": 2, "2": 2}, false},
		{"late records are not there yet", delivery.Faults{Late: 3 * time.Hour}, map[string]int{}, false},
		{"late records come when it is time, and say so", delivery.Faults{Late: 30 * time.Minute}, map[string]int{"1": 1, "2": 1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t.TempDir())
			courier := must[*delivery.Courier](t)(w.courier())
			courier.Set(c.faults)
			w.record(2)
			ok(t, courier.Flush(t.Context(), begin.Add(time.Hour)))
			ids, logs, _ := delivered(t, w.dir)
			if diff := cmp.Diff(c.want, ids); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, data := range logs {
				if got := strings.Count(data, `"addendum":{"reason":"DELIVERY_DELAY"},"eventCategory"`) == 2; got != c.late {
					t.Errorf("an addendum: %v, in %s", got, data)
				}
			}
			proven(t, w.dir, begin, begin.Add(time.Hour))
		})
	}
	t.Run("the end of the program waits for nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t.TempDir())
		courier := must[*delivery.Courier](t)(w.courier())
		courier.Set(delivery.Faults{Late: 24 * time.Hour})
		w.record(1)
		ok(t, courier.Flush(t.Context(), begin.Add(time.Hour)))
		w.now = begin.Add(time.Hour)
		w.record(1)
		ok(t, courier.Finish(t.Context(), begin.Add(90*time.Minute)))
		if ids, _, _ := delivered(t, w.dir); !cmp.Equal(ids, map[string]int{"1": 1, "2": 1}) {
			t.Errorf("delivered: %v", ids)
		}
	})
}

func TestNonsenseFaultsAreRefused(t *testing.T) {
	t.Parallel()
	nan := 0.0
	nan /= nan
	for _, f := range []delivery.Faults{{Dropped: -0.1}, {Dropped: 1.1}, {Dropped: nan}, {Doubled: 2}, {Late: -time.Second}} {
		if f.Check() == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}

// TestWhatACrashKeptFromBeingWrittenIsWritten: the notes say that a file is
// there; it is not, since nobody could write it.
func TestWhatACrashKeptFromBeingWrittenIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t.TempDir())
	first := must[*delivery.Courier](t)(w.courier())
	w.record(2)
	// A file where the folder has to be.
	obstacle := filepath.Join(w.dir, "AWSLogs")
	ok(t, os.WriteFile(obstacle, nil, 0o600))
	if err := first.Flush(t.Context(), begin.Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "delivering AWSLogs/") {
		t.Fatalf("delivered over an obstacle: %v", err)
	}
	if _, err := w.courier(); err == nil {
		t.Error("a courier begins although what it owes can't be written")
	}
	ok(t, os.Remove(obstacle))
	second := must[*delivery.Courier](t)(w.courier())
	ok(t, second.Flush(t.Context(), begin.Add(2*time.Hour)))
	if ids, logs, _ := delivered(t, w.dir); !cmp.Equal(ids, map[string]int{"1": 1, "2": 1}) || len(logs) != 1 {
		t.Errorf("delivered: %v in %v", ids, slices.Collect(maps.Keys(logs)))
	}
	proven(t, w.dir, begin, begin.Add(2*time.Hour))
}

// TestWhateverHappensEachRecordIsDeliveredOnceAndSigned: records, time, failures
// and restarts in any order.
func TestWhateverHappensEachRecordIsDeliveredOnceAndSigned(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		w := newWorld(filepath.Join(base, fmt.Sprint(n)))
		c := must[*delivery.Courier](t)(w.courier())
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"record", "record", "time", "tick", "flush", "restart", "fail"}).Draw(t, "step") {
			case "record":
				w.record(rapid.IntRange(1, 3).Draw(t, "records"))
			case "time":
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 4*3600).Draw(t, "seconds")) * time.Second)
			case "tick":
				ok(t, c.Tick(context.Background(), w.now))
			case "flush":
				ok(t, c.Flush(context.Background(), w.now))
			case "restart":
				ok(t, c.Close())
				c = must[*delivery.Courier](t)(w.courier())
			case "fail":
				w.failNotes = rapid.IntRange(0, 4).Draw(t, "notes that work")
				err := c.Flush(context.Background(), w.now)
				w.failNotes = -1
				if err != nil && !errors.Is(err, errNotes) {
					t.Fatal(err)
				}
				if rapid.Bool().Draw(t, "and dies") {
					ok(t, c.Close())
					c = must[*delivery.Courier](t)(w.courier())
				}
			}
		}
		w.now = w.now.Add(time.Minute)
		ok(t, c.Finish(context.Background(), w.now))
		ok(t, c.Close())
		ids, _, _ := delivered(t, w.dir)
		for i := range w.items {
			if id := fmt.Sprint(i + 1); ids[id] != 1 {
				t.Errorf("record %s is delivered %d times", id, ids[id])
			}
		}
		for _, f := range verify(t, w.dir).Findings {
			t.Errorf("%s: %s", f.Kind, f.Message)
		}
	})
}
