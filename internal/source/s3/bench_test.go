//go:build unix

package s3_test

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/source/file"
	"github.com/scimtrail/scimtrail/internal/source/s3"
)

// The pairs of benchmarks read the same tree from files and from a server in a
// process of its own: its processor time is not the source's, though the two share
// the machine. cpu-ms/op is of this process alone.

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
	o := options(b, nil)
	url, stop := elsewhere(b, dir, 1)
	o.Client = clientAt(url)
	b.SetBytes(p.Content.Load())
	before := spent(b)
	for b.Loop() {
		if err := s3.New(o).Collect(b.Context(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
			b.Fatal(err)
		}
	}
	report(b, len(newShelf(b, dir).keys), before)
	b.ReportMetric(float64(stop().Microseconds())/1000/float64(b.N), "server-cpu-ms/op")
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

// BenchmarkMemory reads trees of one size and of four times that size, in which
// nothing is to be kept, and shows the most that lay on the heap at any time.
func BenchmarkMemory(b *testing.B) {
	for name, logs := range map[string]loggen.Options{
		"large": {Bytes: 150e6, IdentityShare: -1, DecoyShare: -1},
		"swarm": {Shape: loggen.Swarm, Files: 300, IdentityShare: -1, DecoyShare: -1},
	} {
		dir := generated(b, logs)
		for _, times := range []int{10, 40} {
			b.Run(fmt.Sprintf("%s, %d times", name, times), func(b *testing.B) {
				o := options(b, nil)
				url, _ := elsewhere(b, dir, times)
				o.Client = clientAt(url)
				peak := watchHeap(b)
				for b.Loop() {
					if err := s3.New(o).Collect(b.Context(), casefile.NewBuilder(&actor.Catalogue{})); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(peak())/1e6, "peak-MB")
				b.ReportMetric(float64(times*len(newShelf(b, dir).keys)), "files")
			})
		}
	}
}

// watchHeap looks at the heap every few milliseconds; the function that it returns
// ends that and tells the most that it saw.
func watchHeap(b *testing.B) func() uint64 {
	runtime.GC()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			case <-stop:
				peak <- most
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-peak }
}
