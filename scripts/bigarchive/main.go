//go:build unix

// Command bigarchive writes an archive of a large company (loggen.Company) and
// says what writing it cost and where the time goes when it is read: how docs/archive.md
// got its figures.
//
//	go run ./scripts/bigarchive [-events N] [-memberships N] case.db|postgres://...
//
// With -ask PROGRAM it asks that program one question and twenty new ones first, each
// from a process of its own, and compares what it said with the case.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/archive"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/directory"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/recall"
	"github.com/scimtrail/scimtrail/internal/report"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

func main() {
	log.SetFlags(0)
	var c loggen.Company
	flag.IntVar(&c.Events, "events", 1_000_000, "identity events")
	flag.IntVar(&c.Memberships, "memberships", 100_000, "memberships in the listing")
	flag.IntVar(&c.Users, "users", 20_000, "users")
	flag.IntVar(&c.Groups, "groups", 2_000, "groups")
	read := flag.Bool("read", false, "do not write: the archive is there")
	program := flag.String("ask", "", "ask this program questions, in a pipe")
	cpu := flag.String("cpuprofile", "", "write a profile there")
	flag.Parse()
	if *cpu != "" {
		f, err := os.Create(*cpu)
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	if flag.NArg() != 1 {
		log.Fatal("name the archive to write")
	}
	if err := run(context.Background(), c, flag.Arg(0), *read, *program); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, c loggen.Company, name string, read bool, program string) error {
	a, err := archive.Open(ctx, name, archive.Options{})
	if err != nil {
		return err
	}
	defer a.Close()
	if !read {
		if err := step("write", func() error {
			w, err := a.Writer(ctx)
			if err != nil {
				return err
			}
			if err := c.Give(w); err != nil {
				return err
			}
			return w.Close()
		}); err != nil {
			return err
		}
		if info, err := os.Stat(name); err == nil {
			fmt.Printf("%d bytes, %.0f an event\n", info.Size(), float64(info.Size())/float64(max(1, c.Events)))
		}
	}
	var said []asked
	if program != "" {
		if said, err = ask(ctx, program, name, c); err != nil {
			return err
		}
	}
	if err := step("read and throw away", func() error { return a.Collect(ctx, nothing{}) }); err != nil {
		return err
	}
	b := casefile.NewBuilder(actor.Default())
	if err := step("read into a builder", func() error { return a.Collect(ctx, b) }); err != nil {
		return err
	}
	var k *casefile.Case
	_ = step("build the case", func() error { k = b.Build(); return nil })
	var l *ledger.Ledger
	_ = step("build the ledger", func() error { l = ledger.Build(k); return nil })
	bench := diagnose.On(k, l)
	if err := step("diagnose", func() error {
		answer, err := bench.Group(loggen.EmptyGroup)
		if err == nil {
			fmt.Println(answer.Verdict.Status, answer.Verdict.Cause, answer.Verdict.Summary)
		}
		return err
	}); err != nil {
		return err
	}
	evidence := report.EvidenceOf(k)
	if err := compare(said, bench, evidence); err != nil {
		return err
	}
	var so recall.Progress
	shelf := shelf{}
	if err := step("answer the others", func() (err error) {
		so, err = recall.Prepare(ctx, shelf, recall.Subject{Bench: bench, Ledger: l, Evidence: evidence}, 1<<30, nil)
		return err
	}); err != nil {
		return err
	}
	fmt.Printf("%d answers on %d sheets, %d bytes, %d an answer\n", so.Done, len(shelf), so.Bytes, so.Bytes/max(1, so.Done))
	return nil
}

// shelf is one in memory: what keeping sheets costs beside is little.
type shelf map[string][]byte

func (s shelf) Get(_ context.Context, name string) ([]byte, error) { return s[name], nil }

func (s shelf) Put(_ context.Context, sheets map[string][]byte) (bool, error) {
	maps.Copy(s, sheets)
	return true, nil
}

// cpu is the time that the processors worked for this program.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func step(what string, do func() error) error {
	start, worked := time.Now(), cpu()
	err := do()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("%-22s %7.2f s, %7.2f s of processors, heap %5d MB, %5d MB from the system\n", what, time.Since(start).Seconds(), (cpu() - worked).Seconds(), m.HeapAlloc>>20, m.Sys>>20)
	return err
}

// nothing is a sink that keeps nothing: what remains is the cost of reading.
type nothing struct{}

func (nothing) Input(casefile.Input) int          { return 0 }
func (nothing) Recognised(int, string)            {}
func (nothing) Sealed(int, int64, string)         {}
func (nothing) Record(int, []byte) error          { return nil }
func (nothing) Records(int, int)                  {}
func (nothing) Passed(casefile.Passed)            {}
func (nothing) Snapshot(directory.Snapshot)       {}
func (nothing) Upstream(int, upstream.State, int) {}
func (nothing) Cover(...casefile.Cover)           {}
func (nothing) Home(casefile.Home)                {}
func (nothing) Seal(casefile.Seal)                {}
func (nothing) Unreadable(casefile.Loss)          {}
func (nothing) Note(string)                       {}
