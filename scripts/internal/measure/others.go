package measure

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Others watches how much of the machine other work takes.
type Others struct {
	start time.Time
	busy  time.Duration
}

// Watch begins to watch.
func Watch() Others { return Others{time.Now(), busy()} }

// Share returns which part of all cores' time went to others than the programs
// that cost what is given, since Watch; -1 where the system does not say.
func (o Others) Share(own time.Duration) float64 {
	if o.busy < 0 {
		return -1
	}
	all := time.Since(o.start) * time.Duration(runtime.NumCPU())
	return max(0, float64(busy()-o.busy-own)/float64(all))
}

// Note says in a paragraph what Share says in a number, and what follows from it.
func (o Others) Note(own time.Duration) string {
	switch share := o.Share(own); {
	case share < 0:
		return ""
	case share < 0.05:
		return fmt.Sprintf("\nOther work took %.0f %% of the machine meanwhile.\n", share*100)
	default:
		return fmt.Sprintf("\nOther work took %.0f %% of the machine meanwhile: wall times, MB/s and files/s are not to be relied on. CPU times are what they would be, but for shared caches.\n", share*100)
	}
}

// busy is the time that all cores have worked since the start of the system, from
// /proc/stat (proc(5)): everything but idle and iowait, in hundredths of a second.
func busy() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return -1
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	var sum time.Duration
	for i, field := range strings.Fields(line) {
		// cpu user nice system idle iowait irq softirq steal; guests are in user
		if i == 0 || i == 4 || i == 5 || i > 8 {
			continue
		}
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return -1
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}
