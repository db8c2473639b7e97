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
// MADV_DONTNEED of a private mapping of a file). A part in which somebody changed a
// page, as a debugger does for a breakpoint, is left alone. Where it can't be done
// nothing is lost.
func unmapProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	parts, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer parts.Close()
	var from, size uintptr // of the part that the lines are about; size is 0 when it stays
	for lines := bufio.NewScanner(parts); lines.Scan(); {
		line := lines.Text()
		field := strings.Fields(line)
		switch {
		case len(field) >= 5 && strings.Contains(field[0], "-"):
			// 00400000-02000000 r-xp 00000000 fe:00 1234    /usr/bin/scimtrail
			from, size = 0, 0
			if strings.HasSuffix(line, " "+program) && !strings.Contains(field[1], "w") {
				from, size = extent(field[0])
			}
		case len(field) == 3 && field[0] == "Anonymous:" && field[1] == "0" && size > 0:
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, size, syscall.MADV_DONTNEED)
		}
	}
}

// extent reads begin-end, in hexadecimal; its size is 0 when it is none.
func extent(text string) (from, size uintptr) {
	begin, end, _ := strings.Cut(text, "-")
	a, err1 := strconv.ParseUint(begin, 16, 64)
	b, err2 := strconv.ParseUint(end, 16, 64)
	if err1 != nil || err2 != nil || a >= b {
		return 0, 0
	}
	return uintptr(a), uintptr(b - a)
}
