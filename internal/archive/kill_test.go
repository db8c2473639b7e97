package archive_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/report"
)

// childArchive names the archive that the test binary writes as a child of its
// own (TestMain).
const childArchive = "SCIMTRAIL_TEST_ARCHIVE"

var killed = loggen.Company{Users: 60, Groups: 10, Memberships: 180, Events: 2400, Days: 90}

// stepwise gives records on and saves how many after each portion, as a live
// source does; what a journal says is done it leaves out.
type stepwise struct {
	*archive.Writer
	n, done int
	says    func(string)
}

const portion = 60

func (s *stepwise) Record(input int, raw []byte) error {
	s.n++
	if s.n <= s.done {
		return nil
	}
	if err := s.Writer.Record(input, raw); err != nil {
		return err
	}
	s.Writer.Records(input, 1)
	if s.n%portion != 0 {
		return nil
	}
	s.says("saving")
	return s.save()
}

func (s *stepwise) save() error {
	return s.Writer.Save(context.Background(), "position", binary.BigEndian.AppendUint64(nil, uint64(s.n)))
}

// Records does nothing: each record was counted with itself.
func (s *stepwise) Records(int, int) {}

func collectStepwise(name string, says func(string)) error {
	ctx := context.Background()
	a, err := archive.Open(ctx, name, archive.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	w, err := a.Writer(ctx)
	if err != nil {
		return err
	}
	s := &stepwise{Writer: w, says: says}
	value, err := w.Load(ctx, "position")
	if err != nil {
		return err
	}
	if value != nil {
		s.done = int(binary.BigEndian.Uint64(value))
	}
	if err := killed.Give(s); err != nil {
		return err
	}
	says("ending")
	if err := s.save(); err != nil {
		return err
	}
	return w.Close()
}

// child is the test binary as a collector that is going to be killed.
func child() bool {
	name := os.Getenv(childArchive)
	if name == "" {
		return false
	}
	if err := collectStepwise(name, func(s string) { fmt.Println(s) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// whyEmpty is the answer on the company's empty group.
func whyEmpty(t *testing.T, c *casefile.Case) string {
	t.Helper()
	answer, err := diagnose.Group(c, ledger.Build(c), loggen.EmptyGroup)
	if err != nil {
		t.Fatal(err)
	}
	return jsonOf(t, report.WhyJSON(answer, c))
}

// TestAKilledCollectorLeavesTheArchiveWhole kills a collector again and again, as
// kill -9 does, while it writes. Each time the archive must be whole and hold what
// its journal says; at the end it must answer as if nothing had happened.
func TestAKilledCollectorLeavesTheArchiveWhole(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts some dozens of processes")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	direct := casefile.NewBuilder(actor.Default())
	if err := killed.Give(direct); err != nil {
		t.Fatal(err)
	}
	want := whyEmpty(t, direct.Build())
	run := func(t *testing.T, name string) {
		r := rand.New(rand.NewPCG(1, 2))
		kills := 0
		for {
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), childArchive+"="+name)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			left := 1 + r.IntN(3)
			for lines.Scan() {
				if left--; left == 0 {
					_ = cmd.Process.Kill() // in the middle of saving, or soon after
				}
			}
			if err := cmd.Wait(); err == nil {
				break
			} else if left > 0 {
				t.Fatalf("the collector failed by itself: %v", err)
			}
			kills++
			checkKilled(t, name)
		}
		if kills < 10 {
			t.Errorf("killed %d times only", kills)
		}
		a, err := archive.Open(t.Context(), name, archive.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if diff := cmp.Diff(want, whyEmpty(t, collected(t, a))); diff != "" {
			t.Errorf("after %d kills it answers otherwise (-direct +archive):\n%s", kills, diff)
		}
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, filepath.Join(t.TempDir(), "case.db")) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); run(t, address(t)) })
}

func checkKilled(t *testing.T, name string) {
	t.Helper()
	a, err := archive.Open(t.Context(), name, archive.Options{})
	if err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	defer a.Close()
	if err := a.Check(t.Context()); err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	w, err := a.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	value, err := w.Load(t.Context(), "position")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if value == nil {
		return
	}
	events, err := a.EventsAfter(t.Context(), 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if saved := int(binary.BigEndian.Uint64(value)); len(events) < saved {
		t.Fatalf("the journal says that %d records are kept, and %d are", saved, len(events))
	}
}
