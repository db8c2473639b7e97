package archive_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/loggen"
)

var small = loggen.Company{Users: 40, Groups: 8, Memberships: 120, Events: 900, Days: 30}

func openFile(t *testing.T, path string, opts archive.Options) *archive.Archive {
	t.Helper()
	a, err := archive.Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// TestTwoCollectorsAtOnce lets several write the same evidence at the same time,
// each with an archive of its own, as two processes would.
func TestTwoCollectorsAtOnce(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, name string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				a, err := archive.Open(t.Context(), name, archive.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				defer a.Close()
				w, err := a.Writer(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				n := 0
				s := sinkFunc{Sink: w, record: func(input int, raw []byte) error {
					if n++; n%100 == 0 {
						if err := w.Flush(t.Context()); err != nil {
							return err
						}
					}
					return w.Record(input, raw)
				}}
				if err := small.Give(s); err != nil {
					t.Error(err)
				}
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		direct := casefile.NewBuilder(actor.Default())
		if err := small.Give(direct); err != nil {
			t.Fatal(err)
		}
		a := openFile(t, name, archive.Options{})
		if diff := cmp.Diff(whyEmpty(t, direct.Build()), whyEmpty(t, collected(t, a))); diff != "" {
			t.Errorf("four at once left something else than one (-one +four):\n%s", diff)
		}
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, filepath.Join(t.TempDir(), "case.db")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); run(t, address(t)) })
}

// sinkFunc is a sink with another Record.
type sinkFunc struct {
	casefile.Sink
	record func(int, []byte) error
}

func (s sinkFunc) Record(input int, raw []byte) error { return s.record(input, raw) }

func TestEventsComeInOrderOfArrival(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		var want []string
		write(t, a, func(sink casefile.Sink) error {
			return small.Give(sinkFunc{sink, func(input int, raw []byte) error {
				want = append(want, string(raw))
				return sink.Record(input, raw)
			}})
		})
		var got []string
		var last int64
		for {
			list, err := a.EventsAfter(t.Context(), last, 250)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, s := range list {
				if s.Seq <= last || s.Path != "company.jsonl" || s.Arrived.IsZero() {
					t.Fatalf("record %d of %q at %v after %d", s.Seq, s.Path, s.Arrived, last)
				}
				last = s.Seq
				got = append(got, string(s.Raw))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-given +stored):\n%s", diff)
		}
	})
}

func TestAFileThatWasTouchedIsTheSameFile(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		file := func(at time.Time) func(casefile.Sink) error {
			return func(sink casefile.Sink) error {
				input := 0
				err := small.Give(sinkFunc{inputFunc{sink, func(in casefile.Input) int {
					in.Path, in.Size, in.Time = "logs/"+in.Path, 4711, at
					input = sink.Input(in)
					return input
				}}, sink.Record})
				sink.Sealed(0, 4711, strings.Repeat("ab", 32))
				return err
			}
		}
		day := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
		write(t, a, file(day))
		want := collected(t, a)
		write(t, a, file(day.Add(time.Hour)))
		got := collected(t, a)
		if got.Statistics.Duplicates != 0 || got.Statistics.Records != want.Statistics.Records {
			t.Errorf("counted again: %+v, then %+v", want.Statistics, got.Statistics)
		}
		logs := 0
		for _, in := range got.Inputs {
			if in.Path == "logs/company.jsonl" {
				logs++
			}
		}
		if logs != 1 {
			t.Errorf("the file is there %d times", logs)
		}
		if err := a.Check(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// inputFunc is a sink with another Input.
type inputFunc struct {
	casefile.Sink
	input func(casefile.Input) int
}

func (s inputFunc) Input(in casefile.Input) int { return s.input(in) }

// TestListingsThatDifferLittleTakeLittle keeps a large listing every hour of a
// day, with one membership more each time.
func TestListingsThatDifferLittleTakeLittle(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "case.db")
	a := openFile(t, path, archive.Options{})
	var listing directory.Snapshot
	if err := (loggen.Company{Users: 800, Groups: 40, Memberships: 2400, Events: 3600}).Give(snapshotOnly{casefile.NewBuilder(actor.Default()), &listing}); err != nil {
		t.Fatal(err)
	}
	taken := listing.NotAfter
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	var once int64
	for hour := range 24 {
		write(t, a, func(sink casefile.Sink) error {
			s := listing
			s.Input = sink.Input(casefile.Input{Path: "identitystore://us-east-2/d-9a67000001", Size: -1})
			s.NotBefore, s.NotAfter = taken.Add(time.Duration(hour)*time.Hour), taken.Add(time.Duration(hour)*time.Hour)
			s.Memberships = append(s.Memberships[:len(s.Memberships):len(s.Memberships)], directory.Membership{ID: fmt.Sprint("new-", hour), Group: s.Groups[0].ID, User: s.Users[0].ID})
			sink.Snapshot(s)
			return nil
		})
		if err := a.Close(); err != nil { // what is in the log of writes comes into the file
			t.Fatal(err)
		}
		a = openFile(t, path, archive.Options{})
		if hour == 0 {
			once = size()
		}
	}
	if all := size(); all > 2*once {
		t.Errorf("one listing takes %d bytes, 24 take %d", once, all)
	}
	c := collected(t, a)
	if len(c.Snapshots) != 24 {
		t.Fatalf("%d listings", len(c.Snapshots))
	}
	for hour, s := range c.Snapshots {
		if last := s.Memberships[len(s.Memberships)-1].ID; last != fmt.Sprint("new-", hour) || len(s.Memberships) != len(listing.Memberships)+1 {
			t.Errorf("hour %d: %d memberships, the last is %s", hour, len(s.Memberships), last)
		}
	}
}

// snapshotOnly is a sink that takes the listing.
type snapshotOnly struct {
	*casefile.Builder
	into *directory.Snapshot
}

func (s snapshotOnly) Snapshot(listing directory.Snapshot) { *s.into = listing }
