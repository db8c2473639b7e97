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
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/span"

	_ "modernc.org/sqlite"
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

func TestALeaseIsHeldByOne(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 11, 14, 12, 0, 0, 0, time.UTC)
	clock := archive.Options{Now: func() time.Time { return now }}
	run := func(t *testing.T, name string) {
		a, b := openFile(t, name, clock), openFile(t, name, clock)
		lead := func(a *archive.Archive, who string, ttl time.Duration, want bool, why string) {
			t.Helper()
			if got, err := a.Lead(t.Context(), "watch", who, ttl); err != nil || got != want {
				t.Errorf("%s: %v (%v), want %v", why, got, err, want)
			}
		}
		lead(a, "one", time.Minute, true, "the first gets it")
		lead(b, "two", time.Minute, false, "the second does not")
		now = now.Add(50 * time.Second)
		lead(a, "one", time.Minute, true, "the first renews it")
		now = now.Add(50 * time.Second)
		lead(b, "two", time.Minute, false, "it was renewed")
		now = now.Add(11 * time.Second)
		lead(b, "two", time.Minute, true, "it ran out")
		lead(a, "one", time.Minute, false, "the first has lost it")
		lead(a, "one", 0, false, "it can't give up what it has not")
		lead(b, "two", 0, false, "the second gives it up")
		lead(a, "one", time.Minute, true, "it is free")
	}
	t.Run("sqlite", func(t *testing.T) { run(t, filepath.Join(t.TempDir(), "case.db")) })
	t.Run("postgres", func(t *testing.T) { run(t, address(t)) })
}

func TestDocumentsAndAnswers(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(a.PutDocument(ctx, "alert", "b", []byte("2")))
		must(a.PutDocument(ctx, "alert", "a", []byte("1")))
		must(a.PutDocument(ctx, "alert", "a", []byte("one")))
		must(a.PutDocument(ctx, "silence", "a", []byte{}))
		list, err := a.Documents(ctx, "alert")
		must(err)
		got := ""
		for _, d := range list {
			got += fmt.Sprintf("%s=%s ", d.Key, d.Value)
		}
		if got != "a=one b=2 " {
			t.Errorf("documents: %s", got)
		}
		must(a.PutDocument(ctx, "alert", "b", nil))
		if v, err := a.Document(ctx, "alert", "b"); v != nil || err != nil {
			t.Errorf("taken away: %q, %v", v, err)
		}
		if v, err := a.Document(ctx, "silence", "a"); v == nil || len(v) != 0 || err != nil {
			t.Errorf("an empty document: %v, %v", v, err)
		}

		before, err := a.Generation(ctx)
		must(err)
		must(a.PutAnswer(ctx, "q", before, []byte("answer")))
		if v, err := a.Answer(ctx, "q"); string(v) != "answer" || err != nil {
			t.Errorf("answer %q, %v", v, err)
		}
		write(t, a, small.Give)
		after, err := a.Generation(ctx)
		must(err)
		if after <= before {
			t.Errorf("generation %d after %d", after, before)
		}
		if v, err := a.Answer(ctx, "q"); v != nil || err != nil {
			t.Errorf("a stale answer: %q, %v", v, err)
		}
		must(a.PutAnswer(ctx, "q", before, []byte("too late")))
		if v, err := a.Answer(ctx, "q"); v != nil || err != nil {
			t.Errorf("an answer of older evidence was remembered: %q, %v", v, err)
		}
		for i := range 300 {
			must(a.PutAnswer(ctx, fmt.Sprint("q", i), after, []byte("answer")))
		}
		if v, err := a.Answer(ctx, "q299"); v == nil || err != nil {
			t.Errorf("the newest answer is gone: %v", err)
		}
		if v, err := a.Answer(ctx, "q0"); v != nil || err != nil {
			t.Errorf("answers grow without bound: %q, %v", v, err)
		}
	})
}

func TestAPurgeWithdrawsWhatItTookAway(t *testing.T) {
	t.Parallel()
	begin := time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC) // of a company
	limit := begin.AddDate(0, 0, 10)
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		old, err := a.Writer(t.Context()) // has begun before the purge and goes on after it
		if err != nil {
			t.Fatal(err)
		}
		if err := small.Give(old); err != nil {
			t.Fatal(err)
		}
		old.Seal(casefile.Seal{Account: "111122223333", Region: "us-east-2", Proven: span.SetOf(span.Of(begin, begin.AddDate(0, 0, 20)))})
		if err := old.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := collected(t, a)
		p, err := a.Purge(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, ev := range before.Events {
			if ev.Time.Before(limit) {
				want++
			}
		}
		if p.Events != want || want == 0 {
			t.Errorf("%d records were purged, want %d", p.Events, want)
		}
		check := func(when string) {
			t.Helper()
			after := collected(t, a)
			if len(after.Events) != len(before.Events)-want {
				t.Errorf("%s: %d records are left of %d", when, len(after.Events), len(before.Events))
			}
			for _, c := range after.Coverage {
				if c.Span.From.Before(limit) {
					t.Errorf("%s: %s is still %s from %v", when, c.Source, c.Complete, c.Span.From)
				}
			}
			if len(after.Coverage) == 0 {
				t.Errorf("%s: nothing is covered", when)
			}
		}
		check("after the purge")
		// It claims at its end what it has walked, which is no longer there.
		old.Cover(casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: casefile.ManagementSources[0], Span: span.Of(begin, begin.AddDate(0, 0, 30)), Complete: casefile.Claimed})
		old.Seal(casefile.Seal{Account: "111122223333", Region: "us-east-2", Proven: span.SetOf(span.Of(begin, begin.AddDate(0, 0, 25)))})
		if err := old.Save(t.Context(), "walk", []byte("day 30")); err != nil {
			t.Fatal(err)
		}
		check("after the claim of a collector that had begun before")
		// One that goes on where a journal says has not walked that ground itself.
		next, err := a.Writer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if v, err := next.Load(t.Context(), "walk"); string(v) != "day 30" || err != nil {
			t.Fatalf("journal: %q, %v", v, err)
		}
		next.Cover(casefile.Cover{Account: "111122223333", Region: "us-east-2", Source: casefile.ManagementSources[0], Span: span.Of(begin, begin.AddDate(0, 0, 31)), Complete: casefile.Claimed})
		if err := errors.Join(next.Close(), old.Close()); err != nil {
			t.Fatal(err)
		}
		check("after the claim of a resumed collector")
		if err := a.Check(t.Context()); err != nil {
			t.Error(err)
		}
		// Whoever fetches it again has it again.
		write(t, a, small.Give)
		if c := collected(t, a); len(c.Events) != len(before.Events) || !c.Coverage.Of(casefile.ManagementSources[0], casefile.Place{}, casefile.Claimed).Contains(begin) {
			t.Errorf("fetched again: %d records of %d", len(c.Events), len(before.Events))
		}
	})
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

func TestWhatWasMadeGoodIsNoLongerMissing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, open place) {
		a := open(t)
		read := func(source string, say func(*archive.Writer)) {
			t.Helper()
			w, err := a.WriterFor(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			w.Input(casefile.Input{Path: source})
			say(w)
			if err := errors.Join(w.Complete(t.Context()), w.Close()); err != nil {
				t.Fatal(err)
			}
		}
		read("logs", func(w *archive.Writer) {
			w.Unreadable(casefile.Loss{Path: "logs/1.json.gz", Reason: "is cut short"})
			w.Note("something about the logs")
		})
		read("other", func(w *archive.Writer) { w.Note("something else") })
		read("logs", func(w *archive.Writer) { w.Note("something about the logs") })
		c := collected(t, a)
		if len(c.Unreadable) != 0 {
			t.Errorf("still missing: %v", c.Unreadable)
		}
		if diff := cmp.Diff([]string{"something about the logs", "something else"}, c.Notes); diff != "" {
			t.Error(diff)
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
	if err := (loggen.Company{Users: 2000, Groups: 100, Memberships: 6000, Events: 9000}).Give(snapshotOnly{casefile.NewBuilder(actor.Default()), &listing}); err != nil {
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
