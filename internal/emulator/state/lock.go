package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// ErrLocked says that another process has the folder open.
var ErrLocked = errors.New("another process uses this state")

// lockWait is how long a folder may be locked before that is an error: the lock
// of a process that was just killed goes when the system has cleared it away.
const lockWait = 500 * time.Millisecond

// lock takes the lock of a folder. It is held until the returned file is closed
// or the process ends.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the state: %w", err)
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		err = tryLock(f)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, ErrLocked) || time.Now().After(end) {
			_ = f.Close()
			return nil, err
		}
	}
}
