//go:build unix

package s3_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/source/s3"
)

// The pairs of benchmarks read the same tree from files and from a server in the
// same process, which takes its share of the processors.

var large = loggen.Options{Bytes: 300e6}

var swarm = loggen.Options{Shape: loggen.Swarm, Files: 5000, Accounts: loggen.Accounts(5), Days: 30}

func benchmarkFiles(b *testing.B, logs loggen.Options) {
	dir := generated(b, logs)
	before := spent(b)
	for b.Loop() {
		var p file.Progress
		if err := file.New(dir, file.Options{NoCustody: true, Progress: &p}).Collect(b.Context(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(p.Content.Load())
	}
	report(b, len(newShelf(b, dir).keys), before)
}

func benchmarkBucket(b *testing.B, logs loggen.Options) {
	dir := generated(b, logs)
	var p file.Progress // for the size of the content
	if err := file.New(dir, file.Options{NoCustody: true, Progress: &p}).Collect(b.Context(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
		b.Fatal(err)
	}
	shelf := newShelf(b, dir)
	o := options(b, shelf)
	b.SetBytes(p.Content.Load())
	before := spent(b)
	for b.Loop() {
		if err := s3.New(o).Collect(b.Context(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
			b.Fatal(err)
		}
	}
	report(b, len(shelf.keys), before)
}

// spent is the time that all processors have worked for this process, which says
// more on a busy machine than the time by the clock.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, files int, before time.Duration) {
	b.ReportMetric(float64((spent(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(files)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/1e6, "MB-heap")
}

func BenchmarkLargeFiles(b *testing.B)  { benchmarkFiles(b, large) }
func BenchmarkLargeBucket(b *testing.B) { benchmarkBucket(b, large) }
func BenchmarkSwarmFiles(b *testing.B)  { benchmarkFiles(b, swarm) }
func BenchmarkSwarmBucket(b *testing.B) { benchmarkBucket(b, swarm) }
