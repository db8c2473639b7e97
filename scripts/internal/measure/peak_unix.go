//go:build unix

package measure

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the largest resident size that wait4 reports, of the process and of
// those that it waited for.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(usage.Maxrss) // bytes there, kilobytes elsewhere: getrusage(2)
	}
	return int64(usage.Maxrss) * 1024
}
