package repair

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock takes the file for this process; another one that has it is ErrLocked. What
// is locked lies beyond the file's end, so that others can read it.
func lock(f *os.File) (unlock func() error, err error) {
	far := &windows.Overlapped{OffsetHigh: 1 << 30}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far)
	switch {
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION):
		return nil, ErrLocked
	case err != nil:
		return nil, err
	}
	return func() error { return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, far) }, nil
}
