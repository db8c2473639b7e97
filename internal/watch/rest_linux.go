package watch

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// unmapProgram lets go of the pages of the program's own file that are only read:
// code and tables that starting and reading an archive needed, and waiting does
// not. What is needed again comes back from the page cache by itself (madvise(2),
// MADV_DONTNEED of a private mapping of a file). Where it can't be done nothing is
// lost.
func unmapProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	// A line is: 00400000-02000000 r-xp 00000000 fe:00 1234    /usr/bin/scimtrail
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		field := strings.Fields(line)
		if len(field) < 6 || !strings.HasSuffix(line, " "+program) || strings.Contains(field[1], "w") || field[3] == "00:00" {
			continue
		}
		begin, end, _ := strings.Cut(field[0], "-")
		from, err1 := strconv.ParseUint(begin, 16, 64)
		to, err2 := strconv.ParseUint(end, 16, 64)
		if err1 == nil && err2 == nil && from < to {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(from), uintptr(to-from), syscall.MADV_DONTNEED)
		}
	}
}
