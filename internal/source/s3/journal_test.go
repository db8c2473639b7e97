package s3_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

func TestAnInterruptedRunIsResumed(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 400, IdentityShare: 3, Accounts: loggen.Accounts(2)})
	whole := fromFiles(t, dir, file.Options{NoCustody: true})
	shelf := newShelf(t, dir)
	journal := &memory{}
	ids := map[string]bool{}
	records := 0
	for run := 0; ; run++ {
		if run > 40 {
			t.Fatal("it never ends")
		}
		var asked atomic.Int64
		ctx, stop := context.WithCancel(context.Background())
		shelf.forget()
		o := options(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".gz") && asked.Add(1) == 50 {
				stop()
			}
			shelf.ServeHTTP(w, r)
		}))
		o.Query.Journal, o.Portion, o.Parallel = journal, 20, 4
		c, err := gatherIn(ctx, o)
		stop()
		for i := range c.Events {
			ids[c.Events[i].ID] = true
		}
		records += c.Statistics.Records
		for _, cover := range c.Coverage {
			if !whole.Coverage.Of(cover.Source, casefilePlace(cover.Account, cover.Region), cover.Complete).Covers(cover.Span) {
				t.Errorf("run %d claims %+v", run, cover)
			}
		}
		if shelf.fetched() > 54 {
			t.Errorf("run %d fetched %d objects", run, shelf.fetched())
		}
		if err == nil {
			if diff := cmp.Diff(covered(whole), covered(c)); diff != "" {
				t.Errorf("in the end it covers (-want +got):\n%s", diff)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if len(ids) != len(whole.Events) {
		t.Errorf("%d events, want %d", len(ids), len(whole.Events))
	}
	shelf.forget()
	o := options(t, shelf)
	o.Query.Journal = journal
	if c := mustGather(t, o); shelf.fetched() != 0 || !cmp.Equal(covered(c), covered(whole)) {
		t.Errorf("once more it fetched %d objects and covers %v", shelf.fetched(), covered(c))
	}
	if strings.Contains(journal.text(), "secret") {
		t.Error("the journal holds a secret")
	}
}

func TestANewDayIsAllThatIsFetchedNext(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 300, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}, Days: 3})
	shelf := newShelf(t, dir)
	all := shelf.keys
	cut := len(all) * 2 / 3
	shelf.keys = all[:cut]
	journal := &memory{}
	o := options(t, shelf)
	o.Query.Journal = journal
	mustGather(t, o)
	shelf.keys = all
	shelf.forget()
	c := mustGather(t, o)
	if shelf.fetched() != len(all)-cut {
		t.Errorf("fetched %d, want %d", shelf.fetched(), len(all)-cut)
	}
	if got, want := covered(c), covered(fromFiles(t, dir, file.Options{})); !cmp.Equal(got, want) {
		t.Errorf("covers %v, want %v", got, want)
	}
}

func TestAJournalThatCannotBeKeptEndsTheRun(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 30})
	o := options(t, newShelf(t, dir))
	o.Query.Journal = &memory{save: func() error { return errors.New("the disk is full") }}
	if _, err := gather(t, o); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("error %v", err)
	}
}

// TestAFileThatComesLateIsReadByTheNextRun: CloudTrail tries again when a bucket
// refused a file, which then appears in a day that was gone through already.
func TestAFileThatComesLateIsReadByTheNextRun(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 120, IdentityShare: 3, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}, Days: 6})
	of := func(s *shelf, day, n int) string {
		last := s.keys[len(s.keys)-1]
		at := strings.Index(last, "/us-east-2/") + len("/us-east-2/")
		when, err := time.Parse("2006/01/02", last[at:at+10])
		if err != nil {
			t.Fatal(err)
		}
		folder := last[:at] + when.AddDate(0, 0, -day).Format("2006/01/02/")
		for _, key := range s.keys {
			if strings.HasPrefix(key, folder) {
				if n--; n < 0 {
					return key
				}
			}
		}
		t.Fatalf("there is nothing in %s", folder)
		return ""
	}
	without := func(keys []string, gone ...string) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return slices.Contains(gone, key) })
	}
	for _, tt := range []struct {
		name string
		day  int // before the last one
		read bool
	}{
		{"on the day that was come to", 0, true},
		{"the day before", 1, true},
		{"two days before", 2, true},
		{"earlier it is not looked for", 4, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if err := os.CopyFS(root, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			shelf := newShelf(t, root)
			all := shelf.keys
			late, last := of(shelf, tt.day, 1), all[len(all)-1]
			whole := fromFiles(t, root, file.Options{NoCustody: true})
			journal := &memory{}
			now := later
			o := options(t, shelf)
			o.Query.Journal, o.Query.Now, o.Portion = journal, func() time.Time { return now }, 10
			records := 0
			run := func(keys []string, want ...string) {
				t.Helper()
				shelf.keys = keys
				shelf.forget()
				c := mustGather(t, o)
				records += c.Statistics.Records
				got := slices.Sorted(maps.Keys(shelf.got))
				if len(want) > 0 && !cmp.Equal(got, want) || len(want) == 0 && len(got) > 0 {
					t.Errorf("fetched %v, want %v", got, want)
				}
				now = now.Add(3 * time.Hour)
			}
			run(without(all, late, last), without(all, late, last)...)
			wrote := now.Add(-time.Hour)
			for _, key := range []string{late, last} {
				if err := os.Chtimes(filepath.Join(root, key), wrote, wrote); err != nil {
					t.Fatal(err)
				}
			}
			if !tt.read {
				run(without(all, last))
				return
			}
			run(without(all, last), late)
			run(without(all, last))
			run(all, last)
			run(all)
			if records != whole.Statistics.Records {
				t.Errorf("%d records in all, want %d", records, whole.Statistics.Records)
			}
		})
	}
}

// TestAnInterruptionAmongLateFilesForgetsNone: the journal does not pass the time of
// a run that did not come to the end of the files that were late.
func TestAnInterruptionAmongLateFilesForgetsNone(t *testing.T) {
	t.Parallel()
	dir := generated(t, loggen.Options{Shape: loggen.Swarm, Files: 60, Accounts: loggen.Accounts(1), Regions: []string{"us-east-2"}, Days: 1})
	shelf := newShelf(t, dir)
	all := shelf.keys
	late := all[len(all)-20 : len(all)-10]
	journal := &memory{}
	now := later
	o := options(t, shelf)
	o.Query.Journal, o.Query.Now, o.Portion, o.Parallel = journal, func() time.Time { return now }, 1, 1
	shelf.keys = slices.Concat(all[:len(all)-20], all[len(all)-10:])
	mustGather(t, o)
	for _, key := range late {
		if err := os.Chtimes(filepath.Join(dir, key), now.Add(time.Hour), now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	shelf.keys = all
	now = now.Add(2 * time.Hour)
	shelf.weather = func(w http.ResponseWriter, _ *http.Request, key string) bool {
		if key == late[5] {
			refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error.")
		}
		return key == late[5]
	}
	if _, err := gather(t, o); err == nil {
		t.Fatal("the run came to its end")
	}
	shelf.weather = nil
	shelf.forget()
	now = now.Add(24 * time.Hour)
	mustGather(t, o)
	if got := slices.Sorted(maps.Keys(shelf.got)); !cmp.Equal(got, late) {
		t.Errorf("fetched %v, want %v", got, late)
	}
}
